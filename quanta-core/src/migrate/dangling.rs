//! References that a change adds: rows that refer to nothing are refused.

use std::ops::ControlFlow;
use std::sync::Arc;

use quanta_storage::Snapshot;

use crate::catalog::keys;
use crate::codec::Projection;
use crate::diff::{Change, Refusal, RefusalKind, Side, Step, Target, stays};
use crate::error::Result;
use crate::plan::{Version, key_positions};
use crate::schema::Reference;

use super::constraints::LazyStage;
use super::objects::{Candidate, RowPlace, Spaces};

/// Rows that refer to nothing that are listed by key.
const SHOWN_ROWS_MAX: usize = 10;

/// A reference that rows are held to.
pub(super) struct HeldReference<'a> {
    reference: &'a Reference,
    /// What the key in the other table consists of.
    projection: Projection,
    /// The space of the other table; none if rows refer by a key that it has no longer.
    space: Option<u32>,
    count: u64,
    first: Vec<String>,
}

/// Looks for rows whose references lead nowhere. Returns what is refused, and how many rows were looked at.
///
/// # Errors
///
/// Those of the engine, and damage.
pub(super) fn check_references(
    snapshot: &Arc<dyn Snapshot>,
    candidate: &Candidate<'_>,
    mut checked: Vec<HeldReference<'_>>,
    stage: &mut LazyStage<'_>,
) -> Result<(Vec<Refusal>, u64)> {
    if checked.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let stage = stage.again()?;
    let rows = candidate.rows(snapshot, &mut |row_key, body| {
        stage.row()?;
        for reference in &mut checked {
            let keys_referred_to = reference.projection.of_row(body);
            for key in keys_referred_to.map_err(|error| candidate.damaged(&error.to_string()))? {
                if !reference.is_there(snapshot, &key)? {
                    reference.count += 1;
                    if reference.first.len() < SHOWN_ROWS_MAX {
                        reference.first.push(candidate.show_key(row_key));
                    }
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let refused = checked
        .into_iter()
        .filter(|reference| reference.count > 0 || reference.space.is_none());
    Ok((
        refused
            .map(|reference| reference.refusal(&candidate.shift.after.name))
            .collect(),
        rows,
    ))
}

/// Lists the references that rows may not hold to yet.
///
/// # Errors
///
/// If the catalogue is damaged.
pub(super) fn held_references<'a>(
    candidate: &Candidate<'a>,
    spaces: &Spaces<'_>,
) -> Result<Vec<HeldReference<'a>>> {
    let shift = candidate.shift;
    let after = &shift.versions[&shift.after.version];
    let before = shift
        .before
        .as_ref()
        .and_then(|before| shift.versions.get(&before.version));
    let targets =
        |version: &Version| -> Vec<Option<Target>> { version.targets.iter().cloned().map(Some).collect() };
    let is_converted = |step: &Step| {
        matches!(
            step.change,
            Change::ChangeType { by: Some(_), .. }
                | Change::RunMigration { .. }
                | Change::UndoMigration { .. }
                | Change::EditRows(_)
                | Change::UndoEdit(_)
        )
    };
    let kept = match before {
        // Rows that an own migration of whole tables wrote hold to nothing yet.
        _ if candidate.shift.is_written() => vec![false; after.schema.references.len()],
        // Rows that come back were held to nothing while they were out.
        Some(_) if candidate.finds_rows() => vec![false; after.schema.references.len()],
        // Which of the fields the program's own code converts depends on the way: any may be one.
        Some(_) if candidate.shift.steps.iter().any(is_converted) => {
            vec![false; after.schema.references.len()]
        }
        Some(before) => stays((side(before), &targets(before)), (side(after), &targets(after))),
        // A new table has no rows.
        None => return Ok(Vec::new()),
    };
    let mut checked = Vec::new();
    for ((reference, target), kept) in after.schema.references.iter().zip(&after.targets).zip(kept) {
        let place = spaces
            .get(&target.table)
            .ok_or_else(|| candidate.damaged("it refers to a table that was never there"))?;
        if kept && !place.moves {
            continue;
        }
        let positions = positions(candidate, reference, target, place);
        let space = match (&positions, place.space) {
            (None, _) => None,
            (Some(_), Some(space)) => Some(space),
            // A look at what would happen doesn't carry rows to their new keys.
            (Some(_), None) => continue,
        };
        let positions = positions.unwrap_or_else(|| target.key_positions.clone());
        // The key in the other table has its fields in the order of that key.
        let mut fields: Vec<(&u32, &String)> = positions.iter().zip(&reference.fields).collect();
        fields.sort();
        let fields = fields.into_iter().map(|(_, field)| field);
        let projection = Projection::new(&after.schema, fields);
        checked.push(HeldReference {
            reference,
            projection: projection.map_err(|problem| candidate.damaged(&problem))?,
            space,
            count: 0,
            first: Vec::new(),
        });
    }
    Ok(checked)
}

/// Says where in the key of the other table each field of a reference stands; none if it is another key by now. What
/// the version says is right as long as the key consists of the same fields, whatever they are called.
fn positions(
    candidate: &Candidate<'_>,
    reference: &Reference,
    target: &Target,
    place: &RowPlace<'_>,
) -> Option<Vec<u32>> {
    let stands = candidate.shift.hops.is_empty() && !candidate.shift.makes_version();
    match place.shift {
        // Nobody would write into the version that the same fields stand elsewhere in the key.
        Some(parent) if stands && parent.has_another_key() => Some(parent)
            .filter(|parent| parent.after.name == reference.table)
            .and_then(|parent| key_positions(reference, parent.schema()))
            .filter(|positions| *positions == target.key_positions),
        _ => Some(target.key_positions.clone()),
    }
}

fn side(version: &Version) -> Side<'_> {
    Side {
        schema: &version.schema,
        slots: &version.slots,
        converted: &[],
    }
}

impl HeldReference<'_> {
    fn is_there(&self, snapshot: &Arc<dyn Snapshot>, key: &[u8]) -> Result<bool> {
        let Some(space) = self.space else {
            return Ok(false);
        };
        Ok(snapshot.get(&keys::row(space, key), &mut |_| {})?)
    }

    fn refusal(self, table: &str) -> Refusal {
        let parent = &self.reference.table;
        let (why, fix) = match self.space {
            Some(_) => (
                "that aren't there",
                format!(
                    "change these rows, or put what is missing into {parent}, with the program that wrote them"
                ),
            ),
            None => (
                // Also without such rows: those that are to come would be held to another key.
                "by a key that it has no longer",
                format!("open with the entity of {table} too, and let it refer to the new key"),
            ),
        };
        let mut problem = format!("{} rows refer to rows of {parent} {why}", self.count);
        for key in &self.first {
            problem.push_str(&format!("\n    {key}"));
        }
        let shown = self.first.len() as u64;
        if self.count > shown {
            problem.push_str(&format!("\n    and {} more", self.count - shown));
        }
        Refusal {
            kind: RefusalKind::Rows,
            table: table.to_owned(),
            path: self.reference.fields.join(", "),
            problem,
            fixes: vec![fix, "leave the reference out".to_owned()],
        }
    }
}
