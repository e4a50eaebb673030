//! Hints that come after the loss: which kept values go back to which field, and why others don't.

use std::collections::BTreeMap;

use crate::diff::{Change, Consumed, Lens, PlaceStep, Restore, SlotIds, Step, TableDiff, pair_types};
use crate::schema::{Fingerprint, Node, NodeId, Schema, Slot, TableHints};

use super::decide::DeclaredTable;
use super::first_value::{FirstValue, crossing};
use super::stored::{StoredTable, Version};
use super::tree::consumed;
use super::whereabouts::{Link, follow, recursive_nodes, slot_step};

/// A field that came under the name of one that went, without a word on its kept values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComeAgain {
    /// The table's id.
    pub table: u32,
    /// Its name.
    pub name: String,
    /// The field.
    pub path: String,
    /// The edge at which the one before it went.
    pub edge: u32,
    /// Where that one was in a row below the edge.
    pub kept: Vec<PlaceStep>,
}

/// What late hints and names that came again mean for a table.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// Values that go back.
    pub(super) restores: Vec<Restore>,
    /// Hints that can't be followed, each with the reason.
    pub(super) notes: Vec<String>,
    /// Fields that came under the name of one that went.
    pub(super) again: Vec<ComeAgain>,
}

impl Late {
    /// Returns the steps of what is given back.
    pub(super) fn steps(&self, table: &str) -> Vec<Step> {
        let steps = self.restores.iter().map(|restore| {
            let change = Change::RestoreField {
                path: restore.path.clone(),
                from: restore.from.clone(),
            };
            Step::new(table, change)
        });
        steps.collect()
    }
}

/// Looks at the hints of a declaration that a stored version is to become, or is already: then nothing is different.
///
/// # Errors
///
/// If the version tree is damaged.
pub(super) fn late(
    table: &StoredTable,
    at: u32,
    declaration: &DeclaredTable<'_>,
    diff: Option<&TableDiff>,
) -> Result<Late, String> {
    // Of a table that stands as declared no versions are read.
    let Some(version) = table.versions.get(&at) else {
        return Ok(Late::default());
    };
    let search = Search {
        table,
        at,
        declaration,
        diff,
        schema: declaration.schema,
        slots: diff.map_or(&version.slots, |diff| &diff.slots),
        consumed: consumed(&table.versions, at)?,
        hints: declaration.hints,
        recursive: recursive_nodes(&declaration.schema.shape),
    };
    let mut late = Late::default();
    let root = Spot {
        node: NodeId::ROOT,
        way: Vec::new(),
        path: String::new(),
        place: Some(Vec::new()),
    };
    search.visit(&root, &mut late);
    Ok(late)
}

struct Search<'a> {
    table: &'a StoredTable,
    at: u32,
    declaration: &'a DeclaredTable<'a>,
    diff: Option<&'a TableDiff>,
    schema: &'a Schema,
    slots: &'a SlotIds,
    consumed: Consumed,
    hints: &'a TableHints,
    recursive: Vec<NodeId>,
}

/// A node of the declared shape, and how it is reached.
#[derive(Clone)]
struct Spot {
    node: NodeId,
    way: Vec<Link>,
    path: String,
    /// Where it is in a row; none if a row may have several.
    place: Option<Vec<PlaceStep>>,
}

/// A field that went.
struct Lost<'a> {
    edge: u32,
    lower: &'a Version,
    slot: Slot,
    place: Option<Vec<PlaceStep>>,
}

const MANY: &str =
    "values inside of lists, sets, maps, and types that contain themselves are not given back one by one";

impl<'a> Search<'a> {
    fn visit(&self, spot: &Spot, late: &mut Late) {
        let mut spot = spot.clone();
        if self.recursive.contains(&spot.node) {
            spot.place = None;
        }
        let node = self.schema.shape.node(spot.node);
        let names: Vec<&str> = match node {
            Node::Struct { fields, .. } => fields.iter().map(|field| field.name.as_str()).collect(),
            Node::Enum { variants, .. } => variants.iter().map(|variant| variant.name.as_str()).collect(),
            _ => Vec::new(),
        };
        for (position, child) in node.children().into_iter().enumerate() {
            // A type that contains itself was visited where it begins.
            let Some(next) = self
                .enter(&spot, node, position, child)
                .filter(|_| child > spot.node)
            else {
                continue;
            };
            if let Some(name) = names.get(position) {
                self.consider(&spot, position, (name, &next), late);
            }
            self.visit(&next, late);
        }
    }

    fn enter(&self, spot: &Spot, node: &Node, position: usize, child: NodeId) -> Option<Spot> {
        let mut next = Spot {
            node: child,
            ..spot.clone()
        };
        let form = match (node, position) {
            (Node::Option(_), _) => {
                next.place
                    .iter_mut()
                    .for_each(|place| place.push(PlaceStep::Some));
                return Some(next);
            }
            (Node::List(_) | Node::Set(_) | Node::Array(..), _) => ("[]", Link::Items),
            (Node::Map(..), 0) => ("{key}", Link::Keys),
            (Node::Map(..), _) => ("{value}", Link::Values),
            _ => {
                next.way
                    .push(Link::Slot(*self.slots.get(&(spot.node, position))?));
                next.place
                    .iter_mut()
                    .for_each(|place| place.push(slot_step(node, position)));
                next.path = joined(&spot.path, node, position);
                return Some(next);
            }
        };
        next.path.push_str(form.0);
        next.way.push(form.1);
        next.place = None;
        Some(next)
    }

    /// Looks at the hints of one field or variant: the leftmost name that went counts.
    fn consider(&self, spot: &Spot, position: usize, (name, field): (&str, &Spot), late: &mut Late) {
        let Some(id) = self.slots.get(&(spot.node, position)).copied() else {
            return;
        };
        let hint = self.hints.slot((spot.node, position));
        let unseen: Vec<&String> = hint
            .renamed_from
            .iter()
            .filter(|old| !self.consumed.contains(&(id, (*old).clone())))
            .collect();
        if unseen
            .iter()
            .any(|old| *old != name && self.was_renamed(&spot.way, id, old))
        {
            return;
        }
        for old in unseen {
            if let Some(lost) = self.lost(&spot.way, id, old) {
                match self.restore((spot, position), field, (old, &lost), id) {
                    Ok(restore) => late.restores.push(restore),
                    Err(problem) => late.notes.push(self.note(&field.path, old, &problem)),
                }
                return;
            }
            if old != name && self.is_elsewhere(old) && spot.way.is_empty() {
                let problem = format!("no version on the way to this one had `{old}`");
                late.notes.push(self.note(&field.path, old, &problem));
                return;
            }
        }
        let is_new = self.diff.is_some() && !self.version().slots.values().any(|known| *known == id);
        let lost = self.lost(&spot.way, id, name).filter(|_| is_new);
        let kept = lost.and_then(|lost| Some((lost.edge, lost.place.clone()?, lost.slot)));
        late.again.extend(kept.map(|(edge, mut kept, (_, position))| {
            kept.push(slot_step(&Node::Tuple(Vec::new()), position));
            ComeAgain {
                table: self.table.id,
                name: self.declaration.name.to_owned(),
                path: field.path.clone(),
                edge,
                kept,
            }
        }));
    }

    fn version(&self) -> &'a Version {
        &self.table.versions[&self.at]
    }

    /// Tells whether a field is renamed by this very change.
    fn was_renamed(&self, way: &[Link], id: u32, old: &str) -> bool {
        let before = follow(self.version(), way);
        let slot = before.and_then(|found| self.version().slot_named(found.node, old));
        slot.is_some_and(|(_, known)| known == id)
    }

    /// Tells whether some version had a field of that name, and the current one doesn't.
    fn is_elsewhere(&self, old: &str) -> bool {
        let mut versions = self.table.versions.values();
        versions.any(|version| version.schema.field(old).is_some())
            && self.version().schema.field(old).is_none()
    }

    /// Finds the last edge on the way here at which another field of that name went from the same struct.
    fn lost(&self, way: &[Link], id: u32, old: &str) -> Option<Lost<'a>> {
        let mut edge = self.at;
        loop {
            let version = self.table.versions.get(&edge)?;
            let parent = version.parent?;
            let lower = self.table.versions.get(&parent)?;
            let found = follow(lower, way);
            let slot = found.and_then(|found| Some((lower.slot_named(found.node, old)?, found.place)));
            if let Some(((slot, known), place)) = slot
                && known != id
                && version.slot_of(known).is_none()
            {
                return Some(Lost {
                    edge,
                    lower,
                    slot,
                    place,
                });
            }
            edge = parent;
        }
    }

    fn restore(
        &self,
        (spot, position): (&Spot, usize),
        field: &Spot,
        (old, lost): (&str, &Lost<'a>),
        id: u32,
    ) -> Result<Restore, String> {
        if matches!(self.schema.shape.node(spot.node), Node::Enum { .. }) {
            return Err("what rows held in a variant that went is not given back".to_owned());
        }
        let is_key = |name: &String| spot.way.is_empty() && *name == field.path;
        if self.schema.key.iter().any(is_key) {
            return Err("it belongs to the key".to_owned());
        }
        let place = field.place.clone().ok_or(MANY)?;
        let mut kept = lost.place.clone().ok_or(MANY)?;
        let step = slot_step(lost.lower.schema.shape.node(lost.slot.0), lost.slot.1);
        kept.push(step);
        if !crossing(&self.table.versions, lost.edge)?.keeps_at(&kept) {
            return Err("its values were kept together with others".to_owned());
        }
        let shape = &lost.lower.schema.shape;
        let from = shape.sub_shape(shape.node(lost.slot.0).children()[lost.slot.1]);
        let lens = pair_types(&from, &self.schema.shape.sub_shape(field.node))?;
        let first = FirstValue {
            versions: &self.table.versions,
            at: self.at,
            change: self.diff.map(|diff| (&diff.lens, self.schema)),
        };
        let initial = first.of((spot.node, position), id).ok_or(
            "rows that nobody gave a value can't be told from others: it was there beside it, or a function gave its \
             first values",
        )?;
        Ok(Restore {
            path: field.path.clone(),
            from: old.to_owned(),
            place,
            initial,
            edge: lost.edge,
            kept,
            lens,
        })
    }

    fn note(&self, path: &str, old: &str, problem: &str) -> String {
        format!(
            "{}.{path}: `renamed_from = \"{old}\"` came after `{old}` went and moves nothing: {problem}; to move its kept \
             values, roll back to a revision that has it and open with the hint",
            self.declaration.name
        )
    }
}

fn joined(path: &str, node: &Node, position: usize) -> String {
    let (separator, name) = match node {
        Node::Struct { fields, .. } => (".", fields[position].name.clone()),
        Node::Enum { variants, .. } => ("::", variants[position].name.clone()),
        _ => (".", position.to_string()),
    };
    let separator = if path.is_empty() { "" } else { separator };
    format!("{path}{separator}{name}")
}

/// Follows the edges that only gave values back, from a version on: their versions have one shape, and nothing else
/// tells which of them was meant.
pub(super) fn furthest(versions: &BTreeMap<u32, Version>, from: u32) -> u32 {
    let mut at = from;
    while let Some(next) = given_back(versions, at, |_| true) {
        at = next;
    }
    at
}

/// Finds a version that a rollback left: what it was given back is what would be given back again.
pub(super) fn taken_back(versions: &BTreeMap<u32, Version>, from: u32, restores: &[Restore]) -> Option<u32> {
    given_back(versions, from, |lens| lens.restores == restores)
}

fn given_back(versions: &BTreeMap<u32, Version>, from: u32, fits: impl Fn(&Lens) -> bool) -> Option<u32> {
    let fingerprint = Fingerprint::of(&versions.get(&from)?.schema);
    let mut children = versions
        .iter()
        .rev()
        .filter(|(_, version)| version.parent == Some(from));
    let fits = |version: &Version| {
        let lens = version.edge.as_ref().map(|edge| &edge.lens);
        Fingerprint::of(&version.schema) == fingerprint
            && lens.is_some_and(|lens| !lens.restores.is_empty() && lens.rows.is_none() && fits(lens))
    };
    children
        .find(|(_, version)| fits(version))
        .map(|(number, _)| *number)
}
