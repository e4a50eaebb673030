//! What is generated beside errors, so that uses of the type add none of their own.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Path};

use crate::ast::Derive;
use crate::expand::{Header, Private};

/// Implements the traits without content.
pub(crate) fn fallback(input: &DeriveInput, crate_path: Option<&Path>, derive: Derive) -> TokenStream {
    let private = &Private::new(crate_path);
    let header = Header::new(&input.ident, &input.generics, private);
    let stored = header.implement(
        &quote!(#private::QuantaType),
        &quote! {
            fn describe(_: &mut #private::Describe) -> #private::NodeId {
                ::core::unreachable!()
            }

            fn encode(&self, _: &mut #private::Encoder) {
                ::core::unreachable!()
            }

            fn decode(
                _: &mut #private::Decoder<'_>,
            ) -> ::core::result::Result<Self, #private::DecodeError> {
                ::core::unreachable!()
            }
        },
    );
    let fields = header.implement(
        &quote!(#private::Fielded),
        &quote! {
            const SEGMENTS: &'static [&'static ::core::primitive::str] = &[];

            type Fields<__P: #private::Place> = ();
        },
    );
    let entity = (derive == Derive::Entity).then(|| entity(private, &header));
    quote! {
        #[doc(hidden)]
        const _: () = {
            #stored
            #fields
            #entity
        };
    }
}

fn entity(private: &Private, header: &Header) -> TokenStream {
    header.implement(
        &quote!(#private::QuantaEntity),
        &quote! {
            type Key = ();

            const TABLE: &'static ::core::primitive::str = "";

            const KEY: &'static [&'static ::core::primitive::str] = &[];

            fn encode_key(&self, _: &mut #private::Encoder) {
                ::core::unreachable!()
            }

            fn declaration() -> &'static #private::Declaration {
                ::core::unreachable!()
            }
        },
    )
}
