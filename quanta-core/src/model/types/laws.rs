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

#[cfg(feature = "chrono")]
#[test]
fn times_beyond_chrono_are_errors() {
    check_with::<chrono::DateTime<chrono::Utc>>(|_| false);
    check_with::<chrono::NaiveDate>(|_| false);
    check_with::<chrono::TimeDelta>(|_| false);
}

#[cfg(feature = "chrono")]
#[test]
fn edges_of_chrono_come_back_equal_or_are_refused() {
    use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
    fn check<T: QuantaType + PartialEq + Debug>(value: &T) {
        assert_eq!(T::decode(&mut Decoder::new(&encoded(value))).as_ref(), Ok(value));
    }
    fn refused<T: QuantaType>(value: &T) -> String {
        let mut out = Encoder::default();
        value.encode(&mut out);
        out.finish().expect_err("the value has no stored form")
    }
    check(&DateTime::<Utc>::MIN_UTC);
    check(&DateTime::<Utc>::MAX_UTC);
    check(&DateTime::from_timestamp(-1, 999_999_999).expect("it is a time"));
    check(&NaiveDate::MIN);
    check(&NaiveDate::MAX);
    check(&TimeDelta::zero());
    check(&TimeDelta::MAX);
    assert_eq!(
        refused(&TimeDelta::nanoseconds(-1)),
        "a negative span of time has no stored form"
    );
    let leap = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_000_000_000).expect("it is a leap second");
    let leap = NaiveDate::from_ymd_opt(2016, 12, 31).map(|date| date.and_time(leap).and_utc());
    assert_eq!(
        refused(&leap.expect("it is a date")),
        "a leap second has no stored form"
    );
}

#[cfg(feature = "serde_json")]
#[test]
fn numbers_of_json_come_back_equal() {
    check_with::<serde_json::Value>(|_| false);
    for text in [
        "18446744073709551615",
        "-9223372036854775808",
        "0.1",
        "-0.0",
        "1e300",
        "5e-324",
        "1.7976931348623157e308",
        r#"{"b":[1,1.0,"1",null,true],"a":{}}"#,
    ] {
        let value: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
        let again = serde_json::Value::decode(&mut Decoder::new(&encoded(&value)));
        assert_eq!(again.map(|again| again.to_string()), Ok(value.to_string()));
    }
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
