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
///
/// ```
/// # use quantadb::{Database, Engine, Filter, Options, QuantaEntity, Result, query::FieldsOf};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
/// # }
/// fn count(db: &Database, condition: impl FnOnce(&'static FieldsOf<City>) -> Filter<City>) -> Result<u64> {
///     db.query::<City>().filter(condition).count()
/// }
/// assert_eq!(count(&db, |c| c.country.eq("NO"))?, 2);
/// # Ok::<(), quantadb::Error>(())
/// ```
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
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let small = db.query::<City>().filter(|c| c.country.is_in(["NO", "FI"])).filter(|c| c.people.lt(250_000));
    /// assert_eq!(small.one()?.name, "Turku");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn filter(mut self, condition: impl FnOnce(&'static FieldsOf<E>) -> Filter<E>) -> Self {
        self.question
            .request
            .filters
            .push(condition(fields_of::<E>()).into_expr());
        self
    }

    /// Orders the rows: by one field, or by a tuple of several. Rows that it doesn't tell apart come by their keys, in the
    /// direction of the last field. An order that no index has is made in memory, of at most 16 MiB at once.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let cities = db.query::<City>().order_by(|c| (c.country.asc(), c.people.desc()));
    /// assert_eq!(cities.select(|c| c.name).collect()?, ["Turku", "Oslo", "Bergen"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn order_by<O: Orders<E>>(mut self, order: impl FnOnce(&'static FieldsOf<E>) -> O) -> Self {
        self.question.request.order = order(fields_of::<E>()).orders();
        self
    }

    /// Ends after so many rows.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let largest = db.query::<City>().order_by(|c| c.people.desc()).limit(2);
    /// assert_eq!(largest.select(|c| c.name).collect()?, ["Oslo", "Bergen"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let second = db.query::<City>().order_by(|c| c.people.desc()).offset(1).limit(1);
    /// assert_eq!(second.one()?.name, "Bergen");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn offset(mut self, rows: u64) -> Self {
        self.question.request.offset = rows;
        self
    }

    /// Begins behind the place where a [`page`](Query::page) ended. Rows come in the order of their keys, if in no other
    /// one. An [`offset`](Query::offset) counts from there: leave it out behind the first page.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let query = db.query::<City>().order_by(|c| c.people.desc()).limit(2);
    /// let mut page = query.clone().page()?;
    /// let mut names: Vec<String> = page.rows.into_iter().map(|city| city.name).collect();
    /// while let Some(next) = page.next {
    ///     page = query.clone().after(&next).page()?;
    ///     names.extend(page.rows.into_iter().map(|city| city.name));
    /// }
    /// assert_eq!(names, ["Oslo", "Bergen", "Turku"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn after(mut self, cursor: &Cursor) -> Self {
        self.question.request.after = Some(cursor.clone());
        self
    }

    /// Iterates over the rows.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let mut people = 0;
    /// for city in db.query::<City>().filter(|c| c.country.eq("NO")).iter() {
    ///     people += city?.people;
    /// }
    /// assert_eq!(people, 1_009_650);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn iter(self) -> QueryRows<'a, E> {
        self.question
            .rows(Box::new(|table, row| decoded_row(table, &row.key, &row.body)))
    }

    /// Reads all rows.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let oslo = City { name: "Oslo".into(), country: "NO".into(), people: 717_710 };
    /// assert_eq!(db.query::<City>().filter(|c| c.people.gt(500_000)).collect()?, [oslo]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`] if a field can't be asked that; if a row is damaged, the schema has moved, or the engine fails.
    pub fn collect(self) -> Result<Vec<E>> {
        self.iter().collect()
    }

    /// Reads the first row; none if there is none.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let largest = db.query::<City>().order_by(|c| c.people.desc());
    /// assert_eq!(largest.clone().first()?.map(|city| city.name).as_deref(), Some("Oslo"));
    /// assert_eq!(largest.filter(|c| c.country.eq("SE")).first()?, None);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn first(self) -> Result<Option<E>> {
        self.at_most(1).iter().next().transpose()
    }

    /// Reads the only row.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let of = |country: &str| db.query::<City>().filter(|c| c.country.eq(country)).one();
    /// assert_eq!(of("FI")?.name, "Turku");
    /// assert_eq!(of("SE").unwrap_err().kind(), ErrorKind::NotFound);
    /// assert_eq!(of("NO").unwrap_err().kind(), ErrorKind::Query);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is none, [`ErrorKind::Query`] if there are several; else as [`Query::collect`].
    pub fn one(self) -> Result<E> {
        only_one::<E, _>(self.at_most(2).iter())
    }

    /// Reads up to [`limit`](Query::limit) rows (100 if it wasn't said), in a strict order, and says where the next page begins.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let page = db.query::<City>().limit(2).page()?;
    /// assert_eq!(page.rows.len(), 2);
    /// assert!(page.next.is_some(), "there are three");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// assert_eq!(db.query::<City>().filter(|c| c.country.eq("NO")).count()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn count(self) -> Result<u64> {
        self.question.count()
    }

    /// Tells whether there is a row.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// assert!(db.query::<City>().filter(|c| c.people.gt(500_000)).exists()?);
    /// assert!(!db.query::<City>().filter(|c| c.people.gt(1_000_000)).exists()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn exists(self) -> Result<bool> {
        self.question.exists()
    }

    /// Reads some fields of each row instead of all of it: the others are not decoded.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let finnish = db.query::<City>().filter(|c| c.country.eq("FI"));
    /// assert_eq!(finnish.clone().select(|c| c.name).collect()?, ["Turku"]);
    /// assert_eq!(finnish.select(|c| (c.people, c.name)).one()?, (206_073, "Turku".to_owned()));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn select<S: Selection<E>>(
        self,
        fields: impl FnOnce(&'static FieldsOf<E>) -> S,
    ) -> Selected<'a, E, S> {
        Selected::new(self, fields(fields_of::<E>()))
    }

    /// Reads what a view reads of each row: the columns of the struct, and of all rows that this query finds, whichever the
    /// view would read itself.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// #[derive(QuantaView, Debug, PartialEq)]
    /// #[quanta(of = City, filter = |c| c.people.ge(500_000))]
    /// # #[quanta(register = false)]
    /// struct Large {
    ///     name: String,
    /// }
    ///
    /// let finnish = db.query::<City>().filter(|c| c.country.eq("FI"));
    /// assert_eq!(finnish.select_as::<Large>().collect()?, [Large { name: "Turku".into() }]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn select_as<V: QuantaView<Of = E>>(self) -> Selected<'a, E, As<V>> {
        Selected::new(self, As::new())
    }

    /// Puts the rows into groups that have equal values in one field, or in all of a tuple of several.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let in_each = db.query::<City>().filter(|c| c.people.gt(250_000)).group_by(|c| c.country).count()?;
    /// assert_eq!(in_each, [("NO".to_owned(), 2)]);
    /// let starts = db.query::<City>().group_by(|c| (c.country, c.name)).count()?;
    /// assert_eq!(starts[0], (("FI".to_owned(), "Turku".to_owned()), 1));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn group_by<S: Selection<E>>(self, by: impl FnOnce(&'static FieldsOf<E>) -> S) -> Groups<'a, E, S> {
        Groups::new(self, by(fields_of::<E>()))
    }

    /// Changes each row in place, all in one transaction, and counts them. Keys and unique values are checked row by row, in
    /// the order in which rows are found: values can't be exchanged. If a row can't be written, none is; a transaction in
    /// which that happened can't be committed any more.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let norwegian = db.query::<City>().filter(|c| c.country.eq("NO"));
    /// assert_eq!(norwegian.clone().update(|city| city.people += 1_000)?, 2);
    /// assert_eq!(norwegian.sum(|c| c.people)?, 1_011_650);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// assert_eq!(db.query::<City>().filter(|c| c.people.lt(300_000)).delete()?, 2);
    /// assert_eq!(db.query::<City>().one()?.name, "Oslo");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`], and those of [`Collection::delete`](crate::Collection::delete).
    pub fn delete(self) -> Result<u64> {
        self.question.delete()
    }

    /// Says by which way the rows are found, and what is done to them.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let large = db.query::<City>().filter(|c| c.country.eq("NO") & c.people.gt(500_000));
    /// let explained = large.explain()?;
    /// assert_eq!(explained.indexes, ["city_country"]);
    /// assert_eq!(
    ///     explained.to_string(),
    ///     "query of city\n  index city_country: 2 entries in 1 range\n  asked of each row: `people`"
    /// );
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
