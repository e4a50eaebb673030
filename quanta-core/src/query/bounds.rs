//! What a condition says of the keys of an index.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::codec::{Decoder, encode_key_part, encode_key_text, turned};
use crate::index::IndexRange;
use crate::schema::{Node, NodeId, OrderWay, Scalar, Shape, has_key_order};

use super::check::{Check, Probe, ValueCheck};
use super::expr::{Comparison, Quantifier, TextTest};

/// Ranges that one query looks at: where values of several fields may each be one of many, no more than this.
const RANGES_MAX: usize = 1000;

/// The key forms that a value may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// These.
    Points(BTreeSet<Vec<u8>>),
    /// None: there is no value.
    None,
    /// Those in between; a bound stands for all keys that begin with it.
    Between(Bound<Vec<u8>>, Bound<Vec<u8>>),
}

/// What conditions say of the values at the paths of indexes.
#[derive(Debug, Default)]
pub struct Spans(BTreeMap<String, Vec<Said>>);

/// What one condition says.
#[derive(Debug, Clone)]
struct Said {
    /// Which of the conditions says so.
    by: usize,
    span: Span,
    /// Of one of several values that a row may have.
    is_of_an_item: bool,
}

/// A field by which an index finds rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its path.
    pub path: String,
    /// Which values come first.
    pub way: OrderWay,
    /// Whether a byte in front tells if there is a value.
    pub is_tagged: bool,
    /// Whether a row may have several values, or none at all.
    pub is_many: bool,
}

/// Where an index has the rows that satisfy some conditions.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// The ranges, in order; none of them touches another.
    pub ranges: Vec<IndexRange>,
    /// What the keys in all of them begin with.
    pub prefix: Vec<u8>,
    /// The conditions that no row in the ranges has to be asked.
    pub covered: BTreeSet<usize>,
    /// How many of the parts have given values.
    pub points: usize,
    /// How many of the parts have given values or bounds.
    pub bound: usize,
    /// The parts for which the conditions say that there is a value.
    pub certain: BTreeSet<usize>,
}

impl Spans {
    /// Reads the conditions that all have to hold.
    #[must_use]
    pub fn of(shape: &Shape, conditions: &[Check]) -> Self {
        let mut spans = Self::default();
        for (by, condition) in conditions.iter().enumerate() {
            let Check::Value(check) = condition else { continue };
            if let Some((path, span, is_of_an_item)) = said(shape, check) {
                let said = Said {
                    by,
                    span,
                    is_of_an_item,
                };
                spans.0.entry(path).or_default().push(said);
            }
        }
        spans
    }

    /// Finds where an index over these parts has the rows.
    #[must_use]
    pub fn bounds(&self, parts: &[Part]) -> Bounds {
        let mut prefixes = vec![Vec::new()];
        let mut bounds = Bounds {
            ranges: Vec::new(),
            prefix: Vec::new(),
            covered: BTreeSet::new(),
            points: 0,
            bound: 0,
            certain: BTreeSet::new(),
        };
        for (position, part) in parts.iter().enumerate() {
            let Some((span, by)) = self.of_part(part) else {
                break;
            };
            if span != Span::None {
                bounds.certain.insert(position);
            }
            let points = match &span {
                Span::Points(points) if prefixes.len() * points.len() <= RANGES_MAX => points.clone(),
                Span::Points(_) => break,
                Span::None => BTreeSet::new(),
                Span::Between(start, end) => {
                    bounds.ranges = prefixes
                        .iter()
                        .map(|prefix| between(prefix, part, start, end))
                        .collect();
                    bounds.covered.extend(by);
                    bounds.bound += 1;
                    bounds.prefix = one(prefixes);
                    return bounds;
                }
            };
            let given = match span {
                Span::None => vec![part.form(0, &[])],
                _ => part.forms(&points),
            };
            let with = |prefix: &Vec<u8>| -> Vec<Vec<u8>> {
                let forms = given.iter();
                forms.map(|form| [prefix.as_slice(), form].concat()).collect()
            };
            prefixes = prefixes.iter().flat_map(with).collect();
            bounds.covered.extend(by);
            bounds.points += 1;
            bounds.bound += 1;
        }
        bounds.ranges = match bounds.points {
            0 => vec![IndexRange::all()],
            _ => prefixes.iter().map(|prefix| IndexRange::of(prefix)).collect(),
        };
        bounds.prefix = one(prefixes);
        bounds
    }

    /// Puts together what is said of one part, and by which conditions.
    fn of_part(&self, part: &Part) -> Option<(Span, Vec<usize>)> {
        let said = self.0.get(&part.path)?;
        let usable = |said: &&Said| said.span != Span::None || part.is_tagged;
        let point = said
            .iter()
            .filter(usable)
            .find(|said| !matches!(said.span, Span::Between(..)));
        if let Some(point) = point {
            return Some((point.span.clone(), vec![point.by]));
        }
        let mut together: Option<(Span, Vec<usize>)> = None;
        for one in said {
            let Span::Between(start, end) = &one.span else {
                continue;
            };
            together = Some(match together {
                None => (one.span.clone(), vec![one.by]),
                // Two conditions on items may be about two of them.
                Some(all) if one.is_of_an_item => all,
                Some((Span::Between(one_start, one_end), mut by)) => {
                    by.push(one.by);
                    (
                        Span::Between(later(&one_start, start), earlier(&one_end, end)),
                        by,
                    )
                }
                Some(all) => all,
            });
        }
        together
    }
}

/// Returns the only prefix; if there are several, what all of them begin with is not looked for.
fn one(mut prefixes: Vec<Vec<u8>>) -> Vec<u8> {
    let last = prefixes.pop().unwrap_or_default();
    if prefixes.is_empty() { last } else { Vec::new() }
}

/// Says what a condition means for the values at the path of an index.
fn said(shape: &Shape, check: &ValueCheck) -> Option<(String, Span, bool)> {
    if let Probe::Items(Quantifier::Any, _, inner) = &check.probe {
        let Check::Value(inner) = inner.as_ref() else {
            return None;
        };
        let (path, span, _) = said(shape, inner)?;
        let dot = if path.is_empty() || path.starts_with('[') {
            ""
        } else {
            "."
        };
        let is_of_none = span == Span::None;
        return (!is_of_none).then(|| (format!("{}[]{dot}{path}", check.path), span, true));
    }
    let node = check.place.value;
    if let Probe::HasKey(key, [of, _]) = &check.probe {
        let form = form(shape, *of, key)?;
        return Some((
            format!("{}{{key}}", check.path),
            Span::Points([form].into()),
            true,
        ));
    }
    if !has_key_order(shape, node) {
        return None;
    }
    let span = match &check.probe {
        Probe::None => Span::None,
        Probe::Bytes(wanted) => {
            let forms = wanted.iter().map(|bytes| form(shape, node, bytes));
            Span::Points(forms.collect::<Option<_>>()?)
        }
        Probe::Ordered(comparison, form) => ordered(*comparison, form),
        Probe::Text(TextTest::StartsWith, text) => {
            let start = text_start(shape, node, text)?;
            Span::Between(Bound::Included(start.clone()), Bound::Included(start))
        }
        Probe::Variant(index) => {
            let Node::Enum { variants, .. } = shape.node(node) else {
                return None;
            };
            let name = &variants.get(*index as usize)?.name;
            let start = text_form(name);
            Span::Between(Bound::Included(start.clone()), Bound::Included(start))
        }
        _ => return None,
    };
    Some((check.path.clone(), span, false))
}

fn ordered(comparison: Comparison, form: &[u8]) -> Span {
    let form = form.to_vec();
    match comparison {
        Comparison::Less => Span::Between(Bound::Unbounded, Bound::Excluded(form)),
        Comparison::LessOrEqual => Span::Between(Bound::Unbounded, Bound::Included(form)),
        Comparison::Greater => Span::Between(Bound::Excluded(form), Bound::Unbounded),
        Comparison::GreaterOrEqual => Span::Between(Bound::Included(form), Bound::Unbounded),
        Comparison::Equal => Span::Points([form].into()),
    }
}

fn form(shape: &Shape, node: NodeId, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    encode_key_part(shape, node, &mut Decoder::new(bytes), &mut out).ok()?;
    Some(out)
}

/// Returns what the key forms of all texts begin with that begin with this one.
fn text_start(shape: &Shape, node: NodeId, text: &str) -> Option<Vec<u8>> {
    if !matches!(shape.node(node), Node::Scalar(Scalar::String | Scalar::Path)) {
        return None;
    }
    let mut form = text_form(text);
    // What tells that the text ends.
    form.truncate(form.len() - TEXT_END_BYTES);
    Some(form)
}

/// Bytes that end the key form of a text.
const TEXT_END_BYTES: usize = 2;

fn text_form(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    encode_key_text(text, &mut out);
    out
}

impl Part {
    /// Returns what stands in an index key for a value in key form, or for none.
    fn form(&self, tag: u8, form: &[u8]) -> Vec<u8> {
        let tag: &[u8] = if self.is_tagged { &[tag] } else { &[] };
        turned(&[tag, form].concat(), self.way)
    }

    /// Returns what stands in index keys for values in key form, in the order of the index.
    fn forms(&self, values: &BTreeSet<Vec<u8>>) -> Vec<Vec<u8>> {
        let mut forms: Vec<_> = values.iter().map(|value| self.form(1, value)).collect();
        forms.sort_unstable();
        forms
    }
}

/// Makes the range of the keys that begin with a prefix and go on within bounds.
fn between(prefix: &[u8], part: &Part, start: &Bound<Vec<u8>>, end: &Bound<Vec<u8>>) -> IndexRange {
    let with = |form: &[u8]| [prefix, &part.form(1, form)].concat();
    let joined = |bound: &Bound<Vec<u8>>| match bound {
        Bound::Included(form) => Bound::Included(with(form)),
        Bound::Excluded(form) => Bound::Excluded(with(form)),
        Bound::Unbounded if with(&[]).is_empty() => Bound::Unbounded,
        Bound::Unbounded => Bound::Included(with(&[])),
    };
    let (start, end) = match part.way {
        OrderWay::Ascending => (start, end),
        OrderWay::Descending => (end, start),
    };
    IndexRange {
        start: joined(start),
        end: joined(end),
    }
}

/// Returns the start that leaves out more.
fn later(one: &Bound<Vec<u8>>, other: &Bound<Vec<u8>>) -> Bound<Vec<u8>> {
    match (one, other) {
        (Bound::Unbounded, bound) | (bound, Bound::Unbounded) => bound.clone(),
        (Bound::Included(left) | Bound::Excluded(left), Bound::Included(right) | Bound::Excluded(right)) => {
            // What is excluded leaves out all that begins so.
            let one_is_later = left > right || left == right && matches!(one, Bound::Excluded(_));
            if one_is_later { one.clone() } else { other.clone() }
        }
    }
}

/// Returns the end that leaves out more.
fn earlier(one: &Bound<Vec<u8>>, other: &Bound<Vec<u8>>) -> Bound<Vec<u8>> {
    match (one, other) {
        (Bound::Unbounded, bound) | (bound, Bound::Unbounded) => bound.clone(),
        (Bound::Included(left) | Bound::Excluded(left), Bound::Included(right) | Bound::Excluded(right)) => {
            // A bound stands for all that begins with it: the longer one leaves out more.
            let one_is_earlier = match (left.starts_with(right), right.starts_with(left)) {
                (true, true) => matches!(one, Bound::Excluded(_)),
                (true, false) => matches!(other, Bound::Included(_)),
                (false, true) => matches!(one, Bound::Excluded(_)),
                (false, false) => left < right,
            };
            if one_is_earlier {
                one.clone()
            } else {
                other.clone()
            }
        }
    }
}
