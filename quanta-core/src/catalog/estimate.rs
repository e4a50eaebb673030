//! About how many rows a space has: from how close keys lie to each other at places spread over their range.

use std::ops::Bound;

use quanta_storage::{Direction, KeyRange, Snapshot};

use crate::codec::{key_integer, key_of_integer};
use crate::error::Result;
use crate::progress::RowsTotal;
use crate::schema::{Node, Scalar, Schema};

use super::keys::{self, ROW_PREFIX_BYTES};

/// Places at which keys are looked at.
const PLACES: u128 = 64;
/// Keys that are looked at from each place on.
const KEYS_PER_PLACE: u64 = 64;
/// Bytes of a key that tell where it lies, behind those that all keys begin with.
const BYTES_TOLD_APART: usize = 8;

/// What the keys of a table are laid out by.
enum Scale {
    /// By the integer that they begin with.
    Integers,
    /// By their bytes behind this many, which are the same for all of them.
    Bytes(Vec<u8>),
}

/// Estimates the rows of a space, or those behind a row key, without reading all of them. Few rows are counted.
///
/// # Errors
///
/// Those of the engine.
pub fn estimate_rows(
    snapshot: &dyn Snapshot,
    (space, after): (u32, Option<&[u8]>),
    schema: &Schema,
) -> Result<RowsTotal> {
    let mut all = keys::rows(space);
    if let Some(after) = after {
        all.start = Bound::Excluded(keys::row(space, after));
    }
    if let Some(rows) = few_rows(snapshot, &all)? {
        return Ok(RowsTotal::Exact(rows));
    }
    let ends = (
        end_key(snapshot, &all, Direction::Forward)?,
        end_key(snapshot, &all, Direction::Backward)?,
    );
    let (Some(first), Some(last)) = ends else {
        return Ok(RowsTotal::Unknown);
    };
    let scale = Scale::of(schema, &first, &last);
    let (Some(low), Some(high)) = (scale.position(&first), scale.position(&last)) else {
        return Ok(RowsTotal::Unknown);
    };
    let Some(span) = high.checked_sub(low).and_then(|span| span.checked_add(1)) else {
        return Ok(RowsTotal::Unknown);
    };
    let (places, mut rows) = (PLACES.min(span), 0_u128);
    for place in 0..places {
        // Divided before it is multiplied: the span may fill all bits, and end behind the highest number.
        let at = |place: u128| low.saturating_add(span / places * place + span % places * place / places);
        let (from, to) = (at(place), at(place + 1));
        match density(snapshot, (space, &scale), (from, to))? {
            Some(found) => rows = rows.saturating_add(found),
            None => return Ok(RowsTotal::Unknown),
        }
    }
    Ok(RowsTotal::Estimated(u64::try_from(rows).unwrap_or(u64::MAX)))
}

/// Counts the rows of a range if they are fewer than are looked at in one place.
fn few_rows(snapshot: &dyn Snapshot, range: &KeyRange) -> Result<Option<u64>> {
    let mut cursor = snapshot.scan(range, Direction::Forward)?;
    for rows in 0..KEYS_PER_PLACE {
        if cursor.next()?.is_none() {
            return Ok(Some(rows));
        }
    }
    Ok(None)
}

/// Estimates how many keys lie between two positions; none if they lie too close to tell.
fn density(
    snapshot: &dyn Snapshot,
    (space, scale): (u32, &Scale),
    (from, to): (u128, u128),
) -> Result<Option<u128>> {
    let mut range = keys::rows(space);
    range.start = Bound::Included(keys::row(space, &scale.key(from)));
    let mut cursor = snapshot.scan(&range, Direction::Forward)?;
    let mut rows = 0;
    while let Some((key, _)) = cursor.next()? {
        let Some(position) = scale.position(&key[ROW_PREFIX_BYTES..]) else {
            return Ok(None);
        };
        if position >= to {
            return Ok(Some(rows));
        }
        rows += 1;
        if rows == u128::from(KEYS_PER_PLACE) {
            let passed = position - from + 1;
            let is_told_apart = passed > 1 || to - from == 1;
            return Ok(is_told_apart.then(|| rows.saturating_mul(to - from) / passed));
        }
    }
    Ok(Some(rows))
}

impl Scale {
    fn of(schema: &Schema, first: &[u8], last: &[u8]) -> Self {
        if leads_with_integer(schema) && key_integer(first) != key_integer(last) {
            return Self::Integers;
        }
        let shared = first.iter().zip(last).take_while(|(one, other)| one == other);
        Self::Bytes(first[..shared.count()].to_vec())
    }

    /// Says where a key lies; none if it isn't one.
    fn position(&self, key: &[u8]) -> Option<u128> {
        match self {
            Self::Integers => key_integer(key),
            Self::Bytes(shared) => {
                let mut bytes = [0; BYTES_TOLD_APART];
                let told = key.get(shared.len()..)?;
                let count = told.len().min(BYTES_TOLD_APART);
                bytes[..count].copy_from_slice(&told[..count]);
                Some(u64::from_be_bytes(bytes).into())
            }
        }
    }

    /// Returns where the keys of a position begin.
    fn key(&self, position: u128) -> Vec<u8> {
        match self {
            Self::Integers => key_of_integer(position),
            Self::Bytes(shared) => {
                let told = u64::try_from(position).unwrap_or(u64::MAX).to_be_bytes();
                [shared.as_slice(), &told].concat()
            }
        }
    }
}

fn leads_with_integer(schema: &Schema) -> bool {
    let field = schema.key.first().and_then(|name| schema.field(name));
    field.is_some_and(|field| {
        matches!(
            schema.shape.node(field.node),
            Node::Scalar(
                Scalar::U8
                    | Scalar::U16
                    | Scalar::U32
                    | Scalar::U64
                    | Scalar::U128
                    | Scalar::I8
                    | Scalar::I16
                    | Scalar::I32
                    | Scalar::I64
                    | Scalar::I128
                    | Scalar::Date
                    | Scalar::Timestamp
                    | Scalar::Duration
            )
        )
    })
}

/// Returns the first row key of a range from one end.
fn end_key(snapshot: &dyn Snapshot, range: &KeyRange, from: Direction) -> Result<Option<Vec<u8>>> {
    let mut cursor = snapshot.scan(range, from)?;
    let entry = cursor.next()?;
    Ok(entry.map(|(key, _)| key[ROW_PREFIX_BYTES..].to_vec()))
}

#[cfg(test)]
mod tests {
    use quanta_storage::{Batch, Commit, Durability, Engine, Memory};

    use super::*;

    fn estimate(key: &str, rows: impl Iterator<Item = Vec<u8>>) -> RowsTotal {
        let engine = Memory::new();
        let mut batch = Batch::new();
        rows.for_each(|row| {
            batch.put(keys::row(7, &row), Vec::new());
        });
        assert_eq!(engine.commit(&batch, Durability::Buffered).unwrap(), Commit::Done);
        let shape = format!("struct Row {{ id: {key} }}").parse().unwrap();
        let schema = Schema::new(shape, vec!["id".to_owned()]).unwrap();
        estimate_rows(engine.snapshot().unwrap().as_ref(), (7, None), &schema).unwrap()
    }

    fn integer(number: u128) -> Vec<u8> {
        key_of_integer((1 << 127) + number)
    }

    /// Mixes the bits of a number, so that its keys lie anywhere.
    fn anywhere(number: u64) -> u64 {
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn about(rows: u64, found: RowsTotal) {
        let RowsTotal::Estimated(estimate) = found else {
            panic!("{found:?} is no estimate");
        };
        assert!(
            (rows * 4 / 5..=rows * 6 / 5).contains(&estimate),
            "{rows} rows: {estimate}"
        );
    }

    #[test]
    fn few_rows_are_counted() {
        for rows in [0_u64, 1, 63] {
            assert_eq!(
                estimate("u64", (0..rows.into()).map(integer)),
                RowsTotal::Exact(rows)
            );
        }
    }

    #[test]
    fn numbers_without_gaps_are_counted_by_their_range() {
        for rows in [64_u64, 1000, 100_000] {
            assert_eq!(
                estimate("u64", (0..rows.into()).map(integer)),
                RowsTotal::Estimated(rows)
            );
        }
    }

    #[test]
    fn the_highest_key_there_can_be_is_one_too() {
        let highest = (1 << 127) - 1;
        let rows = (0..1000).map(|number| integer(highest - number));
        about(1000, estimate("i128", rows));
    }

    #[test]
    fn keys_that_lie_anywhere_are_estimated_by_how_close_they_lie() {
        about(
            20_000,
            estimate("u64", (0..20_000).map(|number| integer(anywhere(number).into()))),
        );
        about(
            20_000,
            estimate(
                "uuid",
                (0..20_000).map(|number| anywhere(number).to_be_bytes().to_vec()),
            ),
        );
    }

    #[test]
    fn keys_that_lie_too_close_are_not_estimated() {
        let rows = (0..10_000_u64).map(|number| {
            let team = integer(u128::from(number % 10));
            [team, integer(u128::from(number))].concat()
        });
        let found = estimate("u64", rows);
        assert!(
            matches!(found, RowsTotal::Unknown | RowsTotal::Estimated(_)),
            "{found:?}"
        );
    }
}
