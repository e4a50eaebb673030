//! Laws of the stored forms of Rust types: values come back equal, agree with their shape, and no bytes do harm.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt::Debug;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::codec::{Decoder, Encoder, skip};
use crate::generate::{Seed, random_value};
use crate::model::{Describe, QuantaType};
use crate::schema::NodeId;
use crate::value::laws::{for_seeds, hostile};
use crate::value::{decode_value, encode_value};

fn encoded<T: QuantaType>(value: &T) -> Vec<u8> {
    let mut out = Encoder::default();
    value.encode(&mut out);
    out.finish().expect("the value can be stored")
}

/// Decodes random and hostile bytes as `T`.
///
/// `is_total` tells whether every value of the type's shape is one of `T`: not so for times beyond the system's.
fn check_with<T: QuantaType>(is_total: impl Fn(&[u8]) -> bool) {
    let shape = Describe::of::<T>().expect("the type has a shape").shape;
    for_seeds(300, |seed: &mut Seed| {
        let bytes = random_value(&shape, NodeId::ROOT, seed);
        match T::decode(&mut Decoder::new(&bytes)) {
            Ok(value) => assert_eq!(encoded(&value), bytes),
            Err(error) => assert!(!is_total(&bytes), "{error}"),
        }
        let hostile = hostile(bytes, seed);
        let (mut typed, mut untyped) = (Decoder::new(&hostile), Decoder::new(&hostile));
        if let Ok(value) = T::decode(&mut typed) {
            assert_eq!(skip(&shape, NodeId::ROOT, &mut untyped), Ok(()));
            assert_eq!(typed.rest(), untyped.rest());
            let again = encoded(&value);
            let mut input = Decoder::new(&again);
            let dynamic = decode_value(&shape, NodeId::ROOT, &mut input).expect("the bytes are of the shape");
            let mut out = Encoder::default();
            assert_eq!(encode_value(&shape, NodeId::ROOT, &dynamic, &mut out), Ok(()));
            assert_eq!(out.finish(), Ok(again));
        }
    });
}

fn check<T: QuantaType>() {
    check_with::<T>(|_| true);
}

#[test]
fn values_of_every_shape_come_back_as_the_same_bytes() {
    check::<bool>();
    check::<u8>();
    check::<i128>();
    check::<f32>();
    check::<char>();
    check::<()>();
    check::<String>();
    check::<Vec<u8>>();
    check::<Vec<String>>();
    check::<VecDeque<u16>>();
    check::<BTreeSet<i64>>();
    check::<BTreeMap<String, f64>>();
    check::<HashMap<char, Option<bool>>>();
    check::<Option<[u8; 16]>>();
    check::<Option<Option<()>>>();
    check::<(u8, String, Option<i64>)>();
    check::<Box<[(); 3]>>();
    check::<Duration>();
    check::<IpAddr>();
    check::<PathBuf>();
}

#[test]
fn times_beyond_the_system_are_errors() {
    check_with::<SystemTime>(|_| false);
}

#[test]
fn edges_come_back_equal() {
    fn check<T: QuantaType + PartialEq + Debug>(value: &T) {
        assert_eq!(T::decode(&mut Decoder::new(&encoded(value))).as_ref(), Ok(value));
    }
    check(&(UNIX_EPOCH - Duration::from_nanos(1)));
    check(&(UNIX_EPOCH - Duration::from_secs(1)));
    check(&(UNIX_EPOCH - Duration::from_secs(1 << 63)));
    check(&(UNIX_EPOCH + Duration::new(1 << 40, 999_999_999)));
    check(&Duration::MAX);
    check(&char::MAX);
    check(&"::1".parse::<IpAddr>().expect("it is an address"));
    check(&vec![(); 1000]);
}

#[test]
fn huge_claims_are_refused_before_anything_is_reserved() {
    fn check<T: QuantaType>() {
        for huge in [
            &[252, 0, 0, 0, 127][..],
            &[253, 255, 255, 255, 255, 255, 255, 255, 255],
        ] {
            assert!(T::decode(&mut Decoder::new(huge)).is_err());
        }
    }
    check::<Vec<String>>();
    check::<Vec<()>>();
    check::<Vec<u8>>();
    check::<VecDeque<[u64; 8]>>();
    check::<BTreeMap<String, f64>>();
    check::<HashMap<(), ()>>();
    check::<BTreeSet<u8>>();
    check::<String>();
    check::<PathBuf>();
}
