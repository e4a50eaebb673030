//! Rows that are written in between: on the way back and up again they keep what was written wherever both shapes
//! have the field.

use std::collections::BTreeSet;

use crate::db::Database;
use crate::diff::KEY_PATH;
use crate::error::{Error, ErrorKind, Result};
use crate::generate::Seed;
use crate::plan::{Plan, TablePlan, Version};
use crate::schema::{NodeId, own_field};
use crate::value::{Value, encoded_key_value};

use super::image::{Image, TableImage, shown};
use super::law::{Check, Counterexample, Verdict};
use super::refer::Parents;
use super::resolve::outline;
use super::rows::{Maker, Writes, write};
use super::scratch::{Declared, Scratch};
use super::travel::{Change, Standing};

/// One row in so many is written.
const WRITTEN_ONE_IN: usize = 3;

/// A table on both sides of a change, with the fields that the change leaves alone.
#[derive(Debug)]
pub(super) struct Shared {
    pub before: String,
    after: String,
    /// Names of the fields before and after.
    fields: Vec<(String, String)>,
    /// Those that are in the key of either side.
    key: Vec<(String, String)>,
    /// Where rows that don't fit above are taken out.
    drops: BTreeSet<String>,
}

/// On which side of a change something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

/// Which fields of rows get other values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// All but those of the keys: rows may not fit the other side then.
    All,
    /// Those that both sides have.
    Shared,
}

/// Writes rows above, goes back, writes rows there, and goes up again. Where values that only one side has refuse the
/// way, only what both sides have is written.
pub(super) fn check(store: &Scratch, change: &Change<'_>, seed: &mut Seed) -> Verdict {
    let checked = match run(&store.fork(), change, Reach::All, seed) {
        Ok(Some(_)) => run(store, change, Reach::Shared, seed),
        other => other,
    };
    match checked {
        Ok(None) => Verdict::Held,
        Ok(Some(reason)) => Verdict::Excused(reason),
        Err(broken) => Verdict::Broken(broken),
    }
}

fn run(store: &Scratch, change: &Change<'_>, reach: Reach, seed: &mut Seed) -> Check<Option<String>> {
    let db = store.open(&change.taken.declared)?;
    let shared = shared(&db, &change.taken.plan, (change.before, change.after))?;
    if shared.is_empty() {
        return Ok(Some("no changed table keeps the fields of its keys".to_owned()));
    }
    let written = written(&change.after.image, &shared, (Side::After, reach), seed)?;
    write(&db, &written)?;
    let above = Image::of(&db)?;
    match db.rollback(1) {
        Err(error) if matches!(error.kind(), ErrorKind::Refused | ErrorKind::OwnCode) => {
            return Ok(Some(format!(
                "rows that were written above don't fit below: {}",
                outline(&error)
            )));
        }
        other => other.map(drop)?,
    }
    let db = store.open(&Declared::new(change.here.version.clone()))?;
    let below = Image::of(&db)?;
    let way = |broken: Counterexample| broken.when("written above and gone back");
    check_carried(&shared, Side::After, &written, &above, &below).map_err(way)?;
    check_untouched(&shared, Side::Before, &written, &change.before.image, &below).map_err(way)?;

    let written = self::written(&below, &shared, (Side::Before, reach), seed)?;
    write(&db, &written)?;
    let below = Image::of(&db)?;
    drop(db);
    let db = match store.open_again(&change.taken.declared) {
        Err(error) if matches!(error.kind(), ErrorKind::Refused | ErrorKind::OwnCode) => {
            return Ok(Some(format!(
                "rows that were written below don't fit above: {}",
                outline(&error)
            )));
        }
        opened => opened?,
    };
    let again = Image::of(&db)?;
    let way = |broken: Counterexample| broken.when("written below and gone up again");
    check_carried(&shared, Side::Before, &written, &below, &again).map_err(way)?;
    check_untouched(&shared, Side::After, &written, &above, &again).map_err(way)?;
    Ok(None)
}

/// Lists the tables on both sides whose rows can be told on both.
pub(super) fn shared(
    db: &Database,
    plan: &Plan,
    (before, after): (&Standing, &Standing),
) -> Result<Vec<Shared>> {
    let (befores, afters) = (&before.tables, &after.tables);
    let mut tables = Vec::new();
    for plan in &plan.tables {
        let old_name = plan.renamed_from.as_ref().unwrap_or(&plan.name);
        let (Some(before), Some(after)) = (befores.get(old_name), afters.get(&plan.name)) else {
            continue;
        };
        if before.id != after.id {
            continue;
        }
        let versions = db.versions(before.id)?;
        let (Some(old), Some(new)) = (versions.get(&before.version), versions.get(&after.version)) else {
            continue;
        };
        let fields = shared_fields(old, new, plan);
        let find = |name: &String, side: Side| {
            fields
                .iter()
                .find(|(before, after)| match side {
                    Side::Before => before == name,
                    Side::After => after == name,
                })
                .cloned()
        };
        let below = old.schema.key.iter().map(|name| find(name, Side::Before));
        let above = new.schema.key.iter().map(|name| find(name, Side::After));
        // Else the keys of rows on one side don't tell those on the other.
        if let Some(key) = below.chain(above).collect() {
            tables.push(Shared {
                before: old_name.clone(),
                after: plan.name.clone(),
                key,
                fields,
                drops: new
                    .edge
                    .as_ref()
                    .map(|edge| edge.lens.drops.clone())
                    .unwrap_or_default(),
            });
        }
    }
    Ok(tables)
}

/// Lists the fields of the table itself that are on both sides, and that the change leaves as they are.
fn shared_fields(old: &Version, new: &Version, plan: &TablePlan) -> Vec<(String, String)> {
    let touched: Vec<&str> = plan
        .steps
        .iter()
        .filter_map(|step| touched(&step.change))
        .collect();
    let mut fields = Vec::new();
    for (position, field) in old.schema.shape.fields().iter().enumerate() {
        let id = old.slots.get(&(NodeId::ROOT, position));
        let mut others = new.schema.shape.fields().iter().enumerate();
        let same =
            others.find(|(position, _)| id.is_some() && new.slots.get(&(NodeId::ROOT, *position)) == id);
        if let Some((_, same)) = same.filter(|(_, same)| !touched.contains(&same.name.as_str())) {
            fields.push((field.name.clone(), same.name.clone()));
        }
    }
    fields
}

/// Returns the field of the table itself that a change touches, by its name after it.
fn touched(change: &crate::diff::Change) -> Option<&str> {
    use crate::diff::Change;
    match change {
        Change::RenameField { path, .. } if own_field(path) == path => None,
        Change::AddField { path, .. }
        | Change::ChangeType { path, .. }
        | Change::RenameField { path, .. }
        | Change::AddVariant { path, .. }
        | Change::DropVariant { path, .. }
        | Change::RenameVariant { path, .. } => Some(own_field(path)),
        // The field is gone, or what it holds is.
        Change::DropField { path, .. } => Some(own_field(path)).filter(|own| own != path),
        _ => None,
    }
}

impl Shared {
    /// Lists the fields that the change touches, or that only this side has.
    fn own_fields<'i>(&self, side: Side, image: &'i TableImage) -> Vec<&'i str> {
        let is_shared = |name: &str| {
            self.fields.iter().any(|(before, after)| match side {
                Side::Before => before == name,
                Side::After => after == name,
            })
        };
        let fields = image
            .schema
            .shape
            .fields()
            .iter()
            .map(|field| field.name.as_str());
        fields.filter(|name| !is_shared(name)).collect()
    }

    /// Tells whether rows are taken out above because another one has their value under a unique index.
    fn meets_under_index(&self) -> bool {
        self.drops
            .iter()
            .any(|path| path.starts_with('@') && path != KEY_PATH)
    }

    fn name(&self, side: Side) -> &str {
        match side {
            Side::Before => &self.before,
            Side::After => &self.after,
        }
    }
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Before => Self::After,
            Self::After => Self::Before,
        }
    }
}

fn written(
    image: &Image,
    shared: &[Shared],
    (side, reach): (Side, Reach),
    seed: &mut Seed,
) -> Result<Vec<Writes>> {
    let parents = Parents::of(image)?;
    let mut writes = Vec::new();
    for table in shared {
        let Some(image) = image.tables.get(table.name(side)) else {
            continue;
        };
        let mut kept: Vec<&str> = match reach {
            Reach::All => Vec::new(),
            Reach::Shared => table.own_fields(side, image),
        };
        let key = table.key.iter().map(|(before, after)| match side {
            Side::Before => before.as_str(),
            Side::After => after.as_str(),
        });
        kept.extend(key);
        writes.push(Writes {
            table: table.name(side).to_owned(),
            rows: Maker::new(image, &parents)?.replace(WRITTEN_ONE_IN, &kept, seed)?,
        });
    }
    Ok(writes)
}

/// Checks that rows which were written on one side have on the other what was written. `source` is that one side.
pub(super) fn check_carried(
    shared: &[Shared],
    side: Side,
    written: &[Writes],
    source: &Image,
    image: &Image,
) -> Check {
    for (table, writes) in shared.iter().zip(written) {
        let name = table.name(side.other());
        let missing = || Counterexample::of_table(name, "the table is missing");
        let found = image.tables.get(name).ok_or_else(missing)?;
        let meeting = match source.tables.get(table.name(side)) {
            Some(source) if !table.drops.is_empty() && side == Side::Before => meeting(table, source, found)?,
            _ => BTreeSet::new(),
        };
        for row in &writes.rows {
            let key = key_on(table, side, found, row)?;
            // Rows that meet at one key, or don't fit, are taken out.
            let may_be_out = !table.drops.is_empty() && side == Side::Before;
            let other = found.rows.get(&key);
            if meeting.contains(&key) || other.is_none() && may_be_out {
                continue;
            }
            let other = other.ok_or_else(|| found.at(name, &key, "a row that was written is missing"))?;
            check_fields(table, side, row, &found.value(other)?).map_err(|broken| Counterexample {
                key: found.at(name, &key, "").key,
                ..broken
            })?;
        }
    }
    Ok(())
}

/// Lists the keys of the other side that several rows of this one have.
fn meeting(table: &Shared, source: &TableImage, other: &TableImage) -> Result<BTreeSet<Vec<u8>>> {
    let mut once = BTreeSet::new();
    let mut meeting = BTreeSet::new();
    for body in source.rows.values() {
        let key = key_on(table, Side::Before, other, &source.value(body)?)?;
        if !once.insert(key.clone()) {
            meeting.insert(key);
        }
    }
    Ok(meeting)
}

/// Returns the row key that a row has on the other side.
fn key_on(table: &Shared, side: Side, other: &TableImage, row: &Value) -> Result<Vec<u8>> {
    let fields = table.fields.iter().filter_map(|(before, after)| match side {
        Side::Before => Some((after.clone(), row.get(before)?.clone())),
        Side::After => Some((before.clone(), row.get(after)?.clone())),
    });
    let key = other.key_of(&Value::Struct(fields.collect()));
    encoded_key_value(&other.schema, &key).map_err(|problem| Error::new(ErrorKind::Value, problem))
}

fn check_fields(table: &Shared, side: Side, written: &Value, found: &Value) -> Check {
    for (before, after) in &table.fields {
        let (from, to) = match side {
            Side::Before => (before, after),
            Side::After => (after, before),
        };
        if written.get(from) != found.get(to) {
            return Err(Counterexample {
                field: to.clone(),
                expected: shown(written.get(from)),
                found: shown(found.get(to)),
                ..Counterexample::of_table(table.name(side.other()), "what was written is gone")
            });
        }
    }
    Ok(())
}

/// Checks that all rows but the written ones are as they were.
fn check_untouched(
    shared: &[Shared],
    side: Side,
    written: &[Writes],
    expected: &Image,
    found: &Image,
) -> Check {
    for (table, writes) in shared.iter().zip(written) {
        let name = table.name(side);
        let (Some(expected), Some(found)) = (expected.tables.get(name), found.tables.get(name)) else {
            return Err(Counterexample::of_table(name, "the table is missing"));
        };
        let written = writes.rows.iter();
        let written: Vec<Vec<u8>> = written
            .map(|row| key_on(table, side.other(), expected, row))
            .collect::<Result<_>>()?;
        let untouched = |image: &TableImage| {
            let mut left = image.clone();
            for key in &written {
                left.rows.remove(key);
            }
            left
        };
        let (mut expected, mut found) = (untouched(expected), untouched(found));
        if side == Side::After && table.meets_under_index() {
            // What was written decides which of the rows with one value comes first.
            expected.rows.retain(|key, _| found.rows.contains_key(key));
            found.rows.retain(|key, _| expected.rows.contains_key(key));
        }
        expected.check_equal(name, &found)?;
    }
    Ok(())
}
