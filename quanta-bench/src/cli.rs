//! What can be asked for.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use comfy_table::{Cell, CellAlignment, Table, presets};

use crate::error::Outcome;
use crate::measure::Spread;
use crate::ratios::{self, Effort};
use crate::raw::{fjall::Fjall, redb::Redb, sled::Sled};
use crate::results::{Findings, Unit};

/// Benchmarks of QuantaDB beside its peers.
#[derive(Debug, Parser)]
enum Args {
    /// Measures and prints.
    Run(Run),
}

#[derive(Debug, clap::Args)]
struct Run {
    /// How many rows there are.
    #[arg(long, value_delimiter = ',', default_value = "100000")]
    rows: Vec<u64>,
    /// Only these workloads.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only these engines.
    #[arg(long, value_delimiter = ',', default_value = "fjall,sled,redb")]
    stores: Vec<String>,
    /// Few rows, and one of each.
    #[arg(long)]
    quick: bool,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let Args::Run(run) = Args::parse();
    match ratios(&run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to be told if this fails.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn ratios(run: &Run) -> Outcome<()> {
    let effort = if run.quick { Effort::QUICK } else { Effort::FULL };
    for &rows in &run.rows {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header([
            "store",
            "rows",
            "what",
            "median",
            "quarter below",
            "quarter above",
            "",
        ]);
        for store in &run.stores {
            let directory = tempfile::tempdir()?;
            let found = match store.as_str() {
                "fjall" => ratios::run::<Fjall>(directory.path(), rows, effort)?,
                "sled" => ratios::run::<Sled>(directory.path(), rows, effort)?,
                "redb" => ratios::run::<Redb>(directory.path(), rows, effort)?,
                name => return Err(format!("there is no engine {name}").into()),
            };
            add_rows(&mut table, store, rows, &found);
        }
        writeln!(io::stdout(), "{table}")?;
    }
    Ok(())
}

fn add_rows(table: &mut Table, store: &str, rows: u64, found: &Findings) {
    for reading in &found.readings {
        let Some(spread) = Spread::of(&reading.values) else {
            continue;
        };
        let (scale, unit) = match reading.unit {
            Unit::Nanos => (1e6, "ms"),
            Unit::NanosEach => (1e3, "µs each"),
            Unit::Bytes => (1e6, "MB"),
            Unit::Times => (1.0, "x"),
            Unit::PerSecond => (1.0, "/s"),
        };
        let number =
            |value: f64| Cell::new(format!("{:.3}", value / scale)).set_alignment(CellAlignment::Right);
        table.add_row([
            Cell::new(store),
            Cell::new(rows),
            Cell::new(&reading.metric),
            number(spread.median),
            number(spread.low),
            number(spread.high),
            Cell::new(unit),
        ]);
    }
}
