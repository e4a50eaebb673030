//! Taking out of a row what the other side of an edge can't hold.

use crate::codec::{Decoder, Encoder, convert};
use crate::diff::{ArmId, Fill, Way};

use super::crossing::{Crossing, Failure, NoCode, Row, whole_row};
use super::kept::image_hash;
use super::op::{Container, FieldsOp, NumbersOp, Op};

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
        Op::Variants(targets) => targets.iter().flatten().any(|(_, payload)| keeps(payload)),
        Op::Option(item) | Op::Wrap(item, _) | Op::Unwrap(item, None) | Op::Pick(item, _) => keeps(item),
        Op::Resize(arrays) => keeps(&arrays.item) || arrays.from > arrays.to,
        Op::Unwrap(_, Some(_)) => true,
        Op::Items(item, from, to) => keeps(item) || (*to == Container::Set && *from != Container::Set),
        // The order of a list of tuples is lost in a map.
        Op::Entries(key, value, sides) => keeps(key) || keeps(value) || (sides.to_map && !sides.from_map),
    }
}

impl Crossing {
    /// Takes out of a row body what it loses on its way across; none if it comes back equal without it. `kept` is what
    /// was kept of the row when it crossed the other way: it is part of what the row becomes.
    ///
    /// # Errors
    ///
    /// If the row can't cross at all.
    pub fn keep(&self, way: Way, body: &[u8], kept: Option<&[u8]>) -> Result<Option<Vec<u8>>, Failure> {
        if !self.keeps(way) {
            return Ok(None);
        }
        let row = Row {
            crossing: self,
            way,
            body,
            code: &NoCode,
            may_compute: false,
            gathered: None,
        };
        let mut out = Encoder::default();
        let is_needed = row.keep(ArmId(0), &mut Decoder::new(body), &mut out)?;
        let values = out.finish().map_err(whole_row)?;
        // Values that a function computed are kept even if they equal a default: they are never computed again.
        if !self.needs_own_code(way.back()) {
            return Ok(is_needed.then_some(values));
        }
        let image = self.translate(way, body, kept, &NoCode).map_err(first)?;
        let mut entry = image_hash(&image).to_vec();
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
                let target = targets.get(index as usize).copied().flatten();
                let (_, payload) = target.ok_or_else(|| self.failure(arm, "the variant is gone"))?;
                out.variant(index);
                self.keep(payload, input, out)
            }
            Op::Option(item) => Ok(self.keep_option(arm, *item, input, out)?.unwrap_or(false)),
            // A none that becomes a value is a loss of its own.
            Op::Unwrap(item, _) => Ok(self.keep_option(arm, *item, input, out)?.unwrap_or(true)),
            Op::Wrap(item, _) => self.keep(*item, input, out),
            Op::Convert(..) | Op::Numbers(_) | Op::Items(..) | Op::Entries(..) => {
                self.keep_whole(arm, input, out)
            }
            Op::Pick(item, _) => {
                let count = input.count().map_err(|error| self.corrupt(arm, &error))?;
                self.check_only(arm, count)?;
                out.raw(&[u8::from(count == 1)]);
                if count == 1 {
                    self.keep(*item, input, out)
                } else {
                    Ok(false)
                }
            }
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

/// Returns the first of several failures; there is always one.
fn first(failures: Vec<Failure>) -> Failure {
    failures
        .into_iter()
        .next()
        .unwrap_or_else(|| whole_row("the row can't be carried".to_owned()))
}
