//! `#[migration(..)]`: a function as a migration of rows, or of whole tables.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, Ident, ItemFn, LitStr, ReturnType, Safety, Type};

use crate::attr::{MigrationAttrs, OwnCode};
use crate::ctxt::Ctxt;
use crate::expand::{Private, place};

const FORMS: &str = "`fn(Old) -> New`, `fn(Row) -> Row` or `fn(Old, Row) -> Row`";

pub(crate) fn migration(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let attrs = MigrationAttrs::read(&mut ctxt, arguments);
    let function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let message = format!("`migration` is for a function that makes rows: {FORMS}");
            ctxt.push(syn::Error::new(error.span(), message));
            let errors = ctxt.check().err().map(syn::Error::into_compile_error);
            return quote!(#item #errors);
        }
    };
    check(&mut ctxt, &function, &attrs);
    match ctxt.check() {
        Ok(()) => expand(&attrs, &function),
        Err(errors) => {
            let errors = errors.into_compile_error();
            // Nothing can stand beside a method.
            let fallback = function
                .sig
                .receiver()
                .is_none()
                .then(|| fallback(&attrs, &function));
            quote!(#function #errors #fallback)
        }
    }
}

fn check(ctxt: &mut Ctxt, function: &ItemFn, attrs: &MigrationAttrs) {
    let signature = &function.sig;
    if let Some(token) = &signature.asyncness {
        ctxt.error_at(
            token,
            "a migration isn't async: it runs while the store is opened",
        );
    }
    if let Safety::Unsafe(token) = &signature.safety {
        ctxt.error_at(token, "a migration isn't unsafe: the store calls it");
    }
    if !signature.generics.params.is_empty() {
        ctxt.error_at(
            &signature.generics.params,
            "a migration has no generic parameters: it is for rows of one table",
        );
    }
    // One that only says what it reads is meant for whole tables too.
    if attrs.writes.is_some() || attrs.reads.is_some() {
        if signature.inputs.len() != 1 {
            ctxt.error_at(
                &signature.ident,
                "a migration of whole tables takes them: `fn(&mut MigrationTables<'_>) -> Result<(), E>`",
            );
        }
    } else {
        check_rows(ctxt, function);
    }
    let id = id(attrs, function);
    let waits = |name: &&LitStr| !id.is_empty() && name.value() == id;
    for waits in attrs.depends_on.iter().filter(waits) {
        ctxt.error_at(waits, "a migration can't wait for itself; remove it");
    }
}

fn check_rows(ctxt: &mut Ctxt, function: &ItemFn) {
    let signature = &function.sig;
    if !(1..=2).contains(&signature.inputs.len()) {
        ctxt.error_at(
            &signature.ident,
            format!("a migration takes the old row, the new row, or both: {FORMS}"),
        );
    }
    for input in &signature.inputs {
        check_input(ctxt, input);
    }
    if matches!(signature.output, ReturnType::Default) {
        ctxt.error_at(
            &signature.ident,
            format!("a migration returns the row that it makes: {FORMS}"),
        );
    }
}

fn check_input(ctxt: &mut Ctxt, input: &FnArg) {
    let FnArg::Typed(input) = input else {
        let message = "a migration is no method: write a function beside the `impl`";
        return ctxt.error_at(input, message);
    };
    match input.ty.as_ref() {
        Type::Reference(reference) => {
            ctxt.error_at(reference, "a migration takes its rows by value; remove the `&`");
        }
        Type::ImplTrait(generic) => {
            ctxt.error_at(
                generic,
                "a migration has no generic parameters: it is for rows of one table",
            );
        }
        _ => {}
    }
}

fn id(attrs: &MigrationAttrs, function: &ItemFn) -> String {
    let stated = attrs.id.as_ref().map(LitStr::value);
    stated.unwrap_or_else(|| function.sig.ident.unraw().to_string())
}

fn expand(attrs: &MigrationAttrs, function: &ItemFn) -> TokenStream {
    let private = &Private::new(attrs.crate_path.as_ref());
    let name = &function.sig.ident;
    let (hints, declaration) = (
        hints(private, attrs, function),
        declaration(private, attrs, function),
    );
    let register = quote!(#private::register_migration! { #name });
    let implementation = implement(
        private,
        function,
        &quote! {
            const __HINTS: #private::MigrationHints = #hints;
            static __DECLARATION: #private::OnceLock<#private::MigrationDeclaration> = #private::OnceLock::new();
            __DECLARATION.get_or_init(|| #declaration)
        },
        &register,
    );
    quote! {
        // The attribute asks for this signature.
        #[allow(
            clippy::allow_attributes,
            clippy::allow_attributes_without_reason,
            clippy::needless_pass_by_value,
            clippy::unnecessary_wraps
        )]
        #function

        #implementation
    }
}

/// What is generated beside errors, so that uses of the migration add none of their own.
fn fallback(attrs: &MigrationAttrs, function: &ItemFn) -> TokenStream {
    let private = &Private::new(attrs.crate_path.as_ref());
    implement(
        private,
        function,
        &quote!(::core::unreachable!()),
        &TokenStream::new(),
    )
}

/// The type under the function's name, and what it stands for.
fn implement(
    private: &Private,
    function: &ItemFn,
    declaration: &TokenStream,
    register: &TokenStream,
) -> TokenStream {
    let (name, visibility) = (&function.sig.ident, &function.vis);
    let conditions: Vec<&Attribute> = attributes(function, "cfg").collect();
    let allow = attributes(function, "deprecated")
        .next()
        .map(|_| quote!(deprecated,));
    quote! {
        #(#conditions)*
        #[doc(hidden)]
        #[allow(
            dead_code,
            missing_debug_implementations,
            missing_docs,
            non_camel_case_types,
            unreachable_pub,
            clippy::allow_attributes,
            clippy::allow_attributes_without_reason,
            clippy::empty_structs_with_brackets
        )]
        #visibility struct #name {}

        #(#conditions)*
        #[doc(hidden)]
        #[allow(#allow clippy::allow_attributes, clippy::allow_attributes_without_reason)]
        const _: () = {
            #[automatically_derived]
            impl #private::OwnMigration for #name {
                fn declaration() -> &'static #private::MigrationDeclaration {
                    #declaration
                }
            }

            #register
        };
    }
}

fn attributes<'f>(function: &'f ItemFn, name: &'f str) -> impl Iterator<Item = &'f Attribute> {
    function
        .attrs
        .iter()
        .filter(move |attr| attr.path().is_ident(name))
}

fn hints(private: &Private, attrs: &MigrationAttrs, function: &ItemFn) -> TokenStream {
    let id = id(attrs, function);
    let table = optional(attrs.table.as_ref().map(LitStr::value));
    let depends_on = attrs.depends_on.iter().map(LitStr::value);
    let tags = attrs.tags.iter().map(LitStr::value);
    let is_irreversible = attrs.is_irreversible;
    let down = optional(attrs.down.as_ref().map(|down| down.text.clone()));
    let reads = attrs.reads.iter().flat_map(|tables| &tables.names);
    let writes = attrs.writes.iter().flat_map(|tables| &tables.names);
    quote! {
        #private::MigrationHints {
            id: #id,
            table: #table,
            reads: &[#(#reads),*],
            writes: &[#(#writes),*],
            depends_on: &[#(#depends_on),*],
            tags: &[#(#tags),*],
            is_irreversible: #is_irreversible,
            down: #down,
        }
    }
}

fn declaration(private: &Private, attrs: &MigrationAttrs, function: &ItemFn) -> TokenStream {
    let name: &Ident = &function.sig.ident;
    if attrs.writes.is_some() {
        return of_tables(private, attrs, name);
    }
    // Says which of the forms is meant, so that what is wrong is found in that one.
    let rows = function.sig.inputs.iter().map(|_| quote!(_,));
    let rows = quote!((#(#rows)*));
    let down = match &attrs.down {
        None => quote!(::core::option::Option::None),
        Some(OwnCode { path, .. }) => {
            let call = quote_spanned! {place(path)=>
                |__call, __out| #private::call_undo::<#rows, _, _>(&#name, &#path, __call, __out)
            };
            quote!(::core::option::Option::Some(#call))
        }
    };
    let up =
        quote_spanned!(place(name)=> |__call, __out| #private::call_row::<#rows, _>(&#name, __call, __out));
    quote_spanned! {place(name)=>
        #private::MigrationDeclaration::of_rows::<#rows, _>(#name, __HINTS, #up, #down)
    }
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
