//! Entries: their lengths, that they lead to rows, and that their order is the one that an index declares.

use proptest::prelude::*;

use super::*;
use crate::codec::{Encoder, encode_key_part};
use crate::generate::{Seed, random_shape, random_value};
use crate::schema::{NodeId, has_key_order};
use crate::testing::cases;

const SHAPE: &str = "struct { id: u8, name: string, nick: option<string> }";

fn index(fields: &[&str], unique: bool) -> Index {
    let schema = Schema::new(SHAPE.parse().unwrap(), vec!["id".to_owned()]).unwrap();
    index_of(&schema, fields, unique)
}

fn index_of(schema: &Schema, fields: &[&str], unique: bool) -> Index {
    let definition = IndexDef {
        name: "it".to_owned(),
        fields: fields.iter().map(|field| field.parse().unwrap()).collect(),
        unique,
    };
    Index::new(schema, &definition, 7).unwrap()
}

/// Encodes a row whose names have so many bytes.
fn body(name: usize, nick: Option<usize>) -> Vec<u8> {
    let mut out = Encoder::default();
    out.primitive(1_u8);
    out.primitive("n".repeat(name));
    out.primitive(nick.map(|bytes| "k".repeat(bytes)));
    out.finish().unwrap()
}

/// Checks the lengths of the entries of a row, and that each leads back to the row.
#[track_caller]
fn check(index: &Index, body: &[u8], lengths: &[usize]) {
    let mut entries = Entries::new();
    index.add_entries(b"\x81\x01", body, &mut entries).unwrap();
    let found: Vec<usize> = entries.keys().map(|key| key.len() - INDEX_PREFIX_BYTES).collect();
    assert_eq!(found, lengths);
    for (key, value) in &entries {
        assert_eq!(index.row_key(key, value).as_deref(), Some(&b"\x81\x01"[..]));
        assert_eq!(value.is_empty(), !index.definition.unique);
    }
}

#[test]
fn f1_entries_lead_to_rows() {
    // A text ends in two zeros, and an option has a byte in front.
    let one = index(&["name"], false);
    check(&one, &body(3, None), &[3 + 2 + 2]);
    check(&one, &body(766, None), &[768 + 2]);
    check(&one, &body(767, None), &[768 + 32 + 2]);
    check(&one, &body(5000, None), &[768 + 32 + 2]);
    let both = index(&["name", "nick"], false);
    check(&both, &body(3, None), &[5 + 1 + 2]);
    check(&both, &body(3, Some(4)), &[5 + 7 + 2]);
    check(&both, &body(700, Some(100)), &[768 + 32 + 2]);
    check(&index(&["name", "nick"], true), &body(3, None), &[]);
    check(&index(&["name", "nick"], true), &body(3, Some(4)), &[5 + 7]);
    check(&index(&["name"], true), &body(767, None), &[768 + 32]);
    // The other way round they are as long.
    let down = index(&["nick desc", "name desc"], false);
    check(&down, &body(3, None), &[1 + 5 + 2]);
    check(&down, &body(3, Some(4)), &[7 + 5 + 2]);
    check(&down, &body(900, Some(4)), &[768 + 32 + 2]);
    check(&index(&["name desc"], true), &body(767, None), &[768 + 32]);
}

#[test]
fn long_keys_are_told_apart() {
    let entries = |name: usize| {
        let mut entries = Entries::new();
        index(&["name"], true)
            .add_entries(b"r", &body(name, None), &mut entries)
            .unwrap();
        entries.into_keys().next().unwrap()
    };
    assert_ne!(entries(900), entries(901));
    assert_eq!(entries(900)[..773], entries(901)[..773]);
}

/// A row that is to be indexed: the key forms of `a` and of `b`, where there is one, the row key, and the body.
type Row = (Vec<u8>, Option<Vec<u8>>, Vec<u8>, Vec<u8>);

fn random_row(schema: &Schema, seed: &mut Seed) -> Row {
    let form = |name: &str, body: &[u8]| {
        let mut key = Vec::new();
        let node = schema.field(name).unwrap().node;
        encode_key_part(&schema.shape, node, &mut Decoder::new(body), &mut key).unwrap();
        key
    };
    let value = |name: &str, seed: &mut Seed| {
        let node = schema.field(name).unwrap().node;
        random_value(&schema.shape, node, seed)
    };
    let (a, b, id) = (value("a", seed), value("b", seed), value("id", seed));
    let b_form = (b[0] == 1).then(|| form("b", &b));
    (form("a", &a), b_form, form("id", &id), [a, b, id].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(256), failure_persistence: None, ..ProptestConfig::default() })]

    /// Fields of every type that keys have, each up or down: entries come as the values do, and the row key behind them the
    /// way of the last field.
    #[test]
    fn f3_entries_are_in_the_declared_order(start in any::<u64>()) {
        let mut seed = Seed::new(start);
        let mut ordered = || loop {
            let shape = random_shape(&mut seed, 2);
            if has_key_order(&shape, NodeId::ROOT) && !matches!(shape.node(NodeId::ROOT), crate::schema::Node::Option(_)) {
                return shape;
            }
        };
        // Named types of both would be one.
        let (a, b) = (ordered(), ordered());
        let Ok(shape) = format!("struct {{ a: {a}, b: option<{b}>, id: u16 }}").parse() else {
            return Ok(());
        };
        let schema = Schema::new(shape, vec!["id".to_owned()]).unwrap();
        let rows: Vec<Row> = (0..12).map(|_| random_row(&schema, &mut seed)).collect();
        for fields in [["a", "b"], ["a desc", "b"], ["a", "b desc"], ["a desc", "b desc"]] {
            let index = index_of(&schema, &fields, false);
            let mut entries = BTreeMap::new();
            for (_, _, key, body) in &rows {
                let mut own = Entries::new();
                index.add_entries(key, body, &mut own).unwrap();
                entries.extend(own.into_iter().map(|(entry, value)| {
                    let row_key = index.row_key(&entry, &value).unwrap().into_owned();
                    (entry, row_key)
                }));
            }
            let mut expected: Vec<&Row> = rows.iter().collect();
            let turned = |down: bool, order: std::cmp::Ordering| if down { order.reverse() } else { order };
            let [first, second] = fields.map(|field| field.ends_with("desc"));
            expected.sort_by(|one, other| {
                turned(first, one.0.cmp(&other.0))
                    .then(turned(second, (&one.1, &one.2).cmp(&(&other.1, &other.2))))
            });
            let mut expected: Vec<&[u8]> = expected.iter().map(|row| row.2.as_slice()).collect();
            expected.dedup();
            // Where keys are cut, only the rows tell their order.
            let longest = rows.iter().map(|row| row.0.len() + row.1.as_ref().map_or(0, Vec::len) + 1).max();
            let found: Vec<&[u8]> = entries.values().map(Vec::as_slice).collect();
            if longest <= Some(INDEX_KEY_BYTES_MAX) && distinct(&rows) {
                prop_assert_eq!(found, expected, "{:?} of {}", fields, schema.shape);
            }
        }
    }
}

fn distinct(rows: &[Row]) -> bool {
    let keys: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.2).collect();
    keys.len() == rows.len()
}
