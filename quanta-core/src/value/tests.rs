//! Guards values: bytes and JSON read back as they were, and hostile bytes end in errors.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::codec::{Decoder, Encoder};
use crate::generate::{Seed, random_shape, random_value};
use crate::schema::{NodeId, Shape};
use crate::testing::cases;

fn shape(text: &str) -> Shape {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn decode(shape: &Shape, bytes: &[u8]) -> Result<Value, String> {
    let mut input = Decoder::new(bytes);
    let value = decode_value(shape, NodeId::ROOT, &mut input).map_err(|error| error.to_string())?;
    input.finish().map_err(|error| error.to_string())?;
    Ok(value)
}

fn encode(shape: &Shape, value: &Value) -> Result<Vec<u8>, String> {
    let mut out = Encoder::default();
    encode_value(shape, NodeId::ROOT, value, &mut out)?;
    out.finish()
}

/// Replaces every NaN by the one that JSON gives back.
fn with_plain_nans(value: Value) -> Value {
    let all = |values: Vec<Value>| values.into_iter().map(with_plain_nans).collect();
    match value {
        Value::F32(float) if float.is_nan() => Value::F32(f32::NAN),
        Value::F64(float) if float.is_nan() => Value::F64(f64::NAN),
        Value::Option(Some(value)) => Value::Option(Some(Box::new(with_plain_nans(*value)))),
        Value::List(values) => Value::List(all(values)),
        Value::Tuple(values) => Value::Tuple(all(values)),
        Value::Map(entries) => {
            let plain = |(key, value)| (with_plain_nans(key), with_plain_nans(value));
            Value::Map(entries.into_iter().map(plain).collect())
        }
        Value::Struct(fields) => Value::Struct(
            fields
                .into_iter()
                .map(|(name, value)| (name, with_plain_nans(value)))
                .collect(),
        ),
        Value::Enum { variant, payload } => Value::Enum {
            variant,
            payload: Box::new(with_plain_nans(*payload)),
        },
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(256), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_read_back(start in any::<u64>(), depth in 0_usize..6) {
        let mut seed = Seed::new(start);
        let shape = random_shape(&mut seed, depth);
        for _ in 0..4 {
            let bytes = random_value(&shape, NodeId::ROOT, &mut seed);
            let value = decode(&shape, &bytes).unwrap();
            prop_assert_eq!(encode(&shape, &value).unwrap(), bytes);
            prop_assert!(!value.to_string().chars().any(char::is_control));
            let plain = with_plain_nans(value);
            // Two NaNs of a set are one in JSON: such a set is refused, as any item given twice.
            let sound = encode(&shape, &plain).ok().and_then(|bytes| decode(&shape, &bytes).ok());
            if sound.as_ref() == Some(&plain) {
                let text = to_json(&shape, NodeId::ROOT, &plain).to_string();
                let json: Json = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(from_json(&shape, NodeId::ROOT, &json).unwrap(), plain, "{}", text);
            }
        }
    }

    #[test]
    fn hostile_bytes_are_errors_or_values(start in any::<u64>(), bytes in prop::collection::vec(any::<u8>(), 0..80),
                                          flip in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut seed = Seed::new(start);
        let shape = random_shape(&mut seed, 5);
        let _ = decode(&shape, &bytes);
        let mut damaged = random_value(&shape, NodeId::ROOT, &mut seed);
        if !damaged.is_empty() {
            let at = flip.index(damaged.len());
            damaged[at] = byte;
            if let Ok(value) = decode(&shape, &damaged) {
                let _ = value.to_string();
                let _ = encode(&shape, &value).unwrap();
                let _ = from_json(&shape, NodeId::ROOT, &to_json(&shape, NodeId::ROOT, &value));
            }
        }
    }

    #[test]
    fn times_read_back(seconds in any::<i64>(), nanos in 0_u32..1_000_000_000, days in any::<i32>(), shift in 0_u32..40) {
        let value = (seconds >> shift, nanos);
        prop_assert_eq!(calendar::parse_timestamp(&calendar::timestamp_text(value.0, value.1)), Some(value));
        prop_assert_eq!(calendar::parse_date(&calendar::date_text(days >> (shift % 31))), Some(days >> (shift % 31)));
    }

    #[test]
    fn floats_read_back(bits in any::<u64>(), short in any::<u32>()) {
        let (double, single) = (f64::from_bits(bits), f32::from_bits(short));
        let again = |json: Json| serde_json::from_str::<Json>(&json.to_string()).unwrap();
        if !double.is_nan() {
            prop_assert_eq!(numbers::parse_float64(&again(numbers::float64(double))).map(f64::to_bits), Some(bits));
        }
        if !single.is_nan() {
            prop_assert_eq!(numbers::parse_float32(&again(numbers::float32(single))).map(f32::to_bits), Some(short));
        }
    }
}

fn check_json(text: &str, json: &Json, line: &Expect) {
    let shape = shape(text);
    let value =
        from_json(&shape, NodeId::ROOT, json).unwrap_or_else(|error| panic!("{text} {json}: {error}"));
    assert_eq!(to_json(&shape, NodeId::ROOT, &value), *json, "{text}");
    assert_eq!(
        decode(&shape, &encode(&shape, &value).unwrap()).unwrap(),
        value,
        "{text}"
    );
    line.assert_eq(&value.to_string());
}

#[test]
fn forms_in_json_and_on_a_line() {
    check_json(
        "u64",
        &json!(9_007_199_254_740_992_u64),
        &expect!["9007199254740992"],
    );
    check_json("u64", &json!("9007199254740993"), &expect!["9007199254740993"]);
    check_json(
        "i128",
        &json!("-170141183460469231731687303715884105728"),
        &expect!["-170141183460469231731687303715884105728"],
    );
    check_json("f32", &json!(0.1), &expect!["0.1"]);
    check_json("f64", &json!(-0.0), &expect!["-0.0"]);
    check_json(
        "list<f64>",
        &json!(["NaN", "inf", "-inf"]),
        &expect!["[NaN, inf, -inf]"],
    );
    check_json("bytes", &json!("00ff"), &expect!["0x00ff"]);
    check_json("string", &json!("a\u{1b}[31m"), &expect![r"a\u{1b}[31m"]);
    check_json(
        "tuple<string,char>",
        &json!(["a\"", "☂"]),
        &expect![r#"("a\"", '☂')"#],
    );
    check_json("option<u8>", &json!(7), &expect!["7"]);
    check_json("option<option<u8>>", &json!([null]), &expect!["none"]);
    check_json("option<option<u8>>", &json!([7]), &expect!["7"]);
    check_json("option<unit>", &json!([null]), &expect!["()"]);
    check_json(
        "map<string,u8>",
        &json!({"b": 1, "long": 2}),
        &expect![r#"{"b": 1, "long": 2}"#],
    );
    check_json(
        "map<u8,bool>",
        &json!([[1, true], [2, false]]),
        &expect!["{1: true, 2: false}"],
    );
    check_json("enum E { A, B(u8), C { x: bool } }", &json!("A"), &expect!["A"]);
    check_json(
        "enum E { A, B(u8), C { x: bool } }",
        &json!({"B": [1]}),
        &expect!["B(1)"],
    );
    check_json(
        "enum E { A, B(u8), C { x: bool } }",
        &json!({"C": {"x": true}}),
        &expect!["C{x: true}"],
    );
    check_json(
        "uuid",
        &json!("01234567-89ab-cdef-0123-456789abcdef"),
        &expect!["01234567-89ab-cdef-0123-456789abcdef"],
    );
    check_json(
        "timestamp",
        &json!("1969-12-31T23:59:59.5Z"),
        &expect!["1969-12-31T23:59:59.5Z"],
    );
    check_json(
        "timestamp",
        &json!("2024-02-29T12:00:00Z"),
        &expect!["2024-02-29T12:00:00Z"],
    );
    check_json("date", &json!("0000-03-01"), &expect!["0000-03-01"]);
    check_json("date", &json!("-0044-03-15"), &expect!["-0044-03-15"]);
    check_json("date", &json!("+12024-01-01"), &expect!["+12024-01-01"]);
    check_json("duration", &json!("90.000000001"), &expect!["90.000000001s"]);
    check_json("decimal", &json!("-0.10"), &expect!["-0.10"]);
    check_json(
        "decimal",
        &json!("79228162514264337593543950335"),
        &expect!["79228162514264337593543950335"],
    );
    check_json("ip", &json!("::ffff:1.2.3.4"), &expect!["::ffff:1.2.3.4"]);
    check_json(
        "opaque(x)",
        &json!({"a": [1, null]}),
        &expect![r#"{"a":[1,null]}"#],
    );
}

#[test]
fn sets_and_maps_are_in_the_order_in_which_they_are_stored() {
    let map = shape("map<string,set<u8>>");
    let value = from_json(&map, NodeId::ROOT, &json!({"aa": [2, 1], "b": []})).unwrap();
    assert_eq!(value.to_string(), r#"{"b": [], "aa": [1, 2]}"#);
    assert_eq!(decode(&map, &encode(&map, &value).unwrap()).unwrap(), value);
}

#[test]
fn a_time_may_have_an_offset() {
    let there = calendar::parse_timestamp("2024-03-01T01:30:00+02:00");
    assert_eq!(there, calendar::parse_timestamp("2024-02-29T23:30:00Z"));
    assert!(there.is_some());
    for wrong in [
        "2023-02-29",
        "2024-13-01",
        "2024-00-01",
        "2024-1-01",
        "24-01-01",
        "12024-01-01",
        "",
    ] {
        assert_eq!(calendar::parse_date(wrong), None, "{wrong}");
    }
    for wrong in [
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:00:60Z",
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00.Z",
        "T",
    ] {
        assert_eq!(calendar::parse_timestamp(wrong), None, "{wrong}");
    }
}

#[test]
fn the_layout_of_decimals_is_that_of_their_crate() {
    // `Decimal::new(-314, 2).serialize()`.
    let bytes = [0, 0, 2, 0x80, 0x3a, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(Value::Decimal(bytes).to_string(), "-3.14");
    assert!(decode(&shape("decimal"), &[1; 16]).is_err());
}

fn check_error(text: &str, json: &Json, expected: &Expect) {
    expected.assert_eq(&from_json(&shape(text), NodeId::ROOT, json).unwrap_err());
}

#[test]
fn errors_name_the_place() {
    let user = "struct User { home: struct Address { city: string }, tags: list<u8> }";
    check_error(
        user,
        &json!({"home": {"city": 7}, "tags": []}),
        &expect!["home.city: expected string, found 7"],
    );
    check_error(
        user,
        &json!({"home": {}, "tags": []}),
        &expect!["home.city: the value is missing"],
    );
    check_error(
        user,
        &json!({"home": {"city": ""}, "tags": [1, 256]}),
        &expect!["tags[1]: expected u8, found 256"],
    );
    check_error(user, &json!({"x": 1}), &expect!["there is no field `x`"]);
    check_error(
        "enum E { A(u8) }",
        &json!({"A": ["x"]}),
        &expect![[r#"::A[0]: expected u8, found "x""#]],
    );
    check_error(
        "enum E { A(u8) }",
        &json!("B"),
        &expect!["there is no variant `B`"],
    );
    check_error("set<u8>", &json!([1, 1]), &expect!["1 is given twice"]);
    check_error(
        "array<u8,2>",
        &json!([1]),
        &expect!["expected an array of 2, as a list, found [1]"],
    );
    let value = Value::Struct([("a".to_owned(), Value::List(vec![Value::Int(300)]))].into());
    expect!["a[0]: 300 is out of the range of u8"]
        .assert_eq(&encode(&shape("struct { a: list<u8> }"), &value).unwrap_err());
    let value = Value::Map(vec![(Value::Bool(true), Value::Unit)]);
    expect!["{key}: expected string, found bool"]
        .assert_eq(&encode(&shape("map<string,unit>"), &value).unwrap_err());
}

#[test]
fn items_without_bytes_are_limited() {
    // Each inner list claims 65,536 units in five bytes.
    let inner = [0xfc, 0, 0, 1, 0];
    let bytes = [[100].as_slice(), &inner.repeat(100)].concat();
    assert!(decode(&shape("list<list<unit>>"), &bytes).is_err());
    assert!(decode(&shape("array<array<unit,4000000000>,4000000000>"), &[]).is_err());
    let few = Value::List(vec![Value::Unit; 1000]);
    let bytes = encode(&shape("list<unit>"), &few).unwrap();
    assert_eq!(decode(&shape("list<unit>"), &bytes).unwrap(), few);
}

#[test]
fn values_that_nest_too_deeply_are_refused() {
    let shape = shape("struct Node { next: option<Node> }");
    let mut value = Value::Option(None);
    let mut json = Json::Null;
    for _ in 0..200 {
        value = Value::Option(Some(Box::new(Value::Struct([("next".to_owned(), value)].into()))));
        json = json!({ "next": json });
    }
    assert!(encode(&shape, &Value::Struct([("next".to_owned(), value)].into())).is_err());
    assert!(from_json(&shape, NodeId::ROOT, &json).is_err());
    assert!(decode(&shape, &[1; 200]).is_err());
}
