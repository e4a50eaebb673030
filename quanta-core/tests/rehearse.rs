//! Guards rehearsals: histories of our own, harder than those of real programs, hold every law at every transition,
//! and the same arguments give the same report.
#![expect(clippy::panic, reason = "a test fails by a panic")]

use std::path::{Path, PathBuf};

use expect_test::expect_file;
use quanta_core::HistoryDocument;
use quanta_core::rehearse::{
    Law, PairsReport, Rehearsal, RehearsalReport, Renames, rehearse, rehearse_pairs,
};

fn histories() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/histories")
}

fn document(name: &str) -> HistoryDocument {
    let path = histories().join(format!("{name}.history.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    HistoryDocument::from_json(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn report(name: &str, rehearsal: &Rehearsal) -> RehearsalReport {
    rehearse(&document(name), rehearsal).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Rehearses a history, and compares what is reported with the file beside it.
#[track_caller]
fn check(name: &str) {
    let few = Rehearsal {
        rows: 8,
        seed: 1,
        renames: Renames::Withheld,
    };
    let report = report(name, &few);
    expect_file![histories().join(format!("{name}.report.txt"))].assert_eq(&report.to_string());
    assert!(report.is_good(), "{report}");
}

#[test]
fn nested_types() {
    check("nested");
}

#[test]
fn swaps_chains_and_retired_names() {
    check("names");
}

#[test]
fn keys_of_other_types_and_fields() {
    check("keys");
}

#[test]
fn tables_that_go_come_and_take_over_names() {
    check("tables");
}

#[test]
fn conversions_of_every_class() {
    check("conversions");
}

#[test]
fn indexes_and_references() {
    check("indexes");
}

fn pairs(name: &str) -> PairsReport {
    let few = Rehearsal {
        rows: 20,
        ..Rehearsal::default()
    };
    rehearse_pairs(&document(name), &few).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// From every version to every other one and back: what is counted as intact, refused and broken.
#[test]
fn from_every_version_to_every_other_one() {
    for (name, expected) in [
        ("nested", (24, 18, 18)),
        ("names", (43, 13, 13)),
        ("tables", (56, 0, 0)),
    ] {
        let report = pairs(name);
        assert!(report.is_good() && report.left_out.is_empty(), "{report}");
        let total = report.total();
        assert_eq!(
            (total.intact, total.refused, total.refused_rest_intact),
            expected,
            "{report}"
        );
    }
    assert_eq!(
        pairs("nested").to_json().to_string(),
        pairs("nested").to_json().to_string()
    );
}

/// Where a key or a unique index keeps one of several rows, another one may have its turn after the way back.
#[test]
fn rows_that_share_a_key_or_a_value_take_turns() {
    for name in ["keys", "indexes"] {
        let report = pairs(name);
        assert!(report.is_good(), "{report}");
        assert!(report.total().turns > 0, "{report}");
    }
}

#[test]
fn equal_arguments_give_equal_reports() {
    let rehearsal = Rehearsal {
        rows: 5,
        seed: 3,
        renames: Renames::Given,
    };
    let (one, two) = (report("names", &rehearsal), report("names", &rehearsal));
    assert_eq!(one.to_json().to_string(), two.to_json().to_string());
    let other = report("names", &Rehearsal { seed: 4, ..rehearsal });
    assert_eq!(one.transitions.len(), other.transitions.len());
    assert_eq!(one.times_json().as_array().unwrap().len(), one.transitions.len());
}

#[test]
fn every_law_is_checked_somewhere() {
    let few = Rehearsal {
        rows: 5,
        ..Rehearsal::default()
    };
    let reports = ["tables", "names", "keys"].map(|name| report(name, &few));
    for law in Law::ALL {
        assert!(
            reports.iter().any(|report| report.law(law).0 > 0),
            "{}",
            law.name()
        );
    }
}

#[test]
fn a_history_without_a_version_is_an_error() {
    let empty = HistoryDocument {
        name: "empty".to_owned(),
        versions: Vec::new(),
    };
    let error = rehearse(&empty, &Rehearsal::default()).unwrap_err();
    assert_eq!(error.to_string(), "the history has no version");
}
