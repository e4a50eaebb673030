//! Shapes and schemas as text: the type grammar's printing side.
//!
//! A type is printed in full where it stands first and by its name alone from then on. Printing and parsing again
//! gives an equal shape, but for labels that two different types share: the second one's becomes `Label_2`.

use std::fmt::{self, Write};

use super::index::IndexDef;
use super::naming::{Naming, Place, Root};
use super::shape::{Field, Node, NodeId, Scalar, Shape, Variant};
use super::table::Schema;

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let naming = Naming::of(vec![self], Root::Type);
        Printer {
            naming: &naming,
            style: Style::InFull,
        }
        .write(f, (0, NodeId::ROOT), &mut Vec::new())
    }
}

/// How named types are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// In full where they stand first.
    InFull,
    /// Always by name.
    ByName,
}

struct Printer<'n> {
    naming: &'n Naming<'n>,
    style: Style,
}

/// Returns the text of a type in which all named types stand by their names.
pub(crate) fn text_by_names(naming: &Naming<'_>, place: Place) -> String {
    let printer = Printer {
        naming,
        style: Style::ByName,
    };
    displayed(|out| printer.write(out, place, &mut Vec::new()))
}

/// Runs a function that writes into a text, which takes everything.
fn displayed(write: impl FnOnce(&mut String) -> fmt::Result) -> String {
    let mut text = String::new();
    write(&mut text).expect("writing into a string can't fail");
    text
}

impl Printer<'_> {
    fn write(&self, out: &mut dyn Write, place: Place, path: &mut Vec<NodeId>) -> fmt::Result {
        if let Some(name) = self.naming.name(place) {
            let is_back = path.contains(&place.1);
            if is_back || self.style == Style::ByName || !self.naming.is_definition(place) {
                return out.write_str(name);
            }
        }
        path.push(place.1);
        let result = self.write_in_full(out, place, path);
        path.pop();
        result
    }

    fn write_in_full(&self, out: &mut dyn Write, place: Place, path: &mut Vec<NodeId>) -> fmt::Result {
        let name = self
            .naming
            .name(place)
            .map(|name| format!(" {name}"))
            .unwrap_or_default();
        let node = self.naming.shape(place.0).node(place.1);
        let items = node.children();
        match node {
            Node::Scalar(scalar) => out.write_str(scalar.name()),
            Node::Ref(table) => write!(out, "ref<{table}>"),
            Node::Opaque(name) => write!(out, "opaque({name})"),
            Node::Option(_) => self.write_list(out, ("option<", ">"), place.0, &items, path),
            Node::List(_) => self.write_list(out, ("list<", ">"), place.0, &items, path),
            Node::Set(_) => self.write_list(out, ("set<", ">"), place.0, &items, path),
            Node::Map(..) => self.write_list(out, ("map<", ">"), place.0, &items, path),
            Node::Tuple(_) => self.write_list(out, ("tuple<", ">"), place.0, &items, path),
            Node::Array(_, length) => {
                self.write_list(out, ("array<", &format!(",{length}>")), place.0, &items, path)
            }
            Node::Struct { fields, .. } => {
                write!(out, "struct{name} ")?;
                self.write_fields(out, place.0, fields, path)
            }
            Node::Enum { variants, .. } => {
                write!(out, "enum{name} {{ ")?;
                for (position, variant) in variants.iter().enumerate() {
                    out.write_str(if position == 0 { "" } else { ", " })?;
                    self.write_variant(out, place.0, variant, path)?;
                }
                out.write_str(" }")
            }
        }
    }

    fn write_list(
        &self,
        out: &mut dyn Write,
        (open, close): (&str, &str),
        shape: usize,
        items: &[NodeId],
        path: &mut Vec<NodeId>,
    ) -> fmt::Result {
        out.write_str(open)?;
        for (position, item) in items.iter().enumerate() {
            out.write_str(if position == 0 { "" } else { "," })?;
            self.write(out, (shape, *item), path)?;
        }
        out.write_str(close)
    }

    fn write_fields(
        &self,
        out: &mut dyn Write,
        shape: usize,
        fields: &[Field],
        path: &mut Vec<NodeId>,
    ) -> fmt::Result {
        if fields.is_empty() {
            return out.write_str("{}");
        }
        for (position, field) in fields.iter().enumerate() {
            write!(out, "{}{}: ", if position == 0 { "{ " } else { ", " }, field.name)?;
            self.write(out, (shape, field.node), path)?;
            write_reuses(out, &field.reuses)?;
        }
        out.write_str(" }")
    }

    fn write_variant(
        &self,
        out: &mut dyn Write,
        shape: usize,
        variant: &Variant,
        path: &mut Vec<NodeId>,
    ) -> fmt::Result {
        out.write_str(&variant.name)?;
        path.push(variant.payload);
        match self.naming.shape(shape).node(variant.payload) {
            Node::Tuple(items) => self.write_list(out, ("(", ")"), shape, items, path)?,
            Node::Struct { fields, .. } => {
                out.write_str(" ")?;
                self.write_fields(out, shape, fields, path)?;
            }
            _ => {}
        }
        path.pop();
        write_reuses(out, &variant.reuses)
    }
}

fn write_reuses(out: &mut dyn Write, reuses: &[String]) -> fmt::Result {
    if reuses.is_empty() {
        Ok(())
    } else {
        write!(out, " from {}", reuses.join("|"))
    }
}

/// Returns a schema as text for people: one line per field, variant, index and reference, embedded types below, all
/// sorted, so that a small change of the schema changes few lines.
///
/// ```
/// use quantadb::schema::{Schema, schema_text};
///
/// let schema = Schema::new("struct User { id: u64, name: string }".parse()?, vec!["id".to_owned()])?;
/// assert_eq!(schema_text("users", &schema), "table users {\n  id: u64 (key)\n  name: string\n}\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn schema_text(table: &str, schema: &Schema) -> String {
    let naming = Naming::of(vec![&schema.shape], Root::Row);
    let printer = Printer {
        naming: &naming,
        style: Style::ByName,
    };
    displayed(|out| {
        writeln!(out, "table {table} {{")?;
        for field in schema.shape.fields() {
            printer.field_line(out, 0, field, &key_mark(schema, &field.name))?;
        }
        schema
            .indexes
            .iter()
            .try_for_each(|index| index_line(out, index))?;
        schema
            .references
            .iter()
            .try_for_each(|reference| writeln!(out, "  reference {reference}"))?;
        out.write_str("}\n")?;
        naming
            .definitions()
            .try_for_each(|(name, place)| printer.type_lines(out, name, place))
    })
}

fn key_mark(schema: &Schema, field: &str) -> String {
    match schema.key.iter().position(|key| key == field) {
        None => String::new(),
        Some(_) if schema.key.len() == 1 => " (key)".to_owned(),
        Some(position) => format!(" (key {position})"),
    }
}

fn index_line(out: &mut dyn Write, index: &IndexDef) -> fmt::Result {
    let kind = if index.unique { "unique" } else { "index" };
    writeln!(out, "  {kind} {} ({})", index.name, index.fields_text())
}

impl Printer<'_> {
    fn field_line(&self, out: &mut dyn Write, shape: usize, field: &Field, mark: &str) -> fmt::Result {
        write!(out, "  {}: ", field.name)?;
        self.write(out, (shape, field.node), &mut Vec::new())?;
        write_reuses(out, &field.reuses)?;
        writeln!(out, "{mark}")
    }

    fn type_lines(&self, out: &mut dyn Write, name: &str, place: Place) -> fmt::Result {
        match self.naming.shape(place.0).node(place.1) {
            Node::Struct { fields, .. } if place.1 != NodeId::ROOT => {
                writeln!(out, "\nstruct {name} {{")?;
                fields
                    .iter()
                    .try_for_each(|field| self.field_line(out, place.0, field, ""))?;
            }
            Node::Enum { variants, .. } => {
                writeln!(out, "\nenum {name} {{")?;
                for variant in variants {
                    out.write_str("  ")?;
                    self.write_variant(out, place.0, variant, &mut Vec::new())?;
                    out.write_str("\n")?;
                }
            }
            // A row that holds itself stands above already.
            _ => return Ok(()),
        }
        out.write_str("}\n")
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
