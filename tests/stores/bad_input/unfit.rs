//! Changes that rows don't fit: they are counted, and named by their keys.

use super::*;

#[test]
fn e2_e3_conversions_that_fail_are_listed_with_keys_and_counts() {
    generation! { Old { #[quanta(id)] id: u8, age: String, size: u32, rate: f64 } }
    generation! { New { #[quanta(id)] id: u8, age: u8, size: u8, rate: i32 } }
    let row = |id: u8, age: &str, size: u32, rate: f64| Old {
        id,
        age: age.to_owned(),
        size,
        rate,
    };
    let old = [
        row(1, "42", 1, 1.0),
        row(2, "old", 300, 2.0),
        row(3, "", 4, 0.5),
        row(4, "256", 5, f64::INFINITY),
    ];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &["rows.age: ", "2: \"old\" is no u8", "rows.size: "][..2],
    );
    // Failures of different fields in different rows are all counted.
    generation! { Age { #[quanta(id)] id: u8, age: u8, size: u32, rate: f64 } }
    check_refused::<Old, Age>(
        &old,
        ErrorKind::Refused,
        &[
            "rows.age: 3 rows don't fit",
            "\n    2: \"old\" is no u8",
            "\n    3: \"\" is no u8",
            "\n    4: \"256\" is no u8",
            "fix: ",
        ],
    );
    generation! { Size { #[quanta(id)] id: u8, age: String, size: u8, rate: f64 } }
    check_refused::<Old, Size>(
        &old,
        ErrorKind::Refused,
        &["rows.size: 1 rows don't fit", "\n    2: 300 is no u8"],
    );
    generation! { Rate { #[quanta(id)] id: u8, age: String, size: u32, rate: i32 } }
    check_refused::<Old, Rate>(
        &old,
        ErrorKind::Refused,
        &[
            "rows.rate: 2 rows don't fit",
            "\n    3: 0.5 is no i32",
            "\n    4: inf is no i32",
        ],
    );
}

#[test]
fn e2_a_narrowed_key_that_does_not_fit() {
    generation! { Old { #[quanta(id)] id: u32, a: u8 } }
    generation! { New { #[quanta(id)] id: u8, a: u8 } }
    let old = [Old { id: 1, a: 1 }, Old { id: 256, a: 2 }];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &["rows.id: 1 rows don't fit", "\n    256: 256 is no u8"],
    );
}

#[test]
fn failures_beyond_the_first_are_counted() {
    generation! { Old { #[quanta(id)] id: u32, a: u16 } }
    generation! { New { #[quanta(id)] id: u32, a: u8 } }
    let old: Vec<Old> = (0..25).map(|id| Old { id, a: 1000 }).collect();
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &["rows.a: 25 rows don't fit", "\n    0: 1000", "and 15 more"],
    );
}

#[test]
fn e5_required_with_nones_is_refused() {
    generation! { Old { #[quanta(id)] id: u8, a: Option<String> } }
    generation! { New { #[quanta(id)] id: u8, a: String } }
    let old = [
        Old {
            id: 1,
            a: Some("x".to_owned()),
        },
        Old { id: 2, a: None },
    ];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &[
            "rows.a: 1 rows don't fit",
            "\n    2: none where a value is required",
        ],
    );
}

#[test]
fn e8_an_enum_from_text_with_unknown_names() {
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    enum Switch {
        Off,
        On,
    }
    generation! { Old { #[quanta(id)] id: u8, a: String } }
    generation! { New { #[quanta(id)] id: u8, a: Switch } }
    let row = |id: u8, a: &str| Old { id, a: a.to_owned() };
    let _ = (Switch::Off, Switch::On);
    check_refused::<Old, New>(
        &[row(1, "On"), row(2, "on"), row(3, "Off")],
        ErrorKind::Refused,
        &["rows.a: 1 rows don't fit", "\n    2: \"on\" is none of Off, On"],
    );
}

#[test]
fn c6_a_variant_in_use_is_counted() {
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    enum Kind {
        Cat,
        Dog(u8),
    }
    mod new {
        #[derive(quantadb::QuantaType, Debug, Clone, PartialEq)]
        pub enum Kind {
            Cat,
        }
    }
    let _ = new::Kind::Cat;
    generation! { Old { #[quanta(id)] id: u8, a: Vec<Kind> } }
    generation! { New { #[quanta(id)] id: u8, a: Vec<new::Kind> } }
    let old = [
        Old {
            id: 1,
            a: vec![Kind::Cat],
        },
        Old {
            id: 2,
            a: vec![Kind::Cat, Kind::Dog(1)],
        },
    ];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &["1 rows don't fit", "\n    2: the variant `Dog` is gone"],
    );
    // Where no row has it, it goes.
    let engine = filled(&old[..1]);
    let db = engine.open::<(New,)>().unwrap();
    assert_eq!(
        db.collection::<New>().get(&1).unwrap(),
        Some(New {
            id: 1,
            a: vec![new::Kind::Cat]
        })
    );
}
