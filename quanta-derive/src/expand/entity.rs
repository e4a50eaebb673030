//! `impl QuantaEntity` and the registration.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::encode::encode_call;
use super::hints::{old_names, on_delete_of, refers_to};
use super::private::{place, relocated};
use super::{Header, Private};
use crate::ast::{Container, Data, Field};
use crate::attr::{OnDelete, OwnCode};
use crate::check::{self, key_fields};

pub(super) fn expand(private: &Private, header: &Header, item: &Container<'_>) -> TokenStream {
    let Data::Struct(body) = &item.data else {
        unreachable!("an entity that is no struct has been refused by the checks");
    };
    let table = item.table().text;
    let key = key_fields(&body.fields);
    let key_type = key_type(&key);
    let encode_key = key.iter().map(|field| {
        let member = &field.member;
        encode_call(private, field, &quote!(&self.#member))
    });
    let indexes = indexes(private, item, &body.fields);
    let references = references(private, item, &body.fields);
    let declaration = declaration(private, item, &indexes, &references);
    let auto = auto(private, &key);
    let key_names = key.iter().map(|field| &field.slot.name.text);
    let entity = header.implement(
        &quote!(#private::QuantaEntity),
        &quote! {
            #key_type

            const TABLE: &'static ::core::primitive::str = #table;

            const KEY: &'static [&'static ::core::primitive::str] = &[#(#key_names),*];

            #auto

            fn encode_key(&self, __out: &mut #private::Encoder) {
                #(#encode_key)*
            }

            fn declaration() -> &'static #private::Declaration {
                #declaration
            }
        },
    );
    let set_key = set_key(private, header, &key);
    let ident = item.ident;
    let register = item
        .attrs
        .registers
        .then(|| quote!(#private::register_entity! { #ident }));
    quote!(#entity #set_key #register)
}

/// `type Key`: the type of a single key field, or a tuple in key order.
fn key_type(key: &[&Field<'_>]) -> TokenStream {
    let types = key.iter().map(|field| field.ty);
    match key {
        // A key type that is less visible than the entity is reported at this span.
        [Field { ty, .. }] => quote_spanned!(place(ty)=> type Key = #ty;),
        _ => quote!(type Key = (#(#types),*);),
    }
}

/// What says that the store gives out the keys. Only one place asks for a type that it can give out.
fn auto(private: &Private, key: &[&Field<'_>]) -> TokenStream {
    match key {
        [
            Field {
                ty, member, attrs, ..
            },
        ] if attrs.auto.is_some() => {
            let of = quote_spanned!(place(ty)=> #private::Auto::of::<#ty>);
            quote! {
                const IS_AUTO: ::core::primitive::bool = true;

                fn auto(&self) -> ::core::option::Option<#private::Auto> {
                    ::core::option::Option::Some(#of(&self.#member))
                }
            }
        }
        _ => TokenStream::new(),
    }
}

/// `impl AutoEntity`, if the store gives out the keys.
fn set_key(private: &Private, header: &Header, key: &[&Field<'_>]) -> TokenStream {
    match key {
        [Field { member, attrs, .. }] if attrs.auto.is_some() => header.implement(
            &quote!(#private::AutoEntity),
            &quote! {
                fn set_key(&mut self, __key: <Self as #private::QuantaEntity>::Key) {
                    self.#member = __key;
                }
            },
        ),
        _ => TokenStream::new(),
    }
}

/// One `P::IndexHints { .. }` for each index, with a comma behind it.
fn indexes(private: &Private, item: &Container<'_>, fields: &[Field<'_>]) -> TokenStream {
    let hints = check::indexes(item, fields).into_iter().map(|index| {
        let (fields, unique) = (&index.fields, index.attr.is_unique());
        let name = match &index.attr.name {
            Some(name) => quote!(::core::option::Option::Some(#name)),
            None => quote!(::core::option::Option::None),
        };
        quote!(#private::IndexHints { name: #name, fields: &[#(#fields),*], unique: #unique },)
    });
    hints.collect()
}

/// One `P::ReferenceHints { .. }` for each reference at the struct, with a comma behind it.
fn references(private: &Private, item: &Container<'_>, fields: &[Field<'_>]) -> TokenStream {
    let hints = check::references(item, fields).into_iter().map(|reference| {
        let fields = &reference.fields;
        let to = refers_to(private, &reference.attr.entity);
        let on_delete = on_delete_of(private, reference.attr.on_delete.unwrap_or(OnDelete::Restrict));
        quote!(#private::ReferenceHints { fields: &[#(#fields),*], to: #to, on_delete: #on_delete },)
    });
    hints.collect()
}

fn declaration(
    private: &Private,
    item: &Container<'_>,
    indexes: &TokenStream,
    references: &TokenStream,
) -> TokenStream {
    let label = &item.label;
    let renamed_from = old_names(&item.attrs.renamed_from);
    let is_new = item.attrs.is_new;
    // All that may become of rows that meet is that all but one are taken out.
    let taken_out = &item.attrs.taken_out;
    let places = taken_out.by_key.then(|| "@key".to_owned()).into_iter();
    let places = places.chain(taken_out.by_index.iter().map(|name| format!("@{name}")));
    let on_failure = places.map(|place| quote!((#place, #private::Resolution::DropRow)));
    let validate = validate(private, item);
    quote! {
        static __DECLARATION: #private::OnceLock<#private::Declaration> = #private::OnceLock::new();
        __DECLARATION.get_or_init(|| {
            #private::Declaration::of::<Self>(#private::EntityHints {
                rust_name: ::core::concat!(::core::module_path!(), "::", #label),
                #renamed_from
                is_new: #is_new,
                on_failure: &[#(#on_failure),*],
                indexes: &[#indexes],
                validate: #validate,
                references: const { &[#references] },
            })
        })
    }
}

/// The function that says whether a row is valid.
fn validate(private: &Private, item: &Container<'_>) -> TokenStream {
    let Some(OwnCode { path, .. }) = &item.attrs.validate else {
        return quote!(::core::option::Option::None);
    };
    let here = relocated(private, place(path));
    let run = quote_spanned!(place(path)=> |__body| #here::validated::<Self, _, _>(__body, #path));
    quote!(::core::option::Option::Some(#run))
}
