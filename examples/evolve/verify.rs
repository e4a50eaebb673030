//! Comparing every row of the store with what it must be.

use std::fmt::{self, Debug};

use quantadb::Database;

use super::Outcome;
use super::expected::{Expected, Shape};

/// What was found in a table whose rows are all as they must be.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    pub table: &'static str,
    pub rows: u64,
    /// A hash of all rows in order: equal on every engine.
    pub digest: u64,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} rows, digest {:016x}",
            self.table, self.rows, self.digest
        )
    }
}

/// Compares all rows of a table, in order.
pub fn verify<S: Shape>(db: &Database, expected: &Expected<S::Line, S::All>) -> Outcome<Verified> {
    let mut found = db.collection::<S>().iter();
    let mut verified = Verified {
        table: S::TABLE,
        rows: 0,
        digest: FNV_OFFSET,
    };
    for wanted in expected.rows::<S>() {
        let Some(row) = found.next().transpose()? else {
            return Err(format!("{} {}: the row is missing", S::TABLE, wanted.key()).into());
        };
        if row != wanted {
            return Err(difference(&wanted, &row).into());
        }
        verified.rows += 1;
        verified.digest = hashed(verified.digest, &row);
    }
    match found.next().transpose()? {
        Some(row) => Err(format!("{} {}: this row should not be there", S::TABLE, row.key()).into()),
        None => Ok(verified),
    }
}

/// Names the row and its first field that differs: the fields stand on lines of their own in the alternate form.
fn difference<S: Shape>(wanted: &S, found: &S) -> String {
    let (table, key) = (S::TABLE, wanted.key());
    if key != found.key() {
        return format!(
            "{table} {key}: the row is not where it should be, {} is",
            found.key()
        );
    }
    let (wanted, found) = (format!("{wanted:#?}"), format!("{found:#?}"));
    let differing = wanted
        .lines()
        .zip(found.lines())
        .find(|(wanted, found)| wanted != found);
    let (wanted, found) = differing.unwrap_or((&wanted, &found));
    format!(
        "{table} {key}: expected `{}`, found `{}`",
        wanted.trim(),
        found.trim()
    )
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// Goes on with a hash (FNV-1a) over the debug form of a row.
fn hashed(hash: u64, row: &impl Debug) -> u64 {
    let mut hasher = Fnv(hash);
    fmt::write(&mut hasher, format_args!("{row:?}")).expect("hashing never fails");
    hasher.0
}

struct Fnv(u64);

impl fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}
