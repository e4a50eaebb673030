//! How a store is opened.

mod hooks;
mod opening;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use quanta_storage::{CreateMode, Durability, Memory, StoreId};

use crate::custom::{MigrationDeclaration, OwnMigration};
use crate::history::{HistoryVersion, ReleasedHistory};
use crate::migrate::Hold;
use crate::model::{Declaration, Entities, QuantaEntity, ViewDeclaration};
use crate::plan::{Direction, OnOlder, Policy};
use crate::progress::{Meter, Progress};
use crate::query::{QuantaView, Views};
use crate::schema::Resolution;
use crate::txn::Access;
use crate::watch::Hook;

use super::backup::BackupPolicy;

/// The ordered key-value engine underneath a store. A store remembers its engine.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// let engine = Engine::memory();
/// let options = || Options::new().engine(engine.clone()).entities::<(City,)>();
/// let oslo = City { name: "Oslo".into(), people: 717_710 };
/// options().open("cities")?.collection::<City>().insert(&oslo)?; // It is closed here,
/// let db = options().open("cities")?; // and opened again.
/// assert_eq!(db.collection::<City>().get("Oslo")?, Some(oslo));
/// assert_eq!(db.marker().engine, "memory");
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Engine {
    /// A log-structured merge tree: the default.
    #[default]
    Fjall,
    /// The second engine on disk. Needs the feature `sled`, which is on by default.
    Sled,
    /// A B-tree in one file: it opens at once, also a large store, and reads single rows fastest; loads are slower than
    /// with fjall. Needs the feature `redb`.
    Redb,
    /// Nothing on disk. Clones of the handle are one store, so that it can be opened again once the database before is
    /// dropped. Unlike a directory it has no lock: two databases on it at a time don't know of each other's writes.
    Memory(Memory),
    /// An engine of your own.
    Custom(Arc<dyn quanta_storage::Engine>),
}

impl Engine {
    /// Makes a new, empty store in memory.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// let open = || Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities");
    /// let (one, other) = (open()?, open()?);
    /// one.collection::<City>().insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// assert!(other.collection::<City>().is_empty()?); // Each is a store of its own.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn memory() -> Self {
        Self::Memory(Memory::new())
    }
}

/// Whether rows are rewritten in the background after a change.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, Sweep};
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "cities", register = false)]
/// # struct Before { #[quanta(id)] name: String }
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(table = "cities", register = false)]
/// # struct City { #[quanta(id)] name: String, people: Option<u64> }
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone());
/// let before = options().entities::<(Before,)>().open("cities")?;
/// before.collection::<Before>().insert(&Before { name: "Oslo".into() })?;
/// # drop(before);
/// // `City` has one field more than `Before`.
/// let db = options().entities::<(City,)>().sweep(Sweep::Off).open("cities")?;
/// assert_eq!(db.inspect()?.tables[0].rows_unswept(), 1);
/// assert_eq!(db.sweep().wait()?.rows_rewritten, 1);
/// assert_eq!(db.inspect()?.tables[0].rows_unswept(), 0);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sweep {
    /// They are, from the open on.
    #[default]
    On,
    /// They are not, until [`Database::sweep`](crate::Database::sweep) asks for it.
    Off,
}

/// How a store is opened. The defaults hide no loss: whatever is ambiguous, doesn't fit or is newer is refused.
///
/// ```
/// # use quanta_core::{Database, Engine, Options};
/// let db = Options::new().engine(Engine::memory()).entities::<()>().open("anywhere")?;
/// assert!(db.open_report().plan.is_empty());
/// # Ok::<(), quanta_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    engine: Option<Engine>,
    durability: Durability,
    entities: Option<Vec<Known>>,
    registered: Vec<Known>,
    views: Option<Vec<&'static ViewDeclaration>>,
    registered_views: Vec<&'static ViewDeclaration>,
    migrations: Vec<&'static MigrationDeclaration>,
    history: Option<Arc<ReleasedHistory>>,
    policy: Policy,
    hold: Hold,
    access: Access,
    create: CreateMode,
    sweep: Sweep,
    hooks: Vec<Hook>,
    meter: Meter,
    backup: BackupPolicy,
    approved: Option<String>,
    app_version: String,
    clock: fn() -> u64,
}

/// A declaration of the program's, or one that was read from a document.
#[derive(Debug, Clone)]
enum Known {
    Linked(&'static Declaration),
    Given(Arc<Declaration>),
}

impl Known {
    fn declaration(&self) -> &Declaration {
        match self {
            Self::Linked(declaration) => declaration,
            Self::Given(declaration) => declaration,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// Returns the defaults.
    ///
    /// ```
    /// # use quantadb::{Engine, Options};
    /// let db = Options::new().engine(Engine::memory()).entities::<()>().open("anywhere")?;
    /// assert!(db.open_report().created);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self {
            engine: None,
            durability: Durability::Sync,
            entities: None,
            registered: Vec::new(),
            views: None,
            registered_views: Vec::new(),
            migrations: Vec::new(),
            history: None,
            policy: Policy::default(),
            hold: Hold::default(),
            access: Access::ReadWrite,
            create: CreateMode::IfMissing,
            sweep: Sweep::default(),
            hooks: Vec::new(),
            meter: Meter::default(),
            backup: BackupPolicy::default(),
            approved: None,
            app_version: String::new(),
            clock: system_clock,
        }
    }

    /// Chooses the engine. Without this, a store keeps its own, and a new one is made on fjall.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// assert_eq!(db.inspect()?.engine, "memory");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = Some(engine);
        self
    }

    /// Chooses how durable commits are. The default, [`Durability::Sync`], survives power loss.
    ///
    /// ```
    /// # use quantadb::{Durability, Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let options = options().entities::<(City,)>().durability(Durability::Buffered);
    /// let db = options.open("cities")?;
    /// db.collection::<City>().insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// db.flush()?; // From here on it survives power loss too.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

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

    /// Opens with these declarations of views.
    #[cfg(test)]
    pub(crate) fn given_views(mut self, declarations: Vec<&'static ViewDeclaration>) -> Self {
        self.views = Some(declarations);
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

    /// Opens for reading only. A change of shape is refused then.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// drop(options().entities::<(City,)>().open("cities")?);
    /// let db = options().entities::<(City,)>().read_only().open("cities")?;
    /// let error = db.collection().insert(&City { name: "Oslo".into(), people: 0 }).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::ReadOnly);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.access = Access::ReadOnly;
        self
    }

    /// Opens a store that is there, and makes none where there is nothing.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let error = options().entities::<(City,)>().must_exist().open("cities").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Missing);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn must_exist(mut self) -> Self {
        self.create = CreateMode::Never;
        self
    }

    /// Chooses whether rows are rewritten in the background after a change.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Sweep};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = Before { name: "Oslo".into() };
    /// # options().entities::<(Before,)>().open("cities")?.collection().insert(&oslo)?;
    /// // `City` has one field more than what is stored.
    /// let db = options().entities::<(City,)>().sweep(Sweep::Off).open("cities")?;
    /// assert_eq!(db.inspect()?.tables[0].rows_unswept(), 1);
    /// assert_eq!(db.collection::<City>().get("Oslo")?.unwrap().people, None); // Reading needs no sweep.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn sweep(mut self, sweep: Sweep) -> Self {
        self.sweep = sweep;
        self
    }

    /// Has a function told how far long work has got: an open that looks at rows, builds or fills indexes, a rollback, and
    /// the sweep. It is called at the beginning and the end of each phase of each table, and in between once for each
    /// batch, at the latest after 1024 rows.
    ///
    /// It answers whether the work is to go on. [`ControlFlow::Break`] ends it with
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled): the store is as it was, and opens with the program of before as
    /// well as with this one. What was built by then stays for the next open, which goes on there if it can, or
    /// empties it. A sweep ends after its present batch, as if the store were closed, and goes on where it was when it is
    /// asked for again. A panic of the function ends the work too, with [`ErrorKind::OwnCode`](crate::ErrorKind::OwnCode).
    /// The sweep calls it in its own thread, so it must not wait there for the sweep, close the store, or roll it back.
    ///
    /// An answer, rather than a token to be cancelled from elsewhere: whoever has a token, a deadline or a key that was
    /// pressed asks for it here, and the work needs to know nothing of it.
    ///
    /// It is called in the thread that does the work: that of the open, or of the sweep. So it must not take long.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # use std::{ops::ControlFlow, sync::{Arc, atomic::{AtomicBool, Ordering}}};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String, people: u64 }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = Before { name: "Oslo".into(), people: 717_710 };
    /// # options().entities::<(Before,)>().open("cities")?.collection().insert(&oslo)?;
    /// let is_cancelled = Arc::new(AtomicBool::new(false));
    /// let asked = is_cancelled.clone();
    /// let options = options().entities::<(City,)>().progress(move |progress| {
    ///     println!("{}: {} rows", progress.phase, progress.rows_done);
    ///     if asked.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    /// });
    /// is_cancelled.store(true, Ordering::Relaxed); // Somebody has had enough.
    /// let error = options.clone().open("cities").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Cancelled);
    /// is_cancelled.store(false, Ordering::Relaxed);
    /// assert_eq!(options.open("cities")?.collection::<City>().len()?, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn progress(mut self, hook: impl Fn(&Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        self.meter = Meter::new(hook);
        self
    }

    /// Says whether a backup is taken before the store changes: see [`BackupPolicy`]. By default none is.
    ///
    /// If it can't be taken, such as on a full disk, the open fails and the store is as it was.
    ///
    /// ```
    /// # use quantadb::{BackupPolicy, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let dir = tempfile::tempdir().expect("a directory");
    /// let options = Options::new().entities::<(City,)>().backup(BackupPolicy::auto().keep(5));
    /// let db = options.open(dir.path().join("cities.quanta"))?;
    /// assert!(!dir.path().join("cities.quanta.backups").exists()); // There was nothing to lose.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn backup(mut self, policy: BackupPolicy) -> Self {
        self.backup = policy;
        self
    }

    /// Lets an open change the store, or make it, only by the plan that has this token: see
    /// [`Plan::token`](crate::Plan::token). A rollback by hand needs none.
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
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let token = options().entities::<(City,)>().plan("cities")?.token(); // `City` has one field more.
    /// let other = options().entities::<(City,)>().approved("0123456789abcdef").open("cities");
    /// assert_eq!(other.unwrap_err().kind(), ErrorKind::Refused);
    /// let db = options().entities::<(City,)>().approved(token).open("cities")?;
    /// # assert_eq!(db.open_report().revision, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn approved(mut self, token: impl Into<String>) -> Self {
        self.approved = Some(token.into());
        self
    }

    /// Says which version of the program this is: the ledger records it.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let db = options().entities::<(City,)>().app_version(env!("CARGO_PKG_VERSION")).open("cities")?;
    /// assert_eq!(db.history()?.records[0].app_version, env!("CARGO_PKG_VERSION"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn app_version(mut self, version: impl Into<String>) -> Self {
        self.app_version = version.into();
        self
    }

    /// Takes the time, in milliseconds since 1970, from a function of yours.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// let db = options().entities::<(City,)>().clock(|| 86_400_000).open("cities")?;
    /// assert_eq!(db.history()?.records[0].time_ms, 86_400_000);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: fn() -> u64) -> Self {
        self.clock = clock;
        self
    }
}

fn system_clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Returns the id of a new store. The standard library seeds each of its hashers from the system's randomness.
pub(super) fn fresh_id() -> StoreId {
    use std::hash::{BuildHasher, RandomState};
    let mut id = [0; 16];
    id[..8].copy_from_slice(&RandomState::new().hash_one(0_u8).to_be_bytes());
    id[8..].copy_from_slice(&RandomState::new().hash_one(1_u8).to_be_bytes());
    StoreId(id)
}
