//! `quanta diff`: what lies between two versions of a table.

use serde_json::json;

use super::steps;
use crate::args::DiffArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::store;

/// The shape of the JSON.
pub const JSON: &str = "\
JSON: {\"table\", \"from\", \"to\", \"diff\", \"steps\": [{\"change\", \"class\", \"cost\", \"sentence\"}]}";

/// Runs the command.
pub fn run(args: &DiffArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    let diff = db.version_diff(&args.table, args.from, args.to)?;
    if out.json {
        let value = diff.to_json();
        out.value(&json!({
            "table": args.table,
            "from": args.from,
            "to": args.to,
            "diff": value["text"],
            "steps": value["steps"],
        }))?;
        return Ok(Exit::Ok);
    }
    out.heading(&format!(
        "table {}, version {} to {}",
        args.table, args.from, args.to
    ))?;
    out.text(&diff.to_text(out.style()))?;
    out.line("  steps:")?;
    steps::print(&diff.steps, out)?;
    Ok(Exit::Ok)
}
