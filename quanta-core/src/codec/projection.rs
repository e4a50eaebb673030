//! Taking the values at given paths out of a row, in key form.

use crate::schema::{FieldPath, Node, PathStep, Schema, Shape};

use super::decoder::{DecodeError, Decoder};
use super::key::encode_key_part;
use super::skip::skip;

/// The values that an index or a reference is about, in key order.
#[derive(Debug, Clone)]
pub struct Projection {
    shape: Shape,
    /// One for each field; options at their ends are gone through.
    paths: Vec<FieldPath>,
}

impl Projection {
    /// Resolves the paths of fields.
    ///
    /// # Errors
    ///
    /// Says which path names what isn't there.
    pub fn new<'a>(schema: &Schema, fields: impl IntoIterator<Item = &'a String>) -> Result<Self, String> {
        let paths = fields.into_iter().map(|field| {
            let path = FieldPath::resolve(&schema.shape, field)?;
            Ok(path.into_value(&schema.shape))
        });
        Ok(Self {
            paths: paths.collect::<Result<_, String>>()?,
            shape: schema.shape.clone(),
        })
    }

    /// Returns the values of a row in key form, each once: none if any field has no value, several if a field has
    /// several.
    ///
    /// # Errors
    ///
    /// If the body is no row of the schema, as far as it had to be read.
    pub fn of_row(&self, body: &[u8]) -> Result<Vec<Vec<u8>>, DecodeError> {
        let mut keys = vec![Vec::new()];
        for path in &self.paths {
            let mut values = Vec::new();
            self.walk(&path.steps, &mut Decoder::new(body), &mut |value| {
                let mut key = Vec::new();
                encode_key_part(&self.shape, path.leaf, value, &mut key)?;
                values.push(key);
                Ok(())
            })?;
            values.sort();
            values.dedup();
            keys = keys
                .iter()
                .flat_map(|key| values.iter().map(move |value| [key.as_slice(), value].concat()))
                .collect();
        }
        Ok(keys)
    }

    /// Returns the types of the values, in key order.
    pub fn leaves(&self) -> impl Iterator<Item = crate::schema::NodeId> {
        self.paths.iter().map(|path| path.leaf)
    }

    /// Shows every value at the end of the steps. What is behind the last of them is not read.
    fn walk(
        &self,
        steps: &[PathStep],
        input: &mut Decoder<'_>,
        show: &mut dyn FnMut(&mut Decoder<'_>) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let Some((step, rest)) = steps.split_first() else {
            return show(input);
        };
        match *step {
            PathStep::Some => {
                if input.is_some()? {
                    self.walk(rest, input, show)?;
                }
            }
            PathStep::Slot((node, position)) => {
                for before in self.shape.node(node).children().into_iter().take(position) {
                    skip(&self.shape, before, input)?;
                }
                self.walk(rest, input, show)?;
            }
            PathStep::Items(container) => {
                let (item, count) = match self.shape.node(container) {
                    Node::Array(item, length) => (*item, *length as usize),
                    Node::List(item) | Node::Set(item) => (*item, input.count()?),
                    _ => return Ok(()),
                };
                self.each(&[item], 0, count, (rest, input, show))?;
            }
            PathStep::Keys(map) | PathStep::Values(map) => {
                let parts = self.shape.node(map).children();
                let wanted = usize::from(matches!(step, PathStep::Values(_)));
                let count = input.count()?;
                self.each(&parts, wanted, count, (rest, input, show))?;
            }
        }
        Ok(())
    }

    /// Walks on in one part of each of so many entries.
    fn each(
        &self,
        parts: &[crate::schema::NodeId],
        wanted: usize,
        count: usize,
        (rest, input, show): Walk<'_, '_, '_>,
    ) -> Result<(), DecodeError> {
        for _ in 0..count {
            let left = input.rest().len();
            for (position, part) in parts.iter().enumerate() {
                if position == wanted {
                    self.walk(rest, &mut input.clone(), show)?;
                }
                skip(&self.shape, *part, input)?;
            }
            // Entries without bytes are all alike, and hostile bytes could claim many.
            if input.rest().len() == left {
                break;
            }
        }
        Ok(())
    }
}

type Walk<'s, 'i, 'd> = (
    &'s [PathStep],
    &'s mut Decoder<'i>,
    &'s mut (dyn FnMut(&mut Decoder<'_>) -> Result<(), DecodeError> + 'd),
);

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: &str = "struct { by: map<u8,u8>, home: option<struct Home { city: string, zip: u8 }>, id: u8, \
                         nick: option<option<u8>>, pair: array<u8,2>, tags: list<option<string>> }";
    /// by {1: 9, 2: 9}, home Ox 7, id 5, nick some some 3, pair 4 4, tags a, none, b, a.
    const FULL: &[u8] =
        b"\x02\x01\x09\x02\x09\x01\x02Ox\x07\x05\x01\x01\x03\x04\x04\x04\x01\x01a\x00\x01\x01b\x01\x01a";
    /// Nothing in all that may be left out.
    const BARE: &[u8] = b"\x00\x00\x05\x01\x00\x04\x06\x00";

    #[track_caller]
    fn check(fields: &str, full: &[&[u8]], bare: &[&[u8]]) {
        let schema = Schema::new(SHAPE.parse().unwrap(), vec!["id".to_owned()]).unwrap();
        let fields: Vec<String> = fields.split(' ').map(str::to_owned).collect();
        let projection = Projection::new(&schema, &fields).unwrap();
        assert_eq!(projection.of_row(FULL).unwrap(), full, "all there");
        assert_eq!(projection.of_row(BARE).unwrap(), bare, "nothing there");
    }

    #[test]
    fn values_come_out_in_key_form() {
        // Keys of small numbers are a length and a byte: docs/format.md, "Keys".
        let number = |value: u8| [0x81, value];
        check("id", &[&number(5)], &[&number(5)]);
        check("home.zip", &[&number(7)], &[]);
        check("home.city", &[b"Ox\0\0"], &[]);
        check("nick", &[&number(3)], &[]);
        check("pair[]", &[&number(4)], &[&number(4), &number(6)]);
        check("tags[]", &[b"a\0\0", b"b\0\0"], &[]);
        check("by{key}", &[&number(1), &number(2)], &[]);
        check("by{value}", &[&number(9)], &[]);
        let both = |tag: &[u8]| [&number(5)[..], tag].concat();
        check("id tags[]", &[&both(b"a\0\0"), &both(b"b\0\0")], &[]);
        check("home.zip nick", &[&[number(7), number(3)].concat()], &[]);
    }

    #[test]
    fn damaged_rows_are_errors() {
        let schema = Schema::new(SHAPE.parse().unwrap(), vec!["id".to_owned()]).unwrap();
        let projection = Projection::new(&schema, [&"tags[]".to_owned()]).unwrap();
        for end in 0..FULL.len() {
            assert!(projection.of_row(&FULL[..end]).is_err(), "{end} bytes");
        }
    }
}
