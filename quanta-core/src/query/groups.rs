//! Queries whose rows are put into groups.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Field, Place, QuantaEntity, QuantaType};
use crate::schema::limits::GROUPS_MAX;
use crate::txn::Table;

use super::across::{Asked, Reached};
use super::explain::Explanation;
use super::number::{Number, Tally};
use super::question::Question;
use super::reading::each;
use super::select::{Places, Selection};
use super::stream::RowBytes;
use super::typed::{FieldsOf, Query, fields_of};

/// What is said of each group.
pub(super) type Groupwise<G, A> = Vec<(G, A)>;

/// A query whose rows are put into groups: made by [`Query::group_by`]. Groups come in the order of the values that they
/// have in common; there are at most 1,000,000.
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
/// let countries = db.query::<City>().group_by(|c| c.country);
/// assert_eq!(countries.count()?, [("FI".to_owned(), 1), ("NO".to_owned(), 2)]);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[must_use = "a query does nothing before it is asked for its answer"]
pub struct Groups<'a, E, S> {
    query: Query<'a, E>,
    by: S,
}

impl<E: QuantaEntity, S> std::fmt::Debug for Groups<'_, E, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.query.fmt(f)
    }
}

impl<'a, E: QuantaEntity, S: Selection<E>> Groups<'a, E, S> {
    pub(super) fn new(query: Query<'a, E>, by: S) -> Self {
        Self { query, by }
    }

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
    /// let large = db.query::<City>().filter(|c| c.people.gt(250_000));
    /// assert_eq!(large.group_by(|c| c.country).count()?, [("NO".to_owned(), 2)]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`], and [`ErrorKind::TooLarge`] if there are too many groups.
    pub fn count(self) -> Result<Vec<(S::Output, u64)>> {
        self.fold(0, &mut |count, _, _| {
            *count += 1;
            Ok(())
        })
    }

    /// Adds up a field of the rows of each group, as [`Query::sum`].
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
    /// let people = db.query::<City>().group_by(|c| c.country).sum(|c| c.people)?;
    /// assert_eq!(people, [("FI".to_owned(), 206_073), ("NO".to_owned(), 1_009_650)]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Groups::count`] and [`Query::sum`].
    pub fn sum<P: Place<Root = E>, T: QuantaType + Number>(
        self,
        field: impl FnOnce(&'static FieldsOf<E>) -> Field<P, T>,
    ) -> Result<Vec<(S::Output, T::Sum)>> {
        let tallies = self.tally(field(fields_of::<E>()))?;
        Ok(tallies
            .into_iter()
            .map(|(group, tally)| (group, tally.sum))
            .collect())
    }

    /// Returns the mean of a field of the rows of each group, as [`Query::avg`].
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
    /// let people = db.query::<City>().group_by(|c| c.country).avg(|c| c.people)?;
    /// assert_eq!(people[1], ("NO".to_owned(), Some(504_825.0)));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Groups::sum`].
    pub fn avg<P: Place<Root = E>, T: QuantaType + Number>(
        self,
        field: impl FnOnce(&'static FieldsOf<E>) -> Field<P, T>,
    ) -> Result<Vec<(S::Output, Option<f64>)>> {
        let tallies = self.tally(field(fields_of::<E>()))?;
        Ok(tallies
            .into_iter()
            .map(|(group, tally)| (group, tally.mean()))
            .collect())
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
    /// let norwegian = db.query::<City>().filter(|c| c.country.eq("NO"));
    /// assert_eq!(norwegian.group_by(|c| c.name).explain()?.indexes, ["city_country"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn explain(self) -> Result<Explanation> {
        let (_, table) = self.query.question.open()?;
        Places::new(self.query.question.core(), &table, &self.by.paths())?;
        self.query.explain()
    }

    fn tally<P: Place<Root = E>, T: QuantaType + Number>(
        self,
        field: Field<P, T>,
    ) -> Result<Groupwise<S::Output, Tally<T::Sum>>> {
        let (_, table) = self.query.question.open()?;
        let places = Places::new(self.query.question.core(), &table, &[Asked::of(field)])?;
        self.fold(
            Tally::default(),
            &mut |tally, table, row| match places.value::<T>(table, row)? {
                None => Ok(()),
                Some(value) => tally.add(value.part()).map_err(|problem| {
                    Error::new(ErrorKind::Value, format!("`{}`: {problem}", field.path()))
                }),
            },
        )
    }

    /// Goes through all rows with what their group has so far.
    fn fold<A: Copy>(
        self,
        start: A,
        add: &mut dyn FnMut(&mut A, &Table, &RowBytes) -> Result<()>,
    ) -> Result<Vec<(S::Output, A)>> {
        let Self { query, by } = self;
        let read = |places: &Places, row: &Reached<'_>| places.read(&by, row);
        fold(&query.question, (&by.paths(), &read), start, add)
    }
}

/// The fields that rows of a group have in common, and how they are read.
type Common<'f, G> = (&'f [Asked], &'f dyn Fn(&Places, &Reached<'_>) -> Result<G>);

/// Goes through the rows that a query finds, with what the group of each has so far.
pub(super) fn fold<G, A: Copy>(
    question: &Question<'_>,
    (paths, read): Common<'_, G>,
    start: A,
    add: &mut dyn FnMut(&mut A, &Table, &RowBytes) -> Result<()>,
) -> Result<Groupwise<G, A>> {
    let (_, table) = question.open()?;
    let places = Places::new(question.core(), &table, paths)?;
    let mut groups: BTreeMap<Vec<u8>, (G, A)> = BTreeMap::new();
    let mut form = Vec::new();
    each(question, &places, &mut |table, row, reached| {
        form.clear();
        places.write_forms(reached, &mut form)?;
        if let Some((_, so_far)) = groups.get_mut(form.as_slice()) {
            return add(so_far, table, row);
        }
        if groups.len() == GROUPS_MAX {
            let problem = format!(
                "a query of table {} has more than {GROUPS_MAX} groups",
                table.name
            );
            return Err(Error::new(ErrorKind::TooLarge, problem));
        }
        let mut first = start;
        add(&mut first, table, row)?;
        groups.insert(form.clone(), (read(&places, reached)?, first));
        Ok(())
    })?;
    Ok(groups.into_values().collect())
}
