//! `quanta schema`: the schema of tables.

use quanta_core::plan::Presence;
use serde_json::{Value, json};

use crate::args::SchemaArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::store;

/// The shape of the JSON.
pub const JSON: &str = "\
JSON: {\"tables\": [{\"table\", \"version\", \"fingerprint\", \"schema\": {\"types\": if any, \"tables\"}}]}
      The schema is written as in quanta.lock.";

/// Runs the command.
pub fn run(args: &SchemaArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    let head = db.head();
    let live = head
        .tables
        .values()
        .filter(|table| table.state.presence == Presence::Live);
    let mut names: Vec<String> = match &args.table {
        Some(table) => vec![table.clone()],
        None => live.map(|table| table.state.name.clone()).collect(),
    };
    names.sort();
    if out.json {
        let tables: Result<Vec<Value>, _> = names.iter().map(|name| db.schema_json(name, args.at)).collect();
        out.value(&json!({ "tables": tables? }))?;
        return Ok(Exit::Ok);
    }
    for (position, name) in names.iter().enumerate() {
        if position > 0 {
            out.line("")?;
        }
        out.text(&db.schema_text(name, args.at)?)?;
    }
    Ok(Exit::Ok)
}
