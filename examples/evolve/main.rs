//! Real tables through five generations of a program, and back: without a migration written anywhere.
//!
//! `cargo run --release --example evolve` takes the airports and planes of `examples/data` from texts to numbers,
//! through renames, own types and narrower ones, compares every row at every stop with what the file says, and goes back
//! to the first generation, where every field must be as it was. It ends with an error if one is not.
//!
//! | flag | what it does |
//! | --- | --- |
//! | `--rows N` | the same with N generated rows in each table; then measures whether opening grows with the rows |
//! | `--keep DIR` | leaves the store there, to be looked at with `quanta inspect`, `history`, `schema` and `rows` |
//! | `--engine E` | `fjall` (default), `sled` or `memory`: the digests of all rows are the same |

mod data;
mod expected;
mod generations;
mod journey;
mod measure;
mod place;
mod verify;
mod writes;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use self::journey::Journey;
use self::place::Place;

/// What can go wrong here: the store, a row that is not as it must be, the terminal.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// Takes real tables through five generations of a program, and back.
#[derive(Debug, Parser)]
struct Args {
    /// Generated rows for each table, instead of the files; measures opening as well.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(100..))]
    rows: Option<u64>,
    /// Where to leave the store: a directory that is not there yet.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// What the store lies on.
    #[arg(long, value_enum, default_value_t = EngineName::Fjall)]
    engine: EngineName,
}

/// The engines by name.
#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum EngineName {
    Fjall,
    Sled,
    Memory,
}

fn main() -> Outcome<()> {
    run(std::env::args_os(), &mut io::stdout().lock())
}

/// Runs the example with these arguments, of which the first is the program's name.
///
/// # Errors
///
/// If a row is not as it must be: the text names it and the field.
pub fn run(args: impl IntoIterator<Item = OsString>, out: &mut dyn Write) -> Outcome<()> {
    let args = Args::try_parse_from(args).unwrap_or_else(|problem| problem.exit());
    let place = match &args.keep {
        Some(_) if args.engine == EngineName::Memory => return Err("a store in memory can't be kept".into()),
        Some(path) => Place::kept(path, args.engine)?,
        None => Place::temporary(args.engine)?,
    };
    let (airports, planes) = match args.rows {
        Some(rows) => (data::generated_airports(rows), data::generated_planes(rows)),
        None => (data::airports_of_file()?, data::planes_of_file()?),
    };
    Journey::new(&place, airports, planes, out).run()?;
    if let Some(path) = &args.keep {
        writeln!(out, "kept in {}", path.display())?;
    }
    match args.rows {
        Some(rows) => measure::measure(rows, args.engine, out),
        None => Ok(()),
    }
}
