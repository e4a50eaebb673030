//! What a program's own code sees of a row that is being migrated.

use std::fmt::Display;

use crate::codec::{Decoder, skip};
use crate::schema::{Node, NodeId, Schema};

use super::describe::Describe;
use super::stored::QuantaType;

/// A row as it was before the change, read only.
#[derive(Debug, Clone, Copy)]
pub struct OldRow<'a> {
    schema: &'a Schema,
    body: &'a [u8],
}

impl<'a> OldRow<'a> {
    pub(crate) fn new(schema: &'a Schema, body: &'a [u8]) -> Self {
        Self { schema, body }
    }

    /// Reads a field by its old storage name.
    ///
    /// # Errors
    ///
    /// If the old row has no such field, or it is not of type `T`: the text names both types.
    pub fn get<T: QuantaType>(&self, field: &str) -> Result<T, String> {
        let (node, bytes) = self.field_bytes(field)?;
        let stored = self.schema.shape.sub_shape(node);
        let wanted = Describe::of::<T>()?.shape;
        if !stored.is_same_as(&wanted) {
            return Err(format!(
                "the old field `{field}` is of type {stored}, not {wanted}"
            ));
        }
        let mut input = Decoder::new(bytes);
        T::decode(&mut input).map_err(|error| format!("the old field `{field}`: {error}"))
    }

    fn field_bytes(&self, name: &str) -> Result<(NodeId, &'a [u8]), String> {
        let mut input = Decoder::new(self.body);
        for field in self.schema.shape.fields() {
            let start = input.rest();
            skip(&self.schema.shape, field.node, &mut input).map_err(|error| error.to_string())?;
            if field.name == name {
                return Ok((field.node, &start[..start.len() - input.rest().len()]));
            }
        }
        let known: Vec<&str> = self
            .schema
            .shape
            .fields()
            .iter()
            .map(|field| field.name.as_str())
            .collect();
        Err(format!(
            "the old row has no field `{name}`, only {}",
            known.join(", ")
        ))
    }

    /// Lists the old fields: name and node.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
        let shape = &self.schema.shape;
        shape
            .fields()
            .iter()
            .map(|field| (field.name.as_str(), shape.node(field.node)))
    }
}

/// What an `init_with` function may return: the value, or a result with any error that can be shown.
#[diagnostic::on_unimplemented(
    message = "an `init_with` function for a field of type `{T}` can't return `{Self}`",
    label = "expected a `fn(&OldRow<'_>) -> {T}`, or `-> Result<{T}, E>` where `E` implements `Display`"
)]
pub trait IntoInit<T> {
    /// Returns the value, or why there is none.
    ///
    /// # Errors
    ///
    /// What the function gave.
    fn into_init(self) -> Result<T, String>;
}

impl<T> IntoInit<T> for T {
    fn into_init(self) -> Result<T, String> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: Display> IntoInit<T> for Result<T, E> {
    fn into_init(self) -> Result<T, String> {
        self.map_err(|error| error.to_string())
    }
}
