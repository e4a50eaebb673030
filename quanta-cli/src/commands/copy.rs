//! `quanta copy`: a store in another directory, maybe on another engine.

use serde_json::json;

use crate::args::CopyArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::store;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta copy app.quanta copy.quanta
  quanta copy app.quanta on-redb.quanta --to-engine redb

The copy has an identity of its own; rows, history and kept values are those of the store.

JSON: {\"store\", \"engine\", \"store_id\"}: of the copy";

/// Runs the command.
pub fn run(args: &CopyArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    let kind = match args.to_engine {
        Some(engine) => engine.kind(),
        None => store::engine(&db)?,
    };
    db.copy_to(&args.to, kind)?;
    let copy = store::open(&args.to)?;
    let (to, marker) = (args.to.display().to_string(), copy.marker());
    if out.json {
        out.value(&json!({ "store": to, "engine": marker.engine, "store_id": marker.id.to_string() }))?;
    } else {
        out.line(&format!("{to}: store {} on {}", marker.id, marker.engine))?;
    }
    Ok(Exit::Ok)
}
