//! The one module that generated code may name, and where generated code claims to stand.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;
use syn::spanned::Spanned;

/// The span at which errors in what is generated for `tokens` are reported.
///
/// Names resolve where the derive stands even if `tokens` come from a `macro_rules` caller; else generated code
/// wouldn't find its own locals.
pub(crate) fn place(tokens: &impl ToTokens) -> Span {
    tokens.span().resolved_at(Span::call_site())
}

/// The path of the facade's `__private` module, `::quantadb::__private` by default.
pub(crate) struct Private(TokenStream);

impl Private {
    pub(crate) fn new(crate_path: Option<&Path>) -> Self {
        Private(match crate_path {
            Some(path) => quote!(#path::__private),
            None => quote!(::quantadb::__private),
        })
    }
}

/// The same tokens, meaning the same, reported at `span`.
pub(super) fn relocated(tokens: &impl ToTokens, span: Span) -> TokenStream {
    let tokens = tokens.to_token_stream().into_iter();
    let moved = tokens.map(|token| {
        let mut token = match token {
            TokenTree::Group(group) => {
                let inner = relocated(&group.stream(), span);
                TokenTree::Group(Group::new(group.delimiter(), inner))
            }
            other => other,
        };
        token.set_span(token.span().located_at(span));
        token
    });
    moved.collect()
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}
