//! Fields of embedded types, and those whose values can't go back.

use super::*;

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Home {
    town: String,
    zip: u16,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct NewHome {
    #[quanta(new)]
    city: String,
    zip: u16,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct HintedHome {
    #[quanta(renamed_from = "town")]
    city: String,
    zip: u16,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Shape {
    Circle { size: i32 },
    Dot,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum NewShape {
    Circle {
        #[quanta(new, default = 1)]
        radius: i64,
    },
    Dot,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum HintedShape {
    Circle {
        #[quanta(renamed_from = "size")]
        radius: i64,
    },
    Dot,
}

generation! { Nested { home: Option<Home>, shape: Shape } }
generation! { NewNested { home: Option<NewHome>, shape: NewShape } }
generation! { HintedNested { home: Option<HintedHome>, shape: HintedShape } }

#[test]
fn d16_fields_of_embedded_structs_and_variants_get_their_values_back() {
    let row = |id, town: Option<&str>, shape| Nested {
        id,
        home: town.map(|town| Home {
            town: town.to_owned(),
            zip: 7,
        }),
        shape,
    };
    let rows = [
        row(1, Some("Oslo"), Shape::Circle { size: 5 }),
        row(2, None, Shape::Dot),
        row(3, Some("Bergen"), Shape::Circle { size: -3 }),
    ];
    for swept in [Swept::None, Swept::All] {
        let engine = Small::default();
        put(&open::<Nested>(&engine), rows.clone());
        let db = open::<NewNested>(&engine);
        put(
            &db,
            [NewNested {
                id: 3,
                home: Some(NewHome {
                    city: String::new(),
                    zip: 9,
                }),
                shape: NewShape::Circle { radius: 4 },
            }],
        );
        if swept == Swept::All {
            sweep_and_check(&db, &engine);
        }
        drop(db);
        let db = open::<HintedNested>(&engine);
        let text = db.open_report().to_string();
        for part in [
            "2 rows have the kept value of town in home.city again, 0 keep",
            "1 rows have the kept value of size in shape::Circle.radius again, 1 keep",
        ] {
            assert!(text.contains(part), "{text}");
        }
        let home = |city: &str, zip| {
            Some(HintedHome {
                city: city.to_owned(),
                zip,
            })
        };
        let above = [
            HintedNested {
                id: 1,
                home: home("Oslo", 7),
                shape: HintedShape::Circle { radius: 5 },
            },
            HintedNested {
                id: 2,
                home: None,
                shape: HintedShape::Dot,
            },
            HintedNested {
                id: 3,
                home: home("Bergen", 9),
                shape: HintedShape::Circle { radius: 4 },
            },
        ];
        assert_eq!(all::<HintedNested>(&db), above);
        sweep_and_check(&db, &engine);
        put(
            &db,
            [HintedNested {
                id: 1,
                home: None,
                shape: HintedShape::Dot,
            }],
        );
        db.rollback(1).unwrap();
        let db = open::<NewNested>(&engine);
        let below = all::<NewNested>(&db);
        assert_eq!(
            below[0],
            NewNested {
                id: 1,
                home: None,
                shape: NewShape::Dot
            }
        );
        assert_eq!(
            below[2].home,
            Some(NewHome {
                city: String::new(),
                zip: 9
            })
        );
        sweep_and_check(&db, &engine);
        db.rollback(1).unwrap();
        let db = open::<Nested>(&engine);
        assert_eq!(all::<Nested>(&db)[1], rows[1]);
        sweep_and_check(&db, &engine);
    }
}

generation! { Homes { homes: Vec<Home>, kind: String } }
generation! { NewHomes { homes: Vec<NewHome>, kind: String } }
generation! { HintedHomes { homes: Vec<HintedHome>, #[quanta(renamed_from = "never")] kind: String } }
generation! { Beside { nick: String, name: String } }
generation! { Lists { #[quanta(renamed_from = "nick")] name: std::collections::BTreeMap<u8, u8> } }
generation! { NoLists { #[quanta(new)] name: std::collections::BTreeMap<u8, u8> } }

/// Opens three generations, of which the last comes with a hint that can't be followed; returns what is told.
fn told<A: QuantaEntity, B: QuantaEntity, C: QuantaEntity>() -> String
where
    (A,): quantadb::Entities,
    (B,): quantadb::Entities,
    (C,): quantadb::Entities,
{
    let engine = Small::default();
    open::<A>(&engine);
    open::<B>(&engine);
    let db = open::<C>(&engine);
    assert_eq!(
        db.history().unwrap().records.len(),
        2,
        "a hint that moves nothing is no revision"
    );
    let text = db.open_report().plan.notes.join("\n");
    drop(db);
    assert!(
        open::<C>(&engine).open_report().plan.notes.is_empty(),
        "it is told once"
    );
    text
}

#[test]
fn d18_a_hint_that_can_not_give_back_is_told_with_its_reason() {
    let cases = [
        (
            told::<Homes, NewHomes, HintedHomes>(),
            "users.homes[].city: `renamed_from = \"town\"` came after `town` went and moves nothing: values inside of lists",
        ),
        (
            told::<Beside, Named, Hinted>(),
            "users.name: `renamed_from = \"nick\"` came after `nick` went and moves nothing: rows that nobody gave a value",
        ),
        (
            told::<Nicked, NoLists, Lists>(),
            "moves nothing: there is no conversion from string to map<u8,u8>",
        ),
    ];
    for (text, expected) in cases {
        assert!(text.contains(expected), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}
