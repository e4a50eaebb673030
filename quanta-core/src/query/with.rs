//! Queries that load other rows beside each row.

use std::sync::Arc;

use crate::collection::{RowSource, decoded_row};
use crate::error::Result;
use crate::model::QuantaEntity;
use crate::txn::{Core, Table};

use super::batches::{batches, page};
use super::page::Page;
use super::referring::Referring;
use super::relations::{Loader, Opened, Relations};
use super::rows::QueryRows;
use super::stream::RowBytes;
use super::typed::{FieldsOf, Query, fields_of};

/// A query that loads other rows beside each row, as a `T`: made by [`Query::with`] and [`Query::with_referring`]. All of
/// them are of one moment: that of the answer, of the snapshot, or of the transaction.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, Ref};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct Team { #[quanta(id)] id: u64, name: String }
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct User { #[quanta(id)] id: u64, team: Ref<Team> }
/// # let db = Options::new().engine(Engine::memory()).entities::<(Team, User)>().open("people")?;
/// # db.collection().insert(&Team { id: 1, name: "red".into() })?;
/// # db.collection().insert_many([7, 8].map(|id| User { id, team: Ref::new(1) }))?;
/// let rows = db.query::<User>().filter(|u| u.id.eq(7)).with(|u| u.team).collect()?;
/// let (user, team) = &rows[0];
/// assert_eq!((user.id, team.name.as_str()), (7, "red"));
/// # Ok::<(), quantadb::Error>(())
/// ```
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
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Ref};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct Team { #[quanta(id)] id: u64, name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct User { #[quanta(id)] id: u64, team: Ref<Team> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Team, User)>().open("people")?;
    /// # db.collection().insert(&Team { id: 1, name: "red".into() })?;
    /// # db.collection().insert_many([7, 8].map(|id| User { id, team: Ref::new(1) }))?;
    /// for row in db.query::<User>().with(|u| u.team).iter() {
    ///     let (user, team) = row?;
    ///     assert!(user.id >= 7 && team.name == "red");
    /// }
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn iter(self) -> QueryRows<'a, (E, T)> {
        match self.open() {
            Ok((query, source, _, loader)) => batches(&query.question, source, Box::new(loader)),
            Err(error) => QueryRows::failed(error),
        }
    }

    /// Reads all rows.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Ref};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct Team { #[quanta(id)] id: u64, name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct User { #[quanta(id)] id: u64, team: Ref<Team> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Team, User)>().open("people")?;
    /// # db.collection().insert(&Team { id: 1, name: "red".into() })?;
    /// # db.collection().insert_many([7, 8].map(|id| User { id, team: Ref::new(1) }))?;
    /// let rows = db.query::<User>().order_by(|u| u.id.desc()).with(|u| u.team).collect()?;
    /// let names: Vec<_> = rows.iter().map(|(user, team)| (user.id, team.name.as_str())).collect();
    /// assert_eq!(names, [(8, "red"), (7, "red")]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`], and [`Dangling`](crate::ErrorKind::Dangling) if a row refers to one that isn't there.
    pub fn collect(self) -> Result<Vec<(E, T)>> {
        self.iter().collect()
    }

    /// Reads the first row; none if there is none.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Ref};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct Team { #[quanta(id)] id: u64, name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct User { #[quanta(id)] id: u64, team: Ref<Team> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Team, User)>().open("people")?;
    /// # db.collection().insert(&Team { id: 1, name: "red".into() })?;
    /// # db.collection().insert_many([7, 8].map(|id| User { id, team: Ref::new(1) }))?;
    /// let teams = db.query::<Team>().with_referring::<User, _>(|user| user.team);
    /// assert_eq!(teams.first()?.map(|(_, users)| users.len()), Some(2));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Ref};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct Team { #[quanta(id)] id: u64, name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct User { #[quanta(id)] id: u64, team: Ref<Team> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Team, User)>().open("people")?;
    /// # db.collection().insert(&Team { id: 1, name: "red".into() })?;
    /// # db.collection().insert_many([7, 8].map(|id| User { id, team: Ref::new(1) }))?;
    /// let page = db.query::<User>().limit(1).with(|u| u.team).page()?;
    /// assert_eq!(page.rows[0].1.name, "red");
    /// if let Some(next) = &page.next {
    ///     assert_eq!(db.query::<User>().after(next).with(|u| u.team).collect()?.len(), 1);
    /// }
    /// # assert!(page.next.is_some());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`With::collect`].
    pub fn page(self) -> Result<Page<(E, T)>> {
        let (query, source, table, mut loader) = self.open()?;
        page(query.question, &source, &table, &mut loader)
    }

    fn open(self) -> Result<OpenWith<'a, E, T>> {
        let (source, table) = self.query.question.open()?;
        let loader = Beside((self.open)(self.query.question.core(), &table)?);
        Ok((self.query, source, table, loader))
    }
}

/// A query, what it reads from, its table, and what is loaded beside its rows.
type OpenWith<'a, E, T> = (Query<'a, E>, RowSource<'a>, Arc<Table>, Beside<T>);

/// Decodes rows, each with what belongs to it.
struct Beside<T>(Opened<T>);

impl<E: QuantaEntity, T> Loader<(E, T)> for Beside<T> {
    fn load(
        &mut self,
        source: &RowSource<'_>,
        table: &Table,
        rows: &[RowBytes],
    ) -> Result<Vec<Result<(E, T)>>> {
        let Opened(beside) = &mut self.0;
        let loaded = rows.iter().zip(beside.load(source, table, rows)?);
        let loaded = loaded.map(|(row, loaded)| Ok((decoded_row(table, &row.key, &row.body)?, loaded?)));
        Ok(loaded.collect())
    }
}
