//! Views as a program declares them.

use std::borrow::Cow;

use crate::schema::{Fingerprint, ViewSchema};

/// What a struct says of its view.
#[derive(Debug)]
pub struct ViewDeclaration {
    /// The view's name.
    pub name: String,
    /// The struct's path, or what else declares the view, for messages.
    pub rust_name: Cow<'static, str>,
    /// The declared schema and its fingerprint, or what is wrong with it.
    pub declared: Result<DeclaredView, String>,
}

/// The sound part of a view's declaration.
#[derive(Debug)]
pub struct DeclaredView {
    /// The schema.
    pub schema: ViewSchema,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
}

impl DeclaredView {
    /// Takes a schema.
    #[must_use]
    pub fn of(schema: ViewSchema) -> Self {
        Self {
            fingerprint: schema.fingerprint(),
            schema,
        }
    }
}
