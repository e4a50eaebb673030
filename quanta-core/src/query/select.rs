//! Some fields of rows instead of whole rows.

use crate::codec::{DecodeError, Decoder, skip};
use crate::error::{Error, ErrorKind, Result};
use crate::model::QuantaType;
use crate::schema::{Node, NodeId, Shape};
use crate::txn::{Core, Table, row_place};
use crate::value::{Value, decode_value, to_json};

use super::across::{Asked, Reached, RowAt, Ways};
use super::form::{encode_order, has_order};
use super::place::{Finder, Located};
use super::stream::RowBytes;
use crate::model::{Field, Place};

/// One field, or a tuple of several: what a query reads of each row, and of rows that it refers to.
///
/// See [`Query::select`](super::Query::select) for an example.
pub trait Selection<R>: 'static {
    /// What is read of one row.
    type Output;

    /// Lists the paths.
    #[doc(hidden)]
    fn paths(&self) -> Vec<Asked>;

    /// Reads the fields, in the order of the paths.
    #[doc(hidden)]
    fn read(&self, fields: &mut FieldReader<'_, '_>) -> std::result::Result<Self::Output, DecodeError>;
}

impl<P: Place, T: QuantaType> Selection<P::Row> for Field<P, T> {
    type Output = P::Read<T>;

    fn paths(&self) -> Vec<Asked> {
        vec![Asked::of(*self)]
    }

    fn read(&self, fields: &mut FieldReader<'_, '_>) -> std::result::Result<P::Read<T>, DecodeError> {
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

            fn paths(&self) -> Vec<Asked> {
                [$(self.$place.paths()),+].concat()
            }

            fn read(&self, fields: &mut FieldReader<'_, '_>) -> std::result::Result<Self::Output, DecodeError> {
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

/// Reads fields of a row, and of those that it leads to, one after the other.
#[derive(Debug)]
pub struct FieldReader<'b, 'r> {
    spots: std::slice::Iter<'b, Spot>,
    rows: &'b mut [Option<Opened<'r>>],
    /// The row of the field that was read last.
    at: usize,
}

/// A row whose fields are read.
#[derive(Debug)]
struct Opened<'b> {
    finder: Finder<'b>,
    body: &'b [u8],
    starts: Vec<usize>,
}

impl<'b> Opened<'b> {
    fn new(row: RowAt<'b>) -> Self {
        Self {
            finder: Finder::new(&row.table.schema.shape, NodeId::ROOT),
            body: row.body,
            starts: Vec::new(),
        }
    }
}

impl FieldReader<'_, '_> {
    /// Reads the next field; none if something on the way to it is missing.
    fn next<T: QuantaType>(&mut self) -> std::result::Result<Option<T>, DecodeError> {
        let Some(spot) = self.spots.next() else {
            return Ok(None);
        };
        self.at = spot.row;
        let Some(row) = &mut self.rows[spot.row] else {
            return Ok(None);
        };
        let found = row.finder.find(&spot.place, row.body, &mut row.starts)?;
        found.map(|mut input| T::decode(&mut input)).transpose()
    }
}

/// Places of fields in the rows of a table, and in those that their references lead to.
#[derive(Debug, Clone)]
pub struct Places {
    pub(super) ways: Ways,
    spots: Vec<Spot>,
}

/// The place of a field.
#[derive(Debug, Clone)]
struct Spot {
    /// The row that it is in: 0 is the row itself.
    row: usize,
    place: Located,
    /// Whether there may be no such row.
    may_lack_row: bool,
}

impl Spot {
    /// Tells whether a value that is read from here becomes an option, because something on the way may be missing.
    fn wraps(&self, shape: &Shape) -> bool {
        let is_option = matches!(shape.node(self.place.leaf), Node::Option(_));
        !is_option && (self.may_lack_row || self.place.may_be_missing(shape))
    }
}

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "what a closure does for all lifetimes of a reader or finder, the method by itself does for one"
)]
impl Places {
    /// Finds the places of paths.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`] names the field that is missing, or what is no reference; if a table that one leads to has
    /// another shape than is asked for.
    pub fn new(core: &Core, table: &Table, asked: &[Asked]) -> Result<Self> {
        let mut ways = Ways::default();
        let mut spots = Vec::new();
        for asked in asked {
            let (row, path) = ways.follow(core, table, asked)?;
            let of = ways.table(table, row);
            let place = Located::find(&of.schema.shape, NodeId::ROOT, path).map_err(|problem| {
                let problem = match row {
                    0 => format!("a query of table {}: {problem}", table.name),
                    _ => format!(
                        "a query of table {}: `{}`: in table {}, {problem}",
                        table.name, asked.path, of.name
                    ),
                };
                Error::new(ErrorKind::Query, problem)
            })?;
            spots.push(Spot {
                row,
                place,
                may_lack_row: ways.may_be_missing(row),
            });
        }
        Ok(Self { ways, spots })
    }

    /// Reads a selection of a row.
    ///
    /// # Errors
    ///
    /// If the row is damaged.
    pub fn read<R, S: Selection<R>>(&self, selection: &S, row: &Reached<'_>) -> Result<S::Output> {
        self.with_reader(row, |fields| selection.read(fields))
    }

    /// Reads the field at the only place; none if something on the way is missing.
    ///
    /// # Errors
    ///
    /// If the row is damaged.
    pub fn value<T: QuantaType>(&self, table: &Table, row: &RowBytes) -> Result<Option<T>> {
        self.with_reader(&Reached::alone(table, row), |fields| fields.next())
    }

    fn with_reader<T>(
        &self,
        row: &Reached<'_>,
        read: impl FnOnce(&mut FieldReader<'_, '_>) -> std::result::Result<T, DecodeError>,
    ) -> Result<T> {
        with_opened(row, |rows| {
            let mut fields = FieldReader {
                spots: self.spots.iter(),
                rows,
                at: 0,
            };
            read(&mut fields).map_err(|error| damaged(row, fields.at, error))
        })
    }

    /// Reads the fields at all places without their types. What may be missing on the way to a field is an option, as the
    /// field of a struct in an option is.
    ///
    /// # Errors
    ///
    /// If the row is damaged.
    pub fn values(&self, row: &Reached<'_>) -> Result<Vec<Value>> {
        self.each_found(
            row,
            |finder, place, body, starts| finder.find(place, body, starts),
            &mut |spot, shape, found| {
                let value = found.map(|mut input| decode_value(shape, spot.place.leaf, &mut input));
                Ok(match value.transpose()? {
                    None => Value::Option(None),
                    Some(value) if spot.wraps(shape) => Value::Option(Some(Box::new(value))),
                    Some(value) => value,
                })
            },
        )
    }

    /// Writes values of a row as JSON. `shape` is that of the row itself.
    #[must_use]
    pub fn to_json(&self, shape: &Shape, values: &[Value]) -> Vec<serde_json::Value> {
        let spots = self.spots.iter().zip(values);
        let json = spots.map(|(spot, value)| {
            let shape = self.ways.shape(shape, spot.row);
            match value {
                Value::Option(None) => serde_json::Value::Null,
                Value::Option(Some(value)) if spot.wraps(shape) => to_json(shape, spot.place.leaf, value),
                value => to_json(shape, spot.place.leaf, value),
            }
        });
        json.collect()
    }

    /// Appends what tells the values of a row from others, in an order: that of the values, where they have one.
    ///
    /// # Errors
    ///
    /// If the row is damaged.
    pub fn write_forms(&self, row: &Reached<'_>, out: &mut Vec<u8>) -> Result<()> {
        self.each_found(
            row,
            |finder, place, body, starts| finder.find_value(place, body, starts),
            &mut |spot, shape, found| {
                out.push(u8::from(found.is_some()));
                let Some(mut input) = found else { return Ok(()) };
                let node = spot.place.value;
                if has_order(shape, node) {
                    return encode_order(shape, node, &mut input, out);
                }
                let bytes = input.rest();
                skip(shape, node, &mut input)?;
                let bytes = &bytes[..bytes.len() - input.rest().len()];
                out.extend((bytes.len() as u64).to_be_bytes());
                out.extend_from_slice(bytes);
                Ok(())
            },
        )
    }

    /// Makes something of what each place has, in their order.
    fn each_found<C: FromIterator<T>, T>(
        &self,
        row: &Reached<'_>,
        find: Find,
        make: &mut Make<'_, T>,
    ) -> Result<C> {
        with_opened(row, |rows| {
            let made = self.spots.iter().map(|spot| {
                let shape = self.ways.shape(&row.row.table.schema.shape, spot.row);
                let found = match &mut rows[spot.row] {
                    Some(row) => find(&row.finder, &spot.place, row.body, &mut row.starts),
                    None => Ok(None),
                };
                let made = found.and_then(|found| make(spot, shape, found));
                made.map_err(|error| damaged(row, spot.row, error))
            });
            made.collect()
        })
    }
}

/// Prepares to read fields of a row, and of those that it leads to. Of a row for itself, nothing is allocated.
fn with_opened<'r, T>(row: &Reached<'r>, read: impl FnOnce(&mut [Option<Opened<'r>>]) -> T) -> T {
    let own = Some(Opened::new(row.row));
    if row.behind.is_empty() {
        return read(&mut [own]);
    }
    let behind = row.behind.iter().map(|row| row.map(Opened::new));
    let mut rows: Vec<_> = std::iter::once(own).chain(behind).collect();
    read(&mut rows)
}

/// Makes something of what a place has, which is of that shape.
type Make<'m, T> = dyn FnMut(&Spot, &Shape, Option<Decoder<'_>>) -> std::result::Result<T, DecodeError> + 'm;

/// Goes to a value in a body.
type Find = for<'s, 'b> fn(
    &Finder<'s>,
    &Located,
    &'b [u8],
    &mut Vec<usize>,
) -> std::result::Result<Option<Decoder<'b>>, DecodeError>;

fn damaged(row: &Reached<'_>, at: usize, error: DecodeError) -> Error {
    let behind = at.checked_sub(1).and_then(|behind| row.behind[behind]);
    let RowAt { table, key, .. } = behind.unwrap_or(row.row);
    Error::corrupt(row_place(table, key), error)
}
