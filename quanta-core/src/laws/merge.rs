//! Merging branches: two random branches of one history either conflict, or whichever goes first, the same schemas come of
//! it, and on top of one the other does to a store what it does on top of the base. Takes one of 5 cases.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Change, Step};
use crate::generate::{HistorySize, Seed, random_branches};
use crate::history::{HistoryDocument, HistoryVersion, Merge, merge};
use crate::schema::Fingerprint;

use super::catalogue::Catalogue;
use crate::testing::{is_replay, seeds};

/// Opens the versions of a history from a position on, in a store without rows; the kinds of the steps, if none is refused.
fn open(
    catalogue: &mut Catalogue,
    history: &[HistoryVersion],
    from: usize,
) -> Result<BTreeSet<String>, String> {
    let mut kinds = BTreeSet::new();
    for (position, version) in history.iter().enumerate().skip(from) {
        let told = |problem: String| format!("version {}: {problem}", version.label);
        let plan = catalogue
            .open(version)
            .map_err(|decision| told(decision.plan.to_string()))?;
        // Indexes and references follow what the other branch did to names and keys, and the default of a field one inside
        // of its type, if the other branch made it hang on that.
        let before = position
            .checked_sub(1)
            .map(|before| inner_defaults(&history[before]));
        let has_other_defaults = before != Some(inner_defaults(version));
        let follows = |step: &&Step| match step.change {
            Change::AlterReference { .. } | Change::AlterIndex { .. } => true,
            Change::SetDefault { .. } => has_other_defaults,
            _ => false,
        };
        kinds.extend(plan.steps().filter(|step| !follows(step)).map(|step| {
            let kind = format!("{:?}", step.change);
            let kind = kind.split([' ', '(']).next();
            kind.unwrap_or_default().to_owned()
        }));
    }
    Ok(kinds)
}

fn inner_defaults(version: &HistoryVersion) -> impl PartialEq + '_ {
    (&version.type_defaults, &version.default_variants)
}

fn fingerprints(version: &HistoryVersion) -> BTreeMap<&String, Fingerprint> {
    let tables = version.tables.iter();
    tables
        .map(|(name, table)| (name, Fingerprint::of(&table.schema)))
        .collect()
}

/// Checks one order: the merged history begins with that of the first branch, and leads a store that took it on.
fn lead_on(
    merge: &Merge,
    first: &HistoryDocument,
    second: &HistoryDocument,
) -> Result<HistoryVersion, String> {
    let document = merge
        .merged
        .as_ref()
        .ok_or("they commute, and nothing comes of it")?;
    let read = HistoryDocument::from_json(&document.to_json())?;
    if read != *document || document.versions[..first.versions.len()] != first.versions[..] {
        return Err("the merged history is not what was written".to_owned());
    }
    let base = first.versions.len() - merge.a.labels.len();
    let mut catalogue = Catalogue::default();
    open(&mut catalogue, &first.versions, 0)?;
    let on_top = open(&mut catalogue, &document.versions, first.versions.len())?;
    let mut catalogue = Catalogue::default();
    open(&mut catalogue, &second.versions[..base], 0)?;
    let alone = open(&mut catalogue, &second.versions, base)?;
    if merge.shared.is_empty() && on_top != alone {
        return Err(format!("on top it does {on_top:?}, alone {alone:?}"));
    }
    document
        .versions
        .last()
        .cloned()
        .ok_or_else(|| "there is no version".to_owned())
}

fn check(a: &HistoryDocument, b: &HistoryDocument) -> Result<bool, String> {
    let (forth, back) = (merge(a, b, None)?, merge(b, a, None)?);
    if forth.commutes() != back.commutes() {
        return Err(format!("only one order commutes:\n{forth}\n{back}"));
    }
    if !forth.commutes() {
        return Ok(false);
    }
    let told = |problem| format!("{problem}\n{forth}");
    let one = lead_on(&forth, a, b).map_err(told)?;
    let two = lead_on(&back, b, a).map_err(told)?;
    if fingerprints(&one) != fingerprints(&two) {
        return Err(told("the order makes a difference".to_owned()));
    }
    Ok(true)
}

#[test]
fn laws_k3_branches_conflict_or_commute() {
    let accepts = |versions: &[HistoryVersion]| open(&mut Catalogue::default(), versions, 0).is_ok();
    let (mut commuted, mut conflicts) = (0, 0);
    for case in seeds(120, 5) {
        let mut seed = Seed::new(case.into());
        let Some([a, b]) = random_branches(&mut seed, HistorySize::default(), &accepts) else {
            continue;
        };
        match check(&a, &b) {
            Ok(true) => commuted += 1,
            Ok(false) => conflicts += 1,
            Err(problem) => panic!("case {case}: {problem}\n{}\n{}", a.to_json(), b.to_json()),
        }
    }
    println!("{commuted} commuted, {conflicts} conflicts");
    assert!(
        is_replay() || (commuted > 10 && conflicts > 10),
        "{commuted}, {conflicts}"
    );
}
