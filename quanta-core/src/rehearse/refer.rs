//! References between generated rows: each refers to a row that is there, or to none.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::generate::Seed;
use crate::schema::{Node, NodeId, Reference, Schema};
use crate::value::Value;

use super::image::{Image, key_of};

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
        schema.references.iter().all(|reference| {
            let pairs = || reference.fields.iter().zip(&reference.to);
            let is_none = |(from, _): (&String, &String)| row.get(from).is_none_or(Value::is_none);
            let fits = |key: &BTreeMap<String, Value>| {
                pairs().all(|(from, to)| row.get(from).map(plain) == key.get(to).map(plain))
            };
            pairs().any(is_none)
                || self
                    .keys
                    .get(&reference.table)
                    .is_some_and(|keys| keys.iter().any(fits))
        })
    }

    /// Makes a row refer to rows that are there, leaving fields that are `fixed` as they are. False if it can't.
    pub fn refer(&self, schema: &Schema, row: &mut Value, fixed: &[&str], seed: &mut Seed) -> bool {
        let mut references: Vec<&Reference> = schema.references.iter().collect();
        // One that has more fields says more: the others follow it.
        references.sort_by_key(|reference| std::cmp::Reverse(reference.fields.len()));
        let mut fixed: Vec<&str> = fixed.to_vec();
        references.into_iter().all(|reference| {
            let refers = self.refer_to(schema, reference, row, &fixed, seed);
            fixed.extend(reference.fields.iter().map(String::as_str));
            refers
        })
    }

    fn refer_to(
        &self,
        schema: &Schema,
        reference: &Reference,
        row: &mut Value,
        fixed: &[&str],
        seed: &mut Seed,
    ) -> bool {
        let Value::Struct(fields) = row else {
            return false;
        };
        let pairs = || reference.fields.iter().zip(&reference.to);
        let is_none = |name: &String| matches!(fields.get(name), Some(Value::Option(None)));
        if reference.fields.iter().any(is_none) {
            return true;
        }
        let is_fixed = |name: &str| fixed.contains(&name);
        let fits = |key: &&BTreeMap<String, Value>| {
            pairs().all(|(from, to)| !is_fixed(from) || fields.get(from).map(plain) == key.get(to).map(plain))
        };
        let keys = self
            .keys
            .get(&reference.table)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let candidates: Vec<&BTreeMap<String, Value>> = keys.iter().filter(fits).collect();
        if candidates.is_empty() {
            let mut free = reference.fields.iter().filter(|name| !is_fixed(name));
            let free = free.find(|name| is_option(schema, name));
            return free.is_some_and(|name| fields.insert(name.clone(), Value::Option(None)).is_some());
        }
        let key = *seed.choose(&candidates);
        for (from, to) in pairs().filter(|(from, _)| !is_fixed(from)) {
            let Some(value) = key.get(to) else { return false };
            let value = match is_option(schema, from) {
                true => Value::Option(Some(Box::new(plain(value).clone()))),
                false => plain(value).clone(),
            };
            fields.insert(from.clone(), value);
        }
        true
    }
}

fn key_fields(schema: &Schema, row: &Value) -> BTreeMap<String, Value> {
    let values = match key_of(schema, row) {
        Value::Tuple(values) if schema.key.len() > 1 => values,
        single => vec![single],
    };
    schema.key.iter().cloned().zip(values).collect()
}

fn is_option(schema: &Schema, field: &str) -> bool {
    let node = schema.field(field).map_or(NodeId::ROOT, |field| field.node);
    matches!(schema.shape.node(node), Node::Option(_))
}

/// Returns the value in an option.
fn plain(value: &Value) -> &Value {
    match value {
        Value::Option(Some(value)) => plain(value),
        _ => value,
    }
}
