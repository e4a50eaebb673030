//! Verifying single versions, and what the head says of the rows of a table.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Arm, ArmKind};
use crate::plan::{TableHead, Version};
use crate::schema::{Node, NodeId, Scalar, Shape, Slot};

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

    /// Looks whether every edge of a table says of each field on both sides where it goes.
    pub(super) fn edges(&mut self, head: &TableHead, versions: &BTreeMap<u32, Version>) {
        for (number, version) in versions {
            let parent = version.parent.and_then(|parent| versions.get(&parent));
            let (Some(parent), Some(edge)) = (parent, &version.edge) else {
                continue;
            };
            let (lower, upper) = (&parent.schema.shape, &version.schema.shape);
            let is_whole = edge.lens.arms.iter().all(|arm| pairs_all(arm, lower, upper));
            if !is_whole {
                let place = format!("table {}", head.state.name);
                let problem =
                    format!("the edge into version {number} doesn't pair the fields of its versions");
                self.report.add(FindingCode::VersionTree, place, problem);
            }
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

/// Tells whether an arm between fields names each of them once, on both sides.
fn pairs_all(arm: &Arm, lower: &Shape, upper: &Shape) -> bool {
    let ArmKind::Fields {
        carried,
        dropped,
        added,
    } = &arm.kind
    else {
        return true;
    };
    let is_whole = |shape: &Shape, node: NodeId, named: Vec<u32>| {
        let Some(node) = shape.nodes().get(node.0 as usize) else {
            return false;
        };
        let mut named = named;
        named.sort_unstable();
        named.into_iter().map(|field| field as usize).eq(0..fields(node))
    };
    let below = carried.iter().map(|carried| carried.lower);
    let above = carried.iter().map(|carried| carried.upper);
    is_whole(
        lower,
        arm.lower,
        below
            .chain(dropped.iter().map(|orphan| orphan.position))
            .collect(),
    ) && is_whole(
        upper,
        arm.upper,
        above.chain(added.iter().map(|orphan| orphan.position)).collect(),
    )
}

/// Returns how many fields a value counts as.
fn fields(node: &Node) -> usize {
    match node {
        Node::Struct { .. } | Node::Tuple(_) => node.slot_count(),
        Node::Scalar(Scalar::Unit) => 0,
        _ => 1,
    }
}
