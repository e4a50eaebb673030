//! Everything that is generated for one item.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Header, Private, decode, describe, encode, entity, fields};
use crate::ast::{Body, Container, Data, Derive, Style, Variant};
use crate::lock::Lock;

/// How a struct or variant body lies in a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Layout {
    /// No stored field.
    Unit,
    /// A struct with one unnamed field, stored as that field.
    Transparent,
    Tuple,
    Named,
}

impl Layout {
    pub(super) fn of_struct(body: &Body<'_>) -> Self {
        match Layout::of_variant(body) {
            Layout::Tuple if body.fields.len() == 1 => Layout::Transparent,
            layout => layout,
        }
    }

    pub(super) fn of_variant(body: &Body<'_>) -> Self {
        match body.style {
            Style::Tuple if !body.fields.is_empty() => Layout::Tuple,
            Style::Named if body.skipped().count() < body.fields.len() => Layout::Named,
            Style::Named | Style::Tuple | Style::Unit => Layout::Unit,
        }
    }
}

pub(crate) fn expand(item: &Container<'_>, derive: Derive, lock: Option<&Lock>) -> TokenStream {
    let private = &Private::new(item.attrs.crate_path.as_ref());
    let header = Header::new(item.ident, item.generics, private);
    let (describe, encode, decode) = match &item.data {
        Data::Struct(body) => (
            describe::structure(private, item, body),
            encode::structure(private, body),
            decode::structure(private, body),
        ),
        Data::Enum(variants) => {
            let variants = by_storage_name(variants);
            (
                describe::enumeration(private, item, &variants),
                encode::enumeration(private, &variants),
                decode::enumeration(private, item, &variants),
            )
        }
        Data::Union => unreachable!("a union has been refused by the checks"),
    };
    let stored = header.implement(
        &quote!(#private::QuantaType),
        &quote! {
            fn describe(__shape: &mut #private::Describe) -> #private::NodeId {
                #describe
            }

            fn encode(&self, __out: &mut #private::Encoder) {
                #encode
            }

            fn decode(
                __input: &mut #private::Decoder<'_>,
            ) -> ::core::result::Result<Self, #private::DecodeError> {
                #decode
            }
        },
    );
    let fields = fields::expand(private, &header, item);
    let entity = (derive == Derive::Entity).then(|| entity::expand(private, &header, item));
    let tracked = lock.map(Lock::tracked);
    let allow = item.is_deprecated.then(|| quote!(#[allow(deprecated)]));
    quote! {
        #[doc(hidden)]
        #allow
        const _: () = {
            #stored
            #fields
            #entity
            #tracked
        };
    }
}

/// The order of the layout, in which a variant's place is its index.
pub(super) fn by_storage_name<'v, 'a>(variants: &'v [Variant<'a>]) -> Vec<&'v Variant<'a>> {
    let mut sorted: Vec<_> = variants.iter().collect();
    sorted.sort_by(|one, other| one.slot.name.text.cmp(&other.slot.name.text));
    sorted
}
