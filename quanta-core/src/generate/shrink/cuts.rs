//! What can be tried to be left out of a document, the largest parts first.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::cut::Cut;

/// Lists what can be left out.
pub(super) fn cuts(document: &Json) -> Vec<Cut> {
    let versions = items(&document["versions"]);
    let mut cuts: Vec<Cut> = (0..versions.len()).rev().map(Cut::Version).collect();
    let mut named = BTreeSet::new();
    for version in versions {
        for table in items(&version["tables"]) {
            named.insert((0, Cut::Table(text(&table["name"]))));
            add_slots(
                &format!("tables/{}", text(&table["name"])),
                &table["fields"],
                &mut named,
            );
        }
        for declared in items(&version["types"]) {
            let owner = format!("types/{}", text(&declared["name"]));
            named.insert((1, Cut::Type(text(&declared["name"]))));
            add_slots(&owner, &declared["fields"], &mut named);
            add_slots(&owner, &declared["variants"], &mut named);
            for variant in items(&declared["variants"]) {
                let owner = format!("{owner}/{}", text(&variant["name"]));
                add_slots(&owner, &variant["fields"], &mut named);
            }
        }
    }
    cuts.extend(named.into_iter().map(|(_, cut)| cut));
    add_places(document, "", &mut cuts);
    cuts
}

fn add_slots(owner: &str, slots: &Json, named: &mut BTreeSet<(usize, Cut)>) {
    for slot in items(slots) {
        named.insert((2, Cut::Slot(owner.to_owned(), text(&slot["name"]))));
    }
}

/// Adds the parts that stand for themselves: hints, defaults, indexes, references, single slots, parts of types.
fn add_places(json: &Json, place: &str, cuts: &mut Vec<Cut>) {
    match json {
        Json::Object(members) => {
            for (name, inner) in members {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                let inner_place = format!("{place}/{escaped}");
                let is_hint = place.contains("/hints");
                let stands_alone = [
                    "default",
                    "indexes",
                    "references",
                    "hints",
                    "reuses",
                    "row",
                    "unique",
                    "on_delete",
                ];
                if is_hint || stands_alone.contains(&name.as_str()) {
                    cuts.push(Cut::Place(inner_place.clone()));
                }
                match (name.as_str(), inner) {
                    ("type", Json::String(ty)) => add_texts(ty, &inner_place, cuts),
                    ("default", _) => {}
                    _ => add_places(inner, &inner_place, cuts),
                }
            }
        }
        Json::Array(list) => {
            for (at, inner) in list.iter().enumerate() {
                let inner_place = format!("{place}/{at}");
                let in_tuple = place.ends_with("/tuple");
                if place != "/versions" && !place.ends_with("/key") {
                    cuts.push(Cut::Place(inner_place.clone()));
                }
                match inner {
                    Json::String(ty) if in_tuple => add_texts(ty, &inner_place, cuts),
                    _ => add_places(inner, &inner_place, cuts),
                }
            }
        }
        _ => {}
    }
}

/// Adds the simpler types that one may be replaced by: the simplest, and each of its parts.
fn add_texts(ty: &str, place: &str, cuts: &mut Vec<Cut>) {
    let simplest = ["u8", "unit"].iter().map(|simple| (*simple).to_owned());
    for simpler in simplest.chain(parts(ty)) {
        if simpler.len() < ty.len() {
            cuts.push(Cut::Text(place.to_owned(), simpler));
        }
    }
}

/// Lists what stands between the brackets of a type.
fn parts(ty: &str) -> Vec<String> {
    let Some((_, inner)) = ty.split_once('<') else {
        return Vec::new();
    };
    let inner = inner.strip_suffix('>').unwrap_or(inner);
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for character in inner.chars() {
        match character {
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts
        .iter()
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

pub(super) fn items(json: &Json) -> &[Json] {
    json.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}
