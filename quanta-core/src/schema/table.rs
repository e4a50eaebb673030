//! The schema of one table.

use serde::{Deserialize, Serialize};

use super::shape::{Field, Node, NodeId, Scalar, Shape};

/// The schema of one table: the shape of its rows, its key, indexes and references. It does not hold the table's
/// name, so that renaming a table changes no schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The shape of a row: a struct.
    pub shape: Shape,
    /// Storage names of the key fields, in key order.
    pub key: Vec<String>,
    /// Indexes, sorted by name.
    pub indexes: Vec<IndexDef>,
    /// References to other tables, sorted.
    pub references: Vec<Reference>,
}

/// An index over fields of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IndexDef {
    /// A label; what identifies an index is its id.
    pub name: String,
    /// Paths of the indexed fields, in key order.
    pub fields: Vec<String>,
    /// Whether two rows may have equal values.
    pub unique: bool,
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
        let indexed = self.indexes.iter().flat_map(|index| &index.fields);
        let referring = self.references.iter().flat_map(|reference| &reference.fields);
        for path in indexed.chain(referring) {
            let first = path.split(['.', '[', '{', ':']).next().unwrap_or(path);
            self.field(first)
                .ok_or_else(|| format!("an index or reference names `{path}`, which is missing"))?;
        }
        Ok(())
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
