//! The model: what the macros know about one item after reading it.

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{DeriveInput, Fields, Generics, Ident, LitStr, Member, Token, Type};

use crate::attr::{ContainerAttrs, FieldAttrs, Place, VariantAttrs, refuse_on_position};
use crate::case::snake_case;
use crate::ctxt::Ctxt;

/// Which of the two macros runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Derive {
    Entity,
    Type,
}

pub(crate) struct Container<'a> {
    pub(crate) ident: &'a Ident,
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
    fn new(stated: Option<&LitStr>, ident: &Ident) -> Self {
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

impl<'a> Container<'a> {
    pub(crate) fn read(ctxt: &mut Ctxt, input: &'a DeriveInput, derive: Derive) -> Self {
        let (place, field_place) = match derive {
            Derive::Entity => (Place::Entity, Place::EntityField),
            Derive::Type => (Place::Type, Place::TypeField),
        };
        let attrs = ContainerAttrs::read(ctxt, &input.attrs, place);
        let data = match &input.data {
            syn::Data::Struct(data) => Data::Struct(Body::read(ctxt, &data.fields, field_place)),
            // An entity that is an enum is refused as a whole; what its variants say is beside the point.
            syn::Data::Enum(_) if derive == Derive::Entity => Data::Enum(Vec::new()),
            syn::Data::Enum(data) => Data::Enum(
                data.variants
                    .iter()
                    .map(|variant| Variant::read(ctxt, variant))
                    .collect(),
            ),
            syn::Data::Union(_) => Data::Union,
        };
        let label = input.ident.unraw().to_string();
        Container {
            ident: &input.ident,
            generics: &input.generics,
            label,
            attrs,
            is_deprecated: is_deprecated(input),
            data,
        }
    }

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

impl<'a> Variant<'a> {
    fn read(ctxt: &mut Ctxt, variant: &'a syn::Variant) -> Self {
        let attrs = VariantAttrs::read(ctxt, &variant.attrs);
        Variant {
            ident: &variant.ident,
            slot: Slot {
                name: Name::new(attrs.name.as_ref(), &variant.ident),
                renamed_from: attrs.renamed_from,
                is_new: attrs.is_new,
            },
            default: attrs.default,
            body: Body::read(ctxt, &variant.fields, Place::TypeField),
        }
    }
}

impl<'a> Body<'a> {
    fn read(ctxt: &mut Ctxt, fields: &'a Fields, place: Place) -> Self {
        let (style, fields) = match fields {
            Fields::Named(fields) => (Style::Named, read_named(ctxt, &fields.named, place)),
            Fields::Unnamed(fields) => (Style::Tuple, read_positions(ctxt, &fields.unnamed)),
            Fields::Unit => (Style::Unit, Vec::new()),
        };
        Body { style, fields }
    }

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

fn read_named<'a>(
    ctxt: &mut Ctxt,
    fields: &'a Punctuated<syn::Field, Token![,]>,
    place: Place,
) -> Vec<Field<'a>> {
    let named = fields
        .iter()
        .filter_map(|field| field.ident.as_ref().map(|ident| (field, ident)));
    named
        .map(|(field, ident)| {
            let mut attrs = FieldAttrs::read(ctxt, &field.attrs, place);
            let slot = Slot {
                name: Name::new(attrs.name.as_ref(), ident),
                renamed_from: std::mem::take(&mut attrs.renamed_from),
                is_new: attrs.is_new,
            };
            Field {
                member: Member::Named(ident.clone()),
                ty: &field.ty,
                slot,
                attrs,
            }
        })
        .collect()
}

fn read_positions<'a>(ctxt: &mut Ctxt, fields: &'a Punctuated<syn::Field, Token![,]>) -> Vec<Field<'a>> {
    let positions = fields.iter().enumerate();
    positions
        .map(|(position, field)| {
            refuse_on_position(ctxt, &field.attrs);
            let member = Member::from(position);
            let name = Name {
                text: position.to_string(),
                span: first_span(&field.ty),
                origin: Origin::Rust,
            };
            let slot = Slot {
                name,
                renamed_from: Vec::new(),
                is_new: false,
            };
            Field {
                member,
                ty: &field.ty,
                slot,
                attrs: FieldAttrs::default(),
            }
        })
        .collect()
}

fn first_span(tokens: &impl ToTokens) -> Span {
    tokens
        .to_token_stream()
        .into_iter()
        .next()
        .map_or_else(Span::call_site, |token| token.span())
}

fn is_deprecated(input: &DeriveInput) -> bool {
    let variants: Vec<_> = match &input.data {
        syn::Data::Enum(data) => data.variants.iter().collect(),
        syn::Data::Struct(_) | syn::Data::Union(_) => Vec::new(),
    };
    let own_fields = match &input.data {
        syn::Data::Struct(data) => Some(&data.fields),
        syn::Data::Enum(_) | syn::Data::Union(_) => None,
    };
    let fields = own_fields
        .into_iter()
        .chain(variants.iter().map(|variant| &variant.fields))
        .flatten();
    let attrs = input
        .attrs
        .iter()
        .chain(variants.iter().flat_map(|variant| &variant.attrs));
    attrs
        .chain(fields.flat_map(|field| &field.attrs))
        .any(|attr| attr.path().is_ident("deprecated"))
}
