//! Values in row form and in key form.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::document;
use super::hex::hex;
use crate::codec::{Decoder, Encoder, encode_key_part, skip};
use crate::diff::natural_zero;
use crate::model::{Describe, QuantaType};
use crate::schema::{Node, NodeId, Scalar, Shape, TableHints, Variant, limits};

/// Lines of a table of values.
struct Lines(String);

impl Lines {
    fn new() -> Self {
        Self(format!(
            "{:<10} {:<27} {:<48} {}\n",
            "type", "value", "in a row", "in a key"
        ))
    }

    /// Adds a value in row form, which must be one whole value of the type.
    fn add_raw(&mut self, name: &str, value: &str, shape: &Shape, row: &[u8]) {
        let mut input = Decoder::new(row);
        skip(shape, NodeId::ROOT, &mut input).unwrap();
        input.finish().unwrap();
        let mut key = Vec::new();
        let key = match encode_key_part(shape, NodeId::ROOT, &mut Decoder::new(row), &mut key) {
            Ok(()) if key.is_empty() => "(nothing)".to_owned(),
            Ok(()) => hex(&key),
            Err(_) => "no key".to_owned(),
        };
        let row = if row.is_empty() {
            "(nothing)".to_owned()
        } else {
            hex(row)
        };
        let line = format!("{name:<10} {value:<27} {row:<48} {key}");
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    /// Adds a value, which must be read back equal.
    fn add<T: QuantaType + PartialEq + std::fmt::Debug>(&mut self, name: &str, shown: &str, value: &T) {
        let shape = Describe::of::<T>().unwrap().shape;
        let mut row = Encoder::default();
        value.encode(&mut row);
        let row = row.finish().unwrap();
        let mut input = Decoder::new(&row);
        assert_eq!(T::decode(&mut input).unwrap(), *value);
        input.finish().unwrap();
        self.add_raw(name, shown, &shape, &row);
    }

    fn add_scalar(&mut self, scalar: Scalar, shown: &str, row: &[u8]) {
        self.add_raw(scalar.name(), shown, &Shape::scalar(scalar), row);
    }
}

#[test]
fn scalars() {
    let mut lines = Lines::new();
    lines.add("bool", "false", &false);
    lines.add("bool", "true", &true);
    lines.add("u8", "250", &250_u8);
    lines.add("u8", "255", &255_u8);
    lines.add("i8", "-1", &-1_i8);
    lines.add("u16", "250", &250_u16);
    lines.add("u16", "251", &251_u16);
    lines.add("u32", "65536", &65_536_u32);
    lines.add("u64", "0", &0_u64);
    lines.add("u64", "300", &300_u64);
    lines.add("u64", "2^32", &(1_u64 << 32));
    lines.add("u128", "2^64", &(1_u128 << 64));
    lines.add("i16", "300", &300_i16);
    lines.add("i32", "-1", &-1_i32);
    lines.add("i64", "-300", &-300_i64);
    lines.add("i128", "-1", &-1_i128);
    lines.add("f32", "1.5", &1.5_f32);
    lines.add("f32", "-1.5", &-1.5_f32);
    lines.add("f64", "0.1", &0.1_f64);
    lines.add("f64", "-inf", &f64::NEG_INFINITY);
    lines.add("char", "é", &'é');
    lines.add("string", "\"\"", &String::new());
    lines.add("string", "\"Ada\"", &"Ada".to_owned());
    lines.add("bytes", "00 ff", &vec![0_u8, 255]);
    lines.add("unit", "()", &());
    let uuid: Vec<u8> = (0..16).map(|byte| byte * 17).collect();
    lines.add_scalar(Scalar::Uuid, "00112233-4455-..", &uuid);
    lines.add(
        "timestamp",
        "1 s and 5 ns after 1970",
        &(UNIX_EPOCH + Duration::new(1, 5)),
    );
    lines.add::<SystemTime>(
        "timestamp",
        "1 ns before 1970",
        &(UNIX_EPOCH - Duration::from_nanos(1)),
    );
    lines.add_scalar(Scalar::Date, "1969-12-31", &[1]);
    lines.add_scalar(Scalar::Date, "1970-01-02", &[2]);
    lines.add("duration", "300 s and 7 ns", &Duration::new(300, 7));
    let mut decimal = [0; 16];
    (decimal[2], decimal[3], decimal[4]) = (1, 0x80, 15);
    lines.add_scalar(Scalar::Decimal, "-1.5", &decimal);
    lines.add::<IpAddr>("ip", "127.0.0.1", &[127, 0, 0, 1].into());
    lines.add("path", "\"a/b\"", &PathBuf::from("a/b"));
    document::check("format.md", "values", &document::fenced(&lines.0));
}

#[cfg(all(
    feature = "uuid",
    feature = "rust_decimal",
    feature = "jiff",
    feature = "bytes"
))]
#[test]
fn scalars_of_other_crates_have_the_documented_bytes() {
    fn row<T: QuantaType>(value: &T) -> String {
        let mut row = Encoder::default();
        value.encode(&mut row);
        hex(&row.finish().unwrap())
    }
    let uuid = uuid::Uuid::from_bytes(std::array::from_fn(|byte| u8::try_from(byte).unwrap() * 17));
    let decimal: rust_decimal::Decimal = "-1.5".parse().unwrap();
    let date: jiff::civil::Date = "1969-12-31".parse().unwrap();
    let timestamp: jiff::Timestamp = "1969-12-31T23:59:59.999999999Z".parse().unwrap();
    let bytes = bytes::Bytes::from_static(&[0, 255]);
    let documented = document::block("format.md", "values");
    for (name, row) in [
        ("uuid", row(&uuid)),
        ("decimal", row(&decimal)),
        ("date", row(&date)),
        ("timestamp", row(&timestamp)),
        ("bytes", row(&bytes)),
    ] {
        let found = documented
            .lines()
            .any(|line| line.starts_with(name) && line.contains(&format!(" {row} ")));
        assert!(found, "{name} {row}");
    }
}

#[cfg(all(feature = "chrono", feature = "serde_json"))]
#[test]
fn values_of_chrono_and_serde_json_have_the_documented_bytes() {
    fn row<T: QuantaType>(value: &T) -> String {
        let mut row = Encoder::default();
        value.encode(&mut row);
        hex(&row.finish().unwrap())
    }
    let date: chrono::NaiveDate = "1969-12-31".parse().unwrap();
    let timestamp: chrono::DateTime<chrono::Utc> = "1969-12-31T23:59:59.999999999Z".parse().unwrap();
    let documented = document::block("format.md", "values");
    for (name, row) in [("date", row(&date)), ("timestamp", row(&timestamp))] {
        let found = documented
            .lines()
            .any(|line| line.starts_with(name) && line.contains(&format!(" {row} ")));
        assert!(found, "{name} {row}");
    }
    let span = chrono::TimeDelta::new(300, 5).unwrap();
    assert_eq!(row(&span), row(&std::time::Duration::new(300, 5)));
    // A length, and the text: as for a field that is marked `serde = ".."`.
    assert_eq!(
        row(&serde_json::json!({ "a": [1.0, null] })),
        "10 7b 22 61 22 3a 5b 31 2e 30 2c 6e 75 6c 6c 5d 7d"
    );
}

#[derive(PartialEq, Debug, quanta_derive::QuantaType)]
#[quanta(crate = crate)]
struct Town {
    zip: u16,
    name: String,
}

#[derive(PartialEq, Debug, quanta_derive::QuantaType)]
#[quanta(crate = crate)]
enum Form {
    Square(u8),
    Circle,
    Oblong { wide: u8, high: u8 },
}

#[test]
fn collections() {
    let mut lines = Lines::new();
    lines.add("option", "none", &None::<u8>);
    lines.add("option", "some 7", &Some(7_u8));
    lines.add("list", "300, 1", &vec![300_u16, 1]);
    lines.add("set", "300, 251, 1", &BTreeSet::from([300_u16, 251, 1]));
    lines.add(
        "map",
        "\"b\": 1, \"a\": 2",
        &BTreeMap::from([("b".to_owned(), 1_u8), ("a".to_owned(), 2)]),
    );
    lines.add("array", "1, 2", &[1_u16, 2]);
    lines.add("tuple", "(7, \"x\")", &(7_u8, "x".to_owned()));
    let town = Town {
        zip: 300,
        name: "Ox".to_owned(),
    };
    lines.add("struct", "Town { zip 300, name \"Ox\" }", &town);
    lines.add("enum", "Circle", &Form::Circle);
    lines.add("enum", "Square(9)", &Form::Square(9));
    lines.add(
        "enum",
        "Oblong { wide 1, high 2 }",
        &Form::Oblong { wide: 1, high: 2 },
    );
    let opaque = Shape::new(vec![Node::Opaque("note".to_owned())]).unwrap();
    lines.add_raw("opaque", "{\"a\":1}", &opaque, b"\x07{\"a\":1}");
    document::check("format.md", "collections", &document::fenced(&lines.0));
}

#[test]
fn variants_are_sorted_by_name() {
    let shape = Describe::of::<Form>().unwrap().shape;
    let Node::Enum { variants, .. } = shape.node(NodeId::ROOT) else {
        panic!("an enum is an enum");
    };
    let names: Vec<&str> = variants
        .iter()
        .map(|Variant { name, .. }| name.as_str())
        .collect();
    assert_eq!(names, ["Circle", "Oblong", "Square"]);
}

#[test]
fn limits_have_a_name_a_value_and_a_unit() {
    let named: [(&str, usize, &str); 24] = [
        (
            "FILTER_DEPTH_MAX",
            limits::FILTER_DEPTH_MAX,
            "levels of the conditions of a filter text",
        ),
        (
            "KEY_BYTES_MAX",
            limits::KEY_BYTES_MAX,
            "bytes of an encoded row key",
        ),
        (
            "VALUE_BYTES_MAX",
            limits::VALUE_BYTES_MAX,
            "bytes of a row body that a user writes",
        ),
        (
            "BATCH_BYTES_MAX",
            limits::BATCH_BYTES_MAX,
            "bytes of a user transaction, and of the switch",
        ),
        (
            "WORK_BATCH_BYTES",
            limits::WORK_BATCH_BYTES,
            "bytes of a batch of background work, or one row",
        ),
        (
            "SWEEP_FREE_BYTES_MIN",
            limits::SWEEP_FREE_BYTES_MIN,
            "bytes that are free on the disk while the sweep goes on",
        ),
        (
            "INDEX_KEY_BYTES_MAX",
            limits::INDEX_KEY_BYTES_MAX,
            "bytes of an index key that are stored as they are",
        ),
        (
            "NESTING_DEPTH_MAX",
            limits::NESTING_DEPTH_MAX,
            "levels of types and values; options do not count",
        ),
        (
            "SHAPE_NODES_MAX",
            limits::SHAPE_NODES_MAX,
            "nodes of the shape of one table",
        ),
        (
            "EMPTY_ITEMS_MAX",
            limits::EMPTY_ITEMS_MAX,
            "items of a collection whose items take no bytes",
        ),
        (
            "DUPLICATES_BYTES_MAX",
            limits::DUPLICATES_BYTES_MAX,
            "bytes that looking for duplicates takes",
        ),
        (
            "WATCH_EVENTS_DEFAULT",
            limits::WATCH_EVENTS_DEFAULT,
            "events that wait for a watcher, unless it asks for another number",
        ),
        (
            "WATCH_BYTES_MAX",
            limits::WATCH_BYTES_MAX,
            "bytes of the rows in events that wait for a watcher",
        ),
        (
            "HOOK_ROUNDS_MAX",
            limits::HOOK_ROUNDS_MAX,
            "rounds of `before_write` hooks in one transaction",
        ),
        (
            "LINE_BYTES_MAX",
            limits::LINE_BYTES_MAX,
            "bytes of one line or CSV record of what is imported",
        ),
        (
            "KEYS_SEEN_MAX",
            limits::KEYS_SEEN_MAX,
            "lines of an import among which keys that are there twice are found before anything is written",
        ),
        (
            "RELEASE_NAME_BYTES_MAX",
            limits::RELEASE_NAME_BYTES_MAX,
            "bytes of the name of a release",
        ),
        ("GROUPS_MAX", limits::GROUPS_MAX, "groups that one query may have"),
        (
            "MIGRATION_FILE_BYTES_MAX",
            usize::try_from(limits::MIGRATION_FILE_BYTES_MAX).unwrap(),
            "bytes of a migration file",
        ),
        (
            "MIGRATION_DIRECTORY_DEPTH_MAX",
            limits::MIGRATION_DIRECTORY_DEPTH_MAX,
            "levels of directories below the one that migration files are looked for in",
        ),
        (
            "MIGRATION_ID_BYTES_MAX",
            limits::MIGRATION_ID_BYTES_MAX,
            "bytes of the id of a migration file",
        ),
        (
            "engine PREIMAGE_BYTES_MAX",
            quanta_storage::PREIMAGE_BYTES_MAX,
            "bytes that the engines sled and memory keep of overwritten records for the snapshots that are open; older ones end",
        ),
        (
            "engine KEY_BYTES_MAX",
            quanta_storage::KEY_BYTES_MAX,
            "bytes of a key in any engine",
        ),
        (
            "engine VALUE_BYTES_MAX",
            quanta_storage::VALUE_BYTES_MAX,
            "bytes of a value in any engine",
        ),
    ];
    let mut table = String::from("| name | value | of what |\n| --- | --- | --- |\n");
    for (name, value, unit) in named {
        table.push_str(&format!("| `{name}` | {value} | {unit} |\n"));
    }
    document::check("format.md", "limits", &table);
    let source = include_str!("../schema/limits.rs");
    for line in source.lines().filter_map(|line| line.strip_prefix("pub const ")) {
        let name = line.split(':').next().unwrap_or(line);
        assert!(table.contains(&format!("`{name}`")), "{name} stands in no table");
    }
}

#[test]
fn natural_zeros() {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for (scalar, name) in Scalar::NAMES {
        match natural_zero(&Shape::scalar(scalar), NodeId::ROOT, &TableHints::default()) {
            Some(_) => with.push(name),
            None => without.push(name),
        }
    }
    let text = format!("- with: {}\n- without: {}\n", with.join(" "), without.join(" "));
    document::check("migrations.md", "zeros", &text);
}
