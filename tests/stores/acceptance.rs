//! Guards the simple cases of every change, each by its id: the row after it, read lazily and swept, and the row as it
//! was after the way back. The tables come from documents.

use serde_json::{Value as Json, json};

use super::documents::{Store, fields};
use super::support::{sweep_and_check, verify};

/// A version of one table, `t`: its types, its fields, and the hints that lead there.
fn version(label: &str, types: &Json, list: &str, hints: &Json) -> Json {
    let table = json!({"name": "t", "key": ["id"], "fields": fields(list)});
    json!({"label": label, "types": types, "tables": [table], "hints": hints})
}

/// One change: both sides, and a row on each.
struct Case {
    types: (Json, Json),
    fields: (&'static str, &'static str),
    hints: Json,
    rows: (Json, Json),
}

impl Case {
    fn of(fields: (&'static str, &'static str), rows: (Json, Json)) -> Self {
        Self {
            types: (json!([]), json!([])),
            fields,
            hints: json!({}),
            rows,
        }
    }

    fn types(self, old: Json, new: Json) -> Self {
        Self {
            types: (old, new),
            ..self
        }
    }

    fn hints(self, hints: Json) -> Self {
        Self { hints, ..self }
    }

    /// Makes the change, goes back, and makes it again; returns its steps.
    #[track_caller]
    fn check(self) -> Vec<String> {
        let store = Store::new(&json!([
            version("1", &self.types.0, self.fields.0, &json!({})),
            version("2", &self.types.1, self.fields.1, &self.hints),
        ]));
        store.fill(0, &[("t", self.rows.0.clone())]);
        let steps = store.change(1);
        assert_eq!(row(&store, 1, Swept::No), self.rows.1, "read lazily");
        assert_eq!(row(&store, 1, Swept::Yes), self.rows.1, "swept");
        if !steps.is_empty() {
            store.open(1).unwrap().rollback(1).unwrap();
        }
        assert_eq!(row(&store, 0, Swept::No), self.rows.0, "gone back");
        assert_eq!(row(&store, 0, Swept::Yes), self.rows.0, "gone back and swept");
        assert_eq!(row(&store, 1, Swept::Yes), self.rows.1, "up again");
        steps
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Swept {
    No,
    Yes,
}

/// Reads the only row.
fn row(store: &Store, version: usize, swept: Swept) -> Json {
    let db = store.options(version).release_hold().open("").unwrap();
    if swept == Swept::Yes {
        sweep_and_check(&db, &store.small.0);
    }
    verify(&db);
    let table = db.table("t").unwrap();
    let rows: Vec<Json> = table.iter().map(|row| table.to_json(&row.unwrap())).collect();
    let [row] = rows.as_slice() else {
        panic!("{} rows", rows.len());
    };
    row.clone()
}

#[test]
fn a2_another_order_of_fields_and_variants_is_no_change() {
    let shape =
        |variants: [&str; 2]| json!([{"name": "E", "variants": variants.map(|name| json!({"name": name}))}]);
    let rows = json!({"id": 1, "a": 2, "e": "On"});
    let steps = Case::of(
        ("id: u32, a: u8, e: E", "e: E, a: u8, id: u32"),
        (rows.clone(), rows),
    )
    .types(shape(["On", "Off"]), shape(["Off", "On"]))
    .check();
    assert_eq!(steps, [""; 0]);
}

#[test]
fn b2_an_optional_field() {
    let steps = Case::of(
        ("id: u32", "id: u32, a: option<string>"),
        (json!({"id": 1}), json!({"id": 1, "a": null})),
    )
    .check();
    assert_eq!(steps.len(), 1);
}

#[test]
fn b3_a_required_field_with_its_natural_default() {
    Case::of(
        (
            "id: u32",
            "id: u32, a: u8, b: string, c: list<u8>, d: tuple<bool,f64>",
        ),
        (
            json!({"id": 1}),
            json!({"id": 1, "a": 0, "b": "", "c": [], "d": [false, 0.0]}),
        ),
    )
    .check();
}

#[test]
fn b4_a_required_field_with_a_literal_default() {
    let mut new = version("2", &json!([]), "id: u32, a: i16", &json!({}));
    new["tables"][0]["fields"][1]["default"] = json!(-7);
    let store = Store::new(&json!([version("1", &json!([]), "id: u32", &json!({})), new]));
    store.fill(0, &[("t", json!({"id": 1}))]);
    store.change(1);
    assert_eq!(row(&store, 1, Swept::No), json!({"id": 1, "a": -7}));
    assert_eq!(row(&store, 1, Swept::Yes), json!({"id": 1, "a": -7}));
}

/// A field of what is embedded: in a struct, an item, a map value, an option, a variant.
#[test]
fn b7_a_field_of_an_embedded_type_wherever_it_stands() {
    let types = |list: &str| {
        json!([
            {"name": "S", "fields": fields(list)},
            {"name": "E", "variants": [{"name": "One", "fields": fields(list)}, {"name": "None"}]},
        ])
    };
    let list = "id: u32, s: S, l: list<S>, m: map<string,S>, o: option<S>, e: E";
    let values = |s: &Json| json!({"id": 1, "s": s, "l": [s, s], "m": {"k": s}, "o": s, "e": {"One": s}});
    let (old, new) = (json!({"a": 5}), json!({"a": 5, "b": ""}));
    Case::of((list, list), (values(&old), values(&new)))
        .types(types("a: u8"), types("a: u8, b: string"))
        .check();
}

#[test]
fn b8_a_variant_at_the_front_in_the_middle_and_at_the_end() {
    let shape = |names: &[&str]| {
        let variants: Vec<Json> = names
            .iter()
            .map(|name| json!({"name": name, "tuple": ["u8"]}))
            .collect();
        json!([{"name": "E", "variants": variants}])
    };
    for new in [["A", "B", "D"], ["B", "C", "D"], ["B", "D", "E"]] {
        let rows = json!({"id": 1, "e": {"D": [4]}, "f": {"B": [2]}});
        Case::of(
            ("id: u32, e: E, f: E", "id: u32, e: E, f: E"),
            (rows.clone(), rows),
        )
        .types(shape(&["B", "D"]), shape(&new))
        .check();
    }
}

#[test]
fn c1_a_field_goes() {
    let steps = Case::of(
        ("id: u32, a: string", "id: u32"),
        (json!({"id": 1, "a": "kept"}), json!({"id": 1})),
    )
    .check();
    assert_eq!(steps.len(), 1);
}

#[test]
fn c7_a_nested_field_goes() {
    let types = |list: &str| json!([{"name": "S", "fields": fields(list)}]);
    let list = "id: u32, s: S, l: list<S>";
    let (old, new) = (json!({"a": 5, "b": "kept"}), json!({"a": 5}));
    let row = |s: &Json| json!({"id": 1, "s": s, "l": [s]});
    Case::of((list, list), (row(&old), row(&new)))
        .types(types("a: u8, b: string"), types("a: u8"))
        .check();
}

#[test]
fn d4_a_rename_with_another_type() {
    Case::of(
        ("id: u32, a: u8", "id: u32, b: string"),
        (json!({"id": 1, "a": 7}), json!({"id": 1, "b": "7"})),
    )
    .hints(json!({"renamed_fields": {"t": {"a": "b"}}}))
    .check();
}

#[test]
fn d5_a_rename_to_an_option_and_from_one() {
    let hints = json!({"renamed_fields": {"t": {"a": "b"}}});
    for (list, value) in [
        (("id: u32, a: u8", "id: u32, b: option<u8>"), 7),
        (("id: u32, a: option<u8>", "id: u32, b: u8"), 7),
    ] {
        Case::of(list, (json!({"id": 1, "a": value}), json!({"id": 1, "b": value})))
            .hints(hints.clone())
            .check();
    }
}

#[test]
fn d10_a_rename_of_case_only() {
    Case::of(
        ("id: u32, mail: string", "id: u32, Mail: string"),
        (json!({"id": 1, "mail": "a"}), json!({"id": 1, "Mail": "a"})),
    )
    .hints(json!({"renamed_fields": {"t": {"mail": "Mail"}}}))
    .check();
}

/// The owner gains a field that looks like the one that is renamed inside of it.
#[test]
fn d12_a_rename_in_an_embedded_type_while_its_owner_gains_a_similar_field() {
    let types = |list: &str| json!([{"name": "S", "fields": fields(list)}]);
    Case::of(
        ("id: u32, s: S", "id: u32, s: S, city: string"),
        (
            json!({"id": 1, "s": {"town": "Oslo"}}),
            json!({"id": 1, "s": {"city": "Oslo"}, "city": ""}),
        ),
    )
    .types(types("town: string"), types("city: string"))
    .hints(json!({"types": {"S": {"renamed": {"town": "city"}}}}))
    .check();
}

#[test]
fn d13_a_rename_of_a_variant() {
    let shape =
        |name: &str| json!([{"name": "E", "variants": [{"name": name, "tuple": ["u8"]}, {"name": "Other"}]}]);
    Case::of(
        ("id: u32, e: E", "id: u32, e: E"),
        (
            json!({"id": 1, "e": {"Round": [3]}}),
            json!({"id": 1, "e": {"Circle": [3]}}),
        ),
    )
    .types(shape("Round"), shape("Circle"))
    .hints(json!({"types": {"E": {"renamed": {"Round": "Circle"}}}}))
    .check();
}

/// Fields of a payload are added, dropped, renamed and converted inside of a variant.
#[test]
fn h1_fields_of_a_variant_change() {
    let shape = |list: &str| json!([{"name": "E", "variants": [{"name": "V", "fields": fields(list)}, {"name": "Other"}]}]);
    Case::of(
        ("id: u32, e: E", "id: u32, e: E"),
        (
            json!({"id": 1, "e": {"V": {"a": 1, "b": "kept", "c": 3}}}),
            json!({"id": 1, "e": {"V": {"x": 1, "c": "3", "d": null}}}),
        ),
    )
    .types(
        shape("a: u8, b: string, c: u8"),
        shape("x: u8, c: string, d: option<u8>"),
    )
    .hints(json!({"types": {"E::V": {"renamed": {"a": "x"}, "new": ["d"]}}}))
    .check();
}

#[test]
fn h3_a_type_that_contains_itself() {
    let types = |list: &str| json!([{"name": "Tree", "fields": fields(list)}]);
    let list = "id: u32, t: Tree";
    let old = json!({"name": "a", "below": [{"name": "b", "below": []}, {"name": "c", "below": [{"name": "d", "below": []}]}]});
    let new = json!({"label": "a", "size": 0, "below": [
        {"label": "b", "size": 0, "below": []},
        {"label": "c", "size": 0, "below": [{"label": "d", "size": 0, "below": []}]},
    ]});
    Case::of(
        (list, list),
        (json!({"id": 1, "t": old}), json!({"id": 1, "t": new})),
    )
    .types(
        types("name: string, below: list<Tree>"),
        types("label: string, size: u8, below: list<Tree>"),
    )
    .hints(json!({"types": {"Tree": {"renamed": {"name": "label"}, "new": ["size"]}}}))
    .check();
}

/// A value that is nested as deep as it may be, in a type that contains itself.
#[test]
fn h4_values_as_deep_as_they_may_be() {
    let types = |list: &str| json!([{"name": "Node", "fields": fields(list)}]);
    let nest = |leaf: fn(Json) -> Json| (0..30).fold(Json::Null, |inner, _| leaf(inner));
    let old = nest(|inner| json!({"n": 1, "next": inner}));
    let new = nest(|inner| json!({"n": 1, "next": inner, "more": ""}));
    Case::of(
        ("id: u32, t: Node", "id: u32, t: Node"),
        (json!({"id": 1, "t": old}), json!({"id": 1, "t": new})),
    )
    .types(
        types("n: u8, next: option<Node>"),
        types("n: u8, next: option<Node>, more: string"),
    )
    .check();
}
