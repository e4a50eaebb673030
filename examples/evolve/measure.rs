//! How long opening takes with many rows and with few.
//!
//! What is compared is our own part of opening (`report.spans.ours()`): it must not grow with the rows. Looking at every
//! row before a checked change, and carrying every row through code of the program, do grow with them; they are told
//! apart, as speeds, and so is the engine's own open.
//!
//! A run is a fresh store that is loaded and then opened by generation after generation, without a look at its rows.
//! Each figure is a median over several runs, as our part is mostly one sync of the disk, whose time varies more than
//! all the rest; `--engine memory` leaves it out. Runs with many and with few rows take turns, so that both meet the same
//! machine.

use std::io::Write;
use std::time::Duration;

use quantadb::OpenReport;

use super::data::{AirportLine, Lines, PlaneLine, generated_airports, generated_planes};
use super::generations::gen1;
use super::journey::{Gen1, Gen2, Gen3, Gen4, Gen5, Generation, load};
use super::place::Place;
use super::{EngineName, Outcome};

/// Rows of each table in the small store.
const FEW_ROWS: u64 = 2_000;
/// Runs with few rows for each run with many.
const RUNS_WITH_FEW: usize = 3;

/// Returns how often the large store is made: less often, the longer it takes.
fn runs_with_many(rows: u64) -> usize {
    match rows {
        ..300_000 => 5,
        300_000..1_000_000 => 3,
        _ => 1,
    }
}

/// The opens of one run: generations 2 to 5, and the last one again.
const OPENS: [&str; 5] = [
    "generation 2",
    "generation 3",
    "generation 4",
    "generation 5",
    "unchanged",
];

type Run = [OpenReport; OPENS.len()];

/// Measures both sizes and prints how they compare.
pub fn measure(rows: u64, engine: EngineName, out: &mut dyn Write) -> Outcome<()> {
    let (mut many, mut few) = (Vec::new(), Vec::new());
    for _ in 0..runs_with_many(rows) {
        many.push(run(rows, engine)?);
        for _ in 0..RUNS_WITH_FEW {
            few.push(run(FEW_ROWS, engine)?);
        }
    }
    writeln!(
        out,
        "\nopening with {rows} rows in each table (median of {} runs)",
        many.len()
    )?;
    writeln!(out, "and with {FEW_ROWS} (median of {})", few.len())?;
    for (index, name) in OPENS.iter().enumerate() {
        write_open(name, &column(&many, index), &column(&few, index), out)?;
    }
    Ok(())
}

fn column(runs: &[Run], index: usize) -> Vec<&OpenReport> {
    runs.iter().map(|run| &run[index]).collect()
}

fn run(rows: u64, engine: EngineName) -> Outcome<Run> {
    let place = Place::temporary(engine)?;
    let (airports, planes) = (generated_airports(rows), generated_planes(rows));
    first(&place, &airports, &planes)?;
    Ok([
        opened::<Gen2>(&place)?,
        opened::<Gen3>(&place)?,
        opened::<Gen4>(&place)?,
        opened::<Gen5>(&place)?,
        opened::<Gen5>(&place)?,
    ])
}

fn first(place: &Place, airports: &Lines<AirportLine>, planes: &Lines<PlaneLine>) -> Outcome<()> {
    let db = Gen1::open(place)?;
    load::<gen1::Airport>(&db, airports)?;
    load::<gen1::Plane>(&db, planes)
}

fn opened<G: Generation>(place: &Place) -> Outcome<OpenReport> {
    Ok(G::open(place)?.open_report().clone())
}

fn write_open(name: &str, many: &[&OpenReport], few: &[&OpenReport], out: &mut dyn Write) -> Outcome<()> {
    let ours = |reports: &[&OpenReport]| median(reports, |report| report.spans.ours());
    let engine = |reports: &[&OpenReport]| median(reports, |report| report.engine_span);
    let (with_many, with_few) = (ours(many), ours(few));
    writeln!(
        out,
        "  {name:<12}  ours {:>8.3} ms / {:>8.3} ms  open_ratio {:>5.2}  engine {:>6.1} ms / {:>6.1} ms",
        millis(with_many),
        millis(with_few),
        with_many.as_secs_f64() / with_few.as_secs_f64(),
        millis(engine(many)),
        millis(engine(few)),
    )?;
    let spans = |report: &OpenReport| report.spans;
    write_work(
        "checks",
        many,
        |report| (spans(report).rows_checked, spans(report).checks),
        out,
    )?;
    write_work(
        "builds",
        many,
        |report| (spans(report).rows_built, spans(report).builds),
        out,
    )
}

fn write_work(
    name: &str,
    reports: &[&OpenReport],
    work: impl Fn(&OpenReport) -> (u64, Duration),
    out: &mut dyn Write,
) -> Outcome<()> {
    let rows = reports.iter().map(|report| work(report).0).max().unwrap_or(0);
    if rows > 0 {
        let span = median(reports, |report| work(report).1);
        writeln!(out, "  {:<12}  {name}: {}", "", super::journey::rate(rows, span))?;
    }
    Ok(())
}

/// Returns the middle one of the spans: the upper one of two.
fn median(reports: &[&OpenReport], span: impl Fn(&OpenReport) -> Duration) -> Duration {
    let mut spans: Vec<Duration> = reports.iter().map(|report| span(report)).collect();
    spans.sort_unstable();
    spans.get(spans.len() / 2).copied().unwrap_or_default()
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}
