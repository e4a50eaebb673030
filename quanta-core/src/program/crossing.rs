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
    /// Whose fault it is.
    pub kind: FailureKind,
}

/// Why a value can't cross.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// It has no counterpart on the other side.
    Unfit,
    /// A function of the program gave none.
    OwnCode,
    /// The stored bytes are no value.
    Damaged,
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

/// A row that an own migration is to change.
#[derive(Debug, Clone, Copy)]
pub struct RowCall<'a> {
    /// The name of the migration, or of the function that takes it back.
    pub name: &'a str,
    /// The row as it was on the side it comes from, with its schema.
    pub before: (&'a Schema, &'a [u8]),
    /// The row as it is by now, with the schema that it has then.
    pub now: (&'a Schema, &'a [u8]),
    /// The schema of the row that is wanted.
    pub wanted: &'a Schema,
}

/// What a migration makes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Migrated {
    /// Another row.
    Row(Vec<u8>),
    /// None: the change is refused for this reason, unless rows that don't fit are taken out.
    Declined(String),
    /// None: the row is taken out.
    TakenOut,
}

/// The functions of the program that rows may need.
pub trait OwnCodeTable: Sync {
    /// Computes the encoded value of a field for an old row, by the function of that name.
    ///
    /// # Errors
    ///
    /// If there is no such function, or it gives none.
    fn compute(&self, name: &str, old: &Schema, row: &[u8]) -> Result<Vec<u8>, String>;

    /// Converts an encoded value of a field, by the function of that name. The inner error is the function's own: it
    /// declines this value.
    ///
    /// # Errors
    ///
    /// If there is no such function, or it panics.
    fn convert(&self, name: &str, value: &[u8]) -> Result<Result<Vec<u8>, String>, String>;

    /// Runs an own migration over a row.
    ///
    /// # Errors
    ///
    /// If there is no such migration, or it panics.
    fn migrate(&self, call: RowCall<'_>) -> Result<Migrated, String>;

    /// Tells whether the program has any function at all.
    fn has_functions(&self) -> bool;

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
    fn has_functions(&self) -> bool {
        false
    }

    fn compute(&self, name: &str, _: &Schema, _: &[u8]) -> Result<Vec<u8>, String> {
        Err(format!(
            "the function `{name}` computes this field, and this program doesn't have it"
        ))
    }

    fn convert(&self, name: &str, _: &[u8]) -> Result<Result<Vec<u8>, String>, String> {
        Err(format!(
            "the function `{name}` converts this field, and this program doesn't have it"
        ))
    }

    fn migrate(&self, call: RowCall<'_>) -> Result<Migrated, String> {
        Err(format!(
            "the migration `{}` makes this row, and this program doesn't have it",
            call.name
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
}

/// What is compiled for one way.
#[derive(Debug, Clone)]
struct Ways {
    ops: Vec<Op>,
    keeps: Vec<bool>,
    /// Whether what comes out may nest too deeply, and has to be looked at once more.
    may_nest_too_deep: bool,
    /// Whether values that cross need functions of the program.
    needs_own_code: bool,
    /// Whether what is kept holds only for rows that were not changed since: then it begins with a hash of the image.
    keeps_for_unchanged: bool,
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
                needs_own_code: !lens.own_code(way).is_empty(),
                keeps_for_unchanged: lens.keeps_for_unchanged(way),
            }
        };
        let (up, down) = (compiled(Way::Up), compiled(Way::Down));
        Self {
            lens,
            lower,
            upper,
            up,
            down,
        }
    }

    /// Tells whether rows that cross this way may leave something behind that must be kept.
    #[must_use]
    pub fn keeps(&self, way: Way) -> bool {
        self.lens.rows.is_some() || !self.lens.restores.is_empty() || self.ways(way).keeps[0]
    }

    /// Tells whether rows that were changed, or cross for the first time, need functions of the program.
    #[must_use]
    pub fn needs_own_code(&self, way: Way) -> bool {
        self.ways(way).needs_own_code
    }

    /// Tells whether what is kept on a way holds only for rows that were not changed since.
    pub(super) fn keeps_for_unchanged(&self, way: Way) -> bool {
        self.ways(way).keeps_for_unchanged
    }

    /// Tells whether a row may fail to cross.
    #[must_use]
    pub fn can_fail(&self, way: Way) -> bool {
        let Ways {
            ops,
            may_nest_too_deep,
            ..
        } = self.ways(way);
        self.lens.rows.is_some() || *may_nest_too_deep || ops.iter().any(|op| op.can_fail(ops))
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
        if self.lens.restores.is_empty() {
            self.run_edge(way, body, kept, code)
        } else {
            self.cross(way, body, kept, code, &[]).map(|crossed| crossed.body)
        }
    }

    /// Carries a row body across, but for values that are given back.
    pub(super) fn run_edge(
        &self,
        way: Way,
        body: &[u8],
        kept: Option<&[u8]>,
        code: &dyn OwnCodeTable,
    ) -> Result<Vec<u8>, Vec<Failure>> {
        match &self.lens.rows {
            Some(rows) => self.migrate(rows, (way, body), kept, code),
            None => self.run_arms(way, body, kept, code),
        }
    }

    /// Carries a row body across by the arms alone.
    pub(super) fn run_arms(
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
            state: kept.as_ref().map_or(RowState::First, |kept| kept.state),
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
                .map_err(|error| vec![too_deep(error.problem)])?;
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

    /// Returns the shape that rows have before they cross.
    #[must_use]
    pub fn source_shape(&self, way: Way) -> &Shape {
        match way {
            Way::Up => &self.lower.shape,
            Way::Down => &self.upper.shape,
        }
    }
}

/// What is known of a row since it crossed the other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowState {
    /// Nothing was kept of it.
    First,
    /// It may have been changed.
    Unsure,
    /// It was not changed: whatever was kept returns.
    Unchanged,
    /// It was changed.
    Changed,
}

/// One row on its way.
pub(super) struct Row<'a> {
    pub(super) crossing: &'a Crossing,
    pub(super) way: Way,
    pub(super) body: &'a [u8],
    pub(super) code: &'a dyn OwnCodeTable,
    /// What what was kept of it is worth.
    pub(super) state: RowState,
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
            kind: FailureKind::Unfit,
        }
    }
}

fn too_deep(problem: String) -> Failure {
    Failure {
        kind: FailureKind::Unfit,
        ..whole_row(problem)
    }
}

pub(super) fn whole_row(problem: String) -> Failure {
    Failure {
        path: String::new(),
        problem,
        kind: FailureKind::Damaged,
    }
}
