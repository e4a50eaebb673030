//! Whether values may come to nest deeper than they may: only those of types that contain themselves can.

use crate::diff::{Arm, ArmKind, Lens, Way};
use crate::schema::{Node, NodeId, Shape};

/// Tells whether rows that cross this way may nest deeper than the limit.
pub(super) fn may_nest_too_deep(lens: &Lens, lower: &Shape, upper: &Shape, way: Way) -> bool {
    let target = match way {
        Way::Up => upper,
        Way::Down => lower,
    };
    target.is_recursive() && lens.arms.iter().any(|arm| nests_deeper(arm, lower, upper, way))
}

/// Tells whether values may have more levels after an arm than before it, their parts aside.
fn nests_deeper(arm: &Arm, lower: &Shape, upper: &Shape, way: Way) -> bool {
    let (source, target_id, target_shape) = match way {
        Way::Up => (lower.node(arm.lower), arm.upper, upper),
        Way::Down => (upper.node(arm.upper), arm.lower, lower),
    };
    let target = target_shape.node(target_id);
    let nests =
        |id: &NodeId| target_shape.node(*id).nests() || matches!(target_shape.node(*id), Node::Option(_));
    match (&arm.kind, way) {
        (ArmKind::Gather(_), Way::Up) | (ArmKind::Pick(_), Way::Down) => true,
        (ArmKind::Fields { dropped, added, .. }, _) => {
            let filled = if way == Way::Up { added } else { dropped };
            let slots = target.children();
            let has_fields = |node: &Node| matches!(node, Node::Struct { .. } | Node::Tuple(_));
            has_fields(target) && !has_fields(source)
                || filled
                    .iter()
                    .any(|orphan| slots.get(orphan.position as usize).is_some_and(nests))
        }
        (ArmKind::Entries(..), _) => matches!((source, target), (Node::Map(..), Node::List(_))),
        (ArmKind::Resize { .. }, _) => target.children().iter().any(nests),
        (ArmKind::Unwrap { fill: Some(_), .. } | ArmKind::Guard { .. } | ArmKind::Own { .. }, _) => {
            nests(&target_id)
        }
        (ArmKind::Variants { replaced, .. }, Way::Up) => !replaced.is_empty(),
        _ => target.nests() && !source.nests() && !matches!(source, Node::Option(_)),
    }
}
