//! From conditions as they are written to conditions that bytes are asked.

use std::collections::BTreeSet;

use crate::codec::{Decoder, Encoder};
use crate::schema::{Node, NodeId, Scalar, Shape};
use crate::value::encode_value;

use super::check::{Check, Probe, ValueCheck};
use super::coerce::coerced;
use super::expr::{Comparison, Expr, Is, Literal, Quantifier, Test, Written};
use super::form::{encode_order, has_order, is_decimal};
use super::place::Located;

/// Compiles a condition on values of the type at `root`.
///
/// # Errors
///
/// Says which field is missing, or what can't be asked of it.
pub fn compile(shape: &Shape, root: NodeId, expr: &Expr) -> Result<Check, String> {
    match expr {
        Expr::All(parts) => compile_each(shape, root, parts).map(Check::all),
        Expr::Any(parts) => compile_each(shape, root, parts).map(Check::any),
        Expr::Not(inner) => compile(shape, root, inner).map(Check::negated),
        Expr::Is(is) => compile_is(shape, root, is),
        Expr::Wrong(problem) => Err(problem.clone()),
    }
}

fn compile_each(shape: &Shape, root: NodeId, parts: &[Expr]) -> Result<Vec<Check>, String> {
    parts.iter().map(|part| compile(shape, root, part)).collect()
}

fn compile_is(shape: &Shape, root: NodeId, is: &Is) -> Result<Check, String> {
    let place = Located::find(shape, root, &is.path)?;
    let subject = Subject { shape, is, place };
    let node = shape.node(subject.place.value);
    let is_text = matches!(node, Node::Scalar(Scalar::String | Scalar::Path));
    match &is.test {
        Test::None if subject.place.may_be_missing(shape) => Ok(subject.value(Probe::None)),
        Test::None => Ok(Check::Const(false)),
        Test::OneOf(literals) => subject.one_of(literals),
        Test::Ordered(comparison, literal) => subject.ordered(*comparison, literal),
        Test::Text(test, text) if is_text => Ok(subject.value(Probe::Text(*test, text.clone()))),
        Test::Text(..) if has_items(node) => {
            Err(subject.misfit("is no text: ask for one of its items with `[]` behind it. It is"))
        }
        Test::Text(..) => Err(subject.misfit("is no text, but")),
        Test::Variant(name) => subject.variant(name),
        Test::Items(quantifier, inner) => subject.items(*quantifier, inner),
        Test::HasKey(key) => subject.has_key(key),
        Test::Length(comparison, length) => match node {
            Node::List(_) | Node::Set(_) | Node::Array(..) | Node::Map(..) | Node::Scalar(Scalar::Bytes) => {
                Ok(subject.value(Probe::Length(*comparison, *length)))
            }
            _ if is_text => Ok(subject.value(Probe::Length(*comparison, *length))),
            _ => Err(subject.misfit("has no length: it is")),
        },
    }
}

fn has_items(node: &Node) -> bool {
    matches!(node, Node::List(_) | Node::Set(_) | Node::Array(..))
}

/// A value of which something is asked.
struct Subject<'a> {
    shape: &'a Shape,
    is: &'a Is,
    place: Located,
}

impl Subject<'_> {
    fn value(&self, probe: Probe) -> Check {
        Check::Value(ValueCheck {
            path: self.is.path.clone(),
            place: self.place.clone(),
            probe,
        })
    }

    fn wrong(&self, problem: &str) -> String {
        format!("`{}` {problem}", self.is.path)
    }

    fn misfit(&self, what: &str) -> String {
        self.wrong(&format!("{what} {}", self.shape.sub_shape(self.place.value)))
    }

    fn one_of(&self, literals: &[Literal]) -> Result<Check, String> {
        let by_form = is_decimal(self.shape, self.place.value);
        let mut alternatives = Vec::new();
        let mut wanted = BTreeSet::new();
        for literal in literals {
            match encoded(self.shape, &self.place, literal).map_err(|problem| self.wrong(&problem))? {
                None => alternatives.push(self.value(Probe::None)),
                Some(bytes) if by_form => drop(wanted.insert(form(self.shape, self.place.value, &bytes)?)),
                Some(bytes) => drop(wanted.insert(bytes)),
            }
        }
        alternatives.truncate(1);
        match wanted.is_empty() {
            true => {}
            false if by_form => alternatives.push(self.value(Probe::Forms(wanted))),
            false => alternatives.push(self.value(Probe::Bytes(wanted))),
        }
        Ok(Check::any(alternatives))
    }

    fn ordered(&self, comparison: Comparison, literal: &Literal) -> Result<Check, String> {
        let is_plain = !matches!(literal, Literal::Encoded(_) | Literal::Written(Written::Json(_)));
        if has_items(self.shape.node(self.place.value)) && is_plain {
            let problem = "is a list: ask for one of its items with `[]` behind it. It is";
            return Err(self.misfit(problem));
        }
        if !has_order(self.shape, self.place.value) {
            return Err(self.misfit("is of a type without an order,"));
        }
        let encoded = encoded(self.shape, &self.place, literal).map_err(|problem| self.wrong(&problem))?;
        Ok(match encoded {
            None => Check::Const(false),
            Some(bytes) => {
                let form = form(self.shape, self.place.value, &bytes)?;
                self.value(Probe::Ordered(comparison, form))
            }
        })
    }

    fn variant(&self, name: &str) -> Result<Check, String> {
        let Node::Enum { variants, .. } = self.shape.node(self.place.value) else {
            return Err(self.misfit("is no enum, but"));
        };
        let position = variants.iter().position(|variant| variant.name == name);
        let position = position.ok_or_else(|| self.wrong(&format!("has no variant `{name}`")))?;
        let position = u32::try_from(position).expect("limits keep variants below 2^32");
        Ok(self.value(Probe::Variant(position)))
    }

    fn items(&self, quantifier: Quantifier, inner: &Expr) -> Result<Check, String> {
        let (Node::List(item) | Node::Set(item) | Node::Array(item, _)) = self.shape.node(self.place.value)
        else {
            return Err(self.misfit("has no items: it is"));
        };
        let inner = compile(self.shape, *item, inner);
        let inner = inner.map_err(|problem| format!("in `{}[]`: {problem}", self.is.path))?;
        Ok(self.value(Probe::Items(quantifier, *item, Box::new(inner))))
    }

    fn has_key(&self, key: &Literal) -> Result<Check, String> {
        let Node::Map(of, to) = self.shape.node(self.place.value) else {
            return Err(self.misfit("is no map, but"));
        };
        let key = match key {
            Literal::Encoded(bytes) => bytes.clone(),
            Literal::Written(written) => {
                let key = encoded_written(self.shape, *of, written);
                let key = key.map_err(|problem| format!("a key of {}", self.wrong(&problem)))?;
                key.ok_or_else(|| self.wrong("has no key that is none"))?
            }
        };
        Ok(self.value(Probe::HasKey(key, [*of, *to])))
    }
}

/// Encodes a literal as the value that a place would have, without the options around it; none if it is none.
fn encoded(shape: &Shape, place: &Located, literal: &Literal) -> Result<Option<Vec<u8>>, String> {
    match literal {
        Literal::Encoded(bytes) => {
            let mut bytes = bytes.as_slice();
            for _ in 0..place.options(shape) {
                match bytes.split_first() {
                    Some((0, _)) => return Ok(None),
                    Some((1, rest)) => bytes = rest,
                    _ => return Err("is compared with bytes that are no option".to_owned()),
                }
            }
            Ok(Some(bytes.to_vec()))
        }
        Literal::Written(written) => encoded_written(shape, place.value, written),
    }
}

/// Returns the form that orders a value in row form.
fn form(shape: &Shape, node: NodeId, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    encode_order(shape, node, &mut Decoder::new(bytes), &mut out).map_err(|error| error.to_string())?;
    Ok(out)
}

/// Encodes what a text says as a value of the type at `node`; none if it says none.
fn encoded_written(shape: &Shape, node: NodeId, written: &Written) -> Result<Option<Vec<u8>>, String> {
    let Some(value) = coerced(shape, node, written)? else {
        return Ok(None);
    };
    let mut out = Encoder::default();
    encode_value(shape, node, &value, &mut out)
        .and_then(|()| out.finish())
        .map(Some)
        .map_err(|problem| format!("is compared with a value that it can't have: {problem}"))
}
