//! The common syntax of all attributes: `key`, `key = value` and `key(..)`, separated by commas.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, Ident, Meta, Token, parenthesized, token};

use crate::ctxt::Ctxt;

/// One attribute as written.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

/// What follows an attribute's name.
pub(crate) enum Value {
    Flag,
    Assign(Expr),
    List(TokenStream),
}

impl Entry {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.key == name
    }
}

/// Reads every `#[quanta(..)]` among `attrs`.
///
/// A mistake in one entry doesn't hide those in the entries after it.
pub(crate) fn entries(ctxt: &mut Ctxt, attrs: &[Attribute]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("quanta")) {
        let Meta::List(list) = &attr.meta else {
            ctxt.error_at(&attr.meta, "expected a list in parentheses: `#[quanta(..)]`");
            continue;
        };
        let parsed = list.parse_args_with(|input: ParseStream<'_>| recovering(ctxt, &mut entries, input));
        if let Err(error) = parsed {
            ctxt.push(error);
        }
    }
    entries
}

/// Reads the arguments of an attribute macro.
pub(crate) fn arguments(ctxt: &mut Ctxt, tokens: TokenStream) -> Vec<Entry> {
    let mut entries = Vec::new();
    let parse = |input: ParseStream<'_>| recovering(ctxt, &mut entries, input);
    if let Err(error) = syn::parse::Parser::parse2(parse, tokens) {
        ctxt.push(error);
    }
    entries
}

fn recovering(ctxt: &mut Ctxt, entries: &mut Vec<Entry>, input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        match input.parse::<Entry>() {
            Ok(entry) => entries.push(entry),
            Err(error) => {
                ctxt.push(error);
                skip_to_comma(input)?;
            }
        }
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(())
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        // `crate` is a keyword and an attribute.
        let key = Ident::parse_any(input)
            .map_err(|error| syn::Error::new(error.span(), "expected the name of an attribute"))?;
        let value = if let Some(equals) = input.parse::<Option<Token![=]>>()? {
            if input.is_empty() || input.peek(Token![,]) {
                return Err(syn::Error::new_spanned(
                    equals,
                    format!("`{key} =` lacks its value"),
                ));
            }
            Value::Assign(input.parse()?)
        } else if input.peek(token::Paren) {
            let content;
            parenthesized!(content in input);
            Value::List(content.parse()?)
        } else {
            Value::Flag
        };
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error(format!("expected `,` after `{key}`")));
        }
        Ok(Entry { key, value })
    }
}
