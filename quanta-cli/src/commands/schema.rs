//! `quanta schema`: the schema of tables and views.

use quanta_core::StoredViewSchema;
use quanta_core::plan::Presence;
use serde_json::{Value, json};

use crate::args::SchemaArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::store;

/// The shape of the JSON.
pub const JSON: &str = "\
JSON: {\"tables\": [{\"table\", \"version\", \"fingerprint\", \"schema\": {\"types\": if any, \"tables\"}}],
       \"views\": [{\"view\", \"version\", \"schema\": {\"table\", \"columns\": [{\"name\", \"path\", \"type\"}], \"filter\"}}]}
      The schema of a table is written as in quanta.lock.";

/// Runs the command.
pub fn run(args: &SchemaArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    let head = db.head();
    let live = head
        .tables
        .values()
        .filter(|table| table.state.presence == Presence::Live);
    let mut views = db.views()?;
    if let Some(name) = &args.table {
        views.retain(|view| view.name == *name);
    }
    let mut names: Vec<String> = match &args.table {
        Some(_) if !views.is_empty() => Vec::new(),
        Some(table) => vec![table.clone()],
        None => live.map(|table| table.state.name.clone()).collect(),
    };
    names.sort();
    if out.json {
        let tables: Result<Vec<Value>, _> = names.iter().map(|name| db.schema_json(name, args.at)).collect();
        let views: Vec<Value> = views.iter().map(StoredViewSchema::to_json).collect();
        out.value(&json!({ "tables": tables?, "views": views }))?;
        return Ok(Exit::Ok);
    }
    let tables = names.iter().map(|name| db.schema_text(name, args.at));
    let texts = tables.chain(views.iter().map(|view| Ok(view.to_text())));
    for (position, text) in texts.enumerate() {
        if position > 0 {
            out.line("")?;
        }
        out.text(&text?)?;
    }
    Ok(Exit::Ok)
}
