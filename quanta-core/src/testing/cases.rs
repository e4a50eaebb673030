//! What the property tests share.

/// Returns how many cases a property is tried with: `QUANTA_CASES` where set, else `default`.
pub(crate) fn cases(default: u32) -> u32 {
    number("QUANTA_CASES").unwrap_or(default)
}

/// Returns the seeds of a property's cases: those of [`cases`], a `share`-th of them where the property is expensive,
/// or the one that `QUANTA_CASE` names.
pub(crate) fn seeds(default: u32, share: u32) -> std::ops::Range<u32> {
    match number::<u32>("QUANTA_CASE") {
        Some(case) => case..case + 1,
        None => 0..(cases(default * share) / share).max(1),
    }
}

/// Tells whether one case is played again, so that no property may ask for many.
pub(crate) fn is_replay() -> bool {
    number::<u32>("QUANTA_CASE").is_some()
}

fn number<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}
