//! Names that revisions get, and going to them.

use std::fmt;

use serde_json::{Value, json};

use crate::catalog::{Release, releases};
use crate::error::{ErrorKind, Result};
use crate::migrate::{Destination, Labelled, plan_travel, release};
use crate::plan::Plan;

use super::database::Database;
use super::report::TravelReport;

/// What became of the name of a release.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// let report = db.release("1.0")?;
/// assert_eq!((report.release.revision, report.is_new), (1, true));
/// assert_eq!(report.to_string(), "revision 1 is release 1.0 now");
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseReport {
    /// The release.
    pub release: Release,
    /// Whether it was named now. It wasn't if the revision had this name already; then nothing was done.
    pub is_new: bool,
}

impl ReleaseReport {
    /// Returns the report as JSON: `{"new", "release": {"name", "revision", "time_ms", "app_version", "sequence"}}`.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let json = db.release("1.0")?.to_json();
    /// assert_eq!(json["new"], true);
    /// assert_eq!(json["release"]["name"], "1.0");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "new": self.is_new, "release": self.release })
    }
}

impl fmt::Display for ReleaseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Release { name, revision, .. } = &self.release;
        if self.is_new {
            write!(f, "revision {revision} is release {name} now")
        } else {
            write!(
                f,
                "revision {revision} is release {name} already: nothing was done"
            )
        }
    }
}

/// The releases of a store, in the order in which they were named: see [`Database::releases`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Releases {
    /// The releases.
    pub releases: Vec<Release>,
    /// The current revision.
    pub revision: u64,
}

impl Releases {
    /// Returns them as JSON: `{"revision", "releases": [{"name", "revision", "time_ms", "app_version", "sequence"}]}`.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// db.release("1.0")?;
    /// let json = db.releases()?.to_json();
    /// assert_eq!(json["releases"][0]["name"], "1.0");
    /// assert_eq!(json["revision"], 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "revision": self.revision, "releases": self.releases })
    }
}

impl fmt::Display for Releases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.releases.iter().map(|release| {
            let mark = if release.revision == self.revision {
                "*"
            } else {
                " "
            };
            format!("{mark} {}, revision {}", release.name, release.revision)
        });
        if let Some(first) = lines.next() {
            f.write_str(&first)?;
        }
        lines.try_for_each(|line| write!(f, "\n{line}"))
    }
}

impl Database {
    /// Gives the current revision a name: a release. The ledger records it, and no table moves; this handle and its clones
    /// stay open, while another opener of the same store has to open it again. A revision may have several names, and a
    /// name stays with its revision. Naming a revision again as it is named does nothing, and the report says so.
    ///
    /// ```
    /// # use quanta_core::{Engine, Options};
    /// let db = Options::new().engine(Engine::memory()).entities::<()>().open("anywhere")?;
    /// assert!(db.release("1.2.0")?.is_new);
    /// assert_eq!(db.releases()?.releases[0].revision, 1);
    /// assert!(!db.release("1.2.0")?.is_new);
    /// # Ok::<(), quanta_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NameTaken`](ErrorKind::NameTaken) names the revision that has the name,
    /// [`BadName`](ErrorKind::BadName) says what is wrong with it: a name has 1 to
    /// [`RELEASE_NAME_BYTES_MAX`](crate::schema::limits::RELEASE_NAME_BYTES_MAX) bytes of printable characters, the first
    /// and the last of which are no spaces. Else if the store is read-only, has moved, or the engine fails.
    pub fn release(&self, name: &str) -> Result<ReleaseReport> {
        let core = self.core();
        core.check_epoch()?;
        let right = core.lock()?;
        core.check_epoch()?;
        core.check_writable()?;
        let labelled = release(core.engine(), core.epoch(), name, self.signature());
        match labelled {
            Ok(Labelled::Now(release, switched)) => {
                core.go_on(&right, switched.epoch, switched.head);
                Ok(ReleaseReport {
                    release,
                    is_new: true,
                })
            }
            Ok(Labelled::Before(release)) => Ok(ReleaseReport {
                release,
                is_new: false,
            }),
            Err(error) => {
                if error.kind() == ErrorKind::SchemaMoved {
                    core.set_moved();
                }
                Err(error)
            }
        }
    }

    /// Lists the releases: name, revision, time, and which version of the program named it.
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
    /// options().entities::<(Before,)>().open("cities")?.release("1.0")?;
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// db.release("1.1")?;
    /// let releases = db.releases()?.releases;
    /// let releases: Vec<_> = releases.iter().map(|release| (release.name.as_str(), release.revision)).collect();
    /// assert_eq!(releases, [("1.0", 1), ("1.1", 2)]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the ledger is damaged.
    pub fn releases(&self) -> Result<Releases> {
        let history = self.history()?;
        Ok(Releases {
            releases: releases(&history.records),
            revision: history.revision,
        })
    }

    /// Goes to the revision of a release, back or on, as [`Database::migrate_to`].
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
    /// options().entities::<(Before,)>().open("cities")?.release("1.0")?;
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// assert_eq!(db.migrate_to_release("1.0")?.revision, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such release: the error lists those that are there, the most similar first. Else as
    /// [`Database::rollback`].
    pub fn migrate_to_release(self, name: &str) -> Result<TravelReport> {
        self.travel(&Destination::Release(name.to_owned()))
    }

    /// Says what [`Database::rollback`], [`Database::migrate_to`] or [`Database::migrate_to_release`] would do, and
    /// changes nothing.
    ///
    /// ```
    /// # use quantadb::{Destination, Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// options().entities::<(Before,)>().open("cities")?.release("1.0")?;
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// let plan = db.plan_travel(&Destination::Release("1.0".into()))?;
    /// assert!(plan.refusals.is_empty());
    /// assert_eq!(plan.tables[0].name, "cities");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such revision or release, and those of the engine. What would be refused is in the plan.
    pub fn plan_travel(&self, to: &Destination) -> Result<Plan> {
        self.core().check_epoch()?;
        plan_travel(self.core().engine(), to, self.baggage())
    }
}
