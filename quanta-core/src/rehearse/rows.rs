//! Rows for rehearsals: generated, with distinct keys, and distinct in what unique indexes cover.

use std::collections::BTreeSet;

use crate::db::Database;
use crate::error::Result;
use crate::generate::{Seed, random_value};
use crate::schema::limits::KEY_BYTES_MAX;
use crate::schema::{NodeId, Schema};
use crate::value::Value;

use super::image::{Image, TableImage, encoded};
use super::refer::Parents;

/// How often in a row a row is made whose key or unique value is taken, before the table counts as full.
const TRIES_IN_VAIN_MAX: u32 = 200;
/// One row in so many is written again at every version, so that rows of all stamps lie side by side.
const REWRITTEN_ONE_IN: usize = 8;

/// Rows that are to be written to a table.
#[derive(Debug)]
pub(crate) struct Writes {
    pub table: String,
    pub rows: Vec<Value>,
}

/// Writes rows, replacing those with their keys.
pub(crate) fn write(db: &Database, writes: &[Writes]) -> Result<()> {
    for table in writes {
        db.write(|transaction| {
            let rows = transaction.table(&table.table)?;
            table.rows.iter().try_for_each(|row| rows.put(row))
        })?;
    }
    Ok(())
}

/// How many rows are added at a version.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Births {
    /// As many as a table needs to have so many.
    UpTo(u64),
    /// So many to each table.
    Each(u64),
}

/// Makes what is written at a version: rows are added to tables, and some rows are replaced.
pub(super) fn next_writes(image: &Image, births: Births, seed: &mut Seed) -> Result<Vec<Writes>> {
    next_writes_with(image, births, seed, &|_, _| {})
}

/// As [`next_writes`], with a function that makes other rows of random ones, by table. What refers to other rows is chosen
/// after that.
pub(crate) fn next_writes_with(
    image: &Image,
    births: Births,
    seed: &mut Seed,
    adapt: &dyn Fn(&str, &mut Value),
) -> Result<Vec<Writes>> {
    let mut parents = Parents::of(image)?;
    let mut writes = Vec::new();
    for name in parents_first(image) {
        let table = &image.tables[&name];
        let adapt = |row: &mut Value| adapt(&name, row);
        let mut maker = Maker {
            adapt: &adapt,
            ..Maker::new(table, &parents)?
        };
        let mut written = maker.replace(REWRITTEN_ONE_IN, &[], seed)?;
        let count = match births {
            Births::UpTo(rows) => rows.saturating_sub(table.rows.len() as u64),
            Births::Each(rows) => rows,
        };
        let added = maker.add(count, seed)?;
        parents.add(&name, &table.schema, &added);
        written.extend(added);
        if !written.is_empty() {
            writes.push(Writes {
                table: name,
                rows: written,
            });
        }
    }
    Ok(writes)
}

/// Lists the tables, those that others refer to before them as far as that goes.
fn parents_first(image: &Image) -> Vec<String> {
    let mut left: Vec<&String> = image.tables.keys().collect();
    let mut order: Vec<String> = Vec::new();
    while !left.is_empty() {
        let is_free = |name: &&String| {
            let mut references = image.tables[*name].schema.references.iter();
            references.all(|reference| reference.table == **name || order.contains(&reference.table))
        };
        // Tables that refer to each other come in any order.
        let next = left.iter().position(is_free).unwrap_or(0);
        order.push(left.remove(next).clone());
    }
    order
}

/// Makes rows of a table.
pub(super) struct Maker<'i> {
    image: &'i TableImage,
    parents: &'i Parents,
    adapt: &'i dyn Fn(&mut Value),
    keys: BTreeSet<Vec<u8>>,
    /// Values of unique indexes that are taken, by position of the index.
    unique: BTreeSet<(usize, String)>,
}

impl<'i> Maker<'i> {
    pub fn new(image: &'i TableImage, parents: &'i Parents) -> Result<Self> {
        let mut maker = Self {
            image,
            parents,
            adapt: &|_| {},
            keys: image.rows.keys().cloned().collect(),
            unique: BTreeSet::new(),
        };
        if maker.image.schema.indexes.iter().any(|index| index.unique) {
            for body in image.rows.values() {
                let taken = unique_values(&image.schema, &image.value(body)?);
                maker.unique.extend(taken);
            }
        }
        Ok(maker)
    }

    /// Makes rows with keys that no row has.
    pub fn add(&mut self, count: u64, seed: &mut Seed) -> Result<Vec<Value>> {
        let mut rows = Vec::new();
        let mut in_vain = 0;
        while (rows.len() as u64) < count && in_vain < TRIES_IN_VAIN_MAX {
            in_vain += 1;
            let mut row = self.random(seed)?;
            if !self.parents.refer(&self.image.schema, &mut row, &[], seed) {
                continue;
            }
            let (key, _) = encoded(&self.image.schema, &row)?;
            if key.len() > KEY_BYTES_MAX || self.keys.contains(&key) || !self.claim(&row) {
                continue;
            }
            self.keys.insert(key);
            rows.push(row);
            in_vain = 0;
        }
        Ok(rows)
    }

    /// Makes other values for one row in `one_in`, and at least one, under the keys that they have. The fields `kept`
    /// stay as they are.
    pub fn replace(&mut self, one_in: usize, kept: &[&str], seed: &mut Seed) -> Result<Vec<Value>> {
        let mut rows = Vec::new();
        let image = self.image;
        let key = image.schema.key.iter().map(String::as_str);
        let kept: Vec<&str> = key.chain(kept.iter().copied()).collect();
        let first = seed.below(one_in).min(image.rows.len().saturating_sub(1));
        for body in image.rows.values().skip(first).step_by(one_in) {
            let old = image.value(body)?;
            let mut row = self.random(seed)?;
            if let Value::Struct(fields) = &mut row {
                for name in &kept {
                    fields.extend(old.get(name).map(|value| ((*name).to_owned(), value.clone())));
                }
            }
            let given_up = unique_values(&image.schema, &old);
            given_up.iter().for_each(|value| {
                self.unique.remove(value);
            });
            if self.parents.refer(&image.schema, &mut row, &kept, seed) && self.claim(&row) {
                rows.push(row);
            } else {
                self.unique.extend(given_up);
            }
        }
        Ok(rows)
    }

    fn random(&self, seed: &mut Seed) -> Result<Value> {
        let mut row = self
            .image
            .value(&random_value(&self.image.schema.shape, NodeId::ROOT, seed))?;
        (self.adapt)(&mut row);
        Ok(row)
    }

    /// Takes the values of unique indexes of a row; false if one is taken.
    fn claim(&mut self, row: &Value) -> bool {
        let values = unique_values(&self.image.schema, row);
        if values.iter().any(|value| self.unique.contains(value)) {
            return false;
        }
        self.unique.extend(values);
        true
    }
}

/// Lists what the unique indexes of a table see of a row: nothing where a field has no value.
fn unique_values(schema: &Schema, row: &Value) -> Vec<(usize, String)> {
    let unique = schema
        .indexes
        .iter()
        .enumerate()
        .filter(|(_, index)| index.unique);
    unique
        .filter_map(|(position, index)| {
            let values: Option<Vec<&Value>> = index.paths().map(|path| at(row, path)).collect();
            Some((position, format!("{:?}", values?)))
        })
        .collect()
}

fn at<'v>(row: &'v Value, path: &str) -> Option<&'v Value> {
    let value = path.split('.').try_fold(row, |value, name| value.get(name))?;
    Some(value).filter(|value| !value.is_none())
}
