//! Finding what two branches have in common, and making one history of both.

use std::collections::BTreeSet;

use super::super::differences::differences;
use super::super::document::{HistoryDocument, HistoryVersion};
use super::super::hints::HistoryHints;
use super::super::next::next_label;
use super::super::read::VersionReader;
use super::super::write::versions_json;
use super::branch::Branch;
use super::clash::{LET_ONE_GO_FIRST, beside, done};
use super::code::beside_code;
use super::facts::Facts;
use super::hints::rebased;
use super::notes::notes;
use super::rebase::{both, written};
use super::report::{Conflict, Merge, MergeSide};

/// Merges two branches of a history: compares what each of them did since the version that both have, and puts the
/// second one on top of the first if that is the same as the other way round.
///
/// The base is the longest beginning that both have, or `base`. Labels don't count.
///
/// ```
/// # use quantadb::{HistoryDocument, lock};
/// # let user = |fields: &str| format!(r#"{{"name": "users", "key": ["id"], "fields": [{{"name": "id", "type": "i64"}}{fields}]}}"#);
/// # let lock = |versions: &[(&str, &str)]| {
/// #     let version = |(label, fields): &(&str, &str)| format!(r#"{{"label": "{label}", "tables": [{}]}}"#, user(fields));
/// #     let versions: Vec<String> = versions.iter().map(version).collect();
/// #     HistoryDocument::from_json(&format!(r#"{{"format": "quanta-history/1", "name": "shop", "versions": [{}]}}"#, versions.join(", ")))
/// # };
/// // Both add a field to version 1 of a table that has none but its key.
/// let one = lock(&[("1", ""), ("2", r#", {"name": "age", "type": "option<u8>"}"#)])?;
/// let two = lock(&[("1", ""), ("2", r#", {"name": "mail", "type": "option<string>"}"#)])?;
/// let merge = lock::merge(&one, &two, None)?;
/// assert!(merge.commutes());
/// assert_eq!(merge.merged.map(|merged| merged.versions.len()), Some(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the documents are of different programs, have no version in common, or don't begin with `base`.
pub fn merge(
    a: &HistoryDocument,
    b: &HistoryDocument,
    base: Option<&HistoryDocument>,
) -> Result<Merge, String> {
    let length = base_length(a, b, base)?;
    let last = &a.versions[length - 1];
    let one = Branch::of(last, &a.versions[length..])?;
    let two = Branch::of(last, &b.versions[length..])?;
    let mut found = beside(&one.edits, &two.edits);
    found.conflicts.extend(beside_code(&one, &two));
    let mut merge = Merge {
        name: a.name.clone(),
        base: last.label.clone(),
        a: side(&one),
        b: side(&two),
        shared: found.shared,
        conflicts: found.conflicts,
        notes: Vec::new(),
        merged: None,
    };
    if !merge.commutes() {
        return Ok(merge);
    }
    let forth = on_top(a, (&one, &two));
    let back = on_top(b, (&two, &one));
    match (forth, back) {
        (Ok(forth), Ok(back)) if are_one(&forth, &back) => {
            merge.notes = notes(&last.label, &one, &two);
            merge.merged = Some(forth);
        }
        (Ok(_), Ok(_)) => merge
            .conflicts
            .push(whole("the order of the two makes a difference")),
        (Err(problem), _) | (_, Err(problem)) => merge.conflicts.push(whole(&problem)),
    }
    Ok(merge)
}

/// Returns how many versions both documents begin with.
fn base_length(
    a: &HistoryDocument,
    b: &HistoryDocument,
    base: Option<&HistoryDocument>,
) -> Result<usize, String> {
    for other in [Some(b), base].into_iter().flatten() {
        if other.name != a.name {
            return Err(format!(
                "the documents are histories of `{}` and of `{}`: only branches of one history merge",
                a.name.escape_debug(),
                other.name.escape_debug()
            ));
        }
    }
    let common = common(&a.versions, &b.versions);
    let Some(base) = base else {
        let is_empty = |document: &&HistoryDocument| document.versions.is_empty();
        return match common {
            0 if [a, b].iter().any(is_empty) => Err("a document has no version: the other one is the merged lock".to_owned()),
            0 => Err("the documents have no version in common, even their first ones differ: take one of them, and \
                      run `lock` with the code of both".to_owned()),
            common => Ok(common),
        };
    };
    let length = base.versions.len();
    if length == 0 {
        return Err("the base has no version".to_owned());
    }
    for (name, side) in [("first", a), ("second", b)] {
        let begins = self::common(&base.versions, &side.versions);
        if begins < length {
            let label = &base.versions[begins].label;
            return Err(format!(
                "the {name} document doesn't begin with the base: version {label} is another one, or isn't there; \
                 without a base, the versions that both documents begin with are taken"
            ));
        }
    }
    Ok(length)
}

fn common(one: &[HistoryVersion], two: &[HistoryVersion]) -> usize {
    let pairs = one.iter().zip(two);
    pairs.take_while(|(one, two)| is_one_version(one, two)).count()
}

/// Tells whether two versions say the same, whatever they are called.
fn is_one_version(one: &HistoryVersion, two: &HistoryVersion) -> bool {
    let unlabelled = |version: &HistoryVersion| HistoryVersion {
        label: String::new(),
        ..version.clone()
    };
    unlabelled(one) == unlabelled(two)
}

fn side(branch: &Branch<'_>) -> MergeSide {
    MergeSide {
        labels: branch
            .versions
            .iter()
            .map(|version| version.label.clone())
            .collect(),
        does: branch.edits.iter().map(done).collect(),
    }
}

/// Puts the versions of the second branch on top of the document of the first.
fn on_top(
    document: &HistoryDocument,
    (first, second): (&Branch<'_>, &Branch<'_>),
) -> Result<HistoryDocument, String> {
    let mut merged = document.clone();
    let mut reader = VersionReader::default();
    for version in versions_json(document) {
        reader.read(version)?;
    }
    let mut onto: Facts = first.last().clone();
    for (at, version) in second.versions.iter().enumerate() {
        let now = both(first.base(), first.last(), &second.views[at + 1].facts);
        let hints = rebased(second, at, &onto, &now)?;
        if now == onto && hints.is_empty() {
            continue;
        }
        let mut json = written(&now);
        json["label"] = label(&merged, &version.label).into();
        json["hints"] = serde_json::to_value(&hints).map_err(|error| error.to_string())?;
        let version = reader.next(&json)?;
        merged.versions.push(version);
        onto = now;
    }
    Ok(merged)
}

/// Returns the label of a version, or the next number if another one has it.
fn label(document: &HistoryDocument, wanted: &str) -> String {
    let taken: BTreeSet<&str> = document
        .versions
        .iter()
        .map(|version| version.label.as_str())
        .collect();
    if !taken.contains(wanted) {
        return wanted.to_owned();
    }
    next_label(document)
}

/// Tells whether two documents end with the same schemas.
fn are_one(one: &HistoryDocument, two: &HistoryDocument) -> bool {
    let (Some(one), Some(two)) = (one.versions.last(), two.versions.last()) else {
        return false;
    };
    let names = |version: &HistoryVersion| version.tables.keys().cloned().collect::<Vec<_>>();
    let bare = |version: &HistoryVersion| HistoryVersion {
        hints: HistoryHints::default(),
        ..version.clone()
    };
    names(one) == names(two) && differences(&bare(one), &bare(two)).is_empty()
}

fn whole(problem: &str) -> Conflict {
    let side = || "all that it does".to_owned();
    Conflict {
        table: String::new(),
        path: String::new(),
        a: side(),
        b: side(),
        fix: format!("the two don't fit together: {problem}; {LET_ONE_GO_FIRST}"),
    }
}
