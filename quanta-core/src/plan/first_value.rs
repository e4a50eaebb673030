//! What a field holds in rows that nobody gave a value since it came: what was frozen then, as it looks by now.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diff::{Arm, ArmKind, Fill, Lens};
use crate::program::Crossing;
use crate::schema::{Schema, Slot};

use super::stored::Version;

/// The versions that a field came through, and the change that it is about to go through.
pub(super) struct FirstValue<'a> {
    pub(super) versions: &'a BTreeMap<u32, Version>,
    pub(super) at: u32,
    pub(super) change: Option<(&'a Lens, &'a Schema)>,
}

impl FirstValue<'_> {
    /// Returns the first value of a slot; none if it was there from the beginning, or a function gives each row its own.
    pub(super) fn of(&self, slot: Slot, id: u32) -> Option<Fill> {
        let version = self.versions.get(&self.at)?;
        let Some(before) = version.slot_of(id) else {
            return added(self.change?.0, slot).filter(|fill| matches!(fill, Fill::Value(_) | Fill::Once(_)));
        };
        let mut value = self.stored(self.at, before, id)?;
        if let Some((lens, schema)) = self.change {
            let crossing = compile(lens, &version.schema, schema).ok()?;
            value = image(&crossing, lens, slot, value)?;
        }
        Some(Fill::Value(value))
    }

    fn stored(&self, at: u32, slot: Slot, id: u32) -> Option<Vec<u8>> {
        let version = self.versions.get(&at)?;
        let lens = &version.edge.as_ref()?.lens;
        let parent = version.parent?;
        match self.versions.get(&parent)?.slot_of(id) {
            None => match added(lens, slot)? {
                Fill::Value(value) => Some(value),
                _ => None,
            },
            Some(before) => {
                let value = self.stored(parent, before, id)?;
                image(&crossing(self.versions, at).ok()?, lens, slot, value)
            }
        }
    }
}

/// Compiles a stored edge.
///
/// # Errors
///
/// If a version is missing, or the edge doesn't fit its versions.
pub(super) fn crossing(versions: &BTreeMap<u32, Version>, edge: u32) -> Result<Crossing, String> {
    let damaged = || format!("the edge into version {edge} is missing");
    let upper = versions.get(&edge).ok_or_else(damaged)?;
    let lower = upper.parent.and_then(|parent| versions.get(&parent));
    let (lower, edge) = lower.zip(upper.edge.as_ref()).ok_or_else(damaged)?;
    compile(&edge.lens, &lower.schema, &upper.schema)
}

fn compile(lens: &Lens, lower: &Schema, upper: &Schema) -> Result<Crossing, String> {
    lens.check(&lower.shape, &upper.shape)?;
    Ok(Crossing::new(
        lens.clone(),
        Arc::new(lower.clone()),
        Arc::new(upper.clone()),
    ))
}

/// Finds what an edge puts into a slot that comes there.
fn added(lens: &Lens, (node, position): Slot) -> Option<Fill> {
    let mut fields = lens.arms.iter().filter(|arm| arm.upper == node);
    fields.find_map(|arm| match &arm.kind {
        ArmKind::Fields { added, .. } => {
            let orphan = added.iter().find(|orphan| orphan.position as usize == position);
            orphan.map(|orphan| orphan.fill.clone())
        }
        _ => None,
    })
}

/// Returns how the value of a slot looks above an edge.
fn image(crossing: &Crossing, lens: &Lens, (node, position): Slot, value: Vec<u8>) -> Option<Vec<u8>> {
    let arms: Vec<&Arm> = lens.arms.iter().filter(|arm| arm.upper == node).collect();
    let carried = arms.iter().find_map(|arm| match &arm.kind {
        ArmKind::Fields { carried, .. } => carried.iter().find(|slot| slot.upper as usize == position),
        _ => None,
    });
    match carried {
        Some(slot) => crossing.image_of(slot.arm, &value),
        None => arms.iter().any(|arm| arm.kind == ArmKind::Same).then_some(value),
    }
}
