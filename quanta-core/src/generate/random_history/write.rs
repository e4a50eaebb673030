//! Drafts as JSON.

use serde_json::{Value as Json, json};

use crate::history::HistoryHints;
use crate::schema::{IndexField, Schema};

use super::draft::{Content, Draft, Slot, TableDraft, Ty, TypeDraft, TypeKind, Uid};
use super::edit::{By, find};

/// Whether defaults are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defaults {
    Written,
    LeftOut,
}

/// Writes a version of a history document.
pub(super) fn version(draft: &Draft, label: &str, hints: &HistoryHints) -> Json {
    let (types, tables) = parts(draft, Defaults::Written);
    json!({"label": label, "types": types, "tables": tables, "hints": hints})
}

/// Makes the schemas of all tables.
pub(super) fn schemas(draft: &Draft) -> std::collections::BTreeMap<String, Schema> {
    let (types, tables) = parts(draft, Defaults::LeftOut);
    crate::schema::schemas_from_json(&json!({"types": types, "tables": tables}))
        .expect("a draft that is sound has schemas")
}

fn parts(draft: &Draft, defaults: Defaults) -> (Vec<Json>, Vec<Json>) {
    let types = draft
        .types
        .values()
        .map(|declared| declared_json(draft, declared, defaults));
    let tables = draft
        .tables
        .values()
        .map(|table| table_json(draft, table, defaults));
    (types.collect(), tables.collect())
}

fn declared_json(draft: &Draft, declared: &TypeDraft, defaults: Defaults) -> Json {
    let slots: Vec<Json> = declared
        .slots
        .iter()
        .map(|slot| slot_json(draft, slot, defaults))
        .collect();
    match declared.kind {
        TypeKind::Struct => json!({"name": declared.label, "fields": slots}),
        TypeKind::Enum => json!({"name": declared.label, "variants": slots}),
    }
}

fn slot_json(draft: &Draft, slot: &Slot, defaults: Defaults) -> Json {
    let mut written = json!({"name": slot.name, "reuses": slot.reuses});
    match &slot.content {
        Content::Type(ty) => written["type"] = json!(type_text(draft, ty)),
        Content::Unit => {}
        Content::Tuple(items) => {
            written["tuple"] = items.iter().map(|ty| json!(type_text(draft, ty))).collect();
        }
        Content::Fields(fields) => {
            written["fields"] = fields
                .iter()
                .map(|slot| slot_json(draft, slot, defaults))
                .collect();
        }
    }
    if defaults == Defaults::Written {
        if let Some(default) = &slot.default {
            written["default"] = default.clone();
        }
        if slot.is_default {
            written["default"] = json!(true);
        }
    }
    written
}

fn table_json(draft: &Draft, table: &TableDraft, defaults: Defaults) -> Json {
    let name = |uid: &Uid| find(&table.slots, By::Uid(*uid)).map_or("", |slot| &slot.name);
    let names = |uids: &[Uid]| uids.iter().map(name).collect::<Vec<&str>>();
    let fields: Vec<Json> = table
        .slots
        .iter()
        .map(|slot| slot_json(draft, slot, defaults))
        .collect();
    let indexes = table.indexes.iter().map(|index| {
        let fields = index.fields.iter().map(|(uid, way)| IndexField {
            path: name(uid).to_owned(),
            way: *way,
        });
        json!({"name": index.name, "fields": fields.collect::<Vec<_>>(), "unique": index.unique})
    });
    let references = table.references.iter().filter_map(|reference| {
        let parent = draft.tables.get(&reference.table)?;
        let to = find(&parent.slots, By::Uid(*parent.key.first()?))?;
        Some(json!({
            "fields": names(&[reference.field]), "table": parent.name, "to": [to.name],
            "on_delete": reference.on_delete,
        }))
    });
    json!({
        "name": table.name, "key": names(&table.key), "fields": fields,
        "indexes": indexes.collect::<Vec<_>>(), "references": references.collect::<Vec<_>>(),
    })
}

fn type_text(draft: &Draft, ty: &Ty) -> String {
    let text = |ty: &Ty| type_text(draft, ty);
    match ty {
        Ty::Scalar(scalar) => scalar.name().to_owned(),
        Ty::Opaque => "opaque(json)".to_owned(),
        Ty::Option(item) => format!("option<{}>", text(item)),
        Ty::List(item) => format!("list<{}>", text(item)),
        Ty::Set(item) => format!("set<{}>", text(item)),
        Ty::Map(key, value) => format!("map<{},{}>", text(key), text(value)),
        Ty::Array(item, length) => format!("array<{},{length}>", text(item)),
        Ty::Tuple(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            format!("tuple<{}>", items.join(","))
        }
        Ty::Named(uid) => draft
            .types
            .get(uid)
            .map(|declared| declared.label.clone())
            .unwrap_or_default(),
    }
}
