//! Names of embedded types in texts and documents, where one name must mean one type.

use std::collections::{BTreeMap, BTreeSet};

use super::parse::is_reserved;
use super::shape::{Node, NodeId, Shape};

/// Where a type stands: the position of its shape among several, and its node there.
pub(crate) type Place = (usize, NodeId);

/// What the root of a shape is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    /// A type like any other.
    Type,
    /// The row of a table: it needs a name only if something in it goes back to it.
    Row,
}

/// The names of the embedded types of one or several shapes.
///
/// A type keeps its label where it is the first of that label, in the order of the shapes and of their nodes. A type
/// with the label of an earlier, different one, or with a word of the grammar for a label, is named `Label_2`,
/// `Label_3` and so on; numbers that make the label of another type are left out. Two types are one if the name alone,
/// read at the place of the second, would give exactly its nodes.
pub(crate) struct Naming<'s> {
    shapes: Vec<&'s Shape>,
    labels: BTreeSet<&'s str>,
    names: BTreeMap<Place, String>,
    definitions: BTreeMap<String, Place>,
    by_label: BTreeMap<&'s str, Vec<String>>,
    next_number: BTreeMap<&'s str, usize>,
}

/// The named types around a place, outermost first.
type Path = Vec<(String, NodeId)>;

impl<'s> Naming<'s> {
    /// Names the types of all `shapes`.
    pub(crate) fn of(shapes: Vec<&'s Shape>, root: Root) -> Self {
        let labels = shapes
            .iter()
            .flat_map(|shape| shape.nodes())
            .filter_map(Node::label)
            .collect();
        let mut naming = Self {
            shapes: shapes.clone(),
            labels,
            names: BTreeMap::new(),
            definitions: BTreeMap::new(),
            by_label: BTreeMap::new(),
            next_number: BTreeMap::new(),
        };
        for (position, shape) in shapes.into_iter().enumerate() {
            match root {
                Root::Row if !is_recursive(shape) => {
                    for child in shape.node(NodeId::ROOT).children() {
                        naming.visit((position, child), &mut Vec::new());
                    }
                }
                _ => naming.visit((position, NodeId::ROOT), &mut Vec::new()),
            }
        }
        naming
    }

    /// Returns the name of the type at a place; none if the type there has no label or its name stands further out.
    pub(crate) fn name(&self, place: Place) -> Option<&str> {
        self.names.get(&place).map(String::as_str)
    }

    /// Tells whether the type at a place is the one that the others of its name mean.
    pub(crate) fn is_definition(&self, place: Place) -> bool {
        self.name(place)
            .is_some_and(|name| self.definitions.get(name) == Some(&place))
    }

    /// Lists all names with the places of their types, sorted by name.
    pub(crate) fn definitions(&self) -> impl Iterator<Item = (&str, Place)> {
        self.definitions
            .iter()
            .map(|(name, place)| (name.as_str(), *place))
    }

    /// Returns the shape at a position.
    pub(crate) fn shape(&self, position: usize) -> &'s Shape {
        self.shapes[position]
    }

    fn node(&self, place: Place) -> &'s Node {
        self.shapes[place.0].node(place.1)
    }

    fn visit(&mut self, place: Place, path: &mut Path) {
        if path.iter().any(|(_, node)| *node == place.1) {
            return;
        }
        let node = self.node(place);
        let depth = path.len();
        if let Some(label) = node.label() {
            let known = self.by_label.get(label).cloned().unwrap_or_default();
            if let Some(name) = known.into_iter().find(|name| self.means(name, place, path)) {
                self.names.insert(place, name);
                return;
            }
            let name = self.fresh(label);
            self.by_label.entry(label).or_default().push(name.clone());
            self.names.insert(place, name.clone());
            self.definitions.insert(name.clone(), place);
            path.push((name, place.1));
        }
        for child in node.children() {
            self.visit((place.0, child), path);
        }
        path.truncate(depth);
    }

    /// Returns a name for a type of that label that no other type has.
    fn fresh(&mut self, label: &'s str) -> String {
        if !is_reserved(label) && !self.definitions.contains_key(label) {
            return label.to_owned();
        }
        let number = self.next_number.entry(label).or_insert(2);
        loop {
            let name = format!("{label}_{number}");
            *number += 1;
            if !self.labels.contains(name.as_str()) && !self.definitions.contains_key(&name) {
                return name;
            }
        }
    }

    /// Tells whether `name`, read at `place`, gives exactly the nodes that are there.
    fn means(&self, name: &str, place: Place, path: &mut Path) -> bool {
        if let Some((_, node)) = path.iter().find(|(known, _)| known == name) {
            return *node == place.1;
        }
        if path.iter().any(|(_, node)| *node == place.1) {
            return false;
        }
        let Some(definition) = self.definitions.get(name) else {
            return false;
        };
        path.push((name.to_owned(), place.1));
        let result = self.equal_nodes(*definition, place, path);
        path.pop();
        result
    }

    fn equal_nodes(&self, definition: Place, place: Place, path: &mut Path) -> bool {
        let (one, two) = (self.node(definition), self.node(place));
        if without_children(one) != without_children(two) {
            return false;
        }
        one.children().into_iter().zip(two.children()).all(|(one, two)| {
            let (one, two) = ((definition.0, one), (place.0, two));
            if self.node(one).label().is_none() {
                return self.equal_nodes(one, two, path);
            }
            self.names
                .get(&one)
                .is_some_and(|name| self.means(name, two, path))
        })
    }
}

/// Tells whether something in a shape goes back to its root.
pub(crate) fn is_recursive(shape: &Shape) -> bool {
    shape
        .nodes()
        .iter()
        .any(|node| node.children().contains(&NodeId::ROOT))
}

fn without_children(node: &Node) -> Node {
    let mut node = node.clone();
    node.children_mut()
        .into_iter()
        .for_each(|child| *child = NodeId::ROOT);
    node
}
