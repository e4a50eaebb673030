//! Single values of rows and of kept entries, found by their place.

use std::ops::Range;

use crate::codec::{Decoder, Encoder, skip};
use crate::diff::{ArmId, PlaceStep, Way};
use crate::schema::{NodeId, Shape};

use super::crossing::{Crossing, Failure, NoCode, Row, RowState, whole_row};
use super::kept::{IMAGE_HASH_BYTES, KeptVariant};
use super::op::{Op, VariantTarget};
use super::rows::kept_row;

/// Finds a value in a row; none if it isn't there, or the row is damaged.
pub(super) fn value_range(shape: &Shape, place: &[PlaceStep], body: &[u8]) -> Option<Range<usize>> {
    let mut input = Decoder::new(body);
    let mut node = NodeId::ROOT;
    for step in place {
        let children = shape.node(node).children();
        node = match step {
            PlaceStep::Slot(position) => {
                let position = *position as usize;
                for before in children.iter().take(position) {
                    skip(shape, *before, &mut input).ok()?;
                }
                *children.get(position)?
            }
            PlaceStep::Some if input.is_some().ok()? => *children.first()?,
            PlaceStep::Variant(position) if input.variant().ok()? == *position => {
                *children.get(*position as usize)?
            }
            PlaceStep::Some | PlaceStep::Variant(_) => return None,
        };
    }
    let start = body.len() - input.rest().len();
    skip(shape, node, &mut input).ok()?;
    Some(start..body.len() - input.rest().len())
}

impl Crossing {
    /// Takes one value out of what was kept of a row on the way up: that of a field which went there.
    ///
    /// # Errors
    ///
    /// If the entry is none of this edge.
    pub fn kept_at(&self, entry: &[u8], place: &[PlaceStep]) -> Result<Option<Vec<u8>>, Failure> {
        let Some(entry) = self.edge_part(entry)? else {
            return Ok(None);
        };
        if self.lens.rows.is_some() {
            let row = kept_row(entry)?;
            let range = value_range(&self.lower.shape, place, row);
            return Ok(range.map(|range| row[range].to_vec()));
        }
        let mut values = Decoder::new(entry);
        if self.keeps_for_unchanged(Way::Up) {
            values
                .raw(IMAGE_HASH_BYTES)
                .map_err(|error| whole_row(error.to_string()))?;
        }
        // An entry is read on the way back.
        let row = Row {
            crossing: self,
            way: Way::Down,
            body: &[],
            code: &NoCode,
            state: RowState::Unsure,
            gathered: None,
        };
        let value = row.kept_value(ArmId(0), place, &mut values)?;
        Ok(value.map(<[u8]>::to_vec))
    }

    /// Tells whether a value is kept by itself when a row goes up: that of a field which goes there.
    #[must_use]
    pub fn keeps_at(&self, place: &[PlaceStep]) -> bool {
        self.lens.rows.is_some() || self.arm_keeps_at(ArmId(0), place)
    }

    fn arm_keeps_at(&self, arm: ArmId, place: &[PlaceStep]) -> bool {
        let Some((step, rest)) = place.split_first() else {
            return false;
        };
        match (&self.ops(Way::Up)[arm.0 as usize], step) {
            (Op::Wrap(item, _), _) => self.arm_keeps_at(*item, place),
            (Op::Option(item) | Op::Unwrap(item, _), PlaceStep::Some) => self.arm_keeps_at(*item, rest),
            (Op::Variants(targets), PlaceStep::Variant(position)) => match targets.get(*position as usize) {
                Some(VariantTarget::Carried(_, payload)) => self.arm_keeps_at(*payload, rest),
                _ => false,
            },
            (Op::Fields(fields), PlaceStep::Slot(position)) => match fields.source.get(*position as usize) {
                Some(field) => field
                    .arm
                    .map_or(rest.is_empty(), |arm| self.arm_keeps_at(arm, rest)),
                None => false,
            },
            _ => false,
        }
    }

    /// Returns how a value looks above the edge, by the arm that carries it.
    #[must_use]
    pub fn image_of(&self, arm: ArmId, value: &[u8]) -> Option<Vec<u8>> {
        let row = Row {
            crossing: self,
            way: Way::Up,
            body: &[],
            code: &NoCode,
            state: RowState::First,
            gathered: None,
        };
        let mut out = Encoder::default();
        row.run(arm, &mut Decoder::new(value), None, &mut out).ok()?;
        out.finish().ok()
    }
}

impl Row<'_> {
    /// Goes through an entry to one value.
    fn kept_value<'k>(
        &self,
        arm: ArmId,
        place: &[PlaceStep],
        kept: &mut Decoder<'k>,
    ) -> Result<Option<&'k [u8]>, Failure> {
        let Some((step, rest)) = place.split_first().filter(|_| self.has_kept(arm)) else {
            return Ok(None);
        };
        match (&self.crossing.ops(self.way.back())[arm.0 as usize], step) {
            (Op::Wrap(item, _), _) => self.kept_value(*item, place, kept),
            (Op::Option(item) | Op::Unwrap(item, _), PlaceStep::Some) => {
                if self.kept_option(arm, Some(&mut *kept))? {
                    self.kept_value(*item, rest, kept)
                } else {
                    Ok(None)
                }
            }
            (Op::Variants(_), PlaceStep::Variant(position)) => match self.kept_variant(arm, kept)? {
                KeptVariant::Payload(index, payload) if index == *position => {
                    self.kept_value(payload, rest, kept)
                }
                _ => Ok(None),
            },
            (Op::Fields(fields), PlaceStep::Slot(position)) => {
                for field in fields.source.iter().take(*position as usize) {
                    match field.arm {
                        Some(arm) => self.skip_kept(arm, Some(&mut *kept))?,
                        None => self.kept_field(arm, field.node, Some(&mut *kept)).map(drop)?,
                    }
                }
                match fields.source.get(*position as usize) {
                    Some(field) => match field.arm {
                        Some(arm) => self.kept_value(arm, rest, kept),
                        None if rest.is_empty() => self.kept_field(arm, field.node, Some(kept)),
                        None => Ok(None),
                    },
                    None => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }
}
