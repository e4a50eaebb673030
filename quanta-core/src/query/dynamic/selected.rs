//! Values and groups of rows without a Rust type.

use super::super::across::{Asked, Reached};
use super::super::explain::Explanation;
use super::super::groups::fold;
use super::super::reading::iterate;
use super::super::rows::QueryRows;
use super::super::select::Places;
use super::DynamicQuery;
use crate::error::Result;
use crate::value::Value;

/// A query that reads some values of each row: made by [`DynamicQuery::select`].
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
/// let largest = db.table("city")?.query().order_by("people desc");
/// assert_eq!(largest.select(&["name", "country"]).first()?, Some(vec!["Oslo".into(), "NO".into()]));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[must_use = "a query does nothing before it is asked for its answer"]
pub struct DynamicSelected<'a> {
    pub(super) query: DynamicQuery<'a>,
    pub(super) places: Result<Places>,
}

impl<'a> DynamicSelected<'a> {
    /// Iterates over what is read of each row, in the order of the paths.
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
    /// let cities = db.table("city")?.query().order_by("name desc");
    /// let names: Result<Vec<_>, _> = cities.select(&["name"]).iter().map(|row| row.map(|mut row| row.remove(0))).collect();
    /// assert_eq!(names?, ["Turku".into(), "Oslo".into(), "Bergen".into()]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn iter(self) -> QueryRows<'a, Vec<Value>> {
        match self.places {
            Ok(places) => iterate(&self.query.question, places, Box::new(Places::values)),
            Err(error) => QueryRows::failed(error),
        }
    }

    /// Iterates over what is read of each row as JSON, in the order of the paths.
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
    /// let largest = db.table("city")?.query().order_by("people desc").limit(1);
    /// for row in largest.select(&["name", "people"]).json() {
    ///     assert_eq!(row?, ["Oslo".into(), serde_json::Value::from(717_710)]);
    /// }
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn json(self) -> QueryRows<'a, Vec<serde_json::Value>> {
        match self.places {
            Ok(places) => {
                let read = |places: &Places, row: &Reached<'_>| {
                    let values = places.values(row)?;
                    Ok(places.to_json(row.shape(), &values))
                };
                iterate(&self.query.question, places, Box::new(read))
            }
            Err(error) => QueryRows::failed(error),
        }
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
    /// let norwegian = db.table("city")?.query().filter("country = 'NO'");
    /// assert_eq!(norwegian.select(&["name"]).collect()?, [["Bergen".into()], ["Oslo".into()]]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicQuery::collect`].
    pub fn collect(self) -> Result<Vec<Vec<Value>>> {
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
    /// let smallest = db.table("city")?.query().order_by("people");
    /// assert_eq!(smallest.select(&["name"]).first()?, Some(vec!["Turku".into()]));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicQuery::collect`].
    pub fn first(mut self) -> Result<Option<Vec<Value>>> {
        self.query.question.request.end_within(1);
        self.iter().next().transpose()
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
    /// let cities = db.table("city")?.query().order_by("people");
    /// assert!(cities.select(&["name"]).explain()?.sorted);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicQuery::collect`].
    pub fn explain(self) -> Result<Explanation> {
        self.places?;
        self.query.explain()
    }
}

/// A query whose rows are put into groups: made by [`DynamicQuery::group_by`]. Groups come in the order of the values that
/// they have in common; there are at most 1,000,000.
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
/// let countries = db.table("city")?.query().filter("people > 250000").group_by(&["country"]);
/// assert_eq!(countries.count()?, [(vec!["NO".into()], 2)]);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[must_use = "a query does nothing before it is asked for its answer"]
pub struct DynamicGroups<'a> {
    pub(super) query: DynamicQuery<'a>,
    pub(super) paths: Result<Vec<Asked>>,
}

impl DynamicGroups<'_> {
    /// Counts the rows of each group.
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
    /// let query = db.table("city")?.query();
    /// assert_eq!(query.group_by(&["country", "name"]).count()?[0], (vec!["FI".into(), "Turku".into()], 1));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicQuery::collect`], and [`TooLarge`](crate::ErrorKind::TooLarge) if there are too many groups.
    pub fn count(self) -> Result<Vec<(Vec<Value>, u64)>> {
        fold(
            &self.query.question,
            (&self.paths?, &Places::values),
            0,
            &mut |count, _, _| {
                *count += 1;
                Ok(())
            },
        )
    }

    /// Says by which way the rows are found that are put into groups.
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
    /// let norwegian = db.table("city")?.query().filter("country = 'NO'");
    /// assert_eq!(norwegian.group_by(&["name"]).explain()?.indexes, ["city_country"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicQuery::collect`].
    pub fn explain(self) -> Result<Explanation> {
        self.query.places(&self.paths?)?;
        self.query.explain()
    }
}

impl std::fmt::Debug for DynamicSelected<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.query.fmt(f)
    }
}

impl std::fmt::Debug for DynamicGroups<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.query.fmt(f)
    }
}
