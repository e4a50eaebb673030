//! The lock: a history that is written down version by version, from declarations alone, leads a store the same way as
//! the history that the declarations are from. Takes one of 20 cases.

use crate::db::Options;
use crate::generate::{HistorySize, Seed};
use crate::history::HistoryDocument;
use crate::lock::compare;
use crate::plan::Plan;
use crate::schema::Fingerprint;

use super::catalogue::Catalogue;
use super::run::{Histories, Law, Outcome};

/// Every version of the written history is read back, has the schemas of the original, leads a store there by the same
/// steps, and is current as soon as it is written.
fn written_versions_lead_the_same_way(document: &HistoryDocument, _: &mut Seed) -> Outcome {
    let mut written = HistoryDocument {
        name: document.name.clone(),
        versions: Vec::new(),
    };
    let (mut original, mut again) = (Catalogue::default(), Catalogue::default());
    let mut tried = 0;
    for version in &document.versions {
        let options = || Options::new().tables_of(version);
        let Ok(plan) = original.open(version) else { break };
        if version.tables.is_empty() {
            break;
        }
        let told = |problem: String| format!("version {}: {problem}", version.label);
        let next =
            compare(&written, &options(), Some(&version.label)).map_err(|error| told(error.to_string()))?;
        if !next.is_sound() {
            return Err(told(next.to_string()));
        }
        if !next.is_changed() {
            return match steps(&plan).is_empty() {
                true => Ok(tried),
                false => Err(told(format!("nothing seems to have changed, but {plan}"))),
            };
        }
        written.versions.push(next.version);
        written = HistoryDocument::from_json(&written.to_json()).map_err(told)?;
        let last = &written.versions[written.versions.len() - 1];
        for (name, table) in &version.tables {
            let here = last.tables.get(name).map(|table| Fingerprint::of(&table.schema));
            if here != Some(Fingerprint::of(&table.schema)) {
                return Err(told(format!("table {name} is another one")));
            }
        }
        let plan_again = again
            .open(last)
            .map_err(|decision| told(decision.plan.to_string()))?;
        if steps(&plan) != steps(&plan_again) {
            return Err(told(format!("{plan}became {plan_again}")));
        }
        let current = compare(&written, &options(), None).map_err(|error| told(error.to_string()))?;
        if !current.is_current() {
            return Err(told(format!(
                "written down, it is not current:\n{current}{:?}",
                current.version.hints
            )));
        }
        tried += 1;
    }
    Ok(tried)
}

/// Functions of a program stand in no document, nor do steps that depend on them.
fn steps(plan: &Plan) -> Vec<String> {
    plan.steps().map(ToString::to_string).collect()
}

#[test]
fn laws_k9_a_written_lock_leads_the_same_way() {
    let law = Law {
        test: "laws_k9_a_written_lock_leads_the_same_way",
        cases: 40,
        share: 20,
        histories: Histories::Accepted,
        size: HistorySize::default(),
        check: written_versions_lead_the_same_way,
    };
    law.hold();
}
