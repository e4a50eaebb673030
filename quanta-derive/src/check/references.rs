//! References that stand at the struct: that their fields are there, each once.

use super::indexes;
use crate::ast::{Container, Field};
use crate::attr::ReferenceAttr;
use crate::ctxt::Ctxt;

/// A reference with its fields by their storage names.
pub(crate) struct Reference<'a> {
    pub(crate) attr: &'a ReferenceAttr,
    pub(crate) fields: Vec<String>,
}

/// Lists the references that stand at a struct. Holds only for checked items.
pub(crate) fn references<'a>(item: &'a Container<'_>, fields: &[Field<'_>]) -> Vec<Reference<'a>> {
    let stored = |attr: &ReferenceAttr| -> Vec<String> {
        let named = attr.fields.iter();
        named.filter_map(|field| indexes::stored(fields, field)).collect()
    };
    let attrs = item.attrs.references.iter();
    attrs
        .map(|attr| Reference {
            attr,
            fields: stored(attr),
        })
        .collect()
}

pub(crate) fn check(ctxt: &mut Ctxt, item: &Container<'_>, fields: &[Field<'_>]) {
    for reference in &item.attrs.references {
        indexes::check_fields(ctxt, fields, &reference.fields);
    }
    let mut before: Vec<Vec<String>> = Vec::new();
    for Reference { attr, fields } in references(item, fields) {
        if before.contains(&fields) {
            let message = format!(
                "two references are over ({}); keep one of them",
                fields.join(", ")
            );
            ctxt.error_at(&attr.key, message);
        }
        before.push(fields);
    }
}
