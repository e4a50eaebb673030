//! Holding rows to their references when a transaction commits.
//!
//! Within a transaction, rows may refer to what is not there yet or no longer, so that the order of its writes means
//! nothing. At the end, what deletions do to other rows is done, until nothing more follows from it; then every row that
//! was written must refer to rows that are there.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quanta_storage::Direction;

use crate::catalog::keys::{self, ROW_PREFIX_BYTES};
use crate::codec::{DecodeError, row_key};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::OnDelete;

use super::core::Core;
use super::link::Link;
use super::lookup::{IndexWalk, Looked};
use super::row::{Source, row_place, split, to_current};
use super::table::Table;
use super::transaction::Transaction;

/// Why a key is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gone {
    /// The row was deleted.
    Deleted,
    /// The row has another key now: nothing follows it there.
    Moved,
}

/// Keys that are gone, unless there is a row again.
type GoneKeys = BTreeMap<Vec<u8>, Gone>;

/// What a transaction did that references are to be held against, by the names of tables.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Tables with references that rows were written to.
    written: RefCell<BTreeSet<String>>,
    /// Keys of tables that others refer to.
    gone: RefCell<BTreeMap<String, GoneKeys>>,
}

impl Touched {
    /// Notes that a row was written.
    pub fn wrote(&self, table: &Table) {
        if !table.links.is_empty() && !self.written.borrow().contains(&table.name) {
            self.written.borrow_mut().insert(table.name.clone());
        }
    }

    /// Notes that a row was deleted.
    pub fn deleted(&self, core: &Core, table: &Table, row_key: &[u8]) -> Result<()> {
        self.removed(core, table, row_key, Gone::Deleted)
    }

    /// Notes that a row got another key.
    pub fn moved(&self, core: &Core, table: &Table, row_key: &[u8]) -> Result<()> {
        self.removed(core, table, row_key, Gone::Moved)
    }

    fn removed(&self, core: &Core, table: &Table, row_key: &[u8], gone: Gone) -> Result<()> {
        if !core.referrers()?.of(table.id).is_empty() {
            let mut all = self.gone.borrow_mut();
            let of_table = all.entry(table.name.clone()).or_default();
            of_table.insert(row_key.to_vec(), gone);
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.written.borrow().is_empty() && self.gone.borrow().is_empty()
    }
}

/// A row that refers to a key which is gone, and must not.
struct Held {
    table: Arc<Table>,
    row_key: Vec<u8>,
    link: usize,
}

/// Does what follows from deletions, and holds all that was written to its references.
///
/// # Errors
///
/// [`ErrorKind::Restricted`] if a row refers to what the transaction deleted or moved, [`ErrorKind::Dangling`] if one that
/// it wrote refers to nothing, and those of the writes that follow.
pub(super) fn hold_references(transaction: &Transaction<'_>) -> Result<()> {
    let touched = transaction.touched();
    if touched.is_empty() {
        return Ok(());
    }
    let mut held = Vec::new();
    loop {
        let gone = std::mem::take(&mut *touched.gone.borrow_mut());
        if gone.is_empty() {
            break;
        }
        for (name, mut gone) in gone {
            let target = transaction.core().table(&name, None)?;
            let mut is_back = Vec::new();
            for row_key in gone.keys() {
                if transaction.contains(&target, row_key)? {
                    is_back.push(row_key.clone());
                }
            }
            for row_key in is_back {
                gone.remove(&row_key);
            }
            follow(transaction, &target, &gone, &mut held)?;
        }
    }
    for Held { table, row_key, link } in held {
        let link = &table.links[link];
        let body = transaction.get(&table, &row_key, |body| Ok(body.to_vec()))?;
        if let Some(missing) = body
            .map(|body| missing(transaction, &table, link, &row_key, &body))
            .transpose()?
            .flatten()
        {
            return Err(restricted(transaction, &table, link, &row_key, &missing));
        }
    }
    check_written(transaction)
}

/// Does to all rows that refer to keys which are gone what their references say.
fn follow(
    transaction: &Transaction<'_>,
    target: &Table,
    gone: &GoneKeys,
    held: &mut Vec<Held>,
) -> Result<()> {
    if gone.is_empty() {
        return Ok(());
    }
    let referrers = transaction.core().referrers()?;
    for (name, position) in referrers.of(target.id) {
        let table = transaction.core().table(name, None)?;
        let link = table.links.get(*position).ok_or_else(|| no_link(&table))?;
        for (row_key, why) in referring(transaction, &table, link, gone)? {
            let on_delete = match why {
                Gone::Deleted => link.reference.on_delete,
                Gone::Moved => OnDelete::Restrict,
            };
            match on_delete {
                OnDelete::Cascade => {
                    transaction.delete(&table, &row_key)?;
                }
                OnDelete::SetNull => clear(transaction, &table, link, &row_key)?,
                OnDelete::Restrict => held.push(Held {
                    table: Arc::clone(&table),
                    row_key,
                    link: *position,
                }),
            }
        }
    }
    Ok(())
}

/// Makes a row refer to nothing.
fn clear(transaction: &Transaction<'_>, table: &Table, link: &Link, row_key_before: &[u8]) -> Result<()> {
    let Some(body) = transaction.get(table, row_key_before, |body| Ok(body.to_vec()))? else {
        return Ok(());
    };
    let damaged = |error: DecodeError| Error::corrupt(row_place(table, row_key_before), error);
    let body = link.cleared(&body).map_err(damaged)?;
    let key = row_key(&table.schema, &body).map_err(damaged)?;
    if key == row_key_before {
        transaction.put(table, &key, &body)
    } else {
        transaction.put_elsewhere(table, row_key_before, &key, &body)
    }
}

/// Lists the keys of rows that refer to keys which are gone. Where some of these were deleted and some moved, it counts
/// that one was deleted.
fn referring(
    transaction: &Transaction<'_>,
    table: &Table,
    link: &Link,
    gone: &GoneKeys,
) -> Result<BTreeMap<Vec<u8>, Gone>> {
    let mut found: BTreeMap<Vec<u8>, Gone> = BTreeMap::new();
    let mut add = |row_key: &[u8], why: Gone| {
        let known = found.entry(row_key.to_vec()).or_insert(why);
        if why == Gone::Deleted {
            *known = why;
        }
    };
    if let Some(index) = link.index(&table.indexes) {
        for (key, why) in gone {
            let Some(range) = link.range(index, key) else {
                continue;
            };
            let cursor = transaction.scan(&range.of_entries(index), Direction::Forward)?;
            let mut walk = IndexWalk::new(cursor, Direction::Forward);
            let looked = Looked {
                table,
                index,
                range: &range,
            };
            while let Some(entry) = walk.next(transaction, looked)? {
                add(&entry.row_key, *why);
            }
        }
        return Ok(found);
    }
    let mut cursor = transaction.scan(&keys::rows(table.space), Direction::Forward)?;
    // Rows of earlier versions lie below what the transaction wrote, and what was kept of them with them.
    let snapshot = transaction.snapshot()?;
    let mut image = Vec::new();
    while let Some((key, value)) = cursor.next()? {
        let row_key = &key[ROW_PREFIX_BYTES..];
        let (stamp, body) = split(table, value)?;
        let body = to_current(snapshot.as_ref(), table, row_key, (stamp, body), &mut image)?;
        for key in link
            .keys(body)
            .map_err(|error| Error::corrupt(row_place(table, row_key), error))?
        {
            if let Some(why) = gone.get(&key) {
                add(row_key, *why);
            }
        }
    }
    Ok(found)
}

/// Checks that every row which was written refers to rows that are there.
fn check_written(transaction: &Transaction<'_>) -> Result<()> {
    let written = std::mem::take(&mut *transaction.touched().written.borrow_mut());
    for name in written {
        let table = transaction.core().table(&name, None)?;
        transaction.written_rows(&table, &mut |row_key, value| {
            let (_, body) = split(&table, value)?;
            for link in &table.links {
                if let Some(missing) = missing(transaction, &table, link, row_key, body)? {
                    return Err(dangling(transaction, &table, link, row_key, &missing));
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Returns a key that a row refers to and that no row has.
fn missing(
    transaction: &Transaction<'_>,
    table: &Table,
    link: &Link,
    row_key: &[u8],
    body: &[u8],
) -> Result<Option<Vec<u8>>> {
    let keys = link.keys(body);
    for key in keys.map_err(|error| Error::corrupt(row_place(table, row_key), error))? {
        let is_there = match transaction.core().space_of(link.target) {
            Some(space) => Source::get(transaction, &keys::row(space, &key), &mut |_| {})?,
            None => false,
        };
        if !is_there {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// Names the row that a reference leads to.
fn target_place(transaction: &Transaction<'_>, link: &Link, key: &[u8]) -> String {
    let named = transaction.core().table_of_id(link.target);
    named.map_or_else(
        |_| format!("a row of table {}", link.reference.table),
        |target| row_place(&target, key),
    )
}

fn restricted(
    transaction: &Transaction<'_>,
    table: &Table,
    link: &Link,
    row_key: &[u8],
    missing: &[u8],
) -> Error {
    let problem = format!(
        "{} can't be deleted or get another key: {} refers to it by `{}`; change or delete that row in the same \
         transaction",
        target_place(transaction, link, missing),
        row_place(table, row_key),
        link.reference.fields.join("`, `"),
    );
    Error::new(ErrorKind::Restricted, problem)
}

fn dangling(
    transaction: &Transaction<'_>,
    table: &Table,
    link: &Link,
    row_key: &[u8],
    missing: &[u8],
) -> Error {
    let problem = format!(
        "{} can't be written: it refers by `{}` to {}, which isn't there; write that one in the same transaction, or \
         before",
        row_place(table, row_key),
        link.reference.fields.join("`, `"),
        target_place(transaction, link, missing),
    );
    Error::new(ErrorKind::Dangling, problem)
}

fn no_link(table: &Table) -> Error {
    let problem = "its current version has other references than its schema";
    Error::corrupt(format!("table {}", table.name), problem)
}
