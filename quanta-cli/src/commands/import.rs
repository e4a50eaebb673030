//! `quanta import`: rows from a file into a table.

use std::io;

use quanta_core::{Import, ImportReport, ImportSource, OnExisting, Sweep};

use crate::args::ImportArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::{progress, store, transfer};

/// Examples, what happens to bad lines, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta import app.quanta planes planes.csv --null NA --map tailnum=tail
  quanta import app.quanta users users.jsonl --upsert --keep-going
  zcat flights.csv.gz | quanta import app.quanta flights - --format csv --null NA
  quanta import app.quanta planes planes.csv --dry-run --json | jq .errors

CSV begins with a header: fields, or paths such as address.city. Lists, maps, options of structs and variants with a
payload stand in a cell as JSON. JSON lines are what rows --json and export print. A field that is left out becomes its
default, or none.

Bad lines: nothing is imported if any line is bad, and all of them are counted; --keep-going leaves them out. What fits
into one transaction, 64 MiB, is written in one. A larger file is read twice: first to look at every line, then to write
transactions of 1 MiB, between which a crash leaves the first part; --upsert makes it safe to begin anew. The standard
input can't be read twice: if it is larger than a transaction, what stands before a bad line may be written, and the
report says how many rows are.

JSON: {\"table\", \"rows_read\", \"rows_written\", \"rows_bad\", \"errors\": [{\"line\", \"column\", \"field\", \"problem\"}],
       \"errors_total\", \"transactions\", \"dry_run\"}
      Lines and columns are counted from 1; column and field may be null. The exit code is 1 if any line is bad, with
      --keep-going too, and 2 if the file or the table isn't there.";

/// Runs the command.
pub fn run(args: &ImportArgs, out: &mut Output) -> Result<Exit, Failure> {
    let import = import_of(args)?;
    let is_stdin = args.file.as_os_str() == "-";
    let source = if is_stdin {
        ImportSource::once(io::stdin().lock())
    } else {
        ImportSource::open(&args.file).map_err(|error| Failure::Told(Exit::Usage, error.to_string()))?
    };
    let db = if args.dry_run {
        store::open(&args.store)?
    } else {
        store::writable(Sweep::Off).open(&args.store)?
    };
    // Names what may have been meant.
    db.schema_text(&args.table, None)?;
    let table = db.table(&args.table)?;
    let bar = progress::counter("rows");
    let ended = table.import_with(source, &import, &mut |so_far| bar.set_position(so_far.rows_read));
    bar.finish_and_clear();
    match ended {
        Ok(report) => {
            print(&report, out)?;
            Ok(exit_of(&report))
        }
        Err(error) => {
            if let (true, Some(report)) = (out.json, error.import_report()) {
                out.value(&report.to_json())?;
            }
            Err(error.into())
        }
    }
}

fn import_of(args: &ImportArgs) -> Result<Import, Failure> {
    let format = transfer::format(args.format, &args.file)?;
    let mut import = Import::new(format)
        .errors_max(args.errors_max)
        .delimiter(args.delimiter);
    for word in &args.null {
        import = import.none_as(word);
    }
    for (column, field) in &args.map {
        import = import.rename(column, field);
    }
    if args.ignore_unknown {
        import = import.ignore_unknown();
    }
    if args.null_default {
        import = import.none_as_default();
    }
    if args.upsert {
        import = import.on_existing(OnExisting::Replace);
    }
    if args.keep_going {
        import = import.keep_going();
    }
    if args.dry_run {
        import = import.dry_run();
    }
    Ok(import)
}

fn print(report: &ImportReport, out: &mut Output) -> io::Result<()> {
    if out.json {
        out.value(&report.to_json())
    } else {
        out.line(&report.to_string())
    }
}

fn exit_of(report: &ImportReport) -> Exit {
    if report.rows_bad > 0 {
        Exit::Findings
    } else {
        Exit::Ok
    }
}
