//! What import and export have in common: the form of a file.

use std::path::Path;

use clap::ValueEnum;
use quanta_core::Format;

use crate::exit::Exit;
use crate::failure::Failure;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    /// A header, and one record for each row.
    Csv,
    /// One JSON object on each line.
    Jsonl,
}

impl From<FileFormat> for Format {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Csv => Self::Csv,
            FileFormat::Jsonl => Self::JsonLines,
        }
    }
}

/// Returns the form of a file: the one that is named, or the one that its name ends with.
pub fn format(named: Option<FileFormat>, file: &Path) -> Result<Format, Failure> {
    if let Some(format) = named {
        return Ok(format.into());
    }
    let ending = file
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("csv") => Ok(Format::Csv),
        Some("jsonl" | "ndjson") => Ok(Format::JsonLines),
        _ => {
            let problem = format!(
                "{} doesn't say of what form it is: name it with --format csv or --format jsonl",
                file.display()
            );
            Err(Failure::Told(Exit::Usage, problem))
        }
    }
}

/// Reads the character that separates cells, for the arguments.
pub fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => Ok(*byte),
        b"\\t" => Ok(b'\t'),
        _ => Err("one ASCII character, or \\t, but no quote and no end of a line".to_owned()),
    }
}

/// Reads `column=field`, for the arguments.
pub fn mapping(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((column, field)) if !column.is_empty() && !field.is_empty() => {
            Ok((column.to_owned(), field.to_owned()))
        }
        _ => Err("column=field is expected".to_owned()),
    }
}
