//! Plans, which count and change nothing.

use super::*;

#[test]
fn n1_a_plan_counts_exactly_and_changes_nothing() {
    let engine = filled(&(0..10).map(row_one).collect::<Vec<_>>());
    let digest = engine.digest();
    let plan = engine.options::<(two::Item,)>().plan("memory").unwrap();
    assert_eq!(engine.digest(), digest);
    assert!(plan.refusals.is_empty(), "{plan}");
    let [table] = plan.tables.as_slice() else {
        panic!("one table changes: {plan}")
    };
    assert_eq!(table.rows_checked, Some(10));
    let losses: Vec<(&str, Option<u64>)> = table
        .losses
        .iter()
        .map(|loss| (loss.step.as_str(), loss.rows))
        .collect();
    // Some notes are none; a score that some f32 holds loses nothing.
    let notes = (0..10).filter(|id| row_one(*id).note.is_some()).count() as u64;
    let is_rounded = |id: &u64| row_one(*id).score.to_bits() != f64::from(row_two(*id).score).to_bits();
    let scores = (0..10).filter(is_rounded).count() as u64;
    assert_eq!(
        losses,
        [
            ("change items.score from f64 to f32", Some(scores)),
            (
                "drop items.note: option<string>; its values are kept",
                Some(notes)
            ),
        ]
    );
    // Nothing of it is hidden: the report of the open names every loss.
    let db = engine.open::<(two::Item,)>().unwrap();
    let report = db.open_report().to_string();
    assert!(
        report.contains("kept: drop items.note") && report.contains("kept: change items.score"),
        "{report}"
    );
}

#[test]
fn n1_a_plan_counts_only_what_this_change_loses() {
    generation! { First { #[quanta(id)] id: u8, a: String, b: u8, many: Vec<Part> } }
    generation! { Second { #[quanta(id)] id: u8, b: u8, many: Vec<Part> } }
    generation! { Third { #[quanta(id)] id: u8, many: Vec<Less> } }
    generation! { Eager { #[quanta(id)] id: u8, many: Vec<Less>, #[quanta(init_with = always)] c: u8 } }
    fn always(_: &quantadb::OldRow<'_>) -> u8 {
        1
    }
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    struct Part {
        size: u8,
        label: String,
    }
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    struct Less {
        size: u8,
    }
    let part = |label: &str| Part {
        size: 1,
        label: label.to_owned(),
    };
    let row = |id: u8, b: u8, many: Vec<Part>| First {
        id,
        a: "x".to_owned(),
        b,
        many,
    };
    let first = [
        row(1, 0, vec![]),
        row(2, 5, vec![part("")]),
        row(3, 0, vec![part(""), part("x")]),
    ];
    let engine = filled(&first);
    drop(engine.open::<(Second,)>().unwrap());
    // The rows are still at the first version: what they lose on the way to the second was told then.
    let expected = [
        (
            "drop rows.many[].label: string; its values are kept".to_owned(),
            Some(1),
        ),
        ("drop rows.b: u8; its values are kept".to_owned(), Some(1)),
    ];
    let losses = |plan: &quantadb::Plan| {
        let losses = plan.tables.iter().flat_map(|table| &table.losses);
        losses
            .map(|loss| (loss.step.clone(), loss.rows))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        losses(&engine.options::<(Third,)>().plan("memory").unwrap()),
        expected
    );
    // Eager work has seen every row, so that its report counts too.
    let db = engine.open::<(Eager,)>().unwrap();
    assert_eq!(losses(&db.open_report().plan), expected);
}

#[test]
fn n1_a_lazy_change_inside_of_a_map_or_array_looks_at_no_row() {
    use std::collections::BTreeMap;
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    struct Inner {
        x: u8,
    }
    mod new {
        #[derive(quantadb::QuantaType, Debug, Clone, PartialEq)]
        pub struct Inner {
            pub x: u16,
            pub y: bool,
        }
    }
    generation! { Old { #[quanta(id)] id: u8, a: BTreeMap<String, Inner>, b: [Inner; 2], c: BTreeMap<u8, u8> } }
    generation! { New { #[quanta(id)] id: u8, a: BTreeMap<String, new::Inner>, b: [new::Inner; 2], c: BTreeMap<u16, u16> } }
    let a = [("k".to_owned(), Inner { x: 1 })].into();
    let engine = filled(&[Old {
        id: 1,
        a,
        b: [Inner { x: 2 }, Inner { x: 3 }],
        c: [(4, 5)].into(),
    }]);
    let db = engine.open::<(New,)>().unwrap();
    assert_eq!(db.open_report().spans.rows_checked, 0, "{}", db.open_report());
    let inner = |x| new::Inner { x, y: false };
    let row = New {
        id: 1,
        a: [("k".to_owned(), inner(1))].into(),
        b: [inner(2), inner(3)],
        c: [(4, 5)].into(),
    };
    assert_eq!(db.collection::<New>().get(&1).unwrap(), Some(row));
}

#[test]
fn n1_a_plan_of_a_store_that_is_not_there_makes_none() {
    let memory = Memory::new();
    let options = || {
        Options::new()
            .engine(Engine::Memory(memory.clone()))
            .entities::<(one::Item,)>()
    };
    let plan = options().plan("memory").unwrap();
    assert!(plan.to_string().contains("create table items"), "{plan}");
    let error = options().read_only().open("memory").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
    let mut records = 0;
    crate::support::each(
        memory.snapshot().unwrap().as_ref(),
        &quanta_storage::KeyRange::all(),
        |_, _| records += 1,
    );
    assert_eq!(records, 0);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let plan = Options::new().entities::<(one::Item,)>().plan(&path).unwrap();
    assert!(plan.to_string().contains("create table items"), "{plan}");
    assert!(!path.exists());
}
