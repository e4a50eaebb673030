//! Ten questions about flights, answered by queries, each with the way by which it was found.
//!
//! `cargo run --release --example flights [FOLDER]`: imports airlines, airports, planes, weather and flights from CSV files
//! into a new store, asks, and compares each answer with what the files say without any store. Without a folder it takes
//! `examples/data`, with three days of 2013. With all of nycflights13 in a folder, it is the whole year.
//!
//! The `quanta` command imports as well. It needs a store that has the tables, and doesn't need this program:
//!
//! ```sh
//! cargo run --release --example flights -- init flights.quanta
//! cd examples/data
//! for table in airlines airports planes weather flights; do    # what is referred to comes first
//!     quanta import flights.quanta $table $table.csv --null NA
//! done
//! cargo run --release --example flights -- ask flights.quanta
//! ```
//!
//! What to look at: `entities.rs` declares the tables, `questions.rs` asks.

mod answers;
mod entities;
mod questions;
mod truth;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Parser, Subcommand};
use quantadb::{Database, Import, ImportSource, QuantaEntity};

use self::entities::{Airline, Airport, Flight, Plane, Weather};

/// What can go wrong here: the store, a file, an answer that is wrong, the terminal.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// Ten questions about flights.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The folder of the files, instead of three days.
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes an empty store, to be filled with `quanta import`.
    Init {
        /// The directory of the store.
        store: PathBuf,
    },
    /// Asks a store that was filled.
    Ask {
        /// The directory of the store.
        store: PathBuf,
        /// The folder of the files that it was filled with, instead of three days.
        folder: Option<PathBuf>,
    },
}

fn main() -> Outcome<()> {
    run(std::env::args_os(), &mut io::stdout().lock())
}

/// Runs the example with these arguments, of which the first is the program's name.
///
/// # Errors
///
/// If a file can't be imported.
///
/// # Panics
///
/// If an answer is not what the files say.
pub fn run(args: impl IntoIterator<Item = OsString>, out: &mut dyn Write) -> Outcome<()> {
    let args = Args::try_parse_from(args).unwrap_or_else(|problem| problem.exit());
    let sample = || Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data");
    match args.command {
        Some(Command::Init { store }) => {
            let db = entities::options().open(&store)?;
            writeln!(out, "{}", db.open_report())?;
            Ok(())
        }
        Some(Command::Ask { store, folder }) => {
            let db = entities::options().must_exist().open(&store)?;
            check(&db, &folder.unwrap_or_else(sample), out)
        }
        None => {
            let folder = args.folder.unwrap_or_else(sample);
            let place = tempfile::tempdir()?;
            let db = entities::options().open(place.path().join("flights.quanta"))?;
            // Rows are held to their references at the commit: what is referred to comes first.
            import::<Airline>(&db, &folder, out)?;
            import::<Airport>(&db, &folder, out)?;
            import::<Plane>(&db, &folder, out)?;
            import::<Weather>(&db, &folder, out)?;
            import::<Flight>(&db, &folder, out)?;
            check(&db, &folder, out)
        }
    }
}

fn import<E: QuantaEntity>(db: &Database, folder: &Path, out: &mut dyn Write) -> Outcome<()> {
    let since = Instant::now();
    let file = ImportSource::open(folder.join(format!("{}.csv", E::TABLE)))?;
    let report = db.collection::<E>().import(file, &Import::csv().none_as("NA"))?;
    let milliseconds = since.elapsed().as_millis();
    writeln!(
        out,
        "{}: {} rows imported ({milliseconds} ms)",
        E::TABLE,
        report.rows_written
    )?;
    Ok(())
}

/// Asks the questions, and compares each answer with what the files say.
fn check(db: &Database, folder: &Path, out: &mut dyn Write) -> Outcome<()> {
    let answers = questions::ask(db, out)?;
    let truth = truth::compute(folder)?;
    assert_eq!(answers.busiest_route, truth.busiest_route);
    assert_eq!(answers.delay_by_carrier, truth.delay_by_carrier);
    assert_eq!(answers.old_planes, truth.old_planes);
    assert_eq!(answers.longest_flight, truth.longest_flight);
    assert_eq!(answers.flights_per_month, truth.flights_per_month);
    assert_eq!(answers.cancelled, truth.cancelled);
    assert_eq!(answers.worst_hour, truth.worst_hour);
    assert_eq!(answers.carriers_at_laguardia, truth.carriers_at_laguardia);
    assert_eq!(answers.reaching_chicago, truth.reaching_chicago);
    assert_eq!(answers.delay_in_rain, truth.delay_in_rain);
    writeln!(out, "\nten answers, and each is what the files say")?;
    Ok(())
}
