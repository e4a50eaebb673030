//! `quanta release-hold`: gives free what a rollback by hand holds.

use quanta_core::Sweep;
use serde_json::json;

use crate::args::StoreArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::store;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta release-hold app.quanta

Until then, a program that would take a held table up again is refused.

JSON: {\"released\": [the name of a table]}";

/// Runs the command.
pub fn run(args: &StoreArgs, out: &mut Output) -> Result<Exit, Failure> {
    let mut held: Vec<String> = store::open(&args.store)?
        .head()
        .tables
        .values()
        .filter(|table| table.held)
        .map(|table| table.state.name.clone())
        .collect();
    held.sort();
    if !held.is_empty() {
        drop(store::writable(Sweep::Off).release_hold().open(&args.store)?);
    }
    if out.json {
        out.value(&json!({ "released": held }))?;
    } else if held.is_empty() {
        out.line("nothing is held")?;
    } else {
        out.line(&format!("given free: {}", held.join(", ")))?;
    }
    Ok(Exit::Ok)
}
