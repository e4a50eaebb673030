//! A reference of a table, as rows are held to it.

use crate::codec::{DecodeError, Projection};
use crate::diff::Target;
use crate::index::{Index, IndexRange};
use crate::schema::{FieldPath, OnDelete, Reference, Schema};

/// A reference of a table, as rows are held to it.
#[derive(Debug, Clone)]
pub struct Link {
    /// What it is called in messages; the table's name may be an earlier one.
    pub reference: Reference,
    /// The id of the table that it leads to.
    pub target: u32,
    /// Takes the keys out of a row that it refers by.
    projection: Projection,
    /// For each field of the other table's key the position among the fields of the reference.
    order: Vec<usize>,
    /// The options that become none when a row is to refer to nothing.
    nullable: Vec<FieldPath>,
}

impl Link {
    /// Takes a reference of a schema, and where it leads.
    ///
    /// # Errors
    ///
    /// Says what about the schema is damaged.
    pub fn new(schema: &Schema, reference: &Reference, target: &Target) -> Result<Self, String> {
        let positions = target.key_positions.iter();
        let mut order: Vec<(u32, usize)> = positions.copied().zip(0..).collect();
        order.sort_unstable();
        let order: Vec<usize> = order.into_iter().map(|(_, field)| field).collect();
        if order.len() != reference.fields.len() {
            return Err("a reference has not as many fields as what it leads to".to_owned());
        }
        let fields = order.iter().map(|field| &reference.fields[*field]);
        let nullable = if reference.on_delete == OnDelete::SetNull {
            let paths = reference.fields.iter();
            let paths = paths.map(|field| FieldPath::resolve(&schema.shape, field));
            schema.nullable(&paths.collect::<Result<Vec<_>, _>>()?)?
        } else {
            Vec::new()
        };
        Ok(Self {
            reference: reference.clone(),
            target: target.table,
            projection: Projection::new(schema, fields)?,
            order,
            nullable,
        })
    }

    /// Lists the references of a schema, which lead to targets in its order.
    ///
    /// # Errors
    ///
    /// As [`Link::new`].
    pub fn all(schema: &Schema, targets: &[Target]) -> Result<Vec<Self>, String> {
        if schema.references.len() != targets.len() {
            return Err("it has not as many references as places that they lead to".to_owned());
        }
        let links = schema.references.iter().zip(targets);
        links
            .map(|(reference, target)| Self::new(schema, reference, target))
            .collect()
    }

    /// Returns the keys of the rows that a row refers to: none if a field has no value.
    ///
    /// # Errors
    ///
    /// If the body is no row of the schema.
    pub fn keys(&self, body: &[u8]) -> Result<Vec<Vec<u8>>, DecodeError> {
        self.projection.of_row(body)
    }

    /// Returns a body that refers to nothing.
    ///
    /// # Errors
    ///
    /// If the body is no row of the schema.
    pub fn cleared(&self, body: &[u8]) -> Result<Vec<u8>, DecodeError> {
        crate::codec::without_values(self.projection.shape(), &self.nullable, body)
    }

    /// Finds an index that has the rows which refer to a key side by side, and all of them: its first fields are those of
    /// the reference, and no row lacks an entry for what stands behind these.
    #[must_use]
    pub fn index<'t>(&self, indexes: &'t [Index]) -> Option<&'t Index> {
        let fields = &self.reference.fields;
        indexes.iter().find(|index| {
            let leading = index.definition.fields.get(..fields.len());
            let begins =
                leading.is_some_and(|leading| leading.iter().all(|field| fields.contains(&field.path)));
            begins && index.has_every_row_with(fields.len())
        })
    }

    /// Returns the range of an index that [`Link::index`] found in which rows refer to a key; none if no value of the
    /// fields is that key.
    #[must_use]
    pub fn range(&self, index: &Index, key: &[u8]) -> Option<IndexRange> {
        let parts = self.projection.parts(key)?;
        let part = |field: &String| {
            let position = self.reference.fields.iter().position(|own| own == field)?;
            let place = self.order.iter().position(|field| *field == position)?;
            parts.get(place).map(Vec::as_slice)
        };
        let leading = &index.definition.fields[..self.order.len()];
        let parts: Vec<&[u8]> = leading
            .iter()
            .map(|field| part(&field.path))
            .collect::<Option<_>>()?;
        Some(IndexRange::of(&index.bound(&parts)))
    }
}
