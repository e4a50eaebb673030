//! `quanta export`: the rows of a table into a file.

use std::fs::File;
use std::io;

use quanta_core::{Error, ErrorKind, Export};
use serde_json::json;

use crate::args::ExportArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::{progress, store, transfer};

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta export app.quanta planes planes.csv --null NA
  quanta export app.quanta users users.jsonl
  quanta export app.quanta users --format jsonl | jq .name

The rows are those of one moment, in the order of their keys. What import reads of it is equal to them. A value that is
the word for none itself is an error in CSV: --null chooses another word. A file that is there is replaced; if the export
fails, it holds a part of the rows.

JSON: {\"table\", \"rows\", \"file\"}, if the rows go to a file. Rows on the standard output are all that is printed.";

/// Runs the command.
pub fn run(args: &ExportArgs, out: &mut Output) -> Result<Exit, Failure> {
    let file = args.file.as_deref().filter(|file| file.as_os_str() != "-");
    let format = match (args.format, file) {
        (None, None) => transfer::FileFormat::Jsonl.into(),
        (named, file) => transfer::format(named, file.unwrap_or("-".as_ref()))?,
    };
    let mut export = Export::new(format).delimiter(args.delimiter);
    if let Some(word) = &args.null {
        export = export.none_as(word);
    }
    let db = store::open(&args.store)?;
    // Names what may have been meant.
    db.schema_text(&args.table, None)?;
    let table = db.table(&args.table)?;
    let bar = progress::counter("rows");
    let mut so_far = |rows| bar.set_position(rows);
    let Some(path) = file else {
        let mut writer = Told::new(out.writer());
        let ended = table.export_with(&mut writer, &export, &mut so_far);
        bar.finish_and_clear();
        if writer.is_unread {
            return Err(Failure::Unread);
        }
        ended.map_err(told_of_value)?;
        return Ok(Exit::Ok);
    };
    let told = |error: io::Error| Failure::Told(Exit::Usage, format!("{}: {error}", path.display()));
    let mut writer = File::create(path).map_err(told)?;
    let rows = table.export_with(&mut writer, &export, &mut so_far);
    bar.finish_and_clear();
    let rows = rows.map_err(told_of_value)?;
    if out.json {
        out.value(&json!({ "table": args.table, "rows": rows, "file": path.display().to_string() }))?;
    } else {
        let rows = output::count(rows, "row");
        out.line(&format!("{rows} of {} written to {}", args.table, path.display()))?;
    }
    Ok(Exit::Ok)
}

/// A value that can't be told from none is found in the store, and no failure of ours.
fn told_of_value(error: Error) -> Failure {
    match error.kind() {
        ErrorKind::Value => Failure::Told(Exit::Findings, error.to_string()),
        _ => error.into(),
    }
}

/// Notices when nobody reads any more, which is no failure.
struct Told<'w> {
    writer: &'w mut dyn io::Write,
    is_unread: bool,
}

impl<'w> Told<'w> {
    fn new(writer: &'w mut dyn io::Write) -> Self {
        Self {
            writer,
            is_unread: false,
        }
    }

    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            self.is_unread |= error.kind() == io::ErrorKind::BrokenPipe;
        }
        result
    }
}

impl io::Write for Told<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.writer.write(bytes);
        self.note(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.writer.flush();
        self.note(result)
    }
}
