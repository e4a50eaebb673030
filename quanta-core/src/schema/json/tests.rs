//! Guards the JSON of schemas: what is written reads back, and what is wrong is refused with its place.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::generate::{Seed, random_shape};
use crate::schema::{Fingerprint, Shape};
use crate::testing::cases;

fn check_round_trip(json: &Json) {
    let schemas = schemas_from_json(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    assert_eq!(schemas_to_json(&schemas), *json);
}

#[test]
fn documents_round_trip() {
    check_round_trip(
        &json!({"tables": [{"name": "t", "key": ["id"], "fields": [{"name": "id", "type": "u64"}]}]}),
    );
    check_round_trip(&json!({
        "types": [
            {"name": "Address", "fields": [{"name": "owner", "type": "option<User>"}, {"name": "town", "type": "string"}]},
            {"name": "Shape", "variants": [
                {"name": "Dot"},
                {"name": "Line", "tuple": ["f64", "list<Address>"], "reuses": ["Dot"]},
                {"name": "Poly", "fields": [{"name": "sides", "type": "u8"}]},
            ]},
        ],
        "tables": [
            {"name": "users", "row": "User", "key": ["id"],
             "fields": [{"name": "a", "type": "i64", "reuses": ["b"]}, {"name": "b", "type": "Shape"},
                        {"name": "home", "type": "Address"}, {"name": "id", "type": "u64"}],
             "indexes": [{"name": "by_a", "fields": ["a"], "unique": true}],
             "references": [{"fields": ["a"], "table": "teams", "to": ["id"], "on_delete": "cascade"}]},
        ],
    }));
}

#[test]
fn types_may_be_spelled_out() {
    let inline = json!({"tables": [{"name": "t", "key": ["id"], "fields": [
        {"name": "id", "type": "u64"}, {"name": "one", "type": "struct A { x: u8 }"}, {"name": "two", "type": "list<A>"}]}]});
    let schemas = schemas_from_json(&inline).unwrap();
    let types = &schemas_to_json(&schemas)["types"];
    assert_eq!(
        *types,
        json!([{"name": "A", "fields": [{"name": "x", "type": "u8"}]}])
    );
}

#[test]
fn indexes_and_references_are_sorted() {
    let index = |name| json!({"name": name, "fields": ["id"], "unique": name == "a"});
    let to = |table| json!({"fields": ["id"], "table": table, "to": ["id"]});
    let schemas = |indexes: Json, references: Json| {
        schemas_from_json(
            &json!({"tables": [{"name": "t", "key": ["id"], "fields": [{"name": "id", "type": "u64"}],
                                              "indexes": indexes, "references": references}]}),
        )
    };
    let one = schemas(json!([index("a"), index("b")]), json!([to("x"), to("y")])).unwrap();
    let two = schemas(json!([index("b"), index("a")]), json!([to("y"), to("x")])).unwrap();
    assert_eq!(one, two);
    let error = |indexes: Json| schemas(indexes, json!([])).unwrap_err();
    assert_eq!(
        error(json!([index("b"), index("c")])),
        "table t: the indexes b and c are the same"
    );
    let other = json!({"name": "a", "fields": ["id"]});
    assert_eq!(
        error(json!([index("a"), other])),
        "table t: two indexes have the name a"
    );
}

fn check_error(types: &Json, fields: &Json, expected: &Expect) {
    let json = json!({"types": types, "tables": [{"name": "t", "key": ["id"], "fields": fields}]});
    expected.assert_eq(&schemas_from_json(&json).unwrap_err());
}

#[test]
fn errors_name_the_place() {
    let id = json!({"name": "id", "type": "u64"});
    check_error(
        &json!([]),
        &json!([]),
        &expect!["table t: the key field `id` is missing"],
    );
    check_error(
        &json!([]),
        &json!([id, id]),
        &expect!["table t: the name `id` is used twice"],
    );
    check_error(
        &json!([]),
        &json!([id, {"name": "x", "type": "Foo"}]),
        &expect!["table t: field x: no type is named `Foo`"],
    );
    check_error(
        &json!([]),
        &json!([id, {"name": "x", "type": "list<"}]),
        &expect!["table t: field x: `list<`: column 6: expected a type, found the end"],
    );
    check_error(
        &json!([{"name": "A"}]),
        &json!([id]),
        &expect!["type A: a type has either `fields` or `variants`"],
    );
    check_error(
        &json!([{"name": "A", "fields": []}, {"name": "A", "fields": []}]),
        &json!([id]),
        &expect!["the type A is declared twice"],
    );
    check_error(
        &json!([{"name": "A", "fields": [], "colour": 1}]),
        &json!([id]),
        &expect!["unknown field `colour`, expected one of `name`, `fields`, `variants`"],
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(128), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_schemas_round_trip(start in any::<u64>(), depth in 0_usize..6) {
        let mut seed = Seed::new(start);
        let mut schemas = BTreeMap::new();
        for table in ["one", "two"] {
            let key = "struct Row { id: u64, rest: X }".parse::<Shape>();
            prop_assert!(key.is_err(), "X is not defined");
            let shape = random_shape(&mut seed, depth);
            let wrapped = format!("struct Row {{ id: u64, rest: {shape} }}").parse::<Shape>().unwrap();
            schemas.insert(table.to_owned(), Schema::new(wrapped, vec!["id".to_owned()]).unwrap());
        }
        let json = schemas_to_json(&schemas);
        let again = schemas_from_json(&json).unwrap();
        for (name, schema) in &schemas {
            prop_assert_eq!(Fingerprint::of(&again[name]), Fingerprint::of(schema), "{}", json);
        }
        prop_assert_eq!(schemas_to_json(&again), json);
    }
}
