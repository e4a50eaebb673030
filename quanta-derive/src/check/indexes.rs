//! Indexes: that they are over fields of the struct, each once.

use std::collections::BTreeSet;

use proc_macro2::Span;
use syn::LitStr;
use syn::ext::IdentExt;

use super::names::check_old_names;
use crate::ast::{Container, Field};
use crate::attr::{IndexAttr, IndexField};
use crate::ctxt::Ctxt;

/// An index with its fields by their storage names, `desc` behind those whose highest values come first.
pub(crate) struct Index<'a> {
    pub(crate) attr: &'a IndexAttr,
    pub(crate) fields: Vec<String>,
}

/// Lists the indexes of a struct. Holds only for checked items.
pub(crate) fn indexes<'a>(item: &'a Container<'_>, fields: &'a [Field<'_>]) -> Vec<Index<'a>> {
    let at_fields = fields.iter().flat_map(|field| {
        let indexes = field.attrs.indexes.iter();
        indexes.map(|attr| Index {
            attr,
            fields: vec![field.slot.name.text.clone()],
        })
    });
    let at_struct = item.attrs.indexes.iter().map(|attr| Index {
        attr,
        fields: attr
            .fields
            .iter()
            .filter_map(|part| {
                let path = stored(fields, &part.field)?;
                Some(match part.descending {
                    Some(_) => format!("{path} desc"),
                    None => path,
                })
            })
            .collect(),
    });
    at_fields.chain(at_struct).collect()
}

/// Returns the path of storage names that a field of an index is at; none if the struct has no such field.
pub(super) fn stored(fields: &[Field<'_>], field: &IndexField) -> Option<String> {
    let mut kept = fields.iter().filter(|field| !field.attrs.is_skipped);
    match field {
        IndexField::Own(ident) => {
            let is_it = |field: &&Field<'_>| match &field.member {
                syn::Member::Named(name) => name.unraw() == ident.unraw(),
                syn::Member::Unnamed(_) => false,
            };
            kept.find(is_it).map(|field| field.slot.name.text.clone())
        }
        IndexField::Path(path) => {
            let path = path.value();
            let first = path.split(['.', '[', '{']).next().unwrap_or_default();
            kept.any(|field| field.slot.name.text == first).then_some(path)
        }
    }
}

pub(crate) fn check(ctxt: &mut Ctxt, item: &Container<'_>, fields: &[Field<'_>]) {
    for field in fields {
        check_old_names(ctxt, names(&field.attrs.indexes));
        if let [first, second, ..] = field.attrs.indexes.as_slice() {
            let message = format!(
                "`{}` contradicts `{}`: rows are found by a unique index too; keep one of them",
                second.key, first.key
            );
            ctxt.error_at(&second.key, message);
        }
    }
    check_old_names(ctxt, names(&item.attrs.indexes));
    for index in &item.attrs.indexes {
        check_fields(ctxt, fields, index.fields.iter().map(|part| &part.field));
    }
}

/// Checks that fields are there, each once.
pub(super) fn check_fields<'a>(
    ctxt: &mut Ctxt,
    fields: &[Field<'_>],
    named: impl IntoIterator<Item = &'a IndexField>,
) {
    let mut seen = BTreeSet::new();
    for field in named {
        let (span, text) = match field {
            IndexField::Own(ident) => (ident.span(), ident.unraw().to_string()),
            IndexField::Path(path) => (path.span(), path.value()),
        };
        match stored(fields, field) {
            None => error(
                ctxt,
                span,
                format!("`{text}` begins with no stored field of the struct"),
            ),
            Some(path) if !seen.insert(path.clone()) => {
                error(ctxt, span, format!("`{path}` is listed twice; keep one of them"));
            }
            Some(_) => {}
        }
    }
}

fn names(indexes: &[IndexAttr]) -> impl Iterator<Item = &LitStr> {
    indexes.iter().filter_map(|index| index.name.as_ref())
}

fn error(ctxt: &mut Ctxt, span: Span, message: String) {
    ctxt.push(syn::Error::new(span, message));
}
