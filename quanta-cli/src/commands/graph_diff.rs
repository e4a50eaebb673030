//! The tables of two revisions in one picture: `quanta graph --diff`.

use std::collections::BTreeMap;

use quanta_core::Database;
use quanta_core::plan::{LedgerRecord, Presence, TableState, Version};
use quanta_core::schema::{NodeId, Reference, Schema};
use serde_json::{Value, json};

use super::graph::{line, type_text, word};
use super::show;
use crate::failure::Failure;
use crate::output::Output;

/// What became of something between two revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Same,
    New,
    Gone,
    Changed,
}

impl Mark {
    fn sign(self) -> &'static str {
        match self {
            Self::Same => " ",
            Self::New => "+",
            Self::Gone => "-",
            Self::Changed => "~",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::New => "new",
            Self::Gone => "gone",
            Self::Changed => "changed",
        }
    }

    /// Returns the mark of a thing, by whether it is in both revisions.
    fn of<T>(before: Option<&T>, after: Option<&T>, was: Option<&String>) -> Self {
        match (before, after, was) {
            (None, _, _) => Self::New,
            (Some(_), None, _) => Self::Gone,
            (Some(_), Some(_), None) => Self::Same,
            (Some(_), Some(_), Some(_)) => Self::Changed,
        }
    }
}

/// The tables of two revisions.
pub(super) struct Difference {
    from: u64,
    to: u64,
    tables: Vec<Table>,
}

struct Table {
    mark: Mark,
    name: String,
    /// What it was called, if that is another name.
    was: Option<String>,
    fields: Vec<Field>,
    references: Vec<Link>,
}

struct Field {
    mark: Mark,
    name: String,
    type_text: String,
    is_key: bool,
    refers: bool,
    /// What it was, if that is not what it is.
    was: Option<String>,
}

struct Link {
    mark: Mark,
    /// The table that it leads to.
    to: String,
    fields: String,
    text: String,
    was: Option<String>,
}

impl Difference {
    /// Compares the tables of two revisions.
    pub(super) fn of(db: &Database, from: u64, to: u64) -> Result<Self, Failure> {
        let records = db.history()?.records;
        let (before, after) = (Tables::at(db, &records, from)?, Tables::at(db, &records, to)?);
        let mut ids: Vec<u32> = before.0.keys().chain(after.0.keys()).copied().collect();
        ids.sort_unstable();
        ids.dedup();
        let mut tables: Vec<Table> = ids.iter().map(|id| table(&before, &after, *id)).collect();
        tables.sort_by(|one, two| one.name.cmp(&two.name));
        Ok(Self { from, to, tables })
    }

    pub(super) fn text(&self, out: &Output) -> String {
        let mut text = String::new();
        let mut add = |mark: Mark, content: &str, was: Option<&String>| {
            let was = was.map_or_else(String::new, |was| format!("  was {was}"));
            let shown = format!("{} {content}{was}", mark.sign());
            let shown = match mark {
                Mark::Same => shown,
                Mark::New => out.good(&shown),
                Mark::Gone => out.bad(&shown),
                Mark::Changed => out.different(&shown),
            };
            line(&mut text, format_args!("{shown}"));
        };
        for table in &self.tables {
            add(table.mark, &table.name, table.was.as_ref());
            for field in &table.fields {
                let key = if field.is_key { "  key" } else { "" };
                let shown = format!("  {}: {}{key}", field.name, field.type_text);
                add(field.mark, &shown, field.was.as_ref());
            }
            for link in &table.references {
                add(link.mark, &format!("  --> {}", link.text), link.was.as_ref());
            }
        }
        text
    }

    pub(super) fn in_mermaid(&self) -> String {
        let mut text = "erDiagram\n".to_owned();
        let styles = [
            (Mark::New, "fill:#dafbe1,stroke:#1a7f37"),
            (Mark::Gone, "fill:#ffebe9,stroke:#cf222e"),
            (Mark::Changed, "fill:#fff8c5,stroke:#9a6700"),
        ];
        for (mark, style) in styles {
            line(&mut text, format_args!("    classDef {} {style}", mark.name()));
        }
        for table in &self.tables {
            let class = match table.mark {
                Mark::Same => String::new(),
                mark => format!(":::{}", mark.name()),
            };
            line(&mut text, format_args!("    {}{class} {{", word(&table.name)));
            for field in &table.fields {
                line(&mut text, format_args!("        {}", field.in_mermaid()));
            }
            line(&mut text, format_args!("    }}"));
        }
        for table in &self.tables {
            for link in &table.references {
                let (from, to) = (word(&table.name), word(&link.to));
                let label = format!("{} {}", link.mark.sign(), link.fields);
                let label = label.trim_start().replace('"', "'");
                line(&mut text, format_args!("    {from} }}o--|| {to} : \"{label}\""));
            }
        }
        text
    }

    pub(super) fn to_json(&self) -> Value {
        let tables = self.tables.iter().map(|table| {
            let fields = table.fields.iter().map(|field| {
                json!({
                    "mark": field.mark.name(), "name": field.name, "type": field.type_text,
                    "key": field.is_key, "was": field.was,
                })
            });
            let references = table
                .references
                .iter()
                .map(|link| json!({ "mark": link.mark.name(), "text": link.text, "was": link.was }));
            json!({
                "mark": table.mark.name(),
                "name": table.name,
                "was": table.was,
                "fields": fields.collect::<Vec<_>>(),
                "references": references.collect::<Vec<_>>(),
            })
        });
        json!({ "from": self.from, "to": self.to, "tables": tables.collect::<Vec<_>>() })
    }
}

impl Field {
    fn in_mermaid(&self) -> String {
        let marks = match (self.is_key, self.refers) {
            (true, true) => " PK, FK",
            (true, false) => " PK",
            (false, true) => " FK",
            (false, false) => "",
        };
        let comment = match (self.mark, &self.was) {
            (Mark::Same, _) => String::new(),
            (mark, Some(was)) => format!(" \"{} was {}\"", mark.sign(), was.replace('"', "'")),
            (mark, None) => format!(" \"{}\"", mark.sign()),
        };
        format!("{} {}{marks}{comment}", word(&self.type_text), word(&self.name))
    }
}

/// The tables of a revision that are there, by their ids.
struct Tables(BTreeMap<u32, (TableState, Version)>);

impl Tables {
    fn at(db: &Database, records: &[LedgerRecord], revision: u64) -> Result<Self, Failure> {
        let mut states: BTreeMap<u32, TableState> = BTreeMap::new();
        let mut next = Some(revision);
        while let Some(number) = next {
            let made = records
                .iter()
                .find(|record| record.revision == number && record.kind.makes_revision());
            let record = made.ok_or_else(|| show::unknown(number, records))?;
            // What came later on the way stays.
            for effect in &record.effects {
                states.entry(effect.table).or_insert_with(|| effect.after.clone());
            }
            next = record.from_revision;
        }
        let mut tables = BTreeMap::new();
        for (id, state) in states {
            if state.presence == Presence::Live
                && let Some(version) = db.versions(id)?.remove(&state.version)
            {
                tables.insert(id, (state, version));
            }
        }
        Ok(Self(tables))
    }

    fn get(&self, id: u32) -> Option<(&str, &Version)> {
        let (state, version) = self.0.get(&id)?;
        Some((&state.name, version))
    }

    /// Returns the name of the table that a reference leads to, at this revision.
    fn target(&self, version: &Version, position: usize) -> String {
        let id = version.targets.get(position).map(|target| target.table);
        let name = id.and_then(|id| self.get(id)).map(|(name, _)| name.to_owned());
        name.unwrap_or_else(|| version.schema.references[position].table.clone())
    }
}

/// Compares a table that is there in at least one of two revisions.
fn table(before: &Tables, after: &Tables, id: u32) -> Table {
    let (old, new) = (before.get(id), after.get(id));
    let (old_fields, new_fields) = (fields_of(old), fields_of(new));
    let mut slots: Vec<u32> = old_fields.keys().chain(new_fields.keys()).copied().collect();
    slots.sort_unstable();
    slots.dedup();
    let fields = slots
        .iter()
        .filter_map(|slot| field(old_fields.get(slot), new_fields.get(slot)));
    let mut fields: Vec<Field> = fields.collect();
    fields.sort_by(|one, two| one.name.cmp(&two.name));
    let (old_links, new_links) = (links_of(before, id), links_of(after, id));
    let mut ways: Vec<&Way> = old_links.keys().chain(new_links.keys()).collect();
    ways.sort_unstable();
    ways.dedup();
    let references: Vec<Link> = ways
        .iter()
        .filter_map(|way| link(old_links.get(*way), new_links.get(*way)))
        .collect();
    let names = (old.map(|(name, _)| name), new.map(|(name, _)| name));
    let was = names
        .0
        .filter(|was| names.1.is_some_and(|name| name != *was))
        .map(str::to_owned);
    let is_same = fields.iter().all(|field| field.mark == Mark::Same)
        && references.iter().all(|link| link.mark == Mark::Same);
    let mark = match Mark::of(names.0.as_ref(), names.1.as_ref(), was.as_ref()) {
        Mark::Same if !is_same => Mark::Changed,
        mark => mark,
    };
    Table {
        mark,
        name: names.1.or(names.0).unwrap_or_default().to_owned(),
        was,
        fields,
        references,
    }
}

/// A field of one side: its schema, and where it stands.
type Side<'a> = (&'a Schema, usize);

/// Lists the fields of a table by what they are known by, whatever they are called.
fn fields_of<'a>(table: Option<(&str, &'a Version)>) -> BTreeMap<u32, Side<'a>> {
    let Some((_, version)) = table else {
        return BTreeMap::new();
    };
    let own = version
        .slots
        .iter()
        .filter(|((node, _), _)| *node == NodeId::ROOT);
    own.map(|((_, position), id)| (*id, (&version.schema, *position)))
        .collect()
}

fn field(old: Option<&Side<'_>>, new: Option<&Side<'_>>) -> Option<Field> {
    let (schema, position) = *new.or(old)?;
    let shown = schema.shape.fields().get(position)?;
    let was = old.zip(new).and_then(|(old, new)| difference(*old, *new));
    Some(Field {
        mark: Mark::of(old, new, was.as_ref()),
        name: shown.name.clone(),
        type_text: type_text(schema, shown.node),
        is_key: schema.key.contains(&shown.name),
        refers: schema
            .references
            .iter()
            .any(|reference| reference.fields.contains(&shown.name)),
        was,
    })
}

/// Says what a field was, as far as that is not what it is: its name, its type, whether it is of the key.
fn difference((old_schema, old_position): Side<'_>, (new_schema, new_position): Side<'_>) -> Option<String> {
    let old = old_schema.shape.fields().get(old_position)?;
    let new = new_schema.shape.fields().get(new_position)?;
    let mut was = Vec::new();
    if old.name != new.name {
        was.push(old.name.clone());
    }
    let old_type = type_text(old_schema, old.node);
    let shape = |schema: &Schema, node| schema.shape.sub_shape(node);
    if old_type != type_text(new_schema, new.node) {
        was.push(old_type);
    } else if !shape(old_schema, old.node).is_same_as(&shape(new_schema, new.node)) {
        was.push(format!("another {old_type}"));
    }
    let is_key = |schema: &Schema, name: &String| schema.key.contains(name);
    match (is_key(old_schema, &old.name), is_key(new_schema, &new.name)) {
        (true, false) => was.push("key".to_owned()),
        (false, true) => was.push("no key".to_owned()),
        _ => {}
    }
    (!was.is_empty()).then(|| was.join(", "))
}

/// What a reference is known by, whatever tables and fields are called: the table that it leads to, and by which fields;
/// of one within a field, also the way there.
type Way = (u32, Vec<(Option<u32>, String)>);

/// Lists the references of a table.
fn links_of(tables: &Tables, id: u32) -> BTreeMap<Way, (String, Reference)> {
    let Some((_, version)) = tables.get(id) else {
        return BTreeMap::new();
    };
    let slot = |path: &String| {
        let end = path.find(['.', '[', '{', ':']).unwrap_or(path.len());
        let (name, rest) = path.split_at(end);
        let fields = version.schema.shape.fields();
        let position = fields.iter().position(|field| field.name == name);
        let id = position.and_then(|position| version.slots.get(&(NodeId::ROOT, position)));
        (id.copied(), rest.to_owned())
    };
    let links = version.schema.references.iter().enumerate();
    links
        .map(|(position, reference)| {
            let target = version.targets.get(position).map_or(0, |target| target.table);
            let fields = reference.fields.iter().map(slot).collect();
            let mut reference = reference.clone();
            reference.table = tables.target(version, position);
            ((target, fields), (reference.to_string(), reference))
        })
        .collect()
}

fn link(old: Option<&(String, Reference)>, new: Option<&(String, Reference)>) -> Option<Link> {
    let (text, reference) = new.or(old)?;
    let was = old
        .filter(|(was, _)| new.is_some_and(|(text, _)| was != text))
        .map(|(was, _)| was.clone());
    Some(Link {
        mark: Mark::of(old, new, was.as_ref()),
        to: reference.table.clone(),
        fields: reference.fields.join(", "),
        text: text.clone(),
        was,
    })
}
