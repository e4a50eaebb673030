//! `QuantaView`: a struct as a view of the rows of an entity.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Expr, Fields, Ident, Path, Type};

use crate::ast::{Name, Origin};
use crate::attr::{ColumnAttrs, Of, ViewAttrs};
use crate::case::snake_case;
use crate::check::{check_distinct, check_form};
use crate::ctxt::Ctxt;
use crate::expand::{Private, place};
use crate::read::is_deprecated;

/// What the macro knows about a view.
struct View<'a> {
    ident: &'a Ident,
    attrs: ViewAttrs,
    name: Name,
    columns: Vec<Column<'a>>,
    /// Something in it is deprecated; reading it is no use that should be warned of.
    is_deprecated: bool,
}

struct Column<'a> {
    ident: &'a Ident,
    ty: &'a Type,
    name: Name,
    path: Option<Expr>,
}

pub(crate) fn view(input: &DeriveInput) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let view = View::read(&mut ctxt, input);
    view.check(&mut ctxt);
    let errors = ctxt.check().err();
    let of = match &view.attrs.of {
        Of::Stated(of) => Some(of),
        Of::Unstated | Of::Unreadable => None,
    };
    match (errors, of) {
        (None, Some(of)) => expand(&view, of),
        (errors, of) => {
            let mut tokens = errors.map(syn::Error::into_compile_error).unwrap_or_default();
            // Without an entity, or with parameters, no view could stand beside the errors.
            if let Some(of) = of.filter(|_| input.generics.params.is_empty()) {
                tokens.extend(fallback(&view, of));
            }
            tokens
        }
    }
}

impl<'a> View<'a> {
    fn read(ctxt: &mut Ctxt, input: &'a DeriveInput) -> Self {
        let attrs = ViewAttrs::read(ctxt, &input.attrs);
        let name = match &attrs.name {
            None => Name {
                text: snake_case(&input.ident.unraw().to_string()),
                span: input.ident.span(),
                origin: Origin::Rust,
            },
            stated => Name::new(stated.as_ref(), &input.ident),
        };
        if !input.generics.params.is_empty() {
            ctxt.error_at(
                &input.generics.params,
                "a view has no generic parameters: it reads the rows of one entity",
            );
        }
        Self {
            ident: &input.ident,
            attrs,
            name,
            columns: columns(ctxt, input),
            is_deprecated: is_deprecated(input),
        }
    }

    fn check(&self, ctxt: &mut Ctxt) {
        check_form(ctxt, &self.name);
        if matches!(self.attrs.of, Of::Unstated) {
            ctxt.error_at(
                self.ident,
                "a view says whose rows it reads: `#[quanta(of = Entity)]`",
            );
        }
        let names = self.columns.iter().map(|column| &column.name);
        names.clone().for_each(|name| check_form(ctxt, name));
        check_distinct(ctxt, "fields", names);
    }
}

fn columns<'a>(ctxt: &mut Ctxt, input: &'a DeriveInput) -> Vec<Column<'a>> {
    let found = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if fields.named.is_empty() => "one without fields",
            Fields::Named(fields) => {
                let named = fields
                    .named
                    .iter()
                    .filter_map(|field| Some((field, field.ident.as_ref()?)));
                let columns = named.map(|(field, ident)| {
                    let attrs = ColumnAttrs::read(ctxt, &field.attrs);
                    Column {
                        ident,
                        ty: &field.ty,
                        name: Name::new(attrs.name.as_ref(), ident),
                        path: attrs.path,
                    }
                });
                return columns.collect();
            }
            Fields::Unnamed(_) => "a tuple struct",
            Fields::Unit => "a unit struct",
        },
        Data::Enum(_) => "an enum",
        Data::Union(_) => "a union",
    };
    ctxt.error_at(
        &input.ident,
        format!("a view is a struct with named fields, which are what it reads of each row, not {found}"),
    );
    Vec::new()
}

fn expand(view: &View<'_>, of: &Path) -> TokenStream {
    let private = &Private::new(view.attrs.crate_path.as_ref());
    let variables: Vec<Ident> = (0..view.columns.len())
        .map(|number| format_ident!("__column{number}"))
        .collect();
    let read = view.columns.iter().zip(&variables).map(|(column, variable)| {
        let (name, path) = (&column.name.text, path_of(column));
        quote_spanned!(place(column.ident)=> let #variable = __columns.column::<#of, _, _>(#name, #path)?;)
    });
    let members = view.columns.iter().zip(&variables).map(|(column, variable)| {
        let (ident, ty) = (column.ident, column.ty);
        // A field of another type than what is read is reported at its type.
        let value = Ident::new(&variable.to_string(), place(ty));
        quote!(#ident: #private::ReadAs::<#ty>::read_as(#value))
    });
    let condition = view.attrs.filter.as_ref().map(|filter| {
        quote! {
            fn condition() -> ::core::option::Option<#private::Filter<#of>> {
                #private::view_condition::<#of>(#filter)
            }
        }
    });
    let label = view.ident.unraw().to_string();
    let implementation = implement(
        private,
        view,
        of,
        &quote! {
            #condition

            fn visit(
                __columns: &mut #private::Columns<'_, '_, '_>,
            ) -> ::core::result::Result<::core::option::Option<Self>, #private::DecodeError> {
                #(#read)*
                ::core::result::Result::Ok(match (#(#variables,)*) {
                    (#(::core::option::Option::Some(#variables),)*) => {
                        ::core::option::Option::Some(Self { #(#members),* })
                    }
                    _ => ::core::option::Option::None,
                })
            }

            fn declaration() -> &'static #private::ViewDeclaration {
                static __DECLARATION: #private::OnceLock<#private::ViewDeclaration> = #private::OnceLock::new();
                __DECLARATION.get_or_init(|| {
                    #private::declare_view::<Self>(::core::concat!(::core::module_path!(), "::", #label))
                })
            }
        },
    );
    let ident = view.ident;
    let register = view
        .attrs
        .registers
        .then(|| quote!(#private::register_view! { #ident }));
    let allow = view.is_deprecated.then(|| quote!(#[allow(deprecated)]));
    quote! {
        #[doc(hidden)]
        #allow
        const _: () = {
            #implementation
            #register
        };
    }
}

/// What is generated beside errors, so that uses of the view add none of their own.
fn fallback(view: &View<'_>, of: &Path) -> TokenStream {
    let private = &Private::new(view.attrs.crate_path.as_ref());
    let implementation = implement(
        private,
        view,
        of,
        &quote! {
            fn visit(
                _: &mut #private::Columns<'_, '_, '_>,
            ) -> ::core::result::Result<::core::option::Option<Self>, #private::DecodeError> {
                ::core::unreachable!()
            }

            fn declaration() -> &'static #private::ViewDeclaration {
                ::core::unreachable!()
            }
        },
    );
    quote! {
        #[doc(hidden)]
        const _: () = {
            #implementation
        };
    }
}

fn implement(private: &Private, view: &View<'_>, of: &Path, body: &TokenStream) -> TokenStream {
    let (ident, name) = (view.ident, &view.name.text);
    // An entity that is less visible than the view is reported at this span.
    let of = quote_spanned!(place(of)=> type Of = #of;);
    quote! {
        #[automatically_derived]
        impl #private::QuantaView for #ident {
            #of

            const NAME: &'static ::core::primitive::str = #name;

            #body
        }
    }
}

/// The closure that leads from the fields of the entity to the one that a column reads.
fn path_of(column: &Column<'_>) -> TokenStream {
    match &column.path {
        None => {
            let ident = column.ident;
            quote!(|__fields| __fields.#ident)
        }
        Some(Expr::Closure(closure)) => quote!(#closure),
        Some(path) => {
            let path = from_fields(path);
            quote!(|__fields| #path)
        }
    }
}

/// The same path, from the fields of the entity on.
fn from_fields(path: &Expr) -> TokenStream {
    match path {
        Expr::Group(group) => from_fields(&group.expr),
        Expr::Field(field) => {
            let (base, member) = (from_fields(&field.base), &field.member);
            quote!(#base.#member)
        }
        Expr::MethodCall(call) => {
            let (receiver, method, turbofish, args) = (
                from_fields(&call.receiver),
                &call.method,
                &call.turbofish,
                &call.args,
            );
            quote!(#receiver.#method #turbofish(#args))
        }
        first => quote!(__fields.#first),
    }
}
