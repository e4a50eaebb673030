//! What a plan says of values that it would give back, and that were forgotten.

use std::collections::BTreeMap;

use quanta_storage::Snapshot;

use crate::catalog::read_versions;
use crate::diff::Way;
use crate::error::Result;
use crate::plan::{
    Forgotten, ForgottenPart, Head, LedgerRecord, Movement, Plan, Presence, TablePlan, Version,
};

use super::consequence::consequences;

/// Tells whether a plan would give back anything that may have been forgotten: then the ledger is worth reading.
pub(super) fn gives_back(plan: &Plan) -> bool {
    plan.tables.iter().any(|table| match &table.movement {
        Movement::Travel { .. } | Movement::Reenter { .. } | Movement::Follow { .. } => true,
        Movement::Change { diff } => !diff.lens.restores.is_empty(),
        Movement::Create { .. } | Movement::Relabel | Movement::Drop => false,
    })
}

/// Adds to a plan what was forgotten of all that it would give back, and what rows get instead.
pub(super) fn foretell(
    plan: &mut Plan,
    snapshot: &dyn Snapshot,
    head: &Head,
    ledger: &[LedgerRecord],
) -> Result<()> {
    let mut notes = Vec::new();
    for table in &plan.tables {
        let Some(id) = table.table else { continue };
        for record in ledger {
            let of_table = record.forgotten.iter().filter(|one| one.table == id);
            let of_table: Vec<&Forgotten> = of_table.collect();
            if of_table.is_empty() {
                continue;
            }
            let versions = read_versions(snapshot, id)?;
            let presence = head
                .tables
                .get(&id)
                .map_or(Presence::Live, |table| table.state.presence);
            for forgotten in of_table {
                let kept = kept_of(&forgotten.part);
                let sequence = record.sequence;
                let told = told(table, &forgotten.part, &versions, presence).into_iter();
                notes.extend(
                    told.map(|told| format!("{told}; {kept} forgotten, by ledger record {sequence}")),
                );
            }
        }
    }
    plan.notes.extend(notes);
    Ok(())
}

fn kept_of(part: &ForgottenPart) -> String {
    match part {
        ForgottenPart::Edge { edge, .. } => {
            format!(
                "{} entries that were kept between version {edge} and its parent were",
                part.total().records
            )
        }
        ForgottenPart::Rows { .. } => "they were".to_owned(),
    }
}

/// Says what a plan can't give back of one part.
fn told(
    table: &TablePlan,
    part: &ForgottenPart,
    versions: &BTreeMap<u32, Version>,
    presence: Presence,
) -> Vec<String> {
    let name = &table.name;
    match (part, &table.movement) {
        (
            ForgottenPart::Edge { edge, .. },
            Movement::Travel { hops, .. } | Movement::Reenter { hops, .. } | Movement::Follow { hops, .. },
        ) => {
            let passed: Vec<Way> = hops
                .iter()
                .filter(|(hop, _)| hop == edge)
                .map(|(_, way)| *way)
                .collect();
            consequences(name, versions, part, &passed)
        }
        (ForgottenPart::Edge { edge, up, .. }, Movement::Change { diff }) if !up.is_empty() => {
            let restores = diff.lens.restores.iter().filter(|restore| restore.edge == *edge);
            restores
                .map(|restore| {
                    format!(
                        "{name}.{}: rows get nothing back that was kept of {}",
                        restore.path, restore.from
                    )
                })
                .collect()
        }
        (ForgottenPart::Rows { rows, .. }, _) if presence != Presence::Live && table.after.is_some() => {
            vec![format!(
                "{name}: the table comes back without its {} rows",
                rows.records
            )]
        }
        _ => Vec::new(),
    }
}
