//! `quanta graph`: pictures of a store, as text, as Mermaid or as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use quanta_core::Database;
use quanta_core::plan::Presence;
use quanta_core::schema::{NodeId, Schema};
use serde_json::{Value, json};

use super::graph_diff::Difference;
use super::graph_history::Tree;
use crate::args::GraphArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::store;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta graph app.quanta
  quanta graph app.quanta --history
  quanta graph app.quanta --diff 1..3
  quanta graph app.quanta --mermaid > tables.mmd

Without --history: tables, their fields, and which refer to which. With it: the revisions as a tree, with the names that they
got; a line that goes off is a branch which a rollback left behind. With --diff: the tables of both revisions; `+` is what
only the later one has, `-` what only the earlier one has, `~` what is another one or has another name. A field or table that got
another name is one line. Indexes are not drawn, and make no mark.

JSON: {\"tables\": [{\"name\", \"fields\": [{\"name\", \"type\", \"key\"}], \"references\": [\"..\"]}]}
With --history: {\"current\", \"revisions\": [{\"revision\", \"parent\", \"does\"}]}
With --diff: {\"from\", \"to\", \"tables\": [{\"mark\", \"name\", \"was\", \"fields\": [{\"mark\", \"name\", \"type\", \"key\", \"was\"}],
       \"references\": [{\"mark\", \"text\", \"was\"}]}]}; a mark is same | new | gone | changed, and \"was\" is a text or null";

/// Runs the command.
pub fn run(args: &GraphArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    if let Some(revisions) = &args.diff {
        let difference = Difference::of(&db, revisions.from, revisions.to)?;
        match (out.json, args.mermaid) {
            (true, _) => out.value(&difference.to_json())?,
            (false, true) => out.text(&difference.in_mermaid())?,
            (false, false) => out.text(&difference.text(out))?,
        }
    } else if args.history {
        let tree = Tree::of(&db.history()?);
        match (out.json, args.mermaid) {
            (true, _) => out.value(&tree.to_json())?,
            (false, true) => out.text(&tree.in_mermaid())?,
            (false, false) => out.text(&tree.text())?,
        }
    } else {
        let schemas = schemas(&db)?;
        match (out.json, args.mermaid) {
            (true, _) => out.value(&tables_in_json(&schemas))?,
            (false, true) => out.text(&tables_in_mermaid(&schemas))?,
            (false, false) => out.text(&tables(&schemas))?,
        }
    }
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
pub(super) fn type_text(schema: &Schema, node: NodeId) -> String {
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

fn tables_in_json(schemas: &Schemas) -> Value {
    let tables = schemas.iter().map(|(name, schema)| {
        let fields = schema.shape.fields().iter().map(|field| {
            json!({
                "name": field.name,
                "type": type_text(schema, field.node),
                "key": schema.key.contains(&field.name),
            })
        });
        json!({
            "name": name,
            "fields": fields.collect::<Vec<_>>(),
            "references": schema.references.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    });
    json!({ "tables": tables.collect::<Vec<_>>() })
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
pub(super) fn word(text: &str) -> String {
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
pub(super) fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = writeln!(text, "{line}");
}
