//! What is printed, and how.

use std::io::{self, BufWriter, IsTerminal, Write};

use anstyle::{AnsiColor, Style as Colour};
use comfy_table::{CellAlignment, Table, presets};
use quanta_core::Style;
use serde_json::Value;

use crate::args::Color;

/// Where output goes, and in which form.
pub struct Output {
    writer: Box<dyn Write>,
    style: Style,
    /// Whether JSON is wanted.
    pub json: bool,
}

impl Output {
    /// Prints to the standard output, with colour only on a terminal.
    pub fn stdout(color: Color, json: bool) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let style = choose(color, io::stdout().is_terminal(), no_color);
        Self {
            writer: Box::new(BufWriter::new(io::stdout())),
            style,
            json,
        }
    }

    /// Says whether colour is wanted.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Returns where output goes, for what is neither text nor JSON of ours.
    pub fn writer(&mut self) -> &mut dyn Write {
        &mut self.writer
    }

    /// Prints text as it is.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.writer.write_all(text.as_bytes())
    }

    /// Prints one line.
    pub fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.writer, "{line}")
    }

    /// Prints a line that stands out.
    pub fn heading(&mut self, line: &str) -> io::Result<()> {
        let line = self.paint(Colour::new().bold(), line);
        self.line(&line)
    }

    /// Prints JSON over several lines.
    pub fn value(&mut self, value: &Value) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.writer, value)?;
        self.line("")
    }

    /// Prints a table, without lines around it.
    pub fn table(&mut self, table: &Table) -> io::Result<()> {
        let text = table.trim_fmt();
        self.line(&text)
    }

    /// Colours what is wrong.
    pub fn bad(&self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default(), text)
    }

    /// Colours what is right.
    pub fn good(&self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    /// Colours what is neither right nor wrong, but another one.
    pub fn different(&self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    fn paint(&self, colour: Colour, text: &str) -> String {
        match self.style {
            Style::Coloured => format!("{colour}{text}{colour:#}"),
            Style::Plain => text.to_owned(),
        }
    }

    /// Hands on what is still in the buffer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Makes an aligned table with a header.
pub fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header.iter().map(|name| name.to_uppercase()));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// Puts the numbers of these columns at the right.
pub fn align_right(table: &mut Table, columns: &[usize]) {
    for column in columns {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// Writes a number of things, one or several.
pub fn count(count: u64, thing: &str) -> String {
    if count == 1 {
        format!("1 {thing}")
    } else {
        format!("{count} {thing}s")
    }
}

/// Writes bytes in the unit that people read.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    #[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
    let mut amount = bytes as f64;
    let mut unit = 0;
    while amount >= 1024.0 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{bytes} B")
    } else {
        format!("{amount:.1} {}", UNITS[unit])
    }
}

fn choose(color: Color, is_terminal: bool, no_color: bool) -> Style {
    match color {
        Color::Auto if is_terminal && !no_color => Style::Coloured,
        Color::Auto | Color::Never => Style::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_needs_a_terminal_and_nothing_against_it() {
        assert_eq!(choose(Color::Auto, true, false), Style::Coloured);
        for (color, is_terminal, no_color) in [
            (Color::Auto, false, false),
            (Color::Auto, true, true),
            (Color::Never, true, false),
        ] {
            assert_eq!(choose(color, is_terminal, no_color), Style::Plain);
        }
    }

    #[test]
    fn bytes_are_shown_in_the_largest_unit() {
        for (count, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1536, "1.5 KiB"),
            (3 << 30, "3.0 GiB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }
}
