//! Dates and times as text: ISO 8601 dates, RFC 3339 times in UTC, durations in seconds.
//!
//! Years outside 0000 to 9999, which RFC 3339 does not have, are written with a sign, as ISO 8601 has it.

const DAY_SECONDS: i128 = 86_400;

/// Returns year, month and day of a day counted from 1970-01-01 in the proleptic Gregorian calendar ("days to civil",
/// Hinnant, chrono-Compatible Low-Level Date Algorithms).
fn civil(days: i128) -> (i128, i128, i128) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (year_of_era + era * 400 + i128::from(month <= 2), month, day)
}

/// Returns the day counted from 1970-01-01: the inverse of [`civil`].
fn days(year: i128, month: i128, day: i128) -> i128 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn day_text(day: i128) -> String {
    let (year, month, day) = civil(day);
    let year = if (0..=9999).contains(&year) {
        format!("{year:04}")
    } else {
        format!("{year:+05}")
    };
    format!("{year}-{month:02}-{day:02}")
}

fn number(text: &str, digits: usize) -> Option<i128> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn parse_day(text: &str) -> Option<i128> {
    let (sign, unsigned) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => (1, text),
    };
    let mut parts = unsigned.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let has_sign = unsigned.len() != text.len();
    if parts.next().is_some() || year.len() < 4 || year.len() > 12 || (!has_sign && year.len() > 4) {
        return None;
    }
    let parsed = (
        sign * number(year, year.len())?,
        number(month, 2)?,
        number(day, 2)?,
    );
    let day = days(parsed.0, parsed.1, parsed.2);
    // A month or day that does not exist comes back as another one.
    ((1..=12).contains(&parsed.1) && civil(day) == parsed).then_some(day)
}

/// Returns a date counted in days from 1970-01-01 as ISO 8601 text.
pub(super) fn date_text(date: i32) -> String {
    day_text(date.into())
}

/// Reads what [`date_text`] writes.
pub(super) fn parse_date(text: &str) -> Option<i32> {
    i32::try_from(parse_day(text)?).ok()
}

/// Returns a time as RFC 3339 text in UTC, with as many digits of the second as it needs.
pub(super) fn timestamp_text(seconds: i64, nanos: u32) -> String {
    let (day, second) = (
        i128::from(seconds).div_euclid(DAY_SECONDS),
        i128::from(seconds).rem_euclid(DAY_SECONDS),
    );
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!(
        "{}T{hour:02}:{minute:02}:{second:02}{}Z",
        day_text(day),
        fraction_text(nanos)
    )
}

/// Reads RFC 3339 text, in UTC or with an offset.
pub(super) fn parse_timestamp(text: &str) -> Option<(i64, u32)> {
    let (day, time) = text.split_once(['T', 't'])?;
    let zone = time.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = time.split_at(zone);
    let (clock, fraction) = time
        .split_once('.')
        .map_or((time, None), |(clock, fraction)| (clock, Some(fraction)));
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = number(parts.next()?, 2)?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let local = parse_day(day)? * DAY_SECONDS + hour * 3600 + minute * 60 + second;
    let seconds = i64::try_from(local - offset_seconds(zone)?).ok()?;
    Some((seconds, fraction.map_or(Some(0), parse_fraction)?))
}

fn offset_seconds(zone: &str) -> Option<i128> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hour, minute) = zone.get(1..)?.split_once(':')?;
    let (hour, minute) = (number(hour, 2)?, number(minute, 2)?);
    (hour < 24 && minute < 60).then_some(sign * (hour * 3600 + minute * 60))
}

fn fraction_text(nanos: u32) -> String {
    if nanos == 0 {
        String::new()
    } else {
        format!(".{nanos:09}").trim_end_matches('0').to_owned()
    }
}

fn parse_fraction(text: &str) -> Option<u32> {
    let digits = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| format!("{text:0<9}").parse().ok())?
}

/// Returns a duration in seconds, with as many decimals as it needs.
pub(super) fn duration_text(seconds: u64, nanos: u32) -> String {
    format!("{seconds}{}", fraction_text(nanos))
}

/// Reads what [`duration_text`] writes.
pub(super) fn parse_duration(text: &str) -> Option<(u64, u32)> {
    let (seconds, fraction) = text
        .split_once('.')
        .map_or((text, None), |(whole, part)| (whole, Some(part)));
    let seconds = u64::try_from(number(seconds, seconds.len().clamp(1, 20))?).ok()?;
    Some((seconds, fraction.map_or(Some(0), parse_fraction)?))
}
