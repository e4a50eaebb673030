//! Carrying enums.

use crate::codec::{Decoder, Encoder};
use crate::diff::ArmId;
use crate::schema::{Node, NodeId};

use super::crossing::{Failure, Row, RowState};
use super::kept::KeptVariant;
use super::op::VariantTarget;
use super::run::Kept;

/// How the text ends that says which variant of a row has no counterpart.
pub const VARIANT_IS_GONE: &str = "` is gone";

impl Row<'_> {
    pub(super) fn run_variants(
        &self,
        arm: ArmId,
        targets: &[VariantTarget],
        input: &mut Decoder<'_>,
        mut kept: Kept<'_, '_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        let present = input.clone();
        let index = input.variant().map_err(|error| self.corrupt(arm, &error))?;
        let kept_payload = match kept.as_deref_mut().filter(|_| self.has_kept(arm)) {
            None => None,
            Some(kept) => match self.kept_variant(arm, kept)? {
                KeptVariant::Payload(position, payload) => Some((position, payload)),
                KeptVariant::StandIn => None,
                KeptVariant::Original { original, image } => {
                    let start = present.rest();
                    let is_unchanged = self.state == RowState::Unchanged || start.starts_with(&image);
                    if is_unchanged {
                        *input = present;
                        let node = self.source_node(arm);
                        self.source_bytes(node, input)
                            .map_err(|error| self.corrupt(arm, &error))?;
                        out.raw(original);
                        return Ok(());
                    }
                    None
                }
            },
        };
        match targets.get(index as usize) {
            Some(VariantTarget::Carried(position, payload)) => {
                out.variant(*position);
                match kept_payload {
                    Some((kept_position, _)) if kept_position == *position => {
                        self.run(*payload, input, kept, out)
                    }
                    Some((_, other)) => {
                        self.skip_kept(other, kept)?;
                        self.run(*payload, input, None, out)
                    }
                    None => self.run(*payload, input, None, out),
                }
            }
            Some(VariantTarget::Replaced(value)) => {
                if let Some((_, other)) = kept_payload {
                    self.skip_kept(other, kept)?;
                }
                let payload = self.source_payload(arm, index)?;
                self.source_bytes(payload, input)
                    .map_err(|error| self.corrupt(arm, &error))?;
                out.raw(value);
                Ok(())
            }
            Some(VariantTarget::Gone) | None => Err(self.failure(
                arm,
                format!("the variant `{}{VARIANT_IS_GONE}", self.variant_name(arm, index)),
            )),
        }
    }

    /// Finds the type of the payload of a source variant.
    pub(super) fn source_payload(&self, arm: ArmId, index: u32) -> Result<NodeId, Failure> {
        let node = self.crossing.source_shape(self.way).node(self.source_node(arm));
        let payload = node.children().get(index as usize).copied();
        payload.ok_or_else(|| self.failure(arm, format!("there is no variant {index}")))
    }

    pub(super) fn variant_name(&self, arm: ArmId, index: u32) -> String {
        match self.crossing.source_shape(self.way).node(self.source_node(arm)) {
            Node::Enum { variants, .. } => variants
                .get(index as usize)
                .map_or_else(|| index.to_string(), |variant| variant.name.clone()),
            _ => index.to_string(),
        }
    }
}
