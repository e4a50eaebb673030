//! `SlotHints` and `VariantHints`: what the shape can't say.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprLit, Lit, LitStr, Path};

use super::Private;
use super::encode::encode_call;
use super::private::{place, relocated};
use crate::ast::{Field, Slot, Variant};
use crate::attr::{Conversion, Fill, OnDelete, OwnCode, Resolution};

/// `P::SlotHints { .. }` for a field, `P::SlotHints::NONE` if nothing is said.
pub(super) fn field(private: &Private, field: &Field<'_>) -> TokenStream {
    let said = [
        slot(&field.slot),
        fill(private, field),
        conversion(private, field),
        on_failure(private, field.attrs.on_failure),
        references(private, field),
    ];
    hints(&quote!(#private::SlotHints), &said)
}

/// `P::VariantHints { .. }` for a variant.
pub(super) fn variant(private: &Private, variant: &Variant<'_>) -> TokenStream {
    let default = variant.default.is_some().then(|| quote!(is_default: true,));
    let replaced = variant.fallback_for.iter().map(LitStr::value);
    let fallback = (!variant.fallback_for.is_empty()).then(|| quote!(fallback_for: &[#(#replaced),*],));
    hints(
        &quote!(#private::VariantHints),
        &[
            slot(&variant.slot),
            default.unwrap_or_default(),
            fallback.unwrap_or_default(),
        ],
    )
}

/// `renamed_from: &[..],`, the names as strings.
pub(super) fn old_names(names: &[LitStr]) -> TokenStream {
    let names = names.iter().map(LitStr::value);
    quote!(renamed_from: &[#(#names),*],)
}

fn hints(path: &TokenStream, said: &[TokenStream]) -> TokenStream {
    if said.iter().all(TokenStream::is_empty) {
        return quote!(#path::NONE);
    }
    quote!(#path { #(#said)* ..#path::NONE })
}

fn slot(slot: &Slot) -> TokenStream {
    let renamed_from = (!slot.renamed_from.is_empty()).then(|| old_names(&slot.renamed_from));
    let is_new = slot.is_new.then(|| quote!(is_new: true,));
    quote!(#renamed_from #is_new)
}

fn fill(private: &Private, field: &Field<'_>) -> TokenStream {
    match &field.attrs.fill {
        Fill::Natural => TokenStream::new(),
        Fill::Trait(key) => {
            // What is wrong with these values is the attribute, not the type: the error belongs there.
            let ty = relocated(field.ty, key.span());
            let value = quote_spanned!(place(key)=> <#ty as ::core::default::Default>::default());
            default(private, field, &value)
        }
        Fill::Value(Expr::Lit(ExprLit {
            lit: Lit::Str(text), ..
        })) => {
            let ty = relocated(field.ty, text.span());
            let value = quote_spanned! {place(text)=>
                <#ty as ::core::convert::From<&'static ::core::primitive::str>>::from(#text)
            };
            default(private, field, &value)
        }
        Fill::Value(expr) => default(private, field, &expr.to_token_stream()),
        Fill::With(code) => default_with(private, field, code),
        Fill::Init(code) => init_with(private, field, code),
    }
}

fn default(private: &Private, field: &Field<'_>, value: &TokenStream) -> TokenStream {
    let write = write(private, field, value);
    quote!(default: ::core::option::Option::Some(|__out| { #write }),)
}

fn default_with(private: &Private, field: &Field<'_>, OwnCode { path, text }: &OwnCode) -> TokenStream {
    let write = write(private, field, &quote_spanned!(place(path)=> #path()));
    quote! {
        default_with: ::core::option::Option::Some(#private::OwnCode {
            name: #text,
            run: |_, __out| {
                #write
                ::core::result::Result::Ok(())
            },
        }),
    }
}

fn init_with(private: &Private, field: &Field<'_>, OwnCode { path, text }: &OwnCode) -> TokenStream {
    let ty = field.ty;
    let private_here = relocated(private, place(path));
    let value = quote_spanned! {place(path)=>
        #private_here::IntoInit::<#ty>::into_init(#path(__old))?
    };
    let write = write(private, field, &value);
    quote! {
        init_with: ::core::option::Option::Some(#private::OwnCode {
            name: #text,
            run: |__old, __out| {
                #write
                ::core::result::Result::Ok(())
            },
        }),
    }
}

fn references(private: &Private, field: &Field<'_>) -> TokenStream {
    let references = field.attrs.references.as_ref().map(|entity| {
        let to = refers_to(private, entity);
        quote!(references: ::core::option::Option::Some(#to),)
    });
    let on_delete = field.attrs.on_delete.map(|on_delete| {
        let on_delete = on_delete_of(private, on_delete);
        quote!(on_delete: ::core::option::Option::Some(#on_delete),)
    });
    quote!(#references #on_delete)
}

/// `P::RefersTo::of::<Entity>()`: what is no entity is reported where it is named.
pub(super) fn refers_to(private: &Private, entity: &Path) -> TokenStream {
    let here = relocated(private, place(entity));
    quote_spanned!(place(entity)=> #here::RefersTo::of::<#entity>())
}

/// `P::OnDelete::Restrict`.
pub(super) fn on_delete_of(private: &Private, on_delete: OnDelete) -> TokenStream {
    match on_delete {
        OnDelete::Restrict => quote!(#private::OnDelete::Restrict),
        OnDelete::Cascade => quote!(#private::OnDelete::Cascade),
        OnDelete::SetNull => quote!(#private::OnDelete::SetNull),
    }
}

fn conversion(private: &Private, field: &Field<'_>) -> TokenStream {
    let Some(Conversion { up, down }) = &field.attrs.conversion else {
        return TokenStream::new();
    };
    let (ty, name, path) = (field.ty, &up.text, &up.path);
    let here = relocated(private, place(path));
    let takes = quote_spanned!(place(path)=> |__describe| #here::taken(#path, __describe));
    let run = quote_spanned! {place(path)=>
        |__input, __out| #here::converted::<_, #ty, _>(#path, __input, __out)
    };
    let inverse = match down {
        None => quote!(::core::option::Option::None),
        Some(OwnCode { path, text }) => {
            let here = relocated(private, place(path));
            let up = &up.path;
            let run = quote_spanned! {place(path)=>
                |__input, __out| #here::converted_back::<_, #ty, _, _>(#up, #path, __input, __out)
            };
            quote!(::core::option::Option::Some((#text, #run)))
        }
    };
    quote! {
        convert_with: ::core::option::Option::Some(#private::OwnConversion {
            name: #name,
            takes: #takes,
            run: #run,
            inverse: #inverse,
        }),
    }
}

fn on_failure(private: &Private, resolution: Option<Resolution>) -> TokenStream {
    match resolution {
        None => TokenStream::new(),
        Some(Resolution::Default) => {
            quote!(on_failure: ::core::option::Option::Some(#private::Resolution::Default),)
        }
        Some(Resolution::DropRow) => {
            quote!(on_failure: ::core::option::Option::Some(#private::Resolution::DropRow),)
        }
    }
}

/// Computes a value and writes it.
fn write(private: &Private, field: &Field<'_>, value: &TokenStream) -> TokenStream {
    let ty = field.ty;
    let encode = encode_call(private, field, &quote!(&__value));
    quote! {
        let __value: #ty = #value;
        #encode
    }
}
