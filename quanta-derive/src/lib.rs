//! Derive macros of QuantaDB.

mod ast;
mod attr;
mod case;
mod check;
mod ctxt;
mod derive;
mod expand;
mod fallback;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use crate::ast::Derive;
use crate::derive::derive;

/// Derives an entity.
#[proc_macro_derive(QuantaEntity, attributes(quanta))]
pub fn derive_entity(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Derive::Entity).into()
}

/// Derives a stored type.
#[proc_macro_derive(QuantaType, attributes(quanta))]
pub fn derive_type(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Derive::Type).into()
}
