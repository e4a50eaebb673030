//! One thing to leave out of a document.

use serde_json::Value as Json;

use super::cuts::items;
use super::join::join_versions;

/// One thing to leave out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cut {
    /// A version, by its position.
    Version(usize),
    /// A table, in all versions.
    Table(String),
    /// An embedded type, in all versions: whatever has it holds a number instead.
    Type(String),
    /// A field or variant, in all versions: its owner as `tables/users`, `types/Shape` or `types/Shape/Circle`, and
    /// its name.
    Slot(String, String),
    /// What stands at that place, as a JSON pointer (RFC 6901).
    Place(String),
    /// The type at that place becomes another one.
    Text(String, String),
}

impl Cut {
    /// Returns the document without it. It need not be a sound one.
    pub(super) fn made(&self, document: &Json) -> Json {
        let mut document = document.clone();
        match self {
            Self::Version(at) => join_versions(&mut document, *at),
            Self::Place(place) => remove(&mut document, place),
            Self::Text(place, ty) => {
                if let Some(found) = document.pointer_mut(place) {
                    *found = Json::String(ty.clone());
                }
            }
            Self::Table(_) | Self::Type(_) | Self::Slot(..) => {
                let versions = document["versions"].as_array_mut().into_iter().flatten();
                versions.for_each(|version| self.cut_version(version));
            }
        }
        document
    }

    fn cut_version(&self, version: &mut Json) {
        match self {
            Self::Table(name) => {
                retain(&mut version["tables"], |table| table["name"] != **name);
                for table in version["tables"].as_array_mut().into_iter().flatten() {
                    if table["references"].is_array() {
                        retain(&mut table["references"], |reference| reference["table"] != **name);
                    }
                }
                forget(&mut version["hints"], name);
            }
            Self::Type(name) => {
                if version["types"].is_array() {
                    retain(&mut version["types"], |declared| declared["name"] != **name);
                }
                replace_type(version, name);
                forget(&mut version["hints"], name);
            }
            Self::Slot(owner, name) => cut_slot(version, owner, name),
            Self::Version(_) | Self::Place(_) | Self::Text(..) => {}
        }
        if version["hints"].is_null() || version["types"].is_null() {
            let members = version.as_object_mut().into_iter();
            members.for_each(|members| members.retain(|_, value| !value.is_null()));
        }
    }
}

fn retain(list: &mut Json, keep: impl Fn(&Json) -> bool) {
    list.as_array_mut()
        .into_iter()
        .for_each(|list| list.retain(&keep));
}

fn cut_slot(version: &mut Json, owner: &str, name: &str) {
    let mut parts = owner.split('/');
    let (area, owner_name, variant) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    for owner in version[area].as_array_mut().into_iter().flatten() {
        if Some(owner["name"].as_str().unwrap_or_default()) != owner_name {
            continue;
        }
        let Some(variant) = variant else {
            cut_fields(owner, name);
            continue;
        };
        for inner in owner["variants"].as_array_mut().into_iter().flatten() {
            if inner["name"] == *variant {
                cut_fields(inner, name);
            }
        }
    }
    let hints = &mut version["hints"];
    let hint_owner = variant.map_or(owner_name.unwrap_or_default().to_owned(), |variant| {
        format!("{}::{variant}", owner_name.unwrap_or_default())
    });
    for area in ["renamed_fields", "new_fields", "on_failure", "types"] {
        if !hints[area][&hint_owner].is_null() {
            forget(&mut hints[area][&hint_owner], name);
        }
    }
    clear_nulls(version);
}

fn cut_fields(owner: &mut Json, name: &str) {
    for list in ["fields", "variants"] {
        if owner[list].is_array() {
            retain(&mut owner[list], |slot| slot["name"] != *name);
        }
    }
    for list in ["indexes", "references"] {
        if owner[list].is_array() {
            retain(&mut owner[list], |item| {
                !items(&item["fields"]).iter().any(|field| field == name)
            });
        }
    }
    clear_nulls(owner);
}

/// Takes out whatever has that name, as key or as value.
fn forget(json: &mut Json, name: &str) {
    match json {
        Json::Object(members) => {
            members.retain(|key, value| key != name && value != name);
            members.values_mut().for_each(|value| forget(value, name));
        }
        Json::Array(list) => list.retain(|item| item != name),
        _ => {}
    }
}

/// Looking for a member that isn't there leaves a null in its place.
fn clear_nulls(json: &mut Json) {
    if let Json::Object(members) = json {
        members.retain(|key, value| key == "default" || !value.is_null());
        members
            .iter_mut()
            .filter(|(key, _)| *key != "default")
            .for_each(|(_, value)| clear_nulls(value));
    }
}

fn remove(document: &mut Json, place: &str) {
    let Some((parent, name)) = place.rsplit_once('/') else {
        return;
    };
    match document.pointer_mut(parent) {
        Some(Json::Array(list)) => {
            if let Some(at) = name.parse::<usize>().ok().filter(|at| *at < list.len()) {
                list.remove(at);
            }
        }
        Some(Json::Object(members)) => drop(members.remove(&name.replace("~1", "/").replace("~0", "~"))),
        _ => {}
    }
}

/// Puts a number in the place of a type, wherever it is named.
fn replace_type(json: &mut Json, name: &str) {
    match json {
        Json::Object(members) => {
            for (key, inner) in members {
                match (key.as_str(), &mut *inner) {
                    ("type", Json::String(ty)) => *ty = without_word(ty, name),
                    ("tuple", Json::Array(items)) => {
                        for item in items {
                            *item = Json::String(without_word(item.as_str().unwrap_or_default(), name));
                        }
                    }
                    _ => replace_type(inner, name),
                }
            }
        }
        Json::Array(list) => list.iter_mut().for_each(|item| replace_type(item, name)),
        _ => {}
    }
}

fn without_word(ty: &str, name: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for character in ty.chars().chain([' ']) {
        if character.is_alphanumeric() || character == '_' {
            word.push(character);
            continue;
        }
        out.push_str(if word == name { "u8" } else { &word });
        word.clear();
        out.push(character);
    }
    out.trim_end().to_owned()
}
