//! An entity's key: which fields, in which order.

use std::collections::BTreeSet;

use syn::Ident;

use crate::ast::Field;
use crate::attr::Position;
use crate::ctxt::Ctxt;

/// The key's fields in key order. Holds only for checked items.
pub(crate) fn key_fields<'f, 'a>(fields: &'f [Field<'a>]) -> Vec<&'f Field<'a>> {
    let mut key: Vec<_> = fields
        .iter()
        .filter_map(|field| Some((field.attrs.id.as_ref()?, field)))
        .collect();
    key.sort_by_key(|(id, _)| match id.position {
        Position::Stated(position) => position,
        Position::Unstated | Position::Unreadable => 0,
    });
    key.into_iter().map(|(_, field)| field).collect()
}

pub(crate) fn check(ctxt: &mut Ctxt, entity: &Ident, fields: &[Field<'_>]) {
    let ids: Vec<_> = fields
        .iter()
        .filter_map(|field| field.attrs.id.as_ref())
        .collect();
    check_auto(ctxt, fields, ids.len());
    if ids.is_empty() {
        ctxt.error_at(entity, "an entity needs a key; mark a field with `#[quanta(id)]`");
    }
    if ids.iter().any(|id| matches!(id.position, Position::Unreadable)) {
        return;
    }
    let mut taken = BTreeSet::new();
    let count = ids.len();
    for id in ids {
        match id.position {
            Position::Stated(position) if position >= count => {
                ctxt.error_at(&id.key, gap(position, count));
            }
            Position::Stated(position) if !taken.insert(position) => {
                let message = format!(
                    "position {position} of the key is taken twice; number its fields from 0 to {}",
                    count - 1
                );
                ctxt.error_at(&id.key, message);
            }
            Position::Unstated if count > 1 => {
                ctxt.error_at(
                    &id.key,
                    "with several `id` fields each states its position: `id = 0`, `id = 1`",
                );
            }
            Position::Stated(_) | Position::Unstated | Position::Unreadable => {}
        }
    }
}

/// A key that the store gives out is the whole key.
fn check_auto(ctxt: &mut Ctxt, fields: &[Field<'_>], ids: usize) {
    for field in fields {
        let Some(auto) = &field.attrs.auto else { continue };
        if field.attrs.id.is_none() {
            ctxt.error_at(auto, "`auto` is for the key: write `id, auto`");
        } else if ids > 1 {
            ctxt.error_at(
                auto,
                "`auto` gives out whole keys, and this one has several fields; remove it, or make it the only `id`",
            );
        }
    }
}

fn gap(position: usize, count: usize) -> String {
    match count {
        1 => format!("position {position} leaves a gap: the only `id` field is at position 0; write `id`"),
        _ => format!(
            "position {position} leaves a gap; number the {count} `id` fields from 0 to {}",
            count - 1
        ),
    }
}
