//! Queries of the rows of an entity.

use std::marker::PhantomData;

use crate::collection::{decoded_row, table_of, update_in};
use crate::error::{Error, ErrorKind, Result};
use crate::model::QuantaEntity;

use super::explain::Explanation;
use super::filter::Filter;
use super::groups::Groups;
use super::order::Orders;
use super::origin::Origin;
use super::page::{Cursor, Page};
use super::question::{Question, Which};
use super::rows::QueryRows;
use super::select::Selection;
use super::selected::Selected;
use super::view::{As, QuantaView};
use crate::model::{FieldSet, Fielded, Start};

/// A question about the rows of an entity: which, in what order, how many. Nothing is read before one of the last methods
/// asks for the answer; what is wrong with the question is the answer's error.
///
/// Without [`order_by`](Query::order_by), rows come in the order in which they are found: by key, or as an index has them.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// #[derive(QuantaEntity, Debug, PartialEq)]
/// struct City {
///     #[quanta(id)]
///     name: String,
///     #[quanta(index)]
///     country: String,
///     people: u64,
/// }
///
/// let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
///     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
/// }
/// let large = db.query::<City>().filter(|c| c.country.eq("NO")).order_by(|c| c.people.desc());
/// assert_eq!(large.clone().select(|c| c.name).collect()?, ["Oslo", "Bergen"]);
/// assert_eq!(large.sum(|c| c.people)?, 1_009_650);
/// let per_country = db.query::<City>().group_by(|c| c.country).count()?;
/// assert_eq!(per_country, [("FI".to_owned(), 1), ("NO".to_owned(), 2)]);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[must_use = "a query does nothing before it is asked for its answer"]
pub struct Query<'a, E> {
    pub(super) question: Question<'a>,
    entity: PhantomData<fn() -> E>,
}

/// The fields of an entity, as closures of queries get them.
pub type FieldsOf<E> = <E as Fielded>::Fields<Start<E>>;

/// Returns the fields of an entity, to make conditions outside of a query.
///
/// ```
/// # use quantadb::{Filter, QuantaEntity, query::fields_of};
/// # #[derive(QuantaEntity)]
/// # struct User { #[quanta(id)] id: u64, age: u8, #[quanta(index)] name: String }
/// fn adults() -> Filter<User> {
///     fields_of::<User>().age.ge(18)
/// }
/// ```
#[must_use]
pub fn fields_of<E: QuantaEntity>() -> &'static FieldsOf<E> {
    <FieldsOf<E> as FieldSet>::ALL
}

impl<'a, E: QuantaEntity> Query<'a, E> {
    pub(crate) fn new(origin: Origin<'a>) -> Self {
        Self {
            question: Question::new(origin, Which::Found(table_of::<E>)),
            entity: PhantomData,
        }
    }

    /// Keeps the rows that satisfy a condition. Several filters have to hold all.
    pub fn filter(mut self, condition: impl FnOnce(&'static FieldsOf<E>) -> Filter<E>) -> Self {
        self.question
            .request
            .filters
            .push(condition(fields_of::<E>()).into_expr());
        self
    }

    /// Orders the rows: by one field, or by a tuple of several. Rows that it doesn't tell apart come by their keys, in the
    /// direction of the last field. An order that no index has is made in memory, of at most 16 MiB at once.
    pub fn order_by<O: Orders<E>>(mut self, order: impl FnOnce(&'static FieldsOf<E>) -> O) -> Self {
        self.question.request.order = order(fields_of::<E>()).orders();
        self
    }

    /// Ends after so many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.question.request.limit = Some(rows);
        self
    }

    /// Ends after so many rows, or before, if that was asked for.
    pub(super) fn at_most(mut self, rows: u64) -> Self {
        self.question.request.end_within(rows);
        self
    }

    /// Passes over so many rows. Each is found all the same: [`after`](Query::after) costs less.
    pub fn offset(mut self, rows: u64) -> Self {
        self.question.request.offset = rows;
        self
    }

    /// Begins behind the place where a [`page`](Query::page) ended. Rows come in the order of their keys, if in no other
    /// one. An [`offset`](Query::offset) counts from there: leave it out behind the first page.
    pub fn after(mut self, cursor: &Cursor) -> Self {
        self.question.request.after = Some(cursor.clone());
        self
    }

    /// Iterates over the rows.
    pub fn iter(self) -> QueryRows<'a, E> {
        self.question
            .rows(Box::new(|table, row| decoded_row(table, &row.key, &row.body)))
    }

    /// Reads all rows.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`] if a field can't be asked that; if a row is damaged, the schema has moved, or the engine fails.
    pub fn collect(self) -> Result<Vec<E>> {
        self.iter().collect()
    }

    /// Reads the first row; none if there is none.
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn first(self) -> Result<Option<E>> {
        self.at_most(1).iter().next().transpose()
    }

    /// Reads the only row.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is none, [`ErrorKind::Query`] if there are several; else as [`Query::collect`].
    pub fn one(self) -> Result<E> {
        only_one::<E, _>(self.at_most(2).iter())
    }

    /// Reads up to [`limit`](Query::limit) rows (100 if it wasn't said), in a strict order, and says where the next page begins.
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn page(self) -> Result<Page<E>> {
        self.question
            .page(|table, row| decoded_row(table, &row.key, &row.body))
    }

    /// Counts the rows; where an index has all that is asked, without reading them.
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn count(self) -> Result<u64> {
        self.question.count()
    }

    /// Tells whether there is a row.
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn exists(self) -> Result<bool> {
        self.question.exists()
    }

    /// Reads some fields of each row instead of all of it: the others are not decoded.
    pub fn select<S: Selection<E>>(
        self,
        fields: impl FnOnce(&'static FieldsOf<E>) -> S,
    ) -> Selected<'a, E, S> {
        Selected::new(self, fields(fields_of::<E>()))
    }

    /// Reads what a view reads of each row: the columns of the struct, and of all rows that this query finds, whichever the
    /// view would read itself.
    pub fn select_as<V: QuantaView<Of = E>>(self) -> Selected<'a, E, As<V>> {
        Selected::new(self, As::new())
    }

    /// Puts the rows into groups that have equal values in one field, or in all of a tuple of several.
    pub fn group_by<S: Selection<E>>(self, by: impl FnOnce(&'static FieldsOf<E>) -> S) -> Groups<'a, E, S> {
        Groups::new(self, by(fields_of::<E>()))
    }

    /// Changes each row in place, all in one transaction, and counts them. Keys and unique values are checked row by row, in
    /// the order in which rows are found: values can't be exchanged. If a row can't be written, none is; a transaction in
    /// which that happened can't be committed any more.
    ///
    /// # Errors
    ///
    /// As [`Query::collect`], and those of [`Collection::update`](crate::Collection::update).
    pub fn update(self, mut change: impl FnMut(&mut E)) -> Result<u64> {
        self.question.write(&mut |transaction, table, key| {
            update_in::<E>(transaction, table, key, &mut change).map(|row| row.is_some())
        })
    }

    /// Removes each row, all in one transaction, and counts them.
    ///
    /// # Errors
    ///
    /// As [`Query::collect`], and those of [`Collection::delete`](crate::Collection::delete).
    pub fn delete(self) -> Result<u64> {
        self.question.delete()
    }

    /// Says by which way the rows are found, and what is done to them.
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn explain(self) -> Result<Explanation> {
        self.question.explain()
    }
}

/// Returns what is made of the only row.
pub(super) fn only_one<E: QuantaEntity, T>(mut rows: QueryRows<'_, T>) -> Result<T> {
    let not_one = |kind, count: &str| {
        let problem = format!(
            "a query of table {} finds {count}, where one was asked for",
            E::TABLE
        );
        Error::new(kind, problem)
    };
    let row = rows
        .next()
        .ok_or_else(|| not_one(ErrorKind::NotFound, "no row"))??;
    match rows.next() {
        None => Ok(row),
        Some(Err(error)) => Err(error),
        Some(Ok(_)) => Err(not_one(ErrorKind::Query, "several rows")),
    }
}

impl<E> Clone for Query<'_, E> {
    fn clone(&self) -> Self {
        Self {
            question: self.question.clone(),
            entity: PhantomData,
        }
    }
}

impl<E: QuantaEntity> std::fmt::Debug for Query<'_, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query")
            .field("table", &E::TABLE)
            .field("request", &self.question.request)
            .finish()
    }
}
