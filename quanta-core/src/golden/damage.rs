//! Damaged records are errors, or are not noticed; never a panic.

use super::scenario::{Adult, Records, UserV1, UserV2, memory_with, options};
use super::store::documented;
use crate::catalog::keys;
use crate::codec::{decode_record, encode_record};
use crate::error::{ErrorKind, Result};
use crate::plan::Head;

/// Opens the store both ways and reads all there is.
fn use_store(records: &Records) -> Result<()> {
    let memory = memory_with(records);
    let db = options(&memory).entities::<(UserV1,)>().open("")?;
    db.history()?;
    db.versions(1)?;
    for row in db.collection::<UserV1>().iter() {
        row?;
    }
    drop(db);
    let second = options(&memory).entities::<(UserV2,)>().views::<(Adult,)>();
    let db = second.release_hold().open("")?;
    db.view::<Adult>().count()?;
    db.objects()?;
    for row in db.collection::<UserV2>().iter() {
        row?;
    }
    db.sweep().wait()?;
    Ok(())
}

#[test]
fn no_damaged_byte_makes_a_panic() {
    let records = documented();
    use_store(&records).unwrap();
    let (mut tried, mut noticed) = (0, 0);
    for position in 0..records.len() {
        for byte in 0..records[position].1.len() {
            for damage in [|byte: u8| byte ^ 1, |byte: u8| !byte, |_| 0xfc] {
                let mut damaged = records.clone();
                damaged[position].1[byte] = damage(damaged[position].1[byte]);
                tried += 1;
                noticed += usize::from(use_store(&damaged).is_err());
            }
            let mut cut = records.clone();
            cut[position].1.truncate(byte);
            tried += 1;
            noticed += usize::from(use_store(&cut).is_err());
        }
        let mut missing = records.clone();
        missing.remove(position);
        tried += 1;
        noticed += usize::from(use_store(&missing).is_err());
    }
    // Most damages contradict something; those in the text of a row can't.
    assert!(noticed * 2 > tried, "{noticed} of {tried} were noticed");
}

/// A table that stands as declared is not read, and a default that its hints don't give would change it.
#[test]
fn defaults_that_contradict_the_hints_are_damage() {
    let mut records = documented();
    let head = records.iter_mut().find(|(key, _)| key == keys::HEAD).unwrap();
    let mut decoded: Head = decode_record(&head.1).unwrap();
    for table in decoded.tables.values_mut() {
        table.state.write_defaults.insert("id".to_owned(), vec![7]);
    }
    head.1 = encode_record(&decoded).unwrap();
    let memory = memory_with(&records);
    let error = options(&memory)
        .entities::<(UserV1,)>()
        .release_hold()
        .open("")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("the head"), "{error}");
}
