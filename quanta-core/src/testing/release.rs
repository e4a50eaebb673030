//! Stores at a release.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use quanta_storage::Durability;

use crate::db::{Database, Engine, Sweep};
use crate::error::{Error, ErrorKind, Result};
use crate::generate::Seed;
use crate::history::HistoryDocument;
use crate::rehearse::{Births, Image, next_writes_with, write};
use crate::value::Value;

use super::plain::make_plain;
use super::store::TestStore;

/// How many rows each table gets, if nobody says it.
const ROWS: u64 = 100;

type Adapt = Arc<dyn Fn(&mut Value)>;
type Fill = Arc<dyn Fn(&Database) -> Result<()>>;

/// A release of a `quanta.lock`, and the rows that a store at it is to have.
///
/// ```
/// use quantadb::testing::Release;
///
/// # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
/// #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"],
/// #       "fields": [{"name": "id", "type": "u64"}, {"name": "age", "type": "string"}]}]}]}"#;
/// let store = Release::at(LOCK, "1.0") // const LOCK: &str = include_str!("../quanta.lock");
///     .rows(50)
///     .seed(7)
///     .with("users", |row| row.set("age", "36")) // Whatever the program writes there.
///     .store()?;
/// let users = store.as_released()?.table("users")?;
/// assert_eq!(users.len()?, 50);
/// # for row in users.iter() { assert_eq!(row?.get("age").and_then(|age| age.as_str()), Some("36")); }
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Clone)]
pub struct Release {
    lock: String,
    label: String,
    rows: u64,
    seed: u64,
    labels: Labels,
    since: Option<String>,
    adapts: BTreeMap<String, Vec<Adapt>>,
    fills: Vec<Fill>,
}

/// Whether what is stored says which release it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Labels {
    Noted,
    Unknown,
}

impl fmt::Debug for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Release")
            .field("label", &self.label)
            .field("rows", &self.rows)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl Release {
    /// Names a release of the text of a lock by its label. Neither is looked at before a store is made.
    #[must_use]
    pub fn at(lock: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            lock: lock.into(),
            label: label.into(),
            rows: ROWS,
            seed: 0,
            labels: Labels::Noted,
            since: None,
            adapts: BTreeMap::new(),
            fills: Vec::new(),
        }
    }

    /// Lists all releases of the text of a lock, oldest first.
    ///
    /// ```
    /// # use quantadb::testing::Release;
    /// # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
    /// #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"], "fields": [{"name": "id", "type": "u64"}]}]}]}"#;
    /// let labels: Vec<String> = Release::all(LOCK)?.iter().map(|release| release.label().to_owned()).collect();
    /// assert_eq!(labels, ["1.0"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the text is no lock.
    pub fn all(lock: impl Into<String>) -> Result<Vec<Self>> {
        let lock = lock.into();
        let document = read(&lock)?;
        let labels = document.versions.into_iter().map(|version| version.label);
        Ok(labels.map(|label| Self::at(lock.clone(), label)).collect())
    }

    /// Says how many rows each table gets, if there are as many keys. Without this, a hundred.
    #[must_use]
    pub fn rows(mut self, rows: u64) -> Self {
        self.rows = rows;
        self
    }

    /// Says where the rows come from: equal seeds, equal rows. Without this, 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Makes the store at this earlier release, and opens it with every one from there on: so it has rows of all of them, as
    /// that of a user who missed none. What functions of the program did on the way, it can't do: then it can't be made.
    ///
    /// ```
    /// # use quantadb::testing::Release;
    /// # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
    /// #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"], "fields": [{"name": "id", "type": "u64"}]}]},
    /// #     {"label": "1.1", "tables": [{"name": "users", "key": ["id"],
    /// #       "fields": [{"name": "id", "type": "u64"}, {"name": "age", "type": "u8"}]}]}]}"#;
    /// let store = Release::at(LOCK, "1.1").since("1.0").rows(10).store()?;
    /// let db = store.as_released()?;
    /// assert_eq!((db.history()?.revision, db.table("users")?.len()?), (2, 10));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn since(mut self, label: impl Into<String>) -> Self {
        self.since = Some(label.into());
        self
    }

    /// Changes the generated rows of a table before they are written, as what is random may not be what the program expects
    /// in a field. Values of fields are set with [`Value::set`]; [`Value::get`] tells whether a release has the field. References are chosen afterwards.
    #[must_use]
    pub fn with(mut self, table: impl Into<String>, adapt: impl Fn(&mut Value) + 'static) -> Self {
        self.adapts.entry(table.into()).or_default().push(Arc::new(adapt));
        self
    }

    /// Writes to the store after the generated rows, in the shapes of the release: `db.table("users")?.insert(..)`. With
    /// [`rows(0)`](Release::rows), these are the only ones.
    ///
    /// ```
    /// # use quantadb::testing::Release;
    /// # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
    /// #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"],
    /// #       "fields": [{"name": "id", "type": "u64"}, {"name": "name", "type": "string"}]}]}]}"#;
    /// use quantadb::Value;
    ///
    /// let ada = |db: &quantadb::Database| {
    ///     db.table("users")?.insert(&Value::from([("id", 7_u64.into()), ("name", "Ada".into())]))
    /// };
    /// let store = Release::at(LOCK, "1.0").rows(0).fill(ada).store()?;
    /// assert_eq!(store.as_released()?.table("users")?.len()?, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn fill(mut self, fill: impl Fn(&Database) -> Result<()> + 'static) -> Self {
        self.fills.push(Arc::new(fill));
        self
    }

    /// Makes the store as a program does that opens without [`Options::history`](crate::Options::history): what is stored
    /// doesn't say which release it is of.
    #[must_use]
    pub fn without_history(mut self) -> Self {
        self.labels = Labels::Unknown;
        self
    }

    /// Returns the label.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Makes the store in memory.
    ///
    /// # Errors
    ///
    /// If the text is no lock, or has no such release; if a row can't be written; those of [`Release::fill`].
    pub fn store(&self) -> Result<TestStore> {
        self.make(Engine::memory(), Path::new("memory"))
    }

    /// Makes the store in a directory, on an engine.
    ///
    /// ```
    /// # use quantadb::Engine;
    /// # use quantadb::testing::Release;
    /// # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
    /// #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"], "fields": [{"name": "id", "type": "u64"}]}]}]}"#;
    /// # let dir = tempfile::tempdir().expect("a directory");
    /// let store = Release::at(LOCK, "1.0").rows(5).store_in(dir.path().join("app.quanta"), Engine::Fjall)?;
    /// assert_eq!(store.as_released()?.table("users")?.len()?, 5);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Release::store`], and if there is something at `path`.
    pub fn store_in(&self, path: impl AsRef<Path>, engine: Engine) -> Result<TestStore> {
        let path = path.as_ref();
        let has_files = !matches!(engine, Engine::Memory(_) | Engine::Custom(_));
        if has_files && path.exists() {
            return Err(not_new(&format!("there is something at {}", path.display())));
        }
        self.make(engine, path)
    }

    pub(super) fn labelled(mut self, label: &str, labels: Labels) -> Self {
        label.clone_into(&mut self.label);
        self.labels = labels;
        self
    }

    fn make(&self, engine: Engine, path: &Path) -> Result<TestStore> {
        let store = TestStore::new(engine, path, &self.label);
        let document = read(&self.lock)?;
        self.check_tables(&document)?;
        let last = position(&document, &self.label)?;
        let first = match &self.since {
            Some(since) => position(&document, since)?.min(last),
            None => last,
        };
        let mut seed = Seed::new(self.seed);
        for at in first..=last {
            let db = self.open(&store, &document, at)?;
            if at == first && !db.open_report().created {
                return Err(not_new("the engine holds a store already"));
            }
            // Each release adds its share, and writes some of the rows that are there again.
            let share = self.rows * (at - first + 1) as u64 / (last - first + 1) as u64;
            self.write(&db, share, &mut seed)?;
        }
        let db = store.as_released()?;
        self.fills.iter().try_for_each(|fill| fill(&db))?;
        db.flush()?;
        Ok(store)
    }

    /// Opens the store as the program of a release did.
    fn open(&self, store: &TestStore, document: &HistoryDocument, at: usize) -> Result<Database> {
        let version = &document.versions[at];
        let options = store
            .options()
            .durability(Durability::Buffered)
            .sweep(Sweep::Off)
            .clock(|| 0)
            .app_version(&*version.label)
            .forward()
            .tables_of(version);
        let options = match self.labels {
            Labels::Noted => {
                let mut released = document.clone();
                released.versions.truncate(at + 1);
                options.history(released.to_json())
            }
            Labels::Unknown => options,
        };
        options.open(store.path())
    }

    /// Checks that rows are changed of tables that some release has: of others, nothing would ever be changed.
    fn check_tables(&self, document: &HistoryDocument) -> Result<()> {
        let is_known = |table: &String| {
            let mut versions = document.versions.iter();
            versions.any(|version| version.tables.contains_key(table))
        };
        match self.adapts.keys().find(|table| !is_known(table)) {
            Some(table) => {
                let problem =
                    format!("no release of the lock has a table {table}, of which rows are to be changed");
                Err(Error::new(ErrorKind::NotFound, problem))
            }
            None => Ok(()),
        }
    }

    fn write(&self, db: &Database, rows: u64, seed: &mut Seed) -> Result<()> {
        let adapt = |table: &str, row: &mut Value| {
            make_plain(row);
            let adapts = self.adapts.get(table).into_iter().flatten();
            adapts.for_each(|adapt| adapt(row));
        };
        let rows = next_writes_with(&Image::of(db)?, Births::UpTo(rows), seed, &adapt)?;
        write(db, &rows)
    }
}

/// Finds a release by its label.
pub(super) fn position(document: &HistoryDocument, label: &str) -> Result<usize> {
    let mut labels = document.versions.iter().map(|version| version.label.as_str());
    labels.position(|known| known == label).ok_or_else(|| {
        let labels: Vec<&str> = document
            .versions
            .iter()
            .map(|version| version.label.as_str())
            .collect();
        let problem = format!("the lock has no release {label}: it has {}", labels.join(", "));
        Error::new(ErrorKind::NotFound, problem)
    })
}

pub(super) fn read(lock: &str) -> Result<HistoryDocument> {
    HistoryDocument::from_json(lock).map_err(|problem| {
        let problem = format!("the text is no lock: {problem}");
        Error::new(ErrorKind::Input, problem)
    })
}

fn not_new(problem: &str) -> Error {
    let problem = format!("{problem}: a store at a release is a new one");
    Error::new(ErrorKind::NotSupported, problem)
}
