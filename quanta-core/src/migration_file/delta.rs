//! One change in a line, such as `users add mail string ''`.

use std::str::FromStr;

use serde_json::Value as Json;

use crate::error::{Error, ErrorKind, Result};
use crate::schema::{IndexField, Shape};

use super::file::MigrationFile;
use super::step::FileStep;

/// What can be said in a line, for messages.
const FORMS: &str = "  TABLE add FIELD TYPE [DEFAULT]     users add mail string ''
  TABLE drop FIELD                   users drop old_column
  TABLE rename FIELD NAME            contacts rename phone mobile
  TABLE type FIELD TYPE              users type age u32
  TABLE default FIELD [VALUE]        users default plan 'free'
  TABLE index FIELD[,FIELD..]        users index city,age
  TABLE unique FIELD[,FIELD..]       users unique mail
  TABLE list                         users list";

/// A change of one table, said in a line: the short form of a migration file.
///
/// ```
/// use quantadb::{Delta, FileStep};
///
/// let Delta::Change(step) = "users add mail string ''".parse()? else { unreachable!() };
/// assert!(matches!(step, FileStep::AddField { table, field, .. } if table == "users" && field == "mail"));
/// assert_eq!("users list".parse::<Delta>()?, Delta::List("users".into()));
/// assert!("users paint mail red".parse::<Delta>().is_err());
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Delta {
    /// A change.
    Change(FileStep),
    /// A wish to see the fields of a table.
    List(String),
}

impl Delta {
    /// Returns the change as a migration file with this id, without its way back: the store records that.
    ///
    /// ```
    /// # use quantadb::Delta;
    /// let file = "users drop nick".parse::<Delta>()?.file("20261122_143000_drop_nick")?;
    /// assert_eq!((file.up.len(), file.name.as_str()), (1, "drop users nick"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is no change, or the id can't be one.
    pub fn file(&self, id: &str) -> Result<MigrationFile> {
        let Self::Change(step) = self else {
            return Err(wrong("`list` changes nothing"));
        };
        let file = MigrationFile {
            name: self.name(),
            up: vec![step.clone()],
            ..MigrationFile::from_toml(id, "")?
        };
        Ok(file)
    }

    /// Returns a name for it: `add users mail`.
    ///
    /// ```
    /// # use quantadb::Delta;
    /// assert_eq!("users rename nick handle".parse::<Delta>()?.name(), "rename users nick handle");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Change(FileStep::AddField { table, field, .. }) => format!("add {table} {field}"),
            Self::Change(FileStep::DropField { table, field }) => format!("drop {table} {field}"),
            Self::Change(FileStep::RenameField { table, field, to }) => {
                format!("rename {table} {field} {to}")
            }
            Self::Change(FileStep::ChangeType { table, field, ty, .. }) => {
                format!("type {table} {field} {ty}")
            }
            Self::Change(FileStep::SetDefault { table, field, .. }) => format!("default {table} {field}"),
            Self::Change(FileStep::AddIndex { name, .. }) => format!("index {name}"),
            Self::Change(step) => step.table().unwrap_or_default().to_owned(),
            Self::List(table) => format!("list {table}"),
        }
    }
}

impl FromStr for Delta {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let words = words(text).map_err(|problem| wrong(&problem))?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let [table, verb, rest @ ..] = words.as_slice() else {
            return Err(wrong("it is no change"));
        };
        let table = (*table).to_owned();
        let change = match (*verb, rest) {
            ("list", []) => return Ok(Self::List(table)),
            ("add", [field, ty]) => add(table, field, ty, None)?,
            ("add", [field, ty, default]) => add(table, field, ty, Some(default))?,
            ("drop", [field]) => FileStep::DropField {
                table,
                field: (*field).to_owned(),
            },
            ("rename", [field, to]) => FileStep::RenameField {
                table,
                field: (*field).to_owned(),
                to: (*to).to_owned(),
            },
            ("type", [field, ty]) => FileStep::ChangeType {
                table,
                field: (*field).to_owned(),
                ty: known_type(ty)?,
                default: None,
                on_failure: None,
                convert_with: None,
                inverse: None,
            },
            ("default", [field]) => set_default(table, field, None),
            ("default", [field, value]) => set_default(table, field, Some(value)),
            (kind @ ("index" | "unique"), [fields]) => index(table, fields, kind)?,
            _ => return Err(wrong(&format!("`{text}` is none of them"))),
        };
        Ok(Self::Change(change))
    }
}

fn add(table: String, field: &str, ty: &str, default: Option<&str>) -> Result<FileStep> {
    Ok(FileStep::AddField {
        table,
        field: field.to_owned(),
        ty: known_type(ty)?,
        default: default.map(value),
        default_with: None,
        init_with: None,
    })
}

fn set_default(table: String, field: &str, default: Option<&str>) -> FileStep {
    FileStep::SetDefault {
        table,
        field: field.to_owned(),
        default: default.map(value),
    }
}

fn index(table: String, fields: &str, kind: &str) -> Result<FileStep> {
    let paths: Vec<&str> = fields.split(',').map(str::trim).collect();
    let fields = paths.iter().map(|path| IndexField::from_str(path));
    let fields = fields
        .collect::<std::result::Result<_, _>>()
        .map_err(|problem| wrong(&problem.to_string()))?;
    Ok(FileStep::AddIndex {
        name: format!("{table}_{}", paths.join("_").replace(['.', ' '], "_")),
        table,
        fields,
        unique: kind == "unique",
        on_failure: None,
    })
}

fn known_type(ty: &str) -> Result<String> {
    match ty.parse::<Shape>() {
        Ok(_) => Ok(ty.to_owned()),
        Err(error) => Err(wrong(&format!("`{ty}` is no type: {error}"))),
    }
}

/// Reads a value: text in single quotes, else JSON, else a text as it stands.
fn value(word: &str) -> Json {
    if let Some(text) = word.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Json::String(text.replace("''", "'"));
    }
    serde_json::from_str(word).unwrap_or_else(|_| Json::String(word.to_owned()))
}

/// Takes a line apart at its spaces, but for those within quotes, brackets and braces.
fn words(text: &str) -> std::result::Result<Vec<String>, String> {
    let (mut words, mut word, mut depth, mut quote) = (Vec::new(), String::new(), 0_i32, None);
    for char in text.chars() {
        match (quote, char) {
            (Some(open), _) if char == open => quote = None,
            (None, '\'' | '"') => quote = Some(char),
            (None, '<' | '(' | '{' | '[') => depth += 1,
            (None, '>' | ')' | '}' | ']') => depth -= 1,
            _ => {}
        }
        if char.is_whitespace() && quote.is_none() && depth <= 0 {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        } else {
            word.push(char);
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".to_owned());
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

fn wrong(problem: &str) -> Error {
    Error::new(
        ErrorKind::MigrationFile,
        format!("{problem}. A change in a line is one of\n{FORMS}"),
    )
}
