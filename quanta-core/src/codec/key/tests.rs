//! Guards the order of keys: bytes compare like values, no key is the start of another, and keys read back.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use super::*;
use crate::codec::turned;
use crate::generate::{Seed, random_shape, random_value};
use crate::model::{Describe, QuantaType};
use crate::schema::Field;
use crate::schema::OrderWay;
use crate::testing::cases;

fn key_of<T: QuantaType>(value: &T) -> Vec<u8> {
    let shape = Describe::of::<T>().unwrap().shape;
    let mut row = Encoder::default();
    value.encode(&mut row);
    let row = row.finish().unwrap();
    let mut input = Decoder::new(&row);
    let mut key = Vec::new();
    encode_key_part(&shape, NodeId::ROOT, &mut input, &mut key).unwrap();
    input.finish().unwrap();
    let mut out = Encoder::default();
    let mut rest = key.as_slice();
    decode_key_part(&shape, NodeId::ROOT, &mut rest, &mut out).unwrap();
    assert_eq!((rest, out.finish().unwrap()), (&[][..], row), "a key reads back");
    key
}

/// Checks every pair of values: order of the bytes, and that no key starts another.
fn check<T: QuantaType>(values: &[T], order: impl Fn(&T, &T) -> Ordering) {
    let keys: Vec<Vec<u8>> = values.iter().map(key_of).collect();
    for (one, first) in values.iter().zip(&keys) {
        for (two, second) in values.iter().zip(&keys) {
            let expected = order(one, two);
            assert_eq!(first.cmp(second), expected, "{first:02x?} against {second:02x?}");
            assert!(
                expected == Ordering::Equal || !first.starts_with(second),
                "{second:02x?} starts {first:02x?}"
            );
            let [first, second] = [first, second].map(|key| turned(key, OrderWay::Descending));
            assert_eq!(
                first.cmp(&second),
                expected.reverse(),
                "{first:02x?} against {second:02x?}"
            );
        }
    }
}

fn check_ord<T: QuantaType + Ord>(values: &[T]) {
    check(values, Ord::cmp);
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: cases(64),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn integers(a in any::<[u8; 3]>(), b in any::<[i8; 3]>(), c in any::<[u128; 3]>(), d in any::<[i128; 3]>(),
                e in any::<[i64; 3]>(), f in any::<[u16; 3]>(), shift in 0_u32..127) {
        check_ord(&a);
        check_ord(&b);
        check_ord(&c.map(|n| n >> shift));
        check_ord(&d.map(|n| n >> shift));
        check_ord(&e.map(|n| n >> (shift % 63)));
        check_ord(&f);
    }

    #[test]
    fn floats(a in any::<[u32; 3]>(), b in any::<[u64; 3]>()) {
        check(&a.map(f32::from_bits), f32::total_cmp);
        check(&b.map(f64::from_bits), f64::total_cmp);
    }

    #[test]
    fn texts_and_bytes(a in prop::collection::vec("[\0-\u{2}a\u{ff}☂]{0,3}", 3),
                       b in prop::collection::vec(prop::collection::vec(prop_oneof![Just(0), Just(255), any::<u8>()], 0..4), 3)) {
        check_ord(&a);
        check_ord(&b);
    }

    #[test]
    fn composites(a in prop::collection::vec(("[\0a]{0,2}", any::<Option<i16>>(), any::<(bool, char)>()), 3),
                  b in prop::collection::vec((any::<Option<Option<u8>>>(), any::<[i32; 2]>()), 3)) {
        check_ord(&a);
        check_ord(&b);
    }

    #[test]
    fn times_and_addresses(a in prop::collection::vec((any::<u32>(), 0_u32..1_000_000_000), 3), b in any::<[u32; 3]>(),
                           c in any::<[u128; 3]>()) {
        let durations: Vec<Duration> = a.iter().map(|(seconds, nanos)| Duration::new((*seconds).into(), *nanos)).collect();
        check_ord(&durations);
        let times: Vec<_> = durations.iter().map(|after| UNIX_EPOCH + *after - Duration::from_secs(1 << 31)).collect();
        check_ord(&times);
        let addresses = b.map(|v4| IpAddr::from(v4.to_be_bytes())).into_iter();
        check_ord(&addresses.chain(c.map(|v6| IpAddr::from(v6.to_be_bytes()))).collect::<Vec<_>>());
    }

    #[test]
    fn random_values_read_back(start in any::<u64>()) {
        let mut seed = Seed::new(start);
        let shape = random_shape(&mut seed, 3);
        let row = random_value(&shape, NodeId::ROOT, &mut seed);
        let mut key = Vec::new();
        if encode_key_part(&shape, NodeId::ROOT, &mut Decoder::new(&row), &mut key).is_ok() {
            let mut out = Encoder::default();
            decode_key_part(&shape, NodeId::ROOT, &mut key.as_slice(), &mut out).unwrap();
            prop_assert_eq!(out.finish().unwrap(), row);
        }
    }

    #[test]
    fn hostile_bytes_are_errors_or_read_back(start in any::<u64>(), bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut seed = Seed::new(start);
        let shape = random_shape(&mut seed, 4);
        let _ = encode_key_part(&shape, NodeId::ROOT, &mut Decoder::new(&bytes), &mut Vec::new());
        let mut out = Encoder::default();
        let mut rest = bytes.as_slice();
        if decode_key_part(&shape, NodeId::ROOT, &mut rest, &mut out).is_ok() {
            let row = out.finish().unwrap();
            let mut key = Vec::new();
            encode_key_part(&shape, NodeId::ROOT, &mut Decoder::new(&row), &mut key).unwrap();
            prop_assert_eq!(key.as_slice(), &bytes[..bytes.len() - rest.len()]);
        }
    }
}

#[test]
fn integer_edges_in_bytes() {
    assert_eq!(key_of(&0_u8), [0x80]);
    assert_eq!(key_of(&-1_i8), [0x7f]);
    assert_eq!(key_of(&255_u64), [0x81, 0xff]);
    assert_eq!(key_of(&256_u64), [0x82, 0x01, 0x00]);
    assert_eq!(key_of(&-257_i64), [0x7d, 0xfe, 0xff]);
    assert_eq!(key_of(&u128::MAX)[0], 0x90);
    assert_eq!(key_of(&i128::MIN)[0], 0x6f);
    check_ord(&[
        i128::MIN,
        i128::MIN + 1,
        -65_536,
        -257,
        -256,
        -255,
        -1,
        0,
        1,
        255,
        256,
        i128::MAX,
    ]);
}

#[test]
fn widening_keeps_the_bytes() {
    for number in [0_u8, 1, 127, 128, 255] {
        assert_eq!(key_of(&number), key_of(&i128::from(number)));
        assert_eq!(key_of(&number), key_of(&u64::from(number)));
    }
    for number in [i8::MIN, -1, 0, i8::MAX] {
        assert_eq!(key_of(&number), key_of(&i64::from(number)));
    }
}

#[test]
fn a_row_key_has_its_fields_in_key_order() {
    let shape = Shape::new(vec![
        Node::Struct {
            label: "Row".to_owned(),
            fields: ["id", "name", "team"]
                .iter()
                .zip(1..)
                .map(|(name, node)| Field {
                    name: (*name).to_owned(),
                    node: NodeId(node),
                    reuses: Vec::new(),
                })
                .collect(),
        },
        Node::Scalar(Scalar::U8),
        Node::Scalar(Scalar::String),
        Node::Scalar(Scalar::Bool),
    ]);
    let schema = Schema::new(shape.unwrap(), vec!["team".to_owned(), "id".to_owned()]).unwrap();
    let body = [7, 3, b'A', b'd', b'a', 1];
    let key = row_key(&schema, &body).unwrap();
    assert_eq!(key, [1, 0x81, 7]);
    assert_eq!(key_bytes(&schema, &[1, 7]).unwrap(), key);
    assert_eq!(key_values(&schema, &key).unwrap(), [1, 7]);
    assert!(key_bytes(&schema, &[1, 7, 7]).is_err());
    assert!(key_values(&schema, &[1, 0x81, 7, 0]).is_err());
    assert!(
        key_values(&schema, &[1, 0x82, 0, 7]).is_err(),
        "a longer form of 7 is no key"
    );
    assert!(row_key(&schema, &body[..3]).is_err());
}
