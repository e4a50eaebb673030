//! From paths in steps and refusals to slots of shapes.

use super::hints::Slot;
use super::shape::{Node, NodeId, Shape};

/// Finds the slot at a path such as `home.city`, `tags[].name` or `shape::Circle.radius`.
pub(crate) fn slot_at(shape: &Shape, path: &str) -> Option<Slot> {
    let mut node = NodeId::ROOT;
    let mut slot = None;
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some(after) = rest.strip_prefix("::") {
            rest = after;
        }
        let inner = through_options(shape, node);
        if let Some(after) = rest.strip_prefix("[]") {
            (node, rest) = (item(shape, inner)?, after);
            continue;
        }
        if let Some(after) = rest.strip_prefix("{key}") {
            (node, rest) = (entry(shape, inner)?.0, after);
            continue;
        }
        if let Some(after) = rest.strip_prefix("{value}") {
            (node, rest) = (entry(shape, inner)?.1, after);
            continue;
        }
        let end = rest.find(['.', '[', '{', ':']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let (position, content) = named(shape, inner, name)?;
        slot = Some((inner, position));
        (node, rest) = (content, after);
    }
    slot
}

/// Returns the content of the slot.
pub(crate) fn content(shape: &Shape, (node, position): Slot) -> Option<NodeId> {
    match shape.node(node) {
        Node::Struct { fields, .. } => fields.get(position).map(|field| field.node),
        Node::Enum { variants, .. } => variants.get(position).map(|variant| variant.payload),
        Node::Tuple(items) => items.get(position).copied(),
        _ => None,
    }
}

/// Returns the first name of a path: that of a table's own field.
pub(crate) fn own_field(path: &str) -> &str {
    path.split(['.', '[', '{', ':']).next().unwrap_or(path)
}

fn through_options(shape: &Shape, node: NodeId) -> NodeId {
    match shape.node(node) {
        Node::Option(inner) => through_options(shape, *inner),
        _ => node,
    }
}

fn item(shape: &Shape, node: NodeId) -> Option<NodeId> {
    match shape.node(node) {
        Node::List(item) | Node::Set(item) | Node::Array(item, _) => Some(*item),
        _ => None,
    }
}

fn entry(shape: &Shape, node: NodeId) -> Option<(NodeId, NodeId)> {
    match shape.node(node) {
        Node::Map(key, value) => Some((*key, *value)),
        _ => None,
    }
}

fn named(shape: &Shape, node: NodeId, name: &str) -> Option<(usize, NodeId)> {
    let position = match shape.node(node) {
        Node::Struct { fields, .. } => fields.iter().position(|field| field.name == name),
        Node::Enum { variants, .. } => variants.iter().position(|variant| variant.name == name),
        Node::Tuple(_) => name.parse().ok(),
        _ => None,
    }?;
    Some((position, content(shape, (node, position))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: Option<&str>) {
        let shape: Shape = "struct { home: option<struct { city: string }>, id: u8, \
                            shape: enum { Circle { radius: f64 }, Dot }, tags: map<string, list<tuple<u8, bool>>> }"
            .parse()
            .expect("it is a type");
        let found = slot_at(&shape, path).and_then(|slot| content(&shape, slot));
        let found = found.map(|node| shape.sub_shape(node).to_string());
        assert_eq!(found.as_deref(), expected, "{path}");
    }

    #[test]
    fn paths_lead_to_slots() {
        check("id", Some("u8"));
        check("home.city", Some("string"));
        check("shape::Dot", Some("unit"));
        check("shape::Circle.radius", Some("f64"));
        check("tags{value}[].1", Some("bool"));
        check("home.zip", None);
        check("", None);
    }
}
