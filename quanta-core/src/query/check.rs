//! Conditions, compiled: they are asked of the bytes of a row, which is not decoded.

use std::collections::BTreeSet;

use crate::codec::{DecodeError, Decoder, skip};
use crate::schema::{Node, NodeId, Scalar, Shape};

use super::expr::{Comparison, Quantifier, TextTest};
use super::form::encode_order;
use super::place::{Finder, Located};

/// A condition on a body.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// It is always so.
    Const(bool),
    /// All of them hold.
    All(Vec<Check>),
    /// One of them holds.
    Any(Vec<Check>),
    /// It doesn't hold.
    Not(Box<Check>),
    /// A value is so.
    Value(ValueCheck),
}

/// A condition on one value.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueCheck {
    /// The path as it was written.
    pub path: String,
    /// Where the value is.
    pub place: Located,
    /// What it has to be like.
    pub probe: Probe,
}

/// What a value has to be like.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    /// There is none.
    None,
    /// Its bytes are among these.
    Bytes(BTreeSet<Vec<u8>>),
    /// The form that orders it is among these.
    Forms(BTreeSet<Vec<u8>>),
    /// The form that orders it compares so with this one.
    Ordered(Comparison, Vec<u8>),
    /// The text is so.
    Text(TextTest, String),
    /// The variant has this position.
    Variant(u32),
    /// So many items satisfy the condition; each is of this type.
    Items(Quantifier, NodeId, Box<Check>),
    /// The map has the key with these bytes; keys and values are of these types.
    HasKey(Vec<u8>, [NodeId; 2]),
    /// There are so many items, characters or bytes.
    Length(Comparison, u64),
}

/// Asks conditions of bodies of one type. Used again and again, it allocates nothing.
#[derive(Debug)]
pub struct Tester<'s> {
    finder: Finder<'s>,
    form: Vec<u8>,
}

impl<'s> Tester<'s> {
    /// Prepares for bodies of a type.
    #[must_use]
    pub fn new(shape: &'s Shape, root: NodeId) -> Self {
        Self {
            finder: Finder::new(shape, root),
            form: Vec::new(),
        }
    }

    /// Tells whether a body satisfies a condition. `starts` is emptied for each body, and then handed on.
    ///
    /// # Errors
    ///
    /// If the body is no value of the type, as far as it had to be read.
    pub fn test(&mut self, check: &Check, body: &[u8], starts: &mut Vec<usize>) -> Result<bool, DecodeError> {
        match check {
            Check::Const(result) => Ok(*result),
            Check::Not(inner) => Ok(!self.test(inner, body, starts)?),
            Check::All(checks) => {
                for check in checks {
                    if !self.test(check, body, starts)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Check::Any(checks) => {
                for check in checks {
                    if self.test(check, body, starts)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Check::Value(check) => match self.finder.find_value(&check.place, body, starts)? {
                None => Ok(check.probe == Probe::None),
                Some(input) => self.probe(check, input),
            },
        }
    }

    fn probe(&mut self, check: &ValueCheck, mut input: Decoder<'_>) -> Result<bool, DecodeError> {
        let (shape, node) = (self.finder.shape(), check.place.value);
        match &check.probe {
            Probe::None => Ok(false),
            Probe::Bytes(wanted) => {
                let start = input.rest();
                skip(shape, node, &mut input)?;
                Ok(wanted.contains(&start[..start.len() - input.rest().len()]))
            }
            Probe::Forms(wanted) => {
                self.read_form(node, input)?;
                Ok(wanted.contains(&self.form))
            }
            Probe::Ordered(comparison, wanted) => {
                self.read_form(node, input)?;
                Ok(comparison.admits(self.form.as_slice().cmp(wanted)))
            }
            Probe::Text(test, wanted) => {
                let text = input.text()?;
                Ok(match test {
                    TextTest::StartsWith => text.starts_with(wanted),
                    TextTest::EndsWith => text.ends_with(wanted),
                    TextTest::Contains => text.contains(wanted),
                })
            }
            Probe::Variant(wanted) => Ok(input.variant()? == *wanted),
            Probe::Items(quantifier, item, check) => {
                test_items(shape, (node, *item), input, (*quantifier, check))
            }
            Probe::HasKey(wanted, parts) => has_key(shape, input, wanted, *parts),
            Probe::Length(comparison, wanted) => {
                let length = length(shape.node(node), input)?;
                Ok(comparison.admits(length.cmp(wanted)))
            }
        }
    }

    fn read_form(&mut self, node: NodeId, mut input: Decoder<'_>) -> Result<(), DecodeError> {
        self.form.clear();
        encode_order(self.finder.shape(), node, &mut input, &mut self.form)
    }
}

fn test_items(
    shape: &Shape,
    (container, item): (NodeId, NodeId),
    mut input: Decoder<'_>,
    (quantifier, check): (Quantifier, &Check),
) -> Result<bool, DecodeError> {
    let count = match shape.node(container) {
        Node::Array(_, length) => *length as usize,
        _ => input.count()?,
    };
    let mut tester = Tester::new(shape, item);
    let mut starts = Vec::new();
    let found = quantifier == Quantifier::Any;
    for _ in 0..count {
        let body = input.rest();
        skip(shape, item, &mut input)?;
        let body = &body[..body.len() - input.rest().len()];
        starts.clear();
        if tester.test(check, body, &mut starts)? == found {
            return Ok(found);
        }
        // Items without bytes are all alike, and hostile bytes could claim many.
        if body.is_empty() {
            break;
        }
    }
    Ok(!found)
}

fn has_key(
    shape: &Shape,
    mut input: Decoder<'_>,
    wanted: &[u8],
    [key, value]: [NodeId; 2],
) -> Result<bool, DecodeError> {
    for _ in 0..input.count()? {
        let start = input.rest();
        skip(shape, key, &mut input)?;
        let found = &start[..start.len() - input.rest().len()];
        if found == wanted {
            return Ok(true);
        }
        skip(shape, value, &mut input)?;
        if input.rest().len() == start.len() {
            break;
        }
    }
    Ok(false)
}

fn length(node: &Node, mut input: Decoder<'_>) -> Result<u64, DecodeError> {
    Ok(match node {
        Node::Scalar(Scalar::String | Scalar::Path) => input.text()?.chars().count() as u64,
        Node::Scalar(_) => input.sized_bytes()?.len() as u64,
        Node::Array(_, length) => u64::from(*length),
        _ => input.count()? as u64,
    })
}

impl Check {
    /// Puts conditions together: what is certain is left out.
    #[must_use]
    pub fn all(checks: Vec<Self>) -> Self {
        let mut parts = Vec::new();
        for check in checks {
            match check {
                Self::Const(true) => {}
                Self::Const(false) => return check,
                Self::All(inner) => parts.extend(inner),
                other => parts.push(other),
            }
        }
        match parts.len() {
            0 => Self::Const(true),
            1 => parts.remove(0),
            _ => Self::All(parts),
        }
    }

    /// Puts alternatives together: what is certain is left out, and values of one field that may be this or that become
    /// one condition.
    #[must_use]
    pub fn any(checks: Vec<Self>) -> Self {
        let mut parts: Vec<Self> = Vec::new();
        for check in checks {
            match check {
                Self::Const(false) => {}
                Self::Const(true) => return check,
                Self::Any(inner) => inner
                    .into_iter()
                    .for_each(|check| add_alternative(&mut parts, check)),
                other => add_alternative(&mut parts, other),
            }
        }
        match parts.len() {
            0 => Self::Const(false),
            1 => parts.remove(0),
            _ => Self::Any(parts),
        }
    }

    /// Turns a condition round.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Const(result) => Self::Const(!result),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}

fn add_alternative(parts: &mut Vec<Check>, check: Check) {
    if let Check::Value(new) = &check {
        for part in parts.iter_mut() {
            let Check::Value(there) = part else { continue };
            if there.path != new.path {
                continue;
            }
            match (&mut there.probe, &new.probe) {
                (Probe::Bytes(wanted), Probe::Bytes(more)) | (Probe::Forms(wanted), Probe::Forms(more)) => {
                    wanted.extend(more.iter().cloned());
                    return;
                }
                _ => {}
            }
        }
    }
    parts.push(check);
}
