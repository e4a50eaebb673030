//! Whether this kind of item can be stored at all.

use crate::ast::{Container, Data, Derive, Style};
use crate::ctxt::Ctxt;

pub(crate) fn check(ctxt: &mut Ctxt, item: &Container<'_>, derive: Derive) {
    for lifetime in item.generics.lifetimes() {
        ctxt.error_at(
            lifetime,
            "a stored type can't borrow: stored types own their data; use `String` for `&str`, `Vec<T>` for `&[T]`",
        );
    }
    match derive {
        Derive::Entity => check_entity(ctxt, item),
        Derive::Type => check_type(ctxt, item),
    }
}

fn check_entity(ctxt: &mut Ctxt, item: &Container<'_>) {
    let found = match &item.data {
        Data::Struct(body) => match body.style {
            Style::Named => None,
            Style::Tuple => Some("a tuple struct"),
            Style::Unit => Some("a unit struct"),
        },
        Data::Enum(_) => Some("an enum"),
        Data::Union => Some("a union"),
    };
    if let Some(found) = found {
        ctxt.error_at(
            item.ident,
            format!(
                "an entity is a struct with named fields, not {found}; derive `QuantaType` for values inside an entity"
            ),
        );
    }
    if item.generics.type_params().next().is_some() || item.generics.const_params().next().is_some() {
        ctxt.error_at(
            &item.generics.params,
            "an entity has no generic parameters: one table has one shape; write one struct for each table",
        );
    }
}

fn check_type(ctxt: &mut Ctxt, item: &Container<'_>) {
    match &item.data {
        Data::Enum(variants) if variants.is_empty() => {
            ctxt.error_at(
                item.ident,
                "an empty enum has no value that could be stored; add a variant",
            );
        }
        Data::Union => {
            ctxt.error_at(item.ident, "a union doesn't say which field holds; use an enum");
        }
        Data::Enum(_) | Data::Struct(_) => {}
    }
}
