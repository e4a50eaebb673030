//! The way from an item's tokens to the generated ones.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::ast::{Container, Derive};
use crate::check::check;
use crate::ctxt::Ctxt;
use crate::expand::expand;
use crate::fallback::fallback;

pub(crate) fn derive(input: &DeriveInput, derive: Derive) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let item = Container::read(&mut ctxt, input, derive);
    check(&mut ctxt, &item, derive);
    match ctxt.check() {
        Ok(()) => expand(&item, derive),
        Err(errors) => {
            let mut tokens = errors.into_compile_error();
            tokens.extend(fallback(input, item.attrs.crate_path.as_ref(), derive));
            tokens
        }
    }
}
