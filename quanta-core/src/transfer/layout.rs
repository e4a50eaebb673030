//! Which column or member holds which field.

use std::collections::BTreeMap;

use crate::codec::Decoder;
use crate::error::{Error, Result};
use crate::schema::{Node, NodeId, Schema};
use crate::txn::Table;
use crate::value::decode_value;

/// What a field is read from.
#[derive(Debug)]
pub(super) enum Slot {
    /// The fields of a struct, in the order in which they are stored.
    Group(Vec<Slot>),
    /// A cell.
    Cell(Cell),
    /// The file says nothing of it: these bytes are its value.
    Filled(Vec<u8>),
}

/// A field that stands in one cell.
#[derive(Debug)]
pub(super) struct Cell {
    /// The position of the column.
    pub(super) column: usize,
    /// The path of the field.
    pub(super) field: String,
    pub(super) node: NodeId,
    /// The explicit default, encoded.
    pub(super) default: Option<Vec<u8>>,
}

/// What is read for a field that the file leaves out; none if there is nothing that could stand for it.
pub(super) fn filling(table: &Table, name: &str, node: NodeId) -> Option<Vec<u8>> {
    if let Some(default) = table.write_defaults.get(name) {
        return Some(default.clone());
    }
    matches!(table.schema.shape.node(node), Node::Option(_)).then(|| vec![0])
}

/// Checks the explicit defaults, which are written as they are.
///
/// # Errors
///
/// If one is damaged.
pub(super) fn check_defaults(table: &Table) -> Result<()> {
    for field in table.schema.shape.fields() {
        if let Some(default) = table.write_defaults.get(&field.name) {
            let mut input = Decoder::new(default);
            decode_value(&table.schema.shape, field.node, &mut input)
                .and_then(|_| input.finish())
                .map_err(|error| {
                    Error::corrupt(format!("the default of {}.{}", table.name, field.name), error)
                })?;
        }
    }
    Ok(())
}

/// Lists the paths of a table's cells, those of the key first: what the header of an export says.
pub(super) fn paths(schema: &Schema) -> Vec<Vec<(String, NodeId)>> {
    let fields = schema.shape.fields();
    let of_key = schema.key_positions();
    let others = (0..fields.len()).filter(|position| !of_key.contains(position));
    let order = of_key.iter().copied().chain(others);
    let mut paths = Vec::new();
    for position in order {
        let field = &fields[position];
        leaves(schema, vec![(field.name.clone(), field.node)], &mut paths);
    }
    paths
}

/// Adds the paths of all cells below a path.
fn leaves(schema: &Schema, path: Vec<(String, NodeId)>, found: &mut Vec<Vec<(String, NodeId)>>) {
    let node = path.last().map_or(NodeId::ROOT, |(_, node)| *node);
    match schema.shape.node(node) {
        Node::Struct { fields, .. } if !fields.is_empty() => {
            for field in fields {
                let mut longer = path.clone();
                longer.push((field.name.clone(), field.node));
                leaves(schema, longer, found);
            }
        }
        _ => found.push(path),
    }
}

/// Returns a path as headers write it.
pub(super) fn path_text(path: &[(String, NodeId)]) -> String {
    let names: Vec<&str> = path.iter().map(|(name, _)| name.as_str()).collect();
    names.join(".")
}

/// Lays out a row by the paths of the columns. Adds to `missing` what has no column and nothing that could stand for
/// it, and takes from `columns` what is used.
pub(super) fn layout(
    table: &Table,
    columns: &mut BTreeMap<String, usize>,
    missing: &mut Vec<String>,
) -> Slot {
    let fields = table.schema.shape.fields();
    let slots = fields.iter().map(|field| {
        let default = table.write_defaults.get(&field.name);
        let place = (field.name.as_str(), field.node);
        slot(table, place, default, columns, missing)
    });
    Slot::Group(slots.collect())
}

fn slot(
    table: &Table,
    (path, node): (&str, NodeId),
    default: Option<&Vec<u8>>,
    columns: &mut BTreeMap<String, usize>,
    missing: &mut Vec<String>,
) -> Slot {
    if let Some(column) = columns.remove(path) {
        return Slot::Cell(Cell {
            column,
            field: path.to_owned(),
            node,
            default: default.cloned(),
        });
    }
    let shape = &table.schema.shape;
    let within = format!("{path}.");
    let fields = match shape.node(node) {
        Node::Struct { fields, .. } if columns.keys().any(|known| known.starts_with(&within)) => fields,
        Node::Option(_) if default.is_none() => return Slot::Filled(vec![0]),
        _ => {
            return match default {
                Some(default) => Slot::Filled(default.clone()),
                None => {
                    missing.push(path.to_owned());
                    Slot::Filled(Vec::new())
                }
            };
        }
    };
    let slots = fields.iter().map(|field| {
        let path = format!("{within}{}", field.name);
        slot(table, (&path, field.node), None, columns, missing)
    });
    Slot::Group(slots.collect())
}
