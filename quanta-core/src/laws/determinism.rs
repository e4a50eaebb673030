//! A8 and A9: the same input gives the same bytes. Takes one of 20 cases.

use crate::generate::{HistorySize, Seed};
use crate::history::HistoryDocument;
use crate::plan::{DeclaredTable, Direction, Policy, Style, decide};
use crate::schema::{Fingerprint, Schema, TableHints};

use super::catalogue::Catalogue;
use super::run::{Histories, Law, Outcome};

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
    let law = Law {
        test: "laws_a8_equal_inputs_give_equal_bytes",
        cases: 40,
        share: 20,
        histories: Histories::Any,
        size: HistorySize::default(),
        check: plans_are_equal,
    };
    law.hold();
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
        catalogue.run(decision.plan, None).expect("plans fit");
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
