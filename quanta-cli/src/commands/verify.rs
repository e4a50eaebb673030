//! `quanta verify`: looks for contradictions in a store.

use quanta_core::{LISTED_FINDINGS_MAX, VerifyReport};

use crate::args::StoreArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::{progress, store};

/// The shape of the JSON.
pub const JSON: &str = "\
JSON: {\"sound\", \"findings\": [{\"code\", \"place\", \"problem\", \"remedy\": {\"repair\": what} or {\"refuse\": why}}], \"totals\": {code: count},
       \"counts\": {\"tables\", \"versions\", \"ledger_records\", \"rows\", \"index_entries\", \"kept\", \"work\"}}
      At most 1000 findings of each code are listed; all are counted.";

/// Runs the command.
pub fn run(args: &StoreArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    let bar = progress::counter("records");
    let report = db.verify_with(&mut |records| bar.set_position(records))?;
    bar.finish_and_clear();
    if out.json {
        out.value(&report.to_json())?;
    } else {
        print(&report, out)?;
    }
    Ok(if report.is_sound() {
        Exit::Ok
    } else {
        Exit::Findings
    })
}

fn print(report: &VerifyReport, out: &mut Output) -> std::io::Result<()> {
    for finding in &report.findings {
        let code = out.bad(&finding.code.to_string());
        out.line(&format!("{code}: {}: {}", finding.place, finding.problem))?;
    }
    for (code, total) in report
        .totals
        .iter()
        .filter(|(_, total)| **total > LISTED_FINDINGS_MAX)
    {
        out.line(&format!("{code}: {} more", total - LISTED_FINDINGS_MAX))?;
    }
    let counts = &report.counts;
    let looked = [
        (counts.tables, "table"),
        (counts.versions, "version"),
        (counts.ledger_records, "ledger record"),
        (counts.rows, "row"),
        (counts.kept, "kept value"),
    ];
    let looked = looked
        .map(|(count, thing)| output::count(count, thing))
        .join(", ");
    let verdict = match report.totals.values().sum::<u64>() {
        0 => out.good("sound"),
        findings => out.bad(&output::count(findings, "finding")),
    };
    out.line(&format!("{verdict}: {looked}"))
}
