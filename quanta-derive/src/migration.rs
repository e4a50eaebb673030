//! `#[migration(..)]`: a function as a migration of rows, or of whole tables.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, ItemFn, LitStr};

use crate::attr::{MigrationAttrs, OwnCode};
use crate::ctxt::Ctxt;
use crate::expand::{Private, place};

pub(crate) fn migration(arguments: TokenStream, function: &ItemFn) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let attrs = MigrationAttrs::read(&mut ctxt, arguments);
    check(&mut ctxt, &attrs, function);
    match ctxt.check() {
        Ok(()) => expand(&attrs, function),
        Err(errors) => {
            let errors = errors.into_compile_error();
            quote!(#function #errors)
        }
    }
}

fn check(ctxt: &mut Ctxt, attrs: &MigrationAttrs, function: &ItemFn) {
    let signature = &function.sig;
    if let Some(token) = &signature.asyncness {
        ctxt.error_at(token, "a migration isn't async: it runs while the store is opened");
    }
    if !signature.generics.params.is_empty() {
        ctxt.error_at(
            &signature.generics.params,
            "a migration has no generic parameters: it is for rows of the tables that it names",
        );
    }
    let takes_tables = attrs.writes.is_some();
    if takes_tables && signature.inputs.len() != 1 {
        ctxt.error_at(
            &signature.ident,
            "a migration of whole tables takes them: `fn(&mut MigrationTables<'_>) -> Result<(), E>`",
        );
    }
    if !takes_tables && !(1..=2).contains(&signature.inputs.len()) {
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
    let reads = attrs.reads.iter().flat_map(|tables| &tables.names);
    let writes = attrs.writes.iter().flat_map(|tables| &tables.names);
    let declared = match attrs.writes {
        Some(_) => of_tables(&private, attrs, name),
        None => of_rows(&private, attrs, name),
    };
    quote! {
        #function

        #[doc(hidden)]
        #[allow(non_camel_case_types, missing_docs, clippy::allow_attributes, clippy::allow_attributes_without_reason)]
        #visibility struct #name {}

        const _: () = {
            const __HINTS: #private::MigrationHints = #private::MigrationHints {
                id: #id,
                table: #table,
                reads: &[#(#reads),*],
                writes: &[#(#writes),*],
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

fn of_rows(private: &Private, attrs: &MigrationAttrs, name: &Ident) -> TokenStream {
    let down = optional(attrs.down.as_ref().map(|OwnCode { path, .. }| {
        quote_spanned!(place(path)=> |__call, __out| #private::call_undo(&#path, __call, __out))
    }));
    let up = quote_spanned!(place(name)=> |__call, __out| #private::call_row(&#name, __call, __out));
    quote_spanned!(place(name)=> #private::MigrationDeclaration::of_rows(#name, __HINTS, #up, #down))
}

fn of_tables(private: &Private, attrs: &MigrationAttrs, name: &Ident) -> TokenStream {
    let down = optional(attrs.down.as_ref().map(|OwnCode { path, .. }| {
        quote_spanned!(place(path)=> |__tables| #private::call_tables(#path, __tables))
    }));
    let up = quote_spanned!(place(name)=> |__tables| #private::call_tables(#name, __tables));
    quote_spanned!(place(name)=> #private::MigrationDeclaration::of_tables(__HINTS, #up, #down))
}

fn optional<T: ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        None => quote!(::core::option::Option::None),
        Some(value) => quote!(::core::option::Option::Some(#value)),
    }
}
