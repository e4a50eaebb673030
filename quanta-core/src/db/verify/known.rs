//! Verifying single versions, and what the head says of the rows of a table.

use std::collections::BTreeSet;

use crate::plan::{TableHead, Version};
use crate::schema::{NodeId, Slot};

use super::codes::FindingCode;
use super::run::Verification;

impl Verification<'_> {
    /// Looks whether a version says of its schema what has to be said: ids of all slots and indexes, and where references
    /// lead.
    pub(super) fn version(&mut self, version: &Version, place: &str) {
        self.used.version(version, place);
        let schema = &version.schema;
        let nodes = (0_u32..).zip(schema.shape.nodes());
        let expected: BTreeSet<Slot> = nodes
            .flat_map(|(id, node)| (0..node.slot_count()).map(move |slot| (NodeId(id), slot)))
            .collect();
        let mut problems = Vec::new();
        if !version.slots.keys().eq(expected.iter()) {
            problems.push("its slots are not those of its schema");
        }
        if version.index_ids.len() != schema.indexes.len() {
            problems.push("its indexes have not as many ids");
        }
        if version.targets.len() != schema.references.len() {
            problems.push("it doesn't say where its references lead");
        }
        for problem in problems {
            self.report.add(FindingCode::Version, place, problem);
        }
    }

    /// Looks whether rows of a table may be at its current version, as those are that are written now.
    pub(super) fn stamps(&mut self, id: u32, head: &TableHead) {
        let current = head.state.version;
        if head.stamps.contains(&current) {
            return;
        }
        let place = format!("table {}", head.state.name);
        let problem = format!("it doesn't say that rows may be at the current version {current}");
        self.report.add(FindingCode::Stamps, place, problem);
        if let Some(table) = self.mended_head().tables.get_mut(&id) {
            table.stamps.insert(current);
        }
    }
}
