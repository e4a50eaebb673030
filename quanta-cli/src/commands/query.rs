//! `quanta query`: the rows of a table that a filter finds.

use quanta_core::DynamicCollection;
use quanta_core::query::{DynamicQuery, Explanation, Way};
use serde_json::{Map, Value as Json, json};

use super::rows::{cells, columns, print_blocks, shortened};
use crate::args::QueryArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::{progress, store};

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta query app.quanta users 'age >= 18 and city = \"Oslo\"' --order 'age desc, name' --limit 20
  quanta query app.quanta users 'tags[] starts with \"a\" or address is none' --count
  quanta query app.quanta users --select id,name,'team->name'
  quanta query app.quanta users 'name = \"Ada\"' --explain

Filters:
  age = 18, != < <= > >=          the field compares so with the value
  age in (1, 2), age between 1 and 5
  name starts with \"x\", ends with, contains
  age is none, age is some, shape is Circle
  address.city, pair.0, shape::Circle.radius, tags[], tags[].name, prices{key}
  tags[] = \"x\", all tags[] = \"x\", tags[] (name = \"x\" and size > 2)
  length(name) > 3
  not, and, or, ( )
Dates, identifiers, decimals and bytes are texts in quotes. A field that is named like a word stands in backticks.

JSON: one row on each line, as rows prints them; with --select {path: value}. With --count {\"table\", \"count\"}, with
      --explain {\"table\", \"by\": nothing|scan|key|index, \"indexes\", \"asked\", \"sorted\", \"text\"}.";

/// Runs the command.
pub fn run(args: &QueryArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    // Names what may have been meant.
    db.schema_text(&args.table, None)?;
    let table = db.table(&args.table)?;
    let mut query = table.query();
    if let Some(filter) = &args.filter {
        query = query.filter(filter);
    }
    if let Some(order) = &args.order {
        query = query.order_by(order);
    }
    if args.count {
        let count = query.count()?;
        if out.json {
            out.value(&json!({ "table": args.table, "count": count }))?;
        } else {
            out.line(&count.to_string())?;
        }
    } else if args.explain {
        print_explanation(&query.limit(args.limit).explain()?, out)?;
    } else if out.json {
        print_json(&table, query.limit(args.limit), args, out)?;
    } else {
        // One row more tells that there are more.
        print_text(&table, query.limit(args.limit.saturating_add(1)), args, out)?;
    }
    Ok(Exit::Ok)
}

fn print_explanation(explanation: &Explanation, out: &mut Output) -> Result<(), Failure> {
    if !out.json {
        return Ok(out.line(&explanation.to_string())?);
    }
    let by = match explanation.by {
        Way::Nothing => "nothing",
        Way::Scan => "scan",
        Way::Key => "key",
        Way::Index => "index",
    };
    Ok(out.value(&json!({
        "table": explanation.table,
        "by": by,
        "indexes": explanation.indexes,
        "asked": explanation.asked,
        "sorted": explanation.sorted,
        "text": explanation.to_string(),
    }))?)
}

fn paths(args: &QueryArgs) -> Vec<&str> {
    args.select.iter().map(|path| path.trim()).collect()
}

fn print_json(
    table: &DynamicCollection,
    query: DynamicQuery<'_>,
    args: &QueryArgs,
    out: &mut Output,
) -> Result<(), Failure> {
    let bar = progress::counter("rows");
    let paths = paths(args);
    if paths.is_empty() {
        for row in query.iter() {
            out.line(&table.to_json(&row?).to_string())?;
            bar.inc(1);
        }
    } else {
        for values in query.select(&paths).json() {
            let members = paths.iter().map(|path| (*path).to_owned()).zip(values?);
            out.line(&Json::Object(members.collect::<Map<_, _>>()).to_string())?;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(())
}

fn print_text(
    table: &DynamicCollection,
    query: DynamicQuery<'_>,
    args: &QueryArgs,
    out: &mut Output,
) -> Result<(), Failure> {
    let paths = paths(args);
    if paths.is_empty() {
        let columns = columns(table.schema());
        let rows = query.iter().map(|row| row.map(|row| cells(&row, &columns)));
        return print_blocks(&columns, rows, args.limit, out);
    }
    let columns: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let rows = query.select(&paths).iter().map(|values| {
        values.map(|values| values.iter().map(|value| shortened(&value.to_string())).collect())
    });
    print_blocks(&columns, rows, args.limit, out)
}
