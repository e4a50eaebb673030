//! From types as they are written, with names, to shapes, which are graphs.

use std::collections::BTreeMap;

use super::limits::{NESTING_DEPTH_MAX, SHAPE_NODES_MAX};
use super::shape::{Field, Node, NodeId, Scalar, Shape, Variant};

/// A type as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TypeText {
    Scalar(Scalar),
    Option(Box<TypeText>),
    List(Box<TypeText>),
    Set(Box<TypeText>),
    Map(Box<TypeText>, Box<TypeText>),
    Array(Box<TypeText>, u32),
    Tuple(Vec<TypeText>),
    Struct(Vec<SlotText>),
    Enum(Vec<SlotText>),
    Ref(String),
    Opaque(String),
    /// A struct or enum that is defined elsewhere.
    Named(String),
}

/// A field or variant as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SlotText {
    pub(crate) name: String,
    /// The field's type or the variant's payload.
    pub(crate) content: TypeText,
    pub(crate) reuses: Vec<String>,
}

/// Named structs and enums.
pub(crate) type Definitions = BTreeMap<String, TypeText>;

/// Makes the shape of a type.
///
/// # Errors
///
/// If a name is unknown, or the shape would not be sound or pass a limit.
pub(crate) fn expand(text: &TypeText, definitions: &Definitions) -> Result<Shape, String> {
    let mut expander = Expander {
        definitions,
        nodes: Vec::new(),
        path: Vec::new(),
        depth: 0,
    };
    expander.add(text)?;
    Shape::new(expander.nodes)
}

struct Expander<'d> {
    definitions: &'d Definitions,
    nodes: Vec<Node>,
    /// Named types that are being added, outermost first.
    path: Vec<(&'d str, NodeId)>,
    depth: usize,
}

impl<'d> Expander<'d> {
    fn add(&mut self, text: &TypeText) -> Result<NodeId, String> {
        let TypeText::Named(name) = text else {
            return self.push(text, "");
        };
        let known = self.definitions.get_key_value(name);
        let (name, definition) = known.ok_or_else(|| format!("no type is named `{name}`"))?;
        if let Some((_, node)) = self.path.iter().find(|(known, _)| known == name) {
            return Ok(*node);
        }
        self.path.push((name, self.next_id()));
        let node = self.push(definition, name)?;
        self.path.pop();
        Ok(node)
    }

    fn next_id(&self) -> NodeId {
        NodeId(u32::try_from(self.nodes.len()).expect("the number of nodes is limited"))
    }

    fn push(&mut self, text: &TypeText, label: &str) -> Result<NodeId, String> {
        // A limit of its own, because texts unfold: twenty types can make a million nodes.
        if self.nodes.len() >= SHAPE_NODES_MAX || self.depth > 4 * NESTING_DEPTH_MAX {
            return Err(format!(
                "the type has more than {SHAPE_NODES_MAX} nodes or is too deep"
            ));
        }
        let id = self.next_id();
        self.nodes.push(Node::Scalar(Scalar::Unit));
        self.depth += 1;
        let node = self.node(text, label)?;
        self.depth -= 1;
        self.nodes[id.0 as usize] = node;
        Ok(id)
    }

    fn node(&mut self, text: &TypeText, label: &str) -> Result<Node, String> {
        Ok(match text {
            TypeText::Scalar(scalar) => Node::Scalar(*scalar),
            TypeText::Ref(table) => Node::Ref(table.clone()),
            TypeText::Opaque(name) => Node::Opaque(name.clone()),
            TypeText::Option(item) => Node::Option(self.add(item)?),
            TypeText::List(item) => Node::List(self.add(item)?),
            TypeText::Set(item) => Node::Set(self.add(item)?),
            TypeText::Map(key, value) => Node::Map(self.add(key)?, self.add(value)?),
            TypeText::Array(item, length) => Node::Array(self.add(item)?, *length),
            TypeText::Tuple(items) => Node::Tuple(
                items
                    .iter()
                    .map(|item| self.add(item))
                    .collect::<Result<_, _>>()?,
            ),
            TypeText::Struct(slots) => {
                let field = |(name, node, reuses)| Field { name, node, reuses };
                Node::Struct {
                    label: label.to_owned(),
                    fields: self.slots(slots, field)?,
                }
            }
            TypeText::Enum(slots) => {
                let variant = |(name, payload, reuses)| Variant {
                    name,
                    payload,
                    reuses,
                };
                Node::Enum {
                    label: label.to_owned(),
                    variants: self.slots(slots, variant)?,
                }
            }
            TypeText::Named(name) => return Err(format!("the name `{name}` stands for another name")),
        })
    }

    /// Adds fields or variants in the order of their names.
    fn slots<T>(
        &mut self,
        slots: &[SlotText],
        make: impl Fn((String, NodeId, Vec<String>)) -> T,
    ) -> Result<Vec<T>, String> {
        let mut sorted: Vec<&SlotText> = slots.iter().collect();
        sorted.sort_by_key(|slot| &slot.name);
        let mut made = Vec::with_capacity(sorted.len());
        for slot in sorted {
            let mut reuses = slot.reuses.clone();
            reuses.sort();
            reuses.dedup();
            let is_of_row = self.depth == 1;
            let content = self.add(&slot.content).map_err(|problem| match is_of_row {
                true => format!("field {}: {problem}", slot.name),
                false => problem,
            })?;
            made.push(make((slot.name.clone(), content, reuses)));
        }
        Ok(made)
    }
}
