//! Queries that load other rows beside each row.

use std::collections::VecDeque;

use crate::collection::{RowSource, decoded_row};
use crate::error::Result;
use crate::model::QuantaEntity;
use crate::txn::{Core, Table};

use super::page::Page;
use super::referring::Referring;
use super::relations::{Opened, Relations};
use super::request::Ties;
use super::rows::{Found, QueryRows};
use super::stream::RowBytes;
use super::typed::{FieldsOf, Query, fields_of};

/// Rows that are read before those are that belong to them.
pub const WITH_ROWS_MAX: usize = 256;
/// Bytes of such rows; the last one may be beyond.
const WITH_BYTES_MAX: usize = 1024 * 1024;

/// A query that loads other rows beside each row, as a `T`: made by [`Query::with`] and [`Query::with_referring`]. All of
/// them are of one moment: that of the answer, of the snapshot, or of the transaction.
#[must_use = "a query does nothing before it is asked for its answer"]
pub struct With<'a, E, T> {
    query: Query<'a, E>,
    open: Open<T>,
}

type Open<T> = Box<dyn FnOnce(&Core, &Table) -> Result<Opened<T>>>;

impl<E: QuantaEntity, T> std::fmt::Debug for With<'_, E, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.query.fmt(f)
    }
}

impl<'a, E: QuantaEntity> Query<'a, E> {
    /// Loads the rows that each row refers to by a field, or by a tuple of several: beside the row comes a row for a
    /// [`Ref`](crate::Ref), maybe none for an `Option<Ref>`, and a list for a `Vec<Ref>`.
    ///
    /// Up to 256 rows are read at once, and then what they refer to, each row of that once. Outside of a transaction,
    /// rows that were read are remembered for the next ones, up to 8 MiB. Within a transaction rows may refer to what isn't
    /// there: that is none for an `Option<Ref>`, and else an error ([`Dangling`](crate::ErrorKind::Dangling)).
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Ref};
    /// #[derive(QuantaEntity, Debug, PartialEq)]
    /// struct Team { #[quanta(id)] id: u64, name: String }
    ///
    /// #[derive(QuantaEntity, Debug, PartialEq)]
    /// struct User { #[quanta(id)] id: u64, team: Ref<Team>, boss: Option<Ref<User>> }
    ///
    /// let db = Options::new().engine(Engine::memory()).entities::<(Team, User)>().open("people")?;
    /// db.collection::<Team>().insert(&Team { id: 1, name: "red".into() })?;
    /// db.collection::<User>().insert(&User { id: 7, team: Ref::new(1), boss: None })?;
    /// db.collection::<User>().insert(&User { id: 8, team: Ref::new(1), boss: Some(Ref::new(7)) })?;
    ///
    /// for row in db.query::<User>().with(|u| u.team).iter() {
    ///     let (user, team) = row?;
    ///     assert_eq!(user.team.key(), &team.id);
    /// }
    /// let rows = db.query::<User>().filter(|u| u.boss.is_some()).with(|u| (u.team, u.boss)).collect()?;
    /// let (_, (team, boss)) = &rows[0];
    /// assert_eq!((team.name.as_str(), boss.as_ref().map(|boss| boss.id)), ("red", Some(7)));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn with<S: Relations<E>>(
        self,
        relations: impl FnOnce(&'static FieldsOf<E>) -> S,
    ) -> With<'a, E, S::Loaded> {
        let relations = relations(fields_of::<E>());
        With {
            query: self,
            open: Box::new(move |core, table| relations.open(core, table)),
        }
    }

    /// Loads the rows of another entity, or of the same one, that refer to each row by a field: a list in the order of
    /// their keys.
    ///
    /// For up to 256 rows at once they are found by an index that begins with the field; where there is none, all rows of
    /// the other table are read, once for these.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Ref};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # struct Team { #[quanta(id)] id: u64, name: String }
    /// #[derive(QuantaEntity, Debug, PartialEq)]
    /// struct User { #[quanta(id)] id: u64, #[quanta(index)] team: Ref<Team> }
    ///
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Team, User)>().open("people")?;
    /// db.collection::<Team>().insert(&Team { id: 1, name: "red".into() })?;
    /// db.collection::<User>().insert(&User { id: 7, team: Ref::new(1) })?;
    /// db.collection::<User>().insert(&User { id: 8, team: Ref::new(1) })?;
    /// let teams = db.query::<Team>().with_referring::<User, _>(|user| user.team).collect()?;
    /// let (team, users) = &teams[0];
    /// assert_eq!((team.name.as_str(), users.len()), ("red", 2));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[doc(alias = "backlink")]
    pub fn with_referring<R: QuantaEntity, S: Referring<R, E>>(
        self,
        field: impl FnOnce(&'static FieldsOf<R>) -> S,
    ) -> With<'a, E, Vec<R>> {
        let field = field(fields_of::<R>());
        With {
            query: self,
            open: Box::new(move |core, _| field.open(core)),
        }
    }
}

impl<'a, E: QuantaEntity, T: 'a> With<'a, E, T> {
    /// Iterates over the rows, each with what belongs to it.
    pub fn iter(self) -> QueryRows<'a, (E, T)> {
        match self.batches() {
            Ok(mut batches) => QueryRows::steps(Box::new(move || batches.next().transpose())),
            Err(error) => QueryRows::failed(error),
        }
    }

    /// Reads all rows.
    ///
    /// # Errors
    ///
    /// As [`Query::collect`], and [`Dangling`](crate::ErrorKind::Dangling) if a row refers to one that isn't there.
    pub fn collect(self) -> Result<Vec<(E, T)>> {
        self.iter().collect()
    }

    /// Reads the first row; none if there is none.
    ///
    /// # Errors
    ///
    /// As [`With::collect`].
    pub fn first(self) -> Result<Option<(E, T)>> {
        let query = self.query.at_most(1);
        With { query, ..self }.iter().next().transpose()
    }

    /// Reads a page, as [`Query::page`].
    ///
    /// # Errors
    ///
    /// As [`With::collect`].
    pub fn page(self) -> Result<Page<(E, T)>> {
        let (source, table) = self.query.question.open()?;
        let mut opened = (self.open)(self.query.question.core(), &table)?;
        let bytes = self
            .query
            .question
            .page_in(source.clone(), &mut |_, row| Ok(row.clone()))?;
        let mut rows = Vec::new();
        for batch in bytes.rows.chunks(WITH_ROWS_MAX) {
            for row in joined(&mut opened, &source, &table, batch)? {
                rows.push(row?);
            }
        }
        let next = bytes.next;
        Ok(Page { rows, next })
    }

    fn batches(self) -> Result<Batches<'a, E, T>> {
        let (source, table) = self.query.question.open()?;
        Ok(Batches {
            opened: (self.open)(self.query.question.core(), &table)?,
            found: self.query.question.found_in(source.clone(), Ties::AsFound)?,
            source,
            ready: VecDeque::new(),
        })
    }
}

/// Rows that are read in batches, with what belongs to them.
struct Batches<'a, E, T> {
    source: RowSource<'a>,
    found: Found<'a>,
    opened: Opened<T>,
    ready: VecDeque<Result<(E, T)>>,
}

impl<E: QuantaEntity, T> Batches<'_, E, T> {
    fn next(&mut self) -> Option<Result<(E, T)>> {
        if self.ready.is_empty()
            && let Err(error) = self.fill()
        {
            self.ready.push_back(Err(error));
        }
        self.ready.pop_front()
    }

    fn fill(&mut self) -> Result<()> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        let mut failed = None;
        while rows.len() < WITH_ROWS_MAX && bytes < WITH_BYTES_MAX {
            match self.found.next() {
                Ok(None) => break,
                Ok(Some((_, row))) => {
                    bytes += row.key.len() + row.body.len();
                    rows.push(row.clone());
                }
                Err(error) => {
                    // The rows before it come first.
                    failed = Some(Err(error));
                    break;
                }
            }
        }
        if !rows.is_empty() {
            let joined = joined(&mut self.opened, &self.source, self.found.table(), &rows)?;
            self.ready.extend(joined);
        }
        self.ready.extend(failed);
        Ok(())
    }
}

/// Decodes rows, each with what belongs to it.
fn joined<E: QuantaEntity, T>(
    opened: &mut Opened<T>,
    source: &RowSource<'_>,
    table: &Table,
    rows: &[RowBytes],
) -> Result<Vec<Result<(E, T)>>> {
    let loaded = opened.0.load(source, table, rows)?;
    let joined = rows.iter().zip(loaded);
    let joined = joined.map(|(row, loaded)| Ok((decoded_row(table, &row.key, &row.body)?, loaded?)));
    Ok(joined.collect())
}
