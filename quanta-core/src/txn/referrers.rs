//! Which tables refer to which: known from the stored schemas, also of tables that the program has no entity for.

use std::collections::BTreeMap;

use quanta_storage::Snapshot;

use crate::catalog::read_version;
use crate::error::Result;
use crate::plan::{Head, Presence};

/// The references that lead to each table, by the id of the table: the name of the table that refers, and the position of
/// the reference among its own.
#[derive(Debug, Default)]
pub struct Referrers {
    by_target: BTreeMap<u32, Vec<(String, usize)>>,
}

impl Referrers {
    /// Reads the current versions of all tables.
    ///
    /// # Errors
    ///
    /// If one is missing or damaged.
    pub fn load(snapshot: &dyn Snapshot, head: &Head) -> Result<Self> {
        let mut referrers = Self::default();
        for (id, table) in &head.tables {
            if table.state.presence != Presence::Live {
                continue;
            }
            let version = read_version(snapshot, *id, table.state.version)?;
            for (position, target) in version.targets.iter().enumerate() {
                let of_target = referrers.by_target.entry(target.table).or_default();
                of_target.push((table.state.name.clone(), position));
            }
        }
        Ok(referrers)
    }

    /// Lists the references that lead to a table.
    #[must_use]
    pub fn of(&self, table: u32) -> &[(String, usize)] {
        self.by_target.get(&table).map_or(&[], Vec::as_slice)
    }
}
