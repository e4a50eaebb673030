//! Verifying the counters of keys.

use quanta_storage::Direction;

use crate::catalog::keys;
use crate::error::Result;
use crate::plan::Presence;
use crate::txn::{decoded_counter, encoded_counter, highest_number};

use super::codes::FindingCode;
use super::run::{Verification, place_of};

impl Verification<'_> {
    /// Looks whether a counter is that of a table, and not below a key that the table has.
    pub(super) fn counter(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        let id = <[u8; 4]>::try_from(&key[1..]).map(u32::from_be_bytes);
        let table = id.ok().and_then(|id| self.tables.get(&id));
        let Some(table) = table else {
            let problem = "there is no table with that id".to_owned();
            if self.add_certain(FindingCode::KeyCounter, place_of(key), problem) {
                self.mending.delete(key);
            }
            return Ok(());
        };
        let state = &table.head.state;
        let place = format!("the counter of table {}", state.name);
        let problem = match (decoded_counter(value), table.versions.get(&state.version)) {
            (None, _) => {
                let (code, problem) = (FindingCode::KeyCounter, "it is no number");
                self.report.add_with(code, place, problem, code.refusal());
                return Ok(());
            }
            (Some(counter), Some(version)) if state.presence == Presence::Live => {
                let rows = self
                    .snapshot
                    .scan(&keys::rows(state.space), Direction::Backward)?;
                let highest = highest_number(&version.schema, rows)?;
                let problem = format!("it is at {counter}, and there is a row with the key {highest}");
                (highest > counter).then_some((highest, problem))
            }
            _ => None,
        };
        if let Some((highest, problem)) = problem
            && self.add_certain(FindingCode::KeyCounter, place, problem)
        {
            self.mending.put(key, encoded_counter(highest));
        }
        Ok(())
    }
}
