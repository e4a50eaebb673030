//! `#[migration(..)]`: a function as a migration of rows.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{ItemFn, LitStr};

use crate::attr::{MigrationAttrs, OwnCode};
use crate::ctxt::Ctxt;
use crate::expand::{Private, place};

pub(crate) fn migration(arguments: TokenStream, function: &ItemFn) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let attrs = MigrationAttrs::read(&mut ctxt, arguments);
    check(&mut ctxt, function);
    match ctxt.check() {
        Ok(()) => expand(&attrs, function),
        Err(errors) => {
            let errors = errors.into_compile_error();
            quote!(#function #errors)
        }
    }
}

fn check(ctxt: &mut Ctxt, function: &ItemFn) {
    let signature = &function.sig;
    if let Some(token) = &signature.asyncness {
        ctxt.error_at(token, "a migration isn't async: it runs while the store is opened");
    }
    if !signature.generics.params.is_empty() {
        ctxt.error_at(
            &signature.generics.params,
            "a migration has no generic parameters: it is for rows of one table",
        );
    }
    if !(1..=2).contains(&signature.inputs.len()) {
        ctxt.error_at(
            &signature.ident,
            "a migration takes the old row, the new row, or both: `fn(Old) -> New`, `fn(Row) -> Row`, `fn(Old, Row) -> Row`",
        );
    }
}

fn expand(attrs: &MigrationAttrs, function: &ItemFn) -> TokenStream {
    let private = Private::new(attrs.crate_path.as_ref());
    let (name, visibility) = (&function.sig.ident, &function.vis);
    let id = attrs.id.as_ref().map_or_else(|| name.to_string(), LitStr::value);
    let table = optional(attrs.table.as_ref().map(LitStr::value));
    let depends_on = attrs.depends_on.iter().map(LitStr::value);
    let tags = attrs.tags.iter().map(LitStr::value);
    let is_irreversible = attrs.is_irreversible;
    let down_name = optional(attrs.down.as_ref().map(|down| down.text.clone()));
    let down = match &attrs.down {
        None => quote!(::core::option::Option::None),
        Some(OwnCode { path, .. }) => {
            let call = quote_spanned!(place(path)=> |__call, __out| #private::call_undo(&#path, __call, __out));
            quote!(::core::option::Option::Some(#call))
        }
    };
    let up = quote_spanned!(place(name)=> |__call, __out| #private::call_row(&#name, __call, __out));
    let declared = quote_spanned!(place(name)=> #private::MigrationDeclaration::of_rows(#name, __HINTS, #up, #down));
    quote! {
        #function

        #[doc(hidden)]
        #[allow(non_camel_case_types, missing_docs, clippy::allow_attributes, clippy::allow_attributes_without_reason)]
        #visibility struct #name {}

        const _: () = {
            const __HINTS: #private::MigrationHints = #private::MigrationHints {
                id: #id,
                table: #table,
                depends_on: &[#(#depends_on),*],
                tags: &[#(#tags),*],
                is_irreversible: #is_irreversible,
                down: #down_name,
            };

            impl #private::OwnMigration for #name {
                fn declaration() -> &'static #private::MigrationDeclaration {
                    static __DECLARATION: #private::OnceLock<#private::MigrationDeclaration> =
                        #private::OnceLock::new();
                    __DECLARATION.get_or_init(|| #declared)
                }
            }

            #private::register_migration! { #name }
        };
    }
}

fn optional(text: Option<String>) -> TokenStream {
    match text {
        None => quote!(::core::option::Option::None),
        Some(text) => quote!(::core::option::Option::Some(#text)),
    }
}
