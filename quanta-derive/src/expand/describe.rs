//! The body of `describe`: shape and hints.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::item::Layout;
use super::private::place;
use super::{Private, hints};
use crate::ast::{Body, Container, Field, Variant};

pub(super) fn structure(private: &Private, item: &Container<'_>, body: &Body<'_>) -> TokenStream {
    let label = &item.label;
    match Layout::of_struct(body) {
        Layout::Unit => quote!(<() as #private::QuantaType>::describe(__shape)),
        Layout::Transparent => {
            let inner = body.fields.iter().map(|field| describe_of(private, field));
            quote!(__shape.transparent::<Self>(#label, #(#inner),*))
        }
        Layout::Tuple => {
            let fields = positions(private, body);
            quote!(__shape.tuple_struct::<Self>(#label, |__fields| { #fields }))
        }
        Layout::Named => {
            let fields = named(private, body);
            quote!(__shape.structure::<Self>(#label, |__fields| { #fields }))
        }
    }
}

pub(super) fn enumeration(private: &Private, item: &Container<'_>, variants: &[&Variant<'_>]) -> TokenStream {
    let label = &item.label;
    let variants = variants.iter().map(|variant| {
        let name = &variant.slot.name.text;
        let hints = hints::variant(private, variant);
        match Layout::of_variant(&variant.body) {
            Layout::Unit => quote!(__variants.unit(#name, #hints);),
            Layout::Transparent | Layout::Tuple => {
                let fields = positions(private, &variant.body);
                quote!(__variants.tuple(#name, #hints, |__fields| { #fields });)
            }
            Layout::Named => {
                let fields = named(private, &variant.body);
                quote!(__variants.structure(#name, #hints, |__fields| { #fields });)
            }
        }
    });
    quote!(__shape.enumeration::<Self>(#label, |__variants| { #(#variants)* }))
}

fn positions(private: &Private, body: &Body<'_>) -> TokenStream {
    let describes = body.fields.iter().map(|field| describe_of(private, field));
    quote!(#(__fields.add(#describes);)*)
}

/// The function that describes the field's type. Like the calls in `encode` and `decode` it names no bound but the
/// trait's own, so that a type that can't be stored is reported once.
fn describe_of(private: &Private, Field { ty, .. }: &Field<'_>) -> TokenStream {
    quote_spanned!(place(ty)=> <#ty as #private::QuantaType>::describe)
}

fn named(private: &Private, body: &Body<'_>) -> TokenStream {
    let stored = body.stored().into_iter();
    let fields = stored.map(|field| {
        let Field { slot, attrs, .. } = field;
        let name = &slot.name.text;
        let hints = hints::field(private, field);
        match &attrs.serde {
            Some(opaque) => {
                let opaque = opaque.value();
                quote!(__fields.add_opaque(#name, #opaque, #hints);)
            }
            None => {
                let describe = describe_of(private, field);
                quote!(__fields.add(#name, #describe, #hints);)
            }
        }
    });
    fields.collect()
}
