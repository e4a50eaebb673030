//! Collects every mistake of one item, so that all are reported together.

use std::fmt::Display;
use std::thread;

use quote::ToTokens;

/// The errors found so far; must be consumed by [`Ctxt::check`].
///
/// Dropping it unchecked panics: a mistake that nobody reports would become wrong code.
pub(crate) struct Ctxt {
    errors: Option<Vec<syn::Error>>,
}

impl Ctxt {
    pub(crate) fn new() -> Self {
        Ctxt {
            errors: Some(Vec::new()),
        }
    }

    /// Adds an error that points at all of `tokens`.
    pub(crate) fn error_at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        self.errors.get_or_insert_default().push(error);
    }

    /// Ends the collection: the errors, if there are any, as one.
    pub(crate) fn check(mut self) -> syn::Result<()> {
        let mut errors = self.errors.take().unwrap_or_default().into_iter();
        let Some(mut first) = errors.next() else {
            return Ok(());
        };
        errors.for_each(|error| first.combine(error));
        Err(first)
    }
}

impl Drop for Ctxt {
    fn drop(&mut self) {
        assert!(
            self.errors.is_none() || thread::panicking(),
            "the errors of an item were never checked"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_errors_are_reported_as_one() {
        let mut ctxt = Ctxt::new();
        ctxt.error_at(quote::quote!(a), "first");
        ctxt.error_at(quote::quote!(b), "second");
        let messages: Vec<_> = ctxt
            .check()
            .unwrap_err()
            .into_iter()
            .map(|error| error.to_string())
            .collect();
        assert_eq!(messages, ["first", "second"]);
    }

    #[test]
    #[should_panic(expected = "never checked")]
    fn an_unchecked_ctxt_panics() {
        drop(Ctxt::new());
    }
}
