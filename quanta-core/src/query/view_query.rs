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
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
/// # #[derive(QuantaView, Debug, PartialEq)]
/// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
/// # struct LateFlight { id: u64, to: String }
/// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
/// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
/// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
/// # }
/// #[derive(QuantaView, Debug, PartialEq)]
/// #[quanta(of = Flight, filter = |f| f.delay.ge(60))]
/// # #[quanta(register = false, name = "on_time")]
/// struct Late {
///     id: u64,
///     to: String,
/// }
///
/// let to_oslo = db.view::<Late>().filter(|f| f.to.eq("Oslo"));
/// assert_eq!(to_oslo.collect()?, [Late { id: 1, to: "Oslo".into() }]);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[must_use = "a query does nothing before it is asked for its answer"]
pub struct ViewQuery<'a, V: QuantaView> {
    query: Query<'a, V::Of>,
    view: PhantomData<fn() -> V>,
}

impl Database {
    /// Asks about the rows that a view reads, as they are when the answer is asked for.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// // Of three flights, two were late by an hour or more.
    /// assert_eq!(db.view::<LateFlight>().count()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn view<V: QuantaView>(&self) -> ViewQuery<'static, V> {
        ViewQuery::new(self.query())
    }
}

impl Snapshot {
    /// Asks about the rows that a view reads, as they were when the snapshot was opened.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// let before = db.read()?;
    /// db.query::<Flight>().delete()?;
    /// assert_eq!(before.view::<LateFlight>().count()?, 2);
    /// assert_eq!(db.view::<LateFlight>().count()?, 0);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn view<V: QuantaView>(&self) -> ViewQuery<'static, V> {
        ViewQuery::new(self.query())
    }
}

impl TransactionHandle<'_> {
    /// Asks about the rows that a view reads, as the transaction sees them when the answer is asked for.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// db.write(|tx| {
    ///     tx.query::<Flight>().update(|flight| flight.delay += 60)?;
    ///     assert_eq!(tx.view::<LateFlight>().count()?, 3);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// let very_late = db.view::<LateFlight>().filter(|f| f.delay.gt(120));
    /// assert_eq!(very_late.one()?.to, "Turku");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn filter(self, condition: impl FnOnce(&'static FieldsOf<V::Of>) -> Filter<V::Of>) -> Self {
        Self::of(self.query.filter(condition))
    }

    /// Orders the rows, as [`Query::order_by`].
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// let late = db.view::<LateFlight>().order_by(|f| f.delay.desc()).collect()?;
    /// assert_eq!(late.iter().map(|flight| flight.id).collect::<Vec<_>>(), [3, 1]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn order_by<O: Orders<V::Of>>(self, order: impl FnOnce(&'static FieldsOf<V::Of>) -> O) -> Self {
        Self::of(self.query.order_by(order))
    }

    /// Ends after so many rows.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// let latest = db.view::<LateFlight>().order_by(|f| f.delay.desc()).limit(1);
    /// assert_eq!(latest.collect()?, [LateFlight { id: 3, to: "Turku".into() }]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn limit(self, rows: u64) -> Self {
        Self::of(self.query.limit(rows))
    }

    /// Passes over so many rows, as [`Query::offset`].
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// let others = db.view::<LateFlight>().order_by(|f| f.delay.desc()).offset(1);
    /// assert_eq!(others.one()?.id, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn offset(self, rows: u64) -> Self {
        Self::of(self.query.offset(rows))
    }

    /// Begins behind the place where a [`page`](ViewQuery::page) ended.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// let page = db.view::<LateFlight>().limit(1).page()?;
    /// assert_eq!(page.rows[0].id, 1);
    /// if let Some(next) = &page.next {
    ///     assert_eq!(db.view::<LateFlight>().after(next).one()?.id, 3);
    /// }
    /// # assert!(page.next.is_some());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn after(self, cursor: &Cursor) -> Self {
        Self::of(self.query.after(cursor))
    }

    /// Iterates over what the view reads of each row.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// let mut places = Vec::new();
    /// for flight in db.view::<LateFlight>().iter() {
    ///     places.push(flight?.to);
    /// }
    /// assert_eq!(places, ["Oslo", "Turku"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn iter(self) -> QueryRows<'a, V> {
        self.selected().iter()
    }

    /// Reads all of it.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// let late = db.view::<LateFlight>().collect()?;
    /// assert_eq!(late, [(1, "Oslo"), (3, "Turku")].map(|(id, to)| LateFlight { id, to: to.into() }));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`], and [`Dangling`](crate::ErrorKind::Dangling) if the view leads to a row that isn't there.
    pub fn collect(self) -> Result<Vec<V>> {
        self.selected().collect()
    }

    /// Reads that of the first row; none if there is none.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// let latest = db.view::<LateFlight>().order_by(|f| f.delay.desc());
    /// assert_eq!(latest.first()?.map(|flight| flight.id), Some(3));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`ViewQuery::collect`].
    pub fn first(self) -> Result<Option<V>> {
        self.selected().first()
    }

    /// Reads that of the only row.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// let with_id = |id: u64| db.view::<LateFlight>().filter(|f| f.id.eq(id)).one();
    /// assert_eq!(with_id(3)?.to, "Turku");
    /// assert_eq!(with_id(2).unwrap_err().kind(), ErrorKind::NotFound);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::one`] and [`ViewQuery::collect`].
    pub fn one(self) -> Result<V> {
        self.selected().one()
    }

    /// Reads a page, as [`Query::page`].
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// let page = db.view::<LateFlight>().limit(1).page()?;
    /// assert_eq!(page.rows, [LateFlight { id: 1, to: "Oslo".into() }]);
    /// assert!(page.next.is_some(), "there is another one");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`ViewQuery::collect`].
    pub fn page(self) -> Result<Page<V>> {
        self.selected().page()
    }

    /// Counts the rows; where an index has all that is asked, without reading them.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// assert_eq!(db.view::<LateFlight>().filter(|f| f.to.eq("Oslo")).count()?, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn count(self) -> Result<u64> {
        self.query.count()
    }

    /// Tells whether there is a row.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// assert!(!db.view::<LateFlight>().filter(|f| f.id.eq(2)).exists()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Query::collect`].
    pub fn exists(self) -> Result<bool> {
        self.query.exists()
    }

    /// Says by which way the rows are found, and what is done to them.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
    /// # #[derive(QuantaView, Debug, PartialEq)]
    /// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
    /// # struct LateFlight { id: u64, to: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
    /// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
    /// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
    /// # }
    /// let explained = db.view::<LateFlight>().explain()?;
    /// assert_eq!(explained.to_string(), "query of flight\n  all rows, by key\n  asked of each row: `delay`");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
