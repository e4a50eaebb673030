//! What is to be watched.

use std::sync::Arc;

use crate::collection::{Decode, decoded_row, decoded_value, encoded_key, look_up_key, table_of};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AsKey, QuantaEntity};
use crate::query::{Expr, FieldsOf, Filter, fields_of, filter_of, row_test};
use crate::schema::limits::WATCH_EVENTS_DEFAULT;
use crate::txn::{Core, Table};
use crate::value::Value;

use super::channel::{Channel, RowFilter, Selection};
use super::watcher::Watch;

/// What is to be watched: made by [`Database::watch`](crate::Database::watch) and
/// [`Database::watch_table`](crate::Database::watch_table).
///
/// ```
/// # use quantadb::{Engine, Event, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// let watch = db.watch::<City>().filter(|city| city.people.gt(500_000)).capacity(16).start()?;
/// cities.insert(&City { name: "Turku".into(), people: 206_073 })?;
/// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
/// let Event::Inserted(first) = watch.recv()? else { panic!("it is new") };
/// assert_eq!(first.name, "Oslo");
/// # Ok::<(), quantadb::Error>(())
/// ```
#[must_use = "nothing is watched before `start`"]
pub struct WatchBuilder<T> {
    core: Arc<Core>,
    /// The first thing that went wrong is told at the start.
    table: Result<Arc<Table>>,
    decode: Decode<T>,
    selection: Selection,
    capacity: usize,
}

impl<E: QuantaEntity> WatchBuilder<E> {
    pub(crate) fn typed(core: Arc<Core>) -> Self {
        let table = table_of::<E>(&core);
        Self::new(core, table, decoded_row::<E>)
    }

    /// Watches only the row with this key.
    ///
    /// ```
    /// # use quantadb::{Engine, Event, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let oslo = db.watch::<City>().key("Oslo").start()?;
    /// cities.delete("Bergen")?;
    /// cities.delete("Oslo")?;
    /// assert_eq!(oslo.recv()?, Event::Deleted(City { name: "Oslo".into(), people: 717_710 }));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn key<Q: AsKey<E::Key, By> + ?Sized, By>(self, key: &Q) -> Self {
        self.with_key(|table| look_up_key::<E::Key, Q, By>(table, key))
    }

    /// Watches only rows that satisfy a condition, as [`Query::filter`](crate::query::Query::filter) takes it. A row that
    /// begins to satisfy it is inserted, one that ceases to is deleted. Several filters have to hold all.
    ///
    /// ```
    /// # use quantadb::{Engine, Event, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct User { #[quanta(id)] id: u64, age: u8 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(User,)>().open("users")?;
    /// let adults = db.watch::<User>().filter(|u| u.age.ge(18)).start()?;
    /// db.collection::<User>().put(&User { id: 1, age: 17 })?;
    /// db.collection::<User>().put(&User { id: 1, age: 18 })?;
    /// assert_eq!(adults.try_recv()?, Some(Event::Inserted(User { id: 1, age: 18 })));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn filter(self, condition: impl FnOnce(&'static FieldsOf<E>) -> Filter<E>) -> Self {
        self.asked(&condition(fields_of::<E>()).into_expr())
    }
}

impl WatchBuilder<Value> {
    pub(crate) fn dynamic(core: Arc<Core>, name: &str) -> Self {
        let table = core.table(name, None);
        Self::new(core, table, decoded_value)
    }

    /// Watches only the row with this key: the value of the key field, or a [`Value::Tuple`] of several.
    ///
    /// ```
    /// # use quantadb::{Engine, Event, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// # let cities = db.table("city")?;
    /// let oslo = db.watch_table("city").key(&"Oslo".into()).start()?;
    /// cities.delete(&"Bergen".into())?;
    /// cities.delete(&"Oslo".into())?;
    /// let Event::Deleted(gone) = oslo.recv()? else { panic!("it was deleted") };
    /// assert_eq!(gone.get("name"), Some(&"Oslo".into()));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn key(self, key: &Value) -> Self {
        self.with_key(|table| encoded_key(table, key))
    }

    /// Watches only rows that satisfy a condition: `age >= 18`, as
    /// [`DynamicQuery::filter`](crate::query::DynamicQuery::filter) takes it. Several filters have to hold all.
    ///
    /// ```
    /// # use quantadb::{Engine, Event, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let large = db.watch_table("city").filter("people > 500000").start()?;
    /// cities.update("Oslo", |oslo| oslo.people = 1)?; // It is no longer one of them.
    /// let Event::Deleted(before) = large.recv()? else { panic!("it left the filter") };
    /// assert_eq!(before.get("people"), Some(&717_710_u64.into()));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn filter(self, text: &str) -> Self {
        self.asked(&filter_of(text))
    }
}

impl<T> WatchBuilder<T> {
    fn new(core: Arc<Core>, table: Result<Arc<Table>>, decode: Decode<T>) -> Self {
        Self {
            core,
            table,
            decode,
            selection: Selection::default(),
            capacity: WATCH_EVENTS_DEFAULT,
        }
    }

    /// Says how many events may wait, at least one; 1024 without this. They are never more than 64 MiB of rows, either.
    ///
    /// ```
    /// # use quantadb::{Engine, Event, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let watch = db.watch::<City>().capacity(2).start()?;
    /// for name in ["Bergen", "Oslo", "Turku"] {
    ///     cities.delete(name)?;
    /// }
    /// assert_eq!(watch.recv()?, Event::Lagged(1));
    /// assert_eq!(watch.iter().take(2).count(), 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn capacity(mut self, events: usize) -> Self {
        self.capacity = events;
        self
    }

    /// Watches only rows that match. A row that begins to match is inserted, one that ceases to match is deleted.
    pub(crate) fn matching(mut self, filter: RowFilter) -> Self {
        self.selection.filter = Some(match self.selection.filter.take() {
            None => filter,
            Some(other) => Arc::new(move |body| Ok(other(body)? && filter(body)?)),
        });
        self
    }

    /// Watches only rows that satisfy a condition.
    fn asked(mut self, condition: &Expr) -> Self {
        let test = match &self.table {
            Ok(table) => row_test(table, condition),
            Err(_) => return self,
        };
        match test {
            Ok(test) => self.matching(test),
            Err(error) => {
                self.table = Err(error);
                self
            }
        }
    }

    /// Begins to watch. The events are those of the transactions that are committed from now on: this waits for one that
    /// runs in another thread, so that what is read after it and what the watch tells leave out nothing between them.
    ///
    /// ```
    /// # use quantadb::{Engine, Event, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// cities.insert(&City { name: "Bergen".into(), people: 291_940 })?;
    /// let watch = db.watch::<City>().start()?;
    /// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// // What was committed before isn't told.
    /// assert_eq!(watch.recv()?, Event::Inserted(City { name: "Oslo".into(), people: 717_710 }));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such table, the key can't be one, the capacity is zero, or the schema has moved.
    pub fn start(self) -> Result<Watch<T>> {
        let table = self.table?;
        if self.capacity == 0 {
            let problem = format!(
                "a watch of table {} needs room for one event at least",
                table.name
            );
            return Err(Error::new(ErrorKind::Value, problem));
        }
        let channel = Arc::new(Channel::new(self.selection, self.capacity));
        // Within a transaction of this thread nobody else can commit. A hook that is told of one begins as of later ones: what
        // waits to be written meanwhile may go untold.
        let right = match self.core.check_idle() {
            Ok(()) => Some(self.core.lock()?),
            Err(_) => None,
        };
        let watch = Watch::new(self.core.observers(), table, self.decode, channel);
        drop(right);
        // If it moves from here on, the watch is told.
        self.core.check_epoch()?;
        Ok(watch)
    }

    fn with_key(mut self, key: impl FnOnce(&Table) -> Result<Vec<u8>>) -> Self {
        self.table = self.table.and_then(|table| {
            self.selection.row_key = Some(key(&table)?);
            Ok(table)
        });
        self
    }
}

impl<T> std::fmt::Debug for WatchBuilder<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WatchBuilder")
    }
}
