//! Watching an open store.

use std::sync::Arc;

use crate::model::QuantaEntity;
use crate::value::Value;
use crate::watch::WatchBuilder;

use super::database::Database;

impl Database {
    /// Watches the rows of an entity: once [started](WatchBuilder::start), the watch is told of every row that a commit
    /// inserts, updates or deletes, whatever wrote it, once per row and transaction, with what came of it on the whole.
    ///
    /// Events come after the commit, in the order of commits; rows of one transaction come in the order of their keys.
    /// A row that was written as it was is no event, nor is what a migration or the sweep rewrites: both sides are given
    /// in the present shape. While a table is watched, a commit reads the rows that it replaces, and fails if one of them
    /// is damaged; while none is, it only asks whether one is. Both sides of all rows that one transaction writes there are
    /// in memory while it is committed.
    ///
    /// ```
    /// # use quantadb::{Engine, Event, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let cities = db.collection::<City>();
    /// let watch = db.watch::<City>().start()?;
    /// let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// db.write(|tx| {
    ///     tx.collection::<City>().insert(&City { people: 0, ..oslo.clone() })?;
    ///     tx.collection::<City>().put(&oslo)
    /// })?;
    /// cities.delete("Oslo")?;
    /// assert_eq!(watch.recv()?, Event::Inserted(oslo.clone()));
    /// assert_eq!(watch.recv()?, Event::Deleted(oslo));
    /// assert_eq!(watch.try_recv()?, None);
    ///
    /// let bergen = db.watch::<City>().key("Bergen").capacity(16).start()?;
    /// drop((db, cities)); // Closes the store.
    /// assert_eq!(bergen.iter().count(), 0);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn watch<E: QuantaEntity>(&self) -> WatchBuilder<E> {
        WatchBuilder::typed(Arc::clone(self.core()))
    }

    /// Watches the rows of a table as values, as [`Database::watch`].
    ///
    /// ```
    /// # use quantadb::{Engine, Event, Options, QuantaEntity, Value};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let watch = db.watch_table("city").key(&Value::from("Oslo")).start()?;
    /// db.collection::<City>().insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// let Event::Inserted(oslo) = watch.recv()? else { panic!("it is new") };
    /// assert_eq!(oslo.get("people").and_then(Value::as_u128), Some(717_710));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn watch_table(&self, name: &str) -> WatchBuilder<Value> {
        WatchBuilder::dynamic(Arc::clone(self.core()), name)
    }
}
