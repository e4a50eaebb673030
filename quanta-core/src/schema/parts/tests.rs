//! What schemas fall apart into, and the hash of each part.

use serde_json::json;

use super::{ObjectKind, Part, parts};
use crate::schema::{Fingerprint, Schema, schemas_from_json};

fn parts_of(json: &serde_json::Value) -> Vec<Part> {
    let schemas = schemas_from_json(json).unwrap();
    let tables: Vec<(&str, &Schema)> = schemas
        .iter()
        .map(|(name, schema)| (name.as_str(), schema))
        .collect();
    parts(&tables)
}

/// Writes names and counts as docs/format.md says.
fn bytes(start: &str, parts: &[&[u8]]) -> Fingerprint {
    let mut all = format!("{start}\0").into_bytes();
    all.extend(parts.concat());
    let mut first = [0; 16];
    first.copy_from_slice(&blake3::hash(&all).as_bytes()[..16]);
    Fingerprint(first)
}

#[test]
fn contents_are_hashes_of_documented_bytes() {
    let found = parts_of(&json!({
        "types": [{"name": "At", "fields": [{"name": "x", "type": "u8"}]}],
        "tables": [
            {"name": "a", "key": ["id"], "fields": [{"name": "id", "type": "u8"}, {"name": "at", "type": "At"}],
             "indexes": [{"name": "by_x", "fields": ["at.x"], "unique": true}],
             "references": [{"fields": ["id"], "table": "b", "to": ["id"], "on_delete": "cascade"}]},
            {"name": "b", "key": ["id"], "fields": [{"name": "id", "type": "u8"}]},
        ],
    }));
    let (one, two): (&[u8], &[u8]) = (&[1, 0, 0, 0], &[2, 0, 0, 0]);
    let none: &[u8] = &[0; 4];
    let u8_type: &[u8] = b"\x01\x02\0\0\0u8";
    let struct_of_x = [b"\x08", one, one, b"x", none, u8_type].concat();
    let names: Vec<(ObjectKind, &str)> = found.iter().map(|part| (part.kind, part.name.as_str())).collect();
    assert_eq!(
        names,
        [
            (ObjectKind::Table, "a"),
            (ObjectKind::Table, "b"),
            (ObjectKind::Type, "At"),
            (ObjectKind::Index, "a.by_x"),
            (ObjectKind::Reference, "a (id) to b"),
        ]
    );
    let id = [two, b"id"].concat();
    let row = [b"\x08", one, &id, none, u8_type].concat();
    let contents = [
        found[0].content,
        bytes("quanta-schema/1", &[&row, one, &id, none, none]),
        bytes("quanta-type/1", &[&struct_of_x]),
        bytes("quanta-index/1", &[one, &[4, 0, 0, 0], b"at.x", &[1]]),
        bytes("quanta-reference/1", &[one, &id, one, b"b", one, &id, &[1]]),
    ];
    let found: Vec<Fingerprint> = found.iter().map(|part| part.content).collect();
    assert_eq!(found, contents);
}

#[test]
fn types_are_used_where_they_stand() {
    let field = |name: &str, ty: &str| json!({"name": name, "type": ty});
    let found = parts_of(&json!({
        "types": [
            {"name": "Leaf", "fields": [field("x", "u8")]},
            {"name": "Tree", "variants": [
                {"name": "End", "tuple": ["Leaf"]},
                {"name": "Node", "fields": [field("left", "list<Tree>"), field("owner", "ref<b>")]},
            ]},
        ],
        "tables": [
            {"name": "a", "key": ["id"], "fields": [
                field("id", "u8"), field("one", "map<string,option<Tree>>"), field("two", "tuple<u8,ref<a>>")]},
            {"name": "b", "row": "Row", "key": ["id"], "fields": [
                field("id", "u8"), field("rows", "list<Row>"), field("leaf", "Leaf")]},
        ],
    }));
    let uses: Vec<String> = found
        .iter()
        .map(|part| {
            let uses: Vec<String> = part
                .uses
                .iter()
                .map(|(kind, name)| format!("{kind} {name}"))
                .collect();
            format!("{} {}: {}", part.kind, part.name, uses.join(", "))
        })
        .collect();
    assert_eq!(
        uses,
        [
            "table a: table a, type Tree",
            "table b: table b, type Leaf",
            "type Leaf: ",
            "type Tree: table b, type Leaf, type Tree",
        ]
    );
}
