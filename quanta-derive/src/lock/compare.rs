//! Refuses what may be a rename and isn't said to be.

use std::collections::BTreeSet;

use syn::LitStr;

use super::names::{LastVersion, Names, TypeNames};
use crate::ast::{Body, Container, Data, Derive, Slot, Style, Variant};
use crate::attr::Fill;
use crate::ctxt::Ctxt;

/// A slot that is there now.
struct Live<'s> {
    slot: &'s Slot,
    /// Whether it needs no hint: each row's value is computed for it.
    is_explained: bool,
}

/// Compares the names in an item with those of the last version. What the lock doesn't know is new as a whole.
pub(crate) fn check(ctxt: &mut Ctxt, item: &Container<'_>, derive: Derive, last: &LastVersion) {
    if derive == Derive::Entity {
        if let (Data::Struct(body), Some(names)) = (&item.data, of_table(item, last)) {
            check_body(ctxt, body, names);
        }
        return;
    }
    match (&item.data, last.type_of(&item.label)) {
        (Data::Struct(body), Some(TypeNames::Struct(names))) => check_body(ctxt, body, names),
        (Data::Enum(variants), Some(TypeNames::Enum(known))) => {
            check_variants(ctxt, variants, &known.keys().cloned().collect());
            for variant in variants {
                let names = names_of(&variant.slot).find_map(|name| known.get(&name));
                if let Some(names) = names.filter(|names| !names.is_empty()) {
                    check_body(ctxt, &variant.body, names);
                }
            }
        }
        _ => {}
    }
}

/// Finds the fields of an entity's table, by the table's name or an earlier one.
fn of_table<'l>(item: &Container<'_>, last: &'l LastVersion) -> Option<&'l Names> {
    let earlier = item.attrs.renamed_from.iter().map(LitStr::value);
    [item.table().text]
        .into_iter()
        .chain(earlier)
        .find_map(|name| last.table(&name))
}

/// The name of a slot, then the names that it had.
fn names_of(slot: &Slot) -> impl Iterator<Item = String> {
    let earlier = slot.renamed_from.iter().map(LitStr::value);
    [slot.name.text.clone()].into_iter().chain(earlier)
}

fn check_body(ctxt: &mut Ctxt, body: &Body<'_>, names: &Names) {
    if body.style != Style::Named {
        return;
    }
    let stored = body.stored();
    let live: Vec<Live<'_>> = stored
        .iter()
        .map(|field| Live {
            slot: &field.slot,
            is_explained: matches!(field.attrs.fill, Fill::Init(_)),
        })
        .collect();
    check_slots(ctxt, &live, names, &Names::new());
}

fn check_variants(ctxt: &mut Ctxt, variants: &[Variant<'_>], names: &Names) {
    let live: Vec<Live<'_>> = variants
        .iter()
        .map(|variant| Live {
            slot: &variant.slot,
            is_explained: false,
        })
        .collect();
    let replaced = variants.iter().flat_map(|variant| variant.fallback_for.iter());
    check_slots(ctxt, &live, names, &replaced.map(LitStr::value).collect());
}

/// Reports every slot that came without a word while another one went without one.
fn check_slots(ctxt: &mut Ctxt, live: &[Live<'_>], names: &Names, replaced: &Names) {
    let said: BTreeSet<String> = live.iter().flat_map(|live| names_of(live.slot)).collect();
    let gone: Vec<&String> = names
        .iter()
        .filter(|name| !said.contains(*name) && !replaced.contains(*name))
        .collect();
    if gone.is_empty() {
        return;
    }
    for Live { slot, is_explained } in live {
        let is_said = *is_explained || slot.is_new || !slot.renamed_from.is_empty();
        if !is_said && !names.contains(&slot.name.text) {
            ctxt.push(syn::Error::new(slot.name.span, question(&slot.name.text, &gone)));
        }
    }
}

fn question(new: &str, gone: &[&String]) -> String {
    let went: Vec<String> = gone.iter().map(|name| format!("`{name}`")).collect();
    let renames: Vec<String> = gone
        .iter()
        .map(|name| format!("  #[quanta(renamed_from = \"{name}\")]  to keep its values\n"))
        .collect();
    format!(
        "`{new}` came and {} went since the last version in quanta.lock: a rename, or not? write one of\n{}  \
         #[quanta(new)]  if it has nothing to do with {}",
        went.join(", "),
        renames.concat(),
        if gone.len() == 1 { "it" } else { "them" }
    )
}
