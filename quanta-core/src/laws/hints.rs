//! D15: a hint counts once; and what that means for swaps. Takes one of 20 cases.

use std::collections::BTreeMap;

use crate::diff::Way;
use crate::generate::{HistorySize, Seed};
use crate::history::{HistoryDocument, HistoryVersion};
use crate::plan::{Plan, Policy, StoredTable, decide};
use crate::schema::Slot;

use super::catalogue::{Catalogue, declared};
use super::run::{Histories, Law, Outcome};

/// Opened again with the same declaration, nothing happens; and hints that stay in the source, after those of the next
/// version, change nothing about what leads to it.
fn hints_count_once(document: &HistoryDocument, _: &mut Seed) -> Outcome {
    let mut catalogue = Catalogue::default();
    let mut stale = 0;
    let mut versions = document.versions.iter().peekable();
    while let Some(version) = versions.next() {
        if catalogue.open(version).is_err() {
            break;
        }
        let again = catalogue.decide(version).plan;
        if !again.tables.is_empty() || !again.refusals.is_empty() {
            return Err(format!("version {} opened again: {again}", version.label));
        }
        let Some(next) = versions.peek() else { break };
        let mut after = catalogue.clone();
        let Ok(plan) = after.open(next) else { break };
        let with_stale = with_stale_hints(version, next, &catalogue, &after);
        stale += u32::from(with_stale != **next);
        let with_stale = catalogue.decide(&with_stale).plan;
        let steps = |plan: &Plan| plan.steps().map(ToString::to_string).collect::<Vec<_>>();
        if steps(&plan) != steps(&with_stale) || !with_stale.refusals.is_empty() {
            return Err(format!(
                "version {}: {plan}with the hints of the version before: {with_stale}",
                next.label
            ));
        }
    }
    Ok(stale)
}

/// Leaves the hints of a version at the slots that go on, behind those of the next version.
fn with_stale_hints(
    version: &HistoryVersion,
    next: &HistoryVersion,
    before: &Catalogue,
    after: &Catalogue,
) -> HistoryVersion {
    let mut next = next.clone();
    for (name, table) in &mut next.tables {
        let Some(stored) = after.table(name) else { continue };
        let Some(old) = before.stored.get(&stored.id) else {
            continue;
        };
        let Some(said) = version.tables.get(&old.head.state.name) else {
            continue;
        };
        let slots = |table: &StoredTable| table.versions[&table.head.state.version].slots.clone();
        let by_id: BTreeMap<u32, Slot> = slots(old).into_iter().map(|(slot, id)| (id, slot)).collect();
        for (slot, id) in slots(stored) {
            let stale = by_id.get(&id).map(|slot| said.hints.slot(*slot).renamed_from);
            if let Some(stale) = stale.filter(|names| !names.is_empty()) {
                table
                    .hints
                    .slots
                    .entry(slot)
                    .or_default()
                    .renamed_from
                    .extend(stale);
            }
        }
    }
    next
}

#[test]
fn laws_d15_hints_count_once() {
    let law = Law {
        test: "laws_d15_hints_count_once",
        cases: 40,
        share: 20,
        histories: Histories::Any,
        size: HistorySize::default(),
        check: hints_count_once,
    };
    law.hold();
}

/// What the declaration of a swap says is said once: there is no second swap.
#[test]
fn laws_d7_a_second_swap_is_no_change() {
    let version = |label: &str, renamed: &str| {
        format!(
            r#"{{"label": "{label}", "tables": [{{"name": "t", "key": ["id"], "fields": [{{"name": "id", "type": "u8"}},
            {{"name": "a", "type": "u8"}}, {{"name": "b", "type": "u8"}}]}}], "hints": {{"renamed_fields": {{"t": {renamed}}}}}}}"#
        )
    };
    let swap = r#"{"a": "b", "b": "a"}"#;
    let text = format!(
        r#"{{"format": "quanta-history/1", "name": "swap", "versions": [{}, {}]}}"#,
        version("1", "{}"),
        version("2", swap)
    );
    let document = HistoryDocument::from_json(&text).expect("it is sound");
    let mut catalogue = Catalogue::default();
    for opened in [0, 1] {
        catalogue
            .open(&document.versions[opened])
            .expect("it is accepted");
    }
    let again = catalogue.decide(&document.versions[1]);
    assert!(again.plan.is_empty(), "{}", again.plan);
    // Without the hints, the program declares what was before the swap: that is older.
    let mut back = catalogue.clone();
    let before = declared(&document.versions[0], |tables| {
        decide(&back.head, &back.stored, tables, &Policy::default()).expect("it is whole")
    });
    assert_eq!(before.older.len(), 1);
    let hops = before
        .plan
        .tables
        .iter()
        .map(|table| format!("{:?}", table.movement))
        .collect::<String>();
    assert!(hops.contains(&format!("{:?}", Way::Down)), "{hops}");
    back.run(before.plan, None).expect("plans fit");
    assert_eq!(back.table("t").expect("it is there").head.state.version, 1);
}
