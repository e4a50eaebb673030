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

/// Returns a date as `2024-05-06`; none outside of the years 0 to 9999.
pub(super) fn date_text(days: i64) -> Option<String> {
    // The bounds are wide enough for the years asked for, and keep the arithmetic from overflowing.
    if !(-800_000..=3_000_000).contains(&days) {
        return None;
    }
    let (year, month, day) = from_days(days);
    (0..=9999)
        .contains(&year)
        .then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// Returns a time as `2024-05-06T07:08:09.5Z`; none outside of the years 0 to 9999.
pub(super) fn timestamp_text(seconds: i64, nanos: u32) -> Option<String> {
    let date = date_text(seconds.div_euclid(DAY_SECONDS))?;
    let second = seconds.rem_euclid(DAY_SECONDS);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    Some(format!(
        "{date}T{hour:02}:{minute:02}:{second:02}{}Z",
        fraction_text(nanos)
    ))
}

/// Returns the nanoseconds as a decimal fraction with its point, nothing for zero.
pub(super) fn fraction_text(nanos: u32) -> String {
    match nanos {
        0 => String::new(),
        _ => format!(".{nanos:09}").trim_end_matches('0').to_owned(),
    }
}

/// Reads `2024-05-06`, a date that exists.
pub(super) fn parse_date(text: &str) -> Option<i64> {
    let (year, rest) = (text.get(..4)?, text.get(4..)?.strip_prefix('-')?);
    let (month, day) = rest.split_once('-')?;
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    let days = to_days(year, month, day);
    (from_days(days) == (year, month, day)).then_some(days)
}

/// Reads `2024-05-06T07:08:09.5Z` with up to nine digits after the point.
pub(super) fn parse_timestamp(text: &str) -> Option<(i64, u32)> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, parse_fraction(fraction)?),
        None => (time, 0),
    };
    let mut parts = time.split(':').map(|part| number(part, 2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((
        parse_date(date)? * DAY_SECONDS + hour * 3600 + minute * 60 + second,
        fraction,
    ))
}

/// Reads one to nine digits after a decimal point as nanoseconds.
pub(super) fn parse_fraction(digits: &str) -> Option<u32> {
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
