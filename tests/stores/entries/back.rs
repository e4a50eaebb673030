//! Guards F2: rows that come back to a table are held to its unique indexes, and a plan foresees it.

use quanta_core::Seed;
use quantadb::Destination;
use serde_json::{Value as Json, json};

use super::super::documents::{Store, fields};
use super::{counts, put};

/// A row that comes back may have a value that another one got meanwhile.
#[test]
fn f2_a_row_that_comes_back_is_held_to_unique_indexes() {
    let version = |label: &str, age: &str, hints: &Json| {
        json!({"label": label, "hints": hints, "tables": [
            {"name": "users", "key": ["id"], "fields": fields(&format!("age: {age}, code: string, id: u64")),
             "indexes": [{"name": "by_code", "fields": ["code"], "unique": true}]}]})
    };
    let drop_wide = json!({"on_failure": {"users": {"age": "drop_row"}}});
    let store = Store::new(&json!([
        version("1", "u32", &json!({})),
        version("2", "u8", &drop_wide)
    ]));
    let row = |id: u64, age: u64, code: &str| ("users", json!({"id": id, "age": age, "code": code}));
    store.fill(0, &[row(1, 7, "a"), row(2, 300, "b")]);
    store.fill(1, &[row(3, 1, "b")]);
    let before = store.small.digest();
    let error = store.open(1).unwrap().rollback(1).unwrap_err();
    assert!(error.to_string().contains("3: \"b\", as row 2"), "{error}");
    let back = Destination::Back(1);
    let plan = |store: &Store| store.open(1).unwrap().plan_travel(&back).unwrap();
    assert_eq!(plan(&store).refusals, error.plan().unwrap().refusals);
    assert!(store.small.digest() == before, "a refusal changed the store");
    store.fill(1, &[row(3, 1, "c")]);
    assert_eq!(plan(&store).refusals, []);
    store.open(1).unwrap().rollback(1).unwrap();
    assert_eq!(counts(&store, 0), [3]);
}

/// What a plan of a rollback says of values under unique indexes is what the rollback says, whatever is taken out: among
/// themselves, beside live rows with lower and higher keys, and where a live row has the key.
#[test]
fn f2_a_plan_foresees_values_of_rows_that_come_back() {
    let fields = |age: &str, size: &str| {
        let list = format!("age: {age}, code: option<string>, id: u64, size: {size}, tags: list<u16>");
        fields(&list)
    };
    let version = |label: &str, (age, size): (&str, &str), hints: &Json| {
        let index = |name: &str, path: &str| json!({"name": name, "fields": [path], "unique": true});
        json!({"label": label, "hints": hints, "tables": [
            {"name": "users", "key": ["id"], "fields": fields(age, size),
             "indexes": [index("by_code", "code desc"), index("by_tag", "tags[]")]}]})
    };
    let drop_wide = |field: &str| json!({"on_failure": {"users": {field: "drop_row"}}});
    let mut refused = 0;
    for case in 0..60 {
        let seed = &mut Seed::new(case);
        let store = Store::new(&json!([
            version("1", ("u32", "u32"), &json!({})),
            version("2", ("u8", "u32"), &drop_wide("age")),
            version("3", ("u8", "u8"), &drop_wide("size")),
        ]));
        let mut code = 0;
        let mut row = |id: u64, version: usize, seed: &mut Seed| {
            code += 1;
            let wide = |narrow: bool, seed: &mut Seed| if narrow || seed.one_in(2) { 1 } else { 300 };
            // Below, codes and tags are all distinct; above, some are those of a row that is out.
            let of = if version > 0 && seed.one_in(3) {
                seed.below(8) + 1
            } else {
                code
            };
            (
                "users",
                json!({"id": id, "age": wide(version > 0, seed), "size": wide(version > 1, seed),
                             "code": format!("c{of}"), "tags": [of, of + 1000]}),
            )
        };
        for version in 0..3_usize {
            drop(store.open(version).unwrap());
            for id in 0..10 {
                if version == 0 || seed.one_in(4) {
                    let db = store.open(version).unwrap();
                    // What a live row has is refused, and that is no matter here.
                    let _ = put(&db, &row(id, version, seed));
                }
            }
        }
        for back in [1, 2] {
            let plan = store
                .open(2)
                .unwrap()
                .plan_travel(&Destination::Back(back))
                .unwrap();
            let twin = store.duplicate();
            match twin.open(2).unwrap().rollback(back) {
                Ok(_) => assert_eq!(plan.refusals, [], "{case}, {back} back"),
                Err(error) => {
                    refused += 1;
                    assert_eq!(
                        plan.refusals,
                        error.plan().unwrap().refusals,
                        "{case}, {back} back"
                    );
                }
            }
        }
    }
    assert!((20..100).contains(&refused), "{refused} of 120 are refused");
}
