//! Giving kept values back to a field that came in place of the one that went, and taking them back.
//!
//! An edge that gives back begins its entries with what it gave, or took (docs/format.md, "Kept values"): then comes
//! what any edge keeps.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::codec::{DecodeError, Decoder, Encoder};
use crate::diff::{Fill, PlaceStep, Restore, Way, node_at};
use crate::schema::{Schema, Shape};

use super::crossing::{Crossing, Failure, NoCode, OwnCodeTable, whole_row};
use super::place::value_range;
use super::run::value_bytes;

/// What there is to give back to one field of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// Nothing was kept of the field that went.
    Nothing,
    /// This encoded value.
    Value(Vec<u8>),
    /// A value that doesn't become one of the field's type.
    Unfit,
}

/// What became of a value that might be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreOutcome {
    /// The field has it.
    Restored,
    /// The field had another value, which stays.
    Left,
    /// It doesn't become one of the field's type.
    Unfit,
}

/// What became of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The path of the field.
    pub path: String,
    /// What became of it.
    pub outcome: RestoreOutcome,
}

/// A row on the other side of an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossed {
    /// Its body.
    pub body: Vec<u8>,
    /// What is kept of it.
    pub entry: Option<Vec<u8>>,
    /// What became of values that might be given back.
    pub restored: Vec<Restored>,
}

/// Where values to be given back come from.
#[derive(Debug)]
pub struct RestoreSource {
    /// The edge at which the field went.
    pub edge: u32,
    from: Arc<Crossing>,
    place: Vec<PlaceStep>,
    conversion: Crossing,
}

impl RestoreSource {
    /// Compiles the way from what was kept on an edge to a field of the shape `upper`.
    ///
    /// # Errors
    ///
    /// Says which part names what isn't there.
    pub fn new(restore: &Restore, from: Arc<Crossing>, upper: &Shape) -> Result<Self, String> {
        let missing = || format!("{} is given back, and was never there", restore.from);
        let lower = &from.lower.shape;
        let source = lower.sub_shape(node_at(lower, &restore.kept).ok_or_else(missing)?);
        let target = upper.sub_shape(node_at(upper, &restore.place).ok_or_else(missing)?);
        restore.lens.check(&source, &target)?;
        let conversion = Crossing::new(restore.lens.clone(), bare(source), bare(target));
        Ok(Self {
            edge: restore.edge,
            place: restore.kept.clone(),
            from,
            conversion,
        })
    }

    /// Takes the value out of what was kept of a row when the field went.
    ///
    /// # Errors
    ///
    /// If the entry is none of that edge.
    pub fn given(&self, entry: &[u8]) -> Result<Given, Failure> {
        let Some(value) = self.from.kept_at(entry, &self.place)? else {
            return Ok(Given::Nothing);
        };
        let converted = self.conversion.translate(Way::Up, &value, None, &NoCode);
        Ok(converted.map_or(Given::Unfit, Given::Value))
    }
}

fn bare(shape: Shape) -> Arc<Schema> {
    Arc::new(Schema {
        shape,
        key: Vec::new(),
        indexes: Vec::new(),
        references: Vec::new(),
    })
}

/// A kept entry in its parts.
#[derive(Default)]
struct Parts<'k> {
    /// For each field that gets values back: on the way down what it was given, on the way up what it held above.
    values: Vec<Option<&'k [u8]>>,
    /// What any edge keeps.
    edge: Option<&'k [u8]>,
}

impl Crossing {
    /// Carries a row body across, and says what is kept of it. `given` is what there is to give back on the way up, in
    /// the order of the fields.
    ///
    /// # Errors
    ///
    /// As [`Crossing::translate`].
    pub fn cross(
        &self,
        way: Way,
        body: &[u8],
        kept: Option<&[u8]>,
        code: &dyn OwnCodeTable,
        given: &[Given],
    ) -> Result<Crossed, Vec<Failure>> {
        let one = |failure| vec![failure];
        let parts = kept.map(|kept| self.parts(kept)).transpose().map_err(one)?;
        let parts = parts.unwrap_or_default();
        let below = match way {
            Way::Up => Cow::Borrowed(body),
            Way::Down => Cow::Owned(self.withdraw(body, &parts)),
        };
        let mut image = self.run_edge(way, &below, parts.edge, code)?;
        let entry = self.keep(way, &below, &image).map_err(one)?;
        if self.lens.restores.is_empty() {
            return Ok(Crossed {
                body: image,
                entry,
                restored: Vec::new(),
            });
        }
        let mut restored = Vec::new();
        let values = match way {
            Way::Up => self.give_all(&mut image, &parts, given, &mut restored),
            Way::Down => self.ambiguous(body, &below),
        };
        Ok(Crossed {
            body: image,
            entry: joined(&values, entry.as_deref()).map_err(|problem| one(whole_row(problem)))?,
            restored,
        })
    }

    /// Gives values back to an upper row. Returns what each field was given.
    fn give_all(
        &self,
        body: &mut Vec<u8>,
        parts: &Parts<'_>,
        given: &[Given],
        restored: &mut Vec<Restored>,
    ) -> Vec<Option<Vec<u8>>> {
        let mut values = Vec::new();
        for (position, restore) in self.lens.restores.iter().enumerate() {
            let kept = parts.values.get(position).copied().flatten();
            let given = given.get(position).unwrap_or(&Given::Nothing);
            let (value, outcome) = self.give(restore, body, kept, given);
            values.push(value);
            restored.extend(outcome.map(|outcome| Restored {
                path: restore.path.clone(),
                outcome,
            }));
        }
        values
    }

    fn give(
        &self,
        restore: &Restore,
        body: &mut Vec<u8>,
        kept: Option<&[u8]>,
        given: &Given,
    ) -> (Option<Vec<u8>>, Option<RestoreOutcome>) {
        let (Some(range), Fill::Value(initial)) = (self.place_in(restore, body), &restore.initial) else {
            return (None, None);
        };
        if body[range.clone()] != **initial {
            let is_left = *given != Given::Nothing;
            return (None, is_left.then_some(RestoreOutcome::Left));
        }
        let value = match (kept, given) {
            // It was here before, and holds what it held then.
            (Some(kept), _) => kept,
            (None, Given::Value(value)) => value,
            (None, Given::Unfit) => return (None, Some(RestoreOutcome::Unfit)),
            (None, Given::Nothing) => return (None, None),
        };
        let is_other = value != initial.as_slice();
        body.splice(range, value.iter().copied());
        (is_other.then(|| value.to_vec()), Some(RestoreOutcome::Restored))
    }

    /// Takes back from an upper row what was given to it and is still there.
    fn withdraw(&self, body: &[u8], parts: &Parts<'_>) -> Vec<u8> {
        let mut body = body.to_vec();
        // The last that was given first: one field may lie in another.
        for (restore, value) in self.lens.restores.iter().zip(&parts.values).rev() {
            let (Some(value), Fill::Value(initial)) = (value, &restore.initial) else {
                continue;
            };
            let range = self.place_in(restore, &body);
            if let Some(range) = range.filter(|range| body[range.clone()] == **value) {
                body.splice(range, initial.iter().copied());
            }
        }
        body
    }

    /// Returns what fields hold above that look below as if nobody had given them a value: on the way up, they are not
    /// to be given another one.
    fn ambiguous(&self, body: &[u8], below: &[u8]) -> Vec<Option<Vec<u8>>> {
        let held = self.lens.restores.iter().map(|restore| {
            let looks = self.place_in(restore, below)?;
            let is_initial = matches!(&restore.initial, Fill::Value(initial) if below[looks] == **initial);
            let held = self.place_in(restore, body)?;
            is_initial.then(|| body[held].to_vec())
        });
        held.collect()
    }

    fn place_in(&self, restore: &Restore, body: &[u8]) -> Option<Range<usize>> {
        value_range(&self.upper.shape, &restore.place, body)
    }

    fn parts<'k>(&self, entry: &'k [u8]) -> Result<Parts<'k>, Failure> {
        if self.lens.restores.is_empty() {
            return Ok(Parts {
                values: Vec::new(),
                edge: Some(entry),
            });
        }
        let damaged = |error: DecodeError| whole_row(error.to_string());
        let mut input = Decoder::new(entry);
        let mut values = Vec::new();
        for restore in &self.lens.restores {
            let node = node_at(&self.upper.shape, &restore.place);
            let value = match (input.is_some().map_err(damaged)?, node) {
                (true, Some(node)) => {
                    Some(value_bytes(&self.upper.shape, node, &mut input).map_err(damaged)?)
                }
                _ => None,
            };
            values.push(value);
        }
        let edge = if input.is_some().map_err(damaged)? {
            Some(input.rest())
        } else {
            input.finish().map_err(damaged)?;
            None
        };
        Ok(Parts { values, edge })
    }

    /// Returns the part of an entry that any edge keeps.
    pub(super) fn edge_part<'k>(&self, entry: &'k [u8]) -> Result<Option<&'k [u8]>, Failure> {
        self.parts(entry).map(|parts| parts.edge)
    }

    /// Lists the fields that lose what they were given, by an entry that was kept on that way.
    pub(super) fn withdrawn(&self, way: Way, entry: &[u8]) -> Result<BTreeSet<&str>, Failure> {
        let parts = self.parts(entry)?;
        let held = self.lens.restores.iter().zip(&parts.values);
        let lost = held.filter(|(restore, value)| {
            let is_initial =
                matches!((&restore.initial, value), (Fill::Value(initial), Some(value)) if initial == value);
            way == Way::Down && value.is_some() && !is_initial
        });
        Ok(lost.map(|(restore, _)| restore.path.as_str()).collect())
    }
}

fn joined(values: &[Option<Vec<u8>>], edge: Option<&[u8]>) -> Result<Option<Vec<u8>>, String> {
    if edge.is_none() && values.iter().all(Option::is_none) {
        return Ok(None);
    }
    let mut out = Encoder::default();
    for part in values.iter().map(Option::as_deref).chain([edge]) {
        out.raw(&[u8::from(part.is_some())]);
        out.raw(part.unwrap_or_default());
    }
    out.finish().map(Some)
}
