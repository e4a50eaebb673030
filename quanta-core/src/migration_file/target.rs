//! The schema that a file leads to, with the hints that say how.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::codec::Encoder;
use crate::diff::{Change, Step};
use crate::schema::{
    Conversion, Initial, NodeId, Schema, Slot, SlotHint, TableHints, content, own_field, slot_at,
};
use crate::value::{encode_value, from_json};

use super::apply::CurrentTable;
use super::changes::{last_name, renamed};
use super::step::FileStep;

/// A schema with hints.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) schema: Schema,
    pub(super) hints: TableHints,
}

impl Target {
    pub(super) fn new(schema: Schema, hints: TableHints) -> Self {
        Self { schema, hints }
    }

    pub(super) fn renamed_from(mut self, name: Option<String>) -> Self {
        self.hints.renamed_from = name.into_iter().collect();
        self
    }

    /// Gives fields of the table defaults.
    pub(super) fn with_defaults(mut self, defaults: &BTreeMap<String, Json>) -> Result<Self, String> {
        for (field, default) in defaults {
            self.set_default(field, default)?;
        }
        Ok(self)
    }

    /// Lists the explicit defaults of the table's own fields.
    pub(super) fn explicit_defaults(&self) -> BTreeMap<String, Vec<u8>> {
        let fields = self.schema.shape.fields().iter().enumerate();
        fields
            .filter_map(|(position, field)| {
                let hint = self.hints.slots.get(&(NodeId::ROOT, position))?;
                Some((field.name.clone(), hint.default.clone()?))
            })
            .collect()
    }

    fn slot(&self, path: &str) -> Result<Slot, String> {
        slot_at(&self.schema.shape, path).ok_or_else(|| format!("there is no {path}"))
    }

    fn hint(&mut self, path: &str) -> Result<&mut SlotHint, String> {
        let slot = self.slot(path)?;
        Ok(self.hints.slots.entry(slot).or_default())
    }

    fn set_default(&mut self, path: &str, default: &Json) -> Result<(), String> {
        let shape = &self.schema.shape;
        let node = content(shape, self.slot(path)?).ok_or_else(|| format!("there is no {path}"))?;
        let in_default = |problem: String| format!("the default of {path}: {problem}");
        let value = from_json(shape, node, default).map_err(in_default)?;
        let mut out = Encoder::default();
        encode_value(shape, node, &value, &mut out).map_err(in_default)?;
        let bytes = out.finish().map_err(in_default)?;
        self.hint(path)?.default = Some(bytes);
        Ok(())
    }

    fn say(&mut self, step: &FileStep, before: &Schema) -> Result<(), String> {
        match step {
            FileStep::AddField {
                field,
                default,
                default_with,
                init_with,
                ..
            } => {
                if let Some(default) = default {
                    self.set_default(field, default)?;
                }
                let once = default_with.clone().map(Initial::Once);
                let initial = init_with
                    .clone()
                    .map(Initial::Computed)
                    .or(once)
                    .unwrap_or_default();
                let hint = self.hint(field)?;
                (hint.is_new, hint.initial) = (true, initial);
            }
            FileStep::AddVariant { variant, .. } => self.hint(variant)?.is_new = true,
            FileStep::RenameField { field, to, .. } => {
                self.hint(&renamed(field, to))?.renamed_from = vec![last_name(field).to_owned()];
            }
            FileStep::RenameVariant { variant, to, .. } => {
                self.hint(&renamed(variant, to))?.renamed_from = vec![last_name(variant).to_owned()];
            }
            FileStep::DropVariant {
                variant,
                becomes: Some(other),
                ..
            } => {
                let gone = last_name(variant).to_owned();
                self.hint(&renamed(variant, other))?.fallback_for.push(gone);
            }
            FileStep::ChangeType {
                field,
                default,
                on_failure,
                convert_with,
                inverse,
                ..
            } => {
                if let Some(default) = default {
                    self.set_default(field, default)?;
                }
                let takes = slot_at(&before.shape, field).and_then(|slot| content(&before.shape, slot));
                let conversion = convert_with.clone().zip(takes).map(|(name, takes)| Conversion {
                    name,
                    inverse: inverse.clone(),
                    takes: before.shape.sub_shape(takes),
                });
                let hint = self.hint(field)?;
                (hint.on_failure, hint.conversion) = (*on_failure, conversion);
            }
            FileStep::ChangeKey {
                on_failure: Some(resolution),
                ..
            } => {
                self.hints
                    .on_failure
                    .insert(crate::diff::KEY_PATH.to_owned(), *resolution);
            }
            FileStep::AddIndex {
                name,
                on_failure: Some(resolution),
                ..
            } => {
                self.hints
                    .on_failure
                    .insert(crate::diff::index_path(name), *resolution);
            }
            FileStep::SetDefault { field, default, .. } => match default {
                Some(default) => self.set_default(field, default)?,
                None => self.hint(field)?.default = None,
            },
            _ => {}
        }
        Ok(())
    }
}

/// Returns what the steps of a table say of the schema that they lead to, and its defaults.
pub(super) fn said_of(
    said: &[&FileStep],
    steps: &[Step],
    (before, after): (&CurrentTable, Schema),
) -> Result<(Target, BTreeMap<String, Vec<u8>>), String> {
    let mut target = Target::new(after, TableHints::default());
    for (field, default) in &before.defaults {
        let Some(name) = stays_as(field, steps) else {
            continue;
        };
        if slot_at(&target.schema.shape, name).is_some() {
            target.hint(name)?.default = Some(default.clone());
        }
    }
    for step in said {
        target.say(step, &before.schema)?;
    }
    let defaults = target.explicit_defaults();
    Ok((target, defaults))
}

/// Returns what a field of the table is called afterwards; none if it goes, or its default can't be what it was.
fn stays_as<'s>(field: &'s str, steps: &'s [Step]) -> Option<&'s str> {
    let goes = steps.iter().any(|step| match &step.change {
        Change::DropField { path, .. } => path == field,
        Change::AddField { path, .. }
        | Change::AddVariant { path, .. }
        | Change::DropVariant { path, .. } => path != field && own_field(path) == field,
        Change::ChangeType { path, .. } => own_field(path) == field,
        _ => false,
    });
    if goes {
        return None;
    }
    let renamed = steps.iter().find_map(|step| match &step.change {
        Change::RenameField { path, from } if from == field && !path.contains('.') => Some(path.as_str()),
        _ => None,
    });
    Some(renamed.unwrap_or(field))
}
