//! How much the sweep writes at once: much while nobody else writes, little while others do.

use std::time::Duration;

/// Rows that one batch looks at, rewritten or not.
pub(super) const ROWS_PER_BATCH_MAX: usize = 8192;
/// Rows of a batch however long writing them takes.
pub(super) const ROWS_PER_BATCH_MIN: usize = 64;
/// How long a batch is to have the right to write while others wait for it.
const HELD_MAX: Duration = Duration::from_millis(2);

/// Whether others write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writers {
    /// Nobody wrote since the batch was translated.
    Idle,
    /// Somebody did.
    Busy,
}

/// Returns how many rows the next batch has: as many as can be written in the time that others may have to wait, or
/// by and by more where nobody waits.
pub(super) fn next_rows(rows: usize, held: Duration, writers: Writers) -> usize {
    let next = match writers {
        Writers::Idle => rows.saturating_mul(2),
        Writers::Busy if held <= HELD_MAX => rows,
        Writers::Busy => {
            let part = HELD_MAX.as_micros() * rows as u128 / held.as_micros();
            usize::try_from(part).unwrap_or(rows)
        }
    };
    next.clamp(ROWS_PER_BATCH_MIN, ROWS_PER_BATCH_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_small_while_others_write() {
        let cases = [
            (8192, 1, Writers::Idle, 8192),
            (8192, 40, Writers::Idle, 8192),
            (64, 1, Writers::Idle, 128),
            (8192, 40, Writers::Busy, 409),
            (8192, 4, Writers::Busy, 4096),
            (409, 2, Writers::Busy, 409),
            (409, 1, Writers::Busy, 409),
            (100, 900, Writers::Busy, 64),
        ];
        for (rows, millis, writers, next) in cases {
            let found = next_rows(rows, Duration::from_millis(millis), writers);
            assert_eq!(found, next, "{rows} rows in {millis} ms, {writers:?}");
        }
    }
}
