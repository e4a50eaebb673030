//! Reading one row, as it is at the current version.

use crate::catalog::keys;
use crate::error::Result;

use super::core::Core;
use super::row::{Source, known_route, split, to_current};
use super::table::Table;

/// Shows the current image of a row to `read`; none if there is no such row.
///
/// # Errors
///
/// If the row is damaged, or the engine fails.
pub fn read_row<S: Source + ?Sized, R>(
    source: &S,
    table: &Table,
    row_key: &[u8],
    read: impl FnOnce(&[u8]) -> Result<R>,
) -> Result<Option<R>> {
    read_record(source, table, &keys::row(table.space, row_key), read)
}

/// Does it by the key of the row's record.
fn read_record<S: Source + ?Sized, R>(
    source: &S,
    table: &Table,
    record_key: &[u8],
    read: impl FnOnce(&[u8]) -> Result<R>,
) -> Result<Option<R>> {
    let row_key = &record_key[keys::ROW_PREFIX_BYTES..];
    let mut read = Some(read);
    let mut found = None;
    source.get(record_key, &mut |value| {
        found = Some(split(table, value).and_then(|(stamp, body)| {
            // Reading more while the engine lends a value could lock it twice.
            let reads_more = stamp != table.version && known_route(table, row_key, stamp)?.reads_kept();
            Ok(match read.take() {
                Some(read) if !reads_more => {
                    Found::Ended(show_current(source, table, row_key, (stamp, body), read))
                }
                untaken => Found::ReadsMore {
                    stamp,
                    body: body.to_vec(),
                    read: untaken,
                },
            })
        }));
    })?;
    match found.transpose()? {
        None => Ok(None),
        Some(Found::Ended(result)) => result.map(Some),
        Some(Found::ReadsMore { stamp, body, read }) => read
            .map(|read| show_current(source, table, row_key, (stamp, &body), read))
            .transpose(),
    }
}

/// Shows the current image of a stored row.
fn show_current<S: Source + ?Sized, R>(
    source: &S,
    table: &Table,
    row_key: &[u8],
    (stamp, body): (u32, &[u8]),
    read: impl FnOnce(&[u8]) -> Result<R>,
) -> Result<R> {
    read(to_current(
        source,
        table,
        row_key,
        (stamp, body),
        &mut Vec::new(),
    )?)
}

/// What was found under a row's key.
enum Found<R, F> {
    /// Its image was shown.
    Ended(Result<R>),
    /// It is of an earlier version, and something may have been kept of it.
    ReadsMore {
        stamp: u32,
        body: Vec<u8>,
        read: Option<F>,
    },
}

/// Shows the present image of a row to `read`, by the key of its record, without opening a view where one record tells all.
///
/// # Errors
///
/// If the schema has moved, the row is damaged, or the engine fails.
pub fn read_latest<R>(
    core: &Core,
    table: &Table,
    record_key: &[u8],
    read: impl FnOnce(&[u8]) -> Result<R>,
) -> Result<Option<R>> {
    core.check_epoch()?;
    if table.needs_view() {
        return read_record(core.snapshot()?.as_ref(), table, record_key, read);
    }
    read_record(core.engine(), table, record_key, read)
}
