//! Values that types of Rust can hold: what is stored has wider ranges than theirs.

use crate::value::Value;

/// The first and the last second of the years 1 to 9999.
const SECONDS: (i64, i64) = (-62_135_596_800, 253_402_300_799);
/// The first and the last day of the years 1 to 9999.
const DAYS: (i32, i32) = (-719_162, 2_932_896);
/// Seconds of a span of time: some thirty thousand years.
const SPAN_SECONDS_MAX: u64 = 1 << 40;

/// Moves times and spans of time into ranges that the usual crates have.
pub(super) fn make_plain(value: &mut Value) {
    match value {
        Value::Timestamp { seconds, .. } => {
            let (first, last) = SECONDS;
            *seconds = first + seconds.rem_euclid(last - first);
        }
        Value::Date(days) => *days = DAYS.0 + days.rem_euclid(DAYS.1 - DAYS.0),
        Value::Duration { seconds, .. } => *seconds %= SPAN_SECONDS_MAX,
        Value::Option(Some(item)) => make_plain(item),
        Value::Enum { payload, .. } => make_plain(payload),
        Value::List(items) | Value::Tuple(items) => items.iter_mut().for_each(make_plain),
        Value::Struct(fields) => fields.values_mut().for_each(make_plain),
        Value::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
            make_plain(key);
            make_plain(value);
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n6_times_come_into_the_years_that_crates_know() {
        for seconds in [i64::MIN, -1, 0, 1, i64::MAX] {
            let mut value = Value::Option(Some(Box::new(Value::Timestamp { seconds, nanos: 7 })));
            make_plain(&mut value);
            let Value::Option(Some(inner)) = value else {
                panic!("it is an option still")
            };
            let Value::Timestamp {
                seconds: found,
                nanos,
            } = *inner
            else {
                panic!("it is a timestamp still")
            };
            assert!(
                (SECONDS.0..=SECONDS.1).contains(&found) && nanos == 7,
                "{seconds}: {found}"
            );
        }
        for days in [i32::MIN, 0, i32::MAX] {
            let mut value = Value::List(vec![Value::Date(days)]);
            make_plain(&mut value);
            let found = value.as_list().expect("it is a list still")[0].clone();
            assert!(
                matches!(found, Value::Date(day) if (DAYS.0..=DAYS.1).contains(&day)),
                "{days}: {found}"
            );
        }
    }
}
