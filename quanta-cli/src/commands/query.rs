//! `quanta query`: the rows of a table, or of a view, that a filter finds.

use quanta_core::query::{DynamicQuery, Explanation, Way};
use quanta_core::{DynamicCollection, StoredViewSchema};
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
  quanta query app.quanta late_flights 'delay > 200'    (a view: with its columns, of the rows that it reads)

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
    let view = db.views()?.into_iter().find(|view| view.name == args.table);
    let name = view.as_ref().map_or(&args.table, |view| &view.schema.table);
    // Names what may have been meant.
    db.schema_text(name, None)?;
    let table = db.table(name)?;
    let mut query = table.query();
    if let Some(view) = &view
        && let Some(filter) = &view.schema.filter
    {
        if !view.filter_is_current {
            return Err(renamed(&view.name, &filter.text));
        }
        query = query.filter(&filter.text);
    }
    let selected = selected(args, view.as_ref());
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
        print_json(&table, query.limit(args.limit), &selected, out)?;
    } else {
        // One row more tells that there are more.
        let query = query.limit(args.limit.saturating_add(1));
        print_text(&table, query, (&selected, args.limit), out)?;
    }
    Ok(Exit::Ok)
}

fn renamed(view: &str, filter: &str) -> Failure {
    let problem = format!(
        "the view {view} keeps rows with {filter}, and fields of that were renamed since: ask the table itself, or open the \
         store once with the program that declares the view"
    );
    Failure::Told(Exit::Usage, problem)
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

/// What is printed of each row: under which name, and where it is; all of it if there is none.
type Selected = Vec<(String, String)>;

fn selected(args: &QueryArgs, view: Option<&StoredViewSchema>) -> Selected {
    let columns = view.iter().flat_map(|view| &view.schema.columns);
    if args.select.is_empty() {
        return columns
            .map(|column| (column.name.clone(), column.path.clone()))
            .collect();
    }
    let paths = args.select.iter().map(|path| path.trim());
    paths.map(|path| (path.to_owned(), path.to_owned())).collect()
}

fn paths(selected: &Selected) -> Vec<&str> {
    selected.iter().map(|(_, path)| path.as_str()).collect()
}

fn print_json(
    table: &DynamicCollection,
    query: DynamicQuery<'_>,
    selected: &Selected,
    out: &mut Output,
) -> Result<(), Failure> {
    let bar = progress::counter("rows");
    if selected.is_empty() {
        for row in query.iter() {
            out.line(&table.to_json(&row?).to_string())?;
            bar.inc(1);
        }
    } else {
        for values in query.select(&paths(selected)).json() {
            let members = selected.iter().map(|(name, _)| name.clone()).zip(values?);
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
    (selected, limit): (&Selected, u64),
    out: &mut Output,
) -> Result<(), Failure> {
    if selected.is_empty() {
        let columns = columns(table.schema());
        let rows = query.iter().map(|row| row.map(|row| cells(&row, &columns)));
        return print_blocks(&columns, rows, limit, out);
    }
    let columns: Vec<String> = selected.iter().map(|(name, _)| name.clone()).collect();
    let rows = query.select(&paths(selected)).iter().map(|values| {
        values.map(|values| values.iter().map(|value| shortened(&value.to_string())).collect())
    });
    print_blocks(&columns, rows, limit, out)
}
