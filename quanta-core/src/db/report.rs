//! What an open, or a journey to another revision, did.

use std::fmt;
use std::time::Duration;

use quanta_storage::{Opened, Origin, Recovery};
use serde_json::{Value, json};

use crate::migrate::Spans;
use crate::plan::{Plan, Style};

/// What an open did.
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

/// What a journey to another revision did.
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
