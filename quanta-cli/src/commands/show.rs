//! `quanta show`: everything about one revision.

use quanta_core::diff::{Step, Way};
use quanta_core::plan::{LedgerKind, LedgerRecord, TableEffect};
use quanta_core::{Database, RowProgram, VersionDiff};
use serde_json::{Value, json};

use super::history::record_json;
use super::steps;
use crate::args::ShowArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::{store, time};

/// The shape of the JSON.
pub const JSON: &str = "\
JSON: {\"revision\", \"is_current\", \"record\": as in history,
       \"tables\": [{\"id\", \"name\", \"from_version\", \"version\", \"diff\", \"up\": [step], \"down\": [step],
         \"kept\": [{\"edge\", \"way\": \"up\" | \"down\", \"entries\", \"bytes\"}]}],
       \"later\": [{\"sequence\", \"kind\", \"time\", \"release\"}]}
      A step: {\"change\", \"class\", \"cost\", \"sentence\"}. Later are the journeys back or on to the revision, its names, and what was
      forgotten at it.";

/// What is told of one table.
struct Effect<'a> {
    effect: &'a TableEffect,
    diff: VersionDiff,
    /// Edge, way, entries and bytes of what is kept on the edges that were passed.
    kept: Vec<(u32, Way, u64, u64)>,
    /// The programs there and back, if they are asked for.
    programs: Option<[Vec<RowProgram>; 2]>,
}

/// Runs the command.
pub fn run(args: &ShowArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    let history = db.history()?;
    let made = |record: &&LedgerRecord| record.revision == args.revision && record.kind.makes_revision();
    let record = history
        .records
        .iter()
        .find(made)
        .ok_or_else(|| unknown(args.revision, &history.records))?;
    let later: Vec<&LedgerRecord> = history
        .records
        .iter()
        .filter(|later| later.revision == args.revision && later.sequence != record.sequence)
        .collect();
    let effects: Result<Vec<Effect<'_>>, Failure> = record
        .effects
        .iter()
        .map(|effect| told(&db, effect, args))
        .collect();
    let effects = effects?;
    let is_current = history.revision == args.revision;
    if out.json {
        out.value(&json!({
            "revision": args.revision,
            "is_current": is_current,
            "record": record_json(record),
            "tables": effects.iter().map(effect_json).collect::<Vec<_>>(),
            "later": later.iter().map(|later| later_json(later)).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Ok);
    }
    print_record(record, is_current, out)?;
    for effect in &effects {
        print_effect(effect, out)?;
    }
    for later in later {
        let what = match (&later.release, later.kind) {
            (Some(name), _) => format!("release {name}"),
            (None, LedgerKind::Forget) => "at it, something was forgotten".to_owned(),
            (None, kind) => format!("{} to it", kind.name()),
        };
        out.line(&format!("\n{what} at {}", time::rfc3339(later.time_ms)))?;
    }
    Ok(Exit::Ok)
}

pub(super) fn unknown(revision: u64, records: &[LedgerRecord]) -> Failure {
    let made = records.iter().filter(|record| record.kind.makes_revision());
    let range = made.fold(None, |range: Option<(u64, u64)>, record| match range {
        Some((first, last)) => Some((first.min(record.revision), last.max(record.revision))),
        None => Some((record.revision, record.revision)),
    });
    let known = match range {
        Some((first, last)) if first == last => format!("it has revision {first}"),
        Some((first, last)) => format!("it has {first} to {last}, see quanta history"),
        None => "it has none yet".to_owned(),
    };
    Failure::Told(
        Exit::Usage,
        format!("the store has no revision {revision}: {known}"),
    )
}

fn told<'a>(db: &Database, effect: &'a TableEffect, args: &ShowArgs) -> Result<Effect<'a>, Failure> {
    let diff = db.effect_diff(effect)?;
    let kept = db.kept(effect.table)?;
    let kept = kept
        .into_iter()
        .filter(|((edge, _), _)| diff.edges.contains(edge));
    let kept = kept
        .map(|((edge, way), usage)| (edge, way, usage.records, usage.bytes))
        .collect();
    let programs = args.program.then(|| db.effect_programs(effect)).transpose()?;
    Ok(Effect {
        effect,
        diff,
        kept,
        programs,
    })
}

fn effect_json(effect: &Effect<'_>) -> Value {
    let steps = |steps: &[Step]| steps.iter().map(Step::to_json).collect::<Vec<_>>();
    let kept = effect.kept.iter().map(
        |(edge, way, entries, bytes)| json!({ "edge": edge, "way": way, "entries": entries, "bytes": bytes }),
    );
    json!({
        "id": effect.effect.table,
        "name": effect.effect.after.name,
        "from_version": effect.effect.before.as_ref().map(|state| state.version),
        "version": effect.effect.after.version,
        "diff": effect.diff.to_text(quanta_core::Style::Plain),
        "up": steps(&effect.effect.up),
        "down": steps(&effect.effect.down),
        "kept": kept.collect::<Vec<_>>(),
        "programs": effect.programs.as_ref().map(|[up, down]| json!({
            "up": up.iter().map(program_json).collect::<Vec<_>>(),
            "down": down.iter().map(program_json).collect::<Vec<_>>(),
        })),
    })
}

fn program_json(program: &RowProgram) -> Value {
    json!({ "versions": program.versions, "lines": program.lines, "notes": program.notes })
}

fn later_json(record: &LedgerRecord) -> Value {
    json!({
        "sequence": record.sequence,
        "kind": record.kind,
        "time": time::rfc3339(record.time_ms),
        "release": record.release,
    })
}

fn print_record(record: &LedgerRecord, is_current: bool, out: &mut Output) -> std::io::Result<()> {
    let current = if is_current { ", current" } else { "" };
    out.heading(&format!("revision {}{current}", record.revision))?;
    let from = record
        .from_revision
        .map_or_else(|| "nothing".to_owned(), |from| format!("revision {from}"));
    let by = if record.app_version.is_empty() {
        String::new()
    } else {
        format!(", by {}", record.app_version)
    };
    let time = time::rfc3339(record.time_ms);
    out.line(&format!("{} from {from}, {time}{by}", record.kind.name()))?;
    if record.rows_checked > 0 || record.rows_built > 0 {
        let checked = output::count(record.rows_checked, "row");
        let built = output::count(record.rows_built, "row");
        out.line(&format!("{checked} checked and {built} rewritten beforehand"))?;
    }
    if !record.migrations.is_empty() {
        out.line(&format!("own migrations: {}", record.migrations.join(", ")))?;
    }
    for view in &record.views {
        out.line(&view.to_string())?;
    }
    Ok(())
}

fn print_effect(effect: &Effect<'_>, out: &mut Output) -> std::io::Result<()> {
    let after = &effect.effect.after;
    let versions = match &effect.effect.before {
        Some(before) if before.version != after.version => format!("{} to {}", before.version, after.version),
        _ => after.version.to_string(),
    };
    out.line("")?;
    out.heading(&format!("table {}, version {versions}", after.name))?;
    out.text(&effect.diff.to_text(out.style()))?;
    let [up, down] = effect
        .programs
        .as_ref()
        .map_or([&[][..]; 2], |[up, down]| [up, down]);
    out.line("  there:")?;
    steps::print(&effect.effect.up, out)?;
    print_programs(up, out)?;
    out.line("  back:")?;
    steps::print(&effect.effect.down, out)?;
    print_programs(down, out)?;
    for (edge, way, entries, _) in &effect.kept {
        let rows = output::count(*entries, "row");
        match way {
            Way::Up => out.line(&format!("  of {rows} is kept what version {edge} can't hold"))?,
            Way::Down => out.line(&format!("  of {rows} is kept what only version {edge} can hold"))?,
        }
    }
    Ok(())
}

fn print_programs(programs: &[RowProgram], out: &mut Output) -> std::io::Result<()> {
    for line in programs
        .iter()
        .flat_map(|program| program.to_string().lines().map(str::to_owned).collect::<Vec<_>>())
    {
        out.line(&format!("    {line}"))?;
    }
    Ok(())
}
