//! Guards that the examples do what they say: quickstart shows its report and row, and evolve goes through all generations
//! and back with every row compared, on each engine. Branches and downgrade find every row as it must be. Flights gets the
//! answers that the files give.

use std::ffi::OsString;
use std::process::Command;

use expect_test::expect;
use quantadb::Options;

#[expect(
    dead_code,
    reason = "its `main` is the program's, its rows are only compared and shown"
)]
#[path = "../examples/evolve/main.rs"]
mod evolve;

#[expect(dead_code, reason = "its `main` is the program's")]
#[path = "../examples/branches/main.rs"]
mod branches;

#[expect(
    dead_code,
    reason = "its `main` is the program's, its rows are only compared and shown"
)]
#[path = "../examples/downgrade/main.rs"]
mod downgrade;

#[expect(dead_code, reason = "its `main` is the program's")]
#[path = "../examples/flights/main.rs"]
mod flights;

/// Runs evolve and returns what it prints, or what went wrong and what it had printed by then.
fn evolve(args: &[&str]) -> Result<String, String> {
    let args = ["evolve"].iter().chain(args).map(OsString::from);
    let mut out = Vec::new();
    let result = evolve::run(args, &mut out);
    let text = String::from_utf8_lossy(&out).into_owned();
    match result {
        Ok(()) => Ok(text),
        Err(problem) => Err(format!("{problem}\nafter:\n{text}")),
    }
}

/// Picks table, count and digest of each comparison.
fn verified(text: &str) -> Vec<&str> {
    let lines = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("verified: "));
    lines
        .map(|line| line.split(" (").next().unwrap_or(line))
        .collect()
}

/// Runs as its user would: its text is plain enough to be compared, but for the times.
#[test]
fn quickstart_shows_what_it_says() {
    let run = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--example", "quickstart"])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).unwrap();
    let (report, rest) = text.split_once('\n').unwrap();
    assert!(report.starts_with("created: revision 1, "), "{report}");
    expect![[r#"
        + table users {
        +   email: option<string>
        +   id: u64 (key)
        +   name: string
        + }
          exact   record create table users
        Some(User { id: 7, name: "Ada", email: Some("ada@example.org") })
    "#]]
    .assert_eq(rest);
}

#[test]
fn evolve_finds_the_files_again_on_every_engine() {
    let [fjall, sled, memory] =
        ["fjall", "sled", "memory"].map(|engine| evolve(&["--engine", engine]).unwrap());
    assert_eq!(verified(&fjall), verified(&sled));
    assert_eq!(verified(&fjall), verified(&memory));

    // Five generations, two comparisons in each but the first, after the sweep, four ways back, and up again.
    assert_eq!(verified(&fjall).len(), 2 * (1 + 4 * 2 + 1 + 4 + 1));
    assert!(verified(&fjall)[0].starts_with("airports 1458 rows"));
    assert!(fjall.contains("planes.speed: 3299 rows don't fit"));
    assert!(fjall.ends_with("\nevery row was as it had to be, in every generation\n"));
}

#[test]
fn evolve_measures_how_opening_grows() {
    let text = evolve(&["--rows", "300", "--engine", "memory"]).unwrap();
    assert_eq!(text.matches("open_ratio").count(), 5, "{text}");
    assert!(text.contains("checks: 600 rows"), "{text}");
    assert!(text.contains("builds: 600 rows"), "{text}");
}

#[test]
fn evolve_leaves_a_store_that_can_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept");
    let path_text = path.to_str().unwrap();
    evolve(&["--keep", path_text]).unwrap();
    let db = Options::new().entities::<()>().read_only().open(&path).unwrap();
    assert_eq!(db.history().unwrap().records.len(), 10);
    assert_eq!(db.head().revision, 5);
    drop(db);

    let refused = evolve(&["--keep", path_text]).unwrap_err();
    assert!(refused.contains("is there already"), "{refused}");
}

#[test]
fn k5_branches_account_for_every_value() {
    let mut out = Vec::new();
    branches::run(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let count = |what: &str| -> u64 {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(what));
        let count = line.and_then(|rest| rest.split_whitespace().next());
        count.unwrap().parse().unwrap()
    };
    assert_eq!(count("rounds"), 20);
    assert!(
        count("values written") > 5_000 && count("returned") > 5_000,
        "{text}"
    );
    assert!(text.ends_with("every value is where it has to be, or was replaced by a write\n"));
}

#[test]
fn l12_l13_l14_downgrade_finds_everything_again() {
    let mut out = Vec::new();
    downgrade::run(["downgrade".into()], &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.matches("  verified: ").count(), 9, "{text}");
    assert!(text.contains("the store is newer than this program: table flights is at version 2"));
    assert!(text.ends_with("nothing is missing: every row was as it had to be at every stop\n"));
}

/// A file has `NA` where a value is missing, and columns that nobody asks for.
#[test]
fn downgrade_reads_a_file_of_flights() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flights.csv");
    let head = "year,carrier,flight,tailnum,origin,dest,dep_delay,arr_delay,air_time,distance,time_hour\n";
    let full = "2013,UA,1545,N14228,EWR,IAH,2,-11,227,1400,2013-01-01T10:00:00Z\n";
    let missing = "2013,AA,133,NA,JFK,LAX,NA,NA,NA,2475,2013-01-01T22:00:00Z\n";
    std::fs::write(&path, [head, &full.repeat(50), &missing.repeat(50)].concat()).unwrap();
    let mut out = Vec::new();
    downgrade::run(["downgrade".into(), path.into_os_string()], &mut out).unwrap();
    assert!(out.starts_with(b"100 flights\n"));
}

/// It compares its answers with the files by itself; here it is that what has an index is found by it.
#[test]
fn flights_answers_as_the_files_do() {
    let mut out = Vec::new();
    flights::run(["flights".into()], &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    for way in [
        "index planes_year: 557 entries in 1 range",
        "index flights_air_time\n    found in the order of air_time desc",
        "index flights_dep_time: 299 entries in 1 range",
        "index flights_dest: 190 entries in 4 ranges",
    ] {
        assert!(text.contains(way), "{way} is missing:\n{text}");
    }
    assert!(
        text.ends_with("\nten answers, and each is what the files say\n"),
        "{text}"
    );
}
