//! Dates of the proleptic Gregorian calendar, and times in UTC, as text.

/// Seconds of a day; there are no leap seconds.
const DAY_SECONDS: i64 = 86_400;

/// Returns year, month and day of the date `days` after 1970-01-01 (algorithm by Howard Hinnant, "chrono-compatible
/// low-level date algorithms").
fn from_days(days: i64) -> (i64, i64, i64) {
    // Years start in March, so that the leap day is the last of its year; an era is 400 of them.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Returns the days from 1970-01-01 to a date.
fn to_days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Returns a date as `2024-05-06` (ISO 8601). A year outside of 0 to 9999 has a sign, and as many digits from four on as
/// it needs: the expanded form of ISO 8601, as `java.time` and `chrono` print it.
pub(crate) fn full_date_text(days: i64) -> String {
    let (year, month, day) = from_days(days);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        _ => format!("{year:+05}"),
    };
    format!("{year}-{month:02}-{day:02}")
}

/// Reads what [`full_date_text`] returns, and nothing else.
pub(crate) fn parse_full_date(text: &str) -> Option<i64> {
    // Times of 64 bits of seconds reach the years of 12 digits.
    const YEAR_DIGITS_MAX: usize = 12;
    let sign = text.len() - text.trim_start_matches(['+', '-']).len();
    let length = sign + text.get(sign..)?.find('-')?;
    let (year, rest) = (text.get(..length)?, text.get(length + 1..)?);
    let (month, day) = rest.split_once('-')?;
    if length > sign + YEAR_DIGITS_MAX {
        return None;
    }
    let days = to_days(year.parse().ok()?, number(month, 2)?, number(day, 2)?);
    (full_date_text(days) == text).then_some(days)
}

/// Returns a time as `2024-05-06T07:08:09.5Z` (RFC 3339), its year as in [`full_date_text`].
pub(crate) fn full_timestamp_text(seconds: i64, nanos: u32) -> String {
    let date = full_date_text(seconds.div_euclid(DAY_SECONDS));
    format!("{date}{}", time_text(seconds.rem_euclid(DAY_SECONDS), nanos))
}

/// Reads a time of RFC 3339, in UTC or with an offset, its year as in [`full_date_text`].
pub(crate) fn parse_full_timestamp(text: &str) -> Option<(i64, u32)> {
    let (date, time) = text.split_once(['T', 't'])?;
    let zone = time.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = (time.get(..zone)?, time.get(zone..)?);
    let offset = match zone {
        "Z" | "z" => 0,
        _ => {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
            let seconds = hours * 3600 + minutes * 60;
            let is_one = hours <= 23 && minutes <= 59;
            is_one.then_some(if zone.starts_with('-') { -seconds } else { seconds })?
        }
    };
    let (second, nanos) = parse_time(time)?;
    // The first day that a time reaches begins before any time does.
    let seconds = i128::from(parse_full_date(date)?) * i128::from(DAY_SECONDS) + i128::from(second - offset);
    Some((i64::try_from(seconds).ok()?, nanos))
}

/// Returns the first second of a day.
pub(crate) fn day_start(days: i32) -> i64 {
    i64::from(days) * DAY_SECONDS
}

/// Returns the day of a time, if dates reach it.
pub(crate) fn day_of(seconds: i64) -> Option<i32> {
    i32::try_from(seconds.div_euclid(DAY_SECONDS)).ok()
}

/// Returns a duration as a decimal number of seconds.
pub(crate) fn duration_text(seconds: u64, nanos: u32) -> String {
    format!("{seconds}{}", fraction_text(nanos))
}

/// Reads a decimal number of seconds.
pub(crate) fn parse_duration(text: &str) -> Option<(u64, u32)> {
    let (seconds, nanos) = match text.split_once('.') {
        Some((seconds, fraction)) => (seconds, parse_fraction(fraction)?),
        None => (text, 0),
    };
    if seconds.bytes().all(|digit| digit.is_ascii_digit()) {
        Some((seconds.parse().ok()?, nanos))
    } else {
        None
    }
}

/// Returns a date as `2024-05-06`; none outside of the years 0 to 9999.
pub(crate) fn date_text(days: i64) -> Option<String> {
    // The bounds are wide enough for the years asked for, and keep the arithmetic from overflowing.
    if !(-800_000..=3_000_000).contains(&days) {
        return None;
    }
    let (year, ..) = from_days(days);
    (0..=9999).contains(&year).then(|| full_date_text(days))
}

/// Returns a time as `2024-05-06T07:08:09.5Z`; none outside of the years 0 to 9999.
pub(crate) fn timestamp_text(seconds: i64, nanos: u32) -> Option<String> {
    let date = date_text(seconds.div_euclid(DAY_SECONDS))?;
    Some(format!(
        "{date}{}",
        time_text(seconds.rem_euclid(DAY_SECONDS), nanos)
    ))
}

/// Returns a second of a day as `T07:08:09.5Z`.
fn time_text(second: i64, nanos: u32) -> String {
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("T{hour:02}:{minute:02}:{second:02}{}Z", fraction_text(nanos))
}

/// Returns the nanoseconds as a decimal fraction with its point, nothing for zero.
pub(crate) fn fraction_text(nanos: u32) -> String {
    match nanos {
        0 => String::new(),
        _ => format!(".{nanos:09}").trim_end_matches('0').to_owned(),
    }
}

/// Reads `2024-05-06`, a date that exists.
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    let (year, rest) = (text.get(..4)?, text.get(4..)?.strip_prefix('-')?);
    let (month, day) = rest.split_once('-')?;
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    let days = to_days(year, month, day);
    (from_days(days) == (year, month, day)).then_some(days)
}

/// Reads `2024-05-06T07:08:09.5Z` with up to nine digits after the point.
pub(crate) fn parse_timestamp(text: &str) -> Option<(i64, u32)> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (second, nanos) = parse_time(time)?;
    Some((parse_date(date)? * DAY_SECONDS + second, nanos))
}

/// Reads `07:08:09.5` as seconds of the day and nanoseconds.
fn parse_time(time: &str) -> Option<(i64, u32)> {
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, parse_fraction(fraction)?),
        None => (time, 0),
    };
    let mut parts = time.split(':').map(|part| number(part, 2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((hour * 3600 + minute * 60 + second, fraction))
}

/// Reads one to nine digits after a decimal point as nanoseconds.
pub(crate) fn parse_fraction(digits: &str) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    format!("{digits:0<9}").parse().ok()
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let is_number = text.len() == digits && text.bytes().all(|digit| digit.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_years_0_to_9999_has_a_text_that_reads_back() {
        let mut last = String::new();
        for days in to_days(0, 1, 1)..=to_days(9999, 12, 31) {
            let text = date_text(days).expect("the year has four digits");
            assert!(last < text, "{text} after {last}");
            assert_eq!(parse_date(&text), Some(days), "{text}");
            last = text;
        }
        assert_eq!(date_text(to_days(0, 1, 1) - 1), None);
        assert_eq!(date_text(to_days(9999, 12, 31) + 1), None);
    }

    #[test]
    fn known_dates() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (19_849, "2024-05-06"),
            (-719_528, "0000-01-01"),
            (2_932_896, "9999-12-31"),
        ] {
            assert_eq!(date_text(days).as_deref(), Some(text));
        }
    }

    #[test]
    fn no_dates_and_times() {
        for text in [
            "",
            "2023-02-29",
            "2024-13-01",
            "2024-00-01",
            "2024-1-01",
            "2024-01-00",
            "20é4-01-01",
            "+024-01-01",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        for text in [
            "2024-05-06",
            "2024-05-06T07:08:09",
            "2024-05-06T24:00:00Z",
            "2024-05-06T07:60:00Z",
            "2024-05-06T07:08:60Z",
            "2024-05-06T07:08:09.Z",
            "2024-05-06T07:08:09.1234567890Z",
            "2024-05-06T07:08Z",
            "2024-05-06T07:08:09:10Z",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }

    #[test]
    fn e11_years_of_more_digits_have_texts_that_read_back() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-719_528, "0000-01-01"),
            (-719_529, "-0001-12-31"),
            (2_932_897, "+10000-01-01"),
            (i32::MIN.into(), "-5877641-06-23"),
            (i32::MAX.into(), "+5881580-07-11"),
        ] {
            assert_eq!(full_date_text(days), text);
            assert_eq!(parse_full_date(text), Some(days));
        }
        for text in [
            "+2024-05-06",
            "-0000-01-01",
            "12345-01-01",
            "+010000-01-01",
            "++10000-01-01",
            "-",
            "é-1-1",
            "",
        ] {
            assert_eq!(parse_full_date(text), None, "{text}");
        }
        for seconds in [i64::MIN, i64::MAX, -1, 253_402_300_800] {
            let text = full_timestamp_text(seconds, 1);
            assert_eq!(parse_full_timestamp(&text), Some((seconds, 1)), "{text}");
        }
        for (text, time) in [
            ("2024-05-06T07:08:09z", Some((1_714_979_289, 0))),
            ("2024-05-06t09:08:09.50+02:00", Some((1_714_979_289, 500_000_000))),
            ("1970-01-01T00:00:00-00:01", Some((60, 0))),
            ("1970-01-01T00:00:00", None),
            ("1970-01-01T00:00:60Z", None),
            ("1970-01-01T00:00:00+24:00", None),
            ("1970-01-01T00:00:00+1:00", None),
            ("1970-01-01 00:00:00Z", None),
        ] {
            assert_eq!(parse_full_timestamp(text), time, "{text}");
        }
    }

    #[test]
    fn known_times() {
        for (seconds, nanos, text) in [
            (0, 0, "1970-01-01T00:00:00Z"),
            (-1, 999_999_999, "1969-12-31T23:59:59.999999999Z"),
            (1_714_979_289, 123_000_000, "2024-05-06T07:08:09.123Z"),
            (253_402_300_799, 1, "9999-12-31T23:59:59.000000001Z"),
        ] {
            assert_eq!(timestamp_text(seconds, nanos).as_deref(), Some(text));
            assert_eq!(parse_timestamp(text), Some((seconds, nanos)));
        }
        assert_eq!(timestamp_text(i64::MIN, 0), None);
        assert_eq!(timestamp_text(i64::MAX, 0), None);
    }
}
