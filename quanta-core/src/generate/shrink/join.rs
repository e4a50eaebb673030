//! Leaving out a version: what led to it and what led on become one.

use serde_json::{Map, Value as Json};

/// Takes out a version. The hints that led to it go before those of the next one.
pub(super) fn join_versions(document: &mut Json, at: usize) {
    let Some(versions) = document["versions"].as_array_mut() else {
        return;
    };
    if versions.len() < 2 {
        return;
    }
    let gone = versions.remove(at);
    let Some(next) = versions.get_mut(at) else { return };
    if at == 0 {
        // Nothing leads to the first version.
        next.as_object_mut()
            .into_iter()
            .for_each(|next| drop(next.remove("hints")));
        return;
    }
    let first = members(&gone["hints"]);
    let second = members(&next["hints"]);
    next["hints"] = Json::Object(joined(&first, &second));
}

fn members(json: &Json) -> Map<String, Json> {
    json.as_object().cloned().unwrap_or_default()
}

fn joined(first: &Map<String, Json>, second: &Map<String, Json>) -> Map<String, Json> {
    let part = |hints: &Map<String, Json>, name: &str| members(hints.get(name).unwrap_or(&Json::Null));
    let tables = part(second, "renamed_tables");
    let mut all = second.clone();
    let renamed = composed(&part(first, "renamed_tables"), &tables);
    all.insert("renamed_tables".to_owned(), renamed.into());
    for list in ["dropped_tables", "new_tables"] {
        all.insert(list.to_owned(), both(first.get(list), second.get(list)));
    }
    let mut fields = part(second, "renamed_fields");
    for (table, renames) in part(first, "renamed_fields") {
        let table = tables
            .get(&table)
            .and_then(Json::as_str)
            .map_or(table, str::to_owned);
        let later = members(fields.get(&table).unwrap_or(&Json::Null));
        fields.insert(table, composed(&members(&renames), &later).into());
    }
    all.insert("renamed_fields".to_owned(), fields.into());
    let mut new = part(second, "new_fields");
    for (table, names) in part(first, "new_fields") {
        let table = tables
            .get(&table)
            .and_then(Json::as_str)
            .map_or(table, str::to_owned);
        let joined = both(Some(&names), new.get(&table));
        new.insert(table, joined);
    }
    all.insert("new_fields".to_owned(), new.into());
    let mut types = part(second, "types");
    for (name, hints) in part(first, "types") {
        let later = members(types.get(&name).unwrap_or(&Json::Null));
        let hints = members(&hints);
        let renamed = composed(&part(&hints, "renamed"), &part(&later, "renamed"));
        let new = both(hints.get("new"), later.get("new"));
        types.insert(name, serde_json::json!({"renamed": renamed, "new": new}));
    }
    all.insert("types".to_owned(), types.into());
    all
}

/// Joins two lists.
fn both(one: Option<&Json>, two: Option<&Json>) -> Json {
    let items = [one, two]
        .into_iter()
        .flatten()
        .filter_map(Json::as_array)
        .flatten();
    items.cloned().collect()
}

/// Joins old names with the names after: `a` to `b` and `b` to `c` is `a` to `c`.
fn composed(first: &Map<String, Json>, second: &Map<String, Json>) -> Map<String, Json> {
    let mut all = second.clone();
    let mut joined = Map::new();
    for (old, middle) in first {
        let last = middle.as_str().and_then(|middle| all.remove(middle));
        let last = last.unwrap_or_else(|| middle.clone());
        if last != *old {
            joined.insert(old.clone(), last);
        }
    }
    all.extend(joined);
    all
}
