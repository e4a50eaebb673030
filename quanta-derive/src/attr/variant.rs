//! Attributes of an enum's variant.

use syn::{Attribute, Ident, LitStr};

use super::admit::admitted;
use super::known::Place;
use super::value;
use crate::ctxt::Ctxt;

#[derive(Default)]
pub(crate) struct VariantAttrs {
    pub(crate) name: Option<LitStr>,
    pub(crate) renamed_from: Vec<LitStr>,
    pub(crate) is_new: bool,
    pub(crate) fallback_for: Vec<LitStr>,
    /// The attribute's name where it is written, for messages.
    pub(crate) default: Option<Ident>,
}

impl VariantAttrs {
    pub(crate) fn read(ctxt: &mut Ctxt, attrs: &[Attribute]) -> Self {
        let mut read = VariantAttrs::default();
        for entry in admitted(ctxt, attrs, Place::Variant) {
            match entry.key.to_string().as_str() {
                "name" => read.name = value::string(ctxt, &entry),
                "renamed_from" => read.renamed_from = value::names(ctxt, &entry),
                "new" => read.is_new = value::flag(ctxt, &entry),
                "fallback_for" => read.fallback_for = value::names(ctxt, &entry),
                "default" => {
                    value::flag(ctxt, &entry);
                    read.default = Some(entry.key);
                }
                other => unreachable!("`{other}` is admitted on a variant and read nowhere"),
            }
        }
        read
    }
}
