//! `quanta compact`: gives back the space of what was overwritten or deleted.

use quanta_core::Sweep;
use serde_json::json;

use crate::args::CompactArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::{progress, store};

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta compact app.quanta
  quanta compact app.quanta --sweep

With --sweep, rows of earlier versions are rewritten first, as a program does in the background.

JSON: {\"bytes_before\", \"bytes_after\": on the disk, \"swept_rows\": null without --sweep}";

/// Runs the command.
pub fn run(args: &CompactArgs, out: &mut Output) -> Result<Exit, Failure> {
    let (bar, hook) = progress::of_rows();
    let db = store::writable(Sweep::Off).progress(hook).open(&args.store)?;
    let before = db.disk_bytes()?;
    let swept = if args.sweep {
        Some(db.sweep().wait()?.rows_rewritten)
    } else {
        None
    };
    bar.finish_and_clear();
    db.compact()?;
    let after = db.disk_bytes()?;
    if out.json {
        out.value(&json!({ "bytes_before": before, "bytes_after": after, "swept_rows": swept }))?;
        return Ok(Exit::Ok);
    }
    if let Some(rows) = swept {
        out.line(&format!("{} rewritten", output::count(rows, "row")))?;
    }
    out.line(&format!(
        "{} on the disk, {} before",
        output::bytes(after),
        output::bytes(before)
    ))?;
    Ok(Exit::Ok)
}
