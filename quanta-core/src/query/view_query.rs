//! Queries of views.

use std::marker::PhantomData;

use crate::collection::{Snapshot, TransactionHandle};
use crate::db::Database;
use crate::error::Result;

use super::explain::Explanation;
use super::filter::Filter;
use super::order::Orders;
use super::page::{Cursor, Page};
use super::rows::QueryRows;
use super::selected::Selected;
use super::typed::{FieldsOf, Query};
use super::view::{As, QuantaView};

/// A question about the rows that a view reads, and what it reads of each: made by [`Database::view`]. Conditions and orders
/// are of the rows themselves, also by fields that the view doesn't have.
#[must_use = "a query does nothing before it is asked for its answer"]
pub struct ViewQuery<'a, V: QuantaView> {
    query: Query<'a, V::Of>,
    view: PhantomData<fn() -> V>,
}

impl Database {
    /// Asks about the rows that a view reads, as they are when the answer is asked for.
    pub fn view<V: QuantaView>(&self) -> ViewQuery<'static, V> {
        ViewQuery::new(self.query())
    }
}

impl Snapshot {
    /// Asks about the rows that a view reads, as they were when the snapshot was opened.
    pub fn view<V: QuantaView>(&self) -> ViewQuery<'static, V> {
        ViewQuery::new(self.query())
    }
}

impl TransactionHandle<'_> {
    /// Asks about the rows that a view reads, as the transaction sees them when the answer is asked for.
    pub fn view<V: QuantaView>(&self) -> ViewQuery<'_, V> {
        ViewQuery::new(self.query())
    }
}

impl<'a, V: QuantaView> ViewQuery<'a, V> {
    fn new(query: Query<'a, V::Of>) -> Self {
        let query = match V::condition() {
            Some(condition) => query.filter(|_| condition),
            None => query,
        };
        Self::of(query)
    }

    fn of(query: Query<'a, V::Of>) -> Self {
        Self {
            query,
            view: PhantomData,
        }
    }

    fn selected(self) -> Selected<'a, V::Of, As<V>> {
        self.query.select_as()
    }

    /// Keeps the rows that satisfy a condition besides that of the view. Several filters have to hold all.
    pub fn filter(self, condition: impl FnOnce(&'static FieldsOf<V::Of>) -> Filter<V::Of>) -> Self {
        Self::of(self.query.filter(condition))
    }

    /// Orders the rows, as [`Query::order_by`].
    pub fn order_by<O: Orders<V::Of>>(self, order: impl FnOnce(&'static FieldsOf<V::Of>) -> O) -> Self {
        Self::of(self.query.order_by(order))
    }

    /// Ends after so many rows.
    pub fn limit(self, rows: u64) -> Self {
        Self::of(self.query.limit(rows))
    }

    /// Passes over so many rows, as [`Query::offset`].
    pub fn offset(self, rows: u64) -> Self {
        Self::of(self.query.offset(rows))
    }

    /// Begins behind the place where a [`page`](ViewQuery::page) ended.
    pub fn after(self, cursor: &Cursor) -> Self {
        Self::of(self.query.after(cursor))
    }

    /// Iterates over what the view reads of each row.
    pub fn iter(self) -> QueryRows<'a, V> {
        self.selected().iter()
    }

    /// Reads all of it.
    ///
    /// # Errors
    ///
    /// As [`Query::collect`], and [`Dangling`](crate::ErrorKind::Dangling) if the view leads to a row that isn't there.
    pub fn collect(self) -> Result<Vec<V>> {
        self.selected().collect()
    }

    /// Reads that of the first row; none if there is none.
    ///
    /// # Errors
    ///
    /// As [`ViewQuery::collect`].
    pub fn first(self) -> Result<Option<V>> {
        self.selected().first()
    }

    /// Reads that of the only row.
    ///
    /// # Errors
    ///
    /// As [`Query::one`] and [`ViewQuery::collect`].
    pub fn one(self) -> Result<V> {
        self.selected().one()
    }

    /// Reads a page, as [`Query::page`].
    ///
    /// # Errors
    ///
    /// As [`ViewQuery::collect`].
    pub fn page(self) -> Result<Page<V>> {
        self.selected().page()
    }

    /// Counts the rows; where an index has all that is asked, without reading them.
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn count(self) -> Result<u64> {
        self.query.count()
    }

    /// Tells whether there is a row.
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn exists(self) -> Result<bool> {
        self.query.exists()
    }

    /// Says by which way the rows are found, and what is done to them.
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn explain(self) -> Result<Explanation> {
        self.query.explain()
    }
}

impl<V: QuantaView> Clone for ViewQuery<'_, V> {
    fn clone(&self) -> Self {
        Self::of(self.query.clone())
    }
}

impl<V: QuantaView> std::fmt::Debug for ViewQuery<'_, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ViewQuery")
            .field("view", &V::NAME)
            .field("query", &self.query)
            .finish()
    }
}
