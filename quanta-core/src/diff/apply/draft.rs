//! A shape while steps are applied to it.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{Field, Node, NodeId, Scalar, Shape, Variant};

use super::super::lens::Way;
use super::path::Part;

/// Stands before a name that a step gave. Until all steps are applied, such a slot and one that still has the name by
/// the schema before may stand side by side.
const GIVEN: char = '=';

/// What becomes of names that are reused, which no step tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// They are left out.
    LeftOut,
    /// They are those that a step takes a slot away from, or that were reused before, where both names are there.
    Derived,
}

/// A shape while steps are applied to it. Its nodes are in no order.
pub(super) struct Draft {
    nodes: Vec<Node>,
    way: Way,
    /// Positions that tuples get, with their types.
    positions: BTreeMap<NodeId, BTreeMap<usize, NodeId>>,
}

impl Draft {
    pub(super) fn new(shape: &Shape, way: Way) -> Self {
        Self {
            nodes: shape.nodes().to_vec(),
            way,
            positions: BTreeMap::new(),
        }
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// Finds what the last part of a path belongs to.
    fn parent<'p>(&self, path: &'p [Part]) -> Result<(NodeId, &'p str), String> {
        let Some((Part::Slot(name), outer)) = path.split_last() else {
            return Err("the path names no slot".to_owned());
        };
        let mut seen = vec![NodeId::ROOT];
        let mut current = NodeId::ROOT;
        for part in outer {
            current = self.step(current, part)?;
            while let Node::Option(item) = self.node(current) {
                current = *item;
            }
            if seen.contains(&current) {
                return Err("the path leads through a type into itself".to_owned());
            }
            seen.push(current);
        }
        Ok((current, name))
    }

    fn step(&self, from: NodeId, part: &Part) -> Result<NodeId, String> {
        match (self.node(from), part) {
            (Node::List(item) | Node::Set(item) | Node::Array(item, _), Part::Item) => Ok(*item),
            (Node::Map(key, _), Part::Key) => Ok(*key),
            (Node::Map(_, value), Part::Value) => Ok(*value),
            (node, Part::Slot(name)) => {
                let position = self.position(node, name);
                position
                    .map(|position| node.children()[position])
                    .ok_or_else(|| format!("there is no `{name}`"))
            }
            _ => Err("the path leads into what has no such parts".to_owned()),
        }
    }

    /// Finds a slot by the name that it has on the upper side.
    fn position(&self, node: &Node, name: &str) -> Option<usize> {
        let given = format!("{GIVEN}{name}");
        let (first, second) = match self.way {
            Way::Up => (given.as_str(), name),
            Way::Down => (name, given.as_str()),
        };
        let by_name = |name: &str| names(node).iter().position(|known| *known == name);
        match node {
            Node::Tuple(items) => name.parse().ok().filter(|position| *position < items.len()),
            _ => by_name(first).or_else(|| by_name(second)),
        }
    }

    pub(super) fn add(&mut self, path: &[Part], ty: &str) -> Result<(), String> {
        let (parent, name) = self.parent(path)?;
        let added = self.graft(ty)?;
        let position: Option<usize> = name.parse().ok();
        let given = format!("{GIVEN}{name}");
        if matches!(self.node(parent), Node::Scalar(Scalar::Unit)) {
            self.nodes[parent.0 as usize] = match position {
                Some(_) => Node::Tuple(Vec::new()),
                None => empty_struct(),
            };
        }
        if names(self.node(parent)).contains(&given.as_str()) {
            return Err(format!("there is a `{name}` already"));
        }
        match (&mut self.nodes[parent.0 as usize], position) {
            (Node::Tuple(_), Some(position)) => {
                self.positions.entry(parent).or_default().insert(position, added);
            }
            (Node::Struct { fields, .. }, _) => fields.push(Field {
                name: given,
                node: added,
                reuses: Vec::new(),
            }),
            (Node::Enum { variants, .. }, _) => variants.push(Variant {
                name: given,
                payload: added,
                reuses: Vec::new(),
            }),
            _ => return Err("the place has no slots".to_owned()),
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &[Part]) -> Result<(), String> {
        let (parent, name) = self.parent(path)?;
        let missing = || format!("there is no `{name}`");
        match &mut self.nodes[parent.0 as usize] {
            // Positions go from the end, in whatever order it is told.
            Node::Tuple(items) => items.truncate(name.parse().map_err(|_| missing())?),
            Node::Struct { fields, .. } => {
                let at = fields
                    .iter()
                    .position(|field| field.name == name)
                    .ok_or_else(missing)?;
                fields.remove(at);
            }
            Node::Enum { variants, .. } => {
                let at = variants
                    .iter()
                    .position(|variant| variant.name == name)
                    .ok_or_else(missing)?;
                variants.remove(at);
            }
            _ => return Err(missing()),
        }
        Ok(())
    }

    pub(super) fn rename(&mut self, path: &[Part], from: &str) -> Result<(), String> {
        let (parent, name) = self.parent(path)?;
        let given = format!("{GIVEN}{name}");
        if names(self.node(parent)).contains(&given.as_str()) {
            return Err(format!("there is a `{name}` already"));
        }
        let slots = named_slots(&mut self.nodes[parent.0 as usize]);
        let slot = slots.into_iter().find(|(slot, _)| *slot == from);
        let (slot, reuses) = slot.ok_or_else(|| format!("there is no `{from}`"))?;
        *slot = given;
        reuses.push(from.to_owned());
        Ok(())
    }

    pub(super) fn retype(&mut self, path: &[Part], ty: &str) -> Result<(), String> {
        let (parent, name) = self.parent(path)?;
        let position = self
            .position(self.node(parent), name)
            .ok_or_else(|| format!("there is no `{name}`"))?;
        let new = self.graft(ty)?;
        match self.nodes[parent.0 as usize]
            .children_mut()
            .into_iter()
            .nth(position)
        {
            Some(child) => *child = new,
            None => return Err(format!("there is no `{name}`")),
        }
        Ok(())
    }

    /// Adds the nodes of a type; the id of its root.
    fn graft(&mut self, ty: &str) -> Result<NodeId, String> {
        let shape: Shape = ty.parse().map_err(|error| format!("`{ty}`: {error}"))?;
        let offset = u32::try_from(self.nodes.len()).map_err(|_| "the shape is too large".to_owned())?;
        for node in shape.nodes() {
            let mut node = node.clone();
            node.children_mut()
                .into_iter()
                .for_each(|child| child.0 += offset);
            self.nodes.push(node);
        }
        Ok(NodeId(offset))
    }

    pub(super) fn finish(mut self, marks: Marks) -> Result<Shape, String> {
        for (tuple, added) in std::mem::take(&mut self.positions) {
            let Node::Tuple(items) = &mut self.nodes[tuple.0 as usize] else {
                continue;
            };
            for (position, node) in added {
                if position != items.len() {
                    return Err(format!("a tuple of {} gets a position {position}", items.len()));
                }
                items.push(node);
            }
        }
        for node in &mut self.nodes {
            settle(node, marks);
        }
        Shape::unordered(self.nodes)
    }
}

fn empty_struct() -> Node {
    Node::Struct {
        label: String::new(),
        fields: Vec::new(),
    }
}

fn names(node: &Node) -> Vec<&str> {
    match node {
        Node::Struct { fields, .. } => fields.iter().map(|field| field.name.as_str()).collect(),
        Node::Enum { variants, .. } => variants.iter().map(|variant| variant.name.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// Lists the slots that have names, with the names that they reuse.
fn named_slots(node: &mut Node) -> Vec<(&mut String, &mut Vec<String>)> {
    match node {
        Node::Struct { fields, .. } => fields
            .iter_mut()
            .map(|field| (&mut field.name, &mut field.reuses))
            .collect(),
        Node::Enum { variants, .. } => variants
            .iter_mut()
            .map(|variant| (&mut variant.name, &mut variant.reuses))
            .collect(),
        _ => Vec::new(),
    }
}

/// Takes the marks off the names, and sorts the slots.
fn settle(node: &mut Node, marks: Marks) {
    let slots = named_slots(node);
    let live: BTreeSet<String> = slots
        .iter()
        .map(|(name, _)| name.trim_start_matches(GIVEN).to_owned())
        .collect();
    for (name, reuses) in slots {
        *name = name.trim_start_matches(GIVEN).to_owned();
        match marks {
            Marks::LeftOut => reuses.clear(),
            Marks::Derived => {
                reuses.retain(|reused| reused != name && live.contains(reused));
                reuses.sort();
                reuses.dedup();
            }
        }
    }
    match node {
        Node::Struct { fields, .. } => fields.sort_by(|one, two| one.name.cmp(&two.name)),
        Node::Enum { variants, .. } => variants.sort_by(|one, two| one.name.cmp(&two.name)),
        _ => {}
    }
}
