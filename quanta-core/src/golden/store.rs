//! A whole store, record by record.

use super::document;
use super::hex::{dump, hex, undump, unhex};
use super::scenario::{
    Adult, Records, UserV1, UserV2, make, memory_with, open_v1, options, records_of, rows,
};
use crate::catalog::keys::Area;

fn show(records: &Records) -> String {
    let mut text = String::new();
    for (key, value) in records {
        let area = Area::NAMES.iter().find(|(area, _)| *area as u8 == key[0]);
        let area = area.map_or("?", |(_, name)| *name);
        text.push_str(&format!("{}  {area}\n{}", hex(key), dump("    ", value)));
    }
    text
}

/// Reads the records back out of the page.
pub fn documented() -> Records {
    let block = document::block("format.md", "store");
    let mut records = Records::new();
    for line in document::unfenced(&block).lines() {
        match (line.strip_prefix("    "), records.last_mut()) {
            (Some(line), Some((_, value))) => value.extend(undump(line)),
            _ => records.push((unhex(line.split("  ").next().unwrap_or(line)), Vec::new())),
        }
    }
    records
}

#[test]
fn a_store_has_its_golden_bytes() {
    document::check(
        "format.md",
        "store",
        &document::fenced(&show(&records_of(&make()))),
    );
}

#[test]
fn the_golden_store_is_read() {
    let memory = memory_with(&documented());
    let db = open_v1(&memory);
    let found: Vec<UserV1> = db.collection::<UserV1>().iter().map(|row| row.unwrap()).collect();
    assert_eq!(found, rows());
    assert_eq!(db.history().unwrap().records.len(), 4);
    assert_eq!(db.releases().unwrap().releases[0].revision, 2);
}

#[test]
fn the_golden_store_goes_up_again() {
    let memory = memory_with(&documented());
    let db = options(&memory)
        .entities::<(UserV2,)>()
        .views::<(Adult,)>()
        .release_hold()
        .open("")
        .unwrap();
    db.sweep().wait().unwrap();
    let found: Vec<(u64, String, u8)> = db
        .collection::<UserV2>()
        .iter()
        .map(|row| row.unwrap())
        .map(|user| (user.id, user.name, user.age))
        .collect();
    let expected = [(1, "ada", 18), (2, "Grace", 85), (300, "joan", 18)];
    assert_eq!(found, expected.map(|(id, name, age)| (id, name.to_owned(), age)));
    let named: Vec<String> = db
        .view::<Adult>()
        .collect()
        .unwrap()
        .into_iter()
        .map(|adult| adult.name)
        .collect();
    assert_eq!(named, ["ada", "Grace", "joan"]);
    assert_eq!(db.head().revision, 2);
}
