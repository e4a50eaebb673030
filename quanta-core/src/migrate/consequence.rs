//! What a journey gives where something was forgotten that it would have given back.

use std::collections::BTreeMap;

use crate::codec::{Class, Decoder};
use crate::diff::{Change, Fill, Reversal, Step, Way};
use crate::plan::{Edge, ForgottenPart, Version};
use crate::schema::{NodeId, Resolution, Shape};
use crate::value::{decode_value, show_value};

/// Says what rows get on the way over an edge of which something was forgotten: a sentence for each field.
pub(super) fn consequences(
    table: &str,
    versions: &BTreeMap<u32, Version>,
    part: &ForgottenPart,
    ways: &[Way],
) -> Vec<String> {
    let ForgottenPart::Edge {
        edge,
        up,
        down,
        victims,
    } = part
    else {
        return Vec::new();
    };
    let Some(stored) = versions.get(edge).and_then(|version| version.edge.as_ref()) else {
        return Vec::new();
    };
    let mut told = Vec::new();
    for way in ways {
        // What was kept one way comes back the other.
        let kept = match way {
            Way::Down => up,
            Way::Up => down,
        };
        if !kept.is_empty() {
            told.extend(fields(table, stored, *way, kept.records));
        }
        if *way == Way::Down && !victims.is_empty() {
            told.push(format!(
                "{table}: {} rows that were taken out don't come back",
                victims.records
            ));
        }
    }
    told
}

fn fields(table: &str, edge: &Edge, way: Way, rows: u64) -> Vec<String> {
    let steps = edge.steps.iter();
    let told = steps.filter_map(|step| match way {
        Way::Down => going_back(step),
        Way::Up => going_on(step),
    });
    let mut told: Vec<String> = told
        .map(|(path, gets)| {
            let place = if path.is_empty() {
                table.to_owned()
            } else {
                format!("{table}.{path}")
            };
            format!("{place}: {gets}")
        })
        .collect();
    if told.is_empty() {
        told.push(format!("{table}: {rows} rows go over it as rows born later do"));
    }
    told
}

/// Returns the path of what a step kept, and what rows get instead on the way down.
fn going_back(step: &Step) -> Option<(String, String)> {
    match &step.change {
        Change::DropField { path, ty, fill } => Some((path.clone(), filled(fill, ty))),
        Change::RestoreField { path, from } => Some((
            path.clone(),
            format!("rows keep what they got of {from}; what they held before that is gone"),
        )),
        Change::ChangeType {
            by: Some(by), path, ..
        } => Some((
            path.clone(),
            match &by.down {
                Some(down) => format!("rows get what {down} makes of the present value"),
                None => "rows have no value to go back with, and are refused".to_owned(),
            },
        )),
        Change::ChangeType { path, from, .. } if step.class != Class::Exact => Some((
            path.clone(),
            format!("rows get the present value, converted back to {from}"),
        )),
        Change::DropVariant {
            path,
            becomes: Some(other),
            ..
        } => Some((path.clone(), format!("rows keep {other}, which took its place"))),
        Change::RunMigration { id, reversal, .. } => Some((
            String::new(),
            match reversal {
                Reversal::Inverse(down) => format!("rows get what {down} makes of them"),
                Reversal::Kept | Reversal::Irreversible => {
                    format!("rows have no way back over the migration {id}, and are refused")
                }
            },
        )),
        Change::EditRows(_) => Some((String::new(), "rows stay as they are".to_owned())),
        Change::ChangeKey {
            on_failure: Some(Resolution::DropRow),
            ..
        }
        | Change::AddField { .. } => None,
        _ => None,
    }
}

/// Returns the path of what going back kept, and what rows get instead on the way up again.
fn going_on(step: &Step) -> Option<(String, String)> {
    match &step.change {
        Change::AddField { path, ty, fill } => Some((path.clone(), filled(fill, ty))),
        Change::ChangeType {
            by: Some(by), path, ..
        } => Some((
            path.clone(),
            format!("rows get what {} makes of the value below", by.up),
        )),
        Change::ChangeType { path, to, .. } if step.class_back != Class::Exact => Some((
            path.clone(),
            format!("rows get the value below, converted to {to}"),
        )),
        Change::RestoreField { path, from } => Some((
            path.clone(),
            format!("rows get what is kept of {from}, and nothing they were given since"),
        )),
        Change::RunMigration { id, .. } => Some((
            String::new(),
            format!("rows get what the migration {id} makes of them"),
        )),
        Change::EditRows(edit) => Some((String::new(), format!("rows get what {} makes of them", edit.id))),
        _ => None,
    }
}

fn filled(fill: &Fill, ty: &str) -> String {
    match fill {
        Fill::Value(bytes) => match shown(bytes, ty) {
            Some(value) => format!("rows get {value}"),
            None => "rows get what was frozen with the change".to_owned(),
        },
        Fill::Once(name) => format!("rows get what {name} gave"),
        Fill::Computed(name) => format!("rows get what {name} makes of them"),
        Fill::Missing => "there is no fallback, and rows are refused".to_owned(),
    }
}

/// Shows an encoded value; none if its type is not said in full.
fn shown(bytes: &[u8], ty: &str) -> Option<String> {
    let shape: Shape = ty.parse().ok()?;
    let mut input = Decoder::new(bytes);
    let value = decode_value(&shape, NodeId::ROOT, &mut input).ok()?;
    Some(show_value(&value))
}
