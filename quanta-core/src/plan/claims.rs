//! Hints of tables: which of them count in an open. Each counts once, so that two tables may swap their names.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Refusal, RefusalKind};

use super::decide::DeclaredTable;
use super::policy::Policy;
use super::stored::StoredTable;

/// What the hints of all declared tables come to, by position.
pub(super) struct Claims {
    /// The stored table that each one takes over by a hint.
    pub(super) tables: Vec<Option<u32>>,
    /// The names that stay to be followed by a later open.
    pub(super) put_off: Vec<BTreeSet<String>>,
    /// What is to be said of those.
    pub(super) notes: Vec<String>,
    /// Two tables that claim one.
    pub(super) refusals: Vec<Refusal>,
}

/// A hint that may count: the name it gives, and the stored table of that name.
type Claim<'a> = (&'a str, u32);

/// Finds the hints that count: the leftmost name that is there, was not followed before and that no other table claims.
///
/// A table whose own name is there has to be given up for that: to another claim, or by dropping it on purpose. So swaps
/// and cycles are permutations, and no rows are left without a name.
pub(super) fn claims(
    stored: &BTreeMap<u32, StoredTable>,
    declared: &[DeclaredTable<'_>],
    live: &BTreeMap<&str, u32>,
    policy: &Policy,
) -> Claims {
    let wishes: Vec<Vec<Claim<'_>>> = declared.iter().map(|one| wishes(stored, one, live)).collect();
    let is_free = |position: usize, claimed: &[Option<Claim<'_>>]| {
        let name = declared[position].name;
        let own = live.get(name);
        own.is_none_or(|own| policy.drop_tables.contains(name) || takes(claimed, *own))
    };
    let mut may_claim = vec![true; declared.len()];
    let claimed = loop {
        let claimed = assigned(&wishes, &may_claim);
        let stuck = (0..declared.len())
            .find(|position| claimed[*position].is_some() && !is_free(*position, &claimed));
        match stuck {
            Some(position) => may_claim[position] = false,
            None => break claimed,
        }
    };
    let (mut put_off, mut notes, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
    for (position, declaration) in declared.iter().enumerate() {
        let left = wishes[position].iter().filter(|_| !may_claim[position]);
        let left: BTreeSet<String> = left.map(|(name, _)| (*name).to_owned()).collect();
        notes.extend(left.first().map(|old| not_followed(declaration.name, old)));
        put_off.push(left);
        if may_claim[position] && claimed[position].is_none() {
            let lost = wishes[position].first();
            refusals.extend(lost.map(|lost| doubled(declaration.name, *lost, declared, &claimed)));
        }
    }
    let tables = claimed.into_iter().map(|claim| claim.map(|(_, table)| table));
    Claims {
        tables: tables.collect(),
        put_off,
        notes,
        refusals,
    }
}

/// Lists the names of a hint that are there and were not followed before.
fn wishes<'a>(
    stored: &BTreeMap<u32, StoredTable>,
    declaration: &DeclaredTable<'a>,
    live: &BTreeMap<&str, u32>,
) -> Vec<Claim<'a>> {
    let was_followed = |old: &String| {
        let mut own = stored
            .values()
            .filter(|table| table.head.state.name == declaration.name);
        own.any(|table| table.head.consumed_names.contains(old))
    };
    let names = declaration.hints.renamed_from.iter();
    names
        .filter(|old| *old != declaration.name && !was_followed(old))
        .filter_map(|old| live.get(old.as_str()).map(|table| (old.as_str(), *table)))
        .collect()
}

fn takes(claimed: &[Option<Claim<'_>>], table: u32) -> bool {
    claimed.iter().flatten().any(|(_, claimed)| *claimed == table)
}

/// Gives each table that may claim the first of its wishes that none before it has.
fn assigned<'a>(wishes: &[Vec<Claim<'a>>], may_claim: &[bool]) -> Vec<Option<Claim<'a>>> {
    let mut claimed: Vec<Option<Claim<'a>>> = Vec::new();
    for (wishes, may_claim) in wishes.iter().zip(may_claim) {
        let mut free = wishes.iter().filter(|(_, table)| !takes(&claimed, *table));
        let claim = free.next().filter(|_| *may_claim).copied();
        claimed.push(claim);
    }
    claimed
}

fn not_followed(table: &str, old: &str) -> String {
    format!(
        "{table}: its `renamed_from = \"{old}\"` is not followed yet, as the store has both tables; \
         Options::drop_table(\"{table}\") drops the one of that name, and gives it the rows of {old}"
    )
}

/// Refuses a table whose hint names what another one takes.
fn doubled(
    table: &str,
    (old, id): Claim<'_>,
    declared: &[DeclaredTable<'_>],
    claimed: &[Option<Claim<'_>>],
) -> Refusal {
    let mut others = declared.iter().zip(claimed);
    let other = others.find(|(_, claim)| claim.is_some_and(|(_, claimed)| claimed == id));
    let other = other.map_or("another table", |(other, _)| other.name);
    Refusal {
        kind: RefusalKind::Claimed,
        table: table.to_owned(),
        path: String::new(),
        problem: format!("it and {other} both claim the rows of {old}"),
        fixes: vec![format!(
            "take `renamed_from = \"{old}\"` off one of the two: each table goes on as one"
        )],
    }
}
