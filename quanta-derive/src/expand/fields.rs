//! `impl Fielded`: the fields of the item as values, for queries.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Generics, Ident, Member, Visibility};

use super::item::{Layout, by_storage_name};
use super::private::place;
use super::{Header, Private};
use crate::ast::{Body, Container, Data, Field, Variant};

/// What the structs of fields of one item share.
struct Item<'a> {
    private: &'a Private,
    /// The item with its parameters.
    itself: TokenStream,
    /// The item's parameters, with a place before them.
    generics: Generics,
    /// The parameter that stands for the place.
    place: &'a Ident,
    /// As visible as the item.
    vis: &'a Visibility,
}

pub(super) fn expand(private: &Private, header: &Header, item: &Container<'_>) -> TokenStream {
    let place = &format_ident!("__P");
    let shared = Item {
        private,
        itself: header.itself(),
        generics: header.at_place(place, private),
        place,
        vis: item.vis,
    };
    // Seen in messages: `no field `agee` on type `__UserFields``.
    let name = format_ident!("__{}Fields", item.label);
    let mut segments = Vec::new();
    let (sets, variants) = match &item.data {
        Data::Struct(body) => {
            let prefix = |field: &Field<'_>| match Layout::of_struct(body) {
                // It is stored as its only field is.
                Layout::Transparent => String::new(),
                _ => format!(".{}", field.slot.name.text),
            };
            (
                shared.fields(&name, body, Inside::Item, &prefix, &mut segments),
                None,
            )
        }
        Data::Enum(variants) => {
            let (sets, varied) = shared.enumeration(header, &name, variants, &mut segments);
            (sets, Some(varied))
        }
        Data::Union => unreachable!("a union has been refused by the checks"),
    };
    let Set { definition, ty } = sets;
    let fielded = header.implement(
        &quote!(#private::Fielded),
        &quote! {
            const SEGMENTS: &'static [&'static ::core::primitive::str] = &[#(#segments),*];

            type Fields<#place: #private::Place> = #ty;
        },
    );
    quote!(#definition #variants #fielded)
}

/// What the fields of a body are inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Item,
    /// A variant, so that their values may be missing.
    Variant,
}

/// A struct of fields.
struct Set {
    definition: TokenStream,
    ty: TokenStream,
}

impl Item<'_> {
    /// One struct with a `Field` for each stored field.
    fn fields(
        &self,
        name: &Ident,
        body: &Body<'_>,
        inside: Inside,
        prefix: &dyn Fn(&Field<'_>) -> String,
        segments: &mut Vec<String>,
    ) -> Set {
        let Item { private, itself, .. } = self;
        let parameter = self.place;
        let at = match inside {
            Inside::Item => quote!(#parameter),
            Inside::Variant => quote!(#private::Maybe<#parameter>),
        };
        let known = |field: &&Field<'_>| !field.attrs.is_skipped && field.attrs.serde.is_none();
        let members = body.fields.iter().filter(known).map(|field| {
            let number = segments.len();
            segments.push(prefix(field));
            let ty = self.named(field.ty.to_token_stream());
            let ty =
                quote_spanned!(place(field.ty)=> #private::Field<#private::In<#at, #itself, #number>, #ty>);
            (
                &field.member,
                if inside == Inside::Item {
                    field.vis
                } else {
                    self.vis
                },
                ty,
            )
        });
        let members: Vec<_> = members.collect();
        let values = members
            .iter()
            .map(|(name, ..)| quote!(#name: #private::Field::NEW));
        let values = quote!(#(#values),*);
        self.set(name, &members, &values)
    }

    /// One struct with a `Variant` for each variant, and structs for what they hold.
    fn enumeration(
        &self,
        header: &Header,
        name: &Ident,
        variants: &[Variant<'_>],
        segments: &mut Vec<String>,
    ) -> (Set, TokenStream) {
        let Item {
            private,
            itself,
            place,
            ..
        } = self;
        let sorted = by_storage_name(variants);
        let (mut definitions, mut members) = (Vec::new(), Vec::new());
        for (number, variant) in sorted.iter().enumerate() {
            let stored = &variant.slot.name.text;
            let prefix = |field: &Field<'_>| format!("::{stored}.{}", field.slot.name.text);
            let holds = format_ident!("__FieldsOf{number}");
            let held = self.fields(&holds, &variant.body, Inside::Variant, &prefix, segments);
            let ty = held.ty;
            definitions.push(held.definition);
            let member = Member::Named(variant.ident.clone());
            members.push((member, quote!(#private::Variant<#place, #itself, #ty, #number>)));
        }
        let names = sorted.iter().map(|variant| &variant.slot.name.text);
        let varied = header.implement(
            &quote!(#private::Varied),
            &quote!(const VARIANTS: &'static [&'static ::core::primitive::str] = &[#(#names),*];),
        );
        let values = members
            .iter()
            .map(|(name, _)| quote!(#name: #private::Variant::NEW));
        let values = quote!(#(#values),*);
        let members: Vec<_> = members
            .iter()
            .map(|(name, ty)| (name, self.vis, ty.clone()))
            .collect();
        let set = self.set(name, &members, &values);
        let definition = set.definition;
        let definition = quote!(#(#definitions)* #definition);
        (Set { definition, ..set }, varied)
    }

    /// A struct and its only value.
    fn set(
        &self,
        name: &Ident,
        members: &[(&Member, &Visibility, TokenStream)],
        values: &TokenStream,
    ) -> Set {
        if members.is_empty() {
            return Set {
                definition: TokenStream::new(),
                ty: quote!(()),
            };
        }
        let Item {
            private,
            vis,
            generics,
            ..
        } = self;
        let (impl_generics, type_generics, bounds) = generics.split_for_impl();
        let is_tuple = members
            .iter()
            .all(|(name, ..)| matches!(name, Member::Unnamed(_)));
        let members = members.iter().map(|(name, vis, ty)| {
            if is_tuple {
                quote!(#vis #ty)
            } else {
                quote!(#vis #name: #ty)
            }
        });
        let body = if is_tuple {
            quote!((#(#members),*) #bounds;)
        } else {
            quote!(#bounds { #(#members),* })
        };
        let definition = quote! {
            #[doc(hidden)]
            #[allow(non_snake_case, dead_code)]
            #vis struct #name #generics #body

            #[automatically_derived]
            impl #impl_generics #private::FieldSet for #name #type_generics #bounds {
                const ALL: &'static Self = &#name { #values };
            }
        };
        let ty = quote!(#name #type_generics);
        Set { definition, ty }
    }

    /// A type as it reads outside of the item: `Self` is the item by its name.
    fn named(&self, ty: TokenStream) -> TokenStream {
        let tokens = ty.into_iter().map(|token| match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                let itself = self.itself.clone();
                TokenTree::Group(Group::new(Delimiter::None, itself))
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), self.named(group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            other => other,
        });
        tokens.collect()
    }
}
