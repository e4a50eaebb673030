//! One edge, compiled both ways.

use std::cell::RefCell;
use std::sync::Arc;

use crate::codec::{Decoder, Encoder, skip};
use crate::diff::{ArmId, Lens, Way};
use crate::schema::{NodeId, Schema, Shape};

use super::depth::may_nest_too_deep;
use super::keep::keeping_arms;
use super::op::{Op, compile};

/// Why one row can't be carried across an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Path of the field, as of the upper version; empty for the row as a whole.
    pub path: String,
    /// What is wrong with its value.
    pub problem: String,
    /// Whether it is the program's own code that gave no value.
    pub is_own_code: bool,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.problem)
        } else {
            write!(f, "{}: {}", self.path, self.problem)
        }
    }
}

/// The functions of the program that rows may need on the way up.
pub trait OwnCodeTable {
    /// Computes the encoded value of a field for an old row, by the function of that name.
    ///
    /// # Errors
    ///
    /// If there is no such function, or it gives none.
    fn compute(&self, name: &str, old: &Schema, row: &[u8]) -> Result<Vec<u8>, String>;

    /// Stands in for a function that is called once and was not called yet. Only a look at rows that writes nothing
    /// has such a value.
    ///
    /// # Errors
    ///
    /// Everywhere else: a stored edge holds the value itself.
    fn stand_in(&self, name: &str) -> Result<Vec<u8>, String> {
        Err(format!("the value of `{name}` was never frozen"))
    }
}

/// No function at all: what a store has that is opened without its program.
#[derive(Debug, Clone, Copy)]
pub struct NoCode;

impl OwnCodeTable for NoCode {
    fn compute(&self, name: &str, _: &Schema, _: &[u8]) -> Result<Vec<u8>, String> {
        Err(format!(
            "the function `{name}` computes this field, and this program doesn't have it"
        ))
    }
}

/// One edge, compiled both ways: carries rows up and down, and says what to keep of each.
#[derive(Debug, Clone)]
pub struct Crossing {
    pub(super) lens: Lens,
    pub(super) lower: Arc<Schema>,
    pub(super) upper: Arc<Schema>,
    up: Ways,
    down: Ways,
    /// Whether computed values make a kept entry hold a hash of the lower image.
    pub(super) has_own_code: bool,
}

/// What is compiled for one way.
#[derive(Debug, Clone)]
struct Ways {
    ops: Vec<Op>,
    keeps: Vec<bool>,
    /// Whether what comes out may nest too deeply, and has to be looked at once more.
    may_nest_too_deep: bool,
}

impl Crossing {
    /// Compiles the lens between two schemas.
    #[must_use]
    pub fn new(lens: Lens, lower: Arc<Schema>, upper: Arc<Schema>) -> Self {
        let compiled = |way| {
            let ops = compile(&lens, &lower.shape, &upper.shape, way);
            let keeps = keeping_arms(&ops);
            Ways {
                ops,
                keeps,
                may_nest_too_deep: may_nest_too_deep(&lens, &lower.shape, &upper.shape, way),
            }
        };
        let (up, down) = (compiled(Way::Up), compiled(Way::Down));
        let has_own_code = !lens.own_code().is_empty();
        Self {
            lens,
            lower,
            upper,
            up,
            down,
            has_own_code,
        }
    }

    /// Tells whether rows that cross this way may leave something behind that must be kept.
    #[must_use]
    pub fn keeps(&self, way: Way) -> bool {
        self.ways(way).keeps[0]
    }

    /// Tells whether rows need the program's own code on the way up.
    #[must_use]
    pub fn needs_own_code(&self, way: Way) -> bool {
        way == Way::Up && self.has_own_code
    }

    /// Tells whether a row may fail to cross.
    #[must_use]
    pub fn can_fail(&self, way: Way) -> bool {
        let Ways {
            ops,
            may_nest_too_deep,
            ..
        } = self.ways(way);
        *may_nest_too_deep || ops.iter().any(|op| op.can_fail(ops))
    }

    /// Carries a row body across, merging what was kept when it crossed the other way.
    ///
    /// # Errors
    ///
    /// Every field whose value has no counterpart on the other side.
    pub fn translate(
        &self,
        way: Way,
        body: &[u8],
        kept: Option<&[u8]>,
        code: &dyn OwnCodeTable,
    ) -> Result<Vec<u8>, Vec<Failure>> {
        let kept = kept
            .map(|kept| self.open_kept(way, body, kept))
            .transpose()
            .map_err(|failure| vec![failure])?;
        let gathered = RefCell::default();
        let row = Row {
            crossing: self,
            way,
            body,
            code,
            may_compute: kept.as_ref().is_none_or(|kept| !kept.fresh),
            gathered: Some(&gathered),
        };
        let mut out = Encoder::new(Vec::with_capacity(body.len() + 16));
        let mut input = Decoder::new(body);
        let mut kept = kept.map(|kept| kept.values);
        let result = row.run(ArmId(0), &mut input, kept.as_mut(), &mut out);
        let mut failures: Vec<Failure> = gathered.into_inner();
        failures.extend(result.err());
        if failures.is_empty() {
            failures.extend(input.finish().err().map(|error| whole_row(error.to_string())));
        }
        if !failures.is_empty() {
            return Err(failures);
        }
        let image = out.finish().map_err(|problem| vec![whole_row(problem)])?;
        if self.ways(way).may_nest_too_deep {
            skip(self.target_shape(way), NodeId::ROOT, &mut Decoder::new(&image))
                .map_err(|error| vec![whole_row(error.problem)])?;
        }
        Ok(image)
    }

    pub(super) fn ops(&self, way: Way) -> &[Op] {
        &self.ways(way).ops
    }

    pub(super) fn arm_keeps(&self, way: Way, arm: ArmId) -> bool {
        self.ways(way).keeps[arm.0 as usize]
    }

    fn ways(&self, way: Way) -> &Ways {
        match way {
            Way::Up => &self.up,
            Way::Down => &self.down,
        }
    }

    pub(super) fn source_shape(&self, way: Way) -> &Shape {
        match way {
            Way::Up => &self.lower.shape,
            Way::Down => &self.upper.shape,
        }
    }
}

/// One row on its way.
pub(super) struct Row<'a> {
    pub(super) crossing: &'a Crossing,
    pub(super) way: Way,
    pub(super) body: &'a [u8],
    pub(super) code: &'a dyn OwnCodeTable,
    /// Whether computed fields are computed again instead of taken from what was kept.
    pub(super) may_compute: bool,
    /// Where fields that don't fit are gathered, so that all of a row are told at once; none where the first ends it.
    pub(super) gathered: Option<&'a RefCell<Vec<Failure>>>,
}

impl Row<'_> {
    /// Gathers the failure of a field and goes on, or ends the row.
    pub(super) fn gather(&self, result: Result<(), Failure>) -> Result<(), Failure> {
        match (result, self.gathered) {
            (Err(failure), Some(gathered)) => {
                gathered.borrow_mut().push(failure);
                Ok(())
            }
            (result, _) => result,
        }
    }

    /// Makes the failure of the value at an arm.
    pub(super) fn failure(&self, arm: ArmId, problem: impl Into<String>) -> Failure {
        Failure {
            path: self.crossing.lens.arm(arm).path.clone(),
            problem: problem.into(),
            is_own_code: false,
        }
    }
}

pub(super) fn whole_row(problem: String) -> Failure {
    Failure {
        path: String::new(),
        problem,
        is_own_code: false,
    }
}
