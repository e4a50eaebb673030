//! What a row leaves behind when it crosses an edge.

use std::collections::BTreeSet;

use quanta_storage::Memory;

use super::document;
use super::hex::hex;
use super::scenario::{options, records_of};
use crate::catalog::keys::Area;

/// Before.
#[derive(Debug, PartialEq, Clone, quanta_derive::QuantaEntity)]
#[quanta(crate = crate, table = "samples", register = false)]
struct SampleV1 {
    #[quanta(id)]
    id: u8,
    count: u16,
    note: Option<String>,
    score: f64,
    tags: Vec<u8>,
    words: Vec<String>,
}

/// After: `count` is dropped, the others become narrower.
#[derive(Debug, PartialEq, Clone, quanta_derive::QuantaEntity)]
#[quanta(crate = crate, table = "samples", register = false)]
struct SampleV2 {
    #[quanta(id)]
    id: u8,
    #[quanta(default = "none")]
    note: String,
    score: f32,
    tags: Vec<u8>,
    words: BTreeSet<String>,
}

fn samples() -> [(&'static str, SampleV1); 3] {
    let sample = |id, count, note: Option<&str>, score, words: &[&str]| SampleV1 {
        id,
        count,
        note: note.map(str::to_owned),
        score,
        tags: vec![1, 2],
        words: words.iter().map(|word| (*word).to_owned()).collect(),
    };
    [
        ("everything is lost", sample(1, 300, None, 0.1, &["b", "a", "b"])),
        ("only a count is", sample(2, 7, Some("x"), 0.5, &["a", "b"])),
        ("nothing is", sample(3, 0, Some("x"), 0.5, &["a"])),
    ]
}

#[test]
fn kept_values() {
    let memory = Memory::new();
    let db = options(&memory).entities::<(SampleV1,)>().open("").unwrap();
    for (_, sample) in samples() {
        db.collection::<SampleV1>().insert(&sample).unwrap();
    }
    drop(db);
    let db = options(&memory).entities::<(SampleV2,)>().open("").unwrap();
    db.sweep().wait().unwrap();
    let records = records_of(&memory);
    let mut text = String::new();
    for (what, sample) in samples() {
        let kept = records
            .iter()
            .filter(|(key, _)| key[0] == Area::Complement as u8)
            .find(|(key, _)| key.ends_with(&[0x81, sample.id]));
        let entry = kept.map_or("(no entry)".to_owned(), |(_, value)| hex(value));
        text.push_str(&format!("{what:<20} {entry}\n"));
    }
    document::check("format.md", "kept", &document::fenced(&text));

    db.rollback(1).unwrap();
    let db = options(&memory).entities::<(SampleV1,)>().open("").unwrap();
    for (_, sample) in samples() {
        assert_eq!(db.collection::<SampleV1>().get(&sample.id).unwrap(), Some(sample));
    }
}
