//! Some fields of rows instead of whole rows.

use crate::codec::{DecodeError, skip};
use crate::error::{Error, Result};
use crate::model::QuantaType;
use crate::schema::{NodeId, Shape};
use crate::txn::{Table, row_place};
use crate::value::{Value, decode_value, to_json};

use super::form::{encode_order, has_order};
use super::place::{Finder, Located};
use super::stream::RowBytes;
use crate::model::{Field, Place};

/// One field, or a tuple of several: what a query reads of each row.
pub trait Selection<R>: 'static {
    /// What is read of one row.
    type Output;

    /// Lists the paths.
    #[doc(hidden)]
    fn paths(&self) -> Vec<String>;

    /// Reads the fields, in the order of the paths.
    #[doc(hidden)]
    fn read(&self, fields: &mut FieldReader<'_>) -> std::result::Result<Self::Output, DecodeError>;
}

impl<P: Place, T: QuantaType> Selection<P::Root> for Field<P, T> {
    type Output = P::Read<T>;

    fn paths(&self) -> Vec<String> {
        vec![self.path()]
    }

    fn read(&self, fields: &mut FieldReader<'_>) -> std::result::Result<P::Read<T>, DecodeError> {
        let value = fields.next::<T>()?;
        P::read(value).ok_or_else(|| DecodeError {
            problem: "a field that every row has is missing".to_owned(),
            bytes_left: 0,
        })
    }
}

macro_rules! tuples {
    ($($selection:ident $place:tt),+) => {
        impl<R, $($selection: Selection<R>),+> Selection<R> for ($($selection,)+) {
            type Output = ($($selection::Output,)+);

            fn paths(&self) -> Vec<String> {
                [$(self.$place.paths()),+].concat()
            }

            fn read(&self, fields: &mut FieldReader<'_>) -> std::result::Result<Self::Output, DecodeError> {
                Ok(($(self.$place.read(fields)?,)+))
            }
        }
    };
}

tuples! { A 0 }
tuples! { A 0, B 1 }
tuples! { A 0, B 1, C 2 }
tuples! { A 0, B 1, C 2, D 3 }
tuples! { A 0, B 1, C 2, D 3, E 4 }
tuples! { A 0, B 1, C 2, D 3, E 4, F 5 }
tuples! { A 0, B 1, C 2, D 3, E 4, F 5, G 6 }
tuples! { A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7 }

/// Reads fields of a body, one after the other.
#[derive(Debug)]
pub struct FieldReader<'b> {
    finder: &'b Finder<'b>,
    places: std::slice::Iter<'b, Located>,
    body: &'b [u8],
    starts: &'b mut Vec<usize>,
}

impl FieldReader<'_> {
    /// Reads the next field; none if something on the way to it is missing.
    fn next<T: QuantaType>(&mut self) -> std::result::Result<Option<T>, DecodeError> {
        let Some(place) = self.places.next() else {
            return Ok(None);
        };
        let found = self.finder.find(place, self.body, self.starts)?;
        found.map(|mut input| T::decode(&mut input)).transpose()
    }
}

/// Places of fields in the rows of a table.
#[derive(Debug, Clone)]
pub struct Places(Vec<Located>);

impl Places {
    /// Finds the places of a selection.
    ///
    /// # Errors
    ///
    /// Says which field is missing.
    pub fn new(shape: &Shape, paths: &[String]) -> std::result::Result<Self, String> {
        let places = paths.iter().map(|path| Located::find(shape, NodeId::ROOT, path));
        places.collect::<std::result::Result<_, _>>().map(Self)
    }

    /// Reads a selection of a row.
    ///
    /// # Errors
    ///
    /// If the row is damaged.
    pub fn read<R, S: Selection<R>>(
        &self,
        selection: &S,
        table: &Table,
        row: &RowBytes,
    ) -> Result<S::Output> {
        let finder = Finder::new(&table.schema.shape, NodeId::ROOT);
        let mut fields = FieldReader {
            finder: &finder,
            places: self.0.iter(),
            body: &row.body,
            starts: &mut Vec::new(),
        };
        let read = selection.read(&mut fields);
        read.map_err(|error| Error::corrupt(row_place(table, &row.key), error))
    }

    /// Reads the field at the only place; none if something on the way is missing.
    ///
    /// # Errors
    ///
    /// If the row is damaged.
    pub fn value<T: QuantaType>(&self, table: &Table, row: &RowBytes) -> Result<Option<T>> {
        let finder = Finder::new(&table.schema.shape, NodeId::ROOT);
        let mut fields = FieldReader {
            finder: &finder,
            places: self.0.iter(),
            body: &row.body,
            starts: &mut Vec::new(),
        };
        let value = fields.next();
        value.map_err(|error| Error::corrupt(row_place(table, &row.key), error))
    }

    /// Reads the fields at all places without their types. What may be missing on the way to a field is an option, as the
    /// field of a struct in an option is.
    ///
    /// # Errors
    ///
    /// If the row is damaged.
    pub fn values(&self, table: &Table, row: &RowBytes) -> Result<Vec<Value>> {
        let shape = &table.schema.shape;
        let finder = Finder::new(shape, NodeId::ROOT);
        let mut starts = Vec::new();
        let mut read = |place: &Located| -> std::result::Result<Value, DecodeError> {
            let found = finder.find(place, &row.body, &mut starts)?;
            let value = found.map(|mut input| decode_value(shape, place.leaf, &mut input));
            Ok(match value.transpose()? {
                None => Value::Option(None),
                Some(value) if place.wraps(shape) => Value::Option(Some(Box::new(value))),
                Some(value) => value,
            })
        };
        let values: std::result::Result<_, _> = self.0.iter().map(&mut read).collect();
        values.map_err(|error| Error::corrupt(row_place(table, &row.key), error))
    }

    /// Writes values of a row as JSON.
    #[must_use]
    pub fn to_json(&self, shape: &Shape, values: &[Value]) -> Vec<serde_json::Value> {
        let places = self.0.iter().zip(values);
        let json = places.map(|(place, value)| match value {
            Value::Option(None) => serde_json::Value::Null,
            Value::Option(Some(value)) if place.wraps(shape) => to_json(shape, place.leaf, value),
            value => to_json(shape, place.leaf, value),
        });
        json.collect()
    }

    /// Appends what tells the values of a row from others, in an order: that of the values, where they have one.
    ///
    /// # Errors
    ///
    /// If the row is damaged.
    pub fn write_forms(&self, table: &Table, row: &RowBytes, out: &mut Vec<u8>) -> Result<()> {
        let shape = &table.schema.shape;
        let finder = Finder::new(shape, NodeId::ROOT);
        let mut starts = Vec::new();
        let mut write = |place: &Located| -> std::result::Result<(), DecodeError> {
            let found = finder.find_value(place, &row.body, &mut starts)?;
            out.push(u8::from(found.is_some()));
            let Some(mut input) = found else { return Ok(()) };
            if has_order(shape, place.value) {
                return encode_order(shape, place.value, &mut input, out);
            }
            let bytes = input.rest();
            skip(shape, place.value, &mut input)?;
            let bytes = &bytes[..bytes.len() - input.rest().len()];
            out.extend((bytes.len() as u64).to_be_bytes());
            out.extend_from_slice(bytes);
            Ok(())
        };
        let written = self.0.iter().try_for_each(&mut write);
        written.map_err(|error| Error::corrupt(row_place(table, &row.key), error))
    }
}
