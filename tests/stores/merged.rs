//! Guards that two branches of a program come together: stores that took different ones reach one schema with all their
//! values (K3), and branches that touch one thing are refused with what both do (K4).

use std::fmt::Debug;

use expect_test::expect;
use quantadb::lock::{Merge, Naming, check_with, merge, read, replace, write_with};
use quantadb::{Database, Entities, HistoryDocument, Options, QuantaEntity, QuantaType};
use tempfile::TempDir;

use super::support::{Small, all, rows, sweep_and_check, verify};

mod base {
    use super::*;

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Address {
        pub town: String,
        pub zip: u16,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        pub nick: String,
        pub age: u8,
        pub note: Option<String>,
        pub home: Address,
    }
}

/// Renames the table and a field of the embedded type, and adds a field.
mod a {
    use super::*;

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Address {
        #[quanta(renamed_from = "town")]
        pub city: String,
        pub zip: u16,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "people", renamed_from = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        pub nick: String,
        pub age: u8,
        pub note: Option<String>,
        pub home: Address,
        #[quanta(new, default = 3)]
        pub rank: u8,
    }
}

/// Renames a field, widens another one and one of the embedded type, drops one, and adds a table.
mod b {
    use super::*;

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Address {
        pub town: String,
        pub zip: u32,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        #[quanta(renamed_from = "nick")]
        pub name: String,
        pub age: u32,
        pub home: Address,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "shops", register = false)]
    pub struct Shop {
        #[quanta(id)]
        pub id: u64,
        pub place: Address,
    }
}

/// What both branches make of the code.
mod both {
    use super::*;

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Address {
        #[quanta(renamed_from = "town")]
        pub city: String,
        pub zip: u32,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "people", renamed_from = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        #[quanta(renamed_from = "nick")]
        pub name: String,
        pub age: u32,
        pub home: Address,
        #[quanta(new, default = 3)]
        pub rank: u8,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "shops", register = false)]
    pub struct Shop {
        #[quanta(id)]
        pub id: u64,
        pub place: Address,
    }
}

/// A branch that changes what `b` changes too.
mod other {
    use super::*;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        #[quanta(renamed_from = "nick")]
        pub alias: String,
        pub age: i16,
        pub note: Option<String>,
        pub home: base::Address,
    }
}

/// Writes the lock that a program has after one generation and then another one.
fn lock<One: Entities, Two: Entities>() -> HistoryDocument {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("quanta.lock");
    let naming = Naming {
        name: Some("shop".to_owned()),
        label: None,
    };
    write_with(&path, &Options::new().entities::<One>(), &naming).unwrap();
    write_with(&path, &Options::new().entities::<Two>(), &Naming::default()).unwrap();
    read(&path).unwrap().unwrap()
}

fn branches() -> (Merge, HistoryDocument, HistoryDocument) {
    let (a, b) = (
        lock::<(base::User,), (a::User,)>(),
        lock::<(base::User,), (b::User, b::Shop)>(),
    );
    (merge(&a, &b, None).unwrap(), a, b)
}

fn user(id: u64) -> base::User {
    base::User {
        id,
        nick: format!("nick {id}"),
        age: 250 + u8::try_from(id).unwrap(),
        note: Some(format!("note {id}")),
        home: base::Address {
            town: format!("town {id}"),
            zip: u16::MAX - u16::try_from(id).unwrap(),
        },
    }
}

/// A store that has rows of the base, and then took a branch.
fn taken<E: Entities>() -> Small {
    let engine = Small::default();
    let db = engine.open::<(base::User,)>().unwrap();
    for id in 0..5 {
        db.collection::<base::User>().insert(&user(id)).unwrap();
    }
    drop(db);
    let db = engine.open::<E>().unwrap();
    verify(&db);
    engine
}

/// Opens with the merged code: the rows read the same before the sweep and after it.
fn read_all<E: QuantaEntity + Debug>(engine: &Small) -> Vec<String> {
    let db = engine.open::<(both::User, both::Shop)>().unwrap();
    verify(&db);
    let lazy = rows::<E>(&db);
    sweep_and_check(&db, engine);
    assert_eq!(rows::<E>(&db), lazy);
    lazy
}

#[test]
fn k3_stores_of_both_branches_reach_the_merged_schema() {
    let (found, a, _) = branches();
    assert!(found.commutes(), "{found}");
    let merged = found.merged.unwrap();
    assert_eq!(merged.versions[..2], a.versions[..]);
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("quanta.lock");
    replace(&path, &merged).unwrap();
    check_with(&path, &Options::new().entities::<(both::User, both::Shop)>()).unwrap();
    let (one, two) = (taken::<(a::User,)>(), taken::<(b::User, b::Shop)>());
    let neither = taken::<(base::User,)>();
    let (here, there) = (read_all::<both::User>(&one), read_all::<both::User>(&two));
    assert_eq!(here, there);
    assert_eq!(here, read_all::<both::User>(&neither));
    let expected: Vec<String> = (0..5)
        .map(user)
        .map(|user| {
            format!(
                "{:?}",
                both::User {
                    id: user.id,
                    name: user.nick,
                    age: user.age.into(),
                    home: both::Address {
                        city: user.home.town,
                        zip: user.home.zip.into()
                    },
                    rank: 3,
                }
            )
        })
        .collect();
    assert_eq!(here, expected);
    let schema = |engine: &Small| {
        let db = engine.open::<(both::User, both::Shop)>().unwrap();
        let tables = db.head().tables;
        let known = tables
            .into_values()
            .map(|table| (table.state.name, table.fingerprint));
        known.collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_eq!(schema(&one), schema(&two));
}

#[test]
fn k3_a_store_goes_on_along_the_merged_document() {
    let merged = branches().0.merged.unwrap();
    let store = taken::<(a::User,)>();
    let db = along(&store, &merged);
    let mut steps: Vec<String> = db.open_report().plan.steps().map(ToString::to_string).collect();
    steps.sort();
    assert_eq!(
        steps,
        [
            "change people.age from u8 to u32",
            "change people.home.zip from u16 to u32",
            "create table shops",
            "drop people.note: option<string>; its values are kept",
            "rename people.name from nick",
        ]
    );
    verify(&db);
}

/// Opens a store with the tables of the last version of a document.
fn along(store: &Small, document: &HistoryDocument) -> Database {
    let last = document.versions.last().unwrap();
    let options = super::support::custom(std::sync::Arc::new(store.clone()));
    options.tables_of(last).open("").unwrap()
}

/// Whichever branch goes first in the document, its last version is what the code says: a store of that branch that went
/// along the document has nothing left to do, and one of the other branch gets there by the hints in the code.
#[test]
fn k3_neither_order_of_the_merged_document_leaves_a_store_behind() {
    let (forth, a, b) = branches();
    let back = merge(&b, &a, None).unwrap();
    let first = taken::<(a::User,)>;
    let second = taken::<(b::User, b::Shop)>;
    for (found, store, other) in [(forth, first(), second()), (back, second(), first())] {
        let merged = found.merged.unwrap();
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("quanta.lock");
        replace(&path, &merged).unwrap();
        check_with(&path, &Options::new().entities::<(both::User, both::Shop)>()).unwrap();
        drop(along(&store, &merged));
        let db = store.open::<(both::User, both::Shop)>().unwrap();
        assert_eq!(db.open_report().plan.steps().count(), 0);
        drop(db);
        assert_eq!(read_all::<both::User>(&store), read_all::<both::User>(&other));
        drop(along(&other, &merged));
    }
}

/// The versions of a branch that were put on top of the other one have another shape there: a store of that branch stands at
/// no release of the merged history.
#[test]
fn k3_stores_of_both_branches_open_along_the_merged_history() {
    let (forth, a, b) = branches();
    let back = merge(&b, &a, None).unwrap();
    for merged in [forth, back].map(|found| found.merged.unwrap()) {
        let open = |store: &Small, branch: &HistoryDocument| {
            let last = branch.versions.last().unwrap();
            let before = super::support::custom(std::sync::Arc::new(store.clone()));
            drop(before.tables_of(last).history(branch.to_json()).open("").unwrap());
            let options = store.options::<(both::User, both::Shop)>();
            let db = options.history(merged.to_json()).open("").unwrap();
            verify(&db);
            rows::<both::User>(&db)
        };
        let (one, two) = (taken::<(base::User,)>(), taken::<(base::User,)>());
        let (one, two) = (open(&one, &a), open(&two, &b));
        assert_eq!(one, two);
        assert_eq!(one.len(), 5);
        assert!(
            one[0].contains("nick 0") && one[0].contains("town 0"),
            "{}",
            one[0]
        );
    }
}

/// The way back leads over the branch that the store took.
#[test]
fn k3_a_merged_store_goes_back_to_the_base_with_all_its_values() {
    for store in [taken::<(a::User,)>(), taken::<(b::User, b::Shop)>()] {
        read_all::<both::User>(&store);
        let db = store.open::<(both::User, both::Shop)>().unwrap();
        assert_eq!(db.rollback(2).unwrap().revision, 1);
        let db = store.open::<(base::User,)>().unwrap();
        let base: Vec<base::User> = (0..5).map(user).collect();
        assert_eq!(all::<base::User>(&db), base);
        verify(&db);
    }
}

#[test]
fn k4_branches_that_touch_one_thing_are_refused_with_both_sides() {
    let (one, two) = (
        lock::<(base::User,), (other::User,)>(),
        lock::<(base::User,), (b::User, b::Shop)>(),
    );
    let found = merge(&one, &two, None).unwrap();
    assert_eq!(found.merged, None);
    expect![[r#"
        shop, since version 1
          a: version 2
            change users.age from u8 to i16
            rename users.alias from nick
          b: version 2
            add table shops
            change users.age from u8 to u32
            rename users.name from nick
            drop users.note: option<string>
            change Address.zip from u16 to u32
          conflict at users, age:
            a: change users.age from u8 to i16
            b: change users.age from u8 to u32
            fix: let one side go first: take its lock, make the change of the other on top of it, and run `lock` again
          conflict at users, alias:
            a: rename users.alias from nick
            b: rename users.name from nick
            fix: let one side go first: take its lock, make the change of the other on top of it, and run `lock` again
    "#]]
    .assert_eq(&found.to_string());
}
