//! What an open, or a journey to another revision, did.

use std::fmt;
use std::time::Duration;

use quanta_storage::{Opened, Origin, Recovery};
use serde_json::{Value, json};

use crate::migrate::Spans;
use crate::plan::{Plan, Style};

/// What an open did.
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
/// # drop(options().entities::<(Before,)>().open("cities")?);
/// let db = options().entities::<(City,)>().open("cities")?; // The field `people` came.
/// let report = db.open_report();
/// assert_eq!((report.created, report.revision), (false, 2));
/// assert_eq!((report.plan.steps().count(), report.spans.rows_built), (1, 0));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct OpenReport {
    /// The revision afterwards.
    pub revision: u64,
    /// What was done; empty if the store was as declared.
    pub plan: Plan,
    /// Whether this open made the store.
    pub created: bool,
    /// What had to be cut off a damaged journal so that the store could be opened.
    pub recovery: Option<Recovery>,
    /// The engine's own open.
    pub engine_span: Duration,
    /// Our part, and what went into looking at rows.
    pub spans: Spans,
}

impl OpenReport {
    pub(super) fn new(
        opened: &Opened,
        engine_span: Duration,
        plan: Plan,
        spans: Spans,
        revision: u64,
    ) -> Self {
        let created = opened.origin == Origin::Created;
        Self {
            revision,
            plan,
            created,
            recovery: opened.recovery.clone(),
            engine_span,
            spans,
        }
    }

    /// Returns the report as JSON: `{"revision", "created", "plan", "spans_us"}` (docs/migrations.md).
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let json = db.open_report().to_json();
    /// assert_eq!(json["revision"], 1);
    /// assert_eq!(json["created"], true);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        json!({
            "revision": self.revision,
            "created": self.created,
            "recovered": self.recovery.as_ref().map(|recovery| json!({
                "file": recovery.file,
                "bytes_cut": recovery.bytes_cut,
                "kept": recovery.kept,
            })),
            "plan": self.plan.to_json(),
            "spans_us": {
                "engine": micros(self.engine_span),
                "ours": micros(self.spans.ours()),
                "checks": micros(self.spans.checks),
                "builds": micros(self.spans.builds),
            },
            "rows_checked": self.spans.rows_checked,
            "rows_built": self.spans.rows_built,
        })
    }

    /// Returns the report as text, coloured or plain.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Style};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// drop(options().entities::<(City,)>().open("cities")?);
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// let text = db.open_report().to_text(Style::Plain);
    /// assert!(text.starts_with("opened, nothing changed: revision 1, "));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_text(&self, style: Style) -> String {
        let is_unchanged = self.plan.tables.is_empty() && self.plan.views.is_empty();
        let what = match (self.created, is_unchanged) {
            (true, _) => "created",
            (false, true) => "opened, nothing changed",
            (false, false) => "opened and changed",
        };
        let mut text = format!(
            "{what}: revision {}, {:.1} ms ours, {:.1} ms the engine's\n",
            self.revision,
            self.spans.ours().as_secs_f64() * 1000.0,
            self.engine_span.as_secs_f64() * 1000.0,
        );
        if let Some(recovery) = &self.recovery {
            text.push_str(&format!(
                "recovered: {} bytes of an unfinished batch were cut off {}, and kept in {}\n",
                recovery.bytes_cut,
                recovery.file.display(),
                recovery.kept.display(),
            ));
        }
        if !self.plan.is_empty() || !self.plan.unregistered.is_empty() || !self.plan.notes.is_empty() {
            text.push_str(&self.plan.to_text(style));
        }
        text
    }
}

impl fmt::Display for OpenReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_text(Style::Plain).trim_end())
    }
}

/// What a journey to another revision did: see [`Database::rollback`](crate::Database::rollback).
#[derive(Debug, Clone)]
pub struct TravelReport {
    /// The revision afterwards.
    pub revision: u64,
    /// What was done.
    pub plan: Plan,
    /// Where the time went.
    pub spans: Spans,
}

impl TravelReport {
    /// Returns the report as JSON: `{"revision", "plan"}`.
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
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let report = options().entities::<(City,)>().open("cities")?.rollback(1)?;
    /// assert_eq!(report.to_json()["revision"], 1);
    /// assert!(report.to_string().starts_with("at revision 1\n"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "revision": self.revision, "plan": self.plan.to_json() })
    }
}

impl fmt::Display for TravelReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "at revision {}", self.revision)?;
        f.write_str(self.plan.to_text(Style::Plain).trim_end())
    }
}
