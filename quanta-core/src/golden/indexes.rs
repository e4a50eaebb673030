//! The entries that a row has in indexes.

use super::document;
use super::hex::hex;
use crate::codec::Encoder;
use crate::index::{Entries, Index};
use crate::schema::{IndexDef, Schema};

#[test]
fn index_entries() {
    let shape = "struct { home: option<struct Home { city: string }>, id: u64, name: string, nick: option<u8>, tags: \
                 list<string> }";
    let schema = Schema::new(shape.parse().unwrap(), vec!["id".to_owned()]).unwrap();
    let mut body = Encoder::default();
    body.raw(b"\x01\x02Ox");
    body.primitive((7_u64, "n".repeat(1000), None::<u8>, vec!["b", "a", "b"]));
    let body = body.finish().unwrap();
    let mut text = String::new();
    for (space, fields, unique) in [
        (2, "home.city", false),
        (3, "nick", false),
        (4, "tags[]", false),
        (5, "home.city, tags[]", false),
        (6, "home.city", true),
        (7, "nick", true),
        (8, "name", true),
        (9, "home.city desc", false),
        (10, "nick desc, home.city", false),
        (11, "home.city desc", true),
    ] {
        let definition = IndexDef {
            name: String::new(),
            fields: fields.split(", ").map(|field| field.parse().unwrap()).collect(),
            unique,
        };
        let mut entries = Entries::new();
        Index::new(&schema, &definition, space)
            .unwrap()
            .add_entries(&[0x81, 0x07], &body, &mut entries)
            .unwrap();
        let title = format!("{}({fields})", if unique { "unique" } else { "" });
        if entries.is_empty() {
            text.push_str(&format!("{title:<24} (no entry)\n"));
        }
        for (key, value) in entries {
            let key = shortened(&hex(&key));
            text.push_str(&format!("{title:<24} {key}  ->  {}", hex(&value)));
            text = format!("{}\n", text.trim_end());
        }
    }
    document::check("format.md", "index", &document::fenced(&text));
}

/// Leaves out all but the ends of a run of the letter n.
fn shortened(key: &str) -> String {
    let run = "6e ".repeat(768);
    key.replace(&run, "6e (768 times) ")
}
