//! What a program does at each arm of a lens, compiled for one way.

use crate::codec::Class;
use crate::codec::convert;
use crate::diff::{Arm, ArmId, ArmKind, Carried, Fill, Lens, Orphan, Replaced, Way};
use crate::schema::{Node, NodeId, Scalar, Shape};

/// What to do at one arm, seen from the source side.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Op {
    /// Copies the bytes of a value.
    Copy(NodeId),
    /// Converts a value without parts.
    Convert(Scalar, Scalar),
    /// Writes the name of a variant without payload.
    VariantToText(Vec<String>),
    /// Finds a variant without payload by its name.
    TextToVariant(Vec<String>),
    /// Converts number by number, where bytes are a list of `u8`.
    Numbers(NumbersOp),
    /// Rearranges fields or positions.
    Fields(FieldsOp),
    /// Goes on with the payload; by source position.
    Variants(Vec<VariantTarget>),
    /// Goes on with the item.
    Option(ArmId),
    /// Makes an option of a value; a kept none returns where the value still equals `fill`.
    Wrap(ArmId, Option<Vec<u8>>),
    /// Takes the value out of an option; none becomes `fill`, or fails.
    Unwrap(ArmId, Option<Vec<u8>>),
    /// Goes on with every item.
    Items(ArmId, Container, Container),
    /// Goes on with every key and value.
    Entries(ArmId, ArmId, Entries),
    /// Goes on with the only item of a collection.
    Pick(ArmId, Only),
    /// Goes on with the items that both arrays have.
    Resize(ResizeOp),
    /// Goes on with the value; one that doesn't fit becomes the encoded value.
    Guard(ArmId, Vec<u8>),
    /// Comes back through a guard.
    Unguard(ArmId),
    /// Has a function of the program convert the value; none if only unchanged rows can cross.
    Own(Option<String>),
}

/// Where a variant goes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum VariantTarget {
    /// The target position, and the arm of the payload.
    Carried(u32, ArmId),
    /// This encoded value takes its place.
    Replaced(Vec<u8>),
    /// Nowhere: a row that has it fails.
    Gone,
}

impl Op {
    /// Tells whether a value may have no counterpart. `all` are the ops of all arms.
    pub(super) fn can_fail(&self, all: &[Self]) -> bool {
        match self {
            Self::Copy(_) | Self::VariantToText(_) | Self::Option(_) | Self::Wrap(..) => false,
            Self::Pick(..) => true,
            Self::Numbers(numbers) => {
                let class = convert::class(numbers.from.1, numbers.to.1);
                class == Class::Checked || matches!(numbers.to.0, Container::Array(_))
            }
            Self::Resize(arrays) => arrays.to > arrays.from && arrays.fill == Fill::Missing,
            Self::Guard(..) | Self::Unguard(_) => false,
            Self::Own(_) => true,
            Self::Convert(from, to) => convert::class(*from, *to) == Class::Checked,
            Self::TextToVariant(_) | Self::Unwrap(_, None) => true,
            Self::Unwrap(_, Some(_)) => false,
            Self::Fields(fields) => fields.target.iter().any(|field| {
                matches!(
                    field,
                    TargetField::Filled {
                        fill: Fill::Missing | Fill::Once(_) | Fill::Computed(_),
                        ..
                    }
                )
            }),
            Self::Variants(targets) => targets.contains(&VariantTarget::Gone),
            Self::Items(_, Container::Array(_), Container::Array(_)) => false,
            Self::Items(_, _, to) => matches!(to, Container::Array(_)),
            // Two keys may become one, unless each has an image of its own.
            Self::Entries(_, _, Entries { to_map: false, .. }) => false,
            Self::Entries(_, _, Entries { from_map: false, .. }) => true,
            Self::Entries(key, ..) => match &all[key.0 as usize] {
                Self::Copy(_) => false,
                Self::Convert(from, to) => convert::class(*from, *to) != Class::Exact,
                _ => true,
            },
        }
    }
}

/// Which sides of entries are maps; the others are lists of tuples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entries {
    pub(super) from_map: bool,
    pub(super) to_map: bool,
}

/// What the only item of a collection becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Only {
    /// A value: there must be an item.
    Value,
    /// The item of an option: there may be none.
    OptionItem,
}

/// A collection of numbers, or bytes, on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NumbersOp {
    pub(super) from: (Container, Scalar),
    pub(super) to: (Container, Scalar),
}

/// Two arrays of different lengths.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ResizeOp {
    pub(super) item: ArmId,
    pub(super) from: u32,
    pub(super) to: u32,
    /// The type of the items that only one side has.
    pub(super) spare: NodeId,
    /// What each of them holds for a row that comes from the other side.
    pub(super) fill: Fill,
}

/// How the items of a container are counted and ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    List,
    Set,
    Array(u32),
}

/// Fields on both sides of one way.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FieldsOp {
    /// In the order of the source.
    pub(super) source: Vec<SourceField>,
    /// In the order of the target.
    pub(super) target: Vec<TargetField>,
    /// Whether every target field comes from the source field at its own position.
    pub(super) in_order: bool,
}

/// One field of the source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SourceField {
    pub(super) node: NodeId,
    /// Where it goes on to; none if it is dropped.
    pub(super) arm: Option<ArmId>,
    /// For a dropped field: what it would hold on the way back if nothing were kept.
    pub(super) fill: Fill,
}

/// One field of the target.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TargetField {
    Carried { source: usize, arm: ArmId },
    Filled { node: NodeId, path: String, fill: Fill },
}

/// Compiles a lens for one way.
pub(super) fn compile(lens: &Lens, lower: &Shape, upper: &Shape, way: Way) -> Vec<Op> {
    lens.arms
        .iter()
        .map(|arm| compile_arm(arm, lower, upper, way))
        .collect()
}

fn compile_arm(arm: &Arm, lower: &Shape, upper: &Shape, way: Way) -> Op {
    let (source_shape, target_shape, source_id, target_id) = match way {
        Way::Up => (lower, upper, arm.lower, arm.upper),
        Way::Down => (upper, lower, arm.upper, arm.lower),
    };
    let (source, target) = (source_shape.node(source_id), target_shape.node(target_id));
    match (&arm.kind, way) {
        (ArmKind::Same, _) => Op::Copy(source_id),
        (ArmKind::Convert, _) => match (
            source_shape.number_item(source_id),
            target_shape.number_item(target_id),
        ) {
            (Some(from), Some(to)) => Op::Numbers(NumbersOp {
                from: (container(source), from),
                to: (container(target), to),
            }),
            _ => compile_convert(source_id, source, target),
        },
        (
            ArmKind::Fields {
                carried,
                dropped,
                added,
            },
            _,
        ) => {
            let slots = (
                source_shape.field_nodes(source_id),
                target_shape.field_nodes(target_id),
            );
            match way {
                Way::Up => fields(slots, &seen_upwards(carried), dropped, added),
                Way::Down => fields(slots, &seen_downwards(carried), added, dropped),
            }
        }
        (ArmKind::Variants { carried, replaced }, way) => {
            Op::Variants(variants(source.slot_count(), carried, replaced, way))
        }
        (ArmKind::Guard { item, fill }, Way::Up) => Op::Guard(*item, fill.clone()),
        (ArmKind::Guard { item, .. }, Way::Down) => Op::Unguard(*item),
        (ArmKind::Own { up, .. }, Way::Up) => Op::Own(Some(up.clone())),
        (ArmKind::Own { down, .. }, Way::Down) => Op::Own(down.clone()),
        (ArmKind::Option(item), _) => Op::Option(*item),
        (ArmKind::Wrap { item, fill }, Way::Up) | (ArmKind::Unwrap { item, fill }, Way::Down) => {
            Op::Wrap(*item, fill.clone())
        }
        (ArmKind::Unwrap { item, fill }, Way::Up) | (ArmKind::Wrap { item, fill }, Way::Down) => {
            Op::Unwrap(*item, fill.clone())
        }
        (ArmKind::Items(item), _) => Op::Items(*item, container(source), container(target)),
        (ArmKind::Entries(key, value), _) => {
            let is_map = |node| matches!(node, &Node::Map(..));
            let sides = Entries {
                from_map: is_map(source),
                to_map: is_map(target),
            };
            Op::Entries(*key, *value, sides)
        }
        // A collection of at most one item has the bytes of an option.
        (ArmKind::Gather(item), Way::Up) | (ArmKind::Pick(item), Way::Down) => match source {
            Node::Option(_) => Op::Option(*item),
            _ => Op::Wrap(*item, None),
        },
        (ArmKind::Pick(item), Way::Up) | (ArmKind::Gather(item), Way::Down) => match target {
            Node::Option(_) => Op::Pick(*item, Only::OptionItem),
            _ => Op::Pick(*item, Only::Value),
        },
        (ArmKind::Resize { item, fill }, _) => compile_resize((source, target), *item, fill, source_id),
    }
}

fn compile_resize((source, target): (&Node, &Node), item: ArmId, fill: &Fill, source_id: NodeId) -> Op {
    let (Node::Array(from_item, from), Node::Array(to_item, to)) = (source, target) else {
        return Op::Copy(source_id);
    };
    Op::Resize(ResizeOp {
        item,
        from: *from,
        to: *to,
        spare: if from > to { *from_item } else { *to_item },
        fill: fill.clone(),
    })
}

fn variants(count: usize, carried: &[Carried], replaced: &[Replaced], way: Way) -> Vec<VariantTarget> {
    let mut targets = vec![VariantTarget::Gone; count];
    let mut set = |position: u32, target| {
        if let Some(slot) = targets.get_mut(position as usize) {
            *slot = target;
        }
    };
    for Carried { lower, upper, arm } in carried {
        match way {
            Way::Up => set(*lower, VariantTarget::Carried(*upper, *arm)),
            Way::Down => set(*upper, VariantTarget::Carried(*lower, *arm)),
        }
    }
    for variant in replaced.iter().filter(|_| way == Way::Up) {
        set(variant.lower, VariantTarget::Replaced(variant.value.clone()));
    }
    targets
}

fn container(node: &Node) -> Container {
    match node {
        Node::Set(_) => Container::Set,
        Node::Array(_, length) => Container::Array(*length),
        _ => Container::List,
    }
}

fn compile_convert(source_id: NodeId, source: &Node, target: &Node) -> Op {
    match (source, target) {
        (Node::Scalar(from), Node::Scalar(to)) if has_equal_bytes(*from, *to) => Op::Copy(source_id),
        (Node::Scalar(from), Node::Scalar(to)) => Op::Convert(*from, *to),
        (Node::Enum { variants, .. }, _) => {
            Op::VariantToText(variants.iter().map(|variant| variant.name.clone()).collect())
        }
        (_, Node::Enum { variants, .. }) => {
            Op::TextToVariant(variants.iter().map(|variant| variant.name.clone()).collect())
        }
        _ => Op::Copy(source_id),
    }
}

/// Tells whether every value of one type has the same bytes as its counterpart in the other.
fn has_equal_bytes(from: Scalar, to: Scalar) -> bool {
    use Scalar::{Bytes, I16, I32, I64, I128, Path, String, U16, U32, U64, U128};
    let one_varint_family = matches!((from, to), (U16 | U32 | U64, U32 | U64 | U128))
        || matches!((from, to), (I16 | I32 | I64, I32 | I64 | I128));
    let texts = matches!((from, to), (String | Path, String | Path | Bytes));
    from == to || texts || (one_varint_family && convert::class(from, to) == Class::Exact)
}

/// A pair of positions seen along one way: source, target, arm.
type Pair = (usize, usize, ArmId);

fn seen_upwards(carried: &[Carried]) -> Vec<Pair> {
    carried
        .iter()
        .map(|pair| (pair.lower as usize, pair.upper as usize, pair.arm))
        .collect()
}

fn seen_downwards(carried: &[Carried]) -> Vec<Pair> {
    carried
        .iter()
        .map(|pair| (pair.upper as usize, pair.lower as usize, pair.arm))
        .collect()
}

fn fields(
    (source, target): (Vec<NodeId>, Vec<NodeId>),
    pairs: &[Pair],
    dropped: &[Orphan],
    added: &[Orphan],
) -> Op {
    let mut from: Vec<SourceField> = source
        .into_iter()
        .map(|node| SourceField {
            node,
            arm: None,
            fill: Fill::Missing,
        })
        .collect();
    let mut to: Vec<TargetField> = target
        .into_iter()
        .map(|node| TargetField::Filled {
            node,
            path: String::new(),
            fill: Fill::Missing,
        })
        .collect();
    for (source, target, arm) in pairs {
        from[*source].arm = Some(*arm);
        to[*target] = TargetField::Carried {
            source: *source,
            arm: *arm,
        };
    }
    for orphan in dropped {
        from[orphan.position as usize].fill = orphan.fill.clone();
    }
    for orphan in added {
        if let TargetField::Filled { fill, path, .. } = &mut to[orphan.position as usize] {
            fill.clone_from(&orphan.fill);
            path.clone_from(&orphan.path);
        }
    }
    let in_order = from.len() == to.len()
        && to.iter().enumerate().all(
            |(position, field)| matches!(field, TargetField::Carried { source, .. } if *source == position),
        );
    Op::Fields(FieldsOp {
        source: from,
        target: to,
        in_order,
    })
}
