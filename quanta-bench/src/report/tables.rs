//! Tables of what was measured: stores below each other, metrics beside each other.

use comfy_table::{CellAlignment, Table, presets};

use super::numbers;
use crate::results::{Cell, Results};
use crate::workloads;

/// A table under its title.
pub struct Titled {
    /// The workload that it is of.
    pub workload: String,
    /// What stands above it.
    pub title: String,
    /// Its cells.
    pub table: Table,
}

/// One table for each workload and number of rows.
pub fn all(results: &Results) -> Vec<Titled> {
    let mut tables = Vec::new();
    for rows in results.rows() {
        for workload in workloads::ALL {
            let cells: Vec<&Cell> = results
                .cells
                .iter()
                .filter(|cell| cell.workload == workload.name && cell.rows == rows)
                .collect();
            if cells.is_empty() {
                continue;
            }
            let table = match workload.name {
                "ratios" => ratios(&cells),
                "older" => notes(&cells),
                _ => metrics(&cells),
            };
            let title = match workload.name {
                "flights" => workload.title.to_owned(),
                _ => format!("{}, {} rows", workload.title, numbers::count(rows)),
            };
            tables.push(Titled {
                workload: workload.name.to_owned(),
                title,
                table,
            });
        }
    }
    tables
}

fn new(header: &[String]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(header);
    table
}

fn align_right(table: &mut Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// The metrics of a workload, in the order in which they were found first.
fn names(cells: &[&Cell]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for reading in cells.iter().flat_map(|cell| &cell.found.readings) {
        if !names.contains(&reading.metric) {
            names.push(reading.metric.clone());
        }
    }
    names
}

/// Stores, what they took, and how many times as much as the best and as the bare engine.
fn metrics(cells: &[&Cell]) -> Table {
    let names = names(cells);
    let mut header = vec!["store".to_owned()];
    if let Some(first) = names.first() {
        header.extend([
            first.clone(),
            "smallest to largest".to_owned(),
            "over the best".to_owned(),
            "over the bare engine".to_owned(),
        ]);
    }
    header.extend(names.iter().skip(1).cloned());
    let mut table = new(&header);
    let first = names.first().map_or("", String::as_str);
    let medians = cells
        .iter()
        .filter_map(|cell| cell.spread(first))
        .map(|spread| spread.median);
    let best = medians.fold(f64::INFINITY, f64::min);
    for cell in cells {
        table.add_row(metrics_row(cell, cells, &names, best));
    }
    align_right(&mut table);
    table
}

fn metrics_row(cell: &Cell, cells: &[&Cell], names: &[String], best: f64) -> Vec<String> {
    let mut row = vec![cell.store.clone()];
    if let Some(why) = &cell.found.not_offered {
        row.push(format!("not offered: {why}"));
        return row;
    }
    let text = |name: &str| {
        let reading = cell.found.readings.iter().find(|reading| reading.metric == name);
        let median = reading.and_then(|reading| Some((cell.spread(name)?, reading.unit)));
        median.map_or_else(String::new, |(spread, unit)| numbers::value(spread.median, unit))
    };
    let Some(first) = names.first() else { return row };
    row.push(text(first));
    let unit = cell.found.readings.first().map(|reading| reading.unit);
    match (cell.spread(first), unit) {
        (Some(spread), Some(unit)) => {
            row.push(format!(
                "{} to {}",
                numbers::value(spread.min, unit),
                numbers::value(spread.max, unit)
            ));
            row.push(format!("{}x", numbers::digits(spread.median / best)));
            let bare = cells
                .iter()
                .find(|other| Some(&other.store) == cell.bare.as_ref());
            let bare = bare.and_then(|bare| bare.spread(first));
            row.push(bare.map_or_else(String::new, |bare| {
                format!("{}x", numbers::digits(spread.median / bare.median))
            }));
        }
        _ => row.extend([const { String::new() }; 3]),
    }
    row.extend(names.iter().skip(1).map(|name| text(name)));
    row
}

/// Comparisons within one process: engines beside each other.
fn ratios(cells: &[&Cell]) -> Table {
    let cells: Vec<&Cell> = cells
        .iter()
        .copied()
        .filter(|cell| !cell.found.readings.is_empty())
        .collect();
    let mut header = vec!["what".to_owned()];
    for cell in &cells {
        header.extend([cell.store.clone(), "middle half".to_owned()]);
    }
    let mut table = new(&header);
    for name in names(&cells) {
        let mut row = vec![name.clone()];
        for cell in &cells {
            let unit = cell.found.readings.iter().find(|reading| reading.metric == name);
            match (cell.spread(&name), unit.map(|reading| reading.unit)) {
                (Some(spread), Some(unit)) => row.extend([
                    numbers::value(spread.median, unit),
                    format!(
                        "{} to {}",
                        numbers::value(spread.low, unit),
                        numbers::value(spread.high, unit)
                    ),
                ]),
                _ => row.extend([const { String::new() }; 2]),
            }
        }
        table.add_row(row);
    }
    align_right(&mut table);
    table
}

/// What can't be put into figures.
fn notes(cells: &[&Cell]) -> Table {
    let mut table = new(&["store".to_owned(), "what happens".to_owned()]);
    for cell in cells {
        let said = cell
            .found
            .not_offered
            .as_ref()
            .map(|why| format!("not offered: {why}"));
        table.add_row([
            cell.store.clone(),
            said.unwrap_or_else(|| cell.found.notes.join("; ")),
        ]);
    }
    table
}
