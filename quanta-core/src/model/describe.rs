//! Building shapes from types, with the hints that stand beside them.

use std::any::TypeId;
use std::collections::BTreeMap;

use crate::codec::{Decoder, Encoder};
use crate::schema::{Field, Node, NodeId, OnDelete, Resolution, Scalar, Shape, Slot, Variant};

use super::conversion::OwnConversion;
use super::entity::QuantaEntity;
use super::old_row::OldRow;
use super::refers::{Noted, RefersTo};
use super::stored::QuantaType;

/// A function of the program that gives a field its values.
#[derive(Clone, Copy)]
pub struct OwnCode {
    /// The path as it is written in the attribute.
    pub name: &'static str,
    /// Writes the encoded value for an old row, or says why there is none.
    pub run: fn(&OldRow<'_>, &mut Encoder) -> Result<(), String>,
}

/// The hints of one field as the derive hands them over.
#[derive(Clone, Copy, Default)]
pub struct SlotHints {
    /// Earlier names, latest first.
    pub renamed_from: &'static [&'static str],
    /// The field is really new where a rename could be meant.
    pub is_new: bool,
    /// Writes the explicit default.
    pub default: Option<fn(&mut Encoder)>,
    /// Gives the default by a function that is called once.
    pub default_with: Option<OwnCode>,
    /// Computes the value from the old row.
    pub init_with: Option<OwnCode>,
    /// Converts the values of a field whose type changed.
    pub convert_with: Option<OwnConversion>,
    /// What becomes of rows whose values don't fit.
    pub on_failure: Option<Resolution>,
    /// The entity that the field refers to by its key.
    pub references: Option<RefersTo>,
    /// What happens to the row when the row it refers to is deleted.
    pub on_delete: Option<OnDelete>,
}

impl SlotHints {
    /// No hint at all.
    pub const NONE: Self = Self {
        renamed_from: &[],
        is_new: false,
        default: None,
        default_with: None,
        init_with: None,
        convert_with: None,
        on_failure: None,
        references: None,
        on_delete: None,
    };
}

/// The hints of one variant as the derive hands them over.
#[derive(Clone, Copy, Default)]
pub struct VariantHints {
    /// Earlier names, latest first.
    pub renamed_from: &'static [&'static str],
    /// The variant is really new where a rename could be meant.
    pub is_new: bool,
    /// The enum's default variant.
    pub is_default: bool,
    /// Old variants that become this one.
    pub fallback_for: &'static [&'static str],
}

impl VariantHints {
    /// No hint at all.
    pub const NONE: Self = Self {
        renamed_from: &[],
        is_new: false,
        is_default: false,
        fallback_for: &[],
    };
}

/// What a derive says of one slot.
pub(crate) enum DescribedSlot {
    Field(SlotHints),
    Variant(VariantHints),
}

/// Collects the shape of a type. Handed to [`QuantaType::describe`].
#[derive(Default)]
pub struct Describe {
    nodes: Vec<Node>,
    path: Vec<(TypeId, NodeId)>,
    slots: BTreeMap<Slot, DescribedSlot>,
    references: Vec<Noted>,
    /// What is said of deletions at the field that is being described.
    on_delete: Option<OnDelete>,
    /// Whether the key of another entity is being described: what it refers to is no business of this one.
    in_reference: bool,
    problem: Option<String>,
}

/// A type as it was described.
pub(crate) struct Described {
    pub(crate) shape: Shape,
    pub(crate) slots: BTreeMap<Slot, DescribedSlot>,
    pub(crate) references: Vec<Noted>,
}

impl Describe {
    pub(crate) fn of<T: QuantaType>() -> Result<Described, String> {
        Self::by(T::describe)
    }

    pub(crate) fn by(item: fn(&mut Self) -> NodeId) -> Result<Described, String> {
        let mut describe = Self::default();
        item(&mut describe);
        match describe.problem {
            Some(problem) => Err(problem),
            None => Ok(Described {
                shape: Shape::new(describe.nodes)?,
                slots: describe.slots,
                references: describe.references,
            }),
        }
    }

    /// Adds the key of another entity, and notes what it refers to.
    pub(super) fn reference<E: QuantaEntity>(&mut self) -> NodeId {
        let outer = std::mem::replace(&mut self.in_reference, true);
        let node = E::Key::describe(self);
        self.in_reference = outer;
        self.note(node, RefersTo::of::<E>());
        node
    }

    fn note(&mut self, node: NodeId, to: RefersTo) {
        if !self.in_reference {
            self.references.push(Noted {
                node,
                to,
                on_delete: self.on_delete.unwrap_or_default(),
            });
        }
    }

    fn push(&mut self, node: Node) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        id
    }

    fn replace(&mut self, id: NodeId, node: Node) -> NodeId {
        self.nodes[id.0 as usize] = node;
        id
    }

    /// Adds a type without parts.
    pub fn scalar(&mut self, scalar: Scalar) -> NodeId {
        self.push(Node::Scalar(scalar))
    }

    /// Adds a type of which only the program knows more than that it is JSON.
    #[cfg(feature = "serde_json")]
    pub(super) fn opaque(&mut self, name: &str) -> NodeId {
        self.push(Node::Opaque(name.to_owned()))
    }

    /// Adds an option.
    pub fn option(&mut self, item: fn(&mut Self) -> NodeId) -> NodeId {
        self.item(item, Node::Option)
    }

    /// Adds a list.
    pub fn list(&mut self, item: fn(&mut Self) -> NodeId) -> NodeId {
        self.item(item, Node::List)
    }

    /// Adds a set.
    pub fn set(&mut self, item: fn(&mut Self) -> NodeId) -> NodeId {
        self.item(item, Node::Set)
    }

    /// Adds an array of `length` items.
    pub fn array(&mut self, item: fn(&mut Self) -> NodeId, length: usize) -> NodeId {
        let length = u32::try_from(length).unwrap_or_else(|_| {
            self.problem
                .get_or_insert_with(|| format!("an array of {length} items is too long"));
            0
        });
        self.item(item, |item| Node::Array(item, length))
    }

    fn item(&mut self, item: fn(&mut Self) -> NodeId, wrap: impl FnOnce(NodeId) -> Node) -> NodeId {
        let id = self.push(Node::Scalar(Scalar::Unit));
        let item = item(self);
        self.replace(id, wrap(item))
    }

    /// Adds a map.
    pub fn map(&mut self, key: fn(&mut Self) -> NodeId, value: fn(&mut Self) -> NodeId) -> NodeId {
        let id = self.push(Node::Scalar(Scalar::Unit));
        let (key, value) = (key(self), value(self));
        self.replace(id, Node::Map(key, value))
    }

    /// Adds a tuple.
    pub fn tuple(&mut self, items: &[fn(&mut Self) -> NodeId]) -> NodeId {
        let id = self.push(Node::Scalar(Scalar::Unit));
        let items = items.iter().map(|item| item(self)).collect();
        self.replace(id, Node::Tuple(items))
    }

    /// Adds a struct, or a way back to it if it is being described already.
    pub fn structure<T: 'static>(&mut self, label: &str, build: impl FnOnce(&mut Fields<'_>)) -> NodeId {
        self.named::<T>(|describe, id| {
            let fields = describe.fields(id, build);
            Node::Struct {
                label: label.to_owned(),
                fields,
            }
        })
    }

    /// Adds an enum, or a way back to it if it is being described already.
    pub fn enumeration<T: 'static>(&mut self, label: &str, build: impl FnOnce(&mut Variants<'_>)) -> NodeId {
        self.named::<T>(|describe, id| {
            let mut variants = Variants {
                describe,
                id,
                variants: Vec::new(),
                renamed_from: Vec::new(),
            };
            build(&mut variants);
            Node::Enum {
                label: label.to_owned(),
                variants: variants.finish(),
            }
        })
    }

    /// Adds a struct with unnamed fields: a tuple.
    pub fn tuple_struct<T: 'static>(
        &mut self,
        label: &str,
        build: impl FnOnce(&mut Positions<'_>),
    ) -> NodeId {
        self.unnamed::<T>(label, |describe| describe.positions(build))
    }

    /// Adds a struct with one unnamed field, which is stored like that field.
    pub fn transparent<T: 'static>(&mut self, label: &str, item: fn(&mut Self) -> NodeId) -> NodeId {
        self.unnamed::<T>(label, item)
    }

    fn named<T: 'static>(&mut self, build: impl FnOnce(&mut Self, NodeId) -> Node) -> NodeId {
        if let Some((_, id)) = self.path.iter().find(|(known, _)| *known == TypeId::of::<T>()) {
            return *id;
        }
        let id = self.push(Node::Scalar(Scalar::Unit));
        self.path.push((TypeId::of::<T>(), id));
        let node = build(self, id);
        self.path.pop();
        self.replace(id, node)
    }

    fn unnamed<T: 'static>(&mut self, label: &str, build: impl FnOnce(&mut Self) -> NodeId) -> NodeId {
        if self.path.iter().any(|(known, _)| *known == TypeId::of::<T>()) {
            let problem = format!("the tuple struct {label} contains itself: give its fields names");
            self.problem.get_or_insert(problem);
            return self.scalar(Scalar::Unit);
        }
        self.path.push((TypeId::of::<T>(), NodeId(u32::MAX)));
        let id = build(self);
        self.path.pop();
        id
    }

    fn fields(&mut self, id: NodeId, build: impl FnOnce(&mut Fields<'_>)) -> Vec<Field> {
        let mut fields = Fields {
            describe: self,
            id,
            fields: Vec::new(),
            renamed_from: Vec::new(),
        };
        build(&mut fields);
        let Fields {
            mut fields,
            renamed_from,
            ..
        } = fields;
        let names: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
        for (field, old_names) in fields.iter_mut().zip(renamed_from) {
            field.reuses = live_names(&field.name, old_names, &names);
        }
        fields
    }

    fn positions(&mut self, build: impl FnOnce(&mut Positions<'_>)) -> NodeId {
        let id = self.push(Node::Scalar(Scalar::Unit));
        let mut positions = Positions {
            describe: self,
            items: Vec::new(),
        };
        build(&mut positions);
        let items = positions.items;
        self.replace(id, Node::Tuple(items))
    }
}

/// Returns the old names that are live beside `name`: those are part of the shape.
fn live_names(name: &str, old_names: &[&str], live: &[String]) -> Vec<String> {
    let mut reuses: Vec<String> = old_names
        .iter()
        .filter(|old| **old != name && live.iter().any(|name| name == *old))
        .map(|old| (*old).to_owned())
        .collect();
    reuses.sort();
    reuses
}

/// Collects the fields of a struct, in the order of their storage names.
pub struct Fields<'d> {
    describe: &'d mut Describe,
    id: NodeId,
    fields: Vec<Field>,
    renamed_from: Vec<&'static [&'static str]>,
}

impl Fields<'_> {
    /// Adds a field of the type that `item` describes.
    pub fn add(&mut self, name: &str, item: fn(&mut Describe) -> NodeId, hints: SlotHints) {
        let outer = std::mem::replace(&mut self.describe.on_delete, hints.on_delete);
        let before = self.describe.references.len();
        let node = item(self.describe);
        let holds_refs = self.describe.references.len() > before;
        self.describe.on_delete = hints.on_delete;
        match hints.references {
            Some(to) if !holds_refs => self.describe.note(node, to),
            Some(_) => self.fault(format!(
                "field `{name}`: `references` contradicts its type, which holds a `Ref` already; remove it"
            )),
            // Within the key of another entity nothing is noted.
            None if hints.on_delete.is_some() && !holds_refs && !self.describe.in_reference => {
                self.fault(format!(
                    "field `{name}`: `on_delete` is for references: make it a `Ref<..>`, or add `references = ..`"
                ));
            }
            None => {}
        }
        self.describe.on_delete = outer;
        self.push(name, node, hints);
    }

    fn fault(&mut self, problem: String) {
        self.describe.problem.get_or_insert(problem);
    }

    /// Adds a field that is stored as JSON.
    pub fn add_opaque(&mut self, name: &str, opaque: &str, hints: SlotHints) {
        let node = self.describe.push(Node::Opaque(opaque.to_owned()));
        self.push(name, node, hints);
    }

    fn push(&mut self, name: &str, node: NodeId, hints: SlotHints) {
        self.describe
            .slots
            .insert((self.id, self.fields.len()), DescribedSlot::Field(hints));
        self.fields.push(Field {
            name: name.to_owned(),
            node,
            reuses: Vec::new(),
        });
        self.renamed_from.push(hints.renamed_from);
    }
}

/// Collects the positions of a tuple.
pub struct Positions<'d> {
    describe: &'d mut Describe,
    items: Vec<NodeId>,
}

impl Positions<'_> {
    /// Adds the next position.
    pub fn add(&mut self, item: fn(&mut Describe) -> NodeId) {
        let node = item(self.describe);
        self.items.push(node);
    }
}

/// Collects the variants of an enum, in the order of their storage names.
pub struct Variants<'d> {
    describe: &'d mut Describe,
    id: NodeId,
    variants: Vec<Variant>,
    renamed_from: Vec<&'static [&'static str]>,
}

impl Variants<'_> {
    /// Adds a variant without payload.
    pub fn unit(&mut self, name: &str, hints: VariantHints) {
        let payload = self.describe.scalar(Scalar::Unit);
        self.push(name, payload, hints);
    }

    /// Adds a variant with unnamed fields.
    pub fn tuple(&mut self, name: &str, hints: VariantHints, build: impl FnOnce(&mut Positions<'_>)) {
        let payload = self.describe.positions(build);
        self.push(name, payload, hints);
    }

    /// Adds a variant with named fields.
    pub fn structure(&mut self, name: &str, hints: VariantHints, build: impl FnOnce(&mut Fields<'_>)) {
        let payload = self.describe.push(Node::Scalar(Scalar::Unit));
        let fields = self.describe.fields(payload, build);
        self.describe.replace(
            payload,
            Node::Struct {
                label: String::new(),
                fields,
            },
        );
        self.push(name, payload, hints);
    }

    fn push(&mut self, name: &str, payload: NodeId, hints: VariantHints) {
        self.describe
            .slots
            .insert((self.id, self.variants.len()), DescribedSlot::Variant(hints));
        self.variants.push(Variant {
            name: name.to_owned(),
            payload,
            reuses: Vec::new(),
        });
        self.renamed_from.push(hints.renamed_from);
    }

    fn finish(self) -> Vec<Variant> {
        let names: Vec<String> = self.variants.iter().map(|variant| variant.name.clone()).collect();
        let mut variants = self.variants;
        for (variant, old_names) in variants.iter_mut().zip(self.renamed_from) {
            variant.reuses = live_names(&variant.name, old_names, &names);
        }
        variants
    }
}

/// Reads back what a hint's function wrote, to be sure that it is one whole value.
pub(crate) fn checked(value: Vec<u8>, shape: &Shape, node: NodeId) -> Result<Vec<u8>, String> {
    let mut input = Decoder::new(&value);
    crate::codec::skip(shape, node, &mut input).map_err(|error| error.to_string())?;
    input.finish().map_err(|error| error.to_string())?;
    Ok(value)
}
