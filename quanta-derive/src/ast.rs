//! The model: what the macros know about one item after reading it.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Generics, Ident, LitStr, Member, Type, Visibility};

use crate::attr::{ContainerAttrs, FieldAttrs};
use crate::case::snake_case;

/// Which of the two macros runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Derive {
    Entity,
    Type,
}

pub(crate) struct Container<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
    /// The label of the type: its Rust name.
    pub(crate) label: String,
    pub(crate) attrs: ContainerAttrs,
    /// Something in it is deprecated; storing it is no use that should be warned of.
    pub(crate) is_deprecated: bool,
    pub(crate) data: Data<'a>,
}

pub(crate) enum Data<'a> {
    Struct(Body<'a>),
    Enum(Vec<Variant<'a>>),
    Union,
}

pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) slot: Slot,
    pub(crate) default: Option<Ident>,
    pub(crate) fallback_for: Vec<LitStr>,
    pub(crate) body: Body<'a>,
}

/// The fields of a struct or variant, in the order they are declared in.
pub(crate) struct Body<'a> {
    pub(crate) style: Style,
    pub(crate) fields: Vec<Field<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Style {
    Named,
    Tuple,
    Unit,
}

pub(crate) struct Field<'a> {
    pub(crate) member: Member,
    /// Fields of variants are as visible as their enum, and state nothing.
    pub(crate) vis: &'a Visibility,
    pub(crate) ty: &'a Type,
    pub(crate) slot: Slot,
    pub(crate) attrs: FieldAttrs,
}

/// What fields and variants have in common: a place under a name that hints can speak of.
pub(crate) struct Slot {
    pub(crate) name: Name,
    pub(crate) renamed_from: Vec<LitStr>,
    pub(crate) is_new: bool,
}

/// A storage name and where it is written.
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
    pub(crate) origin: Origin,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    /// The Rust name serves as storage name.
    Rust,
    /// Stated in an attribute.
    Attribute,
}

impl Name {
    /// The stated name, else the Rust one.
    pub(crate) fn new(stated: Option<&LitStr>, ident: &Ident) -> Self {
        match stated {
            Some(lit) => Name {
                text: lit.value(),
                span: lit.span(),
                origin: Origin::Attribute,
            },
            None => Name {
                text: ident.unraw().to_string(),
                span: ident.span(),
                origin: Origin::Rust,
            },
        }
    }
}

impl Container<'_> {
    /// The name of the entity's table.
    pub(crate) fn table(&self) -> Name {
        match &self.attrs.table {
            None => Name {
                text: snake_case(&self.label),
                span: self.ident.span(),
                origin: Origin::Rust,
            },
            stated => Name::new(stated.as_ref(), self.ident),
        }
    }
}

impl<'a> Body<'a> {
    /// The fields that are stored, in the order of the layout: by storage name, or by position.
    pub(crate) fn stored(&self) -> Vec<&Field<'a>> {
        let mut stored: Vec<_> = self
            .fields
            .iter()
            .filter(|field| !field.attrs.is_skipped)
            .collect();
        if self.style == Style::Named {
            stored.sort_by(|one, other| one.slot.name.text.cmp(&other.slot.name.text));
        }
        stored
    }

    pub(crate) fn skipped(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(|field| field.attrs.is_skipped)
    }
}
