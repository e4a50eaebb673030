//! What the property tests share.

/// Returns how many cases a property is tried with: `QUANTA_CASES` where set, else `default`.
pub(crate) fn cases(default: u32) -> u32 {
    std::env::var("QUANTA_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}
