//! Rows from JSON lines.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead};

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

use crate::codec::Encoder;
use crate::schema::limits::LINE_BYTES_MAX;
use crate::txn::Table;
use crate::value::{encode_value, from_json};

use super::layout::filling;
use super::lines::{Line, Lines};
use super::options::{Import, OnNone, OnUnknown};
use super::pass::{Next, finished};
use super::report::LineError;
use super::strict_json::Strict;

/// Reads rows from JSON lines.
pub(super) struct JsonRows<R> {
    lines: Lines<R>,
    buffer: Vec<u8>,
}

impl<R: BufRead> JsonRows<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            lines: Lines::new(reader),
            buffer: Vec::new(),
        }
    }

    /// Reads the next row.
    pub(super) fn next(&mut self, table: &Table, import: &Import) -> io::Result<Next> {
        loop {
            self.buffer.clear();
            let read = self.lines.next(&mut self.buffer)?;
            let line = self.lines.count;
            match read {
                Line::End => return Ok(Next::End),
                Line::TooLong => {
                    let problem = format!("the line has more than {LINE_BYTES_MAX} bytes");
                    return Ok(Next::Bad(vec![LineError::new(line, problem)]));
                }
                Line::Read if self.buffer.trim_ascii().is_empty() => {}
                Line::Read => return Ok(row(table, import, line, self.buffer.trim_ascii_end())),
            }
        }
    }
}

fn row(table: &Table, import: &Import, line: u64, text: &[u8]) -> Next {
    let bad = |problem: String| Next::Bad(vec![LineError::new(line, problem)]);
    if let Err(error) = std::str::from_utf8(text) {
        let at = error.valid_up_to();
        return bad(format!(
            "byte {} of the line, 0x{:02x}, is not UTF-8",
            at + 1,
            text[at]
        ));
    }
    let members = match serde_json::from_slice::<Members>(text) {
        Ok(Members(members)) => members,
        Err(error) => {
            // The text counts lines of its own.
            let problem = error.to_string();
            let problem = problem.split(" at line ").next().unwrap_or(&problem);
            return bad(match error.column() {
                0 => format!("no JSON of a row: {problem}"),
                column => format!("no JSON of a row: {problem}, at character {column}"),
            });
        }
    };
    let mut errors = Vec::new();
    let mut named = BTreeMap::new();
    for (key, json) in members {
        let field = import.renamed.get(&key).unwrap_or(&key);
        if table.schema.field(field).is_none() {
            if import.on_unknown == OnUnknown::Refuse {
                let problem = format!(
                    "table {} has no field {key:?}: rename the key, or ignore it",
                    table.name
                );
                errors.push(LineError::new(line, problem));
            }
        } else if named.insert(field.clone(), json).is_some() {
            errors.push(LineError::new(line, "the field is there twice").of_field(field));
        }
    }
    let mut out = Encoder::default();
    out.enter();
    for field in table.schema.shape.fields() {
        let json = named.get(&field.name);
        let default = table.write_defaults.get(&field.name);
        let written = match (json, default) {
            (Some(Json::Null), Some(default)) if import.on_none == OnNone::Default => {
                out.raw(default);
                Ok(())
            }
            (Some(json), _) => from_json(&table.schema.shape, field.node, json)
                .and_then(|value| encode_value(&table.schema.shape, field.node, &value, &mut out)),
            (None, _) => match filling(table, &field.name, field.node) {
                Some(bytes) => {
                    out.raw(&bytes);
                    Ok(())
                }
                None => Err("the field is missing".to_owned()),
            },
        };
        if let Err(problem) = written {
            errors.push(LineError::new(line, problem).of_field(&field.name));
        }
    }
    out.leave();
    finished(table, line, out, errors)
}

/// The members of an object as they stand, so that two with one name can be told.
struct Members(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some((name, Strict(value))) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        input.deserialize_map(Collect)
    }
}
