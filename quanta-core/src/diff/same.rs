//! Finding the arms at which nothing changes.

use crate::schema::{Node, Shape};

use super::lens::{Arm, ArmId, ArmKind, Lens};

/// Marks every arm at which the bytes are the same on both sides: the greatest set that is consistent, so that a
/// recursive type that did not change is found to be the same.
pub(super) fn mark_same(lens: &mut Lens, lower: &Shape, upper: &Shape) {
    let mut same = vec![true; lens.arms.len()];
    loop {
        let next: Vec<bool> = lens
            .arms
            .iter()
            .map(|arm| is_same(arm, lower, upper, &same))
            .collect();
        if next == same {
            break;
        }
        same = next;
    }
    for (arm, same) in lens.arms.iter_mut().zip(same) {
        if same {
            arm.kind = ArmKind::Same;
        }
    }
}

fn is_same(arm: &Arm, lower: &Shape, upper: &Shape, same: &[bool]) -> bool {
    let same = |arm: &ArmId| same[arm.0 as usize];
    let (old, new) = (lower.node(arm.lower), upper.node(arm.upper));
    match &arm.kind {
        ArmKind::Same => true,
        ArmKind::Convert | ArmKind::Wrap { .. } | ArmKind::Unwrap { .. } | ArmKind::Own { .. } => false,
        ArmKind::Gather(_) | ArmKind::Pick(_) | ArmKind::Resize { .. } => false,
        ArmKind::Guard { item, .. } => same(item),
        ArmKind::Fields {
            carried,
            dropped,
            added,
        } => {
            dropped.is_empty()
                && added.is_empty()
                && carried
                    .iter()
                    .all(|pair| pair.lower == pair.upper && same(&pair.arm))
        }
        ArmKind::Variants { carried, .. } => {
            old.slot_count() == new.slot_count()
                && carried.len() == old.slot_count()
                && carried
                    .iter()
                    .all(|pair| pair.lower == pair.upper && same(&pair.arm))
        }
        ArmKind::Option(item) => same(item),
        ArmKind::Items(item) => same(item) && has_one_layout(old, new),
        ArmKind::Entries(key, value) => {
            let are_maps = [old, new].iter().all(|node| matches!(node, Node::Map(..)));
            are_maps && same(key) && same(value)
        }
    }
}

fn has_one_layout(old: &Node, new: &Node) -> bool {
    match (old, new) {
        (Node::Array(_, one), Node::Array(_, two)) => one == two,
        (Node::List(_), Node::List(_)) | (Node::Set(_), Node::Set(_)) => true,
        _ => false,
    }
}
