//! `status`: where a store stands, and what is to be done about it.

use quanta_core::plan::Presence;
use quanta_core::{Database, FilesStatus, Plan};
use serde_json::{Value, json};

use super::plan::{Files, options};
use crate::args::PlanArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::program::Program;
use crate::store;
use crate::time::rfc3339;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta status app.quanta
  quanta status app.quanta --migrations migrations
  cargo run --bin manage -- status app.quanta

A program that links its entities also says whether the store is as they are.

JSON: {\"engine\", \"store_id\", \"revision\", \"releases\": names of this revision, \"last\": {\"kind\", \"time_ms\",
       \"app_version\"} | null, \"tables\", \"held\": [name], \"pending\": null without entities, else {\"token\", \"steps\",
       \"refusals\"}, \"files\": [{\"id\", \"name\", \"tags\", \"state\": applied | noted | pending | skipped | changed |
       gone, \"revision\", \"difference\"}]}";

/// Runs the command.
pub fn run(program: &Program, args: &PlanArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    let status = Status::of(&db)?;
    drop(db);
    let files = Files {
        directories: &args.migrations,
        skip_tags: &args.skip_tag,
    };
    let is_alone = matches!(program, Program::Standalone);
    let (mut pending, mut stand) = (None, FilesStatus::default());
    if !is_alone || !args.migrations.is_empty() {
        let options = options(program, files, "status")?;
        stand = options.clone().files_status(&args.store)?;
        if !is_alone {
            pending = Some(options.plan(&args.store)?);
        }
    }
    if out.json {
        let mut json = status.to_json(pending.as_ref());
        json["files"] = stand.to_json();
        out.value(&json)?;
    } else {
        status.print(pending.as_ref(), out)?;
        if !stand.files.is_empty() {
            out.line(&stand.to_string())?;
        }
    }
    Ok(Exit::Ok)
}

struct Status {
    engine: String,
    store_id: String,
    revision: u64,
    releases: Vec<String>,
    /// What moved the store last: kind, time, version of the program.
    last: Option<(String, u64, String)>,
    tables: usize,
    held: Vec<String>,
}

impl Status {
    fn of(db: &Database) -> Result<Self, Failure> {
        let (head, history) = (db.head(), db.history()?);
        let live = head
            .tables
            .values()
            .filter(|table| table.state.presence == Presence::Live);
        Ok(Self {
            engine: db.marker().engine.clone(),
            store_id: db.marker().id.to_string(),
            revision: head.revision,
            releases: history.names_of(head.revision),
            last: history.records.last().map(|record| {
                (
                    record.kind.name().to_owned(),
                    record.time_ms,
                    record.app_version.clone(),
                )
            }),
            tables: live.count(),
            held: head
                .tables
                .values()
                .filter(|table| table.held)
                .map(|table| table.state.name.clone())
                .collect(),
        })
    }

    fn to_json(&self, pending: Option<&Plan>) -> Value {
        json!({
            "engine": self.engine,
            "store_id": self.store_id,
            "revision": self.revision,
            "releases": self.releases,
            "last": self.last.as_ref().map(|(kind, time_ms, app_version)| json!({
                "kind": kind, "time_ms": time_ms, "app_version": app_version,
            })),
            "tables": self.tables,
            "held": self.held,
            "pending": pending.map(|plan| json!({
                "token": plan.token(),
                "steps": plan.steps().map(ToString::to_string).collect::<Vec<_>>(),
                "refusals": plan.refusals,
            })),
        })
    }

    fn print(&self, pending: Option<&Plan>, out: &mut Output) -> std::io::Result<()> {
        let names = match self.releases.as_slice() {
            [] => String::new(),
            names => format!(" ({})", names.join(", ")),
        };
        out.line(&format!(
            "revision {}{names}, {}, engine {}, store {}",
            self.revision,
            output::count(self.tables as u64, "table"),
            self.engine,
            self.store_id
        ))?;
        if let Some((kind, time_ms, app_version)) = &self.last {
            let by = match app_version.as_str() {
                "" => String::new(),
                version => format!(" by {version}"),
            };
            out.line(&format!("last moved {}{by}: {kind}", rfc3339(*time_ms)))?;
        }
        if !self.held.is_empty() {
            out.line(&format!("held by a rollback: {}", self.held.join(", ")))?;
        }
        match pending {
            None => Ok(()),
            Some(plan) if plan.is_empty() => out.line(&format!("the entities: {}", out.good("as the store"))),
            Some(plan) => {
                let verdict = if plan.refusals.is_empty() {
                    format!(
                        "{} to do, plan {}",
                        output::count(plan.steps().count() as u64, "step"),
                        plan.token()
                    )
                } else {
                    out.bad("refused as they are: see `plan`")
                };
                out.line(&format!("the entities: {verdict}"))
            }
        }
    }
}
