//! A store with records of every kind.

use std::collections::BTreeSet;

use quantadb::{Forget, QuantaView, Ref};

use super::*;

/// The tables as they are first.
pub mod before {
    use std::collections::BTreeSet;

    use quantadb::{QuantaEntity, Ref};

    use super::Group;

    #[derive(QuantaEntity, Debug, Clone)]
    #[quanta(table = "people", register = false)]
    pub struct Person {
        #[quanta(id, auto)]
        pub id: u64,
        #[quanta(unique)]
        pub mail: String,
        #[quanta(index)]
        pub group: Ref<Group>,
        pub tags: BTreeSet<String>,
        pub note: Option<String>,
    }

    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "counts", register = false)]
    pub struct Count {
        #[quanta(id)]
        pub id: u32,
        pub value: u32,
        pub hint: Option<String>,
    }

    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "pages", register = false)]
    pub struct Page {
        #[quanta(id)]
        pub id: u32,
    }
}

/// What they become.
pub mod after {
    use std::collections::BTreeSet;

    use quantadb::{QuantaEntity, Ref};

    use super::Group;

    #[derive(QuantaEntity, Debug, Clone)]
    #[quanta(table = "people", register = false)]
    pub struct Person {
        #[quanta(id, auto)]
        pub id: u64,
        #[quanta(unique)]
        pub mail: String,
        #[quanta(index)]
        pub group: Ref<Group>,
        pub tags: BTreeSet<String>,
    }

    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "counts", register = false)]
    pub struct Count {
        #[quanta(id)]
        pub id: u32,
        #[quanta(on_failure = "drop_row")]
        pub value: u8,
    }

    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "pages", register = false)]
    pub struct Page {
        #[quanta(id)]
        pub id: u32,
        pub text: String,
    }
}

#[derive(QuantaEntity, Debug)]
#[quanta(table = "groups", register = false)]
pub struct Group {
    #[quanta(id)]
    pub name: String,
}

#[derive(QuantaEntity, Debug)]
#[quanta(table = "olds", register = false)]
pub struct Old {
    #[quanta(id)]
    pub id: u32,
    #[quanta(index)]
    pub size: u32,
}

#[derive(QuantaView)]
#[quanta(of = after::Person, filter = |person| person.mail.gt("a"), register = false)]
#[expect(dead_code, reason = "verification reads no row as a view")]
struct Mails {
    id: u64,
    mail: String,
}

fn options<E: Entities>(memory: &Memory) -> Options {
    Options::new()
        .engine(Engine::Memory(memory.clone()))
        .sweep(Sweep::Off)
        .entities::<E>()
}

/// Tables in the order of their ids.
pub const COUNTS: u32 = 1;
pub const GROUPS: u32 = 2;
pub const OLDS: u32 = 3;
pub const PAGES: u32 = 4;
pub const PEOPLE: u32 = 5;

/// People 1 to 3 at version 1, 4 at version 2 without its note. Counts 1 and 2, of which the change took out 3, and kept the
/// hint of 2. Pages that went up, were written there, and came down again, swept. Olds, which were dropped. A view, and a
/// release.
pub fn rich() -> Memory {
    let memory = Memory::new();
    let db = options::<(before::Person, before::Count, before::Page, Group, Old)>(&memory);
    let db = db.open("rich").unwrap();
    for name in ["red", "blue"] {
        db.collection::<Group>()
            .insert(&Group { name: name.into() })
            .unwrap();
    }
    for id in 1..=4 {
        db.collection::<before::Person>().insert(&person(id)).unwrap();
    }
    for (id, value) in [(1, 5), (2, 6), (3, 700)] {
        let hint = Some(format!("hint {id}"));
        let count = before::Count { id, value, hint };
        db.collection::<before::Count>().insert(&count).unwrap();
    }
    for id in 1..=3 {
        db.collection::<before::Page>()
            .insert(&before::Page { id })
            .unwrap();
        db.collection::<Old>().insert(&Old { id, size: id * 10 }).unwrap();
    }
    drop(db);
    let db = options::<(before::Person, before::Count, after::Page, Group, Old)>(&memory);
    let db = db.open("rich").unwrap();
    let text = "a page".to_owned();
    db.collection::<after::Page>()
        .put(&after::Page { id: 1, text })
        .unwrap();
    let back = db.rollback(1).unwrap();
    drop(back);
    let db = options::<(before::Page,)>(&memory).open("rich").unwrap();
    db.sweep().wait().unwrap();
    drop(db);
    let db = options::<(after::Person, after::Count, before::Page, Group)>(&memory);
    let db = db
        .views::<(Mails,)>()
        .drop_table("olds")
        .release_hold()
        .open("rich")
        .unwrap();
    let kept = after::Person {
        id: 4,
        mail: "m4".to_owned(),
        group: Ref::new("blue".to_owned()),
        tags: BTreeSet::from(["x".to_owned(), "y".to_owned()]),
    };
    db.collection::<after::Person>().put(&kept).unwrap();
    db.release("1.0").unwrap();
    memory
}

fn person(id: u64) -> before::Person {
    before::Person {
        id,
        mail: format!("m{id}"),
        group: Ref::new("red".to_owned()),
        tags: BTreeSet::from(["a".to_owned(), "b".to_owned()]),
        note: Some(format!("note {id}")),
    }
}

/// The same, and what was kept of people is forgotten.
pub fn forgotten() -> Memory {
    let memory = rich();
    let db = options::<()>(&memory).open("rich").unwrap();
    drop(db.forget(&Forget::Table("people".to_owned())).unwrap());
    memory
}
