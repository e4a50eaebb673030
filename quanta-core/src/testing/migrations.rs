//! A program, and the releases that it is held to.

use std::collections::BTreeSet;
use std::path::Path;

use crate::db::{Database, Options};
use crate::value::Value;

use super::case::{Case, Way};
use super::failure::{Failure, told};
use super::release::{Labels, Release, position, read};
use super::{crash, golden_file, lossless, migrates};

/// How many rows each table gets in stores that are interrupted at every write.
const CRASH_ROWS: u64 = 12;

/// A program, the releases that its users may come from, and what their stores hold: what the macros are made of.
///
/// ```
/// # use quantadb::QuantaEntity;
/// use quantadb::Options;
/// use quantadb::testing::{Failure, Migrations};
///
/// # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
/// #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"],
/// #       "fields": [{"name": "id", "type": "u64"}, {"name": "age", "type": "string"}]}]}]}"#;
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "users", register = false)]
/// # struct User { #[quanta(id)] id: u64, age: u8 }
/// fn options() -> Options {
///     Options::new().entities::<(User,)>() // Of `my_app`.
/// }
///
/// let migrations = Migrations::of(LOCK, options)
///     .with("users", |row| row.set("age", "36")) // `age` was a text, and is a number now.
///     .rows(20);
/// migrations.migrate()?;
/// migrations.are_lossless()?;
/// # Ok::<(), Failure>(())
/// ```
pub struct Migrations {
    lock: String,
    program: Box<dyn Fn() -> Options>,
    along_too: AlongToo,
    from: Vec<String>,
    since: Option<String>,
    rows: Option<u64>,
    rules: Release,
    taking_out: BTreeSet<String>,
}

/// Whether stores are opened along the lock too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AlongToo {
    No,
    Yes,
}

impl std::fmt::Debug for Migrations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Migrations")
            .field("from", &self.from)
            .field("rows", &self.rows)
            .field("taking_out", &self.taking_out)
            .finish_non_exhaustive()
    }
}

impl Migrations {
    /// Takes the text of a lock, and how the program opens its stores. Of its options, engine, sweep and backups are replaced.
    #[must_use]
    pub fn of(lock: impl Into<String>, program: impl Fn() -> Options + 'static) -> Self {
        let lock = lock.into();
        Self {
            rules: Release::at(lock.clone(), ""),
            lock,
            program: Box::new(program),
            along_too: AlongToo::No,
            from: Vec::new(),
            since: None,
            rows: None,
            taking_out: BTreeSet::new(),
        }
    }

    /// Opens each store twice: as the program does, and with the lock as its [`Options::history`] besides.
    #[must_use]
    pub fn also_along_the_lock(mut self) -> Self {
        self.along_too = AlongToo::Yes;
        self
    }

    /// Begins at this release. Without this, at every one of the lock; called again, at each that was named.
    #[must_use]
    pub fn from(mut self, label: impl Into<String>) -> Self {
        self.from.push(label.into());
        self
    }

    /// Makes the stores at this release, and opens them with every one up to where they are to begin: see [`Release::since`].
    /// Without [`Migrations::from`], they begin at each from this one on.
    #[must_use]
    pub fn since(mut self, label: impl Into<String>) -> Self {
        let label = label.into();
        self.rules = self.rules.since(label.clone());
        self.since = Some(label);
        self
    }

    /// Says how many rows each table gets: see [`Release::rows`]. Without this, 100; 12 where every write is interrupted.
    #[must_use]
    pub fn rows(mut self, rows: u64) -> Self {
        self.rows = Some(rows);
        self
    }

    /// Says where the rows come from: see [`Release::seed`].
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.rules = self.rules.seed(seed);
        self
    }

    /// Changes the generated rows of a table: see [`Release::with`].
    #[must_use]
    pub fn with(mut self, table: impl Into<String>, adapt: impl Fn(&mut Value) + 'static) -> Self {
        self.rules = self.rules.with(table, adapt);
        self
    }

    /// Writes to every store after the generated rows: see [`Release::fill`]. With several releases, what is written has to
    /// fit each of them.
    #[must_use]
    pub fn fill(mut self, fill: impl Fn(&Database) -> crate::Result<()> + 'static) -> Self {
        self.rules = self.rules.fill(fill);
        self
    }

    /// Says that rows of this table, by its present name, may be taken out: by `on_failure = "drop_row"`, or because a table
    /// is dropped. Without this, a row that goes is a failure.
    #[must_use]
    pub fn taking_out(mut self, table: impl Into<String>) -> Self {
        self.taking_out.insert(table.into());
        self
    }

    /// Opens a store of each release with the program. It has to open; rows have to be rows of the entities; those that
    /// were there have to be there still, and in all fields that nothing touched what was there; `verify` must find
    /// nothing; after a sweep every row is what it was before; opening again must change nothing.
    ///
    /// # Errors
    ///
    /// The first release, table, row and field where it is not so.
    pub fn migrate(&self) -> Result<(), Failure> {
        self.each(None, |case| migrates::check(case, &self.taking_out))
    }

    /// Opens a store of each release with the program, goes back by rollback, and up again: every row, version, default and
    /// index has to be as it was the first time. Once without sweeps, and once with one at each end.
    ///
    /// # Errors
    ///
    /// As [`Migrations::migrate`].
    pub fn are_lossless(&self) -> Result<(), Failure> {
        self.each(None, lossless::check)
    }

    /// Opens a store of each release with the program, and sweeps it, as often as that makes writes; each time it is cut off
    /// after one more of them, as if the process had ended, and once more as if the power had gone. Every time the store
    /// has to hold the rows of before or those of after, and to open and hold those of after then.
    ///
    /// # Errors
    ///
    /// As [`Migrations::migrate`].
    pub fn survive_crashes(&self) -> Result<(), Failure> {
        self.each(Some(CRASH_ROWS), crash::check)
    }

    /// Opens a golden store with the program, in memory, and holds it to what [`Migrations::migrate`] says. The file is not
    /// changed.
    ///
    /// # Errors
    ///
    /// As there, and if the file isn't there, or is no whole backup.
    pub fn open_golden(&self, path: impl AsRef<Path>) -> Result<(), Failure> {
        let path = path.as_ref();
        for way in self.ways() {
            let engine = golden_file::read(path)?;
            let case = Case::new(
                &path.display().to_string(),
                way,
                engine,
                (&self.program, &self.lock),
            )?;
            migrates::check(&case, &self.taking_out)?;
        }
        Ok(())
    }

    /// Writes a golden store of a release to a file that isn't there yet. One that is there is left as it is: it has to
    /// stay what it was.
    ///
    /// # Errors
    ///
    /// If the store can't be made, or the file not be written.
    pub fn write_golden(&self, path: impl AsRef<Path>, label: &str) -> Result<(), Failure> {
        let release = self.release(label, Labels::Noted, None);
        golden_file::write(&release, path.as_ref()).map_err(|error| Failure::new(&place(label), error))
    }

    /// Checks each release, opened each way.
    fn each(
        &self,
        rows: Option<u64>,
        check: impl Fn(&Case<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let labels = self.labels().map_err(|error| Failure::new("the lock", error))?;
        for label in &labels {
            let place = place(label);
            for way in self.ways() {
                let is_labelled = way == Way::AlongTheLock || (self.program)().has_history();
                let labels = if is_labelled {
                    Labels::Noted
                } else {
                    Labels::Unknown
                };
                let store = self.release(label, labels, rows).store();
                let store =
                    store.map_err(|error| Failure::new(&place, told("the store can't be made", &error)))?;
                let case = Case::new(&place, way, store.engine(), (&self.program, &self.lock))?;
                check(&case)?;
            }
        }
        Ok(())
    }

    fn labels(&self) -> crate::Result<Vec<String>> {
        if !self.from.is_empty() {
            return Ok(self.from.clone());
        }
        let document = read(&self.lock)?;
        let first = match &self.since {
            Some(since) => position(&document, since)?,
            None => 0,
        };
        let versions = document.versions.into_iter().skip(first);
        Ok(versions.map(|version| version.label).collect())
    }

    fn ways(&self) -> Vec<Way> {
        match self.along_too {
            AlongToo::Yes => vec![Way::AsItOpens, Way::AlongTheLock],
            AlongToo::No => vec![Way::AsItOpens],
        }
    }

    fn release(&self, label: &str, labels: Labels, rows: Option<u64>) -> Release {
        let release = self.rules.clone().labelled(label, labels);
        match self.rows.or(rows) {
            Some(rows) => release.rows(rows),
            None => release,
        }
    }
}

/// Says which store it is.
fn place(label: &str) -> String {
    format!("release {label}")
}
