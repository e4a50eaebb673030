//! Laws of crossings over random shapes, random edits and random rows: what goes up and down again is what it was
//! (law 3), and what goes up once more is what it was above (law 4). Takes every case.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::codec::{Class, Decoder, Encoder, convert, skip};
use crate::diff::{NewSide, OldSide, Way, pair_tables};
use crate::generate::{Seed, random_shape, random_value};
use crate::schema::{Field, Node, NodeId, Scalar, Schema, Shape, SlotHint, TableHints, Variant};
use crate::testing::{is_replay, seeds};
use crate::value::{decode_value, encode_value};

use super::crossing::{Crossing, NoCode};

const RENAMED: &str = "r_";
const NEW: &str = "n_";
/// A field that takes the value of the field or position around it, whatever its name was.
const TAKES: &str = "takes";
/// Names that the slots of random shapes have, and positions.
const OLD_NAMES: [&str; 16] = [
    "a", "b", "town", "zip", "size", "Circle", "struct", "from", "_x", "to", "0", "1", "2", "3", "takes",
    "r_a",
];

pub(super) fn schema(shape: Shape) -> Schema {
    Schema {
        shape,
        key: Vec::new(),
        indexes: Vec::new(),
        references: Vec::new(),
    }
}

/// Applies one random edit to the nodes, which need not be in canonical order.
fn edit(nodes: &mut Vec<Node>, seed: &mut Seed) {
    let id = seed.below(nodes.len());
    match nodes[id].clone() {
        Node::Struct { label, mut fields } => {
            edit_fields(nodes, &mut fields, seed);
            nodes[id] = Node::Struct { label, fields };
        }
        Node::Enum { label, mut variants } => {
            edit_variants(nodes, &mut variants, seed);
            nodes[id] = Node::Enum { label, variants };
        }
        Node::Scalar(from) => {
            let (to, _) = *seed.choose(&Scalar::NAMES);
            if is_payload(nodes, id) {
                return;
            }
            if seed.one_in(3) {
                wrap(nodes, id, Node::Scalar(from), seed);
            } else if convert::class(from, to) != Class::Refused {
                nodes[id] = Node::Scalar(to);
            }
        }
        Node::Option(item) if seed.one_in(2) => nodes[id] = nodes[item.0 as usize].clone(),
        Node::List(item) if seed.one_in(2) => nodes[id] = Node::Set(item),
        Node::Set(item) if seed.one_in(2) => nodes[id] = container(item, seed),
        Node::Array(item, length) if seed.one_in(2) => {
            let other = length.wrapping_add_signed(*seed.choose(&[-1, 1, 2])).min(6);
            nodes[id] = Node::Array(item, other);
        }
        Node::Array(item, _) if seed.one_in(2) => nodes[id] = container(item, seed),
        Node::List(item) if id > 0 && seed.one_in(3) => nodes[id] = nodes[item.0 as usize].clone(),
        Node::Map(key, value) if seed.one_in(3) => {
            let entry = push(nodes, Node::Tuple(vec![key, value]));
            nodes[id] = Node::List(entry);
        }
        Node::Tuple(items) if seed.one_in(2) => edit_tuple(nodes, id, &items, seed),
        other if !is_payload(nodes, id) && id > 0 && seed.one_in(2) => wrap(nodes, id, other, seed),
        other if !is_payload(nodes, id) && id > 0 && !matches!(other, Node::Option(_)) => {
            let inner = push(nodes, other);
            nodes[id] = Node::Option(inner);
        }
        _ => {}
    }
}

fn container(item: NodeId, seed: &mut Seed) -> Node {
    match seed.below(3) {
        0 => Node::List(item),
        1 => Node::Set(item),
        _ => Node::Array(item, *seed.choose(&[0, 1, 2, 3])),
    }
}

/// Makes a value the only item of a collection, the item of an option, or one field of a struct that says so.
fn wrap(nodes: &mut Vec<Node>, id: usize, value: Node, seed: &mut Seed) {
    let inner = push(nodes, value);
    nodes[id] = match seed.below(4) {
        0 => Node::List(inner),
        1 => Node::Set(inner),
        2 => Node::Option(inner),
        _ => {
            let mut fields = vec![field(TAKES, inner)];
            if seed.one_in(2) {
                let more = push(nodes, Node::Scalar(Scalar::I32));
                fields.insert(0, field(&format!("{NEW}1"), more));
            }
            Node::Struct {
                label: "Wrapped".to_owned(),
                fields,
            }
        }
    };
}

/// Gives names to the positions of a tuple, or makes it longer or shorter.
fn edit_tuple(nodes: &mut Vec<Node>, id: usize, items: &[NodeId], seed: &mut Seed) {
    let mut items = items.to_vec();
    nodes[id] = match seed.below(3) {
        0 if !items.is_empty() => {
            items.pop();
            Node::Tuple(items)
        }
        1 => {
            items.push(push(nodes, Node::Scalar(Scalar::U16)));
            Node::Tuple(items)
        }
        _ => {
            let named = |(position, item): (usize, &NodeId)| field(&format!("{RENAMED}{position}"), *item);
            let label = if is_payload(nodes, id) { "" } else { "Named" };
            Node::Struct {
                label: label.to_owned(),
                fields: items.iter().enumerate().map(named).collect(),
            }
        }
    };
}

fn field(name: &str, node: NodeId) -> Field {
    Field {
        name: name.to_owned(),
        node,
        reuses: Vec::new(),
    }
}

fn push(nodes: &mut Vec<Node>, node: Node) -> NodeId {
    nodes.push(node);
    NodeId(u32::try_from(nodes.len() - 1).unwrap())
}

/// Payloads of variants have forms of their own.
fn is_payload(nodes: &[Node], id: usize) -> bool {
    nodes.iter().any(|node| match node {
        Node::Enum { variants, .. } => variants.iter().any(|variant| variant.payload.0 as usize == id),
        _ => false,
    })
}

fn edit_fields(nodes: &mut Vec<Node>, fields: &mut Vec<Field>, seed: &mut Seed) {
    let position = if fields.is_empty() {
        None
    } else {
        Some(seed.below(fields.len()))
    };
    match (seed.below(3), position) {
        (0, Some(position))
            if !fields[position]
                .name
                .starts_with([RENAMED, NEW].map(|mark| mark.as_bytes()[0] as char)) =>
        {
            fields[position].name = format!("{RENAMED}{}", fields[position].name);
        }
        (1, Some(position)) if fields.len() > 1 => {
            fields.remove(position);
        }
        _ => {
            let node = match seed.below(4) {
                0 => Node::Scalar(Scalar::String),
                1 => Node::Scalar(Scalar::I32),
                2 => Node::Scalar(Scalar::F64),
                _ => Node::Option(push(nodes, Node::Scalar(Scalar::Bool))),
            };
            let node = push(nodes, node);
            let name = format!("{NEW}{}", seed.below(1000));
            if fields.iter().all(|field| field.name != name) {
                fields.push(Field {
                    name,
                    node,
                    reuses: Vec::new(),
                });
            }
        }
    }
    fields.sort_by(|one, two| one.name.cmp(&two.name));
}

fn edit_variants(nodes: &mut Vec<Node>, variants: &mut Vec<Variant>, seed: &mut Seed) {
    let position = seed.below(variants.len());
    match seed.below(3) {
        0 if !variants[position].name.starts_with(RENAMED) && !variants[position].name.starts_with(NEW) => {
            variants[position].name = format!("{RENAMED}{}", variants[position].name);
        }
        1 if variants.len() > 1 => {
            variants.remove(position);
        }
        _ => {
            let payload = push(nodes, Node::Scalar(Scalar::Unit));
            let name = format!("{NEW}{}", seed.below(1000));
            if variants.iter().all(|variant| variant.name != name) {
                variants.push(Variant {
                    name,
                    payload,
                    reuses: Vec::new(),
                });
            }
        }
    }
    variants.sort_by(|one, two| one.name.cmp(&two.name));
}

/// Reads the hints back out of the names that the edits gave.
fn hints(shape: &Shape) -> TableHints {
    let mut hints = TableHints::default();
    for (index, node) in (0_u32..).zip(shape.nodes()) {
        let names: Vec<&str> = match node {
            Node::Struct { fields, .. } => fields.iter().map(|field| field.name.as_str()).collect(),
            Node::Enum { variants, .. } => variants.iter().map(|variant| variant.name.as_str()).collect(),
            _ => continue,
        };
        for (position, name) in names.iter().enumerate() {
            let renamed = name.strip_prefix(RENAMED).map(str::to_owned);
            let takes = OLD_NAMES
                .iter()
                .filter(|_| *name == TAKES)
                .map(|name| (*name).to_owned());
            let hint = SlotHint {
                renamed_from: renamed.into_iter().chain(takes).collect(),
                is_new: name.starts_with(NEW),
                ..SlotHint::default()
            };
            hints.slots.insert((NodeId(index), position), hint);
        }
    }
    hints
}

pub(super) fn is_whole(shape: &Shape, bytes: &[u8]) -> bool {
    let mut input = Decoder::new(bytes);
    let mut out = Encoder::default();
    let value = decode_value(shape, NodeId::ROOT, &mut Decoder::new(bytes));
    skip(shape, NodeId::ROOT, &mut input).is_ok()
        && input.finish().is_ok()
        && value.is_ok_and(|value| encode_value(shape, NodeId::ROOT, &value, &mut out).is_ok())
        && out.finish().is_ok_and(|again| again == bytes)
}

/// Makes a random pair of schemas and compiles the way between them; none if the edits are refused.
fn random_crossing(seed: &mut Seed) -> Option<Crossing> {
    let depth = 1 + seed.below(6);
    let old = random_shape(seed, depth);
    let mut nodes = old.nodes().to_vec();
    for _ in 0..=seed.below(4) {
        edit(&mut nodes, seed);
    }
    let new = Shape::unordered(nodes).ok()?;
    let (old, new) = (schema(old), schema(new));
    let hints = hints(&new.shape);
    let old_side = OldSide {
        schema: &old,
        slots: &BTreeMap::new(),
        consumed: &BTreeSet::new(),
        write_defaults: &BTreeMap::new(),
    };
    let diff = pair_tables("t", old_side, NewSide::of(&new, &hints), 1);
    if !diff.refusals.is_empty() {
        return None;
    }
    if let Err(problem) = diff.lens.check(&old.shape, &new.shape) {
        panic!("{problem}\n{}\n{}\n{:#?}", old.shape, new.shape, diff.lens);
    }
    Some(Crossing::new(diff.lens, Arc::new(old), Arc::new(new)))
}

/// Takes a row over and back and over again. False if it does not fit on the other side.
fn there_and_back(crossing: &Crossing, way: Way, row: &[u8]) -> bool {
    let Ok(there) = crossing.translate(way, row, None, &NoCode) else {
        return false;
    };
    assert!(
        is_whole(crossing.target_shape(way), &there),
        "{way:?}: not a whole row"
    );
    let kept = crossing.keep(way, row, &there).unwrap();
    assert!(
        kept.is_none() || crossing.keeps(way),
        "{way:?}: kept where nothing should be"
    );
    let back = crossing
        .translate(way.back(), &there, kept.as_deref(), &NoCode)
        .unwrap();
    assert_eq!(back, row, "{way:?}: what came back is another row");
    let kept = crossing.keep(way.back(), &there, &back).unwrap();
    let again = crossing.translate(way, &back, kept.as_deref(), &NoCode).unwrap();
    assert_eq!(again, there, "{way:?}: what went over again is another row");
    true
}

#[test]
fn law_3_and_4_rows_come_back_as_they_were() {
    let (mut crossings, mut rows) = (0, 0);
    for number in seeds(3000, 1) {
        let mut seed = Seed::new(number.into());
        let Some(crossing) = random_crossing(&mut seed) else {
            continue;
        };
        crossings += 1;
        for _ in 0..5 {
            for way in [Way::Up, Way::Down] {
                let shape = crossing.source_shape(way);
                let row = random_value(shape, NodeId::ROOT, &mut seed);
                let result = std::panic::catch_unwind(|| there_and_back(&crossing, way, &row));
                match result {
                    Ok(fits) => rows += u32::from(fits),
                    Err(_) => panic!(
                        "seed {number}, {way:?}\n{}\n{}\n{:#?}\nrow {:?}",
                        crossing.lower.shape,
                        crossing.upper.shape,
                        crossing.lens,
                        decode_value(shape, NodeId::ROOT, &mut Decoder::new(&row)),
                    ),
                }
            }
        }
    }
    assert!(
        is_replay() || crossings > 500 && rows > 1000,
        "too few edits go through to prove anything: {crossings}, {rows}"
    );
}
