//! What a step touches: two that touch nothing in common may be made in any order.

use std::collections::BTreeSet;

use super::apply::{is_below, path_of};
use super::lens::KEY_PATH;
use super::step::{Change, Step};

/// The places that a step touches, each with everything inside of it: paths of fields and variants, with the name that
/// a rename gives up, and tables as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Tables that are touched as a whole.
    tables: BTreeSet<String>,
    /// Tables and paths.
    places: BTreeSet<(String, String)>,
}

impl Footprint {
    /// Tells what a step touches.
    #[must_use]
    pub fn of(step: &Step) -> Self {
        let mut footprint = Self::default();
        if let Some(fields) = object_fields(&step.change) {
            let places = fields
                .iter()
                .map(|place| (step.table.clone(), (*place).to_owned()));
            footprint.places.extend(places);
            return footprint;
        }
        let Some(path) = path_of(&step.change) else {
            footprint.tables.insert(step.table.clone());
            if let Change::RenameTable { from } = &step.change {
                footprint.tables.insert(from.clone());
            }
            return footprint;
        };
        let mut touch = |place: &str| {
            footprint.places.insert((step.table.clone(), place.to_owned()));
        };
        let (parent, name) = path.split_at(path.rfind(['.', ':']).map_or(0, |at| at + 1));
        match &step.change {
            Change::RenameField { from, .. } | Change::RenameVariant { from, .. } => {
                touch(path);
                touch(&format!("{parent}{from}"));
            }
            // The positions of a tuple depend on each other.
            Change::AddField { .. } | Change::DropField { .. } if name.parse::<u32>().is_ok() => {
                touch(parent.trim_end_matches('.'));
            }
            _ => touch(path),
        }
        footprint
    }

    /// Tells whether nothing is touched by both.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let touches = |one: &Self, table: &String| {
            one.tables.contains(table) || one.places.iter().any(|(known, _)| known == table)
        };
        let tables = !self.tables.iter().any(|table| touches(other, table))
            && !other.tables.iter().any(|table| touches(self, table));
        let overlap = |(table, path): &(String, String)| {
            other.places.iter().any(|(known, place)| {
                known == table && (place == path || is_below(path, place) || is_below(place, path))
            })
        };
        tables && !self.places.iter().any(overlap)
    }
}

/// Lists the fields that a change of the key, an index or a reference is about; none for other changes.
fn object_fields(change: &Change) -> Option<Vec<&str>> {
    let (one, two): (Vec<&String>, Vec<&String>) = match change {
        Change::ChangeKey { from, to, .. } => {
            let fields = from.iter().chain(to).map(String::as_str);
            return Some(fields.chain([KEY_PATH]).collect());
        }
        Change::BuildIndex { index } | Change::DropIndex { index } => (index.paths().collect(), Vec::new()),
        Change::AlterIndex { from, to } => (from.paths().collect(), to.paths().collect()),
        Change::AddReference { reference } | Change::DropReference { reference } => {
            (reference.fields.iter().collect(), Vec::new())
        }
        Change::AlterReference { from, to } => (from.fields.iter().collect(), to.fields.iter().collect()),
        _ => return None,
    };
    Some(one.into_iter().chain(two).map(String::as_str).collect())
}
