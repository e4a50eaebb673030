//! Filters as text: what fields of other types are compared with, what is said of those that can't be asked, and where
//! else they work: in transactions, for deleting, and for watches.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use quantadb::{Database, ErrorKind, Event, QuantaEntity, QuantaType, Value};

use super::support::Small;

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Part {
    name: String,
    size: Option<u8>,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Kind {
    Small,
    Sized { width: f64 },
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "items", register = false)]
struct Thing {
    #[quanta(id)]
    id: u128,
    bytes: Vec<u8>,
    #[quanta(index)]
    is_new: bool,
    kind: Kind,
    letter: char,
    nothing: (),
    pair: (u8, (String, i64)),
    parts: Vec<Part>,
    prices: BTreeMap<String, u8>,
    rows: Option<Vec<Vec<i8>>>,
    score: f32,
}

fn thing(id: u128) -> Thing {
    let small = u8::try_from(id % 100).unwrap();
    Thing {
        id,
        bytes: vec![small, 255],
        is_new: id.is_multiple_of(2),
        kind: if id.is_multiple_of(3) {
            Kind::Small
        } else {
            Kind::Sized {
                width: f64::from(small) / 2.0,
            }
        },
        letter: char::from(b'a' + small % 26),
        nothing: (),
        pair: (small, (format!("p{id}"), -i64::from(small))),
        parts: (0..small % 4)
            .map(|number| Part {
                name: format!("part {number}"),
                size: (number != 1).then_some(number * 10),
            })
            .collect(),
        prices: (0..small % 3)
            .map(|number| (format!("k{number}"), number))
            .collect(),
        rows: (!id.is_multiple_of(4)).then(|| vec![vec![1, -2], vec![i8::try_from(small).unwrap()]]),
        score: f32::from(small) / 4.0,
    }
}

fn store() -> Database {
    let db = Small::default().open::<(Thing,)>().unwrap();
    for id in (1..12).chain([u128::MAX]) {
        db.collection::<Thing>().put(&thing(id)).unwrap();
    }
    db
}

#[test]
fn literals_are_read_by_the_type_of_the_field() {
    let db = store();
    let all: Vec<Thing> = db.collection::<Thing>().iter().collect::<Result<_, _>>().unwrap();
    let check = |filter: &str, holds: &dyn Fn(&Thing) -> bool| {
        let found = db
            .table("items")
            .unwrap()
            .query()
            .filter(filter)
            .order_by("id")
            .select(&["id"]);
        let found: Vec<Value> = found.collect().unwrap().concat();
        let expected: Vec<Value> = all
            .iter()
            .filter(|row| holds(row))
            .map(|row| row.id.into())
            .collect();
        assert_eq!(found, expected, "{filter}");
        assert!(
            !expected.is_empty() && expected.len() < all.len(),
            "{filter} tells no rows apart"
        );
    };
    check("id = 340282366920938463463374607431768211455", &|row| {
        row.id == u128::MAX
    });
    check("id = '7' or id > 9000000000000000000000", &|row| {
        row.id == 7 || row.id > 12
    });
    check("bytes = '03ff'", &|row| row.bytes == [3, 255]);
    check("is_new = true and not is_new = FALSE", &|row| row.is_new);
    check("kind = 'Small'", &|row| row.kind == Kind::Small);
    check("kind is not Small", &|row| row.kind != Kind::Small);
    check(
        "kind::Sized.width <= 2.5e0",
        &|row| matches!(row.kind, Kind::Sized { width } if width <= 2.5),
    );
    check("letter between 'c' and \"f\"", &|row| {
        ('c'..='f').contains(&row.letter)
    });
    check("pair.0 in (3, 4)", &|row| [3, 4].contains(&row.pair.0));
    check("pair.1.0 ends with '1'", &|row| row.pair.1.0.ends_with('1'));
    check("pair.1.1 < -5", &|row| row.pair.1.1 < -5);
    check("parts[].size = none", &|row| {
        row.parts.iter().any(|part| part.size.is_none())
    });
    check("all parts[] (size is some or name = 'x')", &|row| {
        row.parts.iter().all(|part| part.size.is_some())
    });
    check("parts[] (name = 'part 2' and size = 20)", &|row| {
        row.parts.len() > 2
    });
    check("length(parts) >= 2", &|row| row.parts.len() >= 2);
    check("length(parts[].name) = 6", &|row| !row.parts.is_empty());
    check("prices{key} = 'k1'", &|row| row.prices.contains_key("k1"));
    check("rows[][] = 5", &|row| {
        row.rows.iter().flatten().flatten().any(|item| *item == 5)
    });
    check("all rows[] (.[] > 2 or length(.) = 2)", &|row| {
        row.rows
            .as_ref()
            .is_some_and(|rows| rows.iter().all(|row| row.len() == 2 || row[0] > 2))
    });
    check("score = 1.25 or score > 20", &|row| {
        row.score == 1.25 || row.score > 20.0
    });
}

#[test]
fn what_cannot_be_asked_is_said() {
    let db = store();
    let check = |filter: &str, expected: &Expect| {
        let error = db
            .table("items")
            .unwrap()
            .query()
            .filter(filter)
            .collect()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Query, "{filter}");
        expected.assert_eq(&error.to_string());
    };
    check(
        "town = 1",
        &expect![
            "a query of table items: `town` is missing: there is no `town`, but bytes, id, is_new, kind, letter, nothing, pair, parts, prices, rows, score"
        ],
    );
    check(
        "id = 1.5",
        &expect!["a query of table items: `id` is compared with 1.5, which is no u128"],
    );
    check(
        "id = -1",
        &expect!["a query of table items: `id` is compared with -1, which is no u128"],
    );
    check(
        "id = 'x'",
        &expect![[
            r#"a query of table items: `id` is compared with a value that it can't have: "x" is no u128"#
        ]],
    );
    check(
        "letter = 3",
        &expect![
            "a query of table items: `letter` is compared with the number 3, but it is char: a text is put in quotes"
        ],
    );
    check(
        "letter = 'ab'",
        &expect![[
            r#"a query of table items: `letter` is compared with a value that it can't have: "ab" is no char"#
        ]],
    );
    check(
        "is_new = 1",
        &expect!["a query of table items: `is_new` is compared with the number 1, but it is bool"],
    );
    check(
        "id = true",
        &expect!["a query of table items: `id` is compared with true, but it is u128"],
    );
    check(
        "parts = 'x'",
        &expect![
            "a query of table items: `parts` is a list: ask for one of its items with `[]` behind it, or for each with `all` before it. It is list<struct Part { name: string, size: option<u8> }>"
        ],
    );
    check(
        "parts < 'x'",
        &expect![
            "a query of table items: `parts` is a list: ask for one of its items with `[]` behind it. It is list<struct Part { name: string, size: option<u8> }>"
        ],
    );
    check(
        "parts.name = 'x'",
        &expect![
            "a query of table items: `parts.name` leads into a list: ask for one of its items, as `[].name`"
        ],
    );
    check(
        "parts contains 'x'",
        &expect![
            "a query of table items: `parts` is no text: ask for one of its items with `[]` behind it. It is list<struct Part { name: string, size: option<u8> }>"
        ],
    );
    check(
        "parts[] = 'x'",
        &expect![
            "a query of table items: in `parts[]`: `` has parts: ask for one of them, as in `address.city`. It is struct Part { name: string, size: option<u8> }"
        ],
    );
    check(
        "prices = 'x'",
        &expect![
            "a query of table items: `prices` is a map: ask for a key, with `{key}`. It is map<string,u8>"
        ],
    );
    check(
        "prices{key} = 3",
        &expect![
            "a query of table items: a key of `prices` is compared with the number 3, but it is string: a text is put in quotes"
        ],
    );
    check(
        "id{key} = 3",
        &expect!["a query of table items: `id` is no map, but u128"],
    );
    check(
        "kind is Large",
        &expect!["a query of table items: `kind` has no variant `Large`"],
    );
    check(
        "kind = 'Large'",
        &expect![
            "a query of table items: `kind` is compared with a value that it can't have: enum Kind has no variant Large"
        ],
    );
    check(
        "kind.width = 3",
        &expect![
            "a query of table items: `kind.width` leads into an enum: say which variant, as `::Variant.width`"
        ],
    );
    check(
        "pair.2 = 3",
        &expect!["a query of table items: `pair.2` is missing: there is no `2`"],
    );
    check(
        "id[] = 3",
        &expect!["a query of table items: `id` has no items: it is u128"],
    );
    check(
        "length(id) = 3",
        &expect!["a query of table items: `id` has no length: it is u128"],
    );
    check(
        "id > 3 and",
        &expect![[r#"
        a query of table items: the filter, column 11: expected a condition, found the end
          id > 3 and
                    ^"#]],
    );
    let items = db.table("items").unwrap();
    let said = |error: quantadb::Error| (error.kind(), error.to_string());
    expect![[r#"
        (
            Query,
            "a query of table items: the order, column 4: expected `asc`, `desc`, `,` or the end, found `down`\n  id down\n     ^",
        )
    "#]].assert_debug_eq(&said(items.query().order_by("id down").count().unwrap_err()));
    expect![[r#"
        (
            Query,
            "a query of table items: the path, column 1: values are read by a path to one value in each row\n  parts[]\n  ^",
        )
    "#]].assert_debug_eq(&said(
        items.query().select(&["id", "parts[]"]).first().unwrap_err(),
    ));
    expect![[r#"
        (
            Query,
            "a query of table items: `town` is missing: there is no `town`, but bytes, id, is_new, kind, letter, nothing, pair, parts, prices, rows, score",
        )
    "#]].assert_debug_eq(&said(items.query().group_by(&["town"]).count().unwrap_err()));
}

#[test]
fn transactions_ask_what_they_see() {
    let db = store();
    let counted = db.write(|tx| {
        let items = tx.table("items")?;
        items.delete(&Value::from(3_u128))?;
        assert_eq!(items.query().filter("id < 5").count()?, 3);
        assert_eq!(items.query().filter("id < 3 or id = 4").delete()?, 3);
        items.query().count()
    });
    assert_eq!(counted.unwrap(), 8);
    let items = db.table("items").unwrap();
    assert_eq!(items.query().filter("is_new = true").delete().unwrap(), 3);
    assert_eq!(
        items.query().first().unwrap().unwrap().get("id"),
        Some(&Value::from(5_u128))
    );
    assert_eq!(items.len().unwrap(), 5);
}

#[test]
fn watches_take_filters() {
    let db = store();
    let typed = db
        .watch::<Thing>()
        .filter(|u| u.is_new.eq(true))
        .filter(|u| u.score.gt(0.5))
        .start()
        .unwrap();
    let watch = db
        .watch_table("items")
        .filter("is_new = true")
        .filter("score > 0.5")
        .start()
        .unwrap();
    let things = db.collection::<Thing>();
    for id in [2, 3, 4] {
        things.delete(&id).unwrap();
    }
    things
        .put(&Thing {
            is_new: true,
            ..thing(5)
        })
        .unwrap();
    assert_eq!(typed.try_recv().unwrap(), Some(Event::Deleted(thing(4))));
    assert_eq!(
        typed.try_recv().unwrap(),
        Some(Event::Inserted(Thing {
            is_new: true,
            ..thing(5)
        }))
    );
    assert_eq!(typed.try_recv().unwrap(), None);
    let Some(Event::Deleted(row)) = watch.try_recv().unwrap() else {
        panic!("a row went");
    };
    assert_eq!(row.get("id"), Some(&Value::from(4_u128)));
    assert!(matches!(watch.try_recv().unwrap(), Some(Event::Inserted(_))));
    assert!(watch.try_recv().unwrap().is_none());
    let error = db.watch_table("items").filter("score >").start().unwrap_err();
    expect![[r#"
        a watch of table items: the filter, column 8: expected a value, found the end
          score >
                 ^"#]]
    .assert_eq(&error.to_string());
    let error = db
        .watch_table("items")
        .filter("town = 1")
        .filter("id = 1")
        .start()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Query);
}
