//! `index` and `unique`, at a field and at the struct.

use syn::{Expr, Ident, LitStr};

use super::entry::{Entry, Value};
use super::value::{self, ungrouped};
use crate::ctxt::Ctxt;

/// An index as it is written.
pub(crate) struct IndexAttr {
    /// The attribute's name where it is written, for messages.
    pub(crate) key: Ident,
    pub(crate) name: Option<LitStr>,
    /// What it is over; empty at a field, which it is over then.
    pub(crate) fields: Vec<IndexField>,
}

/// A field that an index is over.
pub(crate) enum IndexField {
    /// A field of the struct by its Rust name.
    Own(Ident),
    /// A path of storage names.
    Path(LitStr),
}

impl IndexAttr {
    pub(crate) fn is_unique(&self) -> bool {
        self.key == "unique"
    }

    /// Reads `index` or `index = "name"` at a field.
    pub(crate) fn of_field(ctxt: &mut Ctxt, entry: &Entry) -> Option<Self> {
        let key = &entry.key;
        let name = match &entry.value {
            Value::Flag => None,
            Value::Assign(_) => value::string(ctxt, entry),
            Value::List(_) => {
                let message = format!(
                    "`{key}` takes no list at a field: write `{key}`, or `{key} = \"name\"`; over several fields it \
                     stands at the struct"
                );
                ctxt.error_at(key, message);
                return None;
            }
        };
        Some(Self {
            key: key.clone(),
            name,
            fields: Vec::new(),
        })
    }

    /// Reads `index(a, "b.c")` or `index(name = "n", fields(a, "b.c"))` at the struct.
    pub(crate) fn of_entity(ctxt: &mut Ctxt, entry: &Entry) -> Option<Self> {
        let key = &entry.key;
        let expected = format!(
            "`{key}` of an entity names fields: `{key}(a, \"b.c\")`, or `{key}(name = \"..\", fields(a, \"b.c\"))`"
        );
        let Value::List(tokens) = &entry.value else {
            ctxt.error_at(key, expected);
            return None;
        };
        let (mut name, mut read) = (None, Vec::new());
        for item in &value::list(ctxt, tokens)? {
            match item {
                Expr::Assign(assign) if value::word(&assign.left).as_deref() == Some("name") => {
                    name = value::string_literal(&assign.right);
                    if name.is_none() {
                        ctxt.error_at(&assign.right, &expected);
                    }
                }
                Expr::Call(call) if value::word(&call.func).as_deref() == Some("fields") => {
                    read.extend(call.args.iter().map(|field| field_of(ctxt, field, &expected)));
                }
                field => read.push(field_of(ctxt, field, &expected)),
            }
        }
        if read.is_empty() {
            ctxt.error_at(key, expected);
        }
        Some(Self {
            key: key.clone(),
            name,
            fields: read.into_iter().flatten().collect(),
        })
    }
}

pub(super) fn field_of(ctxt: &mut Ctxt, field: &Expr, expected: &str) -> Option<IndexField> {
    if let Some(path) = value::string_literal(field) {
        return Some(IndexField::Path(path));
    }
    if let Expr::Path(path) = ungrouped(field)
        && let Some(ident) = path.path.get_ident()
    {
        return Some(IndexField::Own(ident.clone()));
    }
    ctxt.error_at(field, expected);
    None
}
