//! Paths to the values that indexes and references are about: `mail`, `home.city`, `tags[]`, `scores{key}`.

use super::hints::Slot;
use super::shape::{Node, NodeId, Shape};

/// A path, resolved in a shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    /// The way from the row to the value.
    pub steps: Vec<PathStep>,
    /// The type at its end.
    pub leaf: NodeId,
}

/// One step on the way from a row to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStep {
    /// Into a field or tuple position.
    Slot(Slot),
    /// Into an option; where it is none, there is no value.
    Some,
    /// Into each item of the list, set or array at that node.
    Items(NodeId),
    /// Into each key of the map at that node.
    Keys(NodeId),
    /// Into each value of the map at that node.
    Values(NodeId),
}

impl FieldPath {
    /// Resolves the text of a path. Options on the way are gone through, but not one at the end.
    ///
    /// # Errors
    ///
    /// Says which part of the path names what isn't there.
    pub fn resolve(shape: &Shape, text: &str) -> Result<Self, String> {
        let mut path = Self {
            steps: Vec::new(),
            leaf: NodeId::ROOT,
        };
        for part in text.split('.') {
            let end = part.find(['[', '{']).unwrap_or(part.len());
            let (name, mut items) = part.split_at(end);
            path.enter_slot(shape, name)
                .map_err(|problem| format!("`{}` {problem}", text.escape_debug()))?;
            while !items.is_empty() {
                items = path
                    .enter_items(shape, items)
                    .map_err(|problem| format!("`{}` {problem}", text.escape_debug()))?;
            }
        }
        Ok(path)
    }

    /// Tells whether a row may have several values here.
    #[must_use]
    pub fn is_many(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step, PathStep::Items(_) | PathStep::Keys(_) | PathStep::Values(_)))
    }

    /// Goes through all options at the end: the type of a value that is there.
    #[must_use]
    pub fn into_value(mut self, shape: &Shape) -> Self {
        self.strip(shape);
        self
    }

    fn strip(&mut self, shape: &Shape) {
        while let Node::Option(item) = shape.node(self.leaf) {
            self.steps.push(PathStep::Some);
            self.leaf = *item;
        }
    }

    fn enter_slot(&mut self, shape: &Shape, name: &str) -> Result<(), String> {
        self.strip(shape);
        let found = match shape.node(self.leaf) {
            Node::Struct { fields, .. } => fields.iter().position(|field| field.name == name),
            Node::Tuple(items) => name.parse().ok().filter(|position| *position < items.len()),
            Node::Enum { .. } => {
                return Err("leads into an enum, and other variants have no such value".to_owned());
            }
            _ => None,
        };
        let Some(position) = found else {
            return Err("is missing".to_owned());
        };
        self.steps.push(PathStep::Slot((self.leaf, position)));
        self.leaf = shape.node(self.leaf).children()[position];
        Ok(())
    }

    /// Goes into the items that the text begins with, and returns the rest of it.
    fn enter_items<'t>(&mut self, shape: &Shape, text: &'t str) -> Result<&'t str, String> {
        self.strip(shape);
        let container = self.leaf;
        let forms = ["[]", "{key}", "{value}"];
        let form = forms.into_iter().find(|form| text.starts_with(form));
        let (step, item) = match (shape.node(container), form) {
            (Node::List(item) | Node::Set(item) | Node::Array(item, _), Some("[]")) => {
                (PathStep::Items(container), *item)
            }
            (Node::Map(key, _), Some("{key}")) => (PathStep::Keys(container), *key),
            (Node::Map(_, value), Some("{value}")) => (PathStep::Values(container), *value),
            _ => {
                return Err(format!(
                    "is no path: `{}` stands at a type that it doesn't fit",
                    text.escape_debug()
                ));
            }
        };
        self.steps.push(step);
        self.leaf = item;
        Ok(form.map_or("", |form| &text[form.len()..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(path: &str) -> String {
        let shape: Shape = "struct { home: option<struct Home { city: string, pos: tuple<u8,bool> }>, id: u64, \
                            kind: enum Kind { Big, Odd }, scores: map<string,u8>, tags: option<list<option<string>>> }"
            .parse()
            .expect("it is a type");
        match FieldPath::resolve(&shape, path) {
            Ok(found) => format!(
                "{} in {} steps{}",
                shape.sub_shape(found.leaf),
                found.steps.len(),
                if found.is_many() { ", many" } else { "" }
            ),
            Err(problem) => problem,
        }
    }

    #[test]
    fn paths_lead_to_types() {
        for (path, expected) in [
            ("id", "u64 in 1 steps"),
            ("home.city", "string in 3 steps"),
            ("home.pos.1", "bool in 4 steps"),
            ("tags", "option<list<option<string>>> in 1 steps"),
            ("tags[]", "option<string> in 3 steps, many"),
            ("scores{key}", "string in 2 steps, many"),
            ("scores{value}", "u8 in 2 steps, many"),
            ("town", "`town` is missing"),
            ("home.zip", "`home.zip` is missing"),
            ("home.pos.2", "`home.pos.2` is missing"),
            ("id.x", "`id.x` is missing"),
            ("", "`` is missing"),
            (
                "kind.Big",
                "`kind.Big` leads into an enum, and other variants have no such value",
            ),
            (
                "id[]",
                "`id[]` is no path: `[]` stands at a type that it doesn't fit",
            ),
            (
                "tags[0]",
                "`tags[0]` is no path: `[0]` stands at a type that it doesn't fit",
            ),
            (
                "scores[]",
                "`scores[]` is no path: `[]` stands at a type that it doesn't fit",
            ),
        ] {
            assert_eq!(resolved(path), expected, "{path}");
        }
    }
}
