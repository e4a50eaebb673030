//! Walks the tables of conversions: every type against every type, with the edges of each, is what its class says.
//!
//! Exact never fails, is injective, and comes back bit for bit with nothing kept. Lossy never fails. Checked fails for
//! some value. Whatever crosses comes back with what was kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::codec::convert::{class, comes_back_equal};
use crate::codec::{Class, Decoder, Encoder, convert};
use crate::diff::{NewSide, OldSide, Refusal, RefusalKind, TableDiff, Way, pair_tables};
use crate::generate::{Seed, random_value};
use crate::schema::{Node, NodeId, Scalar, Shape, SlotHint, TableHints};

use super::crossing::{Crossing, NoCode};
use super::laws::{is_whole, schema};

/// Texts that some type takes, in its own form and in others, and texts that none does.
const TEXTS: [&str; 34] = [
    "",
    "true",
    "True",
    "0",
    "-0",
    "007",
    "+7",
    "7",
    "-7",
    "255",
    "340282366920938463463374607431768211455",
    "1.50",
    "-0.00",
    "0.1",
    "1e400",
    "NaN",
    "-nan",
    "inf",
    "5e-324",
    "x",
    "é",
    "00112233-4455-6677-8899-aabbccddeeff",
    "00112233-4455-6677-8899-AABBCCDDEEFF",
    "127.0.0.1",
    "::1",
    "0:0:0:0:0:0:0:1",
    "2024-05-06",
    "-0001-12-31",
    "2024-05-06T07:08:09.5Z",
    "2024-05-06T07:08:09.50+02:00",
    "PT1.5S",
    "PT01.50S",
    "a/b",
    "1 000",
];

/// Returns values of a type: what is hard about it, and random ones.
fn samples(shape: &Shape) -> BTreeSet<Vec<u8>> {
    let mut seed = Seed::new(7);
    let random = (0..300).map(|_| random_value(shape, NodeId::ROOT, &mut seed));
    let mut samples: BTreeSet<Vec<u8>> = random.collect();
    let add_texts = |samples: &mut BTreeSet<Vec<u8>>, to: Scalar| {
        for text in TEXTS.iter().map(|text| (*text).to_owned()).chain(["long ".repeat(200_000)]) {
            let mut out = Encoder::default();
            out.sized_bytes(text.as_bytes());
            let text = out.finish().unwrap();
            let mut out = Encoder::default();
            let converted = convert::convert(Scalar::String, to, &mut Decoder::new(&text), &mut out);
            if to == Scalar::String {
                samples.insert(text);
            } else if converted.is_ok() {
                samples.insert(out.finish().unwrap());
            }
        }
    };
    if let Node::Scalar(scalar) = shape.node(NodeId::ROOT)
        && (*scalar == Scalar::String || class(Scalar::String, *scalar) != Class::Refused)
    {
        add_texts(&mut samples, *scalar);
    }
    if let Node::List(item) = shape.node(NodeId::ROOT)
        && let Node::Tuple(_) = shape.node(*item)
    {
        let same = |key: &u8| samples.iter().find(|sample| sample.first() == Some(key)).cloned();
        // A list of two equal entries, which a map has no place for.
        let doubled = same(&1).map(|one| [&[2], &one[1..], &one[1..]].concat());
        samples.extend(doubled);
    }
    samples
}

fn row_of(shape: &Shape) -> Shape {
    let text = shape.to_string();
    format!("struct Row {{ v: {text} }}").parse().unwrap()
}

/// Pairs two types of a field `v`. Hints are the names of fields of the new side, with their old names.
pub(super) fn pair(old: &Shape, new: &Shape, hints: &[(&str, &str)]) -> TableDiff {
    let mut table_hints = TableHints::default();
    for (index, node) in (0_u32..).zip(new.nodes()) {
        let Node::Struct { fields, .. } = node else { continue };
        for (position, field) in fields.iter().enumerate() {
            let names = hints.iter().filter(|(name, _)| *name == field.name);
            let renamed_from: Vec<String> = names.map(|(_, old)| (*old).to_owned()).collect();
            let hint = SlotHint {
                renamed_from,
                ..SlotHint::default()
            };
            table_hints.slots.insert((NodeId(index), position), hint);
        }
    }
    let (old, new) = (schema(old.clone()), schema(new.clone()));
    let old_side = OldSide {
        schema: &old,
        slots: &BTreeMap::new(),
        consumed: &BTreeSet::new(),
        write_defaults: &BTreeMap::new(),
    };
    let new_side = NewSide {
        schema: &new,
        hints: &table_hints,
    };
    pair_tables("t", old_side, new_side, 1)
}

/// What became of all samples of a type on one way.
#[derive(Debug, Default)]
struct Walked {
    failed: usize,
    kept: usize,
    doubled: usize,
}

/// Carries every sample over, back and over again.
fn walk(crossing: &Crossing, way: Way, samples: &BTreeSet<Vec<u8>>, place: &str) -> Walked {
    let mut walked = Walked::default();
    let mut images = BTreeSet::new();
    for row in samples {
        let Ok(there) = crossing.translate(way, row, None, &NoCode) else {
            walked.failed += 1;
            continue;
        };
        assert!(is_whole(crossing.target_shape(way), &there), "{place}: {row:?}: no whole row");
        let kept = crossing.keep(way, row, None).unwrap();
        let back = crossing.translate(way.back(), &there, kept.as_deref(), &NoCode);
        assert_eq!(back.as_deref(), Ok(row.as_slice()), "{place}: {kept:?}");
        if let Some(kept) = &kept {
            crossing.check_kept(way, kept).unwrap();
            assert!(!crossing.lost(way, kept).unwrap().is_empty(), "{place}: what is kept has a name");
        }
        walked.kept += usize::from(kept.is_some());
        walked.doubled += usize::from(!images.insert(there));
    }
    walked
}

/// Checks that the values of a type bear out how safe a change is said to be.
fn check_class(walked: &Walked, class: Class, place: &str) {
    match class {
        Class::Exact => {
            let all = (walked.failed, walked.kept, walked.doubled);
            assert_eq!(all, (0, 0, 0), "{place} is exact: failed, kept, doubled");
        }
        Class::Lossy => {
            assert_eq!(walked.failed, 0, "{place} is lossy");
            assert!(walked.kept > 0, "{place} is lossy, and nothing is lost");
        }
        Class::Checked => assert!(walked.failed > 0, "{place} is checked, and nothing fails"),
        Class::Refused => panic!("{place} has a program"),
    }
}

fn crossing_of(diff: &TableDiff, old: &Shape, new: &Shape) -> Crossing {
    diff.lens.check(old, new).unwrap();
    Crossing::new(diff.lens.clone(), Arc::new(schema(old.clone())), Arc::new(schema(new.clone())))
}

#[test]
fn e1_e2_e3_e4_e9_e15_every_type_without_parts_against_every_other() {
    for (from, _) in Scalar::NAMES {
        let rows = samples(&Shape::scalar(from));
        let old = row_of(&Shape::scalar(from));
        for (to, _) in Scalar::NAMES {
            let place = format!("{} to {}", from.name(), to.name());
            let new = row_of(&Shape::scalar(to));
            let diff = pair(&old, &new, &[]);
            if class(from, to) == Class::Refused {
                assert!(is_refused(&diff.refusals), "{place}");
                continue;
            }
            assert!(diff.refusals.is_empty(), "{place}: {:?}", diff.refusals);
            if from == to {
                assert!(diff.steps.is_empty(), "{place}");
                continue;
            }
            assert_eq!((diff.steps[0].class, diff.steps[0].class_back), (class(from, to), class(to, from)));
            // What leads there leads back: nothing is left on the other side without a way.
            assert_ne!(class(to, from), Class::Refused, "{place}");
            let crossing = crossing_of(&diff, &old, &new);
            let walked = walk(&crossing, Way::Up, &rows, &place);
            check_class(&walked, class(from, to), &place);
            assert_eq!(walked.kept == 0, comes_back_equal(from, to), "{place}: {walked:?}");
            assert!(walked.failed < rows.len(), "{place}: nothing converts");
        }
    }
}

/// Tells whether a change is refused with a function of the program as the first way out.
fn is_refused(refusals: &[Refusal]) -> bool {
    let names_own_code = |refusal: &Refusal| {
        refusal.kind == RefusalKind::NoConversion
            && refusal.fixes[0] == "#[quanta(convert_with = path::to::function)] at `v`"
    };
    matches!(refusals, [one] if names_own_code(one))
}

/// Types with parts, and some without, each against each.
const TYPES: [&str; 33] = [
    "unit",
    "string",
    "bytes",
    "u8",
    "u16",
    "f64",
    "option<u8>",
    "option<u16>",
    "option<option<u8>>",
    "option<list<u8>>",
    "list<u8>",
    "list<u16>",
    "list<f32>",
    "list<string>",
    "list<list<u8>>",
    "list<option<u8>>",
    "set<u8>",
    "set<f32>",
    "set<string>",
    "array<u8,2>",
    "array<u16,3>",
    "array<date,2>",
    "array<date,3>",
    "map<u8,u8>",
    "map<u16,string>",
    "list<tuple<u8,u8>>",
    "list<tuple<u16,string>>",
    "tuple<u8>",
    "tuple<u16,bool>",
    "struct Money { amount: u16, currency: string }",
    "enum Plain { A, B }",
    "enum Other { A(u8), B }",
    "opaque(json)",
];

/// How safe the changes between types with parts are, up and down: what is not here is refused.
#[test]
fn e5_e6_e10_e12_h2_every_kind_against_every_other() {
    let mut text = String::new();
    for from in TYPES {
        let shape: Shape = from.parse().unwrap();
        let rows = samples(&shape);
        let old = row_of(&shape);
        for to in TYPES.iter().filter(|to| **to != from) {
            let target: Shape = to.parse().unwrap();
            let new = row_of(&target);
            let diff = pair(&old, &new, &[]);
            if !diff.refusals.is_empty() {
                continue;
            }
            let place = format!("{from} to {to}");
            let up = diff.steps.iter().map(|step| step.class).max().unwrap();
            let down = diff.steps.iter().map(|step| step.class_back).max().unwrap();
            let crossing = crossing_of(&diff, &old, &new);
            check_class(&walk(&crossing, Way::Up, &rows, &place), up, &place);
            let back = format!("{to} back to {from}");
            check_class(&walk(&crossing, Way::Down, &samples(&target), &back), down, &back);
            text.push_str(&format!("{from} -> {to}: {up}, {down}\n"));
        }
    }
    expect_test::expect_file!["matrix.txt"].assert_eq(&text);
}
