//! `on_failure` of an entity: which rows are taken out where several have one key, or one value under a unique index.

use syn::ext::IdentExt;
use syn::{Expr, LitStr};

use super::entry::{Entry, Value};
use super::value::{self, string_literal, ungrouped, word};
use crate::ctxt::Ctxt;

/// What rows are taken out by.
#[derive(Default)]
pub(crate) struct TakenOut {
    /// The key.
    pub(crate) by_key: bool,
    /// Unique indexes, by their names.
    pub(crate) by_index: Vec<String>,
}

/// A place that rows may meet at.
enum Place {
    Key,
    Index(String),
}

impl TakenOut {
    /// Reads `on_failure(key = "drop_row", index(name) = "drop_row")`.
    pub(crate) fn read(ctxt: &mut Ctxt, entry: &Entry) -> Self {
        let name = &entry.key;
        let write = format!("write `{name}(key = \"drop_row\")`, or `{name}(index(name) = \"drop_row\")`");
        let mut read = Self::default();
        let Value::List(tokens) = &entry.value else {
            let what =
                format!("`{name}` of an entity says what becomes of rows with one key or one unique value");
            ctxt.error_at(
                name,
                format!("{what}: {write}; for values that don't fit, say it at their field"),
            );
            return read;
        };
        let Some(items) = value::list(ctxt, tokens) else {
            return read;
        };
        if items.is_empty() {
            ctxt.error_at(name, format!("`{name}` says nothing: {write}, or remove it"));
        }
        for item in &items {
            let (place, value) = match item {
                Expr::Assign(assign) => (assign.left.as_ref(), Some(assign.right.as_ref())),
                other => (other, None),
            };
            let Some(known) = place_of(place) else {
                ctxt.error_at(
                    place,
                    format!("`{name}` of an entity is for its `key` and its unique indexes: {write}"),
                );
                continue;
            };
            let text = value.and_then(string_literal).map(|lit| lit.value());
            if text.as_deref() != Some("drop_row") {
                let message = format!("rows that meet can only be taken out: {write}");
                ctxt.error_at(value.unwrap_or(place), message);
            } else if !read.add(known) {
                ctxt.error_at(place, "the same is given twice; keep one of them");
            }
        }
        read
    }

    /// Adds a place; false if it is there.
    fn add(&mut self, place: Place) -> bool {
        match place {
            Place::Key => !std::mem::replace(&mut self.by_key, true),
            Place::Index(name) if self.by_index.contains(&name) => false,
            Place::Index(name) => {
                self.by_index.push(name);
                true
            }
        }
    }
}

/// Reads `key`, `index(name)` or `index("name")`.
fn place_of(place: &Expr) -> Option<Place> {
    if word(place).as_deref() == Some("key") {
        return Some(Place::Key);
    }
    let Expr::Call(call) = ungrouped(place) else {
        return None;
    };
    let mut names = call.args.iter();
    let (Some("index"), Some(name), None) = (word(&call.func).as_deref(), names.next(), names.next()) else {
        return None;
    };
    let literal = string_literal(name).map(|lit: LitStr| lit.value());
    let ident = || match ungrouped(name) {
        Expr::Path(path) => path.path.get_ident().map(|ident| ident.unraw().to_string()),
        _ => None,
    };
    literal.or_else(ident).map(Place::Index)
}
