//! `quanta rows`: the rows of a table.

use quanta_core::schema::Schema;
use quanta_core::{DynamicCollection, Value};

use crate::args::RowsArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::{progress, store};

/// The shape of the JSON.
pub const JSON: &str = "\
JSON: one row on each line, {field: value}, without anything around them. Bytes are in hexadecimal digits, integers
      beyond 2^53 are strings, an enum is \"Unit\" or {\"Variant\": payload}.";

/// Rows that are aligned together, so that a long table needs no memory for all of it.
const ROWS_PER_BLOCK: usize = 1000;

/// Characters of a value that are shown.
const SHOWN_CHARS_MAX: usize = 60;

/// Runs the command.
pub fn run(args: &RowsArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    // Names what may have been meant.
    db.schema_text(&args.table, None)?;
    let table = db.table(&args.table)?;
    if out.json {
        print_json(&table, args.limit, out)?;
    } else {
        print_text(&table, args.limit, out)?;
    }
    Ok(Exit::Ok)
}

fn print_json(table: &DynamicCollection, limit: u64, out: &mut Output) -> Result<(), Failure> {
    let bar = progress::counter("rows");
    for row in table.iter().take(usize::try_from(limit).unwrap_or(usize::MAX)) {
        out.line(&table.to_json(&row?).to_string())?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

fn print_text(table: &DynamicCollection, limit: u64, out: &mut Output) -> Result<(), Failure> {
    let columns = columns(table.schema());
    let rows = table.iter().map(|row| row.map(|row| cells(&row, &columns)));
    print_blocks(&columns, rows, limit, out)
}

/// Prints rows of cells below a header, as many as are wanted, and says whether more follow.
pub fn print_blocks(
    columns: &[String],
    mut rows: impl Iterator<Item = quanta_core::Result<Vec<String>>>,
    limit: u64,
    out: &mut Output,
) -> Result<(), Failure> {
    let bar = progress::counter("rows");
    let mut left = limit;
    let mut is_first = true;
    loop {
        let mut lines = output::table(&columns.iter().map(String::as_str).collect::<Vec<_>>());
        lines.set_header(columns);
        while left > 0 && lines.row_count() < ROWS_PER_BLOCK {
            let Some(row) = rows.next() else { break };
            lines.add_row(row?);
            bar.inc(1);
            left -= 1;
        }
        let is_last = lines.row_count() < ROWS_PER_BLOCK;
        if is_first || lines.row_count() > 0 {
            out.table(&lines)?;
        }
        is_first = false;
        if is_last || left == 0 {
            break;
        }
    }
    bar.finish_and_clear();
    if rows.next().transpose()?.is_some() {
        out.line(&format!("more rows follow: --limit shows more than {limit}"))?;
    }
    Ok(())
}

/// Lists the fields of a table, those of the key first.
pub fn columns(schema: &Schema) -> Vec<String> {
    let fields = schema.shape.fields().iter().map(|field| &field.name);
    let others = fields.filter(|name| !schema.key.contains(name));
    schema.key.iter().chain(others).cloned().collect()
}

/// Writes the fields of a row.
pub fn cells(row: &Value, columns: &[String]) -> Vec<String> {
    columns
        .iter()
        .map(|name| {
            row.get(name)
                .map_or_else(String::new, |value| shortened(&value.to_string()))
        })
        .collect()
}

/// Cuts off what is too long for a cell.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
    }
}
