//! What a draft must hold to so that its rows can be stored.

use std::collections::BTreeSet;

use crate::schema::Scalar;

use super::draft::{Content, Draft, Home, Slot, Ty, TypeKind, Uid};

/// Nodes that the shape of a table may have.
const NODES_MAX: usize = 250;

/// Tells whether every type has finite values, keys and indexes have an order, and no shape is too large.
pub(super) fn is_sound(draft: &Draft) -> bool {
    let finite = finite_types(draft);
    let tables_are_sound = draft.tables.values().all(|table| {
        let ordered = table.key.iter().chain(
            table
                .indexes
                .iter()
                .flat_map(|index| index.fields.iter().map(|(uid, _)| uid)),
        );
        let mut ordered = ordered.filter_map(|uid| table.slots.iter().find(|slot| slot.uid == *uid));
        let mut nodes = 0;
        table
            .slots
            .iter()
            .for_each(|slot| count(draft, slot, &mut Vec::new(), &mut nodes));
        nodes <= NODES_MAX && ordered.all(|slot| has_order(draft, slot, &mut Vec::new()))
    });
    tables_are_sound && draft.types.keys().all(|uid| finite.contains(uid))
}

/// Finds the types that have a value, from the smallest ones on.
fn finite_types(draft: &Draft) -> BTreeSet<Uid> {
    let mut finite = BTreeSet::new();
    loop {
        let before = finite.len();
        for (uid, declared) in &draft.types {
            let mut ends = declared.slots.iter().map(|slot| ends(slot, &finite));
            let is_finite = match declared.kind {
                TypeKind::Struct => ends.all(|ends| ends),
                TypeKind::Enum => ends.any(|ends| ends),
            };
            if is_finite {
                finite.insert(*uid);
            }
        }
        if finite.len() == before {
            return finite;
        }
    }
}

fn ends(slot: &Slot, finite: &BTreeSet<Uid>) -> bool {
    match &slot.content {
        Content::Unit => true,
        Content::Type(ty) => type_ends(ty, finite),
        Content::Tuple(items) => items.iter().all(|ty| type_ends(ty, finite)),
        Content::Fields(fields) => fields.iter().all(|slot| ends(slot, finite)),
    }
}

fn type_ends(ty: &Ty, finite: &BTreeSet<Uid>) -> bool {
    match ty {
        Ty::Named(uid) => finite.contains(uid),
        Ty::Array(item, length) => *length == 0 || type_ends(item, finite),
        Ty::Tuple(items) => items.iter().all(|ty| type_ends(ty, finite)),
        _ => true,
    }
}

/// Counts the nodes of a slot, as a shape has them: a type that goes back to itself ends there.
fn count(draft: &Draft, slot: &Slot, path: &mut Vec<Uid>, nodes: &mut usize) {
    *nodes += 1;
    match &slot.content {
        Content::Unit => {}
        Content::Type(ty) => count_type(draft, ty, path, nodes),
        Content::Tuple(items) => items.iter().for_each(|ty| count_type(draft, ty, path, nodes)),
        Content::Fields(fields) => fields.iter().for_each(|slot| count(draft, slot, path, nodes)),
    }
}

fn count_type(draft: &Draft, ty: &Ty, path: &mut Vec<Uid>, nodes: &mut usize) {
    *nodes += 1;
    if *nodes > NODES_MAX {
        return;
    }
    match ty {
        Ty::Scalar(_) | Ty::Opaque => {}
        Ty::Option(item) | Ty::List(item) | Ty::Set(item) | Ty::Array(item, _) => {
            count_type(draft, item, path, nodes);
        }
        Ty::Map(key, value) => [key, value]
            .iter()
            .for_each(|ty| count_type(draft, ty, path, nodes)),
        Ty::Tuple(items) => items.iter().for_each(|ty| count_type(draft, ty, path, nodes)),
        Ty::Named(uid) if path.contains(uid) => {}
        Ty::Named(uid) => {
            path.push(*uid);
            for slot in draft.slots(Home::Type(*uid)) {
                count(draft, slot, path, nodes);
            }
            path.pop();
        }
    }
}

/// Tells whether the values of a slot can be keys.
fn has_order(draft: &Draft, slot: &Slot, path: &mut Vec<Uid>) -> bool {
    match &slot.content {
        Content::Unit => true,
        Content::Type(ty) => type_has_order(draft, ty, path),
        Content::Tuple(items) => items.iter().all(|ty| type_has_order(draft, ty, path)),
        Content::Fields(fields) => fields.iter().all(|slot| has_order(draft, slot, path)),
    }
}

fn type_has_order(draft: &Draft, ty: &Ty, path: &mut Vec<Uid>) -> bool {
    match ty {
        Ty::Scalar(scalar) => *scalar != Scalar::Decimal,
        Ty::Opaque | Ty::List(_) | Ty::Set(_) | Ty::Map(..) => false,
        Ty::Option(item) | Ty::Array(item, _) => type_has_order(draft, item, path),
        Ty::Tuple(items) => items.iter().all(|ty| type_has_order(draft, ty, path)),
        Ty::Named(uid) if path.contains(uid) => false,
        Ty::Named(uid) => {
            path.push(*uid);
            let slots = draft.slots(Home::Type(*uid));
            let has_order = slots.iter().all(|slot| has_order(draft, slot, path));
            path.pop();
            has_order
        }
    }
}
