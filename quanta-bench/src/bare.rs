//! Rows in a bare engine: the key is the number in big endian, the value is bincode.

use std::path::Path;

use bincode::{Decode, Encode};

use crate::error::Outcome;
use crate::raw::{Flow, Raw, Reader, Sync, Write};
use crate::rows::User;

/// How rows are encoded, everywhere.
pub const CONFIG: bincode::config::Configuration = bincode::config::standard();

/// Batches of loads and rewrites, as ours are.
pub const BATCH_BYTES: usize = 1024 * 1024;

/// sled blocks its readers for long otherwise; ours takes as many.
const SLED_ROWS_MAX: usize = 1_000;

/// What no key of a row begins with.
const INDEX: u8 = 0xFF;

/// The end of the rows.
pub const ROWS_END: &[u8] = &[INDEX];

/// The key of a row.
pub fn key(id: u64) -> [u8; 8] {
    id.to_be_bytes()
}

/// The key of an index entry.
pub fn email_key(email: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + email.len());
    key.push(INDEX);
    key.extend_from_slice(email.as_bytes());
    key
}

/// The bytes of a row.
pub fn encoded(row: &impl Encode) -> Outcome<Vec<u8>> {
    Ok(bincode::encode_to_vec(row, CONFIG)?)
}

/// The row of these bytes.
pub fn decoded<T: Decode<()>>(bytes: &[u8]) -> Outcome<T> {
    Ok(bincode::decode_from_slice(bytes, CONFIG)?.0)
}

/// Whether a table has entries by address beside its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// It has none.
    None,
    /// One for each row, of its address.
    Email,
}

/// What writes gather in until there are enough of them.
pub struct Batch<'r, R> {
    raw: &'r R,
    writes: Vec<Write>,
    bytes: usize,
    rows_max: usize,
    sync: Sync,
}

impl<'r, R: Raw> Batch<'r, R> {
    /// Begins with nothing.
    pub fn new(raw: &'r R, sync: Sync) -> Self {
        let rows_max = if R::NAME == "sled" {
            SLED_ROWS_MAX
        } else {
            usize::MAX
        };
        let writes = Vec::new();
        Self {
            raw,
            writes,
            bytes: 0,
            rows_max,
            sync,
        }
    }

    /// Adds a write, and sends the batch if that is enough.
    pub fn add(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) -> Outcome<()> {
        self.bytes += key.len() + value.as_ref().map_or(0, Vec::len);
        self.writes.push((key, value));
        if self.bytes >= BATCH_BYTES || self.writes.len() >= self.rows_max {
            self.send()?;
        }
        Ok(())
    }

    /// Sends what is left.
    pub fn send(&mut self) -> Outcome<()> {
        if !self.writes.is_empty() {
            self.raw.write(&self.writes, self.sync)?;
        }
        self.writes.clear();
        self.bytes = 0;
        Ok(())
    }
}

/// Loads rows, in the order in which they come.
pub fn load<R: Raw>(raw: &R, rows: impl Iterator<Item = User>, index: Index) -> Outcome<()> {
    let mut batch = Batch::new(raw, Sync::Durable);
    for user in rows {
        batch.add(key(user.id).to_vec(), Some(encoded(&user)?))?;
        if index == Index::Email {
            batch.add(email_key(&user.email), Some(key(user.id).to_vec()))?;
        }
    }
    batch.send()
}

/// Reads a row.
pub fn get<T: Decode<()>>(reader: &impl Reader, id: u64) -> Outcome<Option<T>> {
    reader.read(&key(id), decoded)?.transpose()
}

/// Reads all rows, or at most so many of them.
pub fn scan<T: Decode<()>>(
    reader: &impl Reader,
    from: u64,
    rows_max: u64,
    mut each: impl FnMut(T) -> Outcome<()>,
) -> Outcome<()> {
    let mut left = rows_max;
    reader.scan(&key(from), ROWS_END, |_, value| {
        if left == 0 {
            return Ok(Flow::Stop);
        }
        left -= 1;
        each(decoded(value)?)?;
        Ok(Flow::On)
    })
}

/// Reads what was there, and writes the row with its entry: a batch of two.
pub fn put_with_entry<R: Raw>(raw: &R, row: &User, sync: Sync) -> Outcome<()> {
    let key = key(row.id);
    let follow = &mut |before: Option<&[u8]>| {
        let mut writes = Vec::with_capacity(3);
        if let Some(before) = before {
            let before: User = decoded(before)?;
            if before.email != row.email {
                writes.push((email_key(&before.email), None));
            }
        }
        writes.push((key.to_vec(), Some(encoded(row)?)));
        writes.push((email_key(&row.email), Some(key.to_vec())));
        Ok(writes)
    };
    raw.read_and_write(&key, follow, sync)
}

/// Reads a row by its address: two gets.
pub fn get_by_email(reader: &impl Reader, email: &str) -> Outcome<Option<User>> {
    match reader.read(&email_key(email), <[u8]>::to_vec)? {
        Some(key) => reader.read(&key, decoded)?.transpose(),
        None => Ok(None),
    }
}

/// Rewrites every row as another type: what a program would do that has no migrations. Nothing is synced before the
/// end.
pub fn rewrite<R: Raw, T: Encode + From<User>>(raw: &R) -> Outcome<u64> {
    let mut batch = Batch::new(raw, Sync::Buffered);
    let mut rows = 0;
    raw.reader()?.scan(&key(0), ROWS_END, |key, value| {
        let user: User = decoded(value)?;
        batch.add(key.to_vec(), Some(encoded(&T::from(user))?))?;
        rows += 1;
        Ok(Flow::On)
    })?;
    batch.send()?;
    raw.sync()?;
    Ok(rows)
}

/// Makes an engine with rows in it, compacted where that is possible, and closes it.
pub fn prepare<R: Raw>(path: &Path, rows: u64, index: Index) -> Outcome<()> {
    let mut raw = R::open(path)?;
    load(&raw, crate::rows::users(rows), index)?;
    raw.sync()?;
    raw.compact()?;
    raw.sync()
}
