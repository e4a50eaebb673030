//! The head of an `impl`, with the bounds that the type's parameters need.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericParam, Generics, Ident, WherePredicate, parse_quote};

use super::Private;

/// The parts of an `impl` head for one type.
pub(crate) struct Header {
    ident: Ident,
    generics: Generics,
}

impl Header {
    pub(crate) fn new(ident: &Ident, generics: &Generics, private: &Private) -> Self {
        let mut generics = generics.clone();
        let types = generics.type_params().map(|param| -> WherePredicate {
            let param = &param.ident;
            parse_quote!(#param: #private::QuantaType)
        });
        // Only beside an error: `QuantaType` is for types that borrow nothing.
        let lifetimes = generics.lifetimes().map(|param| -> WherePredicate {
            let lifetime = &param.lifetime;
            parse_quote!(#lifetime: 'static)
        });
        let bounds: Vec<_> = lifetimes.chain(types).collect();
        if !bounds.is_empty() {
            generics.make_where_clause().predicates.extend(bounds);
        }
        Header {
            ident: ident.clone(),
            generics,
        }
    }

    /// The same with a first parameter that stands for a place.
    pub(crate) fn at_place(&self, place: &Ident, private: &Private) -> Generics {
        let mut generics = self.generics.clone();
        let first: GenericParam = parse_quote!(#place: #private::Place);
        // Lifetimes, which only stand beside an error, come before types.
        let lifetimes = generics.lifetimes().count();
        generics.params.insert(lifetimes, first);
        generics
    }

    /// The type with its own parameters.
    pub(crate) fn itself(&self) -> TokenStream {
        let ident = &self.ident;
        let (_, type_generics, _) = self.generics.split_for_impl();
        quote!(#ident #type_generics)
    }

    /// `#[automatically_derived] impl<..> path for Type<..> where .. { body }`.
    pub(crate) fn implement(&self, path: &TokenStream, body: &TokenStream) -> TokenStream {
        let ident = &self.ident;
        let (impl_generics, type_generics, where_clause) = self.generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #impl_generics #path for #ident #type_generics #where_clause {
                #body
            }
        }
    }
}
