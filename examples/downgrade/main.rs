//! A newer release of a program, the older one after it, and the newer one again, on one store.
//!
//! `cargo run --release --example downgrade [FLIGHTS.csv]`: the newer release renames, widens, narrows, drops and adds,
//! also inside of an embedded type. The older one, which has never heard of that, is refused, then reads, then takes the
//! store back and writes. When the newer one comes back, everything is there: what only it knows, and what the older one
//! wrote. Every row is compared at every stop. Without a file, the planes and airports of `examples/data` make the
//! flights; a file has the columns of nycflights13, where `NA` is a value that is missing.

mod apps;
mod data;
mod expected;
mod journey;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Parser;

use self::journey::Journey;

/// What can go wrong here: the store, the file, a row that is not as it must be, the terminal.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// An older program, between two visits of a newer one.
#[derive(Debug, Parser)]
struct Args {
    /// A file of flights, instead of the small tables.
    #[arg(value_name = "FLIGHTS.csv")]
    flights: Option<PathBuf>,
}

fn main() -> Outcome<()> {
    run(std::env::args_os(), &mut io::stdout().lock())
}

/// Runs the example with these arguments, of which the first is the program's name.
///
/// # Errors
///
/// If a row is not as it must be: the text shows it.
pub fn run(args: impl IntoIterator<Item = OsString>, out: &mut dyn Write) -> Outcome<()> {
    let args = Args::try_parse_from(args).unwrap_or_else(|problem| problem.exit());
    let flights = match &args.flights {
        Some(path) => data::flights_of_file(path)?,
        None => data::small_flights()?,
    };
    writeln!(out, "{} flights", flights.len())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("flights.quanta");
    Journey::new(&path, &flights, out).run()?;
    writeln!(
        out,
        "nothing is missing: every row was as it had to be at every stop"
    )?;
    Ok(())
}
