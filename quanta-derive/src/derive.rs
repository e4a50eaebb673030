//! The way from an item's tokens to the generated ones.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::ast::{Container, Derive};
use crate::attr::LockUse;
use crate::check::check;
use crate::ctxt::Ctxt;
use crate::expand::expand;
use crate::fallback::fallback;
use crate::lock::{self, Lock};

pub(crate) fn derive(input: &DeriveInput, derive: Derive) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let item = Container::read(&mut ctxt, input, derive);
    check(&mut ctxt, &item, derive);
    let lock = compared_lock(&mut ctxt, &item);
    if let Some(lock) = &lock {
        lock::check(&mut ctxt, &item, derive, &lock.last);
    }
    match ctxt.check() {
        Ok(()) => expand(&item, derive, lock.as_ref()),
        Err(errors) => {
            let mut tokens = errors.into_compile_error();
            tokens.extend(fallback(input, item.attrs.crate_path.as_ref(), derive));
            tokens
        }
    }
}

/// The lock that an item is compared with. An entity that is left out of the registry is one of another generation.
fn compared_lock(ctxt: &mut Ctxt, item: &Container<'_>) -> Option<Lock> {
    if item.attrs.lock == LockUse::Off || !item.attrs.registers {
        return None;
    }
    lock::beside_manifest(&item.label).unwrap_or_else(|problem| {
        ctxt.error_at(item.ident, problem);
        None
    })
}
