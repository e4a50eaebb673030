//! Rows whose key changes, and rows that come back: which of them meet.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use quanta_storage::Snapshot;

use crate::catalog::{for_each, keys};
use crate::error::Result;
use crate::program::OwnCodeTable;
use crate::progress::Stage;
use crate::txn::{CarryError, Route, translate};
use crate::value::show_key;

use super::check::{Checked, moved_key, rows_after};
use super::duplicates::{Room, find_duplicates};
use super::shift::Shift;
use super::victims::read_victims;

/// Notes every row whose new key a row with a lower key before has too. Looking for them takes what there is room for.
///
/// # Errors
///
/// Those of the engine, and damage.
pub fn note_meeting_keys(
    (snapshot, room): (&Arc<dyn Snapshot>, &Room),
    shift: &Shift,
    (routes, code): (&BTreeMap<u32, Route>, &dyn OwnCodeTable),
    (checked, stage): (&mut Checked, &mut Stage),
) -> Result<()> {
    let Some(before) = &shift.before else {
        return Ok(());
    };
    let found = find_duplicates(
        room,
        &mut |see| {
            stage.again();
            rows_after(snapshot, before.space, None, routes, &mut |row| {
                stage.row()?;
                match translate(
                    snapshot.as_ref(),
                    before.space,
                    row.key,
                    row.route,
                    row.body,
                    code,
                ) {
                    Ok(body) => match moved_key(shift, &body) {
                        Ok(key) => see(row.key, &key),
                        Err(_) => Ok(ControlFlow::Continue(())),
                    },
                    // That it doesn't fit was noted already.
                    Err(CarryError::Row(_)) => Ok(ControlFlow::Continue(())),
                    Err(CarryError::Engine(error)) => Err(error),
                }
            })
        },
        &mut |_| Ok(()),
    )?;
    let schema = &shift.versions[&before.version].schema;
    let listed = found.first.len() as u64;
    for duplicate in &found.first {
        let key = duplicate
            .value
            .as_deref()
            .map(|key| show_key(shift.schema(), key));
        let problem = format!(
            "the row {} has the new key {} too",
            show_key(schema, &duplicate.survivor),
            key.unwrap_or_default()
        );
        checked.note(shift, &duplicate.row_key, Some(shift.stopped_at_key(problem)));
    }
    checked.note_unlisted(shift, found.count - listed);
    Ok(())
}

/// Counts the rows that were taken out and would come back, and those whose key a live row has. Where keys change,
/// only a build knows the latter.
///
/// # Errors
///
/// Those of the engine.
pub fn count_returning(snapshot: &dyn Snapshot, shift: &Shift, checked: &mut Checked) -> Result<()> {
    let Some(before) = &shift.before else {
        return Ok(());
    };
    for edge in shift.returning() {
        for_each(
            snapshot,
            &keys::victims_of(before.space, edge),
            &mut |key, value| {
                let row_key = &key[keys::VICTIM_PREFIX_BYTES..];
                let rows = read_victims(edge, value)?.len() as u64;
                let is_taken = snapshot.get(&keys::row(before.space, row_key), &mut |_| {})?;
                let returned = if shift.rekeys() {
                    rows
                } else {
                    u64::from(!is_taken)
                };
                checked.rows_returned += returned;
                checked.rows_left_out += rows - returned;
                Ok(())
            },
        )?;
    }
    Ok(())
}
