//! Law 2: steps applied to the schema before give the schema after, and afterwards there is no difference any more. Law
//! 6: their inverses applied to the schema after give the one before. Law 7: steps that touch nothing in common commute.
//! All take one of 10 cases.

use std::collections::BTreeMap;

use crate::diff::{Footprint, NewSide, OldSide, Step, TableDiff, Way, apply, pair_tables};
use crate::generate::{HistorySize, Seed};
use crate::history::{HistoryDocument, TableDecl};
use crate::plan::{Movement, StoredTable, consumed};
use crate::schema::{IndexField, Node, NodeId, Schema, Shape};

use super::catalogue::Catalogue;
use super::run::{Histories, Law, Outcome};

const THROUGH_ITSELF: &str = "through a type into itself";

/// One change of a table: the schemas on both sides, and what lies between.
struct Change<'a> {
    table: &'a str,
    before: &'a Schema,
    after: &'a TableDecl,
    diff: &'a TableDiff,
    /// The table with its new version.
    stored: &'a StoredTable,
}

/// Shows every change of a history's tables.
fn for_each_change(
    document: &HistoryDocument,
    show: &mut dyn FnMut(&Change<'_>) -> Result<bool, String>,
) -> Outcome {
    let mut catalogue = Catalogue::default();
    let mut shown = 0;
    for version in &document.versions {
        let before = catalogue.stored.clone();
        let Ok(plan) = catalogue.open(version) else { break };
        for planned in &plan.tables {
            let Movement::Change { diff } = &planned.movement else {
                continue;
            };
            let old = planned
                .table
                .and_then(|id| before.get(&id))
                .ok_or("a changed table was there")?;
            let change = Change {
                table: &planned.name,
                before: &old.versions[&old.head.state.version].schema,
                after: &version.tables[&planned.name],
                diff,
                stored: catalogue.table(&planned.name).ok_or("a changed table stays")?,
            };
            let tried = show(&change).map_err(|problem| format!("version {}: {problem}", version.label))?;
            shown += u32::from(tried);
        }
    }
    Ok(shown)
}

/// Tells whether two types have one tree: back-references may stand elsewhere, names of types and reused names don't
/// count.
fn is_one_tree(one: &Shape, two: &Shape) -> bool {
    let mut pending = vec![(NodeId::ROOT, NodeId::ROOT)];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(pair) = pending.pop() {
        if !seen.insert(pair) {
            continue;
        }
        let (left, right) = (one.node(pair.0), two.node(pair.1));
        if bare(left) != bare(right) {
            return false;
        }
        pending.extend(left.children().into_iter().zip(right.children()));
    }
    true
}

/// Returns a node without what no step tells.
fn bare(node: &Node) -> Node {
    let mut node = node.clone();
    node.children_mut()
        .into_iter()
        .for_each(|child| *child = NodeId::ROOT);
    match &mut node {
        Node::Struct { label, fields } => {
            label.clear();
            fields.iter_mut().for_each(|field| field.reuses.clear());
        }
        Node::Enum { label, variants } => {
            label.clear();
            variants.iter_mut().for_each(|variant| variant.reuses.clear());
        }
        _ => {}
    }
    node
}

/// Returns the indexes without their names, which are labels.
fn bare_indexes(schema: &Schema) -> Vec<(&[IndexField], bool)> {
    let mut indexes: Vec<_> = schema
        .indexes
        .iter()
        .map(|index| (index.fields.as_slice(), index.unique))
        .collect();
    indexes.sort_unstable();
    indexes
}

fn compare(what: &str, given: &Schema, wanted: &Schema, steps: &[Step]) -> Result<(), String> {
    let same_objects = given.key == wanted.key
        && given.references == wanted.references
        && bare_indexes(given) == bare_indexes(wanted);
    if is_one_tree(&given.shape, &wanted.shape) && same_objects {
        return Ok(());
    }
    let steps: Vec<String> = steps.iter().map(Step::to_string).collect();
    Err(format!(
        "{what}:\n{} {:?}\nwanted\n{} {:?}\nby {steps:#?}",
        given.shape,
        (&given.key, &given.indexes, &given.references),
        wanted.shape,
        (&wanted.key, &wanted.indexes, &wanted.references)
    ))
}

/// Applies steps; none if they don't tell how a recursive type is unrolled.
fn applied(schema: &Schema, steps: &[Step], way: Way) -> Result<Option<Schema>, String> {
    match apply(schema, steps, way) {
        Err(problem) if problem.contains(THROUGH_ITSELF) => Ok(None),
        result => result.map(Some).map_err(|problem| format!("{way:?}: {problem}")),
    }
}

fn difference_leads_there(document: &HistoryDocument, _: &mut Seed) -> Outcome {
    for_each_change(document, &mut |change| {
        let steps = &change.diff.steps;
        let Some(given) = applied(change.before, steps, Way::Up)? else {
            return Ok(false);
        };
        compare("applied", &given, &change.after.schema, steps)?;
        let state = &change.stored.head.state;
        let version = &change.stored.versions[&state.version];
        let consumed = consumed(&change.stored.versions, state.version)?;
        let old = OldSide {
            schema: &version.schema,
            slots: &version.slots,
            consumed: &consumed,
            write_defaults: &state.write_defaults,
        };
        let new = NewSide {
            schema: &change.after.schema,
            hints: &change.after.hints,
            on_failure: None,
            migrations: &[],
        };
        let again = pair_tables(change.table, old, new, 1_000_000);
        let is_empty = again.steps.is_empty() && again.refusals.is_empty() && again.consumed.is_empty();
        if is_empty && again.slots == version.slots {
            Ok(true)
        } else {
            Err(format!("afterwards there is still a difference: {again:?}"))
        }
    })
}

fn inverses_lead_back(document: &HistoryDocument, _: &mut Seed) -> Outcome {
    for_each_change(document, &mut |change| {
        let back: Vec<Step> = change.diff.steps.iter().rev().map(Step::inverse).collect();
        let Some(given) = applied(&change.after.schema, &back, Way::Down)? else {
            return Ok(false);
        };
        compare("taken back", &given, change.before, &back)?;
        for step in &change.diff.steps {
            let twice = step.inverse().inverse();
            if twice.class != step.class || twice.to_string() != step.to_string() {
                return Err(format!("`{step}` taken back twice is `{twice}`"));
            }
        }
        Ok(true)
    })
}

fn disjoint_steps_commute(document: &HistoryDocument, _: &mut Seed) -> Outcome {
    let mut pairs = 0;
    for_each_change(document, &mut |change| {
        let steps = &change.diff.steps;
        let prints: BTreeMap<usize, Footprint> = steps
            .iter()
            .enumerate()
            .map(|(at, step)| (at, Footprint::of(step)))
            .collect();
        for (one, two) in (0..steps.len()).flat_map(|one| (0..one).map(move |two| (two, one))) {
            if !prints[&one].is_disjoint(&prints[&two]) {
                continue;
            }
            let in_order = |first: &Step, second: &Step| {
                let between = apply(change.before, std::slice::from_ref(first), Way::Up).ok()?;
                apply(&between, std::slice::from_ref(second), Way::Up).ok()
            };
            let results = [
                in_order(&steps[one], &steps[two]),
                in_order(&steps[two], &steps[one]),
            ];
            match results {
                [Some(first), Some(second)] => {
                    compare(
                        "in another order",
                        &first,
                        &second,
                        &[steps[one].clone(), steps[two].clone()],
                    )?;
                    pairs += 1;
                }
                // Neither can be made alone, as its place depends on a third step; or an enum would be left empty.
                [None, None] => {}
                _ if leaves_empty(change, &steps[one]) || leaves_empty(change, &steps[two]) => {}
                _ => return Err(format!("only one order works: {} and {}", steps[one], steps[two])),
            }
        }
        Ok(true)
    })?;
    Ok(pairs.min(1))
}

fn leaves_empty(change: &Change<'_>, step: &Step) -> bool {
    apply(change.before, std::slice::from_ref(step), Way::Up)
        .is_err_and(|problem| problem.contains("an enum without variants"))
}

fn hold(test: &'static str, check: fn(&HistoryDocument, &mut Seed) -> Outcome) {
    let law = Law {
        test,
        cases: 60,
        share: 10,
        histories: Histories::Accepted,
        size: HistorySize::default(),
        check,
    };
    law.hold();
}

#[test]
fn law_2_the_difference_leads_there() {
    hold("law_2_the_difference_leads_there", difference_leads_there);
}

#[test]
fn law_6_inverses_lead_back() {
    hold("law_6_inverses_lead_back", inverses_lead_back);
}

#[test]
fn law_7_disjoint_steps_commute() {
    hold("law_7_disjoint_steps_commute", disjoint_steps_commute);
}
