//! The search for a smaller history.

use serde_json::Value as Json;

use crate::history::HistoryDocument;

use super::cuts::cuts;

/// Histories that are tried before the smallest so far is taken.
const TRIES_MAX: usize = 3000;

/// Makes a history smaller as long as it still fails: versions go, with the renames on both sides joined, then tables,
/// types, fields, hints, and parts of types. What is no sound document any more is left out.
pub fn shrink(
    document: &HistoryDocument,
    fails: &mut dyn FnMut(&HistoryDocument) -> bool,
) -> HistoryDocument {
    let mut best = document.clone();
    let mut tries = 0;
    loop {
        let text = best.to_json();
        let (mut at, mut length) = (0, text.len());
        let mut json: Json = serde_json::from_str(&text).expect("documents are JSON");
        let before = length;
        while let Some(cut) = cuts(&json).get(at) {
            if tries == TRIES_MAX {
                return best;
            }
            let smaller = HistoryDocument::from_json(&cut.made(&json).to_string()).ok();
            let smaller = smaller.map(|smaller| (smaller.to_json(), smaller));
            match smaller.filter(|(text, _)| text.len() < length) {
                Some((text, smaller)) => {
                    tries += 1;
                    if fails(&smaller) {
                        json = serde_json::from_str(&text).expect("documents are JSON");
                        (best, length) = (smaller, text.len());
                    } else {
                        at += 1;
                    }
                }
                None => at += 1,
            }
        }
        if length == before {
            return best;
        }
    }
}
