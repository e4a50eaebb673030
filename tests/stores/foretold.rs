//! The account of a plan: how many rows lose something, which ones first, and what one of them becomes.

use quantadb::plan::{FIRST_KEYS_MAX, TablePlan};
use quantadb::{Options, QuantaEntity, QuantaType};

use crate::support::{Small, filled};

#[derive(QuantaEntity, Debug, Clone)]
#[quanta(table = "users", register = false)]
struct User {
    #[quanta(id)]
    id: u32,
    age: i64,
    mail: Option<String>,
    nick: String,
    shape: Shape,
}

#[derive(QuantaType, Debug, Clone)]
enum Shape {
    Dot,
    Line,
    Star,
}

fn store() -> Small {
    let users = (1..=20).map(|id| User {
        id,
        age: if id % 4 == 0 { 300 } else { 30 },
        mail: (id % 2 == 0).then(|| format!("{id}@example.org")),
        nick: format!("nick {}", id % 10),
        shape: match id {
            3 => Shape::Line,
            5 | 7 => Shape::Star,
            _ => Shape::Dot,
        },
    });
    filled(&users.collect::<Vec<_>>())
}

/// Plans, and checks that nothing changed by that.
fn planned(options: impl Fn(&Small) -> Options) -> TablePlan {
    let engine = store();
    let before = engine.digest();
    let mut plan = options(&engine).plan("memory").unwrap();
    assert!(plan.refusals.is_empty(), "{plan}");
    assert_eq!(engine.digest(), before);
    plan.tables.remove(0)
}

fn check(table: &TablePlan, lost: Option<(u64, &[&str])>, dropped: (u64, &[&str])) {
    if let Some((rows, first)) = lost {
        assert_eq!(
            (table.losses[0].rows, table.losses[0].first.as_slice()),
            (Some(rows), owned(first).as_slice())
        );
    }
    assert_eq!(
        (table.rows_dropped, table.first_dropped.as_slice()),
        (dropped.0, owned(dropped.1).as_slice())
    );
}

fn owned(keys: &[&str]) -> Vec<String> {
    assert!(keys.len() <= FIRST_KEYS_MAX);
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[test]
fn m_a_dropped_field() {
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct After {
        #[quanta(id)]
        id: u32,
        age: i64,
        nick: String,
        shape: Shape,
    }
    let table = planned(Small::options::<(After,)>);
    // A value that equals what the field would hold again is not kept.
    check(&table, Some((10, &["2", "4", "6", "8", "10"])), (0, &[]));
    let sample = table.sample.unwrap();
    assert_eq!(sample.key, "1");
    assert_eq!(
        sample.before,
        "{age: 30, id: 1, mail: none, nick: \"nick 1\", shape: Dot}"
    );
    assert_eq!(sample.after, "{age: 30, id: 1, nick: \"nick 1\", shape: Dot}");
}

#[test]
fn m_values_that_do_not_fit() {
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct Narrow {
        #[quanta(id)]
        id: u32,
        #[quanta(on_failure = "default")]
        age: u8,
        mail: Option<String>,
        nick: String,
        shape: Shape,
    }
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct Taken {
        #[quanta(id)]
        id: u32,
        #[quanta(on_failure = "drop_row")]
        age: u8,
        mail: Option<String>,
        nick: String,
        shape: Shape,
    }
    let narrow = planned(Small::options::<(Narrow,)>);
    assert_eq!(narrow.rows_checked, Some(20));
    check(
        &planned(Small::options::<(Taken,)>),
        None,
        (5, &["4", "8", "12", "16", "20"]),
    );
}

#[test]
fn m_none_where_a_value_is_required() {
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct Required {
        #[quanta(id)]
        id: u32,
        age: i64,
        #[quanta(default = "?")]
        mail: String,
        nick: String,
        shape: Shape,
    }
    let table = planned(Small::options::<(Required,)>);
    check(&table, Some((10, &["1", "3", "5", "7", "9"])), (0, &[]));
    let shown = planned(Small::options::<(Required,)>).sample.unwrap().after;
    assert!(shown.contains("mail: \"?\""), "{shown}");
}

#[test]
fn m_a_variant_that_another_one_stands_in_for() {
    #[derive(QuantaType, Debug, Clone)]
    enum Plain {
        #[quanta(fallback_for("Line", "Star"))]
        Dot,
    }
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct After {
        #[quanta(id)]
        id: u32,
        age: i64,
        mail: Option<String>,
        nick: String,
        shape: Plain,
    }
    let table = planned(Small::options::<(After,)>);
    check(&table, Some((1, &["3"])), (0, &[]));
    assert_eq!(
        (table.losses[1].rows, table.losses[1].first.as_slice()),
        (Some(2), owned(&["5", "7"]).as_slice())
    );
    // The first row that changes is shown, not the first of all.
    assert_eq!(table.sample.unwrap().key, "3");
}

#[test]
fn m_an_open_names_the_rows_that_it_looks_at_anyway() {
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct Taken {
        #[quanta(id)]
        id: u32,
        #[quanta(on_failure = "drop_row")]
        age: u8,
        mail: Option<String>,
        nick: String,
        shape: Shape,
    }
    let engine = store();
    let db = engine.open::<(Taken,)>().unwrap();
    let table = &db.open_report().plan.tables[0];
    check(table, None, (5, &["4", "8", "12", "16", "20"]));
    assert_eq!(table.sample, None);
}
