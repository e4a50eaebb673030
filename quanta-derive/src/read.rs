//! From an item as syn gives it to the model.

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{DeriveInput, Fields, Member, Token};

use crate::ast::{Body, Container, Data, Derive, Field, Name, Origin, Slot, Style, Variant};
use crate::attr::{ContainerAttrs, FieldAttrs, Place, VariantAttrs, refuse_on_position};
use crate::ctxt::Ctxt;

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
            vis: &input.vis,
            generics: &input.generics,
            label,
            attrs,
            is_deprecated: is_deprecated(input),
            data,
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
            fallback_for: attrs.fallback_for,
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
                vis: &field.vis,
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
                vis: &field.vis,
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

/// Tells whether something in an item is deprecated.
pub(crate) fn is_deprecated(input: &DeriveInput) -> bool {
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
