//! The forms of single values: JSON, one line of text, and what errors say.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{Value, encode_value, from_json, to_json};
use crate::codec::Encoder;
use crate::schema::{Field, Node, NodeId, Scalar, Shape, Variant};

fn shape_of(nodes: Vec<Node>) -> Shape {
    Shape::new(nodes).expect("the nodes are in order")
}

fn scalar(scalar: Scalar) -> Node {
    Node::Scalar(scalar)
}

fn field(name: &str, node: u32) -> Field {
    Field {
        name: name.to_owned(),
        node: NodeId(node),
        reuses: Vec::new(),
    }
}

/// `struct User { address: struct Address { zip: u32 }, colour: enum Colour { Mixed(u8, u8), Red }, tags: list<string> }`
fn user() -> Shape {
    let variant = |name: &str, payload| Variant {
        name: name.to_owned(),
        payload: NodeId(payload),
        reuses: Vec::new(),
    };
    shape_of(vec![
        Node::Struct {
            label: "User".to_owned(),
            fields: vec![field("address", 1), field("colour", 3), field("tags", 8)],
        },
        Node::Struct {
            label: "Address".to_owned(),
            fields: vec![field("zip", 2)],
        },
        scalar(Scalar::U32),
        Node::Enum {
            label: "Colour".to_owned(),
            variants: vec![variant("Mixed", 4), variant("Red", 7)],
        },
        Node::Tuple(vec![NodeId(5), NodeId(6)]),
        scalar(Scalar::U8),
        scalar(Scalar::U8),
        scalar(Scalar::Unit),
        Node::List(NodeId(9)),
        scalar(Scalar::String),
    ])
}

fn user_json() -> Json {
    json!({"address": {"zip": 8001}, "colour": {"Mixed": [1, 2]}, "tags": ["a", "b"]})
}

fn check_json(shape: &Shape, value: &Value, json: &Json) {
    assert_eq!(to_json(shape, NodeId::ROOT, value), *json);
    assert_eq!(from_json(shape, NodeId::ROOT, json).as_ref(), Ok(value));
}

#[test]
fn scalars_have_these_json_forms() {
    let date = |days| Value::Date(days);
    let time = |seconds, nanos| Value::Timestamp { seconds, nanos };
    let cases = [
        (Scalar::Bool, true.into(), json!(true)),
        (Scalar::U8, 255_u8.into(), json!(255)),
        (
            Scalar::U64,
            (1_u64 << 53).into(),
            json!(9_007_199_254_740_992_u64),
        ),
        (Scalar::U64, u64::MAX.into(), json!("18446744073709551615")),
        (
            Scalar::U128,
            u128::MAX.into(),
            json!("340282366920938463463374607431768211455"),
        ),
        (Scalar::I64, (-5_i64).into(), json!(-5)),
        (
            Scalar::I128,
            i128::MIN.into(),
            json!("-170141183460469231731687303715884105728"),
        ),
        (Scalar::F32, 0.1_f32.into(), json!(0.1)),
        (Scalar::F32, f32::NEG_INFINITY.into(), json!("-inf")),
        (Scalar::F64, (-0.0_f64).into(), json!(-0.0)),
        (Scalar::F64, f64::NAN.into(), json!("NaN")),
        (Scalar::F64, f64::INFINITY.into(), json!("inf")),
        (
            Scalar::F64,
            f64::from_bits(0xfff0_0000_0000_0001).into(),
            json!("NaN(0xfff0000000000001)"),
        ),
        (Scalar::Char, 'é'.into(), json!("é")),
        (Scalar::Bytes, vec![0_u8, 0xab].into(), json!("00ab")),
        (Scalar::Unit, Value::Unit, json!(null)),
        (
            Scalar::Uuid,
            Value::Uuid([0x11; 16]),
            json!("11111111-1111-1111-1111-111111111111"),
        ),
        (
            Scalar::Timestamp,
            time(1_714_979_289, 123_000_000),
            json!("2024-05-06T07:08:09.123Z"),
        ),
        (
            Scalar::Timestamp,
            time(i64::MIN, 1),
            json!({"seconds": "-9223372036854775808", "nanos": 1}),
        ),
        (Scalar::Date, date(19_849), json!("2024-05-06")),
        (Scalar::Date, date(i32::MIN), json!({"days": i32::MIN})),
        (
            Scalar::Duration,
            Value::Duration {
                seconds: 12,
                nanos: 500_000_000,
            },
            json!("12.5"),
        ),
        (
            Scalar::Duration,
            Value::Duration {
                seconds: u64::MAX,
                nanos: 1,
            },
            json!("18446744073709551615.000000001"),
        ),
        (Scalar::Ip, Value::Ip([127, 0, 0, 1].into()), json!("127.0.0.1")),
        (Scalar::Path, Value::Path("/tmp".to_owned()), json!("/tmp")),
    ];
    for (scalar, value, json) in cases {
        check_json(&Shape::scalar(scalar), &value, &json);
    }
}

#[test]
fn decimals_keep_their_scale_and_their_sign() {
    let shape = Shape::scalar(Scalar::Decimal);
    for (text, flags, magnitude) in [
        ("1.50", 2_u32 << 16, 150_u128),
        ("-0.05", 1 << 31 | 2 << 16, 5),
        ("-0", 1 << 31, 0),
        ("79228162514264337593543950335", 0, (1 << 96) - 1),
        ("0.0000000000000000000000000001", 28 << 16, 1),
    ] {
        let bytes = (magnitude << 32 | u128::from(flags)).to_le_bytes();
        check_json(&shape, &Value::Decimal(bytes), &json!(text));
    }
    let problem = encode_value(
        &shape,
        NodeId::ROOT,
        &Value::Decimal([255; 16]),
        &mut Encoder::default(),
    );
    assert!(problem.unwrap_err().contains("are no decimal"));
}

#[test]
fn what_is_no_scalar_is_refused() {
    let cases = [
        (Scalar::U8, json!(256), "256 is no u8"),
        (Scalar::U8, json!(1.0), "1.0 is no u8"),
        (Scalar::I8, json!("+1"), "\"+1\" is no i8"),
        (Scalar::U8, json!(null), "null where u8 is expected"),
        (Scalar::F32, json!(1e39), "1e+39 is no f32"),
        (Scalar::F64, json!("1"), "\"1\" is no f64"),
        (
            Scalar::F64,
            json!("NaN(0x7ff0000000000000)"),
            "\"NaN(0x7ff0000000000000)\" is no f64",
        ),
        (Scalar::Char, json!("ab"), "\"ab\" is no char"),
        (Scalar::Bytes, json!("abc"), "\"abc\" is no bytes"),
        (Scalar::Date, json!("2023-02-29"), "\"2023-02-29\" is no date"),
        (Scalar::Duration, json!(".5"), "\".5\" is no duration"),
        (Scalar::Duration, json!("-1"), "\"-1\" is no duration"),
        (
            Scalar::Decimal,
            json!("79228162514264337593543950336"),
            "\"79228162514264337593543950336\" is no decimal",
        ),
        (Scalar::Decimal, json!("1."), "\"1.\" is no decimal"),
        (Scalar::Unit, json!(false), "a boolean where unit is expected"),
        (
            Scalar::Timestamp,
            json!({"seconds": 1}),
            "an object where timestamp is expected",
        ),
    ];
    for (scalar, json, problem) in cases {
        assert_eq!(
            from_json(&Shape::scalar(scalar), NodeId::ROOT, &json),
            Err(problem.to_owned())
        );
    }
}

#[test]
fn options_that_may_hold_null_say_some() {
    let none = Value::Option(None);
    let some = |value: Value| Value::Option(Some(Box::new(value)));
    let plain = shape_of(vec![Node::Option(NodeId(1)), scalar(Scalar::U8)]);
    check_json(&plain, &none, &json!(null));
    check_json(&plain, &Some(1_u8).into(), &json!(1));
    let nested = shape_of(vec![
        Node::Option(NodeId(1)),
        Node::Option(NodeId(2)),
        scalar(Scalar::U8),
    ]);
    check_json(&nested, &none, &json!(null));
    check_json(&nested, &some(none.clone()), &json!({"some": null}));
    check_json(&nested, &some(Some(1_u8).into()), &json!({"some": 1}));
    let unit = shape_of(vec![Node::Option(NodeId(1)), scalar(Scalar::Unit)]);
    check_json(&unit, &some(Value::Unit), &json!({"some": null}));
    let opaque = shape_of(vec![Node::Option(NodeId(1)), Node::Opaque("json".to_owned())]);
    check_json(&opaque, &some(Value::Opaque(json!(null))), &json!({"some": null}));
    assert_eq!(
        from_json(&nested, NodeId::ROOT, &json!(1)),
        Err("a number where null or {\"some\": value} is expected".to_owned())
    );
}

#[test]
fn maps_are_objects_or_pairs() {
    let texts = shape_of(vec![
        Node::Map(NodeId(1), NodeId(2)),
        scalar(Scalar::String),
        scalar(Scalar::U8),
    ]);
    // Stored maps are sorted by encoding: the shorter text first.
    let entries = vec![("b".into(), 1_u8.into()), ("aa".into(), 2_u8.into())];
    check_json(&texts, &Value::Map(entries), &json!({"aa": 2, "b": 1}));
    let numbers = shape_of(vec![
        Node::Map(NodeId(1), NodeId(2)),
        scalar(Scalar::U8),
        scalar(Scalar::U8),
    ]);
    let entries = vec![(1_u8.into(), 2_u8.into()), (3_u8.into(), 4_u8.into())];
    check_json(&numbers, &Value::Map(entries.clone()), &json!([[1, 2], [3, 4]]));
    assert_eq!(
        from_json(&numbers, NodeId::ROOT, &json!([[3, 4], [1, 2]])),
        Ok(Value::Map(entries))
    );
    assert_eq!(
        from_json(&numbers, NodeId::ROOT, &json!([[1]])),
        Err("[0]: an array where a pair is expected".to_owned())
    );
}

#[test]
fn problems_of_json_are_placed() {
    let shape = user();
    let check = |pointer: &str, json: Json, problem: &str| {
        let mut user = user_json();
        *user.pointer_mut(pointer).expect("the pointer leads to a value") = json;
        assert_eq!(from_json(&shape, NodeId::ROOT, &user), Err(problem.to_owned()));
    };
    check("/address/zip", json!("x"), "address.zip: \"x\" is no u32");
    check(
        "/address/zip",
        json!([]),
        "address.zip: an array where u32 is expected",
    );
    check("/address", json!({}), "address: the field zip is missing");
    check(
        "/address",
        json!({"zip": 1, "zop": 2}),
        "address: there is no field zop",
    );
    check(
        "/address",
        json!(1),
        "address: a number where struct Address is expected",
    );
    check("/tags", json!(["a", 1]), "tags[1]: 1 is no string");
    check(
        "/colour",
        json!("Blue"),
        "colour: enum Colour has no variant Blue",
    );
    check(
        "/colour",
        json!("Mixed"),
        "colour: the variant Mixed lacks its payload",
    );
    check(
        "/colour",
        json!({"Red": null}),
        "colour: the variant Red has no payload: write \"Red\"",
    );
    check(
        "/colour",
        json!({"Mixed": [1, 256]}),
        "colour.Mixed[1]: 256 is no u8",
    );
    check(
        "/colour",
        json!({"Mixed": [1]}),
        "colour.Mixed: 1 items where a tuple of 2 items is expected",
    );
}

#[test]
fn problems_of_values_are_placed() {
    let shape = user();
    let good = from_json(&shape, NodeId::ROOT, &user_json()).expect("the JSON is of the shape");
    let check = |name: &str, value: Value, problem: &str| {
        let Value::Struct(mut fields) = good.clone() else {
            panic!("a user is a struct")
        };
        fields.insert(name.to_owned(), value);
        let mut out = Encoder::default();
        let result = encode_value(&shape, NodeId::ROOT, &Value::Struct(fields), &mut out);
        assert_eq!(result, Err(problem.to_owned()));
        assert_eq!(out.finish(), Err(problem.to_owned()));
    };
    check(
        "address",
        Value::from([("zip", "x".into())]),
        "address.zip: a string where u32 is expected",
    );
    check(
        "address",
        Value::from([("zip", (-1).into())]),
        "address.zip: -1 is out of the range of u32",
    );
    check(
        "address",
        Value::Struct(BTreeMap::new()),
        "address: the field zip is missing",
    );
    check(
        "address",
        Value::Unit,
        "address: unit where struct Address is expected",
    );
    check("extra", Value::Unit, "there is no field extra");
    check(
        "tags",
        Value::List(vec!["a".into(), Value::Unit]),
        "tags[1]: unit where string is expected",
    );
    let blue = Value::Enum {
        variant: "Blue".to_owned(),
        payload: Box::new(Value::Unit),
    };
    check("colour", blue, "colour: enum Colour has no variant Blue");
}

#[test]
fn repeated_items_and_keys_are_refused() {
    let set = shape_of(vec![Node::Set(NodeId(1)), scalar(Scalar::U8)]);
    let map = shape_of(vec![
        Node::Map(NodeId(1), NodeId(2)),
        scalar(Scalar::U8),
        scalar(Scalar::Unit),
    ]);
    let encode = |shape: &Shape, value: &Value| {
        let mut out = Encoder::default();
        encode_value(shape, NodeId::ROOT, value, &mut out).and_then(|()| out.finish())
    };
    let one: Value = 1_u8.into();
    let two: Value = 2_u8.into();
    assert_eq!(
        encode(&set, &Value::List(vec![two, one.clone()])),
        Ok(vec![2, 1, 2])
    );
    let twice = encode(&set, &Value::List(vec![one.clone(), one.clone()]));
    assert_eq!(twice, Err("an item stands in a set more than once".to_owned()));
    let twice = encode(
        &map,
        &Value::Map(vec![(one.clone(), Value::Unit), (one, Value::Unit)]),
    );
    assert_eq!(twice, Err("a key stands in a map more than once".to_owned()));
}

#[test]
fn signed_and_unsigned_integers_stand_for_each_other() {
    for (scalar, value) in [(Scalar::U8, Value::from(7_i8)), (Scalar::I128, Value::from(7_u8))] {
        let mut out = Encoder::default();
        assert_eq!(
            encode_value(&Shape::scalar(scalar), NodeId::ROOT, &value, &mut out),
            Ok(())
        );
    }
}

#[test]
fn values_show_on_one_line() {
    let user = from_json(&user(), NodeId::ROOT, &user_json()).expect("the JSON is of the shape");
    let some = |value: Value| Value::Option(Some(Box::new(value)));
    for (value, text) in [
        ("plain text".into(), "plain text"),
        ("two\nlines".into(), "two\\nlines"),
        (some("text".into()), "text"),
        (Value::Option(None), "none"),
        (1.0_f64.into(), "1.0"),
        (vec![0_u8; 4].into(), "00000000"),
        (
            vec![0xab_u8; 20].into(),
            "abababababababababababababababab.. (20 bytes)",
        ),
        (Value::Duration { seconds: 1, nanos: 0 }, "1s"),
        (Value::Date(0), "1970-01-01"),
        (Value::Map(vec![("a".into(), some('x'.into()))]), "{\"a\": 'x'}"),
        (
            user,
            "{address: {zip: 8001}, colour: Mixed(1, 2), tags: [\"a\", \"b\"]}",
        ),
    ] {
        assert_eq!(value.to_string(), text);
    }
}

#[test]
fn sets_and_maps_are_in_the_order_in_which_they_are_stored() {
    let map: Shape = "map<string,set<u8>>".parse().expect("it is a type");
    let json = json!({"aa": [2, 1], "b": []});
    let value = from_json(&map, NodeId::ROOT, &json).expect("the JSON is of the shape");
    assert_eq!(value.to_string(), r#"{"b": [], "aa": [1, 2]}"#);
}

#[test]
fn parts_can_be_had() {
    let user = from_json(&user(), NodeId::ROOT, &user_json()).expect("the JSON is of the shape");
    assert_eq!(
        user.get("address")
            .and_then(|address| address.get("zip"))
            .and_then(Value::as_i128),
        Some(8001)
    );
    assert_eq!(
        user.get("tags").and_then(Value::as_list).map(<[Value]>::len),
        Some(2)
    );
    assert_eq!(user.get("none"), None);
    assert_ne!(Value::F64(0.0), Value::F64(-0.0));
    assert_eq!(Value::F64(f64::NAN), Value::F64(f64::NAN));
}

#[cfg(feature = "rust_decimal")]
#[test]
fn decimals_read_like_those_of_rust_decimal() {
    use rust_decimal::Decimal;
    let mut seed = crate::generate::Seed::new(1);
    for _ in 0..1000 {
        let bytes = crate::generate::random_value(&Shape::scalar(Scalar::Decimal), NodeId::ROOT, &mut seed);
        let bytes = <[u8; 16]>::try_from(bytes).expect("a decimal has 16 bytes");
        let text = Value::Decimal(bytes).to_string();
        let decimal = Decimal::deserialize(bytes);
        assert_eq!(decimal.serialize(), bytes);
        assert_eq!(text, decimal.to_string());
        assert_eq!(text.starts_with('-'), decimal.is_sign_negative());
    }
}
