//! The body of `encode`: values in the order of the layout.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use super::Private;
use super::item::Layout;
use super::private::place;
use crate::ast::{Body, Field, Variant};

/// The statement that writes `value`, a reference to what `field` holds.
pub(super) fn encode_call(private: &Private, field: &Field<'_>, value: &TokenStream) -> TokenStream {
    let ty = field.ty;
    match field.attrs.serde {
        Some(_) => quote_spanned!(place(ty)=> #private::opaque::encode::<#ty>(#value, __out);),
        None => quote_spanned!(place(ty)=> <#ty as #private::QuantaType>::encode(#value, __out);),
    }
}

pub(super) fn structure(private: &Private, body: &Body<'_>) -> TokenStream {
    let stored = body.stored();
    let fields = stored.iter().map(|field| {
        let member = &field.member;
        encode_call(private, field, &quote!(&self.#member))
    });
    match Layout::of_struct(body) {
        Layout::Unit => quote!(<() as #private::QuantaType>::encode(&(), __out);),
        Layout::Transparent => quote!(#(#fields)*),
        Layout::Tuple | Layout::Named => quote! {
            __out.enter();
            #(#fields)*
            __out.leave();
        },
    }
}

pub(super) fn enumeration(private: &Private, variants: &[&Variant<'_>]) -> TokenStream {
    let arms = variants
        .iter()
        .enumerate()
        .map(|(index, variant)| arm(private, index, variant));
    quote! {
        __out.enter();
        match self {
            #(#arms)*
        }
        __out.leave();
    }
}

fn arm(private: &Private, index: usize, variant: &Variant<'_>) -> TokenStream {
    let index = Literal::usize_unsuffixed(index);
    let ident = variant.ident;
    let stored = variant.body.stored();
    let locals: Vec<_> = (0..stored.len()).map(local).collect();
    let members = stored.iter().map(|field| &field.member);
    let pattern = match Layout::of_variant(&variant.body) {
        Layout::Unit => quote!(Self::#ident { .. }),
        Layout::Transparent | Layout::Tuple => quote!(Self::#ident(#(#locals),*)),
        Layout::Named => {
            let rest = variant.body.skipped().next().map(|_| quote!(..));
            quote!(Self::#ident { #(#members: #locals,)* #rest })
        }
    };
    let fields = stored
        .iter()
        .zip(&locals)
        .map(|(field, local)| encode_call(private, field, &quote!(#local)));
    quote! {
        #pattern => {
            __out.variant(#index);
            #(#fields)*
        }
    }
}

fn local(index: usize) -> Ident {
    format_ident!("__field{index}")
}
