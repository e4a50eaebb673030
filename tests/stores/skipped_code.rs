//! Releases that were skipped and had code of their own: the program still has it, or the open says at which release what
//! is missing.

use std::fmt::Debug;

use expect_test::{Expect, expect};
use quantadb::lock::{Naming, write_with};
use quantadb::{Database, Entities, ErrorKind, OldRow, Options, QuantaEntity, QuantaType, migration};

use super::support::{Small, all, verify};

macro_rules! release {
    ($name:ident of $kind:ident { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "items", register = false)]
        pub struct $name {
            #[quanta(id)]
            id: u32,
            kind: $kind,
            $($field)*
        }
    };
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Kinds {
    Loose,
    Packed,
    Weighed,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Kind {
    Packed,
    #[quanta(fallback_for = "Loose")]
    Weighed,
}

/// The same, once nobody remembers that there was another one.
mod plain {
    use super::*;

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub enum Kind {
        Packed,
        Weighed,
    }
}
use plain::Kind as PlainKind;

release! { First of Kinds { price: String } }
release! { Second of Kind {
    #[quanta(convert_with = cents)]
    price: u64,
    #[quanta(init_with = label)]
    label: String,
    #[quanta(default_with = batch)]
    batch: u8,
} }
release! { Third of PlainKind {
    #[quanta(convert_with = cents)]
    price: u64,
    #[quanta(init_with = label)]
    label: String,
    #[quanta(default_with = batch)]
    batch: u8,
    sold: bool,
} }
release! { Forgetful of PlainKind {
    price: u64,
    #[quanta(init_with = label)]
    label: String,
    #[quanta(default_with = batch)]
    batch: u8,
    sold: bool,
} }
/// The function gives another type by now.
mod wide {
    use super::{PlainKind, QuantaEntity, batch, label};

    release! { Widened of PlainKind {
        #[quanta(convert_with = cents)]
        price: u128,
        #[quanta(init_with = label)]
        label: String,
        #[quanta(default_with = batch)]
        batch: u8,
        sold: bool,
    } }

    fn cents(text: String) -> Result<u128, String> {
        super::cents(text).map(u128::from)
    }
}
use wide::Widened;

fn cents(text: String) -> Result<u64, String> {
    let (whole, rest) = text.split_once('.').ok_or("no dot in it")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
    Ok(number(whole)? * 100 + number(rest)?)
}

fn label(old: &OldRow<'_>) -> Result<String, String> {
    let price: String = old.get("price")?;
    Ok(format!("for {price}"))
}

fn batch() -> u8 {
    9
}

/// The lock that releases wrote, one after the other.
struct Lock(tempfile::TempDir);

impl Lock {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn add(&self, options: &Options) -> String {
        let path = self.0.path().join("quanta.lock");
        write_with(&path, options, &Naming::default()).unwrap();
        std::fs::read_to_string(path).unwrap()
    }
}

fn with<E: Entities>(small: &Small) -> Options {
    small.options::<E>()
}

fn first_rows() -> Small {
    let small = Small::default();
    let db = with::<(First,)>(&small).open("").unwrap();
    for (id, kind, price) in [(1, Kinds::Packed, "1.05"), (2, Kinds::Loose, "20.00")] {
        let price = price.to_owned();
        db.collection::<First>()
            .insert(&First { id, kind, price })
            .unwrap();
    }
    small
}

/// Expects that a program can't go along the history, and that the store stays as it is.
#[track_caller]
fn refused(small: &Small, options: Options, expected: &Expect) {
    let before = small.digest();
    let planned = options.clone().plan("").unwrap();
    let error = options.open("").unwrap_err();
    assert_eq!(planned.refusals, error.plan().unwrap().refusals);
    assert_eq!(error.kind(), ErrorKind::OwnCode, "{error}");
    assert!(small.digest() == before, "a refusal changed the store");
    expected.assert_eq(&error.to_string());
}

#[test]
fn functions_of_a_release_that_was_skipped_run_if_the_program_has_them() {
    let lock = Lock::new();
    lock.add(&Options::new().entities::<(First,)>());
    lock.add(&Options::new().entities::<(Second,)>());
    let text = lock.add(&Options::new().entities::<(Third,)>());
    let every = first_rows();
    drop(with::<(Second,)>(&every).open("").unwrap());
    let every = with::<(Third,)>(&every).open("").unwrap();
    let skips = first_rows();
    let skipped = with::<(Third,)>(&skips).history(&text).open("").unwrap();
    verify(&skipped);
    assert_eq!(all::<Third>(&skipped), all::<Third>(&every));
    assert_eq!(all::<Third>(&skipped)[1].kind, PlainKind::Weighed);
    assert_eq!(all::<Third>(&skipped)[1].label, "for 20.00");
    skipped.rollback(1).unwrap();
    let back: Database = with::<(First,)>(&skips).open("").unwrap();
    assert_eq!(
        all::<First>(&back),
        all::<First>(&with::<(First,)>(&first_rows()).open("").unwrap())
    );
}

#[test]
fn functions_that_the_program_has_lost_are_named_with_the_release() {
    let lock = Lock::new();
    lock.add(&Options::new().entities::<(First,)>());
    lock.add(&Options::new().entities::<(Second,)>());
    let text = lock.add(&Options::new().entities::<(Forgetful,)>());
    let small = first_rows();
    refused(
        &small,
        with::<(Forgetful,)>(&small).history(&text),
        &expect![[r#"
            the change is refused, and the store is as it was:
            items.price: the function `cents` is needed, and this program doesn't have it (on the way to release 2)
              fix: open the store once with the program of release 2, or one without `Options::history`"#]],
    );
    let text = lock.add(&Options::new().entities::<(Widened,)>());
    refused(
        &small,
        with::<(Widened,)>(&small).history(&text),
        &expect![[r#"
            the change is refused, and the store is as it was:
            items.price: the function `cents` gives u128 by now, and u64 is needed (on the way to release 2)
              fix: open the store once with the program of release 2, or one without `Options::history`"#]],
    );
}

release! { Renamed of PlainKind { title: String } }
release! { Titled of PlainKind { title: String, stock: u32 } }
release! { Named of PlainKind { name: String } }

#[migration(irreversible)]
fn shout(old: Named) -> Renamed {
    Renamed {
        id: old.id,
        kind: old.kind,
        title: old.name.to_uppercase(),
    }
}

#[test]
fn migrations_of_a_release_that_was_skipped_run_at_their_place() {
    let named = || {
        let small = Small::default();
        let row = Named {
            id: 1,
            kind: PlainKind::Packed,
            name: "bolt".to_owned(),
        };
        with::<(Named,)>(&small)
            .open("")
            .unwrap()
            .collection::<Named>()
            .insert(&row)
            .unwrap();
        small
    };
    let lock = Lock::new();
    lock.add(&Options::new().entities::<(Named,)>());
    lock.add(&Options::new().entities::<(Renamed,)>().migration::<shout>());
    let text = lock.add(&Options::new().entities::<(Titled,)>().migration::<shout>());
    let skips = named();
    let titled = with::<(Titled,)>(&skips)
        .migration::<shout>()
        .history(&text)
        .open("")
        .unwrap();
    verify(&titled);
    let bolt = Titled {
        id: 1,
        kind: PlainKind::Packed,
        title: "BOLT".to_owned(),
        stock: 0,
    };
    assert_eq!(all::<Titled>(&titled), [bolt]);
    let small = named();
    refused(
        &small,
        with::<(Titled,)>(&small).history(&text),
        &expect![[r#"
            the change is refused, and the store is as it was:
            items: the migration shout is needed, and this program doesn't have it (on the way to release 2)
              fix: open the store once with the program of release 2, or one without `Options::history`"#]],
    );
    // Where it ran, nobody asks for it.
    let small = named();
    drop(with::<(Renamed,)>(&small).migration::<shout>().open("").unwrap());
    drop(with::<(Titled,)>(&small).history(&text).open("").unwrap());
}

#[test]
fn a_text_that_is_no_history_changes_nothing() {
    let small = first_rows();
    let check = |text: &str, expected: &Expect| {
        let before = small.digest();
        let error = with::<(Third,)>(&small).history(text).open("").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Declaration, "{error}");
        assert!(small.digest() == before);
        expected.assert_eq(&error.to_string());
    };
    check(
        "{",
        &expect![
            "the text given with `Options::history` is no history: history: EOF while parsing an object at line 1 column 1"
        ],
    );
    check(
        r#"{"format": "quanta-history/9", "name": "x", "versions": []}"#,
        &expect![
            "the text given with `Options::history` is no history: the format is `quanta-history/9`, not `quanta-history/1`"
        ],
    );
    let future = r#"{"format": "quanta-history/1", "name": "x", "versions": [{"label": "1", "tables": [], "more": 1}]}"#;
    check(
        future,
        &expect![
            "the text given with `Options::history` is no history: history: unknown field `more`, expected one of `label`, `types`, `tables`, `hints` at line 1 column 92"
        ],
    );
}
