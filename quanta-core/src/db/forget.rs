//! Deleting kept values on purpose, and what is told of it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::diff::Step;
use crate::error::Result;
use crate::migrate::{Forget, Forgetter, Forgetting, KeptPart, SweepFirst, forget, plan_forget};
use crate::plan::{ForgottenPart, Usage};

use super::database::Database;
use super::options::{Engine, Options};

/// What was deleted on purpose, or would be.
///
/// ```
/// # use quantadb::{Engine, Forget, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(table = "cities", register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "cities", register = false)]
/// # struct Name { #[quanta(id)] name: String }
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone());
/// # let oslo = City { name: "Oslo".into(), people: 717_710 };
/// # options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
/// let db = options().entities::<(Name,)>().open("cities")?; // `Name` has no field `people`.
/// let report = db.plan_forget(&Forget::All)?;
/// let part = &report.parts[0];
/// assert_eq!((part.name.as_str(), part.revision), ("cities", 2));
/// assert_eq!(report.sequence, None); // Nothing was deleted: this is only the plan.
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForgetReport {
    /// What is kept of which change, how much, and what a journey gives without it.
    pub parts: Vec<KeptPart>,
    /// The ledger record that names them; none if nothing was deleted.
    pub sequence: Option<u64>,
    /// Rows that were rewritten to their current version first.
    pub rows_swept: u64,
    /// What became of the bytes in the files, if they were to go too.
    pub erasure: Option<Erasure>,
}

/// What an erasure can say of the bytes in the files: see [`Options::erase`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// The files were written anew: they hold nothing that was overwritten or deleted.
    FilesRewritten,
    /// The engine has no files of its own.
    NoFiles,
    /// The engine is none of ours. It was asked to compact, and what that leaves is not known here.
    Unknown,
}

impl Erasure {
    /// Returns the name in JSON.
    ///
    /// ```
    /// # use quantadb::Erasure;
    /// assert_eq!(Erasure::FilesRewritten.name(), "files_rewritten");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FilesRewritten => "files_rewritten",
            Self::NoFiles => "no_files",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Erasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FilesRewritten => {
                "the files were written anew, and hold nothing of it; backups, copies and what the file system keeps \
                 of deleted files are out of reach"
            }
            Self::NoFiles => "the engine has no files",
            Self::Unknown => "the engine was asked to compact; whether its files still hold old bytes is not known here",
        })
    }
}

impl ForgetReport {
    pub(super) fn planned(parts: Vec<KeptPart>) -> Self {
        Self {
            parts,
            sequence: None,
            rows_swept: 0,
            erasure: None,
        }
    }

    fn done(forgetting: Forgetting) -> Self {
        Self {
            parts: forgetting.parts,
            sequence: forgetting.sequence,
            rows_swept: forgetting.rows_swept,
            erasure: None,
        }
    }

    /// Returns all records and bytes together.
    ///
    /// ```
    /// # use quantadb::{Engine, Forget, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Name { #[quanta(id)] name: String }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// # options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
    /// let db = options().entities::<(Name,)>().open("cities")?; // `Name` has no field `people`.
    /// assert_eq!(db.plan_forget(&Forget::All)?.total().records, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn total(&self) -> Usage {
        self.parts.iter().fold(Usage::default(), |sum, part| {
            let total = part.part.total();
            Usage {
                records: sum.records + total.records,
                bytes: sum.bytes + total.bytes,
            }
        })
    }

    /// Returns the report as JSON: `{"sequence", "rows_swept", "erasure", "total": {"records", "bytes"}, "parts": [{"id",
    /// "table", "revision", "time_ms", "edge", "up", "down", "taken_out", "rows", "kept", "steps", "consequences"}]}`.
    /// Of `up`, `down` and `rows`, `kept` those are there that the part has.
    ///
    /// ```
    /// # use quantadb::{Engine, Forget, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Name { #[quanta(id)] name: String }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// # options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
    /// let db = options().entities::<(Name,)>().open("cities")?; // `Name` has no field `people`.
    /// let json = db.plan_forget(&Forget::All)?.to_json();
    /// assert_eq!(json["parts"][0]["table"], "cities");
    /// assert_eq!(json["total"]["records"], 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "sequence": self.sequence,
            "rows_swept": self.rows_swept,
            "erasure": self.erasure.map(Erasure::name),
            "total": self.total().to_json(),
            "parts": self.parts.iter().map(part_json).collect::<Vec<_>>(),
        })
    }
}

fn part_json(part: &KeptPart) -> Value {
    let mut json = json!({
        "id": part.table,
        "table": part.name,
        "revision": part.revision,
        "time_ms": part.time_ms,
        "steps": part.steps.iter().map(Step::to_string).collect::<Vec<_>>(),
        "consequences": part.consequences,
    });
    let more = match &part.part {
        ForgottenPart::Edge {
            edge,
            up,
            down,
            victims,
        } => json!({
            "edge": edge,
            "up": up.to_json(),
            "down": down.to_json(),
            "taken_out": victims.to_json(),
        }),
        ForgottenPart::Rows { rows, kept, victims } => json!({
            "rows": rows.to_json(),
            "kept": kept.to_json(),
            "taken_out": victims.to_json(),
        }),
    };
    if let (Value::Object(json), Value::Object(more)) = (&mut json, more) {
        json.extend(more);
    }
    json
}

impl fmt::Display for ForgetReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.parts.is_empty() {
            write!(f, "nothing is kept that could be forgotten")?;
        }
        for (position, part) in self.parts.iter().enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            write_part(part, f)?;
        }
        if let Some(sequence) = self.sequence {
            let Usage { records, bytes } = self.total();
            write!(
                f,
                "\nforgotten: {records} records, {bytes} bytes, named in ledger record {sequence}"
            )?;
        }
        if let Some(erasure) = self.erasure {
            write!(f, "\nerased: {erasure}")?;
        }
        Ok(())
    }
}

fn write_part(part: &KeptPart, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (name, revision) = (&part.name, part.revision);
    let amounts = match &part.part {
        ForgottenPart::Edge {
            edge,
            up,
            down,
            victims,
        } => {
            write!(f, "{name}, into version {edge} (revision {revision}): ")?;
            [
                (up, "entries for the way back"),
                (down, "entries for the way up again"),
                (victims, "rows taken out"),
            ]
        }
        ForgottenPart::Rows { rows, kept, victims } => {
            write!(f, "{name}, which is gone (revision {revision}): ")?;
            [
                (rows, "rows"),
                (kept, "entries kept of them"),
                (victims, "rows taken out"),
            ]
        }
    };
    let amounts = amounts.iter().filter(|(usage, _)| !usage.is_empty());
    let amounts: Vec<String> = amounts
        .map(|(usage, what)| format!("{} {what}, {} bytes", usage.records, usage.bytes))
        .collect();
    write!(f, "{}", amounts.join("; "))?;
    for step in &part.steps {
        write!(f, "\n    {step}")?;
    }
    for consequence in &part.consequences {
        write!(f, "\n  without it, {consequence}")?;
    }
    Ok(())
}

impl Database {
    /// Says what [`Database::forget`] would delete, how much that is, and what a rollback gives afterwards. Changes
    /// nothing. Rows that were not swept yet count as if they were.
    ///
    /// ```
    /// # use quantadb::{Engine, Forget, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Name { #[quanta(id)] name: String }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// # options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
    /// let db = options().entities::<(Name,)>().open("cities")?; // `Name` has no field `people`.
    /// let report = db.plan_forget(&Forget::Table("cities".into()))?;
    /// assert_eq!(report.total().records, 1);
    /// assert!(!report.parts[0].consequences.is_empty());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the store has no such table or revision, the schema has moved, records are damaged, or the engine fails.
    pub fn plan_forget(&self, what: &Forget) -> Result<ForgetReport> {
        let parts = plan_forget(&self.core().snapshot()?, what)?;
        Ok(ForgetReport::planned(parts))
    }

    /// Deletes what is kept, so that no rollback brings it back: [`Database::plan_forget`] says what that is. Tables of
    /// which something is forgotten are swept first. The ledger names what was forgotten, and plans of journeys that
    /// would have given it back say so. Consumes this handle; others of the same store answer
    /// [`SchemaMoved`](crate::ErrorKind::SchemaMoved).
    ///
    /// The bytes may stay in the engine's files for a while: [`Options::erase`] removes them too.
    ///
    /// ```
    /// # use quantadb::{Engine, Forget, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Name { #[quanta(id)] name: String }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// # options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
    /// let db = options().entities::<(Name,)>().open("cities")?; // `Name` has no field `people`.
    /// let report = db.forget(&Forget::All)?;
    /// assert_eq!((report.total().records, report.sequence), (1, Some(2)));
    /// // A rollback gives the field back, and not what was in it.
    /// options().entities::<(Name,)>().open("cities")?.rollback(1)?;
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// assert_eq!(db.collection::<City>().get("Oslo")?.unwrap().people, 0);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the store has no such table or revision, is open for reading only, the schema has moved, rows are damaged, or the
    /// engine fails. Interrupted,
    /// either nothing is forgotten, or the next open goes on deleting.
    pub fn forget(self, what: &Forget) -> Result<ForgetReport> {
        self.forget_after(what, SweepFirst::Concerned)
    }

    pub(super) fn forget_after(self, what: &Forget, first: SweepFirst) -> Result<ForgetReport> {
        let core = Arc::clone(self.core());
        core.check_epoch()?;
        // The sweep must not wait for a right that this thread has.
        core.check_idle()?;
        self.stop_sweep();
        let by = Forgetter {
            app_version: self.app_version(),
            time_ms: self.now(),
        };
        forget(&core, what, first, by).map(ForgetReport::done)
    }
}

impl Options {
    /// Opens the store, deletes what is kept as [`Database::forget`] does, sweeps all tables, closes it, and writes its
    /// files anew, so that nothing is left in them of all that was ever overwritten or deleted.
    ///
    /// While the files are written anew they take their place twice. Interrupted anywhere, the next open finds a whole
    /// store; the erasure is then to be run again. What is out of reach: backups and copies, what the file system keeps
    /// of deleted files, and values that stand elsewhere in the store, such as in rows or on edges that were not chosen.
    ///
    /// ```
    /// # use quanta_core::{Engine, Erasure, Forget, Options};
    /// # let dir = tempfile::tempdir().expect("a directory");
    /// # let path = dir.path().join("app.quanta");
    /// drop(Options::new().entities::<()>().open(&path)?);
    /// let report = Options::new().entities::<()>().erase(&path, &Forget::All)?;
    /// assert_eq!(report.erasure, Some(Erasure::FilesRewritten));
    /// # Ok::<(), quanta_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Options::open`] and [`Database::forget`], and those of the operating system.
    pub fn erase(self, path: impl AsRef<Path>, what: &Forget) -> Result<ForgetReport> {
        let path = path.as_ref();
        let engine = self.chosen_engine().cloned();
        let db = self.open(path)?;
        let core = Arc::clone(db.core());
        let mut report = db.forget_after(what, SweepFirst::All)?;
        report.erasure = Some(match engine {
            Some(Engine::Memory(_)) => Erasure::NoFiles,
            Some(Engine::Custom(engine)) => {
                engine.compact()?;
                Erasure::Unknown
            }
            Some(Engine::Fjall | Engine::Sled | Engine::Redb) | None => {
                // The last handle of the store: its files are closed with it.
                drop(core);
                quanta_storage::rewrite(path, &mut |_| {})?;
                Erasure::FilesRewritten
            }
        });
        Ok(report)
    }
}
