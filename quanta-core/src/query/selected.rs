//! Queries that read some fields of each row.

use crate::error::{Error, ErrorKind, Result};
use crate::model::{QuantaEntity, QuantaType};
use crate::txn::Table;

use super::across::Asked;
use super::explain::Explanation;
use super::expr::{Expr, Is, Test};
use super::number::{Number, Tally};
use super::order::{Order, Orders};
use super::page::Page;
use super::reading::{ReadFields, iterate, page};
use super::request::Ties;
use super::rows::QueryRows;
use super::select::{Places, Selection};
use super::stream::RowBytes;
use super::typed::{FieldsOf, Query, fields_of, only_one};
use crate::model::{Field, Place};

/// A query that reads some fields of each row: made by [`Query::select`].
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
/// let pairs = db.query::<City>().order_by(|c| c.people.desc()).select(|c| (c.name, c.people));
/// assert_eq!(pairs.first()?, Some(("Oslo".to_owned(), 717_710)));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[must_use = "a query does nothing before it is asked for its answer"]
pub struct Selected<'a, E, S> {
    query: Query<'a, E>,
    selection: S,
}

impl<E: QuantaEntity, S> std::fmt::Debug for Selected<'_, E, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.query.fmt(f)
    }
}

impl<'a, E: QuantaEntity, S: Selection<E>> Selected<'a, E, S> {
    pub(super) fn new(query: Query<'a, E>, selection: S) -> Self {
        Self { query, selection }
    }

    /// Iterates over what is read of each row.
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
    /// let mut longest = 0;
    /// for name in db.query::<City>().select(|c| c.name).iter() {
    ///     longest = longest.max(name?.len());
    /// }
    /// assert_eq!(longest, "Bergen".len());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn iter(self) -> QueryRows<'a, S::Output> {
        match self.open() {
            Ok((query, places, read)) => iterate(&query.question, places, read),
            Err(error) => QueryRows::failed(error),
        }
    }

    fn open(self) -> Result<OpenSelected<'a, E, S::Output>> {
        let Self { query, selection } = self;
        let (_, table) = query.question.open()?;
        let places = Places::new(query.question.core(), &table, &selection.paths())?;
        let read: ReadFields<S::Output> = Box::new(move |places, row| places.read(&selection, row));
        Ok((query, places, read))
    }

    /// Reads all of them.
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
    /// let names = db.query::<City>().filter(|c| c.country.eq("NO")).select(|c| c.name);
    /// assert_eq!(names.collect()?, ["Bergen", "Oslo"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn collect(self) -> Result<Vec<S::Output>> {
        self.iter().collect()
    }

    /// Reads that of the first row; none if there is none.
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
    /// assert_eq!(largest.select(|c| c.name).first()?.as_deref(), Some("Oslo"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn first(self) -> Result<Option<S::Output>> {
        let query = self.query.at_most(1);
        Selected { query, ..self }.iter().next().transpose()
    }

    /// Reads that of the only row.
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
    /// let oslo = db.query::<City>().filter(|c| c.name.eq("Oslo"));
    /// assert_eq!(oslo.select(|c| c.people).one()?, 717_710);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::one`].
    pub fn one(self) -> Result<S::Output> {
        let query = self.query.at_most(2);
        only_one::<E, _>(Selected { query, ..self }.iter())
    }

    /// Reads a page, as [`Query::page`].
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
    /// let names = |query: quantadb::Query<'static, City>| query.limit(2).select(|c| c.name).page();
    /// let first = names(db.query::<City>())?;
    /// assert_eq!(first.rows, ["Bergen", "Oslo"]);
    /// if let Some(next) = &first.next {
    ///     assert_eq!(names(db.query::<City>().after(next))?.rows, ["Turku"]);
    /// }
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn page(self) -> Result<Page<S::Output>> {
        let (query, places, read) = self.open()?;
        page(query.question, places, read)
    }

    /// Says by which way the rows are found, and what is done to them.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, query::Way};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let names = db.query::<City>().filter(|c| c.name.ge("O")).select(|c| c.name);
    /// assert_eq!(names.explain()?.by, Way::Key);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn explain(self) -> Result<Explanation> {
        let (query, ..) = self.open()?;
        query.explain()
    }
}

/// A query, the places of what it reads, and how that is read.
type OpenSelected<'a, E, T> = (Query<'a, E>, Places, ReadFields<T>);

impl<E: QuantaEntity> Query<'_, E> {
    /// Adds up a field: integers to an `i128`, floats to an `f64`; 0 of no rows. None adds nothing.
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
    /// assert_eq!(db.query::<City>().filter(|c| c.country.eq("NO")).sum(|c| c.people)?, 1_009_650);
    /// assert_eq!(db.query::<City>().filter(|c| c.country.eq("SE")).sum(|c| c.people)?, 0);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`], and [`ErrorKind::Value`] if the sum is beyond its type.
    pub fn sum<P: Place<Root = E>, T: QuantaType + Number>(
        self,
        field: impl FnOnce(&'static FieldsOf<E>) -> Field<P, T>,
    ) -> Result<T::Sum> {
        Ok(self.tally(field(fields_of::<E>()))?.sum)
    }

    /// Returns the mean of a field; none of no values. None is no value.
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
    /// assert_eq!(db.query::<City>().filter(|c| c.country.eq("NO")).avg(|c| c.people)?, Some(504_825.0));
    /// assert_eq!(db.query::<City>().filter(|c| c.country.eq("SE")).avg(|c| c.people)?, None);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::sum`].
    pub fn avg<P: Place<Root = E>, T: QuantaType + Number>(
        self,
        field: impl FnOnce(&'static FieldsOf<E>) -> Field<P, T>,
    ) -> Result<Option<f64>> {
        Ok(self.tally(field(fields_of::<E>()))?.mean())
    }

    /// Reads the lowest value of a field, in the order of [`Query::order_by`]; none of no values. None is no value.
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
    /// assert_eq!(db.query::<City>().min(|c| c.people)?, Some(206_073));
    /// assert_eq!(db.query::<City>().min(|c| c.name)?.as_deref(), Some("Bergen"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn min<P: Place<Row = E, Root = E>, T: QuantaType>(
        self,
        field: impl FnOnce(&'static FieldsOf<E>) -> Field<P, T>,
    ) -> Result<Option<P::Read<T>>> {
        let field = field(fields_of::<E>());
        self.extreme(field, field.asc())
    }

    /// Reads the highest value of a field, as [`Query::min`].
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
    /// assert_eq!(db.query::<City>().filter(|c| c.country.eq("NO")).max(|c| c.people)?, Some(717_710));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn max<P: Place<Row = E, Root = E>, T: QuantaType>(
        self,
        field: impl FnOnce(&'static FieldsOf<E>) -> Field<P, T>,
    ) -> Result<Option<P::Read<T>>> {
        let field = field(fields_of::<E>());
        self.extreme(field, field.desc())
    }

    fn extreme<P: Place<Row = E, Root = E>, T: QuantaType>(
        mut self,
        field: Field<P, T>,
        order: Order<E>,
    ) -> Result<Option<P::Read<T>>> {
        if self.question.request.limit.is_some()
            || self.question.request.offset > 0
            || self.question.request.after.is_some()
        {
            let problem =
                "the lowest or highest value is asked of all rows: leave out limit, offset and after";
            return Err(Error::new(
                ErrorKind::Query,
                format!("a query of table {}: {problem}", E::TABLE),
            ));
        }
        let is_none = Expr::Is(Is {
            path: field.path(),
            test: Test::None,
        });
        self.question.request.filters.push(Expr::Not(Box::new(is_none)));
        self.question.request.order = order.orders();
        Selected::new(self, field).first()
    }

    fn tally<P: Place<Root = E>, T: QuantaType + Number>(self, field: Field<P, T>) -> Result<Tally<T::Sum>> {
        let mut tally = Tally::default();
        self.each_value(field, &mut |_, _, value: T| tally.add(value.part()))?;
        Ok(tally)
    }

    /// Shows a field of every row that has one.
    fn each_value<P: Place<Root = E>, T: QuantaType>(
        self,
        field: Field<P, T>,
        show: &mut dyn FnMut(&Table, &RowBytes, T) -> std::result::Result<(), String>,
    ) -> Result<()> {
        let (_, table) = self.question.open()?;
        let places = Places::new(self.question.core(), &table, &[Asked::of(field)])?;
        let mut rows = self.question.found(Ties::AsFound)?;
        while let Some((table, row)) = rows.next()? {
            if let Some(value) = places.value(table, row)? {
                show(table, row, value).map_err(|problem| {
                    Error::new(ErrorKind::Value, format!("`{}`: {problem}", field.path()))
                })?;
            }
        }
        Ok(())
    }
}
