//! Attributes that can't both be meant.

use super::entry::Entry;
use crate::ctxt::Ctxt;

/// Two attributes that exclude each other, and the way out.
const PAIRS: &[(&str, &str, &str)] = &[
    (
        "new",
        "renamed_from",
        "a name is either new or has an old name; keep one of them",
    ),
    (
        "default",
        "default_with",
        "a default is stated once; keep one of them",
    ),
    (
        "default",
        "init_with",
        "`init_with` gives every row its value; keep one of them",
    ),
    (
        "default_with",
        "init_with",
        "`init_with` gives every row its value; keep one of them",
    ),
    (
        "convert_with",
        "serde",
        "a conversion is between types that are stored as what they are; keep one of them",
    ),
    (
        "convert_with",
        "new",
        "a new field has no old values to convert; `init_with` computes its value from the old row",
    ),
    (
        "init_with",
        "on_failure",
        "`init_with` gives every row its value, and can give another one itself; keep one of them",
    ),
    (
        "on_failure",
        "serde",
        "a value that is stored as JSON is never converted; keep one of them",
    ),
    (
        "index",
        "serde",
        "an opaque value has no order and can't be indexed; use a type that derives `QuantaType`",
    ),
    (
        "serde",
        "unique",
        "an opaque value has no order and can't be indexed; use a type that derives `QuantaType`",
    ),
    (
        "auto",
        "references",
        "a key that is given out is that of no other row; keep one of them",
    ),
    (
        "references",
        "serde",
        "an opaque value is no key; use the key's own type, or a `Ref`",
    ),
    (
        "on_delete",
        "serde",
        "an opaque value refers to nothing; use the key's own type, or a `Ref`",
    ),
    (
        "id",
        "serde",
        "an opaque value has no order and can't be a key; use a type that derives `QuantaType`",
    ),
];

/// Reports each pair at the attribute that is written later.
pub(crate) fn contradictions(ctxt: &mut Ctxt, entries: &[Entry]) {
    for (one, other, fix) in PAIRS {
        let both: Vec<_> = entries
            .iter()
            .filter(|entry| entry.is(one) || entry.is(other))
            .collect();
        // An entity may have several indexes.
        if let [first, second] = both.as_slice()
            && first.key != second.key
        {
            ctxt.error_at(
                &second.key,
                format!("`{}` contradicts `{}`: {fix}", second.key, first.key),
            );
        }
    }
    if let Some(skip) = entries.iter().find(|entry| entry.is("skip")) {
        for entry in entries.iter().filter(|entry| !entry.is("skip")) {
            let key = &entry.key;
            ctxt.error_at(
                key,
                format!(
                    "`{key}` contradicts `{}`: a skipped field isn't stored; keep one of them",
                    skip.key
                ),
            );
        }
    }
}
