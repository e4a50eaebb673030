//! Writing migration files.

use serde_json::Value as Json;

use super::file::MigrationFile;
use super::step::FileStep;

impl MigrationFile {
    /// Returns the file as TOML, with its checksum.
    ///
    /// ```
    /// # use quantadb::{Delta, MigrationFile};
    /// let delta: Delta = "users rename nick handle".parse()?;
    /// let text = delta.file("20261122_143000_handle")?.to_toml();
    /// assert!(text.contains("[[up]]\nstep = \"rename_field\"\ntable = \"users\"\nfield = \"nick\"\nto = \"handle\"\n"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = format!("id = {}\nname = {}\n", quoted(&self.id), quoted(&self.name));
        for (key, list) in [("depends_on", &self.depends_on), ("tags", &self.tags)] {
            if !list.is_empty() {
                let list: Vec<String> = list.iter().map(|item| quoted(item)).collect();
                text.push_str(&format!("{key} = [{}]\n", list.join(", ")));
            }
        }
        text.push_str(&format!("checksum = {}\n", quoted(&self.checksum())));
        for (key, steps) in [("up", &self.up), ("down", &self.down)] {
            for step in steps {
                text.push_str(&format!("\n[[{key}]]\n"));
                push_step(step, &mut text);
            }
        }
        text
    }
}

/// The order in which the parts of a step are written.
const KEYS: [&str; 17] = [
    "step",
    "table",
    "field",
    "variant",
    "name",
    "key",
    "fields",
    "unique",
    "type",
    "references",
    "to",
    "default",
    "values",
    "where",
    "types",
    "indexes",
    "on_failure",
];

fn push_step(step: &FileStep, text: &mut String) {
    let json = serde_json::to_value(step).unwrap_or_default();
    let Json::Object(parts) = json else { return };
    let known = KEYS.iter().filter_map(|key| Some((*key, parts.get(*key)?)));
    let others = parts.iter().filter(|(key, _)| !KEYS.contains(&key.as_str()));
    let others = others.map(|(key, value)| (key.as_str(), value));
    for (key, value) in known.chain(others) {
        let is_long = matches!(key, "fields" | "types" | "indexes")
            && value
                .as_array()
                .is_some_and(|items| items.iter().any(Json::is_object));
        if let (true, Some(items)) = (is_long, value.as_array()) {
            let lines: Vec<String> = items
                .iter()
                .map(|item| format!("    {},\n", toml_value(item)))
                .collect();
            text.push_str(&format!("{key} = [\n{}]\n", lines.concat()));
        } else {
            text.push_str(&format!("{key} = {}\n", toml_value(value)));
        }
    }
}

/// Writes a JSON value in TOML. A null has no form there, and no step holds one.
fn toml_value(value: &Json) -> String {
    match value {
        Json::Null => "\"\"".to_owned(),
        Json::Bool(_) | Json::Number(_) => value.to_string(),
        Json::String(text) => quoted(text),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(toml_value).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(parts) => {
            let parts: Vec<String> = parts
                .iter()
                .map(|(key, value)| format!("{} = {}", bare(key), toml_value(value)))
                .collect();
            format!("{{ {} }}", parts.join(", "))
        }
    }
}

fn bare(key: &str) -> String {
    let is_bare = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if is_bare { key.to_owned() } else { quoted(key) }
}

/// Writes a basic string: what TOML escapes is what JSON escapes, and the control character DEL.
fn quoted(text: &str) -> String {
    Json::String(text.to_owned())
        .to_string()
        .replace('\u{7f}', "\\u007F")
}
