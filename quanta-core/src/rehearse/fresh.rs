//! Law 1c: a migrated store is a new store of its version.

use std::collections::BTreeMap;

use quanta_storage::Direction;

use crate::catalog::keys::{self, ROW_PREFIX_BYTES};
use crate::codec::Decoder;
use crate::collection::DynamicCollection;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::generate::Seed;
use crate::schema::{Node, Schema};
use crate::value::Value;

use super::image::{Image, TableImage, encoded, shown};
use super::law::{Check, Counterexample};
use super::reads::sweep;
use super::refer::Parents;
use super::resolve::Taken;
use super::rows::Maker;
use super::scratch::{Declared, Scratch};
use super::travel::Standing;

/// What is done to the rows of both stores, and what they answer.
type Act<'a> = dyn Fn(&DynamicCollection) -> String + 'a;

/// Writes the rows of a migrated store into a new one, and compares bytes and behaviour. Writes to both.
pub(super) fn check(migrated: &Scratch, taken: &Taken, after: &Standing, seed: &mut Seed) -> Check {
    let old = migrated.open(&taken.declared)?;
    sweep(&old)?;
    let fresh = Scratch::new();
    let new = fresh.open(&Declared::new(taken.declared.version.clone()))?;
    fill(&new, &after.image)?;
    after
        .image
        .check_equal(&Image::of(&new)?)
        .map_err(|broken| broken.when("written into a new store"))?;
    check_standing(after, &Standing::of(&new)?)?;
    check_bytes(&old, &new, &after.image)?;
    let parents = Parents::of(&after.image)?;
    let changed = taken.plan.tables.iter().map(|table| &table.name);
    for (name, table) in changed.filter_map(|name| after.image.tables.get_key_value(name)) {
        check_behaviour(name, (table, &parents), (&old, &new), seed)?;
    }
    Image::of(&new)?
        .check_equal(&Image::of(&old)?)
        .map_err(|broken| broken.when("after the same writes to a new store and to this one"))
}

fn fill(db: &Database, image: &Image) -> Result<()> {
    for (name, table) in &image.tables {
        db.write(|transaction| {
            let rows = transaction.table(name)?;
            table
                .rows
                .values()
                .try_for_each(|body| rows.insert(&table.value(body)?))
        })?;
    }
    Ok(())
}

fn check_standing(migrated: &Standing, fresh: &Standing) -> Check {
    for (name, expected) in &fresh.tables {
        let found = migrated.tables.get(name);
        let found = found.ok_or_else(|| Counterexample::of_table(name, "the table is missing"))?;
        if found.fingerprint != expected.fingerprint {
            return Err(Counterexample {
                expected: expected.fingerprint.to_string(),
                found: found.fingerprint.to_string(),
                ..Counterexample::of_table(name, "the fingerprint is not that of a new store")
            });
        }
        if found.write_defaults != expected.write_defaults {
            return Err(Counterexample {
                expected: format!("{:?}", expected.write_defaults),
                found: format!("{:?}", found.write_defaults),
                ..Counterexample::of_table(name, "the write defaults are not those of a new store")
            });
        }
        if found.indexes != expected.indexes {
            return Err(Counterexample::of_table(
                name,
                "the indexes are not those of a new store",
            ));
        }
    }
    Ok(())
}

/// Compares the stored bytes of all rows but their stamps.
fn check_bytes(old: &Database, new: &Database, image: &Image) -> Check {
    for (name, table) in &image.tables {
        let (migrated, fresh) = (stored(old, name)?, stored(new, name)?);
        for (key, body) in &fresh {
            if migrated.get(key) != Some(body) {
                return Err(Counterexample {
                    expected: format!("{body:?}"),
                    found: format!("{:?}", migrated.get(key)),
                    ..table.at(name, key, "the stored bytes are not those of a new store")
                });
            }
        }
        if let Some(key) = migrated.keys().find(|key| !fresh.contains_key(*key)) {
            return Err(table.at(name, key, "a new store has no such row"));
        }
    }
    Ok(())
}

/// Reads the bytes of a table's rows: by row key, without stamps.
fn stored(db: &Database, name: &str) -> Result<BTreeMap<Vec<u8>, Vec<u8>>> {
    let table = db.core().table(name, None)?;
    let snapshot = db.core().snapshot()?;
    let mut cursor = snapshot.scan(&keys::rows(table.space), Direction::Forward)?;
    let mut rows = BTreeMap::new();
    while let Some((key, value)) = cursor.next()? {
        let mut input = Decoder::new(value);
        input
            .primitive::<u32>()
            .map_err(|error| Error::corrupt(format!("a row of table {name}"), error))?;
        rows.insert(key[ROW_PREFIX_BYTES..].to_vec(), input.rest().to_vec());
    }
    Ok(rows)
}

/// Does the same to both stores, and compares what they answer.
fn check_behaviour(
    name: &str,
    (table, parents): (&TableImage, &Parents),
    (old, new): (&Database, &Database),
    seed: &mut Seed,
) -> Check {
    let Some(row) = Maker::new(table, parents)?.add(1, seed)?.pop() else {
        return Ok(());
    };
    let key = table.key_of(&row);
    let bare = bare(&table.schema, &row);
    let (old, new) = (old.table(name)?, new.table(name)?);
    let checks: [(&str, &Act<'_>); 7] = [
        ("insert", &|rows| answer(rows.insert(&row))),
        ("insert again", &|rows| answer(rows.insert(&row))),
        ("get", &|rows| got(rows, &key)),
        ("delete", &|rows| answer(rows.delete(&key))),
        ("insert what can't be left out", &|rows| {
            answer(rows.insert(&bare))
        }),
        ("get what was filled in", &|rows| got(rows, &key)),
        ("put", &|rows| answer(rows.put(&row))),
    ];
    for (what, act) in checks {
        let (expected, found) = (act(&new), act(&old));
        if expected != found {
            return Err(Counterexample {
                key: shown(Some(&key)),
                expected,
                found,
                ..Counterexample::of_table(name, format!("{what}: a new store answers differently"))
            });
        }
    }
    Ok(())
}

/// Leaves out of a row what the store may fill in.
fn bare(schema: &Schema, row: &Value) -> Value {
    let Value::Struct(fields) = row else {
        return row.clone();
    };
    let shape = &schema.shape;
    let stays = |name: &String| {
        schema.key.contains(name)
            || schema
                .field(name)
                .is_some_and(|field| !matches!(shape.node(field.node), Node::Option(_)))
    };
    let fields = fields.iter().filter(|(name, _)| stays(name));
    Value::Struct(
        fields
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    )
}

fn answer<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{:?}", error.kind()),
    }
}

fn got(rows: &DynamicCollection, key: &Value) -> String {
    let bytes = rows.get(key).and_then(|row| {
        row.map(|row| encoded(rows.schema(), &row).map(|(_, body)| body))
            .transpose()
    });
    answer(bytes)
}
