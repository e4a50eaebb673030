//! What docs/migrations.md ("What is kept, and for how long") says of one value on its way, with what was kept of it.

use std::collections::BTreeMap;
use std::fmt::Debug;

/// Tells whether two values are equal bit for bit.
fn same(left: &impl Debug, right: &impl Debug) -> bool {
    format!("{left:?}") == format!("{right:?}")
}

/// A value that is converted: the kept original returns only if converting it again gives the present value; else the
/// present value is converted. None where that fails.
pub fn converted<O: Clone, P: Debug>(
    kept: Option<&O>,
    present: &P,
    again: impl Fn(&O) -> Option<P>,
    convert: impl Fn(&P) -> Option<O>,
) -> Option<O> {
    match kept.filter(|kept| again(kept).is_some_and(|image| same(&image, present))) {
        Some(original) => Some(original.clone()),
        None => convert(present),
    }
}

/// Items of a list: in order, each takes the first unused original whose image it is; the others are converted.
pub fn in_order<O: Clone, P: Debug>(
    kept: Option<&Vec<O>>,
    present: &[P],
    again: impl Fn(&O) -> Option<P>,
    convert: impl Fn(&P) -> Option<O>,
) -> Option<Vec<O>> {
    let mut unused = kept.cloned().unwrap_or_default();
    let take = |item: &P| {
        let found = unused
            .iter()
            .position(|original| again(original).is_some_and(|image| same(&image, item)));
        match found {
            Some(position) => Some(unused.remove(position)),
            None => convert(item),
        }
    };
    present.iter().map(take).collect()
}

/// Entries of a map: each finds what was kept of it by its key.
pub fn by_key<K: Ord + Clone, O, P>(
    kept: Option<&BTreeMap<K, O>>,
    present: &BTreeMap<K, P>,
    carry: impl Fn(Option<&O>, &P) -> Option<O>,
) -> Option<BTreeMap<K, O>> {
    let entry = |(key, value): (&K, &P)| {
        let original = kept.and_then(|kept| kept.get(key));
        Some((key.clone(), carry(original, value)?))
    };
    present.iter().map(entry).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding is what the conversion does"
)]
pub fn rounded(number: f64) -> f32 {
    number as f32
}

/// A number that was rounded on the way up, on the way down.
pub fn unrounded(kept: Option<&f64>, present: f32) -> f64 {
    converted(
        kept,
        &present,
        |kept| Some(rounded(*kept)),
        |present| Some(f64::from(*present)),
    )
    .expect("every number of 32 bits is one of 64")
}
