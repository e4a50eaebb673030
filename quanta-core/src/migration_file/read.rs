//! Reading migration files.

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::error::{Error, ErrorKind, Result};
use crate::schema::limits::MIGRATION_ID_BYTES_MAX;

use super::file::MigrationFile;
use super::step::FileStep;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileToml {
    id: Option<Spanned<String>>,
    name: Option<String>,
    #[serde(default)]
    depends_on: Vec<String>,
    #[serde(default)]
    tags: Vec<String>,
    checksum: Option<Spanned<String>>,
    #[serde(default)]
    up: Vec<Spanned<toml::Table>>,
    #[serde(default)]
    down: Vec<Spanned<toml::Table>>,
}

impl MigrationFile {
    /// Reads a file. `stem` is its name without its ending, and its id if it says no other (docs/migration-files.md).
    ///
    /// ```
    /// # use quantadb::{ErrorKind, MigrationFile};
    /// let text = "[[up]]\nstep = \"drop_field\"\ntable = \"users\"\nfeild = \"nick\"\n";
    /// let error = MigrationFile::from_toml("drop_nick", text).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::MigrationFile);
    /// assert!(error.to_string().contains("line 1"), "{error}");
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MigrationFile`] says what is wrong, and in which line.
    pub fn from_toml(stem: &str, text: &str) -> Result<Self> {
        Self::read(stem, None, text)
    }

    /// Reads a file that lies at `path`.
    pub(super) fn read(stem: &str, path: Option<&Path>, text: &str) -> Result<Self> {
        let place = path.map_or_else(|| stem.to_owned(), |path| path.display().to_string());
        let wrong = |problem: String| Error::new(ErrorKind::MigrationFile, format!("{place}: {problem}"));
        let read: FileToml = toml::from_str(text).map_err(|error| wrong(toml_problem(text, &error)))?;
        let id = read.id.as_ref().map_or(stem, |id| id.get_ref()).to_owned();
        let at = |span: Option<Range<usize>>| span.map_or(1, |span| line_of(text, span.start));
        check_id(&id)
            .map_err(|problem| wrong(format!("line {}: {problem}", at(read.id.map(|id| id.span())))))?;
        let steps = |which: &str, steps: Vec<Spanned<toml::Table>>| -> Result<Vec<FileStep>> {
            let read = steps.into_iter().map(|step| {
                let span = step.span();
                read_step(step.into_inner()).map_err(|problem| {
                    let line = at(Some(span));
                    wrong(format!("line {line}, a step of `{which}`: {problem}"))
                })
            });
            read.collect()
        };
        let file = Self {
            name: read.name.unwrap_or_else(|| name_of(&id)),
            id,
            depends_on: read.depends_on,
            tags: read.tags,
            up: steps("up", read.up)?,
            down: steps("down", read.down)?,
            path: path.map(Path::to_path_buf),
        };
        if let Some(said) = read.checksum.filter(|said| *said.get_ref() != file.checksum()) {
            let line = line_of(text, said.span().start);
            return Err(wrong(format!(
                "line {line}: the checksum is {}, and what the file says now has {}: write that, or leave the line out, if it \
                 was changed on purpose",
                said.get_ref(),
                file.checksum(),
            )));
        }
        file.check().map_err(wrong)?;
        Ok(file)
    }

    /// Checks what no single step shows.
    fn check(&self) -> std::result::Result<(), String> {
        for (which, steps) in [("up", &self.up), ("down", &self.down)] {
            let first_of_rows = steps.iter().position(FileStep::is_of_rows);
            let late = first_of_rows.and_then(|first| steps[first..].iter().find(|step| !step.is_of_rows()));
            if late.is_some() {
                return Err(format!(
                    "in `{which}`, rows are changed before the tables are: put `set` and `delete` behind the other steps, or into \
                     a file of their own"
                ));
            }
        }
        let both = [&self.up, &self.down].into_iter();
        if let Some((table, path)) = both.filter_map(|steps| comes_and_goes(steps)).next() {
            return Err(format!(
                "{table}.{path} is dropped and added: put that into two files, as one change it would keep its values"
            ));
        }
        if self
            .down
            .iter()
            .any(|step| matches!(step, FileStep::Delete { .. }))
        {
            return Err(
                "`down` deletes rows: on the way back rows come back, and none is taken out".to_owned(),
            );
        }
        if self.depends_on.contains(&self.id) {
            return Err("it depends on itself".to_owned());
        }
        Ok(())
    }
}

/// Finds a field or variant that steps drop and add.
fn comes_and_goes(steps: &[FileStep]) -> Option<(&str, &str)> {
    let mut goes = steps.iter().filter_map(|step| match step {
        FileStep::DropField { table, field } => Some((table.as_str(), field.as_str())),
        FileStep::DropVariant { table, variant, .. } => Some((table.as_str(), variant.as_str())),
        _ => None,
    });
    goes.find(|place| {
        steps.iter().any(|step| match step {
            FileStep::AddField { table, field, .. } => (table.as_str(), field.as_str()) == *place,
            FileStep::AddVariant { table, variant, .. } => (table.as_str(), variant.as_str()) == *place,
            _ => false,
        })
    })
}

/// Returns what a file does as its id tells it: without the time, and with spaces.
fn name_of(id: &str) -> String {
    let words: Vec<&str> = id
        .split('_')
        .filter(|word| !word.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    if words.is_empty() {
        id.to_owned()
    } else {
        words.join(" ")
    }
}

fn check_id(id: &str) -> std::result::Result<(), String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if id.is_empty() || id.len() > MIGRATION_ID_BYTES_MAX || !id.bytes().all(is_plain) {
        return Err(format!(
            "the id {id:?} has other characters than letters, digits, `_`, `-` and `.`, or is longer than {MIGRATION_ID_BYTES_MAX}"
        ));
    }
    Ok(())
}

fn read_step(table: toml::Table) -> std::result::Result<FileStep, String> {
    let Some(name) = table.get("step") else {
        return Err(format!(
            "it says no `step`: one of {}",
            FileStep::NAMES.join(", ")
        ));
    };
    let known = name.as_str().filter(|name| FileStep::NAMES.contains(name));
    if known.is_none() {
        let name = name
            .as_str()
            .map_or_else(|| "without a name".to_owned(), str::to_owned);
        return Err(format!(
            "there is no step {name}: there are {}",
            FileStep::NAMES.join(", ")
        ));
    }
    table
        .try_into()
        .map_err(|error: toml::de::Error| error.message().to_owned())
}

fn toml_problem(text: &str, error: &toml::de::Error) -> String {
    let line = error
        .span()
        .map(|span| format!("line {}: ", line_of(text, span.start)));
    format!("{}{}", line.unwrap_or_default(), error.message())
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}
