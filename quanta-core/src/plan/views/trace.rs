//! Following the paths of a view through the schemas of tables: by names when it is declared, by ids ever after.

use serde::{Deserialize, Serialize};

use crate::schema::{ACROSS, Node, NodeId, Shape};

use super::super::stored::{Presence, Version};
use super::tables::{TableAfter, TablesAfter};

/// What a view reads at one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPath {
    /// The way there, by ids: renames leave it as it is.
    pub steps: Vec<ReadStep>,
    /// The type at its end.
    pub shape: Shape,
}

/// One step on the way to what a view reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadStep {
    /// Into a row of the table with that id: the row itself, or one that is referred to from where the way is.
    Row(u32),
    /// Into the field, position or variant with that id.
    Slot(u32),
    /// Into an option.
    Some,
    /// Into each item.
    Items,
    /// Into each key.
    Keys,
    /// Into each value.
    Values,
}

/// The names on a way that is followed by ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// That of the table whose rows it begins in.
    pub table: String,
    /// The path.
    pub path: String,
}

/// A place in the rows of a table.
struct Place<'a> {
    /// The name of the table in whose rows the way begins.
    first: &'a str,
    table: TableAfter<'a>,
    node: NodeId,
    steps: Vec<ReadStep>,
    /// Where in the steps the row begins.
    row: usize,
    /// The way in names, as a path has them.
    names: String,
}

impl ReadPath {
    /// Follows a path of names from the rows of a table on.
    ///
    /// # Errors
    ///
    /// Says which part of it names what isn't there.
    pub fn by_names(tables: &TablesAfter<'_>, table: u32, path: &str) -> Result<Self, String> {
        let mut place = Place::at(tables, table).ok_or("the table isn't there")?;
        let mut parts = path.split(ACROSS);
        place.enter_path(parts.next().unwrap_or_default())?;
        for part in parts {
            let target = place
                .referred()
                .ok_or_else(|| format!("what stands before `{ACROSS}{part}` is no reference"))?;
            place.cross(tables, target)?;
            place.enter_path(part)?;
        }
        Ok(place.read())
    }

    /// Returns the id of the table whose rows it begins in.
    pub(super) fn table(&self) -> Option<u32> {
        match self.steps.first() {
            Some(ReadStep::Row(table)) => Some(*table),
            _ => None,
        }
    }

    /// Follows the same way in tables as they are after a change. Returns the names on it.
    ///
    /// # Errors
    ///
    /// Says what about it is no more.
    pub fn again(&self, tables: &TablesAfter<'_>) -> Result<Named, String> {
        let Some((ReadStep::Row(table), steps)) = self.steps.split_first() else {
            return Err("it reads nothing".to_owned());
        };
        let mut place = Place::at(tables, *table).ok_or("the table goes")?;
        for step in steps {
            place.enter(tables, *step)?;
        }
        if place.steps != self.steps {
            return Err("what it leads through may be missing then".to_owned());
        }
        let (table, path) = (place.first, std::mem::take(&mut place.names));
        let found = place.read();
        if !found.shape.is_same_as(&self.shape) {
            return Err(format!("it is {}, and becomes {}", self.shape, found.shape));
        }
        Ok(Named {
            table: table.to_owned(),
            path,
        })
    }
}

impl<'a> Place<'a> {
    fn at(tables: &TablesAfter<'a>, id: u32) -> Option<Self> {
        let table = tables.get(&id).filter(|table| table.presence == Presence::Live)?;
        Some(Self {
            first: table.name,
            table: *table,
            node: NodeId::ROOT,
            steps: vec![ReadStep::Row(id)],
            row: 0,
            names: String::new(),
        })
    }

    fn version(&self) -> &'a Version {
        self.table.version
    }

    fn shape(&self) -> &'a Shape {
        &self.version().schema.shape
    }

    fn read(self) -> ReadPath {
        ReadPath {
            shape: self.shape().sub_shape(self.node),
            steps: self.steps,
        }
    }

    fn strip(&mut self) {
        while let Node::Option(item) = self.shape().node(self.node) {
            self.steps.push(ReadStep::Some);
            self.node = *item;
        }
    }

    fn enter_path(&mut self, path: &str) -> Result<(), String> {
        let mut rest = path;
        while !rest.is_empty() {
            self.strip();
            rest = rest.trim_start_matches('.');
            rest = rest.strip_prefix("::").unwrap_or(rest);
            let parts = [
                ("[]", ReadStep::Items),
                ("{key}", ReadStep::Keys),
                ("{value}", ReadStep::Values),
            ];
            if let Some((form, step)) = parts.into_iter().find(|(form, _)| rest.starts_with(form)) {
                self.enter_part(step)
                    .ok_or_else(|| format!("`{path}` goes into parts of what has none"))?;
                rest = &rest[form.len()..];
                continue;
            }
            let end = rest.find(['.', '[', '{', ':']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            self.enter_name(name)
                .ok_or_else(|| format!("`{path}` is missing: there is no `{name}`"))?;
            rest = after;
        }
        Ok(())
    }

    fn enter_name(&mut self, name: &str) -> Option<()> {
        let position = match self.shape().node(self.node) {
            Node::Struct { fields, .. } => fields.iter().position(|field| field.name == name),
            Node::Enum { variants, .. } => variants.iter().position(|variant| variant.name == name),
            Node::Tuple(_) => name.parse().ok(),
            _ => None,
        }?;
        let id = self.version().slots.get(&(self.node, position))?;
        self.node = *self.shape().node(self.node).children().get(position)?;
        self.steps.push(ReadStep::Slot(*id));
        Some(())
    }

    fn enter_part(&mut self, step: ReadStep) -> Option<()> {
        let node = match (self.shape().node(self.node), step) {
            (Node::List(item) | Node::Set(item) | Node::Array(item, _), ReadStep::Items)
            | (Node::Map(item, _), ReadStep::Keys)
            | (Node::Map(_, item), ReadStep::Values)
            | (Node::Option(item), ReadStep::Some) => *item,
            _ => return None,
        };
        self.node = node;
        self.steps.push(step);
        self.names.push_str(match step {
            ReadStep::Items => "[]",
            ReadStep::Keys => "{key}",
            ReadStep::Values => "{value}",
            ReadStep::Row(_) | ReadStep::Slot(_) | ReadStep::Some => "",
        });
        Some(())
    }

    fn enter(&mut self, tables: &TablesAfter<'a>, step: ReadStep) -> Result<(), String> {
        match step {
            ReadStep::Row(target) => self.cross(tables, target),
            ReadStep::Slot(id) => self.enter_slot(id),
            part => self
                .enter_part(part)
                .ok_or_else(|| "what it leads through becomes something else".to_owned()),
        }
    }

    fn enter_slot(&mut self, id: u32) -> Result<(), String> {
        let node = self.shape().node(self.node);
        if matches!(node, Node::Option(_)) {
            return Err("what it leads through may be missing then".to_owned());
        }
        let slots = &self.version().slots;
        let children = node.children();
        let position = (0..children.len()).find(|position| slots.get(&(self.node, *position)) == Some(&id));
        let position = position.ok_or("it goes")?;
        let is_first = self.names.is_empty() || self.names.ends_with(ACROSS);
        let dot = if is_first { "" } else { "." };
        match node {
            Node::Struct { fields, .. } => self.names.push_str(&format!("{dot}{}", fields[position].name)),
            Node::Enum { variants, .. } => self.names.push_str(&format!("::{}", variants[position].name)),
            _ => self.names.push_str(&format!("{dot}{position}")),
        }
        self.node = children[position];
        self.steps.push(ReadStep::Slot(id));
        Ok(())
    }

    /// Goes on in the rows of a table that is referred to from here.
    fn cross(&mut self, tables: &TablesAfter<'a>, target: u32) -> Result<(), String> {
        self.strip();
        if !self.references().any(|referred| referred == target) {
            return Err(
                "what it leads through refers to rows no more, or to those of another table".to_owned(),
            );
        }
        let other = Self::at(tables, target).ok_or("the table that it leads to goes")?;
        self.names.push_str(ACROSS);
        self.row = self.steps.len();
        self.steps.push(ReadStep::Row(target));
        (self.table, self.node) = (other.table, other.node);
        Ok(())
    }

    /// Finds the table that is referred to from here.
    fn referred(&self) -> Option<u32> {
        self.references().next()
    }

    /// Lists the tables that references lead to which stand here.
    fn references(&self) -> impl Iterator<Item = u32> {
        let Version { schema, targets, .. } = self.version();
        let references = schema.references.iter().zip(targets);
        let here = references.filter(|(reference, _)| self.is_of(&reference.fields));
        let found: Vec<u32> = here.map(|(_, target)| target.table).collect();
        found.into_iter()
    }

    /// Tells whether fields are what stands here: a composite key is a tuple, of which each position is one of them.
    fn is_of(&self, fields: &[String]) -> bool {
        let here = without_options(&self.steps[self.row..]);
        let positions = usize::from(fields.len() > 1);
        fields.iter().all(|field| {
            let mut place = Self {
                first: self.first,
                table: self.table,
                node: NodeId::ROOT,
                steps: vec![self.steps[self.row]],
                row: 0,
                names: String::new(),
            };
            let is_found = place.enter_path(field).is_ok();
            let way = without_options(&place.steps);
            is_found && way.len() == here.len() + positions && way.starts_with(&here)
        })
    }
}

fn without_options(steps: &[ReadStep]) -> Vec<ReadStep> {
    let is_no_option = |step: &&ReadStep| **step != ReadStep::Some;
    steps.iter().filter(is_no_option).copied().collect()
}
