//! A version as facts, seen from the base.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::schema::{FieldPath, Node, NodeId, OrderWay, PathStep, Schema};

use super::super::direct::Trail;
use super::super::document::HistoryVersion;
use super::super::owner::{Owner, owners};
use super::super::write::whole_json;
use super::facts::{Content, Fact, Facts, Kind, NEW, PathPart, PathParts, Place, SlotFact};

/// A version as facts, and how its names lead to places.
pub(super) struct View {
    pub(super) facts: Facts,
    /// What its hints say of rows that don't fit: the change alone, and nothing that stays.
    pub(super) resolutions: Facts,
    /// Tables and slots of this version by name: their identities.
    tables: BTreeMap<String, String>,
    slots: BTreeMap<(Owner, String), String>,
}

impl View {
    /// Looks at a version from where the trail began.
    pub(super) fn of(version: &HistoryVersion, trail: &Trail<'_, '_>) -> Result<Self, String> {
        let json = serde_json::to_value(whole_json(version)).map_err(|error| error.to_string())?;
        let mut view = Self {
            facts: Facts::new(),
            resolutions: Facts::new(),
            tables: BTreeMap::new(),
            slots: BTreeMap::new(),
        };
        view.identify(&json, trail);
        for declared in items(&json["types"]) {
            view.add_type(declared);
        }
        for table in items(&json["tables"]) {
            view.add_table(table);
        }
        for (name, table) in &version.tables {
            view.add_objects(name, &table.schema)?;
        }
        for (table, resolutions) in &version.hints.on_failure {
            for (path, resolution) in resolutions {
                let place = Place::OnFailure(view.table(table), view.failure_path(table, path));
                view.resolutions.insert(place, Fact::OnFailure(*resolution));
            }
        }
        Ok(view)
    }

    /// Returns the identity of a table of this version.
    pub(super) fn table(&self, name: &str) -> String {
        self.tables.get(name).cloned().unwrap_or_else(|| new(name))
    }

    /// Returns the identity of an owner of this version.
    pub(super) fn owner(&self, owner: &Owner) -> Owner {
        match owner {
            Owner::Table(name) => Owner::Table(self.table(name)),
            Owner::Type(name) => Owner::Type(name.clone()),
            Owner::Variant(name, variant) => {
                let id = self.slot(&Owner::Type(name.clone()), variant);
                Owner::Variant(name.clone(), id)
            }
        }
    }

    /// Returns the identity of a slot of this version.
    pub(super) fn slot(&self, owner: &Owner, slot: &str) -> String {
        let known = self.slots.get(&(owner.clone(), slot.to_owned()));
        known.cloned().unwrap_or_else(|| new(slot))
    }

    /// Returns a path of `on_failure` with the identity of its field.
    fn failure_path(&self, table: &str, path: &str) -> String {
        if path.starts_with('@') {
            return path.to_owned();
        }
        let end = path.find(['.', '[', '{', ':']).unwrap_or(path.len());
        let (field, rest) = path.split_at(end);
        format!("{}{rest}", self.slot(&Owner::Table(table.to_owned()), field))
    }

    /// Finds out which tables and slots the base had, and what they were called there.
    fn identify(&mut self, json: &Json, trail: &Trail<'_, '_>) {
        let mut named: Vec<(Owner, &Json)> = Vec::new();
        for table in items(&json["tables"]) {
            let name = text(&table["name"]);
            let id = trail.table(&name).unwrap_or_else(|| new(&name));
            self.tables.insert(name.clone(), id);
            named.push((Owner::Table(name), &table["fields"]));
        }
        for declared in items(&json["types"]) {
            let name = text(&declared["name"]);
            named.push((Owner::Type(name.clone()), &declared["fields"]));
            named.push((Owner::Type(name.clone()), &declared["variants"]));
            for variant in items(&declared["variants"]) {
                let owner = Owner::Variant(name.clone(), text(&variant["name"]));
                named.push((owner, &variant["fields"]));
            }
        }
        for (owner, slots) in named {
            for slot in items(slots) {
                let name = text(&slot["name"]);
                let id = trail.slot(&owner, &name).unwrap_or_else(|| new(&name));
                self.slots.insert((owner.clone(), name), id);
            }
        }
    }

    fn add_type(&mut self, declared: &Json) {
        let name = text(&declared["name"]);
        let owner = Owner::Type(name.clone());
        let is_struct = declared["variants"].is_null();
        let kind = if is_struct { Kind::Struct } else { Kind::Enum };
        self.facts.insert(Place::Type(name.clone()), Fact::Type(kind));
        self.add_fields(&owner, &declared["fields"]);
        for variant in items(&declared["variants"]) {
            let slot = text(&variant["name"]);
            let content = match (&variant["tuple"], &variant["fields"]) {
                (Json::Null, Json::Null) => Content::Unit,
                (Json::Null, _) => Content::Fields,
                (tuple, _) => Content::Tuple(items(tuple).map(|ty| self.in_base(&text(ty))).collect()),
            };
            self.add_slot(&owner, variant, content);
            if variant["default"] == true {
                let id = self.slot(&owner, &slot);
                self.facts
                    .insert(Place::DefaultVariant(name.clone()), Fact::Slots(vec![id]));
            }
            self.add_fields(&Owner::Variant(name.clone(), slot), &variant["fields"]);
        }
    }

    fn add_table(&mut self, table: &Json) {
        let name = text(&table["name"]);
        let id = self.table(&name);
        let row = table["row"].as_str().map(str::to_owned);
        self.facts
            .insert(Place::Table(id.clone()), Fact::Table(name.clone(), row));
        let owner = Owner::Table(name);
        self.add_fields(&owner, &table["fields"]);
        let key = items(&table["key"]).map(|field| self.slot(&owner, &text(field)));
        let key = Fact::Slots(key.collect());
        self.facts.insert(Place::Key(id), key);
    }

    fn add_fields(&mut self, owner: &Owner, fields: &Json) {
        for field in items(fields) {
            let content = Content::Field(self.in_base(&text(&field["type"])));
            self.add_slot(owner, field, content);
        }
    }

    fn add_slot(&mut self, owner: &Owner, slot: &Json, content: Content) {
        let name = text(&slot["name"]);
        let place = Place::Slot(self.owner(owner), self.slot(owner, &name));
        // Of a variant it says something else.
        let is_field = matches!(content, Content::Field(_));
        let fact = SlotFact {
            default: slot.get("default").filter(|_| is_field).cloned(),
            reuses: items(&slot["reuses"]).map(text).collect(),
            name,
            content,
        };
        self.facts.insert(place, Fact::Slot(fact));
    }

    fn add_objects(&mut self, name: &str, schema: &Schema) -> Result<(), String> {
        let id = self.table(name);
        let owners: BTreeMap<NodeId, Owner> = owners(name, schema).into_iter().rev().collect();
        let parts = |view: &Self, path: &String| view.parts(schema, &owners, path);
        for index in &schema.indexes {
            let fields = index.fields.iter().map(|field| {
                let mut parts = parts(self, &field.path)?;
                parts.extend((field.way == OrderWay::Descending).then_some(PathPart::Descending));
                Ok(parts)
            });
            let place = Place::Index(id.clone(), fields.collect::<Result<_, String>>()?);
            let fact = Fact::Index(index.name.clone(), index.unique);
            if let Some(Fact::Index(other, _)) = self.facts.insert(place, fact) {
                let both = format!("{} and {other} of {name}", index.name);
                return Err(format!(
                    "the indexes {both} are over the same fields, one of them unique: take the other one out before merging"
                ));
            }
        }
        for reference in &schema.references {
            let parent = Owner::Table(reference.table.clone());
            let to = reference.to.iter().map(|field| self.slot(&parent, field));
            let to = to.collect();
            let fields = reference.fields.iter().map(|path| parts(self, path));
            let fields = fields.collect::<Result<_, String>>()?;
            let place = Place::Reference(id.clone(), fields, self.table(&reference.table), to);
            self.facts.insert(place, Fact::Reference(reference.on_delete));
        }
        Ok(())
    }

    fn parts(
        &self,
        schema: &Schema,
        owners: &BTreeMap<NodeId, Owner>,
        path: &str,
    ) -> Result<PathParts, String> {
        let resolved = FieldPath::resolve(&schema.shape, path)?;
        let mut parts = PathParts::new();
        for step in resolved.steps {
            parts.push(match step {
                PathStep::Some => continue,
                PathStep::Items(_) => PathPart::Items("[]"),
                PathStep::Keys(_) => PathPart::Items("{key}"),
                PathStep::Values(_) => PathPart::Items("{value}"),
                PathStep::Slot((node, position)) => match (schema.shape.node(node), owners.get(&node)) {
                    (Node::Struct { fields, .. }, Some(owner)) => {
                        let slot = self.slot(owner, &fields[position].name);
                        PathPart::Slot(self.owner(owner), slot)
                    }
                    _ => PathPart::Position(position.to_string()),
                },
            });
        }
        Ok(parts)
    }

    /// Returns a type with the identities of the tables that it refers to.
    fn in_base(&self, ty: &str) -> String {
        with_tables(ty, |name| self.table(name))
    }
}

pub(super) fn new(name: &str) -> String {
    format!("{NEW}{name}")
}

/// Returns a type with other names of the tables that it refers to.
pub(super) fn with_tables(ty: &str, named: impl Fn(&str) -> String) -> String {
    let mut parts = ty.split("ref<");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (table, rest) = part.split_once('>').unwrap_or((part, ""));
        out.push_str(&format!("ref<{}>{rest}", named(table)));
    }
    out
}

/// Lists the words of a type: names of types and tables, and of the grammar.
pub(super) fn words(ty: &str) -> impl Iterator<Item = &str> {
    let words = ty.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.filter(|word| !word.is_empty())
}

/// Lists the types that are named in a type, and in those, all the way down; and tables whose rows are in it.
pub(super) fn reach<'t, T: AsRef<str> + ?Sized + 't>(
    types: impl IntoIterator<Item = &'t T>,
    views: &[&Facts],
) -> BTreeSet<Owner> {
    let mut pending: Vec<&str> = types.into_iter().map(AsRef::as_ref).collect();
    let mut found = BTreeSet::new();
    let rows = tables_by_row(views);
    // Most types name no other ones.
    let mut contents: Option<Contents<'_>> = None;
    while let Some(ty) = pending.pop() {
        for word in words(ty) {
            let of_type = Owner::Type(word.to_owned());
            let place = Place::Type(word.to_owned());
            let is_type = views.iter().any(|facts| facts.contains_key(&place));
            let tables = rows.get(word).into_iter().flatten().copied();
            let named: Vec<Owner> = tables
                .map(|id| Owner::Table(id.clone()))
                .chain(is_type.then_some(of_type))
                .collect();
            for owner in named {
                let contents = contents.get_or_insert_with(|| contents_of(views));
                pending.extend(contents.remove(&owner).into_iter().flatten());
                found.insert(owner);
            }
        }
    }
    found
}

/// Lists the types of the slots of a table, or of a type and its variants.
pub(super) fn inside<'f>(of: &Owner, facts: &'f Facts) -> Vec<&'f str> {
    let mut types = Vec::new();
    for (place, fact) in facts {
        if let (Place::Slot(owner, _), Fact::Slot(slot)) = (place, fact)
            && around(owner) == *of
        {
            types.extend(slot.content.types().iter().map(String::as_str));
        }
    }
    types
}

/// Returns the table or type that an owner is, or the enum that it is a variant of.
pub(super) fn around(owner: &Owner) -> Owner {
    match owner {
        Owner::Variant(name, _) => Owner::Type(name.clone()),
        other => other.clone(),
    }
}

/// The types in tables and embedded types.
type Contents<'f> = BTreeMap<Owner, Vec<&'f str>>;

fn contents_of<'f>(views: &[&'f Facts]) -> Contents<'f> {
    let mut contents = Contents::new();
    for (place, fact) in views.iter().copied().flatten() {
        if let (Place::Slot(owner, _), Fact::Slot(slot)) = (place, fact) {
            let types = slot.content.types().iter().map(String::as_str);
            contents.entry(around(owner)).or_default().extend(types);
        }
    }
    contents
}

/// Finds tables by the name of their row's type.
fn tables_by_row<'f>(views: &[&'f Facts]) -> BTreeMap<&'f str, BTreeSet<&'f String>> {
    let mut rows: BTreeMap<&str, BTreeSet<&String>> = BTreeMap::new();
    for (place, fact) in views.iter().copied().flatten() {
        if let (Place::Table(id), Fact::Table(_, Some(row))) = (place, fact) {
            rows.entry(row).or_default().insert(id);
        }
    }
    rows
}

fn items(json: &Json) -> impl Iterator<Item = &Json> {
    json.as_array().into_iter().flatten()
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}
