//! Functions as migrations: what their signature says of them.

use crate::codec::Encoder;
use crate::program::RowCall;
use crate::schema::Shape;

use super::row::{MigrationResult, MigrationRow, UndoResult};

/// A migration as it is called: writes the row that is wanted, or says why there is none.
pub type RowFn = fn(RowCall<'_>, &mut Encoder) -> Result<(), String>;

/// What a function's signature says.
#[derive(Debug, Clone, Default)]
pub struct Signature {
    /// The table of the rows that it gives.
    pub table: Option<&'static str>,
    /// The shape of rows as they were before the change, if it takes them.
    pub takes: Option<Shape>,
    /// The shape of the rows that it gives, if they are typed.
    pub gives: Option<Shape>,
    /// Whether it makes the new row from the old one alone.
    pub replaces: bool,
}

/// A function that migrates rows: `fn(Old) -> New` makes the new row by itself, `fn(Row) -> Row` changes rows that have
/// the new shape already, and `fn(Old, Row) -> Row` sees both. Each may return a result.
#[diagnostic::on_unimplemented(
    message = "this is no migration of rows",
    label = "expected `fn(Old) -> New`, `fn(Row) -> Row` or `fn(Old, Row) -> Row` over entities or `Value`"
)]
pub trait MigrationFunction<Arguments> {
    /// What a function that leads back gives.
    type Before: MigrationRow;
    /// What it gives, and a function that leads back takes.
    type After: MigrationRow;

    /// Reads the signature.
    ///
    /// # Errors
    ///
    /// If an entity's declaration is wrong.
    fn signature() -> Result<Signature, String>;

    /// Calls the function.
    ///
    /// # Errors
    ///
    /// What it gave.
    fn call(&self, call: RowCall<'_>, out: &mut Encoder) -> Result<(), String>;
}

impl<F, A, R> MigrationFunction<(A,)> for F
where
    F: Fn(A) -> R,
    A: MigrationRow,
    R: MigrationResult,
{
    type Before = A;
    type After = R::Row;

    fn signature() -> Result<Signature, String> {
        let (takes, gives) = (A::shape()?, R::Row::shape()?);
        let replaces = match (&takes, &gives) {
            (Some(takes), Some(gives)) => !takes.is_same_as(gives),
            (Some(_), None) => true,
            (None, _) => false,
        };
        Ok(Signature {
            table: R::Row::TABLE.or(A::TABLE),
            takes: takes.filter(|_| replaces),
            gives,
            replaces,
        })
    }

    fn call(&self, call: RowCall<'_>, out: &mut Encoder) -> Result<(), String> {
        let row = A::read(call.now.0, call.now.1)?;
        self(row).row()?.write(call.wanted, out)
    }
}

impl<F, A, B, R> MigrationFunction<(A, B)> for F
where
    F: Fn(A, B) -> R,
    A: MigrationRow,
    B: MigrationRow,
    R: MigrationResult,
{
    type Before = B;
    type After = R::Row;

    fn signature() -> Result<Signature, String> {
        Ok(Signature {
            table: R::Row::TABLE.or(B::TABLE),
            takes: A::shape()?,
            gives: R::Row::shape()?,
            replaces: false,
        })
    }

    fn call(&self, call: RowCall<'_>, out: &mut Encoder) -> Result<(), String> {
        let before = A::read(call.before.0, call.before.1)?;
        let now = B::read(call.now.0, call.now.1)?;
        self(before, now).row()?.write(call.wanted, out)
    }
}

/// A function that takes a migration back: `fn(New) -> Old` for `fn(Old) -> New`, and `fn(Row) -> Row` for one that
/// keeps the shape. It may return a result.
pub trait UndoFunction<After, Before> {
    /// Calls the function.
    ///
    /// # Errors
    ///
    /// What it gave.
    fn undo(&self, call: RowCall<'_>, out: &mut Encoder) -> Result<(), String>;
}

impl<F, A, B, R> UndoFunction<A, B> for F
where
    F: Fn(A) -> R,
    A: MigrationRow,
    B: MigrationRow,
    R: UndoResult<B>,
{
    fn undo(&self, call: RowCall<'_>, out: &mut Encoder) -> Result<(), String> {
        let row = A::read(call.now.0, call.now.1)?;
        self(row).undone()?.write(call.wanted, out)
    }
}

/// Calls a migration. Named by generated code, which has a function and needs a pointer.
///
/// # Errors
///
/// What the function gave.
pub fn call_row<M, F: MigrationFunction<M>>(
    function: &F,
    call: RowCall<'_>,
    out: &mut Encoder,
) -> Result<(), String> {
    function.call(call, out)
}

/// Calls the function that takes a migration back; `_up` only says between which rows.
///
/// # Errors
///
/// What the function gave.
pub fn call_undo<M, F, D>(_up: &F, down: &D, call: RowCall<'_>, out: &mut Encoder) -> Result<(), String>
where
    F: MigrationFunction<M>,
    D: UndoFunction<F::After, F::Before>,
{
    down.undo(call, out)
}
