//! What becomes of a store that differs from the program: how it is decided, where nothing may be guessed.

use crate::migrate::Hold;
use crate::plan::{Direction, OnOlder};
use crate::schema::Resolution;

use super::Options;

impl Options {
    /// Chooses what happens if the store is newer than the program. The default is [`OnOlder::Refuse`].
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, OnOlder, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// drop(options().entities::<(Before,)>().open("cities")?);
    /// drop(options().entities::<(City,)>().open("cities")?); // `City` has one field more,
    /// let older = options().entities::<(Before,)>(); // and a program without it comes back.
    /// assert_eq!(older.clone().open("cities").unwrap_err().kind(), ErrorKind::Older);
    /// let db = older.on_older(OnOlder::RollBack).open("cities")?;
    /// assert_eq!(db.open_report().plan.steps().count(), 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn on_older(mut self, on_older: OnOlder) -> Self {
        self.policy.on_older = on_older;
        self
    }

    /// Chooses what becomes of rows that don't fit a change, where no `on_failure` at a field says so. Without this, they
    /// refuse the change. Whatever is chosen, what rows held is kept, and a rollback brings it back.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity, Resolution};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// #[derive(QuantaEntity)]
    /// #[quanta(table = "city")]
    /// # #[quanta(register = false)]
    /// struct Village { #[quanta(id)] name: String, people: u16 }
    ///
    /// let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
    /// let narrowed = options().entities::<(Village,)>();
    /// assert_eq!(narrowed.clone().open("cities").unwrap_err().kind(), ErrorKind::Refused);
    /// let db = narrowed.on_failure(Resolution::Default).open("cities")?;
    /// assert_eq!(db.collection::<Village>().get("Oslo")?.unwrap().people, 0);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn on_failure(mut self, resolution: Resolution) -> Self {
        self.policy.on_failure = Some(resolution);
        self
    }

    /// Makes every change a new version, also one into a shape that the store had: for a field that is removed on
    /// purpose after it was added.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// drop(options().entities::<(Before,)>().open("cities")?);
    /// drop(options().entities::<(City,)>().open("cities")?); // `City` has one field more,
    /// let db = options().entities::<(Before,)>().forward().open("cities")?; // which goes again on purpose.
    /// assert_eq!(db.schema_json("cities", None)?["version"], 3);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn forward(mut self) -> Self {
        self.policy.direction = Direction::Forward;
        self
    }

    /// Drops a table that has no entity any more. Its rows stay until they are forgotten: a rollback brings it back.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// drop(options().entities::<(City,)>().open("cities")?);
    /// let db = options().entities::<()>().drop_table("city").open("cities")?;
    /// assert_eq!(db.table("city").unwrap_err().kind(), ErrorKind::NotFound);
    /// db.rollback(1)?;
    /// assert!(options().entities::<(City,)>().open("cities")?.collection::<City>().is_empty()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn drop_table(mut self, table: impl Into<String>) -> Self {
        self.policy.drop_tables.insert(table.into());
        self
    }

    /// Drops a view that the program doesn't declare any more. A rollback brings it back.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # #[derive(QuantaView)]
    /// # #[quanta(of = City, filter = |c| c.people.ge(1_000_000), register = false)]
    /// # struct LargeCity { name: String }
    /// drop(options().entities::<(City,)>().views::<(LargeCity,)>().open("cities")?);
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// assert_eq!(db.views()?.len(), 1); // A view that isn't declared any more stays,
    /// # drop(db);
    /// let db = options().entities::<(City,)>().drop_view("large_city").open("cities")?;
    /// assert!(db.views()?.is_empty()); // unless it is dropped.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn drop_view(mut self, view: impl Into<String>) -> Self {
        self.policy.drop_views.insert(view.into());
        self
    }

    /// Leaves own migrations with this tag for a later open, and those that depend on them: migrations of whole tables, and
    /// those of rows that keep their shape. The plan notes what is left. A migration of rows that takes rows as they were
    /// before a change of their shape belongs to that change and runs with it, as does what it depends on.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, migration};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// #[migration(tags = "slow", irreversible)]
    /// fn recount(city: City) -> City {
    ///     City { people: city.people + 1, ..city }
    /// }
    ///
    /// let engine = Engine::memory();
    /// let options = || Options::new().engine(engine.clone()).entities::<(City,)>();
    /// let oslo = City { name: "Oslo".into(), people: 1 };
    /// options().open("cities")?.collection::<City>().insert(&oslo)?;
    /// let db = options().migration::<recount>().skip_tag("slow").open("cities")?;
    /// assert_eq!(db.collection::<City>().get("Oslo")?.unwrap().people, 1);
    /// drop(db);
    /// let db = options().migration::<recount>().open("cities")?;
    /// assert_eq!(db.collection::<City>().get("Oslo")?.unwrap().people, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn skip_tag(mut self, tag: impl Into<String>) -> Self {
        self.policy.skip_tags.insert(tag.into());
        self
    }

    /// Takes off the hold that a rollback by hand left.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// drop(options().entities::<(Before,)>().open("cities")?);
    /// options().entities::<(City,)>().open("cities")?.rollback(1)?;
    /// let newer = options().entities::<(City,)>();
    /// assert_eq!(newer.clone().open("cities").unwrap_err().kind(), ErrorKind::Held);
    /// assert_eq!(newer.release_hold().open("cities")?.open_report().plan.steps().count(), 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn release_hold(mut self) -> Self {
        self.hold = Hold::Release;
        self
    }
}
