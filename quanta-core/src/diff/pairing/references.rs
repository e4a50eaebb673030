//! Pairing references: by the fields that refer and where they lead. Names are labels.

use serde::{Deserialize, Serialize};

use crate::codec::{Class, Classes};
use crate::schema::Reference;

use super::super::step::{Change, Step};
use super::Side;
use super::image::Image;

/// Where a reference leads, whatever the table and its key fields are called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The id of the table.
    pub table: u32,
    /// For each field of the reference the position of what it refers to among the key fields of that table.
    pub key_positions: Vec<u32>,
}

/// One side of a change with the targets of its references; none for a table that has no id yet.
pub type WithTargets<'a> = (Side<'a>, &'a [Option<Target>]);

/// Pairs the references of both sides of a change of the table of that name.
#[must_use]
pub fn pair_references(table: &str, old: WithTargets<'_>, new: WithTargets<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut used: Vec<usize> = Vec::new();
    let mut partners = vec![None; new.0.schema.references.len()];
    for belongs in [leads_to_same, has_same_fields] {
        for (position, partner) in partners
            .iter_mut()
            .enumerate()
            .filter(|(_, partner)| partner.is_none())
        {
            let mut free = 0..old.0.schema.references.len();
            *partner = free.find(|before| !used.contains(before) && belongs(old, *before, new, position));
            used.extend(*partner);
        }
    }
    for (position, partner) in partners.into_iter().enumerate() {
        let to = &new.0.schema.references[position];
        match partner {
            None => steps.push(Step::new(
                table,
                Change::AddReference {
                    reference: to.clone(),
                },
            )),
            Some(before) => steps.extend(alter(table, (old, before), (new, position))),
        }
    }
    let gone = old.0.schema.references.iter().enumerate();
    let gone = gone.filter(|(position, _)| !used.contains(position));
    steps.extend(gone.map(|(_, reference)| {
        let reference = reference.clone();
        Step::new(table, Change::DropReference { reference })
    }));
    steps
}

/// Tells for each new reference whether rows that held to an old one hold to it too.
#[must_use]
pub fn stays(old: WithTargets<'_>, new: WithTargets<'_>) -> Vec<bool> {
    let kept = |position: usize| {
        let mut before = 0..old.0.schema.references.len();
        before.any(|before| {
            leads_to_same(old, before, new, position) && keeps_values(old, before, new, position)
        })
    };
    (0..new.0.schema.references.len()).map(kept).collect()
}

fn alter(
    table: &str,
    (old, before): (WithTargets<'_>, usize),
    (new, after): (WithTargets<'_>, usize),
) -> Option<Step> {
    let (from, to) = (&old.0.schema.references[before], &new.0.schema.references[after]);
    let is_checked = !leads_to_same(old, before, new, after) || !keeps_values(old, before, new, after);
    let names = |reference: &Reference| (reference.table.clone(), reference.to.clone(), reference.on_delete);
    if !is_checked && names(from) == names(to) {
        return None;
    }
    let class = if is_checked { Class::Checked } else { Class::Exact };
    let change = Change::AlterReference {
        from: from.clone(),
        to: to.clone(),
    };
    Some(Step::classed(
        table,
        change,
        Classes {
            up: class,
            down: class,
        },
    ))
}

fn images(old: WithTargets<'_>, before: usize, new: WithTargets<'_>, after: usize) -> Option<(Image, Image)> {
    Image::of(old.0, &old.0.schema.references[before].fields)
        .zip(Image::of(new.0, &new.0.schema.references[after].fields))
}

fn has_same_fields(old: WithTargets<'_>, before: usize, new: WithTargets<'_>, after: usize) -> bool {
    images(old, before, new, after).is_some_and(|(old, new)| old.has_same_slots(&new))
}

fn keeps_values(old: WithTargets<'_>, before: usize, new: WithTargets<'_>, after: usize) -> bool {
    images(old, before, new, after).is_some_and(|(old, new)| old.becomes_same(&new))
}

fn leads_to_same(old: WithTargets<'_>, before: usize, new: WithTargets<'_>, after: usize) -> bool {
    let target = |side: WithTargets<'_>, position: usize| side.1.get(position).cloned().flatten();
    let same_target =
        target(old, before).is_some_and(|target_before| Some(target_before) == target(new, after));
    same_target && has_same_fields(old, before, new, after)
}
