//! Looking at a store in the order in which an open does: directory, engine, catalogue, program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quanta_storage::{Marker, Opened, Snapshot, survey, unfinished_backups};

use crate::catalog::{read_ledger, read_standpoint, read_table, read_work};
use crate::codec::Class;
use crate::diff::RefusalKind;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate;
use crate::plan::{Head, OnOlder, Plan, Presence, StoredTable, WorkTask, path};
use crate::txn::Access;

use super::super::options::{Engine, Options};
use super::codes::ValidationCode;
use super::report::Validation;
use super::standing::{Standing, standings};

impl Options {
    /// Says of the store at `path`, without opening it for writing, what it is, whether it can be opened, and what opening it
    /// would do: marker, engine, who has it open, head, ledger, versions, unfinished work, and the plan, for which rows are
    /// checked. Rows are not looked at otherwise: that is what [`Database::verify`](crate::Database::verify) does. No record
    /// of the store changes.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, ValidationCode};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// drop(options().entities::<(Before,)>().open("cities")?);
    /// let validation = options().entities::<(City,)>().validate("cities")?; // The field `people` came.
    /// assert!(validation.is_valid());
    /// assert_eq!(validation.findings[0].code, ValidationCode::Change);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the operating system that say nothing about the store. What is wrong with the store is in the report.
    pub fn validate(self, path: impl AsRef<Path>) -> Result<Validation> {
        let path = path.as_ref();
        let mut found = Validation::default();
        let options = self.existing(Access::ReadOnly);
        if options.has_directory() && !options.look_from_outside(path, &mut found) {
            return Ok(found);
        }
        match options.open_engine(path) {
            Ok(opened) => options.look_inside(&opened, &mut found)?,
            Err(error) => {
                let code = code_of(&error).ok_or(error)?;
                found.is_open = code.0 == ValidationCode::Open;
                found.add(code.0, path.display(), code.1);
            }
        }
        found.findings.sort_by_key(|finding| finding.code);
        Ok(found)
    }

    fn has_directory(&self) -> bool {
        !matches!(self.chosen_engine(), Some(Engine::Memory(_) | Engine::Custom(_)))
    }

    /// Looks at what can be seen without opening anything. Returns whether there is more to be seen.
    fn look_from_outside(&self, path: &Path, found: &mut Validation) -> bool {
        let seen = survey(path);
        let is_begun = seen.marker.is_err() && !seen.unfinished.is_empty();
        for part in &seen.unfinished {
            let (code, problem) = if is_begun {
                (
                    ValidationCode::UnfinishedCreation,
                    "the marker has not its name yet",
                )
            } else {
                (ValidationCode::Rewrite, "it stands beside the records")
            };
            found.add(code, part.display(), problem);
        }
        for directory in self.backup_places(path) {
            for part in unfinished_backups(directory) {
                let problem = "it is a part of a backup: remove it, unless one is being taken now";
                found.add(ValidationCode::Backup, part.display(), problem);
            }
        }
        match seen.marker {
            Ok(marker) => note_marker(&marker, found),
            Err(_) if is_begun => return false,
            // The engine's own open tells one from the other.
            Err(_) => return true,
        }
        if let Some(error) = seen.locked {
            found.is_open = true;
            found.add(ValidationCode::Open, path.display(), error);
            return false;
        }
        true
    }

    /// Lists the directories in which backups of the store may be: that of the store itself, and where it puts its own.
    fn backup_places(&self, path: &Path) -> Vec<PathBuf> {
        let beside = path.parent().map(|parent| match parent {
            parent if parent.as_os_str().is_empty() => PathBuf::from("."),
            parent => parent.to_path_buf(),
        });
        beside.into_iter().chain(self.own_backups(path)).collect()
    }

    fn look_inside(&self, opened: &Opened, found: &mut Validation) -> Result<()> {
        note_marker(&opened.marker, found);
        if let Some(recovery) = &opened.recovery {
            let problem = format!("{} bytes were cut off", recovery.bytes_cut);
            found.add(ValidationCode::Recovered, recovery.file.display(), problem);
        }
        let snapshot = opened.engine.snapshot()?;
        let (epoch, head) = match read_standpoint(snapshot.as_ref()) {
            Ok(Some(standpoint)) => standpoint,
            // Nothing was ever written.
            Ok(None) => (0, Head::empty()),
            Err(error) => return note_damage(ValidationCode::Head, "the head", error, found),
        };
        note_head(epoch, &head, found);
        if let Err(error) = read_ledger(snapshot.as_ref(), &head) {
            note_damage(ValidationCode::Ledger, "the ledger", error, found)?;
        }
        note_work(snapshot.as_ref(), &head, found)?;
        let stored = stored_tables(snapshot.as_ref(), &head, found)?;
        drop(snapshot);
        self.look_at_program(opened, &stored, found)
    }

    /// Says what opening would do, if there is a program, and nothing is wrong that stands in the way.
    fn look_at_program(
        &self,
        opened: &Opened,
        stored: &BTreeMap<u32, StoredTable>,
        found: &mut Validation,
    ) -> Result<()> {
        let declarations = self.declarations();
        if !declarations.is_empty() && found.is_valid() {
            match self.plan_on(opened) {
                Ok(plan) => {
                    note_plan(&plan, found);
                    found.plan = Some(plan);
                }
                Err(error) if error.kind() == ErrorKind::Declaration => {
                    found.add(ValidationCode::Declaration, "the program", error);
                }
                Err(error) => note_damage(ValidationCode::Versions, "the catalogue", error, found)?,
            }
        }
        found.tables = standings(stored, &declarations, found.plan.as_ref());
        let is_older = |standing| standing == Some(Standing::Older);
        if self.on_older_now() != OnOlder::Refuse {
            let older = found.tables.iter().filter(|table| is_older(table.standing));
            let older: Vec<String> = older.map(|table| format!("table {}", table.table)).collect();
            for place in older {
                let problem = match self.on_older_now() {
                    OnOlder::RollBack => {
                        "opening takes it back, and keeps what the program's shape can't hold"
                    }
                    _ => "it is read as it was, and nothing can be written",
                };
                found.add(ValidationCode::LookBack, place, problem);
            }
        }
        Ok(())
    }

    fn plan_on(&self, opened: &Opened) -> Result<Plan> {
        let program = self.program();
        let request = self.request(&program);
        migrate::plan(opened.engine.as_ref(), &request)
    }
}

fn note_marker(marker: &Marker, found: &mut Validation) {
    found.format = Some(marker.format);
    found.engine = Some(marker.engine.clone());
    found.store_id = Some(marker.id.to_string());
}

/// Notes an error that is about what is stored; hands on every other one.
fn note_damage(code: ValidationCode, place: &str, error: Error, found: &mut Validation) -> Result<()> {
    if error.kind() != ErrorKind::Corrupt {
        return Err(error);
    }
    found.add(code, place, error);
    Ok(())
}

/// Returns what an error of opening the engine says about the store; none if it says nothing.
fn code_of(error: &Error) -> Option<(ValidationCode, String)> {
    let text = error.to_string();
    let is_marker = text.contains("the marker in");
    let code = match error.kind() {
        ErrorKind::Missing => ValidationCode::Missing,
        ErrorKind::NotAStore => ValidationCode::NotAStore,
        ErrorKind::NewerFormat => ValidationCode::NewerFormat,
        ErrorKind::WrongEngine => ValidationCode::Engine,
        ErrorKind::Locked => ValidationCode::Open,
        ErrorKind::Corrupt if is_marker => ValidationCode::Marker,
        ErrorKind::Corrupt | ErrorKind::NeedsRepair => ValidationCode::Files,
        ErrorKind::ReadOnly => ValidationCode::NotWritable,
        _ => return None,
    };
    Some((code, text))
}

fn note_head(epoch: u64, head: &Head, found: &mut Validation) {
    found.revision = Some(head.revision);
    found.ledger_records = Some(head.ledger_records);
    if epoch < head.ledger_records {
        let problem = format!(
            "it is {epoch}, and the ledger has {} records",
            head.ledger_records
        );
        found.add(ValidationCode::Head, "the epoch", problem);
    }
    let held = head.tables.values().filter(|table| table.held);
    found.held = held.map(|table| table.state.name.clone()).collect();
    found.held.sort();
    for name in found.held.clone() {
        let problem = "a program that would take it up again is refused, until the hold is released";
        found.add(ValidationCode::Held, format!("table {name}"), problem);
    }
}

fn note_work(snapshot: &dyn Snapshot, head: &Head, found: &mut Validation) -> Result<()> {
    let work = match read_work(snapshot) {
        Ok(work) => work,
        Err(error) => return note_damage(ValidationCode::Work, "unfinished work", error, found),
    };
    for (id, record) in work {
        let place = format!("work record {id}");
        match record.task {
            // Which tables are to be swept, the head says.
            WorkTask::Sweep { .. } => {}
            WorkTask::Build { space, .. } => {
                found.add(
                    ValidationCode::Build,
                    place,
                    format!("space {space} is built in part"),
                );
            }
            WorkTask::Retire { space } => {
                found.add(
                    ValidationCode::Retire,
                    place,
                    format!("space {space} is not empty yet"),
                );
            }
            WorkTask::Forget { space, .. } => {
                let problem = format!("kept values in space {space}");
                found.add(ValidationCode::Debt, place, problem);
            }
        }
    }
    for table in head.tables.values() {
        let state = &table.state;
        let old = table.stamps.iter().filter(|stamp| **stamp != state.version);
        let old: Vec<String> = old.map(ToString::to_string).collect();
        if state.presence == Presence::Live && !old.is_empty() {
            let problem = format!("rows may be at version {}", old.join(", "));
            found.add(ValidationCode::Sweep, format!("table {}", state.name), problem);
        }
    }
    Ok(())
}

/// Reads the tables whose versions can be read, and make a tree.
fn stored_tables(
    snapshot: &dyn Snapshot,
    head: &Head,
    found: &mut Validation,
) -> Result<BTreeMap<u32, StoredTable>> {
    let mut stored = BTreeMap::new();
    for (id, table) in &head.tables {
        let place = format!("table {}", table.state.name);
        match read_table(snapshot, *id, table) {
            Ok(read) => {
                let current = table.state.version;
                let ways = read
                    .versions
                    .keys()
                    .map(|version| path(&read.versions, *version, current));
                if let Some(problem) = ways.filter_map(std::result::Result::err).next() {
                    found.add(ValidationCode::Versions, place, problem);
                } else {
                    stored.insert(*id, read);
                }
            }
            Err(error) => note_damage(ValidationCode::Versions, &place, error, found)?,
        }
    }
    Ok(stored)
}

fn note_plan(plan: &Plan, found: &mut Validation) {
    for refusal in &plan.refusals {
        let code = match refusal.kind {
            RefusalKind::Older => ValidationCode::Older,
            RefusalKind::Held => ValidationCode::HeldBack,
            _ => ValidationCode::Refused,
        };
        let place = match refusal.path.as_str() {
            "" => refusal.table.clone(),
            path => format!("{}.{path}", refusal.table),
        };
        let mut problem = refusal.problem.clone();
        for (position, fix) in refusal.fixes.iter().enumerate() {
            problem.push_str(if position == 0 { "\n  fix: " } else { "\n   or: " });
            problem.push_str(fix);
        }
        found.add(code, place, problem);
    }
    let steps = plan.steps().count();
    if steps > 0 && plan.refusals.is_empty() {
        let problem = format!("{steps} steps, plan {}", plan.token());
        found.add(ValidationCode::Change, "the store", problem);
    }
    let losses = plan.steps().filter(|step| step.class > Class::Exact);
    for step in losses.filter(|_| plan.refusals.is_empty()) {
        found.add(ValidationCode::Loss, format!("table {}", step.table), step);
    }
    for name in &plan.unregistered {
        let problem = "its rows stay as they are";
        found.add(ValidationCode::Unregistered, format!("table {name}"), problem);
    }
}
