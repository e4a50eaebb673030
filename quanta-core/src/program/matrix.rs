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
        for text in TEXTS
            .iter()
            .map(|text| (*text).to_owned())
            .chain(["long ".repeat(200_000)])
        {
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
        let Node::Struct { fields, .. } = node else {
            continue;
        };
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
    let new_side = NewSide::of(&new, &table_hints);
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
        assert!(
            is_whole(crossing.target_shape(way), &there),
            "{place}: {row:?}: no whole row"
        );
        let kept = crossing.keep(way, row, &there).unwrap();
        let back = crossing.translate(way.back(), &there, kept.as_deref(), &NoCode);
        assert_eq!(back.as_deref(), Ok(row.as_slice()), "{place}: {kept:?}");
        if let Some(kept) = &kept {
            crossing.check_kept(way, kept).unwrap();
            assert!(
                !crossing.lost(way, kept).unwrap().is_empty(),
                "{place}: what is kept has a name"
            );
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
    Crossing::new(
        diff.lens.clone(),
        Arc::new(schema(old.clone())),
        Arc::new(schema(new.clone())),
    )
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
            assert_eq!(
                (diff.steps[0].class, diff.steps[0].class_back),
                (class(from, to), class(to, from))
            );
            // What leads there leads back: nothing is left on the other side without a way.
            assert_ne!(class(to, from), Class::Refused, "{place}");
            let crossing = crossing_of(&diff, &old, &new);
            let walked = walk(&crossing, Way::Up, &rows, &place);
            check_class(&walked, class(from, to), &place);
            assert_eq!(
                walked.kept == 0,
                comes_back_equal(from, to),
                "{place}: {walked:?}"
            );
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
const TYPES: [&str; 35] = [
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
    "list<bytes>",
    "list<decimal>",
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

/// Checks that every refusal names a function of the program, as the first way out where there is no other.
fn check_ways_out(refusals: &[Refusal], place: &str) {
    for refusal in refusals {
        let own_code = "#[quanta(convert_with = path::to::function)] at ";
        let first = refusal.fixes.iter().position(|fix| fix.starts_with(own_code));
        match refusal.kind {
            RefusalKind::NoConversion => assert_eq!(first, Some(0), "{place}: {refusal}"),
            RefusalKind::Ambiguous => {
                assert!(refusal.fixes[0].contains("renamed_from"), "{place}: {refusal}");
            }
            _ => {}
        }
    }
}

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
            let place = format!("{from} to {to}");
            if !diff.refusals.is_empty() {
                check_ways_out(&diff.refusals, &place);
                continue;
            }
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

/// Checks a change of `v` with hints: the text of its steps, and that rows bear out their class both ways.
fn check_hinted(from: &str, to: &str, hints: &[(&str, &str)], expected: &str) {
    let place = format!("{from} to {to}");
    let (from, to): (Shape, Shape) = (from.parse().unwrap(), to.parse().unwrap());
    let (old, new) = (row_of(&from), row_of(&to));
    let diff = pair(&old, &new, hints);
    assert!(diff.refusals.is_empty(), "{place}: {:?}", diff.refusals);
    let steps: Vec<String> = diff
        .steps
        .iter()
        .map(|step| format!("{} {step}", step.class))
        .collect();
    assert_eq!(steps.join("; "), expected, "{place}");
    let up = diff.steps.iter().map(|step| step.class).max().unwrap();
    let down = diff.steps.iter().map(|step| step.class_back).max().unwrap();
    let crossing = crossing_of(&diff, &old, &new);
    check_class(&walk(&crossing, Way::Up, &samples(&from), &place), up, &place);
    check_class(&walk(&crossing, Way::Down, &samples(&to), &place), down, &place);
}

fn check_refused(from: &str, to: &str, hints: &[(&str, &str)], expected: &[&str]) {
    let (from, to): (Shape, Shape) = (from.parse().unwrap(), to.parse().unwrap());
    let diff = pair(&row_of(&from), &row_of(&to), hints);
    let text: Vec<String> = diff.refusals.iter().map(ToString::to_string).collect();
    let text = text.join("\n");
    for part in expected {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
    assert!(!text.is_empty());
}

const OWN_CODE: &str = "#[quanta(convert_with = path::to::function)] at `v`";

#[test]
fn e7_a_value_becomes_a_field_and_comes_out_again() {
    let money = "struct Money { amount: u64, currency: string }";
    check_hinted(
        "u32",
        money,
        &[("amount", "v")],
        "exact add t.v.currency: string, the same value in every old row; exact change t.v from u32 to struct Money { \
         amount: u64, currency: string }",
    );
    check_hinted(
        money,
        "u32",
        &[("v", "amount")],
        "lossy drop t.v.currency: string; its values are kept; checked change t.v from struct Money { amount: u64, \
         currency: string } to u32",
    );
    // At any depth, and an option goes to a field that is one.
    check_hinted(
        "map<u8,list<u32>>",
        "map<u8,list<struct Money { amount: f32 }>>",
        &[("amount", "v")],
        "checked change t.v from map<u8,list<u32>> to map<u8,list<struct Money { amount: f32 }>>",
    );
    check_hinted(
        "option<u8>",
        "struct Money { amount: option<u8> }",
        &[("amount", "v")],
        "exact change t.v from option<u8> to struct Money { amount: option<u8> }",
    );
    check_hinted(
        "tuple<u8,list<u8>>",
        "tuple<u8,struct Tags { tags: set<u8>, more: u8 }>",
        &[("tags", "1")],
        "exact add t.v.1.more: u8, the same value in every old row; lossy change t.v from tuple<u8,list<u8>> to \
         tuple<u8,struct Tags { more: u8, tags: set<u8> }>",
    );
    check_refused(
        "u32",
        money,
        &[],
        &["(renamed_from = \"v\")] at `amount` of Money", OWN_CODE],
    );
    check_refused(
        money,
        "u32",
        &[],
        &["#[quanta(renamed_from = \"amount\")] at `v`", "at `v`", OWN_CODE],
    );
    check_refused(
        money,
        "u32",
        &[("v", "w")],
        &["#[quanta(renamed_from(\"w\", \"amount\"))] at `v`"],
    );
    check_refused(
        "u32",
        money,
        &[("amount", "w")],
        &["(renamed_from = \"v\")] at `amount` of Money"],
    );
    check_refused(
        "u32",
        "struct Money { amount: u32, at: date }",
        &[("amount", "v")],
        &["`at` of type date has no value"],
    );
    check_refused(
        "ip",
        "struct Money { amount: u32 }",
        &[],
        &["no conversion from ip", OWN_CODE],
    );
    // A value that would have to hold itself.
    check_refused(
        "u32",
        "struct Node { next: option<Node> }",
        &[("next", "v")],
        &["no conversion from u32", OWN_CODE],
    );
}

#[test]
fn h2_a_tuple_becomes_a_struct_by_its_positions() {
    check_hinted(
        "enum Shape { Circle(u8, string), Point }",
        "enum Shape { Circle { radius: u16, label: string }, Point }",
        &[("radius", "0"), ("label", "1")],
        "exact rename t.v::Circle.label from 1; exact rename t.v::Circle.radius from 0; exact change t.v::Circle.radius \
         from u8 to u16; exact change t.v::Circle from tuple<u8,string> to struct { label: string, radius: u16 }",
    );
    check_hinted(
        "tuple<u8,u8>",
        "struct Point { x: u8, z: bool }",
        &[("x", "1"), ("z", "0")],
        "exact rename t.v.x from 1; exact rename t.v.z from 0; checked change t.v.z from u8 to bool; exact \
         change t.v from tuple<u8,u8> to struct Point { x: u8, z: bool }",
    );
    check_refused(
        "enum Shape { Circle(u8) }",
        "enum Shape { Circle { radius: u16 } }",
        &[],
        &[
            "`radius` came and position 0 went",
            "#[quanta(renamed_from = \"0\")] at `radius`",
            "#[quanta(new)] at `radius`",
        ],
    );
    check_refused(
        "enum Shape { Circle { radius: u8 } }",
        "enum Shape { Circle(u8) }",
        &[],
        &["no conversion from struct { radius: u8 } to tuple<u8>", OWN_CODE],
    );
}

#[test]
fn e11_e14_a_number_does_not_say_its_unit() {
    for time in ["timestamp", "date", "duration"] {
        for number in ["i64", "u128", "f64", "decimal"] {
            for (from, to) in [(time, number), (number, time)] {
                check_refused(from, to, &[], &["does not say which unit it counts", OWN_CODE]);
            }
        }
    }
    check_refused(
        "list<u8>",
        "list<list<u8>>",
        &[],
        &["one collection of all items, or one for each?", OWN_CODE],
    );
    check_refused(
        "option<u8>",
        "list<option<u8>>",
        &[],
        &["is none no item, or one that is missing?", OWN_CODE],
    );
    check_refused(
        "array<date,2>",
        "array<date,3>",
        &[],
        &["longer by 1, and date has no natural zero", OWN_CODE],
    );
}

#[test]
fn e15_rows_that_would_nest_too_deep_are_found() {
    let old: Shape = "struct Row { next: option<Row> }".parse().unwrap();
    let new: Shape = "struct Row { next: list<Row> }".parse().unwrap();
    let diff = pair(&old, &new, &[]);
    assert_eq!(diff.steps[0].class, Class::Checked, "{:?}", diff.steps);
    let crossing = crossing_of(&diff, &old, &new);
    assert!(crossing.can_fail(Way::Up));
    let row = |levels: usize| [vec![1; levels - 1], vec![0]].concat();
    let there = crossing.translate(Way::Up, &row(32), None, &NoCode).unwrap();
    assert_eq!(crossing.translate(Way::Down, &there, None, &NoCode), Ok(row(32)));
    let failures = crossing.translate(Way::Up, &row(33), None, &NoCode).unwrap_err();
    assert!(
        failures[0].problem.contains("nests deeper than 64 levels"),
        "{failures:?}"
    );
}
