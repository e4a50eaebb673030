//! `references` and `on_delete`, at a field and at the struct.

use proc_macro2::Ident;
use syn::{Expr, Path};

use super::entry::{Entry, Value};
use super::index::{IndexField, field_of};
use super::value::{self, ungrouped};
use crate::ctxt::Ctxt;

/// What happens to a row when the row it refers to is deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OnDelete {
    Restrict,
    Cascade,
    SetNull,
}

/// A reference as it is written at the struct.
pub(crate) struct ReferenceAttr {
    /// The attribute's name where it is written, for messages.
    pub(crate) key: Ident,
    pub(crate) entity: Path,
    pub(crate) fields: Vec<IndexField>,
    pub(crate) on_delete: Option<OnDelete>,
}

/// Reads `on_delete = "restrict"`.
pub(crate) fn on_delete(ctxt: &mut Ctxt, entry: &Entry) -> Option<OnDelete> {
    let key = &entry.key;
    match &entry.value {
        Value::Assign(expr) => read_on_delete(ctxt, expr),
        Value::Flag | Value::List(_) => {
            ctxt.error_at(key, on_delete_expected());
            None
        }
    }
}

fn on_delete_expected() -> &'static str {
    "`on_delete` takes what happens to the row when the one it refers to is deleted: `\"restrict\"`, `\"cascade\"` or \
     `\"set_null\"`"
}

fn read_on_delete(ctxt: &mut Ctxt, expr: &Expr) -> Option<OnDelete> {
    match value::string_literal(expr).map(|lit| lit.value()).as_deref() {
        Some("restrict") => Some(OnDelete::Restrict),
        Some("cascade") => Some(OnDelete::Cascade),
        Some("set_null") => Some(OnDelete::SetNull),
        _ => {
            ctxt.error_at(expr, on_delete_expected());
            None
        }
    }
}

/// Reads `references = Team` at a field.
pub(crate) fn entity(ctxt: &mut Ctxt, entry: &Entry) -> Option<Path> {
    let expected = "`references` of a field names an entity: `references = Team`; over several fields it stands at the \
                    struct";
    let expr = match &entry.value {
        Value::Assign(expr) => expr,
        Value::Flag | Value::List(_) => {
            ctxt.error_at(&entry.key, expected);
            return None;
        }
    };
    let path = path(expr);
    if path.is_none() {
        ctxt.error_at(expr, expected);
    }
    path
}

fn path(expr: &Expr) -> Option<Path> {
    match ungrouped(expr) {
        Expr::Path(path) if path.qself.is_none() => Some(path.path.clone()),
        other => value::string_literal(other)?
            .parse_with(Path::parse_mod_style)
            .ok(),
    }
}

impl ReferenceAttr {
    /// Reads `references(Team, fields(a, b), on_delete = "cascade")` at the struct.
    pub(crate) fn of_entity(ctxt: &mut Ctxt, entry: &Entry) -> Option<Self> {
        let key = &entry.key;
        let expected = format!(
            "`{key}` of an entity names another one and the fields that refer to its key, in the order of the key: \
             `{key}(Team, fields(a, b))`, and `on_delete = \"..\"` if rows are not to be restricted"
        );
        let Value::List(tokens) = &entry.value else {
            ctxt.error_at(key, expected);
            return None;
        };
        let list = value::list(ctxt, tokens)?;
        let mut items = list.iter();
        let Some(entity) = items.next().and_then(path) else {
            ctxt.error_at(
                list.first()
                    .map_or_else(|| quote::quote!(#key), |item| quote::quote!(#item)),
                expected,
            );
            return None;
        };
        let (mut fields, mut on_delete) = (Vec::new(), None);
        for item in items {
            match item {
                Expr::Call(call) if value::word(&call.func).as_deref() == Some("fields") => {
                    fields.extend(call.args.iter().map(|field| field_of(ctxt, field, &expected)));
                }
                Expr::Assign(assign) if value::word(&assign.left).as_deref() == Some("on_delete") => {
                    if on_delete.is_some() {
                        ctxt.error_at(&assign.left, "`on_delete` is given twice; keep one of them");
                    }
                    on_delete = read_on_delete(ctxt, &assign.right);
                }
                other => ctxt.error_at(other, &expected),
            }
        }
        if fields.is_empty() {
            ctxt.error_at(key, expected);
        }
        Some(Self {
            key: key.clone(),
            entity,
            fields: fields.into_iter().flatten().collect(),
            on_delete,
        })
    }
}
