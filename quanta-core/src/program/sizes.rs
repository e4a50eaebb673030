//! Carrying collections of one item, and arrays of other lengths.

use crate::codec::{Decoder, Encoder};
use crate::diff::{ArmId, Fill, Way};

use super::crossing::{Failure, Row};
use super::op::{Only, ResizeOp};
use super::run::{Kept, value_bytes};

impl ResizeOp {
    /// Returns how many items both sides have.
    pub(super) fn shared(&self) -> u32 {
        self.from.min(self.to)
    }

    /// Tells whether items at the end have no place on the target side.
    pub(super) fn is_shorter(&self) -> bool {
        self.to < self.from
    }

    fn spare_count(&self) -> u32 {
        self.from.abs_diff(self.to)
    }
}

impl Row<'_> {
    pub(super) fn run_pick(
        &self,
        arm: ArmId,
        (item, only): (ArmId, Only),
        input: &mut Decoder<'_>,
        mut kept: Kept<'_, '_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        let count = input.count().map_err(|error| self.corrupt(arm, &error))?;
        self.check_only(arm, count)?;
        match only {
            // What crossed the other way was a value: it kept the part of the item and no more.
            Only::Value if count == 1 => self.run(item, input, kept, out),
            Only::Value => Err(self.failure(arm, "no items where exactly one is required")),
            Only::OptionItem => {
                let kept_item = self.kept_option(arm, kept.as_deref_mut())?;
                out.raw(&[u8::from(count == 1)]);
                self.run_optional(count == 1, kept_item, item, input, kept, out)
            }
        }
    }

    /// Checks that a collection has no more than one item.
    pub(super) fn check_only(&self, arm: ArmId, count: usize) -> Result<(), Failure> {
        if count > 1 {
            return Err(self.failure(arm, format!("{count} items where only one fits")));
        }
        Ok(())
    }

    /// Keeps the part of the only item, if there is one.
    pub(super) fn keep_picked(
        &self,
        arm: ArmId,
        item: ArmId,
        input: &mut Decoder<'_>,
        out: &mut Encoder,
    ) -> Result<bool, Failure> {
        let count = input.count().map_err(|error| self.corrupt(arm, &error))?;
        self.check_only(arm, count)?;
        out.raw(&[u8::from(count == 1)]);
        if count == 1 {
            self.keep(item, input, out)
        } else {
            Ok(false)
        }
    }

    pub(super) fn run_resize(
        &self,
        arm: ArmId,
        arrays: &ResizeOp,
        input: &mut Decoder<'_>,
        mut kept: Kept<'_, '_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        for _ in 0..arrays.shared() {
            self.run(arrays.item, input, kept.as_deref_mut(), out)?;
        }
        if arrays.is_shorter() {
            return self.spare_bytes(arm, arrays, self.way, input).map(drop);
        }
        if let Some(kept) = kept
            && self.has_kept_tail(arm, kept)?
        {
            out.raw(self.spare_bytes(arm, arrays, self.way.back(), kept)?);
            return Ok(());
        }
        let Fill::Value(fill) = &arrays.fill else {
            let problem = format!(
                "{} more items are required, and nothing was kept of them",
                arrays.spare_count()
            );
            return Err(self.failure(arm, problem));
        };
        (0..arrays.spare_count()).for_each(|_| out.raw(fill));
        Ok(())
    }

    fn has_kept_tail(&self, arm: ArmId, kept: &mut Decoder<'_>) -> Result<bool, Failure> {
        kept.is_some()
            .map_err(|_| self.failure(arm, "the kept value is damaged"))
    }

    /// Keeps the parts of the items that go on, and the tail if the target side is shorter.
    pub(super) fn keep_resized(
        &self,
        arm: ArmId,
        arrays: &ResizeOp,
        input: &mut Decoder<'_>,
        out: &mut Encoder,
    ) -> Result<bool, Failure> {
        let mut is_needed = false;
        for _ in 0..arrays.shared() {
            is_needed |= self.keep(arrays.item, input, out)?;
        }
        if !arrays.is_shorter() {
            return Ok(is_needed);
        }
        let tail = self.spare_bytes(arm, arrays, self.way, input)?;
        let is_filled = match &arrays.fill {
            Fill::Value(fill) => fill.repeat(arrays.spare_count() as usize) == tail,
            _ => false,
        };
        out.raw(&[u8::from(!is_filled)]);
        if !is_filled {
            out.raw(tail);
        }
        Ok(is_needed || !is_filled)
    }

    /// Moves past what was kept of an array. The op is that of the way on which it was kept.
    pub(super) fn skip_kept_items(
        &self,
        arm: ArmId,
        arrays: &ResizeOp,
        kept: &mut Decoder<'_>,
    ) -> Result<(), Failure> {
        (0..arrays.shared()).try_for_each(|_| self.skip_kept(arrays.item, Some(&mut *kept)))?;
        if arrays.is_shorter() && self.has_kept_tail(arm, kept)? {
            self.spare_bytes(arm, arrays, self.way.back(), kept)?;
        }
        Ok(())
    }

    /// Moves past the items that only the longer side has, which is the source of that way.
    pub(super) fn spare_bytes<'i>(
        &self,
        arm: ArmId,
        arrays: &ResizeOp,
        way: Way,
        input: &mut Decoder<'i>,
    ) -> Result<&'i [u8], Failure> {
        let start = input.rest();
        let shape = self.crossing.source_shape(way);
        for _ in 0..arrays.spare_count() {
            value_bytes(shape, arrays.spare, input).map_err(|error| self.corrupt(arm, &error))?;
        }
        Ok(&start[..start.len() - input.rest().len()])
    }
}
