//! Taking the values at given paths out of a row, in key form.

use std::collections::BTreeSet;

use crate::schema::{FieldPath, IndexField, Node, OrderWay, PathStep, Schema, Shape};

use super::decoder::{DecodeError, Decoder};
use super::encoder::Encoder;
use super::key::{decode_key_part, encode_key_part};
use super::skip::skip;
use super::turn::{turn, turned};

/// The values that an index or a reference is about, in key order.
#[derive(Debug, Clone)]
pub struct Projection {
    shape: Shape,
    /// One for each field; options at their ends are gone through.
    paths: Vec<FieldPath>,
    /// How each field orders index keys.
    ways: Vec<OrderWay>,
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
        let paths: Vec<FieldPath> = paths.collect::<Result<_, String>>()?;
        Ok(Self {
            ways: vec![OrderWay::Ascending; paths.len()],
            paths,
            shape: schema.shape.clone(),
        })
    }

    /// Resolves the paths of the fields of an index.
    ///
    /// # Errors
    ///
    /// As [`Projection::new`].
    pub fn of_index(schema: &Schema, fields: &[IndexField]) -> Result<Self, String> {
        let projection = Self::new(schema, fields.iter().map(|field| &field.path))?;
        Ok(Self {
            ways: fields.iter().map(|field| field.way).collect(),
            ..projection
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
                if let Some(value) = value {
                    let mut key = Vec::new();
                    encode_key_part(&self.shape, path.leaf, value, &mut key)?;
                    values.push(key);
                }
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

    /// Returns the keys of a row under an index, in order, each once: none if a field is a list, set or map without items.
    ///
    /// # Errors
    ///
    /// If the body is no row of the schema, as far as it had to be read.
    pub fn index_keys(&self, body: &[u8]) -> Result<BTreeSet<IndexKey>, DecodeError> {
        let mut keys = BTreeSet::from([IndexKey::default()]);
        for (path, way) in self.paths.iter().zip(&self.ways) {
            let is_tagged = has_option_at_end(&path.steps);
            let mut values = BTreeSet::new();
            self.walk(&path.steps, &mut Decoder::new(body), &mut |value| {
                let mut key = IndexKey::default();
                if is_tagged {
                    key.bytes.push(u8::from(value.is_some()));
                }
                match value {
                    Some(value) => encode_key_part(&self.shape, path.leaf, value, &mut key.bytes)?,
                    None => key.has_none = true,
                }
                turn(&mut key.bytes, *way);
                values.insert(key);
                Ok(())
            })?;
            keys = keys
                .iter()
                .flat_map(|key| values.iter().map(|value| key.with(value)))
                .collect();
        }
        Ok(keys)
    }

    /// Takes the fields of an index key apart, as long as there are bytes: each in row form, none where a field has no
    /// value.
    ///
    /// # Errors
    ///
    /// If the bytes don't begin with an index key.
    pub fn index_values(&self, key: &mut &[u8]) -> Result<Vec<Option<Vec<u8>>>, DecodeError> {
        let part = |(path, way): (&FieldPath, &OrderWay)| match way {
            OrderWay::Ascending => self.index_value(path, key),
            OrderWay::Descending => {
                let turned = turned(key, *way);
                let mut rest = turned.as_slice();
                let value = self.index_value(path, &mut rest)?;
                *key = &key[turned.len() - rest.len()..];
                Ok(value)
            }
        };
        self.paths.iter().zip(&self.ways).map(part).collect()
    }

    /// Takes one field of an index key that is not turned round.
    fn index_value(&self, path: &FieldPath, key: &mut &[u8]) -> Result<Option<Vec<u8>>, DecodeError> {
        let damaged = |problem: &str, key: &[u8]| DecodeError {
            problem: problem.to_owned(),
            bytes_left: key.len(),
        };
        if has_option_at_end(&path.steps) {
            match key.split_first() {
                Some((0, rest)) => {
                    *key = rest;
                    return Ok(None);
                }
                Some((1, rest)) => *key = rest,
                _ => return Err(damaged("a field is tagged neither 0 nor 1", key)),
            }
        }
        let mut value = Encoder::default();
        decode_key_part(&self.shape, path.leaf, key, &mut value)?;
        value.finish().map(Some).map_err(|problem| damaged(&problem, key))
    }

    /// Takes a key that [`Projection::of_row`] gave apart: the key form of each field. None if no row gives that key.
    #[must_use]
    pub fn parts(&self, mut key: &[u8]) -> Option<Vec<Vec<u8>>> {
        let part = |path: &FieldPath| {
            let before = key;
            decode_key_part(&self.shape, path.leaf, &mut key, &mut Encoder::default()).ok()?;
            Some(before[..before.len() - key.len()].to_vec())
        };
        let parts = self.paths.iter().map(part).collect::<Option<_>>()?;
        key.is_empty().then_some(parts)
    }

    /// Returns what index keys begin with whose first fields have these values, in key form.
    #[must_use]
    pub fn index_bound(&self, values: &[&[u8]]) -> Vec<u8> {
        let mut bound = Vec::new();
        for ((path, way), value) in self.paths.iter().zip(&self.ways).zip(values) {
            let begin = bound.len();
            if has_option_at_end(&path.steps) {
                bound.push(1);
            }
            bound.extend_from_slice(value);
            turn(&mut bound[begin..], *way);
        }
        bound
    }

    /// Returns the shape of the rows.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Says for each field whether a byte in front tells if there is a value, and whether a row may have several values.
    pub fn forms(&self) -> impl Iterator<Item = (bool, bool)> {
        let of_path = |path: &FieldPath| (has_option_at_end(&path.steps), path.is_many());
        self.paths.iter().map(of_path)
    }

    /// Says how what stands behind the fields of an index key is ordered, the row key: like the last of them.
    #[must_use]
    pub fn way_behind(&self) -> OrderWay {
        self.ways.last().copied().unwrap_or(OrderWay::Ascending)
    }

    /// Returns the types of the values, in key order.
    pub fn leaves(&self) -> impl Iterator<Item = crate::schema::NodeId> {
        self.paths.iter().map(|path| path.leaf)
    }

    /// Shows every value at the end of the steps, and none where an option behind the last container leaves it out. What
    /// is behind the last of the steps is not read.
    fn walk(
        &self,
        steps: &[PathStep],
        input: &mut Decoder<'_>,
        show: &mut Show<'_>,
    ) -> Result<(), DecodeError> {
        let Some((step, rest)) = steps.split_first() else {
            return show(Some(input));
        };
        match *step {
            PathStep::Some => {
                if input.is_some()? {
                    self.walk(rest, input, show)?;
                } else if !rest.iter().any(is_many) {
                    show(None)?;
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

/// Takes a value, or none where an option leaves it out.
type Show<'d> = dyn FnMut(Option<&mut Decoder<'_>>) -> Result<(), DecodeError> + 'd;

type Walk<'s, 'i, 'd> = (&'s [PathStep], &'s mut Decoder<'i>, &'s mut Show<'d>);

/// One key of a row under an index: its fields in key form, one after the other. A field that an option may leave out has
/// a byte in front: `00` if it does, else `01`. The bytes of a field that goes down are turned round, with that one.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexKey {
    /// The bytes, which order like the values, none first; the other way round where a field goes down.
    pub bytes: Vec<u8>,
    /// Whether a field has no value.
    pub has_none: bool,
}

impl IndexKey {
    fn with(&self, other: &Self) -> Self {
        Self {
            bytes: [self.bytes.as_slice(), &other.bytes].concat(),
            has_none: self.has_none || other.has_none,
        }
    }
}

fn is_many(step: &PathStep) -> bool {
    matches!(step, PathStep::Items(_) | PathStep::Keys(_) | PathStep::Values(_))
}

/// Tells whether an option behind the last container may leave the value out.
fn has_option_at_end(steps: &[PathStep]) -> bool {
    let mut at_end = steps.iter().rev().take_while(|step| !is_many(step));
    at_end.any(|step| *step == PathStep::Some)
}

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

    /// Checks the keys under an index over fields, and what they hold: the row form of each field.
    #[track_caller]
    fn check_index(fields: &str, full: &[&[u8]], bare: &[&[u8]]) {
        let schema = Schema::new(SHAPE.parse().unwrap(), vec!["id".to_owned()]).unwrap();
        let fields = fields.split(' ').map(|field| field.replace("-desc", " desc"));
        let fields: Vec<IndexField> = fields.map(|field| field.parse().unwrap()).collect();
        let projection = Projection::of_index(&schema, &fields).unwrap();
        for (body, expected) in [(FULL, full), (BARE, bare)] {
            let keys = projection.index_keys(body).unwrap();
            let bytes: Vec<&[u8]> = keys.iter().map(|key| key.bytes.as_slice()).collect();
            assert_eq!(bytes, expected);
            for key in keys {
                let behind = [&key.bytes[..], b"row"].concat();
                let mut rest = behind.as_slice();
                let values = projection.index_values(&mut rest).unwrap();
                assert_eq!(rest, b"row", "the key tells where it ends");
                assert_eq!(values.iter().any(Option::is_none), key.has_none);
            }
        }
    }

    #[test]
    fn none_is_indexed_and_comes_first() {
        let number = |value: u8| [0x81, value];
        let some = |value: u8| [1, 0x81, value];
        check_index("id", &[&number(5)], &[&number(5)]);
        check_index("home.zip", &[&some(7)], &[&[0]]);
        check_index("home.city", &[b"\x01Ox\0\0"], &[&[0]]);
        check_index("nick", &[&some(3)], &[&[0]]);
        check_index("pair[]", &[&number(4)], &[&number(4), &number(6)]);
        check_index("tags[]", &[&[0], b"\x01a\0\0", b"\x01b\0\0"], &[]);
        check_index("by{key}", &[&number(1), &number(2)], &[]);
        let both = |tail: &[u8]| [&number(5)[..], tail].concat();
        check_index("id nick", &[&both(&some(3))], &[&both(&[0])]);
        check_index(
            "id tags[]",
            &[&both(&[0]), &both(b"\x01a\0\0"), &both(b"\x01b\0\0")],
            &[],
        );
    }

    #[test]
    fn fields_that_go_down_are_turned_round() {
        let down = |bytes: &[u8]| turned(bytes, OrderWay::Descending);
        let number = |value: u8| [0x81, value];
        check_index("id-desc", &[&down(&number(5))], &[&down(&number(5))]);
        check_index("home.city-desc", &[&down(b"\x01Ox\0\0")], &[&[0xff]]);
        check_index(
            "tags[]-desc",
            &[&down(b"\x01b\0\0"), &down(b"\x01a\0\0"), &[0xff]],
            &[],
        );
        let both = |one: &[u8], other: &[u8]| [one, other].concat();
        check_index(
            "home.city-desc id",
            &[&both(&down(b"\x01Ox\0\0"), &number(5))],
            &[&both(&[0xff], &number(5))],
        );
        check_index(
            "id nick-desc",
            &[&both(&number(5), &down(&[1, 0x81, 3]))],
            &[&both(&number(5), &[0xff])],
        );
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
