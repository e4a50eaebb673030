//! Points in time as people write them.

const MILLIS_OF_DAY: u64 = 86_400_000;

/// Writes milliseconds since 1970 as RFC 3339 in UTC, to the second.
pub fn rfc3339(time_ms: u64) -> String {
    let (days, millis) = (time_ms / MILLIS_OF_DAY, time_ms % MILLIS_OF_DAY);
    let (year, month, day) = civil(days);
    let seconds = millis / 1000;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Returns year, month and day of a day since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// Reads a point in time, `2026-01-31` or `2026-01-31T12:00:00Z`, as milliseconds since 1970.
pub fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no time such as 2026-01-31 or 2026-01-31T12:00:00Z, from 1970 on");
    let (date, clock) = match text.split_once('T') {
        Some((date, clock)) => (date, clock.strip_suffix('Z').ok_or_else(wrong)?),
        None => (text, "00:00:00"),
    };
    let [year, month, day] = numbers(date, '-').ok_or_else(wrong)?;
    let [hour, minute, second] = numbers(clock, ':').ok_or_else(wrong)?;
    if !(1970..=9999).contains(&year) || hour > 23 || minute > 59 || second > 59 {
        return Err(wrong());
    }
    // Every day but those that no calendar has comes back equal.
    let first = (year - 1970) * 365;
    let last = first + (year - 1970) / 4 + 366;
    let day = (first..=last).find(|days| civil(*days) == (year, month, day));
    let seconds = hour * 3600 + minute * 60 + second;
    Ok(day.ok_or_else(wrong)? * MILLIS_OF_DAY + seconds * 1000)
}

fn numbers(text: &str, between: char) -> Option<[u64; 3]> {
    let parts: Option<Vec<u64>> = text.split(between).map(|part| part.parse().ok()).collect();
    parts?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::{parse, rfc3339};

    #[test]
    fn reads_points_in_time() {
        for (text, time_ms) in [
            ("1970-01-01", Some(0)),
            ("2000-02-29T00:00:00Z", Some(951_782_400_000)),
            ("2026-01-01", Some(1_767_225_600_000)),
            ("2026-12-31T23:59:59Z", Some(1_798_761_599_000)),
            ("2025-02-29", None),
            ("1969-12-31", None),
            ("2026-01-01T00:00:00", None),
            ("2026-01-01T24:00:00Z", None),
            ("2026-13-01", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(parse(text).ok(), time_ms, "{text}");
            if let Some(time_ms) = time_ms {
                assert_eq!(parse(&rfc3339(time_ms)), Ok(time_ms));
            }
        }
    }

    #[test]
    fn writes_points_in_time() {
        for (time_ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399_999, "2000-02-28T23:59:59Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_767_225_600_000, "2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(time_ms), text);
        }
    }
}
