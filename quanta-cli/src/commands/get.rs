//! `quanta get`: one row by its key.

use quanta_core::schema::Schema;
use quanta_core::{Value, from_json};
use serde_json::Value as Json;

use super::rows::{cells, columns};
use crate::args::GetArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::store;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta get app.quanta users 7
  quanta get app.quanta cities Oslo
  quanta get app.quanta visits '[7, \"Oslo\"]'    (a key of several fields, in the order of the schema)

Exit code 2: there is no such row.

JSON: the row, as rows prints it";

/// Runs the command.
pub fn run(args: &GetArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    // Names what may have been meant.
    db.schema_text(&args.table, None)?;
    let table = db.table(&args.table)?;
    let usage = |problem: String| Failure::Told(Exit::Usage, problem);
    let key = key(table.schema(), &args.key).map_err(usage)?;
    let Some(row) = table.get(&key)? else {
        return Err(usage(format!("table {} has no row {}", args.table, args.key)));
    };
    if out.json {
        out.value(&table.to_json(&row))?;
        return Ok(Exit::Ok);
    }
    let columns = columns(table.schema());
    let mut lines = output::table(&["field", "value"]);
    for (column, cell) in columns.iter().zip(cells(&row, &columns)) {
        lines.add_row([column, &cell]);
    }
    out.table(&lines)?;
    Ok(Exit::Ok)
}

/// Reads a key: a text as it is, and all else as JSON; of several fields as a list.
fn key(schema: &Schema, text: &str) -> Result<Value, String> {
    let shape = &schema.shape;
    let node = |name: &String| {
        shape
            .fields()
            .iter()
            .find(|field| field.name == *name)
            .map(|field| field.node)
    };
    let part = |name: &String, json: &Json| {
        let node = node(name).ok_or_else(|| format!("the key has no field {name}"))?;
        from_json(shape, node, json).map_err(|problem| format!("the key {text}: {name}: {problem}"))
    };
    let json: Option<Json> = serde_json::from_str(text).ok();
    if let [name] = schema.key.as_slice() {
        let as_text = part(name, &Json::String(text.to_owned()));
        return match (json, as_text) {
            // Also a text that looks like a number.
            (_, Ok(value)) => Ok(value),
            (Some(json), Err(_)) => part(name, &json),
            (None, Err(problem)) => Err(problem),
        };
    }
    let fields = schema.key.join(", ");
    match json {
        Some(Json::Array(parts)) if parts.len() == schema.key.len() => {
            let parts = schema.key.iter().zip(&parts).map(|(name, json)| part(name, json));
            Ok(Value::Tuple(parts.collect::<Result<_, _>>()?))
        }
        _ => Err(format!("the key {text} has to be a list of {fields}, as JSON")),
    }
}
