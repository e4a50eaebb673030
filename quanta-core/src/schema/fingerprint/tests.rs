//! Guards fingerprints: they are stored, so each of these must stay what it is for ever.

use expect_test::expect_file;

use super::*;
use crate::schema::{IndexDef, IndexField, Reference};

/// One row type for every kind of node, with a field of that kind beside the key.
const TYPES: [&str; 17] = [
    "u64",
    "i64",
    "option<string>",
    "list<u8>",
    "set<u8>",
    "map<string,f64>",
    "array<u8,16>",
    "tuple<u8,string>",
    "tuple<>",
    "struct Address { town: string, zip: option<u32> }",
    "enum Shape { Circle, Poly { sides: u8 }, Rect(f64,f64) }",
    "enum Shape { Circle from Rect, Rect }",
    "struct Swap { a: u64 from b, b: u64 from a }",
    "struct Node { children: list<Node>, next: option<Node> }",
    "struct A { b: option<struct B { a: option<A>, b: option<B> }> }",
    "ref<teams>",
    "opaque(json)",
];

fn schema(of_field: &str) -> Schema {
    let text = format!("struct Row {{ id: u64, x: {of_field} }}");
    let shape = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    Schema::new(shape, vec!["id".to_owned()]).unwrap()
}

fn print(of_field: &str) -> Fingerprint {
    Fingerprint::of(&schema(of_field))
}

#[test]
fn golden_fingerprints() {
    let lines: Vec<String> = TYPES
        .iter()
        .map(|text| format!("{} {text}\n", print(text)))
        .collect();
    expect_file!["../../../tests/data/fingerprints.txt"].assert_eq(&lines.concat());
    let mut prints: Vec<Fingerprint> = TYPES.iter().map(|text| print(text)).collect();
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), TYPES.len(), "no two of them are one");
}

#[test]
fn the_canonical_encoding_in_bytes() {
    let mut schema = schema("option<bool>");
    let id = || vec!["id".to_owned()];
    schema.indexes.push(IndexDef {
        name: "any name".to_owned(),
        fields: vec![IndexField::ascending("id")],
        unique: true,
    });
    schema.indexes.push(IndexDef {
        name: "another".to_owned(),
        fields: vec!["x desc".parse().unwrap(), IndexField::ascending("id")],
        unique: false,
    });
    let reference = Reference {
        fields: id(),
        table: "t".to_owned(),
        to: id(),
        on_delete: OnDelete::SetNull,
    };
    schema.references.push(reference);
    let mut expected = b"quanta-schema/1\0".to_vec();
    // A struct of two fields: `id`, which reuses no name, a scalar; `x`, likewise, an option of a scalar.
    expected.extend(b"\x08\x02\0\0\0");
    expected.extend(b"\x02\0\0\0id\0\0\0\0\x01\x03\0\0\0u64");
    expected.extend(b"\x01\0\0\0x\0\0\0\0\x02\x01\x04\0\0\0bool");
    // One key field, two indexes, one over one field, unique, and one that begins with the highest x, and one reference
    // that becomes none.
    expected.extend(b"\x01\0\0\0\x02\0\0\0id");
    expected.extend(b"\x02\0\0\0\x01\0\0\0\x02\0\0\0id\x01");
    expected.extend(b"\x02\0\0\0\x06\0\0\0x desc\x02\0\0\0id\0");
    expected.extend(b"\x01\0\0\0\x01\0\0\0\x02\0\0\0id\x01\0\0\0t\x01\0\0\0\x02\0\0\0id\x02");
    assert_eq!(canonical(&schema), expected);
    assert_eq!(
        Fingerprint::of(&schema).0,
        blake3::hash(&expected).as_bytes()[..16]
    );
}

#[test]
fn a_way_back_counts_the_levels() {
    let tail = canonical(&schema("struct Node { next: option<Node> }"));
    let way_back = [0x02, 0xff, 2, 0, 0, 0];
    assert!(
        tail.windows(way_back.len()).any(|bytes| bytes == way_back),
        "the option stands two below the node"
    );
}

#[test]
fn labels_and_order_do_not_matter() {
    assert_eq!(
        print("struct A { a: u8, b: u8 }"),
        print("struct B { b: u8, a: u8 }")
    );
    assert_eq!(print("enum A { X, Y(u8) }"), print("enum B { Y(u8), X }"));
    assert_eq!(
        print("struct N { next: option<N> }"),
        print("struct M { next: option<M> }")
    );
}

#[test]
fn what_matters() {
    for (one, two) in [
        ("struct S { a: u8, b: u8 }", "struct S { a: u8 from b, b: u8 }"),
        (
            "struct S { a: u8 from b, b: u8 }",
            "struct S { a: u8, b: u8 from a }",
        ),
        ("enum S { A, B }", "enum S { A, B from A }"),
        ("enum S { A(u8) }", "enum S { A { a: u8 } }"),
        ("enum S { A }", "enum S { A() }"),
        ("list<u8>", "bytes"),
        ("array<u8,3>", "tuple<u8,u8,u8>"),
        ("array<u8,3>", "array<u8,4>"),
        ("opaque(x)", "ref<x>"),
        (
            "tuple<struct N { next: option<N> },u8>",
            "tuple<struct N { next: option<struct M { next: option<M> }> },u8>",
        ),
    ] {
        assert_ne!(print(one), print(two), "{one} against {two}");
    }
    let (mut one, mut two) = (schema("u64"), schema("u64"));
    one.key = vec!["id".to_owned(), "x".to_owned()];
    two.key = vec!["x".to_owned(), "id".to_owned()];
    assert_ne!(
        Fingerprint::of(&one),
        Fingerprint::of(&two),
        "the order of the key is shape"
    );
}
