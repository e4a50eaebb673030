//! `quanta rehearse`: replays a history document.

use std::fs;

use comfy_table::Table;
use quanta_core::HistoryDocument;
use quanta_core::rehearse::{
    Law, Outcome, Rehearsal, RehearsalReport, Renames, TransitionReport, Verdict, rehearse_with,
};

use crate::args::RehearseArgs;
use crate::commands::rehearse_pairs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::progress;

/// Examples, the shape of the JSON, and what the laws are.
pub const HELP: &str = "\
Examples:
  quanta rehearse quanta.lock
  quanta rehearse shop.history.json --rows 1000 --seed 7
  quanta rehearse shop.history.json --no-hints --json | jq .good
  quanta rehearse shop.history.json --all-pairs --rows 50

Laws: plan, a plan changes no record, and made again it is the same; refusal, a refused open leaves every record as it
      was; 1a, never swept rows read as swept ones; 1b, from far back at once gives what step by step gives; 1c, a
      migrated store is a new store of that version; 2, the change arrives; 3 and 4, going back, and up again, gives
      every row as it was; 5, rows read the same before, during and after the sweep; 6, going back gives the schemas
      before; 8, ledger and head agree, verify finds nothing; writes, what was written in between stays.

JSON: {\"name\", \"rows\", \"seed\", \"versions\", \"good\", \"steps\": {kind: count},
       \"transitions\": [{\"from\", \"to\", \"outcome\": \"taken\" | \"refused\" | \"started_anew\", \"steps\", \"class\",
         \"cost\", \"refusals\": [{\"kind\", \"table\", \"path\", \"problem\", \"fixes\", \"resolution\"}], \"rows_checked\", \"rows_dropped\",
         \"laws\": {law: \"held\" | {\"excused\"} | {\"broken\": {\"table\", \"key\", \"field\", \"expected\", \"found\", \"problem\"}}},
         \"renames\": [{\"place\", \"from\", \"to\", \"outcome\"}]}],
       \"times\": [{\"to\", \"change_us\", \"laws_us\"}]}
      Everything but the times is the same for the same arguments.

With --all-pairs: {\"name\", \"rows\", \"seed\", \"versions\", \"good\", \"pairs\", \"intact\", \"refused\",
       \"refused_rest_intact\", \"stepless\", \"turns\", \"broken\", \"left_out\": [{\"version\", \"problem\"}],
       \"sources\": [{\"from\", \"rows\", \"rows_left_out\", and the counts}],
       \"reasons\": [{\"kind\", \"table\", \"path\", \"pairs\", \"from\", \"to\", \"problem\"}],
       \"broken_pairs\": [{\"from\", \"to\", \"law\", \"table\", \"key\", \"field\", \"expected\", \"found\", \"problem\"}]}
      A pair is refused where rows that were born later can't be: that is no failure. A broken pair is.";

/// Runs the command.
pub fn run(args: &RehearseArgs, out: &mut Output) -> Result<Exit, Failure> {
    let document = read(args)?;
    let rehearsal = Rehearsal {
        rows: args.rows,
        seed: args.seed,
        renames: if args.no_hints {
            Renames::Withheld
        } else {
            Renames::Given
        },
    };
    if args.all_pairs {
        return rehearse_pairs::run(&document, &rehearsal, out);
    }
    let bar = progress::of("transitions", document.versions.len().saturating_sub(1));
    let report = rehearse_with(&document, &rehearsal, &mut |done| bar.set_position(done as u64))?;
    bar.finish_and_clear();
    if out.json {
        let mut json = report.to_json();
        json["times"] = report.times_json();
        out.value(&json)?;
    } else {
        print(&report, out)?;
    }
    Ok(if report.is_good() {
        Exit::Ok
    } else {
        Exit::Findings
    })
}

fn read(args: &RehearseArgs) -> Result<HistoryDocument, Failure> {
    let told = |problem: String| Failure::Told(Exit::Usage, format!("{}: {problem}", args.history.display()));
    let text = fs::read_to_string(&args.history).map_err(|error| told(error.to_string()))?;
    let document = HistoryDocument::from_json(&text).map_err(told)?;
    if document.versions.is_empty() {
        return Err(told("the history has no version".to_owned()));
    }
    Ok(document)
}

fn print(report: &RehearsalReport, out: &mut Output) -> std::io::Result<()> {
    out.heading(&format!(
        "{}: {}, {} in each table, seed {}",
        report.name,
        output::count(report.versions as u64, "version"),
        output::count(report.rows, "row"),
        report.seed
    ))?;
    out.table(&transitions(report))?;
    for transition in &report.transitions {
        print_notes(transition, out)?;
    }
    let laws: Vec<String> = Law::ALL.iter().filter_map(|law| tally(report, *law)).collect();
    out.line(&format!("laws: {}", laws.join(", ")))?;
    if !report.renames().is_empty() {
        let renames = report.renames();
        let renames = renames
            .iter()
            .map(|(outcome, count)| format!("{count} {}", outcome.name()));
        out.line(&format!(
            "renames without their hints: {}",
            renames.collect::<Vec<_>>().join(", ")
        ))?;
    }
    let verdict = if report.is_good() {
        out.good("good")
    } else {
        out.bad("not good")
    };
    let taken = report
        .transitions
        .iter()
        .filter(|transition| transition.outcome == Outcome::Taken);
    let transitions = output::count(report.transitions.len() as u64, "transition");
    out.line(&format!("{verdict}: {} of {transitions} taken", taken.count()))
}

fn transitions(report: &RehearsalReport) -> Table {
    let mut table = output::table(&["from", "to", "steps", "class", "cost", "rows", "dropped", "laws"]);
    output::align_right(&mut table, &[5, 6]);
    for transition in &report.transitions {
        let of_plan = |text: String| {
            if transition.steps.is_empty() {
                String::new()
            } else {
                text
            }
        };
        let broken: Vec<&str> = transition.broken().map(|(law, _)| law.name()).collect();
        let laws = match (transition.outcome, broken.is_empty()) {
            (Outcome::Refused, _) => "refused".to_owned(),
            (Outcome::StartedAnew, _) => "refused, started anew".to_owned(),
            (Outcome::Taken, true) => "held".to_owned(),
            (Outcome::Taken, false) => format!("broken: {}", broken.join(", ")),
        };
        table.add_row([
            transition.from.clone(),
            transition.to.clone(),
            transition.steps_text(),
            of_plan(transition.class.to_string()),
            of_plan(transition.cost.to_string()),
            transition.rows_checked.to_string(),
            transition.rows_dropped.to_string(),
            laws,
        ]);
    }
    table
}

/// Prints what the table has no room for.
fn print_notes(transition: &TransitionReport, out: &mut Output) -> std::io::Result<()> {
    let place = format!("{} -> {}", transition.from, transition.to);
    for refusal in &transition.refusals {
        out.line(&format!("{place}: {refusal}"))?;
        if refusal.resolution.is_none() {
            for fix in &refusal.fixes {
                out.line(&format!("    fix: {fix}"))?;
            }
        }
    }
    for (law, verdict) in &transition.laws {
        match verdict {
            Verdict::Held => {}
            Verdict::Excused(reason) => {
                let reason = reason.lines().next().unwrap_or_default();
                out.line(&format!("{place}: law {} does not apply: {reason}", law.name()))?;
            }
            Verdict::Broken(counterexample) => {
                let broken = out.bad(&format!("law {} is broken", law.name()));
                out.line(&format!("{place}: {broken}: {counterexample}"))?;
            }
        }
    }
    for rename in transition
        .renames
        .iter()
        .filter(|rename| !rename.outcome.is_good())
    {
        let outcome = out.bad(rename.outcome.name());
        out.line(&format!(
            "{place}: without its hint, the rename of {} {} to {} is {outcome}",
            rename.place, rename.from, rename.to
        ))?;
    }
    Ok(())
}

/// Counts what came of a law; none if it was never checked.
fn tally(report: &RehearsalReport, law: Law) -> Option<String> {
    let (held, excused, broken) = report.law(law);
    if held + excused + broken == 0 {
        return None;
    }
    let mut text = format!("{} {held}", law.name());
    if excused > 0 {
        text.push_str(&format!(" ({excused} excused)"));
    }
    if broken > 0 {
        text.push_str(&format!(" ({broken} broken)"));
    }
    Some(text)
}
