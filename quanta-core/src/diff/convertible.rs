//! Whether one type may become another at all: what makes a pair of names ambiguous.

use crate::codec::{Class, convert};
use crate::schema::{Node, NodeId, Scalar, Shape};

/// Tells whether values of one type could become values of the other, so that a field that went and one that came
/// may be the same.
#[must_use]
pub fn may_become(old: &Shape, from: NodeId, new: &Shape, to: NodeId) -> bool {
    becomes(old, from, new, to, 0)
}

fn becomes(old: &Shape, from: NodeId, new: &Shape, to: NodeId, depth: usize) -> bool {
    // Deep types that agree so far are similar enough to ask.
    if depth > 8 {
        return true;
    }
    let deeper = |from: NodeId, to: NodeId| becomes(old, from, new, to, depth + 1);
    match (old.node(from), new.node(to)) {
        (Node::Scalar(Scalar::Unit), Node::Scalar(Scalar::Unit)) => true,
        (Node::Scalar(from), Node::Scalar(to)) => convert::class(*from, *to) != Class::Refused,
        (Node::Option(from), Node::Option(to)) => deeper(*from, *to),
        (Node::Option(from), _) => deeper(*from, to),
        (_, Node::Option(to)) => deeper(from, *to),
        (Node::List(from) | Node::Set(from), Node::List(to) | Node::Set(to)) => deeper(*from, *to),
        (Node::Array(from, _), Node::Array(to, _) | Node::List(to)) => deeper(*from, *to),
        (Node::List(from), Node::Array(to, _)) => deeper(*from, *to),
        (Node::Map(key, value), Node::Map(new_key, new_value)) => {
            deeper(*key, *new_key) && deeper(*value, *new_value)
        }
        (Node::Tuple(from), Node::Tuple(to)) => {
            from.len() == to.len() && from.iter().zip(to).all(|(from, to)| deeper(*from, *to))
        }
        (Node::Struct { fields: from, .. }, Node::Struct { fields: to, .. }) => shares_half(
            &from.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(),
            &to.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(),
        ),
        (Node::Enum { variants: from, .. }, Node::Enum { variants: to, .. }) => shares_half(
            &from
                .iter()
                .map(|variant| variant.name.as_str())
                .collect::<Vec<_>>(),
            &to.iter().map(|variant| variant.name.as_str()).collect::<Vec<_>>(),
        ),
        (Node::Enum { .. }, Node::Scalar(Scalar::String)) => is_unit_enum(old, from),
        (Node::Scalar(Scalar::String), Node::Enum { .. }) => is_unit_enum(new, to),
        (Node::Opaque(from), Node::Opaque(to)) | (Node::Ref(from), Node::Ref(to)) => from == to,
        _ => false,
    }
}

/// Tells whether two lists of names share at least half of the longer one.
#[must_use]
pub fn shares_half(one: &[&str], two: &[&str]) -> bool {
    let shared = one.iter().filter(|name| two.contains(name)).count();
    shared * 2 >= one.len().max(two.len())
}

/// Tells whether no variant of an enum carries anything.
#[must_use]
pub fn is_unit_enum(shape: &Shape, id: NodeId) -> bool {
    match shape.node(id) {
        Node::Enum { variants, .. } => variants
            .iter()
            .all(|variant| matches!(shape.node(variant.payload), Node::Scalar(Scalar::Unit))),
        _ => false,
    }
}
