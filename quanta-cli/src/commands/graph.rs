//! `quanta graph`: pictures of a store, as text or as Mermaid.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use quanta_core::plan::{LedgerRecord, Presence};
use quanta_core::schema::{NodeId, Schema};
use quanta_core::{Database, History};

use crate::args::GraphArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::store;

/// Examples.
pub const HELP: &str = "\
Examples:
  quanta graph app.quanta
  quanta graph app.quanta --history
  quanta graph app.quanta --mermaid > tables.mmd

Without --history: tables, their fields, and which refer to which. With it: the revisions as a tree, with the names that they
got; a line that goes off is a branch which a rollback left behind.";

/// Runs the command.
pub fn run(args: &GraphArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    let text = match (args.history, args.mermaid) {
        (false, false) => tables(&schemas(&db)?),
        (false, true) => tables_in_mermaid(&schemas(&db)?),
        (true, mermaid) => {
            let tree = Tree::of(&db.history()?);
            if mermaid { tree.in_mermaid() } else { tree.text() }
        }
    };
    out.text(&text)?;
    Ok(Exit::Ok)
}

type Schemas = BTreeMap<String, Schema>;

fn schemas(db: &Database) -> Result<Schemas, Failure> {
    let head = db.head();
    let live = head
        .tables
        .values()
        .filter(|table| table.state.presence == Presence::Live);
    live.map(|table| {
        let name = table.state.name.clone();
        let schema = db.table(&name)?.schema().clone();
        Ok((name, schema))
    })
    .collect()
}

/// Returns the type of a field: of a type with a name only that.
fn type_text(schema: &Schema, node: NodeId) -> String {
    match schema.shape.node(node).label() {
        Some(label) => label.to_owned(),
        None => schema.shape.sub_shape(node).to_string(),
    }
}

fn tables(schemas: &Schemas) -> String {
    let mut text = String::new();
    for (name, schema) in schemas {
        line(&mut text, format_args!("{name}"));
        for field in schema.shape.fields() {
            let key = if schema.key.contains(&field.name) {
                "  key"
            } else {
                ""
            };
            line(
                &mut text,
                format_args!("  {}: {}{key}", field.name, type_text(schema, field.node)),
            );
        }
        for reference in &schema.references {
            line(&mut text, format_args!("  --> {reference}"));
        }
        let referring = schemas.iter().flat_map(|(other, schema)| {
            let references = schema
                .references
                .iter()
                .filter(|reference| reference.table == *name);
            references.map(move |reference| format!("{other} ({})", reference.fields.join(", ")))
        });
        for from in referring {
            line(&mut text, format_args!("  <-- {from}"));
        }
    }
    text
}

fn tables_in_mermaid(schemas: &Schemas) -> String {
    let mut text = "erDiagram\n".to_owned();
    for (name, schema) in schemas {
        line(&mut text, format_args!("    {} {{", word(name)));
        for field in schema.shape.fields() {
            let is_key = schema.key.contains(&field.name);
            let refers = schema
                .references
                .iter()
                .any(|reference| reference.fields.contains(&field.name));
            let marks = match (is_key, refers) {
                (true, true) => " PK, FK",
                (true, false) => " PK",
                (false, true) => " FK",
                (false, false) => "",
            };
            let type_text = word(&type_text(schema, field.node));
            line(
                &mut text,
                format_args!("        {type_text} {}{marks}", word(&field.name)),
            );
        }
        line(&mut text, format_args!("    }}"));
    }
    for (name, schema) in schemas {
        for reference in &schema.references {
            let (from, to) = (word(name), word(&reference.table));
            let label = reference.fields.join(", ").replace('"', "'");
            line(&mut text, format_args!("    {from} }}o--|| {to} : \"{label}\""));
        }
    }
    text
}

/// Makes a word of Mermaid out of a name or a type: it takes letters, digits and lines.
fn word(text: &str) -> String {
    let kept = |char: char| {
        if char.is_alphanumeric() || char == '_' {
            char
        } else {
            '_'
        }
    };
    let word: String = text.chars().map(kept).collect();
    word.trim_matches('_').to_owned()
}

/// Adds a line. Nothing can fail that is written to a text.
fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = writeln!(text, "{line}");
}

/// The revisions of a store.
struct Tree {
    current: u64,
    /// Of each revision, in their order.
    revisions: BTreeMap<u64, Revision>,
}

struct Revision {
    parent: Option<u64>,
    /// Its names, and what it did.
    label: String,
    children: Vec<u64>,
}

impl Tree {
    fn of(history: &History) -> Self {
        let mut revisions: BTreeMap<u64, Revision> = BTreeMap::new();
        for record in history
            .records
            .iter()
            .filter(|record| record.kind.makes_revision())
        {
            let made = Revision {
                parent: record.from_revision,
                label: label(record, history),
                children: Vec::new(),
            };
            revisions.insert(record.revision, made);
            let parent = record.from_revision.and_then(|parent| revisions.get_mut(&parent));
            if let Some(parent) = parent {
                parent.children.push(record.revision);
            }
        }
        Self {
            current: history.revision,
            revisions,
        }
    }

    fn roots(&self) -> impl Iterator<Item = u64> {
        let is_root = |revision: &Revision| {
            revision
                .parent
                .is_none_or(|parent| !self.revisions.contains_key(&parent))
        };
        self.revisions
            .iter()
            .filter(move |(_, revision)| is_root(revision))
            .map(|(number, _)| *number)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        // Each with the depth that it stands at: the last child goes on at that of its parent.
        let mut next: Vec<(u64, usize)> = self.roots().map(|root| (root, 0)).collect();
        next.reverse();
        while let Some((number, depth)) = next.pop() {
            let revision = &self.revisions[&number];
            let mark = if number == self.current { "*" } else { "o" };
            line(
                &mut text,
                format_args!("{}{mark} {number}  {}", "| ".repeat(depth), revision.label),
            );
            if let Some((last, branches)) = revision.children.split_last() {
                next.push((*last, depth));
                next.extend(branches.iter().rev().map(|branch| (*branch, depth + 1)));
            }
        }
        text
    }

    fn in_mermaid(&self) -> String {
        let mut text = "flowchart TD\n".to_owned();
        for (number, revision) in &self.revisions {
            let label = revision.label.replace('"', "'");
            let shape = if number == &self.current {
                ("([", "])")
            } else {
                ("[", "]")
            };
            line(
                &mut text,
                format_args!("    r{number}{}\"{number}  {label}\"{}", shape.0, shape.1),
            );
            if let Some(parent) = revision
                .parent
                .filter(|parent| self.revisions.contains_key(parent))
            {
                line(&mut text, format_args!("    r{parent} --> r{number}"));
            }
        }
        text
    }
}

fn label(record: &LedgerRecord, history: &History) -> String {
    let names = history.names_of(record.revision);
    let names = match names.as_slice() {
        [] => String::new(),
        names => format!("({}) ", names.join(", ")),
    };
    let steps = record.effects.iter().flat_map(|effect| &effect.up);
    let mut steps = steps.map(ToString::to_string);
    let first = steps.next().unwrap_or_else(|| record.kind.name().to_owned());
    match steps.count() {
        0 => format!("{names}{first}"),
        more => format!("{names}{first}, and {more} more"),
    }
}
