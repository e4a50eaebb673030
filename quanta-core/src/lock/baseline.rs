//! A store as the first version of a history.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::read_table;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::history::{HistoryDocument, TableGiven, TablesGiven, next_version};
use crate::plan::{Presence, StoredTable, consumed};
use crate::schema::{Node, NodeId, Slot, SlotHint, TableHints};

use super::compare::wrong;

/// Makes a document with one version: what the store holds now. The hints of the version are the names that the store
/// had before, so that a program's hints that speak of them have a meaning. Defaults inside of embedded types and default
/// variants are no part of a store: the first lock of the program adds them.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, lock};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
/// # }
/// let lock = lock::baseline(&db, "atlas", Some("1.0"))?;
/// assert_eq!((lock.name.as_str(), lock.versions.len()), ("atlas", 1));
/// assert_eq!(lock.versions[0].label, "1.0");
/// # Ok::<(), quantadb::Error>(())
/// ```
///
/// # Errors
///
/// If the schema has moved, the catalogue is damaged, or the engine fails.
pub fn baseline(db: &Database, name: &str, label: Option<&str>) -> Result<HistoryDocument> {
    let snapshot = db.core().snapshot()?;
    let head = db.head();
    let mut given = TablesGiven {
        label: label.map(str::to_owned),
        ..TablesGiven::default()
    };
    let earlier = earlier_names(db)?;
    for (id, table) in &head.tables {
        if table.state.presence != Presence::Live {
            continue;
        }
        let stored = read_table(snapshot.as_ref(), *id, table)?;
        let mut told = told(&stored)?;
        told.hints.renamed_from = earlier.get(id).into_iter().flatten().cloned().collect();
        given.tables.insert(table.state.name.clone(), told);
    }
    let mut document = HistoryDocument {
        name: name.to_owned(),
        versions: Vec::new(),
    };
    let next = next_version(&document, &given).map_err(wrong)?;
    document.versions.push(next.version);
    Ok(document)
}

/// Lists the names that tables had, by their ids.
fn earlier_names(db: &Database) -> Result<BTreeMap<u32, BTreeSet<String>>> {
    let mut names: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for effect in db.history()?.records.iter().flat_map(|record| &record.effects) {
        names
            .entry(effect.table)
            .or_default()
            .insert(effect.after.name.clone());
    }
    Ok(names)
}

fn told(stored: &StoredTable) -> Result<TableGiven> {
    let state = &stored.head.state;
    let damaged = |problem| Error::corrupt(format!("table {}", state.name), problem);
    let version = stored
        .versions
        .get(&state.version)
        .ok_or_else(|| damaged(format!("version {} is missing", state.version)))?;
    let mut slots: BTreeMap<Slot, SlotHint> = BTreeMap::new();
    for (position, field) in version.schema.shape.fields().iter().enumerate() {
        if let Some(default) = state.write_defaults.get(&field.name) {
            slots.entry((NodeId::ROOT, position)).or_default().default = Some(default.clone());
        }
    }
    let by_id: BTreeMap<u32, Slot> = version.slots.iter().map(|(slot, id)| (*id, *slot)).collect();
    for (id, old) in consumed(&stored.versions, state.version).map_err(damaged)? {
        let Some(slot) = by_id.get(&id) else { continue };
        let has_name = matches!(
            version.schema.shape.node(slot.0),
            Node::Struct { .. } | Node::Enum { .. }
        );
        // What is consumed of something new is a mark, and no name.
        if has_name && !old.starts_with('@') {
            slots.entry(*slot).or_default().renamed_from.push(old);
        }
    }
    Ok(TableGiven {
        schema: state.labelled(&version.schema),
        hints: TableHints {
            slots,
            ..TableHints::default()
        },
    })
}
