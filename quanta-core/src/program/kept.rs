//! Reading what was kept when a row crossed the other way.
//!
//! The layout of an entry (docs/format.md, "Kept values") follows the values of the side it was taken from, in the
//! order in which they are written there. Reading it back therefore needs no offsets.

use crate::codec::Decoder;
use crate::diff::{ArmId, Way};
use crate::schema::NodeId;

use super::crossing::{Crossing, Failure, NoCode, Row, RowState, whole_row};
use super::op::{Op, VariantTarget};
use super::run::{Kept, value_bytes};

/// Bytes of the hash of the lower image in an entry of an edge with own code.
pub(super) const IMAGE_HASH_BYTES: usize = 16;

/// A kept entry, opened.
pub(super) struct OpenedKept<'a> {
    pub(super) values: Decoder<'a>,
    pub(super) state: RowState,
}

/// What was kept of an enum.
pub(super) enum KeptVariant<'k> {
    /// The part of the payload follows; the target position of the variant, and the arm of its payload.
    Payload(u32, ArmId),
    /// The variant has no counterpart: the whole value, and what took its place.
    Original { original: &'k [u8], image: Vec<u8> },
    /// The variant stood in for another one, and does so again.
    StandIn,
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
        if !self.keeps_for_unchanged(way.back()) {
            let state = RowState::Unsure;
            return Ok(OpenedKept { values, state });
        }
        let hash = values
            .raw(IMAGE_HASH_BYTES)
            .map_err(|error| whole_row(error.to_string()))?;
        let state = if hash == image_hash(body) {
            RowState::Unchanged
        } else {
            RowState::Changed
        };
        Ok(OpenedKept { values, state })
    }

    /// Checks that an entry that was kept on `way` is one, to its last byte.
    ///
    /// # Errors
    ///
    /// If it isn't.
    pub fn check_kept(&self, way: Way, entry: &[u8]) -> Result<(), Failure> {
        let Some(entry) = self.edge_part(entry)? else {
            return Ok(());
        };
        if self.lens.rows.is_some() {
            return self.check_kept_row(way, entry);
        }
        // An entry is read on the way back.
        let back = way.back();
        let row = Row {
            crossing: self,
            way: back,
            body: &[],
            code: &NoCode,
            state: RowState::Unsure,
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

    pub(super) fn has_kept(&self, arm: ArmId) -> bool {
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

    /// Reads which variant was kept.
    pub(super) fn kept_variant<'k>(
        &self,
        arm: ArmId,
        kept: &mut Decoder<'k>,
    ) -> Result<KeptVariant<'k>, Failure> {
        let damaged = |_| self.kept_error(arm);
        let whole = kept.rest();
        let index = kept.variant().map_err(damaged)?;
        let Op::Variants(targets) = &self.crossing.ops(self.way.back())[arm.0 as usize] else {
            return Err(self.kept_error(arm));
        };
        match targets.get(index as usize) {
            Some(VariantTarget::Carried(_, payload)) => Ok(KeptVariant::Payload(index, *payload)),
            Some(VariantTarget::Replaced(image)) => {
                let shape = self.crossing.target_shape(self.way);
                let payload = shape.node(self.target_node(arm)).children()[index as usize];
                value_bytes(shape, payload, kept).map_err(damaged)?;
                let original = &whole[..whole.len() - kept.rest().len()];
                Ok(KeptVariant::Original {
                    original,
                    image: image.clone(),
                })
            }
            Some(VariantTarget::Gone) => Ok(KeptVariant::StandIn),
            None => Err(self.kept_error(arm)),
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
            | Op::Entries(..)
            | Op::Guard(..)
            | Op::Own(_) => self.kept_original(arm, Some(kept)).map(drop),
            Op::Unguard(item) => self.skip_kept(*item, Some(kept)),
            Op::Fields(fields) => fields.source.iter().try_for_each(|field| match field.arm {
                Some(arm) => self.skip_kept(arm, Some(&mut *kept)),
                None => self.kept_field(arm, field.node, Some(&mut *kept)).map(drop),
            }),
            Op::Variants(_) => match self.kept_variant(arm, kept)? {
                KeptVariant::Payload(_, payload) => self.skip_kept(payload, Some(kept)),
                KeptVariant::Original { .. } | KeptVariant::StandIn => Ok(()),
            },
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

    pub(super) fn target_node(&self, arm: ArmId) -> NodeId {
        self.turned().source_node(arm)
    }
}
