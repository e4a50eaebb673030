//! Runs every check over one item.

use super::{indexes, key, names, references, shape};
use crate::ast::{Body, Container, Data, Derive, Style, Variant};
use crate::ctxt::Ctxt;

pub(crate) fn check(ctxt: &mut Ctxt, item: &Container<'_>, derive: Derive) {
    shape::check(ctxt, item, derive);
    names::check_label(ctxt, item);
    if derive == Derive::Entity {
        names::check_table(ctxt, item);
    }
    match &item.data {
        Data::Struct(body) => {
            check_body(ctxt, body);
            if derive == Derive::Entity && body.style == Style::Named {
                key::check(ctxt, item.ident, &body.fields);
                indexes::check(ctxt, item, &body.fields);
                references::check(ctxt, item, &body.fields);
            }
        }
        Data::Enum(variants) => check_variants(ctxt, variants),
        Data::Union => {}
    }
}

fn check_variants(ctxt: &mut Ctxt, variants: &[Variant<'_>]) {
    names::check_variants(ctxt, variants.iter().map(|variant| &variant.slot));
    names::check_fallbacks(ctxt, variants);
    for variant in variants {
        check_body(ctxt, &variant.body);
    }
    let mut defaults = variants
        .iter()
        .filter_map(|variant| Some((variant, variant.default.as_ref()?)));
    let Some((first, _)) = defaults.next() else {
        return;
    };
    for (_, default) in defaults {
        let message = format!(
            "an enum has one default variant, and `{}` is it; keep one of them",
            first.ident
        );
        ctxt.error_at(default, message);
    }
}

fn check_body(ctxt: &mut Ctxt, body: &Body<'_>) {
    if body.style == Style::Named {
        let stored = body.fields.iter().filter(|field| !field.attrs.is_skipped);
        names::check_fields(ctxt, stored.map(|field| &field.slot));
        for field in &body.fields {
            names::check_opaque(ctxt, field);
        }
    }
}
