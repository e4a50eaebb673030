//! Carrying values: what happens at each op.

use crate::codec::{DecodeError, Decoder, Encoder, convert, skip};
use crate::diff::{ArmId, Fill, Way};
use crate::schema::{NodeId, Shape};

use super::crossing::{Crossing, Failure, FailureKind, Row, RowState};
use super::op::{FieldsOp, Op, TargetField};

/// The problem of an option that must have a value and has none.
pub const NONE_WHERE_REQUIRED: &str = "none where a value is required";

/// What was kept when the row crossed the other way, read in the order in which values are written.
pub(super) type Kept<'k, 'd> = Option<&'k mut Decoder<'d>>;

impl Row<'_> {
    /// Carries the value at `input` across `arm`.
    pub(super) fn run(
        &self,
        arm: ArmId,
        input: &mut Decoder<'_>,
        mut kept: Kept<'_, '_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        let op = &self.crossing.ops(self.way)[arm.0 as usize];
        match op {
            Op::Copy(node) => {
                let bytes = self
                    .source_bytes(*node, input)
                    .map_err(|error| self.corrupt(arm, &error))?;
                out.raw(bytes);
                Ok(())
            }
            Op::Convert(..)
            | Op::VariantToText(_)
            | Op::TextToVariant(_)
            | Op::Numbers(_)
            | Op::Items(..)
            | Op::Entries(..)
            | Op::Own(_) => self.run_site(arm, op, input, kept, out),
            Op::Guard(item, fill) => self.run_guard(arm, (*item, fill), input, kept, out),
            Op::Unguard(item) => self.run_unguard(arm, *item, input, kept, out),
            Op::Pick(item, only) => self.run_pick(arm, (*item, *only), input, kept, out),
            Op::Resize(arrays) => self.run_resize(arm, arrays, input, kept, out),
            Op::Fields(fields) => self.run_fields(arm, fields, input, kept, out),
            Op::Variants(targets) => self.run_variants(arm, targets, input, kept, out),
            Op::Option(item) => {
                let kept_item = self.kept_option(arm, kept.as_deref_mut())?;
                let is_some = input.is_some().map_err(|error| self.corrupt(arm, &error))?;
                out.raw(&[u8::from(is_some)]);
                self.run_optional(is_some, kept_item, *item, input, kept, out)
            }
            Op::Wrap(item, fill) => self.run_wrap(arm, (*item, fill.as_deref()), input, kept, out),
            Op::Unwrap(item, fill) => self.run_unwrap(arm, (*item, fill.as_deref()), input, kept, out),
        }
    }

    /// Goes on with an option's item, or steps over what was kept for an item that is gone.
    pub(super) fn run_optional(
        &self,
        is_some: bool,
        kept_item: bool,
        item: ArmId,
        input: &mut Decoder<'_>,
        kept: Kept<'_, '_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        match (is_some, kept_item) {
            (true, true) => self.run(item, input, kept, out),
            (true, false) => self.run(item, input, None, out),
            (false, true) => self.skip_kept(item, kept),
            (false, false) => Ok(()),
        }
    }

    fn run_wrap(
        &self,
        arm: ArmId,
        (item, fill): (ArmId, Option<&[u8]>),
        input: &mut Decoder<'_>,
        mut kept: Kept<'_, '_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        // What crossed the other way was an option: it kept whether there was an item, then the item's part.
        let had_entry = kept.is_some() && self.crossing.arm_keeps(self.way.back(), arm);
        let kept_item = self.kept_option(arm, kept.as_deref_mut())?;
        let mut value = Decoder::new(input.rest());
        let node = self.source_node(arm);
        let bytes = self
            .source_bytes(node, &mut value)
            .map_err(|error| self.corrupt(arm, &error))?;
        if had_entry && !kept_item && fill == Some(bytes) {
            *input = value;
            out.raw(&[0]);
            return Ok(());
        }
        out.raw(&[1]);
        self.run(item, input, if kept_item { kept } else { None }, out)
    }

    fn run_unwrap(
        &self,
        arm: ArmId,
        (item, fill): (ArmId, Option<&[u8]>),
        input: &mut Decoder<'_>,
        kept: Kept<'_, '_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        if input.is_some().map_err(|error| self.corrupt(arm, &error))? {
            return self.run(item, input, kept, out);
        }
        self.skip_kept(item, kept)?;
        match fill {
            Some(fill) => {
                out.raw(fill);
                Ok(())
            }
            None => Err(self.failure(arm, NONE_WHERE_REQUIRED)),
        }
    }

    fn run_fields(
        &self,
        arm: ArmId,
        fields: &FieldsOp,
        input: &mut Decoder<'_>,
        mut kept: Kept<'_, '_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        if fields.in_order && kept.is_none() {
            // Nobody has stepped over all of it before: a damaged row may claim any number of levels.
            let nests = self.source_nests(arm);
            if nests {
                input.enter().map_err(|error| self.corrupt(arm, &error))?;
            }
            for field in &fields.source {
                let arm = field.arm.expect("fields in order are all carried");
                let start = input.clone();
                let result = self.run(arm, input, None, out);
                if result.is_err() {
                    *input = start;
                    self.source_bytes(field.node, input)
                        .map_err(|error| self.corrupt(arm, &error))?;
                }
                self.gather(result)?;
            }
            if nests {
                input.leave();
            }
            return Ok(());
        }
        let sources = self.locate(arm, fields, input)?;
        for target in &fields.target {
            let result = match target {
                TargetField::Carried { source, arm } => {
                    self.run(*arm, &mut sources[*source].clone(), kept.as_deref_mut(), out)
                }
                TargetField::Filled { node, path, fill } => {
                    let kept = self.kept_field(arm, *node, kept.as_deref_mut())?;
                    self.fill(path, fill, kept, out)
                }
            };
            // What was kept is read in step with the row: where a field failed, the next ones can't be told.
            match kept {
                Some(_) => result?,
                None => self.gather(result)?,
            }
        }
        Ok(())
    }

    fn source_nests(&self, arm: ArmId) -> bool {
        let arm = self.crossing.lens.arm(arm);
        let node = match self.way {
            Way::Up => arm.lower,
            Way::Down => arm.upper,
        };
        self.crossing.source_shape(self.way).node(node).nests()
    }

    /// Finds where each source field starts, and moves past all of them.
    fn locate<'i>(
        &self,
        arm: ArmId,
        fields: &FieldsOp,
        input: &mut Decoder<'i>,
    ) -> Result<Vec<Decoder<'i>>, Failure> {
        let mut starts = Vec::with_capacity(fields.source.len());
        for field in &fields.source {
            starts.push(input.clone());
            self.source_bytes(field.node, input)
                .map_err(|error| self.corrupt(arm, &error))?;
        }
        Ok(starts)
    }

    fn fill(&self, path: &str, fill: &Fill, kept: Option<&[u8]>, out: &mut Encoder) -> Result<(), Failure> {
        match (fill, kept) {
            (Fill::Computed(name), _) if self.state != RowState::Unchanged => {
                let value = self
                    .code
                    .compute(name, &self.crossing.lower, self.body)
                    .map_err(|problem| Failure {
                        path: path.to_owned(),
                        problem,
                        kind: FailureKind::OwnCode,
                    })?;
                out.raw(&value);
            }
            (_, Some(value)) => out.raw(value),
            (Fill::Value(value), None) => out.raw(value),
            (Fill::Once(name), None) => {
                let value = self.code.stand_in(name);
                out.raw(&value.map_err(|problem| Failure {
                    path: path.to_owned(),
                    problem,
                    kind: FailureKind::Unfit,
                })?);
            }
            (Fill::Missing | Fill::Computed(_), None) => {
                let problem = "there is no value for this row, and nothing was kept of it".to_owned();
                return Err(Failure {
                    path: path.to_owned(),
                    problem,
                    kind: FailureKind::Unfit,
                });
            }
        }
        Ok(())
    }

    /// Carries a value that is kept whole where it does not come back equal. The original returns if it still looks
    /// like the present value from this side.
    fn run_site(
        &self,
        arm: ArmId,
        op: &Op,
        input: &mut Decoder<'_>,
        kept: Kept<'_, '_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        let original = self.kept_original(arm, kept)?;
        if let Some(original) = original
            && self.returns(arm, original, input)?
        {
            out.raw(original);
            return Ok(());
        }
        match op {
            Op::Items(item, from, to) => self.run_items(arm, *item, (*from, *to), input, original, out),
            Op::Entries(key, value, sides) => {
                self.run_entries(arm, (*key, *value), *sides, input, original, out)
            }
            Op::Numbers(numbers) => self.run_numbers(arm, *numbers, input, out),
            Op::Own(function) => self.run_own(arm, function.as_deref(), input, out),
            _ => self
                .convert(op, input, out)
                .map_err(|problem| self.failure(arm, problem)),
        }
    }

    /// Tells whether a kept original returns: if it still looks like the present value from this side. Moves past the
    /// present value if it does.
    pub(super) fn returns(
        &self,
        arm: ArmId,
        original: &[u8],
        input: &mut Decoder<'_>,
    ) -> Result<bool, Failure> {
        let mut after = input.clone();
        let present = self
            .source_bytes(self.source_node(arm), &mut after)
            .map_err(|error| self.corrupt(arm, &error))?;
        let is_unchanged = self.state == RowState::Unchanged
            || self.image_back(arm, original).is_ok_and(|image| image == present);
        if is_unchanged {
            *input = after;
        }
        Ok(is_unchanged)
    }

    fn convert(&self, op: &Op, input: &mut Decoder<'_>, out: &mut Encoder) -> Result<(), String> {
        match op {
            Op::Convert(from, to) => convert::convert(*from, *to, input, out),
            Op::VariantToText(names) => {
                let index = input.variant().map_err(|error| error.to_string())?;
                let name = names
                    .get(index as usize)
                    .ok_or_else(|| format!("there is no variant {index}"))?;
                out.sized_bytes(name.as_bytes());
                Ok(())
            }
            Op::TextToVariant(names) => {
                let text = input.text().map_err(|error| error.to_string())?;
                let found = names.iter().position(|name| name == text);
                let index = found.ok_or_else(|| format!("{text:?} is none of {}", names.join(", ")))?;
                out.variant(u32::try_from(index).expect("an enum has fewer than 2^32 variants"));
                Ok(())
            }
            _ => Err("this op is no conversion".to_owned()),
        }
    }

    /// Returns how a kept original looks on this side.
    pub(super) fn image_back(&self, arm: ArmId, original: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut out = Encoder::default();
        self.turned()
            .run(arm, &mut Decoder::new(original), None, &mut out)?;
        out.finish().map_err(|problem| self.failure(arm, problem))
    }

    /// Returns the same edge seen from the other side, for kept originals.
    pub(super) fn turned(&self) -> Row<'_> {
        Row {
            way: self.way.back(),
            gathered: None,
            ..*self
        }
    }

    /// Moves past one source value and returns its bytes.
    pub(super) fn source_bytes<'i>(
        &self,
        node: NodeId,
        input: &mut Decoder<'i>,
    ) -> Result<&'i [u8], DecodeError> {
        value_bytes(self.crossing.source_shape(self.way), node, input)
    }

    pub(super) fn source_node(&self, arm: ArmId) -> NodeId {
        let arm = self.crossing.lens.arm(arm);
        match self.way {
            Way::Up => arm.lower,
            Way::Down => arm.upper,
        }
    }

    pub(super) fn corrupt(&self, arm: ArmId, error: &DecodeError) -> Failure {
        Failure {
            kind: FailureKind::Damaged,
            ..self.failure(arm, format!("the row is damaged: {error}"))
        }
    }
}

/// Moves past one value and returns its bytes.
pub(super) fn value_bytes<'a>(
    shape: &Shape,
    node: NodeId,
    input: &mut Decoder<'a>,
) -> Result<&'a [u8], DecodeError> {
    let start = input.rest();
    skip(shape, node, input)?;
    Ok(&start[..start.len() - input.rest().len()])
}

impl Crossing {
    /// Returns the shape of the side that rows reach on this way.
    pub(super) fn target_shape(&self, way: Way) -> &Shape {
        self.source_shape(way.back())
    }
}
