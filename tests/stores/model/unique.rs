//! Values that become unique: of the rows that have one value, all but the one with the lowest key are taken out, and
//! come back. The generations come from a history document.

use quanta_core::Seed;
use serde_json::{Value as Json, json};

use crate::documents::{document, fields};

use super::asked::asks_documented;
use super::described::Described;
use super::history::{Cell, History, Part, Record, Rows, Unable};
use super::values::{below, chosen, text};

#[derive(Debug, Clone)]
struct Free {
    id: u8,
    mail: Option<String>,
    note: String,
}

#[derive(Debug, Clone)]
struct Owned {
    id: u8,
    mail: Option<String>,
}

#[derive(Debug, Clone)]
struct Named {
    id: u8,
    mail: Option<String>,
    name: String,
}

fn version(label: &str, list: &str, is_unique: bool, hints: &Json) -> Json {
    let unique = json!([{"name": "by_mail", "fields": ["mail"], "unique": true}]);
    let indexes = if is_unique { unique } else { json!([]) };
    let table = json!({"name": "rows", "key": ["id"], "fields": fields(list), "indexes": indexes});
    json!({"label": label, "tables": [table], "hints": hints})
}

/// In 1 and 4 mails become unique, and the latter refuses rows that meet; 2 is a child of 1 and keeps the index, 3 is one
/// without it.
pub fn history() -> History {
    let free = "id: u8, mail: option<string>, note: string";
    let owned = "id: u8, mail: option<string>";
    let named = "id: u8, mail: option<string>, name: string";
    let drop_row = json!({"on_failure": {"rows": {"@by_mail": "drop_row"}}});
    let new = json!({"new_fields": {"rows": ["name"]}});
    let versions = document(&json!([
        version("1", free, false, &json!({})),
        version("2", owned, true, &drop_row),
        version("3", named, true, &new),
        version("4", named, false, &new),
        version("5", free, true, &json!({})),
    ]))
    .versions;
    History::described_root::<Free>(&versions[0])
        .described::<Owned>(
            0,
            Rows::new(free_to_owned, owned_to_free).unique(Unable::DropRow),
            &versions[1],
        )
        .unique(|row: &Cell| mail_of(&row.of::<Owned>().mail))
        .described::<Named>(1, Rows::new(owned_to_named, named_to_owned), &versions[2])
        .unique(|row: &Cell| mail_of(&row.of::<Named>().mail))
        .described::<Named>(1, Rows::new(owned_to_named, named_to_owned), &versions[3])
        .described::<Free>(0, Rows::new(same, same).unique(Unable::Refuse), &versions[4])
        .unique(|row: &Cell| mail_of(&row.of::<Free>().mail))
}

/// Rows without a value are in no unique index.
fn mail_of(mail: &Option<String>) -> Option<Part> {
    mail.clone().map(Part::Text)
}

fn free_to_owned(row: &Free, _: Option<&Owned>) -> Option<Owned> {
    Some(Owned {
        id: row.id,
        mail: row.mail.clone(),
    })
}

fn owned_to_free(row: &Owned, kept: Option<&Free>) -> Option<Free> {
    Some(Free {
        id: row.id,
        mail: row.mail.clone(),
        note: kept.map_or_else(String::new, |kept| kept.note.clone()),
    })
}

fn owned_to_named(row: &Owned, kept: Option<&Named>) -> Option<Named> {
    Some(Named {
        id: row.id,
        mail: row.mail.clone(),
        name: kept.map_or_else(String::new, |kept| kept.name.clone()),
    })
}

fn named_to_owned(row: &Named, _: Option<&Owned>) -> Option<Owned> {
    Some(Owned {
        id: row.id,
        mail: row.mail.clone(),
    })
}

fn same(row: &Free, _: Option<&Free>) -> Option<Free> {
    Some(row.clone())
}

fn mail(seed: &mut Seed) -> Option<String> {
    let mails = ["a", "b", "c", "d", "e", "f", "g", "h"];
    (!seed.one_in(4)).then(|| chosen(seed, &mails).to_owned())
}

record! {
    Free by u8 = |row| row.id;
    |seed| {
        id: below(seed, 8),
        mail: mail(seed),
        note: text(seed),
    }
    touches mail, note
}

impl Described for Free {
    fn to_json(&self) -> Json {
        json!({"id": self.id, "mail": self.mail, "note": self.note})
    }
}

record! {
    Owned by u8 = |row| row.id;
    |seed| {
        id: below(seed, 8),
        mail: mail(seed),
    }
    touches mail
}

impl Described for Owned {
    fn to_json(&self) -> Json {
        json!({"id": self.id, "mail": self.mail})
    }
}

record! {
    Named by u8 = |row| row.id;
    |seed| {
        id: below(seed, 8),
        mail: mail(seed),
        name: text(seed),
    }
    touches mail, name
}

impl Described for Named {
    fn to_json(&self) -> Json {
        json!({"id": self.id, "mail": self.mail, "name": self.name})
    }
}

asks_documented! { Free: id, mail, note }
asks_documented! { Owned: id, mail }
asks_documented! { Named: id, mail, name }
