//! Storage names: their form, and that no two slots claim the same one.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::LitStr;

use crate::ast::{Container, Field, Name, Origin, Slot, Variant};
use crate::ctxt::Ctxt;

/// The longest storage name, in bytes.
const NAME_BYTES_MAX: usize = 128;

const FORM: &str = "names are `[A-Za-z_][A-Za-z0-9_]*`";

/// Why a name can't be a storage name, or `None` if it can.
fn fault(name: &str) -> Option<String> {
    let mut bytes = name.bytes();
    let starts = bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if !starts || !bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Some(format!("`{name}` can't be a storage name: {FORM}"));
    }
    (name.len() > NAME_BYTES_MAX).then(|| {
        format!(
            "a storage name has at most {NAME_BYTES_MAX} bytes, this one has {}",
            name.len()
        )
    })
}

/// The type's label stands in schemas and texts, so it obeys the rule for names.
pub(crate) fn check_label(ctxt: &mut Ctxt, item: &Container<'_>) {
    if let Some(fault) = fault(&item.label) {
        ctxt.error_at(item.ident, format!("{fault}; rename the type"));
    }
}

pub(crate) fn check_table(ctxt: &mut Ctxt, item: &Container<'_>) {
    let table = item.table();
    // A default name made of a label that has been refused needs no second error.
    let is_judged = table.origin == Origin::Attribute || fault(&item.label).is_none();
    if is_judged && let Some(fault) = fault(&table.text) {
        error(ctxt, table.span, &fault);
    }
    check_old_names(ctxt, &item.attrs.renamed_from);
}

/// A `serde` field's name is the name of its shape.
pub(crate) fn check_opaque(ctxt: &mut Ctxt, field: &Field<'_>) {
    if let Some(name) = &field.attrs.serde {
        check_old_names(ctxt, [name]);
    }
}

/// Checks the fields of one struct or variant. A field may have been a position of a tuple.
pub(crate) fn check_fields<'s>(ctxt: &mut Ctxt, fields: impl Iterator<Item = &'s Slot> + Clone) {
    for field in fields.clone() {
        let names = field.renamed_from.iter();
        check_old_names(ctxt, names.filter(|name| !is_position(&name.value())));
    }
    check_slots(ctxt, "fields", fields);
}

/// Checks the variants of one enum.
pub(crate) fn check_variants<'s>(ctxt: &mut Ctxt, variants: impl Iterator<Item = &'s Slot> + Clone) {
    for variant in variants.clone() {
        check_old_names(ctxt, &variant.renamed_from);
    }
    check_slots(ctxt, "variants", variants);
}

/// Tells whether a text is the decimal number of a position, as it is printed.
fn is_position(text: &str) -> bool {
    text.parse::<u32>()
        .is_ok_and(|position| position.to_string() == text)
}

fn check_slots<'s>(ctxt: &mut Ctxt, what: &str, slots: impl Iterator<Item = &'s Slot> + Clone) {
    slots.clone().for_each(|slot| check_form(ctxt, &slot.name));
    check_distinct(ctxt, what, slots.clone().map(|slot| &slot.name));
    check_claims(ctxt, what, slots);
}

/// Checks the form of a name.
pub(crate) fn check_form(ctxt: &mut Ctxt, name: &Name) {
    let Some(fault) = fault(&name.text) else {
        return;
    };
    match name.origin {
        Origin::Attribute => error(ctxt, name.span, &fault),
        Origin::Rust => {
            error(
                ctxt,
                name.span,
                &format!("{fault}; give it one with `#[quanta(name = \"..\")]`"),
            );
        }
    }
}

pub(super) fn check_old_names<'s>(ctxt: &mut Ctxt, names: impl IntoIterator<Item = &'s LitStr>) {
    for name in names {
        if let Some(fault) = fault(&name.value()) {
            ctxt.error_at(name, fault);
        }
    }
}

/// Checks that no two names are the same.
pub(crate) fn check_distinct<'s>(ctxt: &mut Ctxt, what: &str, names: impl Iterator<Item = &'s Name>) {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(&name.text) {
            let fix = "change one of them with `name = \"..\"`";
            error(
                ctxt,
                name.span,
                &format!("two {what} have the storage name `{}`; {fix}", name.text),
            );
        }
    }
}

/// An old name became one new name; two claims would make the way from the old shape a guess.
fn check_claims<'s>(ctxt: &mut Ctxt, what: &str, slots: impl Iterator<Item = &'s Slot>) {
    let mut claims: BTreeMap<String, &str> = BTreeMap::new();
    for slot in slots {
        for old in &slot.renamed_from {
            if let Some(first) = claims.insert(old.value(), &slot.name.text) {
                let old_name = old.value();
                let message = format!(
                    "two {what} claim the old name `{old_name}`: `{first}` and `{}`; keep it where the values went",
                    slot.name.text
                );
                ctxt.error_at(old, message);
            }
        }
    }
}

/// Checks what variants stand in for: variants that are gone, each with one successor, and renamed to none.
pub(crate) fn check_fallbacks(ctxt: &mut Ctxt, variants: &[Variant<'_>]) {
    let live: BTreeSet<&str> = variants
        .iter()
        .map(|variant| variant.slot.name.text.as_str())
        .collect();
    let mut renamed: BTreeMap<String, &str> = BTreeMap::new();
    for Slot {
        name, renamed_from, ..
    } in variants.iter().map(|variant| &variant.slot)
    {
        renamed.extend(renamed_from.iter().map(|old| (old.value(), name.text.as_str())));
    }
    let mut claims: BTreeMap<String, &str> = BTreeMap::new();
    for variant in variants {
        check_old_names(ctxt, &variant.fallback_for);
        for gone in &variant.fallback_for {
            let (name, here) = (gone.value(), variant.slot.name.text.as_str());
            let message = if live.contains(name.as_str()) {
                format!("`{name}` is still a variant: nothing needs to stand in for it; remove it here")
            } else if let Some(renamed) = renamed.get(&name) {
                format!(
                    "`fallback_for` contradicts `renamed_from`: `{name}` goes on as `{renamed}`, with its values; \
                     keep one of them"
                )
            } else if let Some(first) = claims.insert(name.clone(), here) {
                format!("two variants stand in for `{name}`: `{first}` and `{here}`; keep it at one of them")
            } else {
                continue;
            };
            ctxt.error_at(gone, message);
        }
    }
}

fn error(ctxt: &mut Ctxt, span: Span, message: &str) {
    ctxt.push(syn::Error::new(span, message));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for good in ["a", "_", "A9_", &"x".repeat(NAME_BYTES_MAX)] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in ["", "9a", "a-b", "größe", "a b", &"x".repeat(NAME_BYTES_MAX + 1)] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn h2_positions() {
        for (text, expected) in [
            ("0", true),
            ("17", true),
            ("", false),
            ("01", false),
            ("+1", false),
            ("-1", false),
        ] {
            assert_eq!(is_position(text), expected, "{text}");
        }
    }
}
