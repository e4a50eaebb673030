//! Guards history documents: they read back, hints reach every slot they mean, and what is not sound is refused.

use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};

use super::*;
use crate::schema::{Fingerprint, Node, NodeId, Resolution, SlotHint};

const SHOP: &str = include_str!("../../tests/data/shop.history.json");
const SWAP: &str = include_str!("../../tests/data/swap.history.json");

fn read(text: &str) -> HistoryDocument {
    HistoryDocument::from_json(text).unwrap_or_else(|error| panic!("{error}"))
}

fn check_round_trip(text: &str) {
    let document = read(text);
    let written = document.to_json();
    let again = HistoryDocument::from_json(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
    assert_eq!(again, document);
    assert_eq!(again.to_json(), written);
}

#[test]
fn documents_read_back() {
    check_round_trip(SHOP);
    check_round_trip(SWAP);
}

/// Histories of real programs are not part of the project: a directory of them is given by `QUANTA_CORPUS`.
#[test]
fn a_corpus_reads_back() {
    let Ok(directory) = std::env::var("QUANTA_CORPUS") else {
        return;
    };
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.to_str().is_some_and(|name| name.ends_with(".history.json")) {
            check_round_trip(&std::fs::read_to_string(&path).unwrap());
            count += 1;
        }
    }
    assert!(count > 0, "the directory holds no histories");
}

/// Lists the hints of a table, with the names of their slots.
fn hints_of(table: &TableDecl) -> Vec<(String, &SlotHint)> {
    let shape = &table.schema.shape;
    let name = |(node, position): (NodeId, usize)| match shape.node(node) {
        Node::Struct { label, fields } => format!("{}:{label}.{}", node.0, fields[position].name),
        Node::Enum { label, variants } => format!("{}:{label}::{}", node.0, variants[position].name),
        _ => "?".to_owned(),
    };
    table
        .hints
        .slots
        .iter()
        .map(|(slot, hint)| (name(*slot), hint))
        .collect()
}

fn shown(table: &TableDecl) -> String {
    let line = |(name, hint): (String, &SlotHint)| {
        let SlotHint {
            renamed_from,
            is_new,
            default,
            is_default,
            ..
        } = hint;
        format!("{name} from {renamed_from:?} new {is_new} default {default:?} variant {is_default}\n")
    };
    hints_of(table).into_iter().map(line).collect()
}

#[test]
fn hints_stand_at_every_embedding() {
    let shop = read(SHOP);
    let version = &shop.versions[1];
    let people = &version.tables["people"];
    assert_eq!(people.hints.renamed_from, ["users"]);
    assert!(!people.hints.is_new && version.tables["tags"].hints.is_new);
    assert_eq!(version.hints.on_failure["people"]["age"], Resolution::Default);
    expect![[r#"
        0:.age from [] new false default Some([14]) variant false
        0:.email from ["mail"] new false default None variant false
        0:.note from [] new true default Some([4, 110, 111, 110, 101]) variant false
        4:Address.city from ["town"] new false default None variant false
        4:Address.zip from [] new true default Some([0]) variant false
        13:Address.city from ["town"] new false default None variant false
        13:Address.zip from [] new true default Some([0]) variant false
    "#]]
    .assert_eq(&shown(people));
    expect![[r#"
        1:Shape::Box from ["Rect"] new false default None variant false
        1:Shape::Circle from [] new false default None variant true
        6:.edges from ["sides"] new false default Some([3]) variant false
    "#]]
    .assert_eq(&shown(&version.tables["teams"]));
}

#[test]
fn reused_names_are_marked_while_both_stay() {
    let swap = read(SWAP);
    let texts: Vec<String> = swap
        .versions
        .iter()
        .flat_map(|version| {
            version
                .tables
                .values()
                .map(|table| table.schema.shape.to_string())
        })
        .collect();
    expect![[r#"
        struct { a: string, b: string, id: u64, pair: struct Pair { x: u8, y: u8 } }
        struct { a: string from b, b: string from a, id: u64, pair: list<struct Pair { x: u8 from y, y: u8 from x }> }
        struct { a: string from b, b: string from a, id: u64, pair: struct Pair { x: u8 from y, y: u8 from x } }
        struct { a: string, c: string, id: u64, pair: struct Pair { x: u8, y: u8 } }"#]]
    .assert_eq(&texts.join("\n"));
    let print = |version: usize, table: &str| Fingerprint::of(&swap.versions[version].tables[table].schema);
    assert_ne!(
        print(0, "t"),
        print(2, "u"),
        "the bytes look alike, but mean different things"
    );
}

/// Replaces one text in the shop's document and expects a refusal.
fn check_error(from: &str, to: &str, expected: &Expect) {
    assert!(SHOP.contains(from), "{from}");
    expected.assert_eq(&HistoryDocument::from_json(&SHOP.replacen(from, to, 1)).unwrap_err());
}

#[test]
fn unsound_documents_are_refused() {
    check_error(
        "quanta-history/1",
        "quanta-history/2",
        &expect!["the format is `quanta-history/2`, not `quanta-history/1`"],
    );
    check_error(
        r#""label": "2""#,
        r#""label": "1""#,
        &expect!["version 1: an earlier version has that label too"],
    );
    check_error(
        r#""dropped_tables": ["old"],"#,
        "",
        &expect![
            "version 2: table old is gone: name it in `dropped_tables`, or in `renamed_tables` with its new name"
        ],
    );
    check_error(
        r#""dropped_tables": ["old"]"#,
        r#""dropped_tables": ["old", "teams"]"#,
        &expect!["version 2: dropped_tables: `teams`: this version still has it"],
    );
    check_error(
        r#"{"mail": "email"}"#,
        r#"{"mial": "email"}"#,
        &expect![
            "version 2: table people: `mial`: no earlier version has it, so `email` can't be its new name"
        ],
    );
    check_error(
        r#"{"mail": "email"}"#,
        r#"{"mail": "e_mail"}"#,
        &expect!["version 2: table people: `e_mail`: this version has no such name there"],
    );
    check_error(
        r#"{"town": "city"}"#,
        r#"{"twon": "city"}"#,
        &expect![
            "version 2: type Address: `twon`: no earlier version has it, so `city` can't be its new name"
        ],
    );
    check_error(
        r#""Shape::Poly": {"#,
        r#""Shape::Pol": {"#,
        &expect!["version 2: types: `Shape::Pol`: this version embeds no such type"],
    );
    check_error(
        r#""@key": "drop_row""#,
        r#""@key": "default""#,
        &expect!["version 2: on_failure of table people: `@key` can only be `drop_row`"],
    );
    check_error(
        "@people_email",
        "@people_mail",
        &expect![
            "version 2: on_failure of table people: `@people_mail`: there is no such field or unique index"
        ],
    );
    check_error(
        r#""default": 7"#,
        r#""default": "x""#,
        &expect![[r#"version 1: table users, field age: the default: "x" is no i64"#]],
    );
    check_error(
        r#""default": 3"#,
        r#""default": 300"#,
        &expect!["version 2: type Shape::Poly, field edges: the default: 300 is no u8"],
    );
    check_error(
        r#""table": "teams""#,
        r#""table": "team""#,
        &expect!["version 1: table users: reference: there is no table team"],
    );
}

/// A document of one table with the fields `a` and `b`, and the renames that lead to each version.
fn renames(versions: &[(&[&str], Json)]) -> Result<HistoryDocument, String> {
    let version = |(number, (fields, renamed)): (usize, &(&[&str], Json))| {
        let fields: Vec<Json> = fields
            .iter()
            .map(|name| json!({"name": name, "type": "u8"}))
            .collect();
        json!({"label": number.to_string(), "tables": [{"name": "t", "key": ["id"], "fields": fields}],
               "hints": {"renamed_fields": {"t": renamed}}})
    };
    let versions: Vec<Json> = versions.iter().enumerate().map(version).collect();
    HistoryDocument::from_json(
        &json!({"format": "quanta-history/1", "name": "r", "versions": versions}).to_string(),
    )
}

/// The second swap would leave everything as the first one did: no declaration tells the two apart.
#[test]
fn a_swap_that_is_said_again_is_refused() {
    let both: &[&str] = &["id", "a", "b"];
    let swap = || json!({"a": "b", "b": "a"});
    let error = renames(&[(both, json!({})), (both, swap()), (both, swap())]).unwrap_err();
    expect![[
        "version 2: table t: `a` took over `b` in an earlier version, and a hint counts once: leave it out, or give `a` \
         a third name in a version between"
    ]]
    .assert_eq(&error);
    // Renamed back and forth, or with a third name in between, each is a change of its own.
    renames(&[
        (&["id", "a"], json!({})),
        (&["id", "b"], json!({"a": "b"})),
        (&["id", "a"], json!({"b": "a"})),
        (&["id", "b"], json!({"a": "b"})),
    ])
    .unwrap();
    renames(&[
        (both, json!({})),
        (both, swap()),
        (&["id", "x", "b"], json!({"a": "x"})),
        (both, json!({"x": "b", "b": "a"})),
    ])
    .unwrap();
}

#[test]
fn unknown_keys_are_errors_wherever_they_stand() {
    let mut document: Json = serde_json::from_str(SHOP).unwrap();
    let mut places = Vec::new();
    find_objects(&document, "", &mut places);
    for place in places {
        let object = document.pointer_mut(&place).unwrap().as_object_mut().unwrap();
        object.insert("surprise".to_owned(), json!({}));
        let error = HistoryDocument::from_json(&document.to_string()).unwrap_err();
        assert!(
            error.contains("surprise") || error.contains("expected"),
            "{place}: {error}"
        );
        document
            .pointer_mut(&place)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove("surprise");
    }
    HistoryDocument::from_json(&document.to_string()).unwrap();
}

fn find_objects(json: &Json, place: &str, places: &mut Vec<String>) {
    match json {
        Json::Object(members) => {
            places.push(place.to_owned());
            members
                .iter()
                .for_each(|(name, json)| find_objects(json, &format!("{place}/{name}"), places));
        }
        Json::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at, json)| find_objects(json, &format!("{place}/{at}"), places));
        }
        _ => {}
    }
}

#[test]
fn variants_and_their_fields_have_several_spellings() {
    for (name, old, new) in [
        ("Shape::Poly", "sides", "edges"),
        ("Shape::Poly", "Shape::Poly.sides", "Shape::Poly.edges"),
        ("Shape", "Poly.sides", "Poly.edges"),
        ("Shape", "Shape::Poly.sides", "Shape::Poly.edges"),
    ] {
        let hints = HistoryHints {
            types: [(
                name.to_owned(),
                TypeHints {
                    renamed: [(old.to_owned(), new.to_owned())].into(),
                    ..TypeHints::default()
                },
            )]
            .into(),
            ..HistoryHints::default()
        };
        let named = hints.named().unwrap();
        let owner = super::owner::Owner::Variant("Shape".to_owned(), "Poly".to_owned());
        assert_eq!(
            named.renamed[&(owner, "edges".to_owned())],
            ["sides"],
            "{name} {old}"
        );
    }
}
