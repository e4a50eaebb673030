//! Functions of the program that convert values of one type to another.

use std::fmt::Display;

use crate::codec::{Decoder, Encoder};
use crate::schema::NodeId;

use super::describe::Describe;
use super::stored::QuantaType;

/// Converts one encoded value to another, or says why it has no counterpart.
pub type ConvertFn = fn(&mut Decoder<'_>, &mut Encoder) -> Result<(), String>;

/// Functions of the program that convert a field's values.
#[derive(Clone, Copy)]
pub struct OwnConversion {
    /// The path as it is written in the attribute.
    pub name: &'static str,
    /// Describes the type that the function takes.
    pub takes: fn(&mut Describe) -> NodeId,
    /// Converts a value.
    pub run: ConvertFn,
    /// The path of the function that leads back, and that function.
    pub inverse: Option<(&'static str, ConvertFn)>,
}

/// What a function that converts may take: a type that is stored, by value.
#[diagnostic::on_unimplemented(
    message = "a conversion can't take `{Self}`, which isn't stored",
    label = "expected a function of the type that the field had, by value: `String`, not `&str`",
    note = "for a struct or enum of your own, add `#[derive(QuantaType)]` to it"
)]
pub trait ConversionSource: QuantaType {}

#[diagnostic::do_not_recommend]
impl<T: QuantaType> ConversionSource for T {}

/// What a function that converts may return: the value, or a result with any error that can be shown.
#[diagnostic::on_unimplemented(
    message = "a conversion to `{T}` can't return `{Self}`",
    label = "expected a function of one value that returns `{T}`, or `Result<{T}, E>` where `E` implements `Display`"
)]
pub trait IntoConverted<T> {
    /// Returns the value, or why there is none.
    ///
    /// # Errors
    ///
    /// What the function gave.
    fn into_converted(self) -> Result<T, String>;
}

impl<T> IntoConverted<T> for T {
    fn into_converted(self) -> Result<T, String> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: Display> IntoConverted<T> for Result<T, E> {
    fn into_converted(self) -> Result<T, String> {
        self.map_err(|error| error.to_string())
    }
}

/// Describes the type that a conversion takes.
pub fn taken<A: ConversionSource, R>(_: impl Fn(A) -> R, describe: &mut Describe) -> NodeId {
    A::describe(describe)
}

/// Decodes a value, converts it and encodes the result.
///
/// # Errors
///
/// What the function gave, or that the bytes are no value.
pub fn converted<A: ConversionSource, B: QuantaType, R: IntoConverted<B>>(
    convert: impl Fn(A) -> R,
    input: &mut Decoder<'_>,
    out: &mut Encoder,
) -> Result<(), String> {
    let value = A::decode(input).map_err(|error| error.to_string())?;
    convert(value).into_converted()?.encode(out);
    Ok(())
}

/// As [`converted`], from the field's type back to the type that the way up takes.
///
/// # Errors
///
/// As [`converted`].
pub fn converted_back<A: ConversionSource, B: QuantaType, U, R: IntoConverted<A>>(
    _: impl Fn(A) -> U,
    convert: impl Fn(B) -> R,
    input: &mut Decoder<'_>,
    out: &mut Encoder,
) -> Result<(), String> {
    converted::<B, A, R>(convert, input, out)
}
