//! Law 1b: the difference of the first and the last version equals the path between them, unless a field on it was
//! dropped and added again, converted other than exactly or more than once, or added with a default that changed since.
//! Takes one of 10 cases. Both sides are made: where one of these is the case, only that nothing fails to be planned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::codec::Class;
use crate::diff::{Change, NewSide, OldSide, SlotIds, Step, Way, natural_zero, pair_tables};
use crate::generate::{HistorySize, Seed, random_value};
use crate::history::HistoryDocument;
use crate::plan::{Presence, StoredTable, Version};
use crate::program::{Crossing, NoCode};
use crate::schema::{Node, NodeId, Schema, Shape, Slot, SlotHint, TableHints};

use super::catalogue::Catalogue;
use super::run::{Histories, Law, Outcome};

/// A table's way: its versions in order, and the hints that stood at each.
struct Path<'a> {
    versions: Vec<&'a Version>,
    hints: Vec<TableHints>,
}

fn slot_names(shape: &Shape) -> BTreeMap<Slot, String> {
    let mut names = BTreeMap::new();
    for (id, node) in (0..).map(NodeId).zip(shape.nodes()) {
        match node {
            Node::Struct { fields, .. } => {
                names.extend(
                    fields
                        .iter()
                        .enumerate()
                        .map(|(at, field)| ((id, at), field.name.clone())),
                );
            }
            Node::Enum { variants, .. } => {
                names.extend(
                    variants
                        .iter()
                        .enumerate()
                        .map(|(at, slot)| ((id, at), slot.name.clone())),
                );
            }
            _ => {}
        }
    }
    names
}

/// Says directly what the path said step by step: where each slot of the last version was in the first.
fn direct_hints(first: &Version, last: &Version, hints: &TableHints) -> TableHints {
    let names = slot_names(&first.schema.shape);
    let by_id: BTreeMap<u32, &String> = first
        .slots
        .iter()
        .filter_map(|(slot, id)| Some((*id, names.get(slot)?)))
        .collect();
    let mut direct = TableHints::default();
    for (slot, name) in slot_names(&last.schema.shape) {
        let before = by_id.get(&last.slots[&slot]);
        let said = hints.slot(slot);
        let hint = SlotHint {
            renamed_from: before
                .filter(|old| ***old != name)
                .map(|old| (*old).clone())
                .into_iter()
                .collect(),
            is_new: before.is_none(),
            default: said.default,
            is_default: said.is_default,
            ..SlotHint::default()
        };
        direct.slots.insert(slot, hint);
    }
    direct
}

/// Tells whether the path has nothing on it for which the law makes an exception.
fn is_plain(path: &Path<'_>) -> bool {
    let edges = || path.versions.iter().filter_map(|version| version.edge.as_ref());
    // What is said of rows that don't fit is said of one step of the path.
    if edges().any(|edge| edge.lens.resolves_failures()) {
        return false;
    }
    let steps: Vec<&Step> = edges().flat_map(|edge| &edge.steps).collect();
    let name = |path: &str| path.rsplit(['.', ':']).next().unwrap_or_default().to_owned();
    let (mut gone, mut come, mut retyped) = (BTreeSet::new(), BTreeSet::new(), 0);
    let has_items = |path: &str| path.contains("[]") || path.contains("{key}");
    for step in steps {
        match &step.change {
            Change::DropField { path, .. } | Change::DropVariant { path, .. } => {
                // Items of a set may have become one before the set becomes a list.
                retyped += usize::from(has_items(path));
                gone.extend([name(path)]);
            }
            Change::AddField { path, .. } | Change::AddVariant { path, .. } => come.extend([name(path)]),
            Change::RenameField { path, from } | Change::RenameVariant { path, from } => {
                // A name that moves may meet another that went.
                come.insert(name(path));
                gone.extend(Some(from.clone()).filter(|from| come.contains(from)));
            }
            Change::ChangeType { .. } if step.class != Class::Exact => return false,
            Change::ChangeType { .. } => retyped += 1,
            _ => {}
        }
    }
    retyped < 2 && gone.is_disjoint(&come) && defaults_stay(path)
}

/// Tells whether every slot that came on the path would come with the same value, of the same type, at its end.
fn defaults_stay(path: &Path<'_>) -> bool {
    let Some(last) = path.versions.last() else {
        return false;
    };
    let last_hints = path.hints.last().cloned().unwrap_or_default();
    let place = |slots: &SlotIds, id: u32| {
        slots
            .iter()
            .find(|(_, known)| **known == id)
            .map(|(slot, _)| *slot)
    };
    path.versions
        .windows(2)
        .zip(&path.hints[1..])
        .all(|(pair, hints)| {
            let before: BTreeSet<u32> = pair[0].slots.values().copied().collect();
            pair[1]
                .slots
                .iter()
                .filter(|(_, id)| !before.contains(id))
                .all(|(slot, id)| {
                    let Some(at_end) = place(&last.slots, *id) else {
                        return true;
                    };
                    value_of(&pair[1].schema, *slot, hints) == value_of(&last.schema, at_end, &last_hints)
                })
        })
}

/// Returns the type of a slot, as text, and the value that it comes with.
fn value_of(schema: &Schema, (node, position): Slot, hints: &TableHints) -> (String, Option<Vec<u8>>) {
    let child = schema.shape.node(node).children()[position];
    let zero = hints
        .slot((node, position))
        .default
        .or_else(|| natural_zero(&schema.shape, child, hints));
    (schema.shape.sub_shape(child).to_string(), zero)
}

/// Carries a row along; none if it doesn't fit somewhere.
fn along(crossings: &[Crossing], row: &[u8]) -> Option<Vec<u8>> {
    crossings.iter().try_fold(row.to_vec(), |row, crossing| {
        crossing.translate(Way::Up, &row, None, &NoCode).ok()
    })
}

fn crossings(path: &Path<'_>) -> Vec<Crossing> {
    let between = |pair: &[&Version]| {
        let lens = pair[1]
            .edge
            .as_ref()
            .map(|edge| edge.lens.clone())
            .unwrap_or_default();
        Crossing::new(
            lens,
            Arc::new(pair[0].schema.clone()),
            Arc::new(pair[1].schema.clone()),
        )
    };
    path.versions.windows(2).map(between).collect()
}

fn check_table(path: &Path<'_>, seed: &mut Seed) -> Outcome {
    let (Some(first), Some(last)) = (path.versions.first(), path.versions.last()) else {
        return Ok(0);
    };
    let hints = direct_hints(first, last, &path.hints.last().cloned().unwrap_or_default());
    let old = OldSide {
        schema: &first.schema,
        slots: &first.slots,
        consumed: &BTreeSet::new(),
        write_defaults: &BTreeMap::new(),
    };
    let new = NewSide {
        schema: &last.schema,
        hints: &hints,
        on_failure: None,
        migrations: &[],
    };
    let direct = pair_tables("t", old, new, 1_000_000);
    if path.versions.len() < 2 || !is_plain(path) {
        return Ok(0);
    }
    if !direct.refusals.is_empty() {
        let refusals: Vec<String> = direct.refusals.iter().map(ToString::to_string).collect();
        return Err(format!(
            "the path is plain, and the direct way is refused: {refusals:?}"
        ));
    }
    let crossing = [Crossing::new(
        direct.lens,
        Arc::new(first.schema.clone()),
        Arc::new(last.schema.clone()),
    )];
    let by_path = crossings(path);
    for _ in 0..5 {
        let row = random_value(&first.schema.shape, NodeId::ROOT, seed);
        // A row that doesn't fit somewhere refuses the path: a variant that went with its field only later.
        let Some(stepwise) = along(&by_path, &row) else {
            continue;
        };
        let directly = along(&crossing, &row);
        if directly.as_ref() != Some(&stepwise) {
            return Err(format!(
                "{row:?} directly becomes {directly:?}, and along the path {stepwise:?}"
            ));
        }
    }
    Ok(1)
}

fn direct_equals_path(document: &HistoryDocument, seed: &mut Seed) -> Outcome {
    let mut catalogue = Catalogue::default();
    let mut hints: BTreeMap<u32, BTreeMap<u32, TableHints>> = BTreeMap::new();
    for version in &document.versions {
        if catalogue.open(version).is_err() {
            break;
        }
        let live = |table: &&StoredTable| table.head.state.presence == Presence::Live;
        for table in catalogue.stored.values().filter(live) {
            let state = &table.head.state;
            let said = hints.entry(table.id).or_default();
            // Another default alone makes no version: what counts is what stood there when the version was made.
            said.entry(state.version)
                .or_insert_with(|| version.tables[&state.name].hints.clone());
        }
    }
    let mut plain = 0;
    for table in catalogue.stored.values() {
        let path = Path {
            versions: table.versions.values().collect(),
            hints: table
                .versions
                .keys()
                .map(|number| hints[&table.id][number].clone())
                .collect(),
        };
        // Every part of the way is a way too.
        for from in 0..path.versions.len() {
            let to = from + 1 + seed.below(path.versions.len() - from);
            let part = Path {
                versions: path.versions[from..to].to_vec(),
                hints: path.hints[from..to].to_vec(),
            };
            plain += check_table(&part, seed)?;
        }
    }
    Ok(plain)
}

#[test]
fn law_1b_the_direct_difference_equals_the_path() {
    let law = Law {
        test: "law_1b_the_direct_difference_equals_the_path",
        cases: 60,
        share: 10,
        histories: Histories::Accepted,
        size: HistorySize::default(),
        check: direct_equals_path,
    };
    law.hold();
}
