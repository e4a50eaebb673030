//! Guards shrinking: what made a history fail stays, and hardly anything else does.

use super::*;
use crate::generate::{HistorySize, Seed, random_history};
use crate::history::HistoryDocument;

/// Shrinks a random history that has what is looked for; how many bytes its JSON has then.
fn shrunk(has: fn(&HistoryDocument) -> bool) -> Vec<usize> {
    let documents = (0..200).map(|case| random_history(&mut Seed::new(case), HistorySize::default()));
    let failing: Vec<HistoryDocument> = documents.filter(has).take(5).collect();
    assert_eq!(failing.len(), 5, "such histories are too rare");
    let shrunk = failing.iter().map(|document| {
        let small = shrink(document, &mut |smaller| has(smaller));
        assert!(has(&small), "what is looked for is gone:\n{}", small.to_json());
        small.to_json().len()
    });
    shrunk.collect()
}

#[test]
fn histories_shrink_to_what_makes_them_fail() {
    let renames = shrunk(|document| {
        document
            .versions
            .iter()
            .any(|version| !version.hints.renamed_fields.is_empty())
    });
    assert!(renames.iter().all(|bytes| *bytes < 1500), "{renames:?}");
    let in_types = shrunk(|document| {
        document
            .versions
            .iter()
            .any(|version| version.hints.types.values().any(|hints| hints.renamed.len() > 1))
    });
    assert!(in_types.iter().all(|bytes| *bytes < 2500), "{in_types:?}");
    let versions = shrunk(|document| document.versions.len() > 3);
    assert!(versions.iter().all(|bytes| *bytes < 2000), "{versions:?}");
}
