//! What was measured, for people: tables for the terminal, and a page with plots. All figures come from the results.

mod bars;
mod numbers;
mod page;
mod plots;
mod tables;

use std::io::Write;
use std::path::Path;

use crate::error::Outcome;
use crate::results::Results;

/// Prints tables.
pub fn print(results: &Results, out: &mut impl Write) -> Outcome<()> {
    for table in tables::all(results) {
        writeln!(out, "\n{}\n{}", table.title, table.table)?;
    }
    Ok(())
}

/// Writes the page, and the plots into a folder of its name beside it.
pub fn write(results: &Results, page: &Path) -> Outcome<()> {
    let plots = plots::all(results)?;
    let folder = page.with_extension("");
    if let Some(parent) = page.parent() {
        std::fs::create_dir_all(parent)?;
    }
    if !plots.is_empty() {
        std::fs::create_dir_all(&folder)?;
    }
    for plot in &plots {
        std::fs::write(folder.join(format!("{}.svg", plot.name)), &plot.svg)?;
    }
    let folder = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    std::fs::write(page, page::text(results, &plots, &folder)?)?;
    Ok(())
}
