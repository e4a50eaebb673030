//! Whether one type may become another at all: what makes a pair of names ambiguous.

use crate::codec::{Class, convert};
use crate::schema::{Node, NodeId, Scalar, Shape};

use super::matrix::{How, Meeting};

/// Tells whether values of one type could become values of the other, so that a field that went and one that came
/// may be the same.
///
/// ```
/// use quantadb::{diff::may_become, schema::{NodeId, Shape}};
///
/// let (small, large, id): (Shape, Shape, Shape) = ("u8".parse()?, "u16".parse()?, "uuid".parse()?);
/// assert!(may_become(&small, NodeId::ROOT, &large, NodeId::ROOT));
/// assert!(!may_become(&id, NodeId::ROOT, &large, NodeId::ROOT));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    let meeting = Meeting {
        old,
        lower: from,
        new,
        upper: to,
        is_hinted: false,
    };
    let Some(rule) = meeting.rule() else {
        return false;
    };
    match (rule.how, old.node(from), new.node(to)) {
        (How::Names | How::Bytes, ..) => true,
        (How::Equal, from, to) => from == to,
        (How::Scalars, Node::Scalar(from), Node::Scalar(to)) => convert::class(*from, *to) != Class::Refused,
        (How::Entries, ..) => {
            let entries = old.entry_nodes(from).zip(new.entry_nodes(to));
            entries.is_some_and(|((key, value), (new_key, new_value))| {
                deeper(key, new_key) && deeper(value, new_value)
            })
        }
        (How::Positions, Node::Tuple(from), Node::Tuple(to)) => {
            from.len() == to.len() && from.iter().zip(to).all(|(from, to)| deeper(*from, *to))
        }
        (How::Fields, Node::Struct { fields: from, .. }, Node::Struct { fields: to, .. }) => shares_half(
            &from.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(),
            &to.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(),
        ),
        (How::Variants, Node::Enum { variants: from, .. }, Node::Enum { variants: to, .. }) => shares_half(
            &from
                .iter()
                .map(|variant| variant.name.as_str())
                .collect::<Vec<_>>(),
            &to.iter().map(|variant| variant.name.as_str()).collect::<Vec<_>>(),
        ),
        (How::Unwrap | How::Pick, Node::Option(item) | Node::List(item) | Node::Set(item), other) => {
            match (rule.how, other) {
                (How::Pick, Node::Option(to)) => deeper(*item, *to),
                _ => deeper(*item, to),
            }
        }
        (How::Gather, Node::Option(from), Node::List(to) | Node::Set(to)) => deeper(*from, *to),
        (How::Wrap | How::Gather, _, Node::Option(item) | Node::List(item) | Node::Set(item)) => {
            deeper(from, *item)
        }
        (How::Option | How::Items | How::Resize, old, new) => {
            let mut items = old.children().into_iter().zip(new.children());
            items.all(|(from, to)| deeper(from, to))
        }
        _ => false,
    }
}

/// Tells whether two lists of names share at least half of the longer one.
///
/// ```
/// use quantadb::diff::shares_half;
///
/// assert!(shares_half(&["Red", "Green"], &["Green", "Blue"]));
/// assert!(!shares_half(&["Red", "Green", "Blue"], &["Blue"]));
/// ```
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
