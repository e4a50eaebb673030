//! The same input gives the same bytes; a fingerprint changes if and only if the shape does; a hint counts once. Each
//! takes one of 20 cases.

use crate::diff::Way;
use crate::generate::{HistorySize, Seed};
use crate::history::HistoryDocument;
use crate::plan::{DeclaredTable, Direction, Policy, Style, decide};
use crate::schema::{Fingerprint, Schema, TableHints, canonical};

use super::catalogue::{Catalogue, declared};
use super::run::{Histories, Law, Outcome};

fn law(test: &'static str, histories: Histories, check: fn(&HistoryDocument, &mut Seed) -> Outcome) -> Law {
    Law {
        test,
        cases: 40,
        share: 20,
        histories,
        size: HistorySize::default(),
        check,
    }
}

fn plans_are_equal(document: &HistoryDocument, _: &mut Seed) -> Outcome {
    let mut catalogue = Catalogue::default();
    for version in &document.versions {
        let shown = |_: usize| {
            let decision = catalogue.decide(version);
            let plan = decision.plan;
            (
                plan.to_json().to_string(),
                plan.to_text(Style::Coloured),
                plan.digest(),
                format!("{:?}", plan.tables),
            )
        };
        let plans: Vec<_> = (0..3).map(shown).collect();
        if plans.iter().any(|plan| *plan != plans[0]) {
            return Err(format!("version {} has several plans", version.label));
        }
        if catalogue.open(version).is_err() {
            break;
        }
    }
    let mut again = Catalogue::default();
    for version in &document.versions {
        if again.open(version).is_err() {
            break;
        }
    }
    if format!("{again:?}") == format!("{catalogue:?}") {
        Ok(1)
    } else {
        Err("the same versions make another catalogue".to_owned())
    }
}

#[test]
fn laws_a8_equal_inputs_give_equal_bytes() {
    law(
        "laws_a8_equal_inputs_give_equal_bytes",
        Histories::Any,
        plans_are_equal,
    )
    .hold();
}

/// Every pair of schemas of a history: equal fingerprints, equal layouts and meanings.
fn fingerprints_tell_shapes_apart(document: &HistoryDocument, _: &mut Seed) -> Outcome {
    let schemas: Vec<&Schema> = document
        .versions
        .iter()
        .flat_map(|version| version.tables.values().map(|table| &table.schema))
        .collect();
    let is_one = |one: &Schema, two: &Schema| {
        let objects = |schema: &Schema| {
            let mut indexes: Vec<_> = schema
                .indexes
                .iter()
                .map(|index| (index.fields.clone(), index.unique))
                .collect();
            indexes.sort();
            (indexes, schema.references.clone())
        };
        one.shape.is_same_as(&two.shape) && one.key == two.key && objects(one) == objects(two)
    };
    for one in &schemas {
        for two in &schemas {
            let prints = Fingerprint::of(one) == Fingerprint::of(two);
            if prints != is_one(one, two) || prints != (canonical(one) == canonical(two)) {
                return Err(format!(
                    "{}\n{}\nhave one fingerprint: {prints}",
                    one.shape, two.shape
                ));
            }
        }
    }
    Ok(1)
}

#[test]
fn laws_a7_fingerprints_change_if_shapes_do() {
    law(
        "laws_a7_fingerprints_change_if_shapes_do",
        Histories::Any,
        fingerprints_tell_shapes_apart,
    )
    .hold();
}

/// Opened again with the same declaration, nothing happens: every hint counts once.
fn hints_count_once(document: &HistoryDocument, _: &mut Seed) -> Outcome {
    let mut catalogue = Catalogue::default();
    for version in &document.versions {
        if catalogue.open(version).is_err() {
            break;
        }
        let again = catalogue.decide(version).plan;
        if !again.tables.is_empty() || !again.refusals.is_empty() {
            return Err(format!("version {} opened again: {again}", version.label));
        }
    }
    Ok(1)
}

#[test]
fn laws_d15_hints_count_once() {
    law("laws_d15_hints_count_once", Histories::Any, hints_count_once).hold();
}

/// A schema of 300 tables with 40 fields, and one with 5 % of the fields changed.
fn wide(changed: bool) -> Vec<(String, Schema)> {
    let field = |table: usize, field: usize| match (changed, (table * 40 + field) % 60) {
        (true, 0) => format!("renamed_{field}: string"),
        (true, 1) => format!("f{field}: i128"),
        (true, 2) => format!("f{field}: option<i64>"),
        _ => format!("f{field}: i64"),
    };
    let table = |number: usize| {
        let fields: Vec<String> = (0..40).map(|at| field(number, at)).collect();
        let shape = format!("struct {{ id: u64, {} }}", fields.join(", "))
            .parse()
            .expect("it is a type");
        (
            format!("t{number}"),
            Schema::new(shape, vec!["id".to_owned()]).expect("it is a schema"),
        )
    };
    (0..300).map(table).collect()
}

#[test]
fn a9_wide_plans_are_equal_bytes() {
    let (old, new) = (wide(false), wide(true));
    let none = TableHints::default();
    let tables = |schemas: &[(String, Schema)], use_them: &mut dyn FnMut(&[DeclaredTable<'_>])| {
        let declared = schemas.iter().map(|(name, schema)| DeclaredTable {
            name,
            schema,
            fingerprint: Fingerprint::of(schema),
            hints: &none,
            hints_digest: [0; 16],
            migrations: &[],
        });
        use_them(&declared.collect::<Vec<_>>());
    };
    let mut catalogue = Catalogue::default();
    let policy = Policy {
        direction: Direction::Forward,
        ..Policy::default()
    };
    tables(&old, &mut |declared| {
        let decision = decide(&catalogue.head, &catalogue.stored, declared, &policy).expect("it is empty");
        catalogue.run(&decision.plan);
    });
    let times = if cfg!(debug_assertions) { 2 } else { 1000 };
    tables(&new, &mut |declared| {
        let plan = || {
            let decision =
                decide(&catalogue.head, &catalogue.stored, declared, &policy).expect("it is whole");
            assert_eq!(
                decision.plan.steps().count(),
                600 + 200,
                "5 % of the fields change"
            );
            decision.plan.to_json().to_string()
        };
        let first = plan();
        assert!((1..times).all(|_| plan() == first));
    });
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
    back.run(&before.plan);
    assert_eq!(back.table("t").expect("it is there").head.state.version, 1);
}
