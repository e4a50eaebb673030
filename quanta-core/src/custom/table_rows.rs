//! The rows of one table, read by a migration bit by bit.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::Result;

use super::access::{TableAccess, TableForm};
use super::row::MigrationRow;
use super::tables::damaged;

/// The rows of a table as they were before a change, in the order of their keys: see
/// [`MigrationTables::rows`](super::MigrationTables::rows).
///
/// ```
/// # use quantadb::{Engine, MigrationTables, Options, QuantaEntity, migration};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(table = "people", register = false)]
/// # struct Person { #[quanta(id)] name: String, town: String }
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(table = "towns", register = false, new)]
/// # struct Town { #[quanta(id)] name: String, people: u64 }
/// # #[migration(reads("people"), writes("towns"), irreversible)]
/// # fn count(tables: &mut MigrationTables<'_>) -> quantadb::Result<()> {
/// // Ada and Alan live in London.
/// let mut people = tables.rows::<Person>("people")?;
/// assert_eq!(people.next().transpose()?.unwrap().name, "Ada");
/// assert_eq!(people.count(), 1);
/// #     Ok(())
/// # }
/// # let engine = Engine::memory();
/// # let db = Options::new().engine(engine.clone()).entities::<(Person,)>().open("people")?;
/// # for (name, town) in [("Ada", "London"), ("Alan", "London")] {
/// #     db.collection::<Person>().insert(&Person { name: name.into(), town: town.into() })?;
/// # }
/// # drop(db);
/// # let options = Options::new().engine(engine).entities::<(Person, Town)>().migration::<count>();
/// # let db = options.open("people")?;
/// # assert_eq!(db.history()?.records[1].migrations, ["count"]);
/// # Ok::<(), quantadb::Error>(())
/// ```
pub struct MigrationRows<'a, R> {
    access: &'a dyn TableAccess,
    /// None at the end, and for a table that the store doesn't have.
    form: Option<Arc<TableForm>>,
    last: Option<Vec<u8>>,
    waiting: VecDeque<(Vec<u8>, Vec<u8>)>,
    row: PhantomData<fn() -> R>,
}

impl<R> fmt::Debug for MigrationRows<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigrationRows")
            .field("table", &self.form.as_ref().map(|form| &form.name))
            .finish_non_exhaustive()
    }
}

impl<'a, R> MigrationRows<'a, R> {
    pub(super) fn new(access: &'a dyn TableAccess, form: Option<Arc<TableForm>>) -> Self {
        Self {
            access,
            form,
            last: None,
            waiting: VecDeque::new(),
            row: PhantomData,
        }
    }

    fn next_row(&mut self, form: &TableForm) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
        if self.waiting.is_empty() {
            self.waiting = self.access.rows_after(&form.name, self.last.as_deref())?.into();
            self.last = self.waiting.back().map(|(key, _)| key.clone());
        }
        Ok(self.waiting.pop_front())
    }
}

impl<R: MigrationRow> Iterator for MigrationRows<'_, R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        let form = self.form.clone()?;
        match self.next_row(&form) {
            Ok(Some((key, body))) => {
                self.access.stand_at(&form, &key);
                Some(R::read(&form.schema, &body).map_err(|problem| damaged(&form, &key, &problem)))
            }
            Ok(None) => {
                self.form = None;
                None
            }
            Err(error) => {
                self.form = None;
                Some(Err(error))
            }
        }
    }
}
