//! Random types, and what one of them may become.

use crate::codec::{Class, convert};
use crate::schema::Scalar;

use super::super::seed::Seed;
use super::draft::{Draft, Ty, TypeKind, Uid};

/// Types that columns of real programs have: chosen as often as all others together.
const COMMON: [Scalar; 6] = [
    Scalar::Bool,
    Scalar::U32,
    Scalar::I64,
    Scalar::F64,
    Scalar::String,
    Scalar::U8,
];
const KEYS: [Scalar; 8] = [
    Scalar::U64,
    Scalar::U16,
    Scalar::I64,
    Scalar::String,
    Scalar::Uuid,
    Scalar::Bytes,
    Scalar::Bool,
    Scalar::Path,
];

/// Makes a type that nests up to `depth` levels. A type of `growing` is embedded only where a value may end.
pub(super) fn random_type(draft: &Draft, seed: &mut Seed, depth: usize, growing: &[Uid]) -> Ty {
    if depth == 0 || seed.one_in(2) {
        return leaf(draft, seed, growing);
    }
    let below = depth - 1;
    match seed.below(8) {
        0 | 1 => Ty::Option(item(draft, seed, below, growing)),
        2 => Ty::List(item(draft, seed, below, growing)),
        3 => Ty::Set(Box::new(random_type(draft, seed, below, growing))),
        4 => Ty::Map(
            Box::new(Ty::Scalar(*seed.choose(&KEYS))),
            item(draft, seed, below, growing),
        ),
        5 => Ty::Array(
            Box::new(random_type(draft, seed, below, growing)),
            *seed.choose(&[0, 1, 2, 3]),
        ),
        6 => Ty::Tuple(
            (0..seed.below(4))
                .map(|_| random_type(draft, seed, below, growing))
                .collect(),
        ),
        _ => leaf(draft, seed, growing),
    }
}

/// Makes a type for a place where a value may end: there, types may go back to themselves.
fn item(draft: &Draft, seed: &mut Seed, depth: usize, growing: &[Uid]) -> Box<Ty> {
    if !growing.is_empty() && seed.one_in(5) {
        return Box::new(Ty::Named(*seed.choose(growing)));
    }
    Box::new(random_type(draft, seed, depth, growing))
}

fn leaf(draft: &Draft, seed: &mut Seed, growing: &[Uid]) -> Ty {
    let named: Vec<Uid> = draft
        .types
        .keys()
        .filter(|uid| !growing.contains(uid))
        .copied()
        .collect();
    match seed.below(10) {
        0..3 if !named.is_empty() => Ty::Named(*seed.choose(&named)),
        3 => Ty::Opaque,
        4..7 => Ty::Scalar(seed.choose(&Scalar::NAMES).0),
        _ => Ty::Scalar(*seed.choose(&COMMON)),
    }
}

/// Makes a type whose values can be keys.
pub(super) fn key_type(draft: &Draft, seed: &mut Seed) -> Ty {
    let scalar = Ty::Scalar(*seed.choose(&KEYS));
    let enums = draft.types.iter().filter(|(_, declared)| {
        let units = declared
            .slots
            .iter()
            .all(|slot| slot.content == super::draft::Content::Unit);
        declared.kind == TypeKind::Enum && units
    });
    let enums: Vec<Uid> = enums.map(|(uid, _)| *uid).collect();
    match seed.below(8) {
        0 => Ty::Tuple(vec![scalar, Ty::Scalar(Scalar::U8)]),
        1 => Ty::Option(Box::new(scalar)),
        2 if !enums.is_empty() => Ty::Named(*seed.choose(&enums)),
        _ => scalar,
    }
}

/// Changes a type: into one that it converts to, most of the time.
pub(super) fn changed_type(draft: &Draft, seed: &mut Seed, ty: &Ty) -> Ty {
    match ty {
        _ if seed.one_in(5) => Ty::Option(Box::new(ty.clone())),
        _ if seed.one_in(40) => random_type(draft, seed, 2, &[]),
        Ty::Option(item) if seed.one_in(2) => (**item).clone(),
        Ty::Scalar(Scalar::Bytes) if seed.one_in(3) => Ty::List(Box::new(Ty::Scalar(Scalar::U8))),
        Ty::List(item) if **item == Ty::Scalar(Scalar::U8) && seed.one_in(2) => Ty::Scalar(Scalar::Bytes),
        Ty::List(item) if seed.one_in(3) => Ty::Set(item.clone()),
        Ty::Set(item) if seed.one_in(3) => Ty::List(item.clone()),
        Ty::Array(item, _) if seed.one_in(3) => Ty::List(item.clone()),
        Ty::List(item) if seed.one_in(6) => Ty::Array(item.clone(), 2),
        Ty::Scalar(from) => Ty::Scalar(convertible(*from, seed)),
        Ty::Option(item) => Ty::Option(Box::new(changed_type(draft, seed, item))),
        Ty::List(item) => Ty::List(Box::new(changed_type(draft, seed, item))),
        Ty::Set(item) => Ty::Set(Box::new(changed_type(draft, seed, item))),
        Ty::Map(key, value) => Ty::Map(key.clone(), Box::new(changed_type(draft, seed, value))),
        Ty::Array(item, length) => Ty::Array(Box::new(changed_type(draft, seed, item)), *length),
        Ty::Tuple(items) => Ty::Tuple(changed_items(draft, seed, items)),
        Ty::Named(_) => Ty::Option(Box::new(ty.clone())),
        Ty::Opaque => Ty::Opaque,
    }
}

fn changed_items(draft: &Draft, seed: &mut Seed, items: &[Ty]) -> Vec<Ty> {
    let mut items = items.to_vec();
    match seed.below(3) {
        0 => items.push(Ty::Scalar(*seed.choose(&COMMON))),
        1 => drop(items.pop()),
        _ if !items.is_empty() => {
            let at = seed.below(items.len());
            items[at] = changed_type(draft, seed, &items[at]);
        }
        _ => {}
    }
    items
}

/// Chooses a scalar that values of `from` can become: exactly, twice out of three times.
fn convertible(from: Scalar, seed: &mut Seed) -> Scalar {
    let wanted = if seed.one_in(3) {
        Class::Checked
    } else {
        Class::Exact
    };
    let candidates: Vec<Scalar> = Scalar::NAMES
        .iter()
        .map(|(scalar, _)| *scalar)
        .filter(|to| *to != from && convert::class(from, *to) <= wanted)
        .collect();
    if candidates.is_empty() {
        from
    } else {
        *seed.choose(&candidates)
    }
}
