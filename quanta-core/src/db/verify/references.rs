//! Verifying references: what each row refers to must be there.

use crate::catalog::keys;
use crate::error::Result;
use crate::plan::Presence;
use crate::value::show_key;

use super::codes::FindingCode;
use super::rows::Problem;
use super::run::Verification;
use super::table::TableCheck;

impl Verification<'_> {
    /// Looks for the rows that a row refers to, by its body at the current version.
    pub(super) fn dangling(&self, table: &TableCheck, body: &[u8]) -> Result<Vec<Problem>> {
        let mut problems = Vec::new();
        for link in &table.links {
            let fields = link.reference.fields.join("`, `");
            let Ok(keys) = link.keys(body) else {
                let problem = format!("what `{fields}` refers to can't be read");
                problems.push((FindingCode::Dangling, problem));
                continue;
            };
            let target = self.head.tables.get(&link.target);
            for key in keys {
                let is_there = match target.filter(|target| target.state.presence == Presence::Live) {
                    Some(target) => self
                        .snapshot
                        .get(&keys::row(target.state.space, &key), &mut |_| {})?,
                    None => false,
                };
                if !is_there {
                    let known = self.tables.get(&link.target);
                    let version = known.and_then(|known| known.versions.get(&known.head.state.version));
                    let shown = version.map_or_else(String::new, |version| show_key(&version.schema, &key));
                    let name = target.map_or(link.reference.table.as_str(), |target| &target.state.name);
                    let problem =
                        format!("`{fields}` refers to row {shown} of table {name}, which isn't there");
                    problems.push((FindingCode::Dangling, problem));
                }
            }
        }
        Ok(problems)
    }
}
