//! Applying steps to a schema: what a list of steps says, said as a schema.

mod draft;
mod objects;
mod path;

use crate::schema::Schema;

use super::lens::Way;
use super::step::{Change, Step};
use draft::{Draft, Marks};
use objects::Objects;
pub(super) use path::is_below;
use path::parse;

/// Applies the steps of one edge to the schema of a table: all of them, as one change.
///
/// On the way up, `schema` is the lower one and `steps` lead from it; on the way down it is the upper one, and `steps`
/// are the inverses of those that led up, in reverse order. The result has the layout of the other schema, with some
/// things that no step tells left out: names that are reused (a hint that is part of a shape), and names of embedded
/// types and of indexes that stay. A type that contains itself is unrolled where a step puts it.
///
/// # Errors
///
/// If a step names what isn't there, or a place inside of a type that contains itself which is reached only by going
/// through it once more: steps don't tell how such a type is unrolled.
pub fn apply(schema: &Schema, steps: &[Step], way: Way) -> Result<Schema, String> {
    applied(schema, steps, (way, Marks::LeftOut))
}

/// Applies steps to the schema of a table, and marks the names that are reused, as if each rename was a hint beside the
/// schema: what [`apply`] gives, as a declaration.
///
/// # Errors
///
/// As [`apply`].
pub fn apply_as_declared(schema: &Schema, steps: &[Step]) -> Result<Schema, String> {
    applied(schema, steps, (Way::Up, Marks::Derived))
}

fn applied(schema: &Schema, steps: &[Step], (way, marks): (Way, Marks)) -> Result<Schema, String> {
    let retyped: Vec<&str> = steps.iter().filter_map(retyped_path).collect();
    let mut draft = Draft::new(&schema.shape, way);
    let mut objects = Objects::of(schema, steps, way);
    for step in steps {
        let path = path_of(&step.change);
        // A change of type says all that happens inside.
        if path.is_none_or(|path| !retyped.iter().any(|outer| is_below(path, outer))) {
            apply_one(&mut draft, &step.change).map_err(|problem| format!("{step}: {problem}"))?;
        }
    }
    for step in steps {
        objects.add(&step.change);
    }
    objects.finish(draft.finish(marks)?)
}

fn retyped_path(step: &Step) -> Option<&str> {
    match &step.change {
        Change::ChangeType { path, .. } => Some(path),
        _ => None,
    }
}

impl Change {
    /// Returns the path of the field or variant that it is about; empty if it is about something else.
    #[must_use]
    pub fn path(&self) -> &str {
        path_of(self).unwrap_or_default()
    }
}

/// Returns the place that a change is about; none if it is about the table as a whole.
pub(super) fn path_of(change: &Change) -> Option<&str> {
    match change {
        Change::AddField { path, .. }
        | Change::DropField { path, .. }
        | Change::RenameField { path, .. }
        | Change::ChangeType { path, .. }
        | Change::AddVariant { path, .. }
        | Change::DropVariant { path, .. }
        | Change::RenameVariant { path, .. }
        | Change::SetDefault { path, .. } => Some(path),
        _ => None,
    }
}

/// Applies what a step says of the shape.
fn apply_one(draft: &mut Draft, change: &Change) -> Result<(), String> {
    match change {
        Change::AddField { path, ty, .. } | Change::AddVariant { path, ty } => draft.add(&parse(path)?, ty),
        Change::DropField { path, .. } | Change::DropVariant { path, .. } => draft.remove(&parse(path)?),
        Change::RenameField { path, from } | Change::RenameVariant { path, from } => {
            draft.rename(&parse(path)?, from)
        }
        Change::ChangeType { path, to, .. } => draft.retype(&parse(path)?, to),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
