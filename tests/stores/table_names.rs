//! Names of tables that move on: swaps, cycles, chains, names that are given up. A hint of a table counts once.

use quantadb::{Database, Engine, Options, Plan, QuantaEntity, Sweep};
use serde_json::json;

/// Entities of one shape: what tells their tables apart is the text of their only row.
macro_rules! generation {
    ($module:ident: $($entity:ident = $table:literal $(from $old:literal)?),*) => {
        mod $module {
            $(
                #[derive(quantadb::QuantaEntity, Debug, Clone, PartialEq)]
                #[quanta(table = $table, $(renamed_from = $old,)? register = false)]
                pub struct $entity {
                    #[quanta(id)]
                    pub id: u64,
                    pub text: String,
                }

                impl super::Row for $entity {
                    fn new(text: &str) -> Self {
                        Self { id: 1, text: text.to_owned() }
                    }
                    fn text(self) -> String {
                        self.text
                    }
                }
            )*
            pub type All = ($($entity,)*);

            impl super::Generation for All {
                fn texts(db: &super::Database) -> Vec<String> {
                    vec![$(format!("{}: {}", $table, super::text_of::<$entity>(db))),*]
                }
            }

        }
    };
}

trait Generation: quantadb::Entities {
    /// The table and the text of its row, of each.
    fn texts(db: &Database) -> Vec<String>;
}

trait Row: QuantaEntity<Key = u64> {
    fn new(text: &str) -> Self;
    fn text(self) -> String;
}

fn text_of<E: Row>(db: &Database) -> String {
    let row = db.collection::<E>().get(&1).unwrap();
    row.map_or_else(|| "-".to_owned(), Row::text)
}

fn fill<E: Row>(db: &Database, text: &str) {
    db.collection::<E>().insert(&E::new(text)).unwrap();
}

generation!(plain: A = "a", B = "b", C = "c");
generation!(swapped: A = "a" from "b", B = "b" from "a", C = "c");
generation!(cycle: A = "a" from "c", B = "b" from "a", C = "c" from "b");
generation!(chain: A = "a", B = "b" from "a", C = "c" from "b", D = "d" from "c");
generation!(over: B = "b" from "a", C = "c");
generation!(over_and_new: A = "a", B = "b" from "a", C = "c");
generation!(twice: C = "c", D = "d" from "a", E = "e" from "a");

fn options(engine: &Engine) -> Options {
    Options::new()
        .engine(engine.clone())
        .sweep(Sweep::Off)
        .release_hold()
}

fn open<E: quantadb::Entities>(engine: &Engine) -> Database {
    options(engine).entities::<E>().open("names").unwrap()
}

fn fill_all(db: &Database) {
    fill::<plain::A>(db, "a");
    fill::<plain::B>(db, "b");
    fill::<plain::C>(db, "c");
}

fn filled() -> Engine {
    let engine = Engine::memory();
    fill_all(&open::<plain::All>(&engine));
    engine
}

fn records(engine: &Engine) -> [u8; 32] {
    let Engine::Custom(engine) = engine else {
        panic!("stores of these tests are custom ones");
    };
    quanta_storage::dump_digest(engine.snapshot().unwrap().as_ref()).unwrap()
}

fn steps(plan: &Plan) -> Vec<String> {
    plan.steps().map(ToString::to_string).collect()
}

/// Opens with the hints twice, goes back, and opens twice again: each time, the hints count once.
fn check<Old: Generation, New: Generation>(dropped: &[&str], expected: &[&str], expected_steps: &[&str]) {
    let engine = Engine::Custom(std::sync::Arc::new(quanta_storage::Memory::default()));
    let db = open::<Old>(&engine);
    fill_all(&db);
    drop(db);
    let before = Old::texts(&open::<Old>(&engine));
    let with_hints = || {
        let options = options(&engine).entities::<New>();
        let options = dropped
            .iter()
            .fold(options, |options, table| options.drop_table(*table));
        options.open("names").unwrap()
    };
    for round in 0..2 {
        let db = with_hints();
        assert_eq!(steps(&db.open_report().plan), expected_steps, "round {round}");
        assert_eq!(New::texts(&db), expected, "round {round}");
        drop(db);
        let records_then = records(&engine);
        let db = with_hints();
        assert_eq!(steps(&db.open_report().plan), [""; 0], "round {round}, again");
        assert_eq!(db.open_report().plan.notes, [""; 0]);
        assert_eq!(New::texts(&db), expected, "round {round}, again");
        assert!(
            records(&engine) == records_then,
            "an open without a change wrote something"
        );
        assert!(db.verify().unwrap().findings.is_empty());
        db.rollback(1).unwrap();
        let db = open::<Old>(&engine);
        assert_eq!(Old::texts(&db), before, "round {round}, back");
        assert!(db.verify().unwrap().findings.is_empty());
    }
}

#[test]
fn tables_that_swap_their_names_do_it_once() {
    check::<plain::All, swapped::All>(
        &[],
        &["a: b", "b: a", "c: c"],
        &["rename table b to a", "rename table a to b"],
    );
}

#[test]
fn tables_that_exchange_their_names_in_a_cycle_do_it_once() {
    check::<plain::All, cycle::All>(
        &[],
        &["a: c", "b: a", "c: b"],
        &[
            "rename table c to a",
            "rename table a to b",
            "rename table b to c",
        ],
    );
}

#[test]
fn a_chain_of_names_moves_on_once_and_its_first_name_is_new() {
    check::<plain::All, chain::All>(
        &[],
        &["a: -", "b: a", "c: b", "d: c"],
        &[
            "create table a",
            "rename table a to b",
            "rename table b to c",
            "rename table c to d",
        ],
    );
}

/// The old table of that name stood in for the one that was renamed to it.
#[test]
fn a_table_takes_the_name_of_one_that_is_dropped_at_once() {
    check::<plain::All, over::All>(
        &["b"],
        &["b: a", "c: c"],
        &["rename table a to b", "drop table b; its rows are kept"],
    );
    check::<plain::All, over_and_new::All>(
        &["b"],
        &["a: -", "b: a", "c: c"],
        &[
            "create table a",
            "rename table a to b",
            "drop table b; its rows are kept",
        ],
    );
}

/// What a hint says that can't be done yet is said, and done when it can.
#[test]
fn a_hint_waits_until_the_name_is_given_up() {
    let engine = filled();
    for _ in 0..2 {
        let db = open::<over::All>(&engine);
        assert_eq!(over::All::texts(&db), ["b: b", "c: c"]);
        let notes = &db.open_report().plan.notes;
        assert_eq!(
            *notes,
            [
                "b: its `renamed_from = \"a\"` is not followed yet, as the store has both tables; \
              Options::drop_table(\"b\") drops the one of that name, and gives it the rows of a"
            ]
        );
    }
    let db = options(&engine)
        .entities::<over::All>()
        .drop_table("b")
        .open("names")
        .unwrap();
    assert_eq!(over::All::texts(&db), ["b: a", "c: c"]);
    drop(db);
    assert_eq!(open::<over::All>(&engine).open_report().plan.notes, [""; 0]);
}

/// A hint that was followed, and stays, takes nothing from a table that gets the old name later; nor does taking the
/// hints off, and putting them on again.
#[test]
fn a_hint_that_was_followed_has_no_effect_any_more() {
    let engine = filled();
    open::<swapped::All>(&engine);
    for _ in 0..2 {
        assert_eq!(
            plain::All::texts(&open::<plain::All>(&engine)),
            ["a: b", "b: a", "c: c"]
        );
        assert_eq!(
            swapped::All::texts(&open::<swapped::All>(&engine)),
            ["a: b", "b: a", "c: c"]
        );
    }
    let engine = filled();
    options(&engine)
        .entities::<over::All>()
        .drop_table("b")
        .open("names")
        .unwrap();
    let db = open::<over_and_new::All>(&engine);
    fill::<over_and_new::A>(&db, "new");
    drop(db);
    let expected = ["a: new", "b: a", "c: c"];
    assert_eq!(
        over_and_new::All::texts(&open::<over_and_new::All>(&engine)),
        expected
    );
}

#[test]
fn two_tables_that_claim_one_are_refused() {
    let engine = filled();
    let error = options(&engine)
        .entities::<twice::All>()
        .open("names")
        .unwrap_err()
        .to_string();
    assert!(error.contains("e: it and d both claim the rows of a"), "{error}");
    assert!(
        error.contains("fix: take `renamed_from = \"a\"` off one of the two"),
        "{error}"
    );
}

/// A document says of every version what leads to it, so that giving a hint again can only be a mistake.
#[test]
fn documents_rename_tables_to_names_that_are_given_up() {
    let table = |name: &str, field: &str| json!({"name": name, "key": ["id"], "fields": [{"name": "id", "type": "u64"}, {"name": field, "type": "u64"}]});
    let document = |later: serde_json::Value| {
        let mut versions = vec![json!({"label": "1", "tables": [table("t", "old"), table("u", "gone")]})];
        versions.extend(later.as_array().unwrap().iter().cloned());
        let document = json!({"format": "quanta-history/1", "name": "shop", "versions": versions});
        quantadb::HistoryDocument::from_json(&document.to_string())
    };
    let replaced = document(json!([{"label": "2", "tables": [table("u", "old")],
        "hints": {"renamed_tables": {"t": "u"}, "dropped_tables": ["u"]}}]))
    .unwrap();
    let engine = Engine::memory();
    let open = |version: usize| {
        options(&engine)
            .tables_of(&replaced.versions[version])
            .open("x")
            .unwrap()
    };
    let db = open(0);
    let old = db.table("t").unwrap();
    old.put(&old.from_json(&json!({"id": 1, "old": 7})).unwrap())
        .unwrap();
    drop((old, db));
    let db = open(1);
    assert_eq!(
        steps(&db.open_report().plan),
        ["rename table t to u", "drop table u; its rows are kept"]
    );
    assert_eq!(db.table("u").unwrap().len().unwrap(), 1);
    let swap = |label: &str, t: &str, u: &str| json!({"label": label, "tables": [table("t", t), table("u", u)], "hints": {"renamed_tables": {"t": "u", "u": "t"}}});
    assert!(document(json!([swap("2", "gone", "old")])).is_ok());
    let error = document(json!([swap("2", "gone", "old"), swap("3", "old", "gone")])).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`u` took over `t` in an earlier version, and a hint counts once"),
        "{error}"
    );
}
