//! Taking out of a row what the other side of an edge can't hold.

use crate::codec::{Decoder, Encoder, convert};
use crate::diff::{ArmId, Fill, Way};

use super::crossing::{Crossing, Failure, NoCode, Row, RowState, whole_row};
use super::kept::image_hash;
use super::op::{Container, FieldsOp, NumbersOp, Op, VariantTarget};

/// Finds the arms at which values may leave something behind: the least set that the ops demand.
pub(super) fn keeping_arms(ops: &[Op]) -> Vec<bool> {
    let mut keeps = vec![false; ops.len()];
    loop {
        let next: Vec<bool> = ops.iter().map(|op| op_keeps(op, &keeps)).collect();
        if next == keeps {
            return keeps;
        }
        keeps = next;
    }
}

fn op_keeps(op: &Op, keeps: &[bool]) -> bool {
    let keeps = |arm: &ArmId| keeps[arm.0 as usize];
    match op {
        Op::Copy(_) | Op::VariantToText(_) | Op::TextToVariant(_) => false,
        Op::Numbers(NumbersOp { from, to }) => {
            !convert::comes_back_equal(from.1, to.1) || (to.0 == Container::Set && from.0 != Container::Set)
        }
        Op::Convert(from, to) => !convert::comes_back_equal(*from, *to),
        Op::Fields(fields) => fields
            .source
            .iter()
            .any(|field| field.arm.as_ref().is_none_or(keeps)),
        Op::Variants(targets) => targets.iter().any(|target| match target {
            VariantTarget::Carried(_, payload) => keeps(payload),
            VariantTarget::Replaced(_) => true,
            VariantTarget::Gone => false,
        }),
        Op::Option(item) | Op::Wrap(item, _) | Op::Unwrap(item, None) => keeps(item),
        Op::Unguard(item) | Op::Pick(item, _) => keeps(item),
        Op::Guard(..) | Op::Own(_) => true,
        Op::Resize(arrays) => keeps(&arrays.item) || arrays.from > arrays.to,
        Op::Unwrap(_, Some(_)) => true,
        Op::Items(item, from, to) => keeps(item) || (*to == Container::Set && *from != Container::Set),
        // The order of a list of tuples is lost in a map.
        Op::Entries(key, value, sides) => keeps(key) || keeps(value) || (sides.to_map && !sides.from_map),
    }
}

impl Crossing {
    /// Takes out of a row body what it loses on its way across; none if it comes back equal without it. `image` is the
    /// body that it became. What is given back on the way has to be kept besides: [`Crossing::cross`] does both.
    ///
    /// # Errors
    ///
    /// If the row can't cross at all.
    pub fn keep(&self, way: Way, body: &[u8], image: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        if let Some(rows) = &self.lens.rows {
            // A row that nothing was done to goes back as it is.
            let is_untouched = rows.is_edits() && body == image && self.lower.shape == self.upper.shape;
            return Ok(Some(Self::keep_row(body, image)).filter(|_| !is_untouched));
        }
        self.keep_by_arms(way, body, image)
    }

    /// Takes out of a row body what the arms lose.
    pub(super) fn keep_by_arms(
        &self,
        way: Way,
        body: &[u8],
        image: &[u8],
    ) -> Result<Option<Vec<u8>>, Failure> {
        if !self.arm_keeps(way, ArmId(0)) {
            return Ok(None);
        }
        let row = Row {
            crossing: self,
            way,
            body,
            code: &NoCode,
            state: RowState::Unsure,
            gathered: None,
        };
        let mut out = Encoder::default();
        let is_needed = row.keep(ArmId(0), &mut Decoder::new(body), &mut out)?;
        let values = out.finish().map_err(whole_row)?;
        // Values that a function computed are kept even if they equal a default: they are never computed again.
        if !self.keeps_for_unchanged(way) {
            return Ok(is_needed.then_some(values));
        }
        let mut entry = image_hash(image).to_vec();
        entry.extend(values);
        Ok(Some(entry))
    }
}

impl Row<'_> {
    /// Takes out what is lost of one value by itself; none if nothing is.
    pub(super) fn keep_at(&self, arm: ArmId, input: &mut Decoder<'_>) -> Result<Option<Vec<u8>>, Failure> {
        let mut out = Encoder::default();
        let is_needed = self.keep(arm, input, &mut out)?;
        let values = out.finish().map_err(|problem| self.failure(arm, problem))?;
        Ok(is_needed.then_some(values))
    }

    /// Moves past one value and writes what is lost of it. Returns whether anything is.
    pub(super) fn keep(
        &self,
        arm: ArmId,
        input: &mut Decoder<'_>,
        out: &mut Encoder,
    ) -> Result<bool, Failure> {
        if !self.crossing.arm_keeps(self.way, arm) {
            let node = self.source_node(arm);
            self.source_bytes(node, input)
                .map_err(|error| self.corrupt(arm, &error))?;
            return Ok(false);
        }
        match &self.crossing.ops(self.way)[arm.0 as usize] {
            Op::Fields(fields) => self.keep_fields(arm, fields, input, out),
            Op::Variants(targets) => {
                let index = input.variant().map_err(|error| self.corrupt(arm, &error))?;
                out.variant(index);
                match targets.get(index as usize) {
                    Some(VariantTarget::Carried(_, payload)) => self.keep(*payload, input, out),
                    Some(VariantTarget::Replaced(_)) => {
                        let payload = self.source_payload(arm, index)?;
                        let bytes = self.source_bytes(payload, input);
                        out.raw(bytes.map_err(|error| self.corrupt(arm, &error))?);
                        Ok(true)
                    }
                    // It got across because it stood in for another variant, and it will again: nothing is lost of it.
                    Some(VariantTarget::Gone) => {
                        let payload = self.source_payload(arm, index)?;
                        let bytes = self.source_bytes(payload, input);
                        bytes.map_err(|error| self.corrupt(arm, &error))?;
                        Ok(false)
                    }
                    None => Err(self.failure(arm, "there is no such variant")),
                }
            }
            Op::Option(item) => Ok(self.keep_option(arm, *item, input, out)?.unwrap_or(false)),
            // A none that becomes a value is a loss of its own.
            Op::Unwrap(item, _) => Ok(self.keep_option(arm, *item, input, out)?.unwrap_or(true)),
            Op::Wrap(item, _) | Op::Unguard(item) => self.keep(*item, input, out),
            Op::Convert(..)
            | Op::Numbers(_)
            | Op::Items(..)
            | Op::Entries(..)
            | Op::Guard(..)
            | Op::Own(_) => self.keep_whole(arm, input, out),
            Op::Pick(item, _) => self.keep_picked(arm, *item, input, out),
            Op::Resize(arrays) => self.keep_resized(arm, arrays, input, out),
            Op::Copy(_) | Op::VariantToText(_) | Op::TextToVariant(_) => Ok(false),
        }
    }

    /// Keeps the part of an option's item; none if there is no item.
    fn keep_option(
        &self,
        arm: ArmId,
        item: ArmId,
        input: &mut Decoder<'_>,
        out: &mut Encoder,
    ) -> Result<Option<bool>, Failure> {
        let is_some = input.is_some().map_err(|error| self.corrupt(arm, &error))?;
        out.raw(&[u8::from(is_some)]);
        if is_some {
            self.keep(item, input, out).map(Some)
        } else {
            Ok(None)
        }
    }

    fn keep_fields(
        &self,
        arm: ArmId,
        fields: &FieldsOp,
        input: &mut Decoder<'_>,
        out: &mut Encoder,
    ) -> Result<bool, Failure> {
        let mut is_needed = false;
        for field in &fields.source {
            if let Some(arm) = field.arm {
                is_needed |= self.keep(arm, input, out)?;
                continue;
            }
            let value = self
                .source_bytes(field.node, input)
                .map_err(|error| self.corrupt(arm, &error))?;
            let is_lost = !matches!(&field.fill, Fill::Value(fill) if fill == value);
            is_needed |= is_lost;
            out.raw(&[u8::from(is_lost)]);
            if is_lost {
                out.raw(value);
            }
        }
        Ok(is_needed)
    }

    /// Keeps a value whole if it does not come back equal.
    fn keep_whole(&self, arm: ArmId, input: &mut Decoder<'_>, out: &mut Encoder) -> Result<bool, Failure> {
        let node = self.source_node(arm);
        let value = self
            .source_bytes(node, input)
            .map_err(|error| self.corrupt(arm, &error))?;
        let mut image = Encoder::default();
        // What can't be carried at all is told when the row is carried; what a function computes isn't known here.
        let carried = self.run(arm, &mut Decoder::new(value), None, &mut image);
        let back = carried.and_then(|()| self.image_back(arm, &image.finish().unwrap_or_default()));
        let is_lost = !back.is_ok_and(|back| back == value);
        out.raw(&[u8::from(is_lost)]);
        if is_lost {
            out.raw(value);
        }
        Ok(is_lost)
    }
}
