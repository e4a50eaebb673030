//! Guards that the examples do what they say: quickstart shows its report and row, and evolve goes through all generations
//! and back with every row compared, on each engine.

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
