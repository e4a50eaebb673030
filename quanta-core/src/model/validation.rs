//! Functions of the program that say whether a row is valid.

use std::any::Any;
use std::fmt::Display;

use crate::codec::{DecodeError, Decoder};
use crate::error::FieldError;

use super::stored::QuantaType;

/// Decodes a row and says what is wrong with it; none if it is valid.
pub type ValidateFn = fn(&[u8]) -> Result<Option<Vec<FieldError>>, DecodeError>;

/// Decodes a row, and forgets it.
#[cfg(any(test, feature = "testing"))]
pub type DecodeFn = fn(&[u8]) -> Result<(), DecodeError>;

/// What a function of `validate_with` may give as an error. `Kind` tells the implementations apart, and is always
/// inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` doesn't say what is wrong with a row",
    label = "expected `fn(&Entity) -> Result<(), E>`, where `E` is a `FieldError`, a `Vec<FieldError>`, or implements \
             `Display`"
)]
pub trait RowProblem<Kind> {
    /// Lists what is wrong.
    fn problems(self) -> Vec<FieldError>;
}

/// Anything that can be shown.
#[derive(Debug)]
pub struct Shown;

/// Several fields.
#[derive(Debug)]
pub struct Listed;

#[diagnostic::do_not_recommend]
impl<E: Display + 'static> RowProblem<Shown> for E {
    fn problems(self) -> Vec<FieldError> {
        let field = (&self as &dyn Any).downcast_ref::<FieldError>();
        vec![field.map_or_else(|| FieldError::new("", self.to_string()), Clone::clone)]
    }
}

impl RowProblem<Listed> for Vec<FieldError> {
    fn problems(self) -> Vec<FieldError> {
        self
    }
}

/// Decodes a row and asks a function of the program whether it is valid.
///
/// # Errors
///
/// If the bytes are no row.
pub fn validated<E: QuantaType, P: RowProblem<Kind>, Kind>(
    body: &[u8],
    validate: impl Fn(&E) -> Result<(), P>,
) -> Result<Option<Vec<FieldError>>, DecodeError> {
    let mut input = Decoder::new(body);
    let row = E::decode(&mut input)?;
    input.finish()?;
    Ok(validate(&row).err().map(RowProblem::problems))
}

/// Decodes a row, and forgets it.
///
/// # Errors
///
/// If the bytes are no row.
#[cfg(any(test, feature = "testing"))]
pub fn decoded<E: QuantaType>(body: &[u8]) -> Result<(), DecodeError> {
    let mut input = Decoder::new(body);
    drop(E::decode(&mut input)?);
    input.finish()
}
