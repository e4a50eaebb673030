//! Guards that every workload runs on every store, that all stores give the same answers, and that the report is made of
//! what was measured and of nothing else. No time is held to anything.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn bench(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_quanta-bench"))
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn measured(directory: &Path) -> (Value, String) {
    let json = directory.join("results.json");
    let json = json.to_str().unwrap();
    let printed = bench(&["run", "--quick", "--rows", "300", "--json", json]);
    (
        serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap(),
        printed,
    )
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} is no text in {value}"))
}

#[test]
fn everything_runs_and_all_answer_alike() {
    let directory = tempfile::tempdir().unwrap();
    let (results, printed) = measured(directory.path());
    let cells = results["cells"].as_array().unwrap();

    let failed: Vec<&Value> = cells
        .iter()
        .filter(|cell| {
            cell["not_offered"]
                .as_str()
                .is_some_and(|why| why.starts_with("failed"))
        })
        .collect();
    assert_eq!(failed, Vec::<&Value>::new());

    let mut answers: BTreeMap<&str, (&str, &Value)> = BTreeMap::new();
    for cell in cells
        .iter()
        .filter(|cell| cell["answers"].as_object().is_some_and(|all| !all.is_empty()))
    {
        let (workload, store) = (text(cell, "workload"), text(cell, "store"));
        let (first, answer) = *answers.entry(workload).or_insert((store, &cell["answers"]));
        assert_eq!(
            answer, &cell["answers"],
            "{workload}: {first} and {store} answer differently"
        );
    }
    let rows_after = |workload: &str| answers[workload].1["rows"].as_u64().unwrap();
    assert_eq!(
        (rows_after("load"), rows_after("scan"), rows_after("evolve")),
        (300, 300, 300)
    );
    assert!(rows_after("delete") < 300 && rows_after("put-16") > 300);
    assert_eq!(answers["killed"].1, answers["evolve"].1);
    assert!(printed.contains("quanta/fjall") && printed.contains("not offered: "));
}

#[test]
fn the_report_is_made_of_the_results_alone() {
    let directory = tempfile::tempdir().unwrap();
    let json = directory.path().join("results.json");
    let arguments = [
        "--quick",
        "--rows",
        "200,400",
        "--only",
        "get,scan,open",
        "--stores",
        "quanta/fjall,fjall,quanta/redb",
    ];
    let mut run = vec!["run", "--json", json.to_str().unwrap()];
    run.extend(arguments);
    bench(&run);

    let written = |name: &str| {
        let page = directory.path().join(name).join("benchmarks.md");
        bench(&["report", json.to_str().unwrap(), "--out", page.to_str().unwrap()]);
        let plot = page.with_extension("").join("scan.svg");
        (
            fs::read_to_string(&page).unwrap(),
            fs::read_to_string(plot).unwrap(),
        )
    };
    let (page, plot) = written("once");
    assert_eq!((page.clone(), plot.clone()), written("again"));
    assert!(
        page.contains("### Full scan, 400 rows") && page.contains("](benchmarks/scan.svg)"),
        "{page}"
    );
    assert!(plot.starts_with("<svg") && plot.contains("quanta/redb"), "{plot}");

    // A figure that changes in the results changes on the page.
    let mut results: Value = serde_json::from_str(&fs::read_to_string(&json).unwrap()).unwrap();
    results["cells"][0]["readings"][0]["values"] = serde_json::json!([123_000_000.0]);
    fs::write(&json, results.to_string()).unwrap();
    assert!(written("changed").0.contains("123 ms"));
}

#[test]
fn names_that_are_not_there_are_answered_with_those_that_are() {
    for (arguments, expected) in [
        (
            ["run", "--only", "nothing"],
            "there is no workload nothing: there are load, ",
        ),
        (
            ["run", "--stores", "papyrus"],
            "there is no store papyrus in this build: there are quanta/fjall, ",
        ),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_quanta-bench"))
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(expected), "{said}");
    }
}
