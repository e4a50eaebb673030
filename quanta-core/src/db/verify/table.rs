//! What a verification knows of one table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diff::Way;
use crate::index::Index;
use crate::plan::{TableHead, Version};
use crate::program::Crossing;
use crate::schema::Node;
use crate::txn::{Link, Route, Routes};

/// What a verification knows of one table: as much of it as is sound.
pub struct TableCheck {
    pub head: TableHead,
    /// The versions that can be read.
    pub versions: BTreeMap<u32, Version>,
    /// The route of each stamp that rows may carry to the current version.
    pub routes: BTreeMap<u32, Route>,
    /// The compiled edges, by child version.
    pub crossings: BTreeMap<u32, Arc<Crossing>>,
    /// The indexes; none if the current version can't be read.
    pub indexes: Vec<Index>,
    /// The references; none if the current version can't be read.
    pub links: Vec<Link>,
    /// Versions whose rows hold sets or maps, which are sorted.
    pub sorts: BTreeSet<u32>,
}

impl TableCheck {
    /// Compiles what can be compiled. Returns what can't, with the reason.
    pub fn new(head: &TableHead, versions: BTreeMap<u32, Version>) -> (Self, Vec<String>) {
        let mut problems = Vec::new();
        let (mut routes, mut crossings) = (BTreeMap::new(), BTreeMap::new());
        let mut compiled = Routes::new(&head.state.name, &versions, &head.kept);
        for (number, version) in &versions {
            if version.parent.is_none() {
                continue;
            }
            match compiled.along(&[(*number, Way::Up)]) {
                Ok(route) => crossings.extend(route.hops.into_iter().map(|hop| (*number, hop.crossing))),
                Err(error) => problems.push(format!("the edge into version {number} can't be used: {error}")),
            }
        }
        for stamp in stamps(head) {
            // A version that can't be read has been found already.
            if let Ok(route) = compiled.between(stamp, head.state.version) {
                routes.insert(stamp, route);
            } else if versions.contains_key(&stamp) {
                problems.push(format!(
                    "there is no way from version {stamp} to {}",
                    head.state.version
                ));
            }
        }
        let current = versions.get(&head.state.version);
        let schema = current.map(|version| head.state.labelled(&version.schema));
        let indexes = schema.map(|schema| Index::all(&schema, &head.index_spaces));
        let links = current.map(|version| Link::all(&version.schema, &version.targets));
        let links = match links {
            Some(Err(problem)) => {
                problems.push(problem);
                Vec::new()
            }
            links => links.and_then(Result::ok).unwrap_or_default(),
        };
        let sorts = versions
            .iter()
            .filter(|(_, version)| version.schema.shape.nodes().iter().any(is_sorted));
        (
            Self {
                sorts: sorts.map(|(number, _)| *number).collect(),
                links,
                head: head.clone(),
                // A version that was read has been checked.
                indexes: indexes.and_then(Result::ok).unwrap_or_default(),
                versions,
                routes,
                crossings,
            },
            problems,
        )
    }

    /// Tells whether a row may carry a stamp.
    pub fn may_carry(&self, stamp: u32) -> bool {
        stamp == self.head.state.version || self.head.stamps.contains(&stamp)
    }

    /// Tells whether a version lies in the subtree of another one; none if the tree is damaged on the way.
    pub fn is_below(&self, version: u32, top: u32) -> Option<bool> {
        let mut current = version;
        while current != top {
            match self.versions.get(&current)?.parent {
                Some(parent) if parent < current => current = parent,
                Some(_) => return None,
                None => return Some(false),
            }
        }
        Some(true)
    }
}

fn is_sorted(node: &Node) -> bool {
    matches!(node, Node::Set(_) | Node::Map(..))
}

/// Lists the versions that rows may be stamped with.
fn stamps(head: &TableHead) -> BTreeSet<u32> {
    head.stamps.iter().copied().chain([head.state.version]).collect()
}
