//! Running a law over random histories, and telling what a failure takes to play it again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::generate::{HistorySize, Seed, random_history, random_history_where, shrink};
use crate::history::HistoryDocument;
use crate::testing::{is_replay, seeds};

use super::catalogue::Catalogue;

/// What a law says of a history: how much of it was tried, or how it is broken.
pub(super) type Outcome = Result<u32, String>;

/// Which histories a law is tried with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Histories {
    /// Any, also those of which a store refuses versions.
    Any,
    /// Those of which a store without rows accepts each version.
    Accepted,
}

/// One law, as it is tried.
#[derive(Clone, Copy)]
pub(super) struct Law {
    /// The name of the test.
    pub(super) test: &'static str,
    /// Cases where `QUANTA_CASES` says nothing.
    pub(super) cases: u32,
    /// The law takes one of so many cases.
    pub(super) share: u32,
    pub(super) histories: Histories,
    pub(super) size: HistorySize,
    pub(super) check: fn(&HistoryDocument, &mut Seed) -> Outcome,
}

/// Makes the history of a seed.
pub(super) fn history_of(histories: Histories, size: HistorySize, seed: &mut Seed) -> HistoryDocument {
    match histories {
        Histories::Any => random_history(seed, size),
        Histories::Accepted => {
            let mut catalogue = Catalogue::default();
            random_history_where(seed, size, &mut |version| catalogue.open(version).is_ok())
        }
    }
}

impl Law {
    /// Tries the law.
    ///
    /// # Panics
    ///
    /// If a case breaks it, with all that is needed to play it again; or if too little was tried to prove anything.
    pub(super) fn hold(self) {
        let mut tried = 0_u64;
        let mut cases = 0_u64;
        for case in seeds(self.cases, self.share) {
            let mut seed = Seed::new(case.into());
            let document = history_of(self.histories, self.size, &mut seed);
            match self.outcome(&document, case) {
                Ok(count) => tried += u64::from(count),
                Err(problem) => self.tell(&document, case, &problem),
            }
            cases += 1;
        }
        println!("{}: {cases} cases, {tried} tried", self.test);
        assert!(
            tried >= cases / 2 || is_replay(),
            "{}: {cases} cases try too little to prove anything: {tried}",
            self.test
        );
    }

    /// Checks a history with the rows of a case.
    fn outcome(&self, document: &HistoryDocument, case: u32) -> Outcome {
        let mut seed = Seed::new(u64::from(case) ^ 0x5eed);
        catch_unwind(AssertUnwindSafe(|| (self.check)(document, &mut seed))).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(format!("it panics: {}", text.unwrap_or("without a word")))
        })
    }

    fn tell(&self, document: &HistoryDocument, case: u32, problem: &str) -> ! {
        let small = shrink(document, &mut |smaller| self.outcome(smaller, case).is_err());
        let of_small = self.outcome(&small, case).err();
        let file = std::env::temp_dir().join(format!("quanta-{}-{case}.history.json", self.test));
        let written = std::fs::write(&file, small.to_json());
        let file = match written {
            Ok(()) => file.display().to_string(),
            Err(error) => format!("(not written: {error})"),
        };
        panic!(
            "{test}, case {case}: {problem}\nshrunk: {}\n{}\nwritten to {file}\nplay it again:\n  QUANTA_CASE={case} \
             cargo test -p quanta-core {test}\n  quanta rehearse {file} --rows 10 --seed {case}",
            of_small.unwrap_or_default(),
            small.to_json(),
            test = self.test,
        );
    }
}
