//! The body of `decode`: the mirror of `encode`.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::Private;
use super::item::Layout;
use super::private::place;
use crate::ast::{Body, Container, Field, Style, Variant};

pub(super) fn structure(private: &Private, body: &Body<'_>) -> TokenStream {
    let value = construct(private, &quote!(Self), body);
    match Layout::of_struct(body) {
        Layout::Unit => quote! {
            <() as #private::QuantaType>::decode(__input)?;
            ::core::result::Result::Ok(#value)
        },
        Layout::Transparent => quote!(::core::result::Result::Ok(#value)),
        Layout::Tuple | Layout::Named => quote! {
            __input.enter()?;
            let __value = #value;
            __input.leave();
            ::core::result::Result::Ok(__value)
        },
    }
}

pub(super) fn enumeration(private: &Private, item: &Container<'_>, variants: &[&Variant<'_>]) -> TokenStream {
    let label = &item.label;
    let arms = variants.iter().enumerate().map(|(index, variant)| {
        let index = Literal::usize_unsuffixed(index);
        let ident = variant.ident;
        let value = construct(private, &quote!(Self::#ident), &variant.body);
        quote!(#index => #value,)
    });
    quote! {
        __input.enter()?;
        let __value = match __input.variant()? {
            #(#arms)*
            __other => return ::core::result::Result::Err(__input.unknown_variant(__other, #label)),
        };
        __input.leave();
        ::core::result::Result::Ok(__value)
    }
}

/// Reads the stored fields in the order of the layout: fields of a struct expression are evaluated
/// as they are written.
fn construct(private: &Private, path: &TokenStream, body: &Body<'_>) -> TokenStream {
    let stored = body.stored();
    let values = stored.iter().map(|field| decode_call(private, field));
    match body.style {
        Style::Unit => path.clone(),
        Style::Tuple => quote!(#path(#(#values),*)),
        Style::Named => {
            let members = stored.iter().map(|field| &field.member);
            let skipped = body.skipped().map(|Field { member, ty, .. }| {
                quote_spanned!(place(ty)=> #member: <#ty as ::core::default::Default>::default())
            });
            quote!(#path { #(#members: #values,)* #(#skipped,)* })
        }
    }
}

fn decode_call(private: &Private, field: &Field<'_>) -> TokenStream {
    let ty = field.ty;
    match field.attrs.serde {
        Some(_) => quote_spanned!(place(ty)=> #private::opaque::decode::<#ty>(__input)?),
        None => quote_spanned!(place(ty)=> <#ty as #private::QuantaType>::decode(__input)?),
    }
}
