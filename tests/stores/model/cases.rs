//! The tests: one for each history in memory, and one for each engine on disk over all of them.

use quanta_storage::EngineKind;

use super::history::History;
use super::place::Place;
use super::run::Run;
use super::{containers, dropped, lazy, meeting, mixed, referring, rekeyed, resolved, unfit, unique};

/// Stores that a test tries in memory where nothing is said.
const IN_MEMORY: u64 = 5;
/// Stores in memory for one on a disk, where every write is waited for.
const FOR_ONE_ON_DISK: u64 = 8;

/// Runs the cases of a test.
fn check(test: &str, count: impl Fn(u64) -> u64, run: impl Fn(u64) -> Run) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let cases = match number("QUANTA_CASE") {
        Some(case) => case..case + 1,
        None => 0..count(number("QUANTA_CASES").unwrap_or(IN_MEMORY)),
    };
    for case in cases {
        let mut run = run(case);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run.play()));
        assert!(
            outcome.is_ok(),
            "case {case} failed after:\n{}\nto run it again: QUANTA_CASE={case} cargo test --test stores {test}",
            run.log.join("\n")
        );
    }
}

macro_rules! in_memory {
    ($($test:ident: $history:ident)*) => {
        $(#[test]
        fn $test() {
            check(stringify!($test), |cases| cases, |case| {
                Run::new($history::history(), Place::memory(), case)
            });
        })*

        const ALL: &[fn() -> History] = &[$($history::history),*];
    };
}

in_memory! {
    j3_lazy_changes_follow_the_model: lazy
    j3_changes_of_containers_follow_the_model: containers
    j3_other_keys_follow_the_model: rekeyed
    j3_rows_that_meet_follow_the_model: meeting
    j3_rows_that_do_not_fit_follow_the_model: unfit
    j3_values_that_are_replaced_follow_the_model: resolved
    j3_unique_values_follow_the_model: unique
    j3_dropped_tables_follow_the_model: dropped
    j3_changes_of_all_kinds_follow_the_model: mixed
    j3_rows_that_refer_follow_the_model: referring
}

fn on_disk(test: &str, kind: EngineKind) {
    // At least one of each history.
    let count = |cases: u64| (cases / FOR_ONE_ON_DISK).max(ALL.len() as u64);
    check(test, count, |case| {
        let history = ALL[usize::try_from(case).unwrap() % ALL.len()]();
        Run::new(history, Place::disk(kind), case)
    });
}

#[test]
fn j3_fjall_follows_the_model() {
    on_disk("j3_fjall_follows_the_model", EngineKind::Fjall);
}

#[test]
fn j3_redb_follows_the_model() {
    on_disk("j3_redb_follows_the_model", EngineKind::Redb);
}

#[test]
#[cfg(feature = "sled")]
fn j3_sled_follows_the_model() {
    on_disk("j3_sled_follows_the_model", EngineKind::Sled);
}
