//! What a schema has besides its shape, while steps are applied to it: the key, indexes and references.

use crate::schema::{IndexDef, Reference, Schema, Shape};

use super::super::lens::Way;
use super::super::step::{Change, Step};
use super::path::{Part, parse};

/// What a schema has besides its shape. Whatever stays follows its fields through renames.
pub(super) struct Objects {
    key: Vec<String>,
    indexes: Vec<IndexDef>,
    references: Vec<Reference>,
}

impl Objects {
    /// Takes what stays of a schema, by the names afterwards.
    pub(super) fn of(schema: &Schema, steps: &[Step], way: Way) -> Self {
        let mut objects = Self {
            key: schema.key.clone(),
            indexes: schema.indexes.clone(),
            references: schema.references.clone(),
        };
        for step in steps {
            objects.remove(&step.change);
        }
        let indexed = objects.indexes.iter_mut().flat_map(|index| &mut index.fields);
        let indexed = indexed.map(|field| &mut field.path);
        let referring = objects
            .references
            .iter_mut()
            .flat_map(|reference| &mut reference.fields);
        for field in objects.key.iter_mut().chain(indexed).chain(referring) {
            *field = renamed(field, steps, way);
        }
        objects
    }

    /// Takes out what goes, and gives indexes their names: what goes is known by what it is about, as names are labels.
    fn remove(&mut self, change: &Change) {
        match change {
            Change::DropIndex { index } | Change::AlterIndex { from: index, .. } => {
                let mut known = self.indexes.iter();
                let found =
                    known.position(|known| known.fields == index.fields && known.unique == index.unique);
                found.map(|at| self.indexes.remove(at));
            }
            Change::DropReference { reference } | Change::AlterReference { from: reference, .. } => {
                let same = |known: &Reference| known.fields == reference.fields && known.to == reference.to;
                let found = self.references.iter().position(same);
                found.map(|at| self.references.remove(at));
            }
            Change::RenameIndex { from, to } => {
                let mut known = self.indexes.iter_mut();
                if let Some(index) = known.find(|index| index.name == *from) {
                    index.name.clone_from(to);
                }
            }
            _ => {}
        }
    }

    /// Adds what comes.
    pub(super) fn add(&mut self, change: &Change) {
        match change {
            Change::BuildIndex { index } | Change::AlterIndex { to: index, .. } => {
                self.give_up_name(&index.name);
                self.indexes.push(index.clone());
            }
            Change::AddReference { reference } | Change::AlterReference { to: reference, .. } => {
                self.references.push(reference.clone());
            }
            Change::ChangeKey { to, .. } => self.key.clone_from(to),
            _ => {}
        }
    }

    /// Gives an index that stays another name if one that comes has its own: what it is called then, no step tells.
    fn give_up_name(&mut self, name: &str) {
        let is_taken = |indexes: &[IndexDef], name: &str| indexes.iter().any(|index| index.name == name);
        if let Some(position) = self.indexes.iter().position(|index| index.name == name) {
            let mut free = format!("{name}_2");
            while is_taken(&self.indexes, &free) {
                free.push('_');
            }
            self.indexes[position].name = free;
        }
    }

    pub(super) fn finish(self, shape: Shape) -> Result<Schema, String> {
        let mut schema = Schema {
            shape,
            key: self.key,
            indexes: self.indexes,
            references: self.references,
        };
        schema.sort_objects();
        schema.check()?;
        Ok(schema)
    }
}

/// Returns the path of a field by its names afterwards. Steps go by the names of the upper side, but for the one that
/// they give up.
fn renamed(path: &str, steps: &[Step], way: Way) -> String {
    let Ok(parts) = parse(path) else {
        return path.to_owned();
    };
    let (mut upper, mut after) = (String::new(), String::new());
    for part in parts {
        let mark = match &part {
            Part::Slot(name) => {
                let given = new_name(name, &upper, steps);
                let given = given.unwrap_or(name);
                let by_upper = if way == Way::Up { given } else { name };
                push_name(&mut after, given);
                push_name(&mut upper, by_upper);
                continue;
            }
            Part::Item => "[]",
            Part::Key => "{key}",
            Part::Value => "{value}",
        };
        after.push_str(mark);
        upper.push_str(mark);
    }
    after
}

fn push_name(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

/// Finds the name that a step gives to a slot of what stands at `parent`.
fn new_name<'s>(name: &str, parent: &str, steps: &'s [Step]) -> Option<&'s str> {
    steps.iter().find_map(|step| match &step.change {
        Change::RenameField { path, from } if from == name => {
            let (outer, new) = path.rsplit_once('.').unwrap_or(("", path));
            Some(new).filter(|_| outer == parent)
        }
        _ => None,
    })
}
