//! Random values: few different ones, so that rows meet, and edges among them.

use std::collections::BTreeMap;

use quanta_core::Seed;

pub fn text(seed: &mut Seed) -> String {
    (*seed.choose(&["", "a", "bee", "ß", "a longer text that takes more room"])).to_owned()
}

pub fn number(seed: &mut Seed) -> f64 {
    // 0.1 and 16777217 are no f32; two f64 round to 0.1.
    *seed.choose(&[
        0.0,
        -0.0,
        0.1,
        0.100_000_000_1,
        1.5,
        16_777_217.0,
        1e300,
        f64::NEG_INFINITY,
    ])
}

pub fn byte(seed: &mut Seed) -> u8 {
    below(seed, 256)
}

/// A number below a small one.
pub fn below<N: TryFrom<usize, Error: std::fmt::Debug>>(seed: &mut Seed, end: usize) -> N {
    N::try_from(seed.below(end)).unwrap()
}

pub fn flag(seed: &mut Seed) -> bool {
    seed.one_in(2)
}

pub fn chosen<T: Clone>(seed: &mut Seed, values: &[T]) -> T {
    seed.choose(values).clone()
}

/// A map with few keys.
pub fn keyed<T>(seed: &mut Seed, make: impl Fn(&mut Seed) -> T) -> BTreeMap<String, T> {
    (0..seed.below(3))
        .map(|_| (chosen(seed, &["k", "l", "m"]).to_owned(), make(seed)))
        .collect()
}

/// A list with a few items.
pub fn list<T>(seed: &mut Seed, make: impl Fn(&mut Seed) -> T) -> Vec<T> {
    (0..seed.below(4)).map(|_| make(seed)).collect()
}
