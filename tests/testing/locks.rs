//! What the tests share: locks, and failures that are caught.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Makes the text of a lock of its versions: JSON objects, with commas between them.
pub fn lock(versions: &str) -> String {
    format!(r#"{{"format": "quanta-history/1", "name": "shop", "versions": [{versions}]}}"#)
}

/// Makes a version with one table `users`, with the key `id: u64` and these fields: `name: type`, with commas.
pub fn users(label: &str, fields: &str) -> String {
    version(label, &table("users", fields), "")
}

pub fn version(label: &str, tables: &str, hints: &str) -> String {
    let hints = if hints.is_empty() {
        String::new()
    } else {
        format!(r#", "hints": {{{hints}}}"#)
    };
    format!(r#"{{"label": "{label}", "tables": [{tables}]{hints}}}"#)
}

pub fn table(name: &str, fields: &str) -> String {
    let more: String = fields
        .split(", ")
        .filter_map(|field| field.split_once(": "))
        .map(|(name, ty)| format!(r#", {{"name": "{name}", "type": "{ty}"}}"#))
        .collect();
    format!(r#"{{"name": "{name}", "key": ["id"], "fields": [{{"name": "id", "type": "u64"}}{more}]}}"#)
}

/// Runs an assertion that has to fail, and returns what it says.
#[track_caller]
pub fn fails(assertion: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(assertion)).expect_err("it should have failed");
    panic.downcast_ref::<String>().expect("it says why").clone()
}

/// Checks that a text has all of these parts.
#[track_caller]
pub fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "there is no `{part}` in:\n{text}");
    }
}
