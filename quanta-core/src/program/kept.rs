//! Reading what was kept when a row crossed the other way.
//!
//! The layout of an entry (docs/format.md, "Kept values") follows the values of the side it was taken from, in the
//! order in which they are written there. Reading it back therefore needs no offsets.

use crate::codec::Decoder;
use crate::diff::{ArmId, Way};
use crate::schema::NodeId;

use super::crossing::{Crossing, Failure, NoCode, Row, whole_row};
use super::op::Op;
use super::run::{Kept, value_bytes};

/// Bytes of the hash of the lower image in an entry of an edge with own code.
pub(super) const IMAGE_HASH_BYTES: usize = 16;

/// A kept entry, opened.
pub(super) struct OpenedKept<'a> {
    pub(super) values: Decoder<'a>,
    /// Whether the row is as it was when the entry was made, so that computed values still hold.
    pub(super) fresh: bool,
}

/// Returns the hash that tells whether a row was changed since.
pub(super) fn image_hash(body: &[u8]) -> [u8; IMAGE_HASH_BYTES] {
    let mut hash = [0; IMAGE_HASH_BYTES];
    hash.copy_from_slice(&blake3::hash(body).as_bytes()[..IMAGE_HASH_BYTES]);
    hash
}

impl Crossing {
    pub(super) fn open_kept<'a>(
        &self,
        way: Way,
        body: &[u8],
        kept: &'a [u8],
    ) -> Result<OpenedKept<'a>, Failure> {
        let mut values = Decoder::new(kept);
        if !self.needs_own_code(way) {
            return Ok(OpenedKept { values, fresh: true });
        }
        let hash = values
            .raw(IMAGE_HASH_BYTES)
            .map_err(|error| whole_row(error.to_string()))?;
        let fresh = hash == image_hash(body);
        Ok(OpenedKept { values, fresh })
    }

    /// Checks that an entry that was kept on `way` is one, to its last byte.
    ///
    /// # Errors
    ///
    /// If it isn't.
    pub fn check_kept(&self, way: Way, entry: &[u8]) -> Result<(), Failure> {
        // An entry is read on the way back.
        let back = way.back();
        let row = Row {
            crossing: self,
            way: back,
            body: &[],
            code: &NoCode,
            may_compute: false,
            gathered: None,
        };
        let mut values = self.open_kept(back, &[], entry)?.values;
        row.skip_kept(ArmId(0), Some(&mut values))?;
        values.finish().map_err(|error| whole_row(error.to_string()))
    }
}

impl Row<'_> {
    fn kept_error(&self, arm: ArmId) -> Failure {
        self.failure(arm, "the kept value is damaged")
    }

    fn has_kept(&self, arm: ArmId) -> bool {
        self.crossing.arm_keeps(self.way.back(), arm)
    }

    /// Reads whether an option had an item whose kept part follows.
    pub(super) fn kept_option(&self, arm: ArmId, kept: Kept<'_, '_>) -> Result<bool, Failure> {
        match kept {
            Some(kept) if self.has_kept(arm) => kept.is_some().map_err(|_| self.kept_error(arm)),
            _ => Ok(false),
        }
    }

    /// Reads the kept value of a field that only the target has.
    pub(super) fn kept_field<'k>(
        &self,
        arm: ArmId,
        node: NodeId,
        kept: Kept<'_, 'k>,
    ) -> Result<Option<&'k [u8]>, Failure> {
        let Some(kept) = kept else { return Ok(None) };
        if !kept.is_some().map_err(|_| self.kept_error(arm))? {
            return Ok(None);
        }
        let shape = self.crossing.target_shape(self.way);
        value_bytes(shape, node, kept)
            .map(Some)
            .map_err(|_| self.kept_error(arm))
    }

    /// Reads the kept original of a converted value.
    pub(super) fn kept_original<'k>(
        &self,
        arm: ArmId,
        kept: Kept<'_, 'k>,
    ) -> Result<Option<&'k [u8]>, Failure> {
        match kept {
            Some(kept) if self.has_kept(arm) => self.kept_field(arm, self.target_node(arm), Some(kept)),
            _ => Ok(None),
        }
    }

    /// Reads which variant was kept; true if it is the one being written, else its payload is stepped over.
    pub(super) fn kept_variant(
        &self,
        arm: ArmId,
        position: u32,
        kept: Kept<'_, '_>,
    ) -> Result<bool, Failure> {
        let Some(kept) = kept else { return Ok(false) };
        if !self.has_kept(arm) {
            return Ok(false);
        }
        let index = kept.variant().map_err(|_| self.kept_error(arm))?;
        if index == position {
            return Ok(true);
        }
        let payload = self
            .payload_of_target(arm, index)
            .ok_or_else(|| self.kept_error(arm))?;
        self.skip_kept(payload, Some(kept))?;
        Ok(false)
    }

    fn payload_of_target(&self, arm: ArmId, index: u32) -> Option<ArmId> {
        match &self.crossing.ops(self.way.back())[arm.0 as usize] {
            Op::Variants(targets) => targets
                .get(index as usize)
                .copied()
                .flatten()
                .map(|(_, payload)| payload),
            _ => None,
        }
    }

    /// Moves past what was kept at an arm, when the value it belongs to is gone.
    pub(super) fn skip_kept(&self, arm: ArmId, kept: Kept<'_, '_>) -> Result<(), Failure> {
        let Some(kept) = kept else { return Ok(()) };
        if !self.has_kept(arm) {
            return Ok(());
        }
        let op = &self.crossing.ops(self.way.back())[arm.0 as usize];
        if !matches!(op, Op::Fields(_) | Op::Variants(_)) {
            return self.skip_kept_parts(arm, kept);
        }
        // A recursive type would let hostile bytes nest without end.
        kept.enter().map_err(|_| self.kept_error(arm))?;
        self.skip_kept_parts(arm, kept)?;
        kept.leave();
        Ok(())
    }

    fn skip_kept_parts(&self, arm: ArmId, kept: &mut Decoder<'_>) -> Result<(), Failure> {
        match &self.crossing.ops(self.way.back())[arm.0 as usize] {
            Op::Copy(_) => Ok(()),
            Op::Resize(arrays) => self.skip_kept_items(arm, arrays, kept),
            Op::Convert(..)
            | Op::Numbers(_)
            | Op::VariantToText(_)
            | Op::TextToVariant(_)
            | Op::Items(..)
            | Op::Entries(..) => self.kept_original(arm, Some(kept)).map(drop),
            Op::Fields(fields) => fields.source.iter().try_for_each(|field| match field.arm {
                Some(arm) => self.skip_kept(arm, Some(&mut *kept)),
                None => self.kept_field(arm, field.node, Some(&mut *kept)).map(drop),
            }),
            Op::Variants(_) => {
                let index = kept.variant().map_err(|_| self.kept_error(arm))?;
                let payload = self
                    .payload_of_target(arm, index)
                    .ok_or_else(|| self.kept_error(arm))?;
                self.skip_kept(payload, Some(kept))
            }
            Op::Option(item) | Op::Unwrap(item, _) | Op::Pick(item, _) => {
                if self.kept_option(arm, Some(&mut *kept))? {
                    self.skip_kept(*item, Some(kept))
                } else {
                    Ok(())
                }
            }
            Op::Wrap(item, _) => self.skip_kept(*item, Some(kept)),
        }
    }

    fn target_node(&self, arm: ArmId) -> NodeId {
        self.turned().source_node(arm)
    }
}
