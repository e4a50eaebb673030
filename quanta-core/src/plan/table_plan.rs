//! Plans of single tables: of one that is stored, of a new one, of one that is dropped.

use std::collections::{BTreeMap, BTreeSet};

use crate::codec::Class;
use crate::diff::{Change, Step, TableDiff, Way, natural_zero, said_names};
use crate::schema::{NodeId, TableHints};

use super::decide::DeclaredTable;
use super::labels::{index_names, index_renames};
use super::plan::{Loss, Movement, TablePlan, restorations};
use super::stored::{Counters, Presence, StoredTable};
use super::tree::Hop;

/// Builds the plan of a stored table; none if nothing happens to it.
pub(super) fn table_plan(
    table: &StoredTable,
    declaration: &DeclaredTable<'_>,
    movement: Movement,
) -> Result<Option<TablePlan>, String> {
    let state = &table.head.state;
    let mut steps = Vec::new();
    if state.name != declaration.name {
        let change = Change::RenameTable {
            from: state.name.clone(),
        };
        steps.push(Step::new(declaration.name, change));
    }
    let index_ids = match &movement {
        Movement::Change { diff } => &diff.index_ids,
        Movement::Travel { to, .. } | Movement::Reenter { to, .. } => {
            let version = table.versions.get(to);
            &version
                .ok_or_else(|| format!("version {to} is missing"))?
                .index_ids
        }
        _ => &state.index_ids,
    };
    let names = index_names(declaration.schema);
    steps.extend(index_renames(declaration.name, state, index_ids, &names));
    match &movement {
        Movement::Change { diff } => steps.extend(diff.steps.iter().cloned()),
        Movement::Travel { hops, .. } => steps.extend(steps_along(table, hops)?),
        Movement::Reenter { hops, .. } => {
            steps.push(Step::new(declaration.name, Change::CreateTable));
            steps.extend(steps_along(table, hops)?);
        }
        _ => {}
    }
    let write_defaults = explicit_defaults(declaration);
    if movement == Movement::Relabel {
        steps.extend(default_steps(&state.write_defaults, declaration, &write_defaults));
    }
    let is_relabelled = movement != Movement::Relabel || !steps.is_empty();
    if !is_relabelled && table.head.hints_digest == declaration.hints_digest {
        return Ok(None);
    }
    let said: BTreeSet<String> = declaration.hints.renamed_from.iter().cloned().collect();
    let before = table
        .versions
        .get(&state.version)
        .map(|version| state.labelled(&version.schema));
    Ok(Some(TablePlan {
        table: Some(table.id),
        name: declaration.name.to_owned(),
        renamed_from: Some(state.name.clone()).filter(|name| name != declaration.name),
        losses: losses(&steps),
        restored: restorations(&steps),
        movement,
        steps,
        before: before.filter(|_| state.presence == Presence::Live),
        after: Some(declaration.schema.clone()),
        rows_checked: None,
        rows_dropped: 0,
        first_dropped: Vec::new(),
        sample: None,
        rows_returned: 0,
        rows_left_out: 0,
        write_defaults,
        frozen: BTreeMap::new(),
        hints_digest: declaration.hints_digest,
        consumed_names: table.head.consumed_names.union(&said).cloned().collect(),
    }))
}

pub(super) fn create(declaration: &DeclaredTable<'_>, counters: &mut Counters) -> TablePlan {
    let diff = fresh(declaration, counters);
    TablePlan {
        table: None,
        name: declaration.name.to_owned(),
        renamed_from: None,
        movement: Movement::Create { diff: Box::new(diff) },
        steps: vec![Step::new(declaration.name, Change::CreateTable)],
        before: None,
        after: Some(declaration.schema.clone()),
        losses: Vec::new(),
        restored: Vec::new(),
        rows_checked: None,
        rows_dropped: 0,
        first_dropped: Vec::new(),
        sample: None,
        rows_returned: 0,
        rows_left_out: 0,
        write_defaults: explicit_defaults(declaration),
        frozen: BTreeMap::new(),
        hints_digest: declaration.hints_digest,
        consumed_names: declaration.hints.renamed_from.iter().cloned().collect(),
    }
}

/// Numbers the slots and indexes of a new table, and consumes all of its hints.
fn fresh(declaration: &DeclaredTable<'_>, counters: &mut Counters) -> TableDiff {
    let mut slots = BTreeMap::new();
    for (index, node) in (0_u32..).zip(declaration.schema.shape.nodes()) {
        for position in 0..node.slot_count() {
            slots.insert((NodeId(index), position), counters.slot);
            counters.slot += 1;
        }
    }
    let hints = declaration.hints.slots.iter();
    let consumed = hints
        .filter_map(|(slot, hint)| slots.get(slot).map(|id| (id, hint)))
        .flat_map(|(id, hint)| said_names(hint).map(move |name| (*id, name)))
        .collect();
    let index_ids = (counters.index..).take(declaration.schema.indexes.len());
    let index_ids: Vec<u32> = index_ids.collect();
    counters.index += u32::try_from(index_ids.len()).unwrap_or(u32::MAX);
    TableDiff {
        steps: Vec::new(),
        lens: Default::default(),
        slots,
        next_slot: counters.slot,
        consumed,
        // Rows that are born in the new shape need no migration.
        migrations: declaration
            .migrations
            .iter()
            .map(|migration| migration.id.clone())
            .collect(),
        index_ids,
        next_index: counters.index,
        refusals: Vec::new(),
    }
}

pub(super) fn drop_table(table: &StoredTable) -> TablePlan {
    let state = &table.head.state;
    let step = Step::new(&state.name, Change::DropTable);
    TablePlan {
        table: Some(table.id),
        name: state.name.clone(),
        renamed_from: None,
        movement: Movement::Drop,
        losses: losses(std::slice::from_ref(&step)),
        restored: Vec::new(),
        steps: vec![step],
        before: table
            .versions
            .get(&state.version)
            .map(|version| state.labelled(&version.schema)),
        after: None,
        rows_checked: None,
        rows_dropped: 0,
        first_dropped: Vec::new(),
        sample: None,
        rows_returned: 0,
        rows_left_out: 0,
        write_defaults: Vec::new(),
        frozen: BTreeMap::new(),
        hints_digest: table.head.hints_digest,
        consumed_names: table.head.consumed_names.clone(),
    }
}

/// Lists the steps of recorded edges in the direction in which they are taken.
///
/// # Errors
///
/// If an edge is missing.
pub fn steps_along(table: &StoredTable, hops: &[Hop]) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for (child, way) in hops {
        let edge = table
            .versions
            .get(child)
            .and_then(|version| version.edge.as_ref());
        let edge = edge.ok_or_else(|| format!("the edge into version {child} is missing"))?;
        match way {
            Way::Up => steps.extend(edge.steps.iter().cloned()),
            Way::Down => steps.extend(edge.steps.iter().rev().map(Step::inverse)),
        }
    }
    Ok(steps)
}

fn losses(steps: &[Step]) -> Vec<Loss> {
    let lossy = steps.iter().filter(|step| step.class == Class::Lossy);
    lossy
        .map(|step| Loss {
            step: step.to_string(),
            rows: None,
            first: Vec::new(),
        })
        .collect()
}

/// Lists the encoded values that stand for fields which are left out: explicit defaults, and the default variants
/// that the shape alone doesn't tell.
fn explicit_defaults(declaration: &DeclaredTable<'_>) -> Vec<(String, Vec<u8>)> {
    let shape = &declaration.schema.shape;
    let fields = shape.fields().iter().enumerate();
    fields
        .filter_map(|(position, field)| {
            let explicit = declaration.hints.slot((NodeId::ROOT, position)).default;
            let hinted = || natural_zero(shape, field.node, declaration.hints);
            let untold = natural_zero(shape, field.node, &TableHints::default()).is_none();
            let default = explicit.or_else(|| hinted().filter(|_| untold))?;
            Some((field.name.clone(), default))
        })
        .collect()
}

/// Lists the changes of explicit defaults of fields that stay.
fn default_steps(
    before: &BTreeMap<String, Vec<u8>>,
    declaration: &DeclaredTable<'_>,
    after: &[(String, Vec<u8>)],
) -> Vec<Step> {
    let fields = declaration.schema.shape.fields().iter();
    fields
        .filter_map(|field| {
            let from = before.get(&field.name).cloned();
            let to = after
                .iter()
                .find(|(name, _)| *name == field.name)
                .map(|(_, value)| value.clone());
            let change = Change::SetDefault {
                path: field.name.clone(),
                from: from.clone(),
                to: to.clone(),
            };
            (from != to).then(|| Step::new(declaration.name, change))
        })
        .collect()
}
