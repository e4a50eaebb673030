//! What the program has: entities, views, migrations, the history that it was released with.

use std::sync::Arc;

use crate::custom::OwnMigration;
use crate::history::{HistoryVersion, ReleasedHistory};
use crate::model::{Declaration, Entities, QuantaEntity};
use crate::query::{QuantaView, Views};

use super::{Known, Options};

impl Options {
    /// Opens with these entities instead of those that the program registers: a tuple, such as `(User, Team)`.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// assert_eq!(db.inspect()?.tables.len(), 1);
    /// # drop(db);
    /// // A table without an entity stays as it is.
    /// let db = options().entities::<()>().open("cities")?;
    /// assert_eq!(db.open_report().plan.unregistered, ["city"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn entities<E: Entities>(mut self) -> Self {
        self.entities = Some(E::declarations().into_iter().map(Known::Linked).collect());
        self
    }

    /// Opens with this entity besides the others.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let db = options().entities::<()>().register::<City>().open("cities")?;
    /// assert!(db.collection::<City>().is_empty()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn register<E: QuantaEntity>(mut self) -> Self {
        self.registered.push(Known::Linked(E::declaration()));
        self
    }

    /// Opens with these views instead of those that the program registers: a tuple, such as `(LateFlight,)`. With
    /// [`Options::entities`], only views that are named are there.
    ///
    /// The store knows the views that it was opened with. A program that doesn't declare one of them leaves it as it is; a
    /// change that takes away what it reads is refused then, naming the view. Reading a view doesn't need any of this.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # #[derive(QuantaView)]
    /// # #[quanta(of = City, filter = |c| c.people.ge(1_000_000), register = false)]
    /// # struct LargeCity { name: String, people: u64 }
    /// #[derive(QuantaEntity)]
    /// #[quanta(table = "cities")]
    /// # #[quanta(register = false)]
    /// struct Name { #[quanta(id)] name: String }
    ///
    /// let engine = Engine::memory();
    /// let options = || Options::new().engine(engine.clone());
    /// drop(options().entities::<(City,)>().views::<(LargeCity,)>().open("cities")?);
    /// let error = options().entities::<(Name,)>().open("cities").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Refused);
    /// assert!(error.to_string().contains("the view `large_city` of another program reads it in `people`"));
    /// options().entities::<(Name,)>().drop_view("large_city").open("cities")?;
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn views<V: Views>(mut self) -> Self {
        self.views = Some(V::declarations());
        self
    }

    /// Opens with this view besides the others.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// #[derive(QuantaView)]
    /// #[quanta(of = City, filter = |c| c.people.ge(1_000_000))]
    /// # #[quanta(register = false)]
    /// struct LargeCity { name: String }
    ///
    /// let db = options().entities::<(City,)>().register_view::<LargeCity>().open("cities")?;
    /// assert_eq!(db.views()?[0].name, "large_city");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn register_view<V: QuantaView>(mut self) -> Self {
        self.registered_views.push(V::declaration());
        self
    }

    /// Opens with this migration of the program's own besides the others. With [`Options::entities`], only those that are
    /// named like this are there.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, migration};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// #[migration(irreversible)]
    /// fn shout(city: City) -> City {
    ///     City { name: city.name, people: city.people * 2 }
    /// }
    ///
    /// let oslo = City { name: "Oslo".into(), people: 1 };
    /// options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
    /// for _ in 0..2 {
    ///     let db = options().entities::<(City,)>().migration::<shout>().open("cities")?;
    ///     assert_eq!(db.collection::<City>().get("Oslo")?.unwrap().people, 2); // It ran once.
    /// }
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn migration<M: OwnMigration>(mut self) -> Self {
        self.migrations.push(M::declaration());
        self
    }

    /// Opens with the tables of a version of a history document instead of entities: its schemas, its hints, and the
    /// tables that it drops. Rows are then read and written as values, with
    /// [`Database::table`](crate::Database::table).
    ///
    /// ```
    /// # use quantadb::{Engine, HistoryDocument, Options, Value};
    /// let text = r#"{"format": "quanta-history/1", "name": "cities", "versions": [{"label": "1", "tables": [
    ///     {"name": "cities", "key": ["name"], "fields": [{"name": "name", "type": "string"}]}]}]}"#;
    /// let document = HistoryDocument::from_json(text).expect("it is a history");
    /// let db = Options::new().engine(Engine::memory()).tables_of(&document.versions[0]).open("cities")?;
    /// db.table("cities")?.insert(&Value::from([("name", "Oslo".into())]))?;
    /// assert_eq!(db.table("cities")?.len()?, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn tables_of(self, version: &HistoryVersion) -> Self {
        self.given(version.declarations(), &version.hints.dropped_tables)
    }

    /// Opens with these declarations instead of entities, and drops these tables.
    pub(crate) fn given(mut self, declarations: Vec<Declaration>, dropped: &[String]) -> Self {
        let declarations = declarations.into_iter();
        self.entities = Some(declarations.map(|given| Known::Given(Arc::new(given))).collect());
        self.policy.drop_tables.extend(dropped.iter().cloned());
        self
    }

    /// Gives the history that the program was released with: the text of its `quanta.lock`. A store that missed releases
    /// then goes through each of them, in one switch, and its users get what those got who missed none. What the
    /// entities have besides the last version of the history is a change behind it.
    ///
    /// Without a history, the difference between what is stored and what is declared is all that counts. A field that
    /// went in one release and came again in a later one is the same field then; along the history it is a new one, as
    /// it is for everybody else, and its old values are kept.
    ///
    /// A text that is no history is an error of the open.
    ///
    /// ```no_run
    /// # use quanta_core::Options;
    /// let lock = std::fs::read_to_string("quanta.lock")?; // or include_str!("../quanta.lock")
    /// let db = Options::new().history(lock).open("app.quanta")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn history(mut self, lock: impl Into<String>) -> Self {
        self.history = Some(Arc::new(ReleasedHistory::new(lock.into())));
        self
    }

    /// Opens with these declarations of views.
    #[cfg(test)]
    pub(crate) fn given_views(mut self, declarations: Vec<&'static crate::model::ViewDeclaration>) -> Self {
        self.views = Some(declarations);
        self
    }
}
