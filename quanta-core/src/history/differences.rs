//! What is different between two versions, field by field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value as Json, json};

use super::document::HistoryVersion;
use super::write::whole_json;

/// One thing that two versions say differently, or only one of them says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is about: `users.age`, `Shape::Circle`, `users, key`, `users.age, default`.
    pub place: String,
    /// What the first version says of it; none if it has nothing there.
    pub before: Option<String>,
    /// What the second version says of it.
    pub after: Option<String>,
}

impl Difference {
    /// Returns it as JSON: `{"place", "before", "after"}`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        json!({ "place": self.place, "before": self.before, "after": self.after })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.place;
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, "{place}: {before} became {after}"),
            (None, Some(after)) => write!(f, "{place}: {after} came"),
            (Some(before), None) => write!(f, "{place}: {before} went"),
            (None, None) => f.write_str(place),
        }
    }
}

/// Compares a version with the one that follows it: tables, types, fields, keys, defaults, indexes, references and
/// names. Of the hints only those count that give tables other names: fields of such a table stand under the new one. The
/// list is sorted by place, and empty if the versions say the same.
#[must_use]
pub fn differences(before: &HistoryVersion, after: &HistoryVersion) -> Vec<Difference> {
    let renamed = &after.hints.renamed_tables;
    let (before, mut after) = (said(before, renamed), said(after, &Renamed::new()));
    for new in renamed.values() {
        after.insert(format!("table {new}"), new.clone());
    }
    let places: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differ = places
        .into_iter()
        .filter(|place| before.get(*place) != after.get(*place));
    differ
        .map(|place| Difference {
            place: place.clone(),
            before: before.get(place).cloned(),
            after: after.get(place).cloned(),
        })
        .collect()
}

/// What a version says, by place.
type Said = BTreeMap<String, String>;

/// Tables with a new name: old name to new name.
type Renamed = BTreeMap<String, String>;

fn said(version: &HistoryVersion, renamed: &Renamed) -> Said {
    let json =
        serde_json::to_value(whole_json(version)).expect("names, lists and JSON values have a JSON form");
    let mut said = Said::new();
    for table in items(&json["tables"]) {
        let name = text(&table["name"]);
        let place = renamed.get(&name).unwrap_or(&name);
        let told = renamed.get(&name).map_or("table", |_| &name);
        said.insert(format!("table {place}"), told.to_owned());
        add_table(place, table, &mut said);
    }
    for declared in items(&json["types"]) {
        let name = text(&declared["name"]);
        let kind = if declared["variants"].is_null() {
            "struct"
        } else {
            "enum"
        };
        said.insert(format!("type {name}"), kind.to_owned());
        add_fields(&name, &declared["fields"], &mut said);
        for variant in items(&declared["variants"]) {
            add_variant(&name, variant, &mut said);
        }
    }
    said
}

fn add_table(name: &str, table: &Json, said: &mut Said) {
    said.insert(format!("{name}, key"), list(&table["key"]));
    if let Some(row) = table["row"].as_str() {
        said.insert(format!("{name}, type of its rows"), row.to_owned());
    }
    add_fields(name, &table["fields"], said);
    for index in items(&table["indexes"]) {
        let unique = if index["unique"] == true {
            "unique over"
        } else {
            "over"
        };
        let fields = list(&index["fields"]);
        said.insert(
            format!("{name}, index {}", text(&index["name"])),
            format!("{unique} {fields}"),
        );
    }
    for reference in items(&table["references"]) {
        let (fields, to) = (list(&reference["fields"]), list(&reference["to"]));
        let place = format!(
            "{name}, reference ({fields}) to {} ({to})",
            text(&reference["table"])
        );
        said.insert(place, format!("on delete {}", text(&reference["on_delete"])));
    }
}

fn add_variant(name: &str, variant: &Json, said: &mut Said) {
    let path = format!("{name}::{}", text(&variant["name"]));
    let payload = match (&variant["tuple"], &variant["fields"]) {
        (Json::Null, Json::Null) => "unit".to_owned(),
        (Json::Null, _) => "struct".to_owned(),
        (tuple, _) => format!("tuple<{}>", list(tuple)),
    };
    said.insert(path.clone(), payload);
    if variant["default"] == true {
        said.insert(format!("{path}, default variant"), "yes".to_owned());
    }
    add_reuses(&path, variant, said);
    add_fields(&path, &variant["fields"], said);
}

fn add_fields(owner: &str, fields: &Json, said: &mut Said) {
    for field in items(fields) {
        let path = format!("{owner}.{}", text(&field["name"]));
        // A default of null is one too.
        if let Some(default) = field.get("default") {
            said.insert(format!("{path}, default"), default.to_string());
        }
        add_reuses(&path, field, said);
        said.insert(path, text(&field["type"]));
    }
}

fn add_reuses(path: &str, slot: &Json, said: &mut Said) {
    let names = list(&slot["reuses"]);
    if !names.is_empty() {
        said.insert(format!("{path}, takes over"), names);
    }
}

fn items(json: &Json) -> impl Iterator<Item = &Json> {
    json.as_array().into_iter().flatten()
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

fn list(json: &Json) -> String {
    items(json).map(text).collect::<Vec<_>>().join(", ")
}
