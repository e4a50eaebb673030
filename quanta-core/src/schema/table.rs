//! The schema of one table.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::index::IndexDef;
use super::path::{FieldPath, PathStep};
use super::shape::{Field, Node, NodeId, Scalar, Shape, check_name};

/// The schema of one table: the shape of its rows, its key, indexes and references. It does not hold the table's
/// name, so that renaming a table changes no schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The shape of a row: a struct.
    pub shape: Shape,
    /// Storage names of the key fields, in key order.
    pub key: Vec<String>,
    /// Indexes, sorted by fields and uniqueness, as in the fingerprint: a name is a label.
    pub indexes: Vec<IndexDef>,
    /// References to other tables, sorted.
    pub references: Vec<Reference>,
}

/// A reference to rows of another table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reference {
    /// The referring fields.
    pub fields: Vec<String>,
    /// The table referred to.
    pub table: String,
    /// Its key fields, each at the position of the field that refers to it.
    pub to: Vec<String>,
    /// What happens to the referring row when the row it refers to is deleted.
    pub on_delete: OnDelete,
}

/// What happens to a referring row when the row it refers to is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDelete {
    /// The deletion is refused.
    #[default]
    Restrict,
    /// The referring row is deleted too.
    Cascade,
    /// The referring fields become none.
    SetNull,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on_delete = match self.on_delete {
            OnDelete::Restrict => "restrict",
            OnDelete::Cascade => "cascade",
            OnDelete::SetNull => "set null",
        };
        write!(
            f,
            "({}) to {} ({}) on delete {on_delete}",
            self.fields.join(", "),
            self.table,
            self.to.join(", ")
        )
    }
}

impl Schema {
    /// Makes a schema without indexes and references.
    ///
    /// # Errors
    ///
    /// Says what is wrong: a root that is no struct, a key that is empty, names a missing field or names one
    /// twice, or a key type that has no order.
    pub fn new(shape: Shape, key: Vec<String>) -> Result<Self, String> {
        let schema = Self {
            shape,
            key,
            indexes: Vec::new(),
            references: Vec::new(),
        };
        schema.check()?;
        Ok(schema)
    }

    /// Checks what [`Schema::new`] checks, and that indexes and references name existing fields.
    ///
    /// # Errors
    ///
    /// As [`Schema::new`].
    pub fn check(&self) -> Result<(), String> {
        if !matches!(self.shape.node(NodeId::ROOT), Node::Struct { .. }) {
            return Err("a row is a struct".to_owned());
        }
        if self.key.is_empty() {
            return Err("the key names no field".to_owned());
        }
        for (position, name) in self.key.iter().enumerate() {
            let field = self
                .field(name)
                .ok_or_else(|| format!("the key field `{name}` is missing"))?;
            if self.key[..position].contains(name) {
                return Err(format!("the key names `{name}` twice"));
            }
            key_order(&self.shape, field.node, &mut Vec::new())
                .map_err(|problem| format!("the key field `{name}` {problem}"))?;
        }
        self.check_indexes()?;
        for reference in &self.references {
            self.check_reference(reference)
                .map_err(|problem| format!("a reference to {}: {problem}", reference.table))?;
        }
        Ok(())
    }

    /// Tells whether two schemas are equal but for the names of embedded types.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.shape.is_same_as(&other.shape)
            && (&self.key, &self.indexes, &self.references) == (&other.key, &other.indexes, &other.references)
    }

    /// Brings indexes and references into their order.
    pub(crate) fn sort_objects(&mut self) {
        self.indexes
            .sort_by(|one, two| one.definition().cmp(&two.definition()));
        self.references.sort();
    }

    fn check_indexes(&self) -> Result<(), String> {
        for (position, index) in self.indexes.iter().enumerate() {
            let before = &self.indexes[..position];
            self.check_index(index)
                .map_err(|problem| format!("the index {}: {problem}", index.name))?;
            if before.iter().any(|other| other.name == index.name) {
                return Err(format!("two indexes have the name {}", index.name));
            }
            if let Some(other) = before
                .iter()
                .find(|other| other.definition() == index.definition())
            {
                return Err(format!(
                    "the indexes {} and {} are the same",
                    other.name, index.name
                ));
            }
            if before.iter().any(|other| other.definition() > index.definition()) {
                return Err("indexes are sorted by their fields".to_owned());
            }
        }
        Ok(())
    }

    fn check_index(&self, index: &IndexDef) -> Result<(), String> {
        check_name(&index.name)?;
        let paths = self.paths(index.paths())?;
        if paths.iter().filter(|path| path.is_many()).count() > 1 {
            return Err("two of its fields have several values per row".to_owned());
        }
        Ok(())
    }

    fn check_reference(&self, reference: &Reference) -> Result<(), String> {
        let paths = self.paths(&reference.fields)?;
        let is_many = paths.iter().any(FieldPath::is_many);
        if is_many && paths.len() > 1 {
            return Err("with several fields, each has one value per row".to_owned());
        }
        if reference.on_delete == OnDelete::SetNull {
            if is_many {
                return Err("`set_null` takes fields that have one value per row".to_owned());
            }
            self.nullable(&paths)?;
        }
        if reference.fields.len() != reference.to.len() {
            return Err(format!(
                "{} fields refer to {}",
                reference.fields.len(),
                reference.to.len()
            ));
        }
        Ok(())
    }

    /// Finds the options that become none for a reference to become none: each field itself, or the tuple whose positions
    /// the fields are.
    ///
    /// # Errors
    ///
    /// If a field is neither.
    pub(crate) fn nullable(&self, fields: &[FieldPath]) -> Result<Vec<FieldPath>, String> {
        let is_option = |path: &FieldPath| matches!(self.shape.node(path.leaf), Node::Option(_));
        if fields.iter().all(is_option) {
            return Ok(fields.to_vec());
        }
        let tuples: Option<Vec<_>> = fields.iter().map(|path| self.tuple_of(path)).collect();
        let whole = tuples.filter(|tuples| {
            tuples.windows(2).all(|pair| pair[0] == pair[1])
                && tuples
                    .first()
                    .is_some_and(|(_, length, _)| *length == fields.len())
        });
        let Some((steps, _, tuple)) = whole.and_then(|tuples| tuples.into_iter().next()) else {
            return Err("`set_null` takes fields that are options".to_owned());
        };
        let is_it = |node: &NodeId| matches!(self.shape.node(*node), Node::Option(item) if *item == tuple);
        let option = (0..u32::try_from(self.shape.nodes().len()).unwrap_or(u32::MAX))
            .map(NodeId)
            .find(is_it)
            .ok_or("`set_null` takes fields that are options")?;
        Ok(vec![FieldPath {
            steps: steps.to_vec(),
            leaf: option,
        }])
    }

    /// Returns the way to the option around the tuple that a path ends in, how many positions it has, and the tuple.
    fn tuple_of<'p>(&self, path: &'p FieldPath) -> Option<(&'p [PathStep], usize, NodeId)> {
        let (slot, before) = path.steps.split_last()?;
        let (PathStep::Slot((tuple, _)), Some((PathStep::Some, way))) = (slot, before.split_last()) else {
            return None;
        };
        match self.shape.node(*tuple) {
            Node::Tuple(items) => Some((way, items.len(), *tuple)),
            _ => None,
        }
    }

    /// Resolves fields that values are looked up by.
    fn paths<'a>(&self, fields: impl IntoIterator<Item = &'a String>) -> Result<Vec<FieldPath>, String> {
        let fields: Vec<&String> = fields.into_iter().collect();
        if fields.is_empty() {
            return Err("it names no field".to_owned());
        }
        let path = |(position, field): (usize, &&String)| {
            if fields[..position].contains(field) {
                return Err(format!("it names `{field}` twice"));
            }
            let path = FieldPath::resolve(&self.shape, field)?;
            key_order(&self.shape, path.leaf, &mut Vec::new())
                .map_err(|problem| format!("`{field}` {problem}"))?;
            Ok(path)
        };
        fields.iter().enumerate().map(path).collect()
    }

    /// Finds a top-level field by storage name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.shape.fields().iter().find(|field| field.name == name)
    }

    /// Returns the position of each key field among the sorted fields, in key order.
    #[must_use]
    pub fn key_positions(&self) -> Vec<usize> {
        let fields = self.shape.fields();
        self.key
            .iter()
            .filter_map(|name| fields.iter().position(|field| &field.name == name))
            .collect()
    }

    /// Returns the type of each key field, in key order.
    #[must_use]
    pub fn key_nodes(&self) -> Vec<NodeId> {
        let positions = self.key_positions().into_iter();
        positions
            .map(|position| self.shape.fields()[position].node)
            .collect()
    }
}

/// Tells whether values of a type can be ordered as keys.
#[must_use]
pub(crate) fn has_key_order(shape: &Shape, id: NodeId) -> bool {
    key_order(shape, id, &mut Vec::new()).is_ok()
}

/// Says why values of a type can't be ordered as keys, if they can't.
fn key_order(shape: &Shape, id: NodeId, path: &mut Vec<NodeId>) -> Result<(), String> {
    if path.contains(&id) {
        return Err("is of a recursive type, which has no key order".to_owned());
    }
    let node = shape.node(id);
    match node {
        Node::List(_) | Node::Set(_) | Node::Map(..) => {
            return Err("is a list, set or map, which has no key order".to_owned());
        }
        Node::Opaque(_) | Node::Scalar(Scalar::Decimal) => {
            return Err("is opaque or decimal, which has no key order".to_owned());
        }
        _ => {}
    }
    path.push(id);
    let result = node
        .children()
        .into_iter()
        .try_for_each(|child| key_order(shape, child, path));
    path.pop();
    result
}
