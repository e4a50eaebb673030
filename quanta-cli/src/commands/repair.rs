//! `repair`: what is certain of what `verify` finds is put in order.

use std::path::{Path, PathBuf};

use quanta_core::{Finding, Options, Remedy, RepairReport, Repaired};
use serde_json::json;

use crate::args::RepairArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta repair app.quanta
  quanta repair app.quanta --apply
  quanta repair app.quanta --apply --backup before.backup
  quanta repair app.quanta --cut-journal

Without --apply nothing is changed: each finding of `verify` is listed with what would be done about it, or why nothing is.
What can't be told is left alone: restore a backup. A store that doesn't open, as whole batches stand behind a damage in the
journal of its engine, opens again with --cut-journal: what was committed behind the damage is given up. The codes are explained in docs/tools.md.

Exit code 0: nothing is wrong, or nothing is any more. 1: there are findings, or some are left.

JSON: {\"sound\", \"found\": what verify gives, \"done\": null, or {\"backup\", \"records_written\", \"records_deleted\",
       \"ledger_record\": its position | null, \"left\": what verify gives}}
With --cut-journal: {\"bytes_cut\", \"kept\": path | null}";

/// Runs the command.
pub fn run(args: &RepairArgs, out: &mut Output) -> Result<Exit, Failure> {
    if args.cut_journal {
        return cut_journal(&args.store, out);
    }
    let version = concat!("quanta ", env!("CARGO_PKG_VERSION"));
    let options = Options::new().entities::<()>().app_version(version);
    let report = if args.apply {
        let backup = args.backup.clone().unwrap_or_else(|| free_name(&args.store));
        options.repair(&args.store, backup)?
    } else {
        options.plan_repair(&args.store)?
    };
    if out.json {
        out.value(&report.to_json())?;
    } else {
        print(&report, args.apply, out)?;
    }
    Ok(if report.is_sound() {
        Exit::Ok
    } else {
        Exit::Findings
    })
}

/// Cuts the engine's journal off behind its last whole batch.
fn cut_journal(store: &Path, out: &mut Output) -> Result<Exit, Failure> {
    let cut = quanta_core::cut_damaged_journal(store)?;
    if out.json {
        out.value(&json!({
            "bytes_cut": cut.as_ref().map_or(0, |cut| cut.bytes_cut),
            "kept": cut.as_ref().map(|cut| cut.kept.display().to_string()),
        }))?;
        return Ok(Exit::Ok);
    }
    match cut {
        None => out.line("the journal is whole: nothing was cut")?,
        Some(cut) => out.line(&format!(
            "{} bytes were cut off {}, and are kept in {}",
            cut.bytes_cut,
            cut.file.display(),
            cut.kept.display()
        ))?,
    }
    Ok(Exit::Ok)
}

/// Returns a name beside the store that nothing has yet.
fn free_name(store: &Path) -> PathBuf {
    let name = store
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let named = |number: u32| store.with_file_name(format!("{name}.before-repair-{number}.backup"));
    (1..u32::MAX)
        .map(named)
        .find(|path| !path.exists())
        .unwrap_or_else(|| named(0))
}

fn print(report: &RepairReport, is_applied: bool, out: &mut Output) -> std::io::Result<()> {
    for finding in &report.found.findings {
        print_finding(finding, out)?;
    }
    match &report.done {
        Some(done) => print_done(done, out),
        None if report.is_sound() => {
            let verdict = out.good("sound");
            out.line(&format!("{verdict}: there is nothing to repair"))
        }
        None if report.found.is_repairable() && !is_applied => {
            out.line("nothing was changed; --apply backs the store up, and does what is certain")
        }
        None => out.line("nothing of this is certain: nothing was changed"),
    }
}

fn print_finding(finding: &Finding, out: &mut Output) -> std::io::Result<()> {
    let code = out.bad(&finding.code.to_string());
    out.line(&format!("{code}: {}: {}", finding.place, finding.problem))?;
    match finding.remedy {
        Remedy::Repair(what) => out.line(&format!("  repair: {what}")),
        Remedy::Refuse(why) => out.line(&format!("  left alone: {why}")),
    }
}

fn print_done(done: &Repaired, out: &mut Output) -> std::io::Result<()> {
    out.line(&format!("backed up to {}", done.backup.path.display()))?;
    let entry = match done.ledger_record {
        Some(record) => format!("see ledger record {record}"),
        None => "the ledger is damaged and says nothing of it".to_owned(),
    };
    out.line(&format!(
        "{} written, {} deleted; {entry}",
        output::count(done.records_written, "record"),
        output::count(done.records_deleted, "record")
    ))?;
    match done.left.totals.values().sum::<u64>() {
        0 => {
            let verdict = out.good("sound");
            out.line(&verdict)
        }
        left => {
            let verdict = out.bad(&format!("{} left", output::count(left, "finding")));
            out.line(&verdict)
        }
    }
}
