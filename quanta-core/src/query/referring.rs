//! Loading the rows that refer to rows.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use quanta_storage::Direction;

use crate::collection::{RowSource, decoded_row, table_of};
use crate::error::Result;
use crate::index::Index;
use crate::model::{Field, Place, QuantaEntity};
use crate::txn::{Core, IndexWalk, Link, Looked, Table};

use super::across::Asked;
use super::refers::Refers;
use super::relations::{Loader, Opened, keys_of};
use super::request::{Request, Ties};
use super::rows::Found;
use super::select::Places;
use super::stream::RowBytes;

/// A field of `R` that refers to rows of `E`.
///
/// See [`Query::with_referring`](super::Query::with_referring) for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no field of `{R}` that refers to `{E}`",
    label = "expected a field of type `Ref<{E}>`, an `Option` of one, or a `Vec` of them"
)]
pub trait Referring<R, E>: 'static {
    /// Finds the field in its table.
    #[doc(hidden)]
    fn open(&self, core: &Core) -> Result<Opened<Vec<R>>>;
}

impl<P: Place<Root: QuantaEntity>, T: Refers> Referring<P::Root, T::Target> for Field<P, T> {
    fn open(&self, core: &Core) -> Result<Opened<Vec<P::Root>>> {
        let path = self.path();
        let table = table_of::<P::Root>(core)?;
        Ok(Opened(Box::new(Referrers::<P, T> {
            places: Places::new(core, &table, &[Asked::of(*self)])?,
            link: table.links.iter().position(|link| is_of(link, &path)),
            table,
            field: PhantomData,
        })))
    }
}

/// Tells whether a reference is that of a field: of its value, or of its items.
fn is_of(link: &Link, path: &str) -> bool {
    link.reference.fields.iter().enumerate().all(|(position, field)| {
        let Some(rest) = field.strip_prefix(path) else {
            return false;
        };
        let rest = rest.strip_prefix("[]").unwrap_or(rest);
        // A composite key is a tuple, of which each position refers to one key field.
        rest.is_empty()
            || rest
                .strip_prefix('.')
                .is_some_and(|rest| rest == position.to_string())
    })
}

/// The rows whose field refers to given ones.
struct Referrers<P, T> {
    table: Arc<Table>,
    places: Places,
    /// The position of the reference.
    link: Option<usize>,
    field: PhantomData<fn() -> (P, T)>,
}

/// Bodies of rows by their keys, by the key that they refer to.
type ByTarget = BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, Vec<u8>>>;

impl<P: Place<Root: QuantaEntity>, T: Refers> Loader<Vec<P::Root>> for Referrers<P, T> {
    fn load(
        &mut self,
        source: &RowSource<'_>,
        target: &Table,
        rows: &[RowBytes],
    ) -> Result<Vec<Result<Vec<P::Root>>>> {
        let mut found: ByTarget = rows
            .iter()
            .map(|row| (row.key.clone(), BTreeMap::new()))
            .collect();
        let link = self.link.map(|link| &self.table.links[link]);
        match link.and_then(|link| Some((link, link.index(&self.table.indexes)?))) {
            Some((link, index)) => self.look_up(source, link, index, &mut found)?,
            None => self.scan(source, target, &mut found)?,
        }
        let decoded = |(key, body): (Vec<u8>, Vec<u8>)| decoded_row(&self.table, &key, &body);
        let mut of_row = |row: &RowBytes| {
            let found = found.remove(&row.key).unwrap_or_default();
            found.into_iter().map(decoded).collect()
        };
        Ok(rows.iter().map(&mut of_row).collect())
    }
}

impl<P: Place, T: Refers> Referrers<P, T> {
    /// Finds the rows by an index.
    fn look_up(
        &self,
        source: &RowSource<'_>,
        link: &Link,
        index: &Index,
        found: &mut ByTarget,
    ) -> Result<()> {
        let table = &*self.table;
        for (target_key, rows) in found {
            let Some(range) = link.range(index, target_key) else {
                continue;
            };
            let cursor = source.scan(&range.of_entries(index), Direction::Forward)?;
            let mut walk = IndexWalk::new(cursor, Direction::Forward);
            let range = &range;
            let looked = Looked { table, index, range };
            while let Some(entry) = walk.next(source, looked)? {
                // A row may come up several times, by what else the index has.
                if rows.contains_key(&entry.row_key) {
                    continue;
                }
                let body = source.read_row(table, &entry.row_key, |body| Ok(body.to_vec()))?;
                let body = body.ok_or_else(|| looked.missing(&entry.row_key))?;
                rows.insert(entry.row_key, body);
            }
        }
        Ok(())
    }

    /// Finds the rows among all of the table.
    fn scan(&self, source: &RowSource<'_>, target: &Table, found: &mut ByTarget) -> Result<()> {
        let request = Request::default();
        let prepared = request.prepare(source, &self.table, Ties::AsFound)?;
        let mut all = Found::new(source.clone(), prepared, &request)?;
        while let Some((table, row)) = all.next()? {
            for key in keys_of::<T>(&self.places, (table, target), row)?.unwrap_or_default() {
                if let Some(rows) = found.get_mut(&key) {
                    rows.insert(row.key.clone(), row.body.clone());
                }
            }
        }
        Ok(())
    }
}
