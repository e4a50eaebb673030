//! What a store shows: its tables and rows, bit for bit.

use std::collections::BTreeMap;

use crate::codec::{Decoder, Encoder, row_key};
use crate::db::Database;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::Presence;
use crate::schema::{NodeId, Schema, schema_text};
use crate::value::{Value, decode_value, encode_value, show_key};

use super::law::{Check, Counterexample};

/// Characters of a value that a counterexample shows.
const SHOWN_CHARS_MAX: usize = 120;

/// What a store shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Image {
    /// The tables by name.
    pub tables: BTreeMap<String, TableImage>,
}

/// What a store shows of one table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TableImage {
    pub schema: Schema,
    /// Rows in row format, by row key.
    pub rows: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Image {
    /// Scans all tables.
    pub fn of(db: &Database) -> Result<Self> {
        let mut tables = BTreeMap::new();
        for name in live_tables(db) {
            let table = db.table(&name)?;
            let schema = table.schema().clone();
            let rows = table.bodies().collect::<Result<_>>()?;
            tables.insert(name, TableImage { schema, rows });
        }
        Ok(Self { tables })
    }

    /// Reads every row by its key, and compares it with what the scan showed.
    pub fn check_gets(&self, db: &Database) -> Check {
        for (name, image) in &self.tables {
            let table = db.table(name)?;
            for (key, body) in &image.rows {
                let value = image.value(body)?;
                match table.get(&image.key_of(&value))? {
                    Some(found) if encoded(&image.schema, &found)?.1 == *body => {}
                    Some(found) => return Err(image.differing(name, key, &value, &found)),
                    None => {
                        return Err(image.at(
                            name,
                            key,
                            "a scan shows the row, and a get by its key doesn't",
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    pub fn rows(&self) -> u64 {
        self.tables.values().map(|table| table.rows.len() as u64).sum()
    }

    /// Compares two images: `self` is what should be there.
    pub fn check_equal(&self, found: &Self) -> Check {
        for (name, expected) in &self.tables {
            let table = found.tables.get(name);
            let table = table.ok_or_else(|| Counterexample::of_table(name, "the table is missing"))?;
            expected.check_equal(name, table)?;
        }
        match found.tables.keys().find(|name| !self.tables.contains_key(*name)) {
            Some(more) => Err(Counterexample::of_table(more, "the table should not be there")),
            None => Ok(()),
        }
    }
}

impl TableImage {
    /// Compares a table of two images: `self` is what should be there.
    pub fn check_equal(&self, name: &str, found: &Self) -> Check {
        if !self.schema.is_same_as(&found.schema) {
            return Err(Counterexample {
                expected: schema_text(name, &self.schema),
                found: schema_text(name, &found.schema),
                ..Counterexample::of_table(name, "the schemas differ")
            });
        }
        if self.rows == found.rows {
            return Ok(());
        }
        for (key, body) in &self.rows {
            match found.rows.get(key) {
                Some(other) if other == body => {}
                Some(other) => {
                    return Err(self.differing(name, key, &self.value(body)?, &found.value(other)?));
                }
                None => return Err(self.at(name, key, "the row is missing")),
            }
        }
        match found.rows.keys().find(|key| !self.rows.contains_key(*key)) {
            Some(key) => Err(self.at(name, key, "the row should not be there")),
            None => Ok(()),
        }
    }

    pub fn value(&self, body: &[u8]) -> Result<Value> {
        decode_value(&self.schema.shape, NodeId::ROOT, &mut Decoder::new(body))
            .map_err(|error| Error::corrupt("a row of a rehearsal", error))
    }

    /// Returns the key of a row as dynamic collections take it.
    pub fn key_of(&self, row: &Value) -> Value {
        key_of(&self.schema, row)
    }

    pub fn at(&self, table: &str, key: &[u8], problem: &str) -> Counterexample {
        Counterexample {
            key: show_key(&self.schema, key),
            ..Counterexample::of_table(table, problem)
        }
    }

    fn differing(&self, table: &str, key: &[u8], expected: &Value, found: &Value) -> Counterexample {
        let fields = self.schema.shape.fields().iter();
        let mut differing = fields.filter(|field| expected.get(&field.name) != found.get(&field.name));
        let (field, expected, found) = match differing.next() {
            Some(field) => (
                field.name.clone(),
                shown(expected.get(&field.name)),
                shown(found.get(&field.name)),
            ),
            None => (String::new(), shown(Some(expected)), shown(Some(found))),
        };
        Counterexample {
            field,
            expected,
            found,
            ..self.at(table, key, "the row differs")
        }
    }
}

/// Returns the key of a row as dynamic collections take it.
pub(super) fn key_of(schema: &Schema, row: &Value) -> Value {
    let mut parts = schema
        .key
        .iter()
        .map(|name| row.get(name).cloned().unwrap_or(Value::Unit));
    if schema.key.len() == 1 {
        parts.next().unwrap_or(Value::Unit)
    } else {
        Value::Tuple(parts.collect())
    }
}

/// Lists the tables that are there, by name.
pub(super) fn live_tables(db: &Database) -> Vec<String> {
    let head = db.head();
    let live = head
        .tables
        .values()
        .filter(|table| table.state.presence == Presence::Live);
    let mut names: Vec<String> = live.map(|table| table.state.name.clone()).collect();
    names.sort();
    names
}

/// Writes a row: its key and its body.
pub(crate) fn encoded(schema: &Schema, row: &Value) -> Result<(Vec<u8>, Vec<u8>)> {
    let misfit = |problem: String| Error::new(ErrorKind::Value, format!("a generated row: {problem}"));
    let mut out = Encoder::default();
    encode_value(&schema.shape, NodeId::ROOT, row, &mut out).map_err(misfit)?;
    let body = out.finish().map_err(misfit)?;
    let key = row_key(schema, &body).map_err(|error| misfit(error.to_string()))?;
    Ok((key, body))
}

/// Shows a value on one line, or its start.
pub(super) fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    let text = format!("{value}");
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}
