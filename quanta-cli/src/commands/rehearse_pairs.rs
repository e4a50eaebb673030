//! `quanta rehearse --all-pairs`: from every version of a history document to every other one, and back.

use comfy_table::Table;
use quanta_core::HistoryDocument;
use quanta_core::rehearse::{PairsReport, Reason, Rehearsal, SourceReport, rehearse_pairs_with};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::progress;

/// Broken pairs that are printed; `--json` has them all.
const SHOWN_BROKEN_MAX: usize = 20;

/// Runs the command.
pub fn run(document: &HistoryDocument, rehearsal: &Rehearsal, out: &mut Output) -> Result<Exit, Failure> {
    let bar = progress::of("versions", document.versions.len());
    let report = rehearse_pairs_with(document, rehearsal, &mut |done| bar.set_position(done as u64))?;
    bar.finish_and_clear();
    if out.json {
        out.value(&report.to_json())?;
    } else {
        print(&report, out)?;
    }
    Ok(if report.is_good() {
        Exit::Ok
    } else {
        Exit::Findings
    })
}

fn print(report: &PairsReport, out: &mut Output) -> std::io::Result<()> {
    out.heading(&format!(
        "{}: {}, {} in each table over all of them, seed {}",
        report.name,
        output::count(report.versions as u64, "version"),
        output::count(report.rows, "row"),
        report.seed
    ))?;
    out.table(&sources(report))?;
    for version in &report.left_out {
        out.line(&format!(
            "version {} is left out: {}",
            version.version, version.problem
        ))?;
    }
    for reason in &report.reasons {
        print_reason(reason, out)?;
    }
    for broken in report.broken.iter().take(SHOWN_BROKEN_MAX) {
        let law = out.bad(&format!("law {} is broken", broken.law.name()));
        out.line(&format!(
            "{} -> {}: {law}: {}",
            broken.from, broken.to, broken.counterexample
        ))?;
    }
    let more = report.broken.len().saturating_sub(SHOWN_BROKEN_MAX);
    if more > 0 {
        out.line(&format!("and {more} more"))?;
    }
    print_total(report, &report.total(), out)
}

fn sources(report: &PairsReport) -> Table {
    let mut table = output::table(&["from", "rows", "left out", "pairs", "intact", "refused", "broken"]);
    output::align_right(&mut table, &[1, 2, 3, 4, 5, 6]);
    for source in &report.sources {
        table.add_row([
            source.from.clone(),
            source.rows.to_string(),
            source.rows_left_out.to_string(),
            source.pairs().to_string(),
            source.intact.to_string(),
            source.refused.to_string(),
            source.broken.to_string(),
        ]);
    }
    table
}

/// Prints what refused pairs, with what the first of them was told.
fn print_reason(reason: &Reason, out: &mut Output) -> std::io::Result<()> {
    let mut place = reason.table.clone();
    if !reason.path.is_empty() {
        place.push_str(&format!(".{}", reason.path));
    }
    let pairs = output::count(reason.pairs, "pair");
    let (from, to) = (&reason.from, &reason.to);
    out.line(&format!(
        "{pairs} refused ({}) {place}, as {from} -> {to}:",
        reason.kind
    ))?;
    for line in reason.problem.lines().take(2) {
        out.line(&format!("    {}", line.trim_start()))?;
    }
    Ok(())
}

fn print_total(report: &PairsReport, total: &SourceReport, out: &mut Output) -> std::io::Result<()> {
    if total.refused > 0 {
        out.line(&format!(
            "{} refused, {} of them intact without the rows that were named",
            output::count(total.refused, "pair"),
            total.refused_rest_intact
        ))?;
    }
    if total.stepless > 0 {
        out.line(&format!(
            "{} gone at once only: a version between refuses rows",
            output::count(total.stepless, "pair")
        ))?;
    }
    if total.turns > 0 {
        out.line(&format!(
            "{} intact but for rows that share a key or a unique value: which of them is there changed",
            output::count(total.turns, "pair")
        ))?;
    }
    let verdict = if report.is_good() {
        out.good("good")
    } else {
        out.bad("not good")
    };
    out.line(&format!(
        "{verdict}: {}, {} intact, {} refused, {} broken",
        output::count(total.pairs(), "pair"),
        total.intact,
        total.refused,
        total.broken
    ))
}
