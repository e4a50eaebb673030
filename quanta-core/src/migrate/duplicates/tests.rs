//! Duplicates are found exactly, whatever the memory: held against a map of all values.

use std::collections::BTreeMap;

use super::*;
use crate::error::{Error, ErrorKind};

type Rows = Vec<(u32, Vec<u8>)>;

fn show(rows: &Rows, passes: &mut usize, see: &mut See<'_>) -> Result<()> {
    *passes += 1;
    for (row_key, value) in rows {
        if see(&row_key.to_be_bytes(), value)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Finds duplicates with so many hashes at a time; returns them, the named keys in order, and the number of passes.
fn found(hashes_max: usize, rows: &Rows) -> (Duplicates, Vec<Vec<u8>>, usize) {
    let (mut named, mut passes) = (Vec::new(), 0);
    let duplicates = find_within(
        &|| hashes_max,
        &mut |see: &mut See<'_>| show(rows, &mut passes, see),
        &mut |row_key| {
            named.push(row_key.to_vec());
            Ok(())
        },
    )
    .unwrap();
    named.sort();
    (duplicates, named, passes)
}

/// Does the same with a map of all values.
fn expected(rows: &Rows) -> (Vec<Duplicate>, Vec<Vec<u8>>) {
    let mut met: BTreeMap<&[u8], u32> = BTreeMap::new();
    let mut all = Vec::new();
    for (row_key, value) in rows {
        match met.get(value.as_slice()) {
            Some(survivor) => all.push(Duplicate {
                row_key: row_key.to_be_bytes().to_vec(),
                survivor: survivor.to_be_bytes().to_vec(),
                value: Some(value.clone()).filter(|value| value.len() <= SHOWN_VALUE_BYTES_MAX),
            }),
            None => drop(met.insert(value, *row_key)),
        }
    }
    let named = all.iter().map(|duplicate| duplicate.row_key.clone()).collect();
    all.truncate(SHOWN_DUPLICATES_MAX);
    (all, named)
}

#[track_caller]
fn check(hashes_max: usize, rows: &Rows) -> usize {
    let (duplicates, named, passes) = found(hashes_max, rows);
    let (first, all) = expected(rows);
    assert_eq!(duplicates.count, all.len() as u64);
    assert_eq!(named, all);
    assert_eq!(duplicates.first, first);
    passes
}

/// Rows whose values repeat after `period`.
fn repeating(count: u32, period: u32) -> Rows {
    (0..count)
        .map(|row| (row, (row % period).to_le_bytes().to_vec()))
        .collect()
}

#[test]
fn duplicates_are_found_in_one_pass_or_many() {
    for hashes_max in [8, 50, 333, 5_000] {
        for rows in [
            repeating(0, 1),
            repeating(1, 1),
            repeating(2, 1),
            repeating(1_000, 1_000),
            repeating(1_000, 999),
            repeating(1_000, 500),
            repeating(1_000, 7),
        ] {
            check(hashes_max, &rows);
        }
    }
}

#[test]
fn one_value_in_all_rows_takes_no_more_memory_than_one() {
    // The look that gathers, the look that names, and the look for the survivor.
    assert_eq!(check(8, &repeating(10_000, 1)), 3);
}

#[test]
fn values_without_duplicates_are_looked_at_once_if_they_fit() {
    assert_eq!(check(1_000, &repeating(1_000, 1_000)), 1);
}

#[test]
fn passes_grow_with_the_rows_and_not_the_memory() {
    let passes = check(100, &repeating(1_000, 1_000));
    assert!((10..=40).contains(&passes), "{passes} passes");
}

#[test]
fn rows_with_several_values_or_none_are_told_apart() {
    let rows = vec![
        (1, b"a".to_vec()),
        (1, b"b".to_vec()),
        (3, b"b".to_vec()),
        (3, b"a".to_vec()),
        (4, b"c".to_vec()),
    ];
    let (duplicates, named, _) = found(8, &rows);
    assert_eq!(duplicates.count, 2);
    assert_eq!(named, [3_u32.to_be_bytes(); 2]);
    let survivors = duplicates
        .first
        .iter()
        .map(|duplicate| duplicate.survivor.clone());
    assert_eq!(survivors.collect::<Vec<_>>(), [1_u32.to_be_bytes(); 2]);
}

#[test]
fn long_values_are_not_shown() {
    check(8, &vec![(1, vec![7; 2_000]), (2, vec![7; 2_000])]);
}

#[test]
fn errors_of_rows_and_of_what_is_called_come_through() {
    let failed = || Error::new(ErrorKind::NotFound, "gone");
    let rows = repeating(2, 1);
    let result = find_duplicates(
        &Room::shared_by(1),
        &mut |_: &mut See<'_>| Err(failed()),
        &mut |_| Ok(()),
    );
    assert!(result.is_err());
    let result = find_duplicates(
        &Room::shared_by(1),
        &mut |see: &mut See<'_>| show(&rows, &mut 0, see),
        &mut |_| Err(failed()),
    );
    assert!(result.is_err());
}
