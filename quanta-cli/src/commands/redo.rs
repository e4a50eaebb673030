//! `redo`: takes revisions back, and does them again.

use quanta_core::Sweep;
use serde_json::json;

use crate::args::RedoArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress;
use crate::store;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta redo app.quanta
  quanta redo app.quanta 2

The way back and the way there are those that the store has recorded: afterwards it stands where it stood, and no
rollback holds it. A row that can't go there again refuses it; then the store stands where it was taken back to, and is held.

JSON: {\"revision\", \"back\": plan, \"again\": plan}";

/// Runs the command.
pub fn run(args: &RedoArgs, out: &mut Output) -> Result<Exit, Failure> {
    let (bar, hook) = progress::of_rows();
    let options = store::writable(Sweep::Off).progress(hook);
    let db = options.clone().open(&args.store)?;
    let revision = db.head().revision;
    let back = db.rollback(args.revisions)?;
    let again = options.open(&args.store)?.migrate_to(revision)?;
    bar.finish_and_clear();
    if out.json {
        out.value(&json!({
            "revision": revision,
            "back": back.plan.to_json(),
            "again": again.plan.to_json(),
        }))?;
        return Ok(Exit::Ok);
    }
    out.line(&format!("back to revision {}:", back.revision))?;
    out.text(&back.plan.to_text(out.style()))?;
    out.line(&format!("and to revision {revision} again:"))?;
    out.text(&again.plan.to_text(out.style()))?;
    Ok(Exit::Ok)
}
