//! A document with one version, and versions after it by what they change.

use serde_json::{Value as Json, json};

use super::super::super::document::HistoryDocument;

pub(super) fn document(versions: &[Json]) -> HistoryDocument {
    let text = json!({"format": "quanta-history/1", "name": "shop", "versions": versions}).to_string();
    HistoryDocument::from_json(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

pub(super) fn base() -> Json {
    json!({"label": "1",
      "types": [
        {"name": "Address", "fields": [{"name": "town", "type": "string"}, {"name": "zip", "type": "u32"}]},
        {"name": "Shape", "variants": [{"name": "Dot", "default": true}, {"name": "Round", "fields": [{"name": "size", "type": "u8"}]}]}],
      "tables": [
        {"name": "users", "key": ["id"], "fields": [{"name": "id", "type": "u64"}, {"name": "nick", "type": "string"}, {"name": "last", "type": "string"},
          {"name": "age", "type": "u8", "default": 7}, {"name": "home", "type": "Address"}, {"name": "shape", "type": "Shape"}],
         "indexes": [{"name": "by_town", "fields": ["home.town"], "unique": false}]},
        {"name": "shops", "key": ["id"], "fields": [{"name": "id", "type": "u64"}, {"name": "place", "type": "Address"}, {"name": "owner", "type": "u64"}]}]})
}

/// A change of the base: words such as `add users.mail string`, one after the other, parted by semicolons.
pub(super) fn edited(words: &str) -> Json {
    let mut version = base();
    version["label"] = "2".into();
    version["hints"] = json!({});
    for edit in words.split(';') {
        apply(&mut version, &edit.split_whitespace().collect::<Vec<_>>());
    }
    version
}

fn named<'j>(list: &'j mut Json, name: &str) -> &'j mut Json {
    let list = list.as_array_mut().unwrap();
    list.iter_mut().find(|item| item["name"] == name).unwrap()
}

/// Finds the list that a slot of `users`, `Address`, `Shape` or `Shape::Round` is in.
fn slots<'j>(version: &'j mut Json, owner: &str) -> &'j mut Json {
    match owner.split_once("::") {
        Some((of, variant)) => {
            let variants = &mut named(&mut version["types"], of)["variants"];
            &mut named(variants, variant)["fields"]
        }
        None if owner.starts_with(char::is_lowercase) => &mut named(&mut version["tables"], owner)["fields"],
        None => {
            let declared = named(&mut version["types"], owner);
            let kind = if declared["variants"].is_null() {
                "fields"
            } else {
                "variants"
            };
            &mut declared[kind]
        }
    }
}

fn apply(version: &mut Json, words: &[&str]) {
    let of = |path: &str| {
        path.rsplit_once('.')
            .map(|(owner, slot)| (owner.to_owned(), slot.to_owned()))
    };
    match words {
        [] => {}
        ["add", path, ty] => {
            let (owner, slot) = of(path).unwrap();
            slots(version, &owner)
                .as_array_mut()
                .unwrap()
                .push(json!({"name": slot, "type": ty}));
        }
        ["variant", path] => {
            let (owner, slot) = of(path).unwrap();
            slots(version, &owner)
                .as_array_mut()
                .unwrap()
                .push(json!({"name": slot}));
        }
        ["drop", path] => {
            let (owner, slot) = of(path).unwrap();
            slots(version, &owner)
                .as_array_mut()
                .unwrap()
                .retain(|known| known["name"] != slot.as_str());
        }
        ["retype", path, ty] => {
            let (owner, slot) = of(path).unwrap();
            named(slots(version, &owner), &slot)["type"] = (*ty).into();
        }
        ["default", path, value] => {
            let (owner, slot) = of(path).unwrap();
            named(slots(version, &owner), &slot)["default"] = serde_json::from_str(value).unwrap();
        }
        ["rename", path, new] => {
            let (owner, slot) = of(path).unwrap();
            named(slots(version, &owner), &slot)["name"] = (*new).into();
            let tables = version["tables"].as_array_mut().unwrap();
            for table in tables.iter_mut().filter(|table| table["name"] == owner.as_str()) {
                for part in table["key"]
                    .as_array_mut()
                    .unwrap()
                    .iter_mut()
                    .filter(|part| **part == slot.as_str())
                {
                    *part = (*new).into();
                }
            }
            for index in tables
                .iter_mut()
                .flat_map(|table| table.get_mut("indexes").and_then(Json::as_array_mut))
                .flatten()
            {
                let path = index["fields"][0].as_str().unwrap().to_owned();
                let parts = path.split('.').map(|part| if part == slot { new } else { part });
                index["fields"][0] = parts.collect::<Vec<_>>().join(".").into();
            }
            let hints = match owner.starts_with(char::is_lowercase) {
                true => &mut version["hints"]["renamed_fields"][&owner],
                false => &mut version["hints"]["types"][&owner]["renamed"],
            };
            hints[&slot] = (*new).into();
        }
        ["table", name] => {
            let table = json!({"name": name, "key": ["id"], "fields": [{"name": "id", "type": "u64"}, {"name": "home", "type": "Address"}]});
            version["tables"].as_array_mut().unwrap().push(table);
        }
        ["rename_table", old, new] => {
            named(&mut version["tables"], old)["name"] = (*new).into();
            version["hints"]["renamed_tables"][old] = (*new).into();
        }
        ["drop_table", name] => {
            version["tables"]
                .as_array_mut()
                .unwrap()
                .retain(|known| known["name"] != *name);
            version["hints"]["dropped_tables"] = json!([name]);
        }
        ["swap", one, two] => {
            let ((owner, one), (_, two)) = (of(one).unwrap(), of(two).unwrap());
            let fields = slots(version, &owner);
            named(fields, &one)["name"] = "between".into();
            named(fields, &two)["name"] = one.as_str().into();
            named(fields, "between")["name"] = two.as_str().into();
            version["hints"]["renamed_fields"][&owner] = json!({&one: two, &two: one});
        }
        ["type", name, field] => {
            let declared = json!({"name": name, "fields": [{"name": field, "type": "u8"}]});
            version["types"].as_array_mut().unwrap().push(declared);
        }
        ["key", table, field] => named(&mut version["tables"], table)["key"] = json!([field]),
        ["index", table, name, path] => {
            let table = named(&mut version["tables"], table);
            if table["indexes"].is_null() {
                table["indexes"] = json!([]);
            }
            let index = json!({"name": name, "fields": [path.replace("-desc", " desc")], "unique": true});
            table
                .get_mut("indexes")
                .and_then(Json::as_array_mut)
                .unwrap()
                .push(index);
        }
        ["unindex", table] => named(&mut version["tables"], table)["indexes"] = json!([]),
        ["refer", table, field, target, to] => {
            let reference = json!([{"fields": [field], "table": target, "to": [to], "on_delete": "cascade"}]);
            named(&mut version["tables"], table)["references"] = reference;
        }
        ["on_failure", table, path, outcome] => {
            version["hints"]["on_failure"][table][path] = (*outcome).into();
        }
        ["function", table, path, name] => {
            version["hints"]["functions"][table][path] = (*name).into();
        }
        ["migration", table, id] => version["hints"]["migrations"][table] = json!([id]),
        ["becomes", of, gone, variant] => {
            version["hints"]["types"][of]["becomes"][gone] = (*variant).into();
        }
        words => panic!("{words:?}"),
    }
}

/// A change of the base without hints, under another label.
pub(super) fn edited_as(words: &str, label: &str) -> Json {
    let mut version = edited(words);
    version["label"] = label.into();
    version["hints"] = json!({});
    version
}
