//! Where a program stands beside the versions that a store has.

use std::collections::BTreeMap;

use crate::model::Declaration;
use crate::plan::{Plan, Presence, StoredTable, TreeStanding, find_version};

use super::report::TableStanding;

/// Where the shape that a program gives a table stands beside those that the store has of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// It is the current one.
    Current,
    /// The store had it after the current one, and went back: recorded edges lead there.
    Ahead,
    /// The store is newer: it had this shape before the current one, or beside it.
    Older,
    /// The store never had it.
    Unknown,
    /// There is no such table yet.
    New,
    /// The program has no entity for the table.
    Unregistered,
}

impl Standing {
    /// Returns the name in reports and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Ahead => "ahead",
            Self::Older => "older",
            Self::Unknown => "unknown",
            Self::New => "new",
            Self::Unregistered => "unregistered",
        }
    }
}

/// Says of each table how the program's shape of it stands; none of a store's tables if the program has no entities.
pub(super) fn standings(
    stored: &BTreeMap<u32, StoredTable>,
    declarations: &[&Declaration],
    plan: Option<&Plan>,
) -> Vec<TableStanding> {
    let mut tables = Vec::new();
    let mut seen = Vec::new();
    for declaration in declarations {
        let name = &declaration.table;
        let planned = plan.and_then(|plan| plan.tables.iter().find(|table| table.name == *name));
        let by_name = || {
            let mut named = stored.values().filter(|table| table.head.state.name == *name);
            named.find(|table| table.head.state.presence != Presence::Dropped)
        };
        // The plan knows under which name the table was stored.
        let table = planned
            .and_then(|planned| stored.get(&planned.table?))
            .or_else(by_name);
        seen.extend(table.map(|table| table.id));
        tables.push(TableStanding {
            table: name.clone(),
            version: table.map(|table| table.head.state.version),
            standing: Some(standing(table, declaration)),
        });
    }
    let live = stored
        .values()
        .filter(|table| table.head.state.presence == Presence::Live && !seen.contains(&table.id));
    tables.extend(live.map(|table| TableStanding {
        table: table.head.state.name.clone(),
        version: Some(table.head.state.version),
        standing: (!declarations.is_empty()).then_some(Standing::Unregistered),
    }));
    tables.sort_by(|one, two| one.table.cmp(&two.table));
    tables
}

fn standing(table: Option<&StoredTable>, declaration: &Declaration) -> Standing {
    let Some(table) = table else {
        return Standing::New;
    };
    let Ok(declared) = &declaration.declared else {
        return Standing::Unknown;
    };
    let found = find_version(&table.versions, table.head.state.version, declared.fingerprint);
    match found {
        Ok(TreeStanding::Current) if table.head.state.presence == Presence::Absent => Standing::Ahead,
        Ok(TreeStanding::Current) => Standing::Current,
        Ok(TreeStanding::Ahead(_)) => Standing::Ahead,
        Ok(TreeStanding::Elsewhere(_)) => Standing::Older,
        // A damaged tree has been found already.
        Ok(TreeStanding::Unknown) | Err(_) => Standing::Unknown,
    }
}
