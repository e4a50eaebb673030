//! Queries whose rows are put into groups.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{QuantaEntity, QuantaType};
use crate::txn::Table;

use super::across::{Asked, Reached};
use super::number::{Number, Tally};
use super::question::Question;
use super::reading::each;
use super::select::{Places, Selection};
use super::stream::RowBytes;
use super::typed::{FieldsOf, Query, fields_of};
use crate::model::{Field, Place};

/// What is said of each group.
pub(super) type Groupwise<G, A> = Vec<(G, A)>;

/// Groups that one query may have. Each is kept in memory until all rows were seen.
pub const GROUPS_MAX: usize = 1_000_000;

/// A query whose rows are put into groups: made by [`Query::group_by`]. Groups come in the order of the values that they
/// have in common; there are at most 1,000,000.
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
