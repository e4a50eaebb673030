//! Guards what is said of hints and of the program's own code that can't be meant: nothing is guessed, nothing changes.

use quanta_core::HistoryDocument;
use quantadb::{ErrorKind, Options, QuantaEntity, QuantaType, Value, migration};
use serde_json::{Value as Json, json};

use crate::support::{Small, all, filled};

macro_rules! generation {
    ($name:ident { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "rows", register = false)]
        struct $name {
            #[quanta(id)]
            id: u32,
            $($field)*
        }
    };
}

/// Checks that opening is refused, that the text holds all of `parts`, and that nothing was changed.
fn check_refused(engine: &Small, options: Options, kind: ErrorKind, parts: &[&str]) {
    let digest = engine.digest();
    let error = options.open("").unwrap_err();
    let text = error.to_string();
    assert_eq!(error.kind(), kind, "{text}");
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert_eq!(engine.digest(), digest, "a refused change changed the store");
}

generation! { Word { word: String } }

fn words() -> [Word; 2] {
    [1, 2].map(|id| Word {
        id,
        word: "x".repeat(id as usize),
    })
}

/// A store may be younger than a hint, or never have had the name: hints outlive what they were for.
#[test]
fn hints_of_what_never_was_say_nothing() {
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    enum Kind {
        #[quanta(renamed_from = "Never", fallback_for = "Nowhere", default)]
        Here,
    }
    generation! { Hinted {
        #[quanta(renamed_from("never", "nowhere"), on_failure = "drop_row", convert_with = length_as_text)]
        word: String,
        kind: Kind,
    } }
    fn length_as_text(list: Vec<String>) -> String {
        list.len().to_string()
    }
    let engine = filled(&words());
    let db = engine.open::<(Hinted,)>().unwrap();
    assert!(db.open_report().plan.notes.is_empty(), "{}", db.open_report());
    let after = words().map(|Word { id, word }| Hinted {
        id,
        word,
        kind: Kind::Here,
    });
    assert_eq!(all::<Hinted>(&db), after);
}

fn length_of(list: Vec<String>) -> u32 {
    u32::try_from(list.len()).unwrap()
}

fn is_long(list: Vec<String>) -> bool {
    list.len() > 1
}

/// A function for values of another time stays in the source, and is not called for those that are stored.
#[test]
fn a_conversion_of_another_type_leaves_it_to_the_built_in_one() {
    generation! { Small8 { size: u8 } }
    generation! { Sized { #[quanta(convert_with = length_of)] size: u32 } }
    let engine = filled(&[Small8 { id: 1, size: 7 }]);
    let db = engine.open::<(Sized,)>().unwrap();
    assert_eq!(all::<Sized>(&db), [Sized { id: 1, size: 7 }]);
}

#[test]
fn a_conversion_of_another_type_is_told_where_nothing_converts() {
    generation! { Blob { size: Vec<u8> } }
    generation! { Sized { #[quanta(convert_with = is_long)] size: bool } }
    let engine = filled(&[Blob { id: 1, size: vec![7] }]);
    check_refused(
        &engine,
        engine.options::<(Sized,)>(),
        ErrorKind::Refused,
        &[
            "rows.size: there is no conversion from bytes to bool; `is_long` doesn't help: it takes list<string>, and \
             bytes is stored",
            "fix: #[quanta(convert_with = path::to::function)] at `size`",
        ],
    );
    // The way out that was printed works.
    fn is_empty(bytes: Vec<u8>) -> bool {
        bytes.is_empty()
    }
    generation! { Fixed { #[quanta(convert_with = is_empty)] size: bool } }
    let db = engine.open::<(Fixed,)>().unwrap();
    assert_eq!(all::<Fixed>(&db), [Fixed { id: 1, size: false }]);
}

fn doubled(size: u32) -> u32 {
    size * 2
}

#[test]
fn a_conversion_that_nothing_would_ever_call_is_told() {
    generation! { Doubled { #[quanta(convert_with = doubled)] size: u32 } }
    let engine = filled(&words());
    check_refused(
        &engine,
        engine.options::<(Doubled,)>(),
        ErrorKind::Declaration,
        &["field `size`: `convert_with = doubled` takes the type u32, which the field has already"],
    );
}

/// What is printed for a variant that went, or for an item of a list, compiles where it is said to be written.
#[test]
fn ways_out_stand_where_attributes_may() {
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    enum Kind {
        Cat,
        Dog,
    }
    mod new {
        #[derive(quantadb::QuantaType, Debug, Clone, PartialEq)]
        pub enum Kind {
            #[quanta(fallback_for = "Dog")]
            Cat,
        }
        #[derive(quantadb::QuantaType, Debug, Clone, PartialEq)]
        pub enum Plain {
            Cat,
        }
    }
    generation! { Pets { kinds: Vec<Kind>, pair: (u16, u16) } }
    generation! { Fewer { kinds: Vec<new::Plain>, pair: (u16, u16) } }
    generation! { Fallback { kinds: Vec<new::Kind>, pair: (u16, u16) } }
    generation! { Narrow { kinds: Vec<Kind>, pair: (u16, u8) } }
    generation! { Lenient { kinds: Vec<Kind>, #[quanta(on_failure = "default")] pair: (u16, u8) } }
    let _ = new::Plain::Cat;
    let before = [Pets {
        id: 1,
        kinds: vec![Kind::Cat, Kind::Dog],
        pair: (1, 256),
    }];
    let engine = filled(&before);
    check_refused(
        &engine,
        engine.options::<(Fewer,)>(),
        ErrorKind::Refused,
        &[
            "1: the variant `Dog` is gone",
            "fix: #[quanta(fallback_for = \"Dog\")] at the variant that stands in for it",
            "or: #[quanta(on_failure = \"default\")] at `kinds`, or \"drop_row\"",
        ],
    );
    check_refused(
        &engine,
        engine.options::<(Narrow,)>(),
        ErrorKind::Refused,
        &[
            "1: 256 is no u8",
            "fix: #[quanta(on_failure = \"default\")] at `pair`, or \"drop_row\"",
        ],
    );
    let db = engine.duplicate().open::<(Fallback,)>().unwrap();
    assert_eq!(all::<Fallback>(&db)[0].kinds, [new::Kind::Cat, new::Kind::Cat]);
    let db = engine.duplicate().open::<(Lenient,)>().unwrap();
    assert_eq!(all::<Lenient>(&db)[0].pair, (0, 0));
}

fn fields(row: Value) -> std::collections::BTreeMap<String, Value> {
    match row {
        Value::Struct(fields) => fields,
        other => panic!("{other:?}"),
    }
}

#[migration(table = "rows")]
fn gives_a_number(row: Value) -> Value {
    let mut fields = fields(row);
    fields.insert("word".to_owned(), Value::UInt(7));
    Value::Struct(fields)
}

#[migration(table = "rows")]
fn misses_a_field(row: Value) -> Value {
    let mut fields = fields(row);
    fields.remove("word");
    Value::Struct(fields)
}

#[migration(table = "rows")]
fn adds_a_field(row: Value) -> Value {
    let mut fields = fields(row);
    fields.insert("colour".to_owned(), Value::Unit);
    Value::Struct(fields)
}

#[migration(table = "rows")]
fn gives_no_struct(_: Value) -> Value {
    Value::Unit
}

#[migration(table = "rows", down = gives_no_struct_back)]
fn keeps(row: Value) -> Value {
    row
}

fn gives_no_struct_back(_: Value) -> Value {
    Value::Unit
}

#[test]
fn migrations_that_give_no_row_are_named_with_key_and_field() {
    let engine = filled(&words());
    let options = || engine.options::<(Word,)>();
    let cases = [
        (
            options().migration::<gives_a_number>(),
            ["1: the migration `gives_a_number` gives no row: word: ", "string"],
        ),
        (
            options().migration::<misses_a_field>(),
            [
                "1: the migration `misses_a_field` gives no row: ",
                "the field word is missing",
            ],
        ),
        (
            options().migration::<adds_a_field>(),
            [
                "1: the migration `adds_a_field` gives no row: ",
                "there is no field colour",
            ],
        ),
        (
            options().migration::<gives_no_struct>(),
            ["1: the migration `gives_no_struct` gives no row: ", "struct"],
        ),
    ];
    for (options, parts) in cases {
        check_refused(&engine, options, ErrorKind::Refused, &parts);
    }
    let db = options().migration::<keeps>().open("").unwrap();
    db.collection::<Word>()
        .put(&Word {
            id: 2,
            word: "changed".to_owned(),
        })
        .unwrap();
    let error = db.rollback(1).unwrap_err().to_string();
    assert!(
        error.contains("2: the migration `gives_no_struct_back` gives no row: "),
        "{error}"
    );
}

#[migration(table = "nowhere")]
fn of_another_table(row: Value) -> Value {
    row
}

#[migration]
fn without_a_table(row: Value) -> Value {
    row
}

#[migration(id = "one")]
fn one(row: Word) -> Word {
    row
}

#[migration(id = "one", table = "rows")]
fn one_again(row: Value) -> Value {
    row
}

#[migration(depends_on = "missing")]
fn waits_for_ever(row: Word) -> Word {
    row
}

#[migration(depends_on = "hen")]
fn egg(row: Word) -> Word {
    row
}

#[migration(depends_on = "egg")]
fn hen(row: Word) -> Word {
    row
}

generation! { Other { word: u64 } }

#[migration]
fn between_others(_: Word, new: Other) -> Other {
    new
}

#[test]
fn migrations_that_can_not_be_meant_are_told() {
    let engine = filled(&words());
    let options = || engine.options::<(Word,)>();
    let cases = [
        (
            options().migration::<without_a_table>(),
            "migration without_a_table: its rows are values, which don't say of which table: write `table = \"..\"`",
        ),
        (
            options().migration::<one>().migration::<one_again>(),
            "two migrations are called one: give one another name with `id = \"..\"`",
        ),
        (
            options().migration::<waits_for_ever>(),
            "the migration waits_for_ever depends on missing, which this program doesn't have",
        ),
        (
            options().migration::<egg>().migration::<hen>(),
            "these migrations wait for each other: egg, hen",
        ),
        (
            options().migration::<between_others>(),
            "migration between_others: it gives rows of another shape than the entity of the table rows has",
        ),
    ];
    for (options, text) in cases {
        check_refused(&engine, options, ErrorKind::Declaration, &[text]);
    }
    // Named twice is once, and one of a table that isn't opened has nothing to do.
    let db = options()
        .migration::<one>()
        .migration::<one>()
        .migration::<of_another_table>()
        .open("")
        .unwrap();
    assert_eq!(all::<Word>(&db), words());
}

/// A document with two versions: a change of the second, and its hints.
fn document(hints: &Json) -> Result<HistoryDocument, String> {
    let table = |name: &str, fields: &[&str]| {
        let fields = fields
            .iter()
            .map(|field| json!({"name": field, "type": "string"}));
        json!({"name": name, "key": ["id"], "fields": fields.collect::<Vec<_>>()})
    };
    let document = json!({"format": "quanta-history/1", "name": "shop", "versions": [
        {"label": "1", "tables": [table("users", &["id", "nick"]), table("teams", &["id", "title"])]},
        {"label": "2", "tables": [table("users", &["id", "name"]), table("teams", &["id", "title"])], "hints": hints},
    ]});
    HistoryDocument::from_json(&document.to_string())
}

/// A document holds the whole history, so a hint of what never was is a mistake there.
#[test]
fn documents_with_hints_that_can_not_be_meant_are_refused() {
    assert!(document(&json!({"renamed_fields": {"users": {"nick": "name"}}})).is_ok());
    let cases = [
        (
            json!({"renamed_fields": {"users": {"nik": "name"}}}),
            "version 2: table users: `nik`: no earlier version has it, so `name` can't be its new name",
        ),
        (
            json!({"renamed_fields": {"users": {"title": "name"}}}),
            "version 2: table users: `title`: no earlier version has it, so `name` can't be its new name",
        ),
        (
            json!({"renamed_fields": {"users": {"nick": "title"}}}),
            "version 2: table users: `title`: this version has no such name there",
        ),
        (
            json!({"renamed_fields": {"people": {"nick": "name"}}}),
            "version 2: renamed_fields or new_fields: `people`: this version has no such table",
        ),
        (
            json!({"new_fields": {"users": ["nick"]}}),
            "version 2: table users: `nick`: this version has no such name there",
        ),
        (
            json!({"renamed_fields": {"users": {"nick": "name"}}, "new_fields": {"users": ["name"]}}),
            "version 2: table users: `name`: it can't be new and have been `nick` before; keep one of the hints",
        ),
        (
            json!({"renamed_tables": {"users": "teams"}, "new_tables": ["teams"]}),
            "version 2: table teams is gone: name it in `dropped_tables`, or in `renamed_tables` with its new name",
        ),
        (
            json!({"on_failure": {"users": {"nick": "drop_row"}}}),
            "version 2: on_failure of table users: `nick`: there is no such field or unique index",
        ),
        (json!({"on_failure": {"users": {"name": "guess"}}}), "guess"),
    ];
    for (hints, text) in cases {
        let error = document(&hints).unwrap_err();
        assert!(error.contains(text), "{text:?} is not in\n{error}");
    }
}
