//! Guards the generator itself: its histories are sound documents that read back, and stores take most of what it
//! makes. Takes one of 20 cases.

use std::collections::BTreeMap;

use crate::generate::{HistorySize, Seed};
use crate::history::HistoryDocument;

use super::catalogue::Catalogue;
use super::run::{Histories, Law, Outcome, history_of};

fn reads_back(document: &HistoryDocument, _: &mut Seed) -> Outcome {
    let text = document.to_json();
    let again = HistoryDocument::from_json(&text).map_err(|problem| format!("{problem}\n{text}"))?;
    if again != *document {
        return Err("it reads back as another one".to_owned());
    }
    if again.to_json() != text {
        return Err("it is written otherwise once it was read".to_owned());
    }
    Ok(1)
}

#[test]
fn laws_random_histories_read_back() {
    let law = Law {
        test: "laws_random_histories_read_back",
        cases: 80,
        share: 20,
        histories: Histories::Any,
        size: HistorySize::default(),
        check: reads_back,
    };
    law.hold();
}

/// What an empty store makes of the versions that the generator makes: every kind of step is among them.
#[test]
fn laws_random_histories_have_every_kind_of_step() {
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    let (mut versions, mut refused) = (0, 0);
    for case in 0..150 {
        let document = history_of(Histories::Accepted, HistorySize::default(), &mut Seed::new(case));
        let mut catalogue = Catalogue::default();
        for version in &document.versions {
            versions += 1;
            match catalogue.open(version) {
                Ok(plan) => {
                    for step in plan.steps() {
                        let change = serde_json::to_value(&step.change).unwrap();
                        let kind = change.as_str().map(str::to_owned);
                        let kind = kind
                            .or_else(|| change.as_object()?.keys().next().cloned())
                            .unwrap();
                        *kinds.entry(format!("{kind} {}", step.class)).or_default() += 1;
                    }
                }
                Err(_) => refused += 1,
            }
        }
    }
    println!("{versions} versions, {refused} refused: {kinds:#?}");
    assert_eq!(refused, 0);
    assert!(versions > 150 * 3, "histories are short: {versions}");
    for kind in [
        "AddField exact",
        "DropField lossy",
        "RenameField exact",
        "ChangeType exact",
        "ChangeType lossy",
        "ChangeType checked",
        "AddVariant exact",
        "DropVariant checked",
        "RenameVariant exact",
        "CreateTable exact",
        "DropTable lossy",
        "RenameTable exact",
        "SetDefault exact",
        "ChangeKey exact",
        "ChangeKey checked",
        "BuildIndex exact",
        "BuildIndex checked",
        "DropIndex exact",
        "AddReference checked",
        "DropReference exact",
    ] {
        assert!(
            kinds.get(kind).is_some_and(|count| *count > 1),
            "{kind}: {kinds:?}"
        );
    }
}
