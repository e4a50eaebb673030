//! References between generated rows: each refers to a row that is there, or to none.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::generate::Seed;
use crate::schema::{Reference, Schema};
use crate::value::Value;

use super::image::{Image, key_of};
use super::places::{is_many, leave_out, set, values};

/// Keys of rows that others may refer to: for each table the values of its key fields, by name.
#[derive(Debug, Default)]
pub(super) struct Parents {
    keys: BTreeMap<String, Vec<BTreeMap<String, Value>>>,
}

impl Parents {
    /// Collects the keys of all tables that are referred to.
    pub fn of(image: &Image) -> Result<Self> {
        let mut parents = Self::default();
        for table in image.tables.values() {
            for reference in &table.schema.references {
                parents.keys.entry(reference.table.clone()).or_default();
            }
        }
        for (name, keys) in &mut parents.keys {
            let Some(table) = image.tables.get(name) else {
                continue;
            };
            for body in table.rows.values() {
                keys.push(key_fields(&table.schema, &table.value(body)?));
            }
        }
        Ok(parents)
    }

    /// Adds rows that are going to be there.
    pub fn add(&mut self, table: &str, schema: &Schema, rows: &[Value]) {
        if let Some(keys) = self.keys.get_mut(table) {
            keys.extend(rows.iter().map(|row| key_fields(schema, row)));
        }
    }

    /// Tells whether all references of a row lead to rows that are there.
    pub fn lead(&self, schema: &Schema, row: &Value) -> bool {
        schema
            .references
            .iter()
            .all(|reference| self.leads(reference, row))
    }

    fn leads(&self, reference: &Reference, row: &Value) -> bool {
        let keys = self.keys.get(&reference.table).map_or(&[][..], Vec::as_slice);
        if let ([from], [to]) = (reference.fields.as_slice(), reference.to.as_slice()) {
            let is_there = |value: &&Value| keys.iter().any(|key| key.get(to).map(plain) == Some(*value));
            return values(row, from).iter().all(is_there);
        }
        let pairs = || reference.fields.iter().zip(&reference.to);
        let fits = |key: &BTreeMap<String, Value>| {
            pairs().all(|(from, to)| values(row, from).first().copied() == key.get(to).map(plain))
        };
        pairs().any(|(from, _)| values(row, from).is_empty()) || keys.iter().any(fits)
    }

    /// Makes a row refer to rows that are there, leaving fields that are `fixed` as they are. False if it can't.
    pub fn refer(&self, schema: &Schema, row: &mut Value, fixed: &[&str], seed: &mut Seed) -> bool {
        let mut references: Vec<&Reference> = schema.references.iter().collect();
        // One that has more fields says more: the others follow it.
        references.sort_by_key(|reference| std::cmp::Reverse(reference.fields.len()));
        let mut fixed: Vec<&str> = fixed.to_vec();
        references.into_iter().all(|reference| {
            let refers = self.refer_to(reference, row, &fixed, seed);
            fixed.extend(reference.fields.iter().map(String::as_str));
            refers
        })
    }

    fn refer_to(&self, reference: &Reference, row: &mut Value, fixed: &[&str], seed: &mut Seed) -> bool {
        let pairs = || reference.fields.iter().zip(&reference.to);
        if pairs().any(|(from, _)| values(row, from).is_empty()) {
            return true;
        }
        if let Some((several, _)) = pairs().find(|(from, _)| is_many(from)) {
            return self.leads(reference, row) || leave_out(row, several);
        }
        let is_fixed = |name: &str| fixed.contains(&name);
        let fits = |key: &&BTreeMap<String, Value>| {
            pairs().all(|(from, to)| {
                !is_fixed(from) || values(row, from).first().copied() == key.get(to).map(plain)
            })
        };
        let keys = self
            .keys
            .get(&reference.table)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let candidates: Vec<&BTreeMap<String, Value>> = keys.iter().filter(fits).collect();
        if candidates.is_empty() {
            let mut free = reference.fields.iter().filter(|name| !is_fixed(name));
            return free.any(|name| leave_out(row, name));
        }
        let key = *seed.choose(&candidates);
        pairs()
            .filter(|(from, _)| !is_fixed(from))
            .all(|(from, to)| key.get(to).is_some_and(|value| set(row, from, plain(value))))
    }
}

fn key_fields(schema: &Schema, row: &Value) -> BTreeMap<String, Value> {
    let values = match key_of(schema, row) {
        Value::Tuple(values) if schema.key.len() > 1 => values,
        single => vec![single],
    };
    schema.key.iter().cloned().zip(values).collect()
}

/// Returns the value in an option.
fn plain(value: &Value) -> &Value {
    match value {
        Value::Option(Some(value)) => plain(value),
        _ => value,
    }
}
