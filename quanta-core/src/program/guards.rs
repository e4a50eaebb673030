//! Carrying values that may fail without failing the row, and values that functions of the program convert.

use crate::codec::{Decoder, Encoder};
use crate::diff::ArmId;

use super::crossing::{Failure, FailureKind, Row};
use super::run::Kept;

impl Row<'_> {
    /// Carries a value; one that doesn't fit becomes `fill`.
    pub(super) fn run_guard(
        &self,
        arm: ArmId,
        (item, fill): (ArmId, &[u8]),
        input: &mut Decoder<'_>,
        mut kept: Kept<'_, '_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        let start = input.clone();
        let kept_before = kept.as_deref().cloned();
        let quiet = Row {
            gathered: None,
            ..*self
        };
        let mut value = Encoder::default();
        let carried = quiet.run(item, input, kept.as_deref_mut(), &mut value);
        let written = carried.and_then(|()| value.finish().map_err(|problem| self.failure(arm, problem)));
        match written {
            Ok(value) => out.raw(&value),
            Err(failure) if failure.kind != FailureKind::Unfit => return Err(failure),
            Err(_) => {
                *input = start;
                self.source_bytes(self.source_node(arm), input)
                    .map_err(|error| self.corrupt(arm, &error))?;
                if let (Some(kept), Some(before)) = (kept, kept_before) {
                    *kept = before;
                    self.skip_kept(item, Some(kept))?;
                }
                out.raw(fill);
            }
        }
        Ok(())
    }

    /// Comes back through a guard: the original returns if it still looks like the present value, else the present
    /// value takes along what the original lost.
    pub(super) fn run_unguard(
        &self,
        arm: ArmId,
        item: ArmId,
        input: &mut Decoder<'_>,
        kept: Kept<'_, '_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        let original = self.kept_original(arm, kept)?;
        let Some(original) = original else {
            return self.run(item, input, None, out);
        };
        if self.returns(arm, original, input)? {
            out.raw(original);
            return Ok(());
        }
        let lost = self.turned().keep_at(item, &mut Decoder::new(original));
        let lost = lost.ok().flatten();
        let mut lost = lost.as_deref().map(Decoder::new);
        self.run(item, input, lost.as_mut(), out)
    }

    /// Has a function of the program convert a value.
    pub(super) fn run_own(
        &self,
        arm: ArmId,
        function: Option<&str>,
        input: &mut Decoder<'_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        let value = self
            .source_bytes(self.source_node(arm), input)
            .map_err(|error| self.corrupt(arm, &error))?;
        let own_code = |problem: String| Failure {
            kind: FailureKind::OwnCode,
            ..self.failure(arm, problem)
        };
        let Some(function) = function else {
            let problem = "the row was changed since, and the conversion has no inverse";
            return Err(own_code(problem.to_owned()));
        };
        let converted = self.code.convert(function, value).map_err(own_code)?;
        let declined = |problem| self.failure(arm, format!("`{function}` gives no value: {problem}"));
        let shape = self.crossing.target_shape(self.way);
        let converted = converted.map_err(declined)?;
        let mut check = Decoder::new(&converted);
        crate::codec::skip(shape, self.target_node(arm), &mut check)
            .and_then(|()| check.finish())
            .map_err(|error| own_code(format!("`{function}` gave a value of another type: {error}")))?;
        out.raw(&converted);
        Ok(())
    }
}
