//! Paths of fields, resolved in a shape: where a value is in the bytes of a row.

use crate::codec::{DecodeError, Decoder, skip};
use crate::schema::{Field, Node, NodeId, Shape};

/// Where a value is, from a row or an item on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    steps: Vec<Step>,
    /// The type at its end, options around it included.
    pub leaf: NodeId,
    /// The type of a value that is there.
    pub value: NodeId,
}

/// One step on the way to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Into a field or position of that node.
    Slot(NodeId, usize),
    /// Into an option.
    Some,
    /// Into what a variant holds.
    Variant(usize),
}

impl Located {
    /// Finds what is at a path: names and positions with dots between them, `::Variant` behind an enum. Options on the way
    /// are gone through.
    ///
    /// # Errors
    ///
    /// Says which part of the path names what isn't there.
    pub fn find(shape: &Shape, root: NodeId, path: &str) -> Result<Self, String> {
        let mut found = Self {
            steps: Vec::new(),
            leaf: root,
            value: root,
        };
        let mut rest = path;
        while !rest.is_empty() {
            found.strip(shape);
            let (problem, next) = if let Some(variant) = rest.strip_prefix("::") {
                let (name, next) = split(variant);
                (found.enter_variant(shape, name), next)
            } else {
                let (name, next) = split(rest.strip_prefix('.').unwrap_or(rest));
                (found.enter_slot(shape, name), next)
            };
            problem.map_err(|problem| format!("`{path}` {problem}"))?;
            rest = next;
        }
        found.value = found.leaf;
        while let Node::Option(item) = shape.node(found.value) {
            found.value = *item;
        }
        Ok(found)
    }

    /// Tells whether something on the way, or at its end, may be missing.
    #[must_use]
    pub fn may_be_missing(&self, shape: &Shape) -> bool {
        let on_the_way = |step: &Step| matches!(step, Step::Some | Step::Variant(_));
        self.steps.iter().any(on_the_way) || matches!(shape.node(self.leaf), Node::Option(_))
    }

    /// Returns how many options there are around the value at the end.
    pub(super) fn options(&self, shape: &Shape) -> usize {
        let mut count = 0;
        let mut at = self.leaf;
        while let Node::Option(item) = shape.node(at) {
            at = *item;
            count += 1;
        }
        count
    }

    fn strip(&mut self, shape: &Shape) {
        while let Node::Option(item) = shape.node(self.leaf) {
            self.steps.push(Step::Some);
            self.leaf = *item;
        }
    }

    fn enter_slot(&mut self, shape: &Shape, name: &str) -> Result<(), String> {
        let node = shape.node(self.leaf);
        let position = match node {
            Node::Struct { fields, .. } => fields.iter().position(|field| field.name == name),
            Node::Tuple(items) => name.parse().ok().filter(|position| *position < items.len()),
            Node::List(_) | Node::Set(_) | Node::Array(..) => {
                return Err(format!(
                    "leads into a list: ask for one of its items, as `[].{name}`"
                ));
            }
            Node::Enum { .. } => {
                return Err(format!(
                    "leads into an enum: say which variant, as `::Variant.{name}`"
                ));
            }
            _ => None,
        };
        let position = position.ok_or_else(|| missing(node, name))?;
        self.steps.push(Step::Slot(self.leaf, position));
        self.leaf = node.children()[position];
        Ok(())
    }

    fn enter_variant(&mut self, shape: &Shape, name: &str) -> Result<(), String> {
        let Node::Enum { variants, .. } = shape.node(self.leaf) else {
            return Err(format!("is no enum and has no variant `{name}`"));
        };
        let index = variants.iter().position(|variant| variant.name == name);
        let index = index.ok_or_else(|| format!("has no variant `{name}`"))?;
        self.steps.push(Step::Variant(index));
        self.leaf = variants[index].payload;
        Ok(())
    }
}

fn missing(node: &Node, name: &str) -> String {
    let Node::Struct { fields, .. } = node else {
        return format!("is missing: there is no `{name}`");
    };
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    format!("is missing: there is no `{name}`, but {}", names.join(", "))
}

/// Splits a path behind its first name.
fn split(path: &str) -> (&str, &str) {
    let ends = [path.find('.'), path.find("::")];
    path.split_at(ends.into_iter().flatten().min().unwrap_or(path.len()))
}

/// Finds values in one body, and remembers where its fields begin.
#[derive(Debug)]
pub struct Finder<'s> {
    shape: &'s Shape,
    root: NodeId,
    fields: &'s [Field],
}

impl<'s> Finder<'s> {
    /// Prepares for bodies of a type.
    #[must_use]
    pub fn new(shape: &'s Shape, root: NodeId) -> Self {
        let fields = match shape.node(root) {
            Node::Struct { fields, .. } => fields.as_slice(),
            _ => &[],
        };
        Self { shape, root, fields }
    }

    /// Returns the shape.
    pub(super) fn shape(&self) -> &'s Shape {
        self.shape
    }

    /// Goes to a value; none if something on the way is missing. The options around it are not entered. `starts` says where
    /// the fields of this body begin, as far as that is known.
    ///
    /// # Errors
    ///
    /// If the body is no value of the type, as far as it had to be read.
    pub fn find<'b>(
        &self,
        located: &Located,
        body: &'b [u8],
        starts: &mut Vec<usize>,
    ) -> Result<Option<Decoder<'b>>, DecodeError> {
        let (mut input, steps) = match located.steps.split_first() {
            Some((Step::Slot(node, position), rest)) if *node == self.root && !self.fields.is_empty() => {
                (self.field(*position, body, starts)?, rest)
            }
            _ => (Decoder::new(body), located.steps.as_slice()),
        };
        for step in steps {
            match *step {
                Step::Slot(node, position) => {
                    for before in self.shape.node(node).children().into_iter().take(position) {
                        skip(self.shape, before, &mut input)?;
                    }
                }
                Step::Some => {
                    if !input.is_some()? {
                        return Ok(None);
                    }
                }
                Step::Variant(index) => {
                    if input.variant()? as usize != index {
                        return Ok(None);
                    }
                }
            }
        }
        Ok(Some(input))
    }

    /// Goes to a value, and into the options around it.
    ///
    /// # Errors
    ///
    /// As [`Finder::find`].
    pub fn find_value<'b>(
        &self,
        located: &Located,
        body: &'b [u8],
        starts: &mut Vec<usize>,
    ) -> Result<Option<Decoder<'b>>, DecodeError> {
        let Some(mut input) = self.find(located, body, starts)? else {
            return Ok(None);
        };
        for _ in 0..located.options(self.shape) {
            if !input.is_some()? {
                return Ok(None);
            }
        }
        Ok(Some(input))
    }

    fn field<'b>(
        &self,
        position: usize,
        body: &'b [u8],
        starts: &mut Vec<usize>,
    ) -> Result<Decoder<'b>, DecodeError> {
        if starts.is_empty() {
            starts.push(0);
        }
        while let Some(last) = starts.len().checked_sub(1)
            && last < position
        {
            let mut input = Decoder::new(&body[starts[last]..]);
            skip(self.shape, self.fields[last].node, &mut input)?;
            starts.push(body.len() - input.rest().len());
        }
        Ok(Decoder::new(&body[starts[position]..]))
    }
}
