//! A version of one branch on top of the other branch.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::super::owner::Owner;
use super::edit::is_same;
use super::facts::{Content, Fact, Facts, Kind, NEW, Place, SlotFact};
use super::objects::path_text;
use super::view::{around, reach, with_tables};

/// Makes what the changes of both branches make of the base. Where both changed something, they did it alike.
pub(super) fn both(base: &Facts, a: &Facts, b: &Facts) -> Facts {
    let places: BTreeSet<&Place> = base.keys().chain(a.keys()).chain(b.keys()).collect();
    let mut facts = Facts::new();
    for place in places {
        let (before, one, two) = (base.get(place), a.get(place), b.get(place));
        // A type is gone where nothing uses it, and the other side may.
        let is_unused = |facts: &Facts| of_type(place).is_some_and(|of| !facts.contains_key(&of));
        let takes_first = is_same(before, two) || is_unused(b);
        let mut fact = if takes_first && !is_unused(a) { one } else { two }.cloned();
        if let (Some(Fact::Slot(fact)), Some(Fact::Slot(one)), Some(Fact::Slot(two))) = (&mut fact, one, two)
        {
            let is_unchanged = matches!(before, Some(Fact::Slot(before)) if before.reuses == two.reuses);
            fact.reuses
                .clone_from(if is_unchanged { &one.reuses } else { &two.reuses });
        }
        facts.extend(fact.map(|fact| (place.clone(), fact)));
    }
    let used = used(&facts);
    facts.retain(|place, _| match of_type(place) {
        Some(Place::Type(name)) => used.contains(&Owner::Type(name)),
        _ => true,
    });
    facts
}

/// Returns the place of the type that a place belongs to, or is.
fn of_type(place: &Place) -> Option<Place> {
    match place {
        Place::Type(_) => Some(place.clone()),
        place => match around(&place.owner()?) {
            Owner::Type(name) => Some(Place::Type(name)),
            _ => None,
        },
    }
}

/// Lists the types that tables use.
fn used(facts: &Facts) -> BTreeSet<Owner> {
    let of_tables = facts.iter().filter_map(|(place, fact)| match (place, fact) {
        (Place::Slot(Owner::Table(_), _), Fact::Slot(slot)) => Some(slot.content.types()),
        _ => None,
    });
    reach(of_tables.flatten(), &[facts])
}

/// Names of things, by identity.
#[derive(Clone, Copy)]
pub(super) struct Names<'f>(pub(super) &'f Facts);

impl Names<'_> {
    pub(super) fn table(self, id: &str) -> String {
        match self.0.get(&Place::Table(id.to_owned())) {
            Some(Fact::Table(name, _)) => name.clone(),
            _ => id.trim_start_matches(NEW).to_owned(),
        }
    }

    pub(super) fn has_table(self, id: &str) -> bool {
        self.0.contains_key(&Place::Table(id.to_owned()))
    }

    pub(super) fn slot(self, owner: &Owner, slot: &str) -> String {
        let name = self.of(&Place::Slot(owner.clone(), slot.to_owned()));
        name.unwrap_or_else(|| slot.trim_start_matches(NEW).to_owned())
    }

    /// Returns the name of a slot, if it is there.
    pub(super) fn of(self, slot: &Place) -> Option<String> {
        match self.0.get(slot) {
            Some(Fact::Slot(slot)) => Some(slot.name.clone()),
            _ => None,
        }
    }

    pub(super) fn owner(self, owner: &Owner) -> Owner {
        match owner {
            Owner::Table(id) => Owner::Table(self.table(id)),
            Owner::Type(name) => Owner::Type(name.clone()),
            Owner::Variant(name, variant) => {
                let variant = self.slot(&Owner::Type(name.clone()), variant);
                Owner::Variant(name.clone(), variant)
            }
        }
    }
}

/// Writes facts as a version of a document, without its label and hints.
pub(super) fn written(facts: &Facts) -> Json {
    let names = Names(facts);
    let mut slots: BTreeMap<&Owner, Vec<&SlotFact>> = BTreeMap::new();
    for (place, fact) in facts {
        if let (Place::Slot(owner, _), Fact::Slot(slot)) = (place, fact) {
            slots.entry(owner).or_default().push(slot);
        }
    }
    let writer = Writer { names, slots };
    let mut tables = Vec::new();
    let mut types = Vec::new();
    for (place, fact) in facts {
        match (place, fact) {
            (Place::Table(id), Fact::Table(name, row)) => tables.push(writer.table(id, name, row.as_ref())),
            (Place::Type(name), Fact::Type(kind)) => types.push(writer.declared(name, *kind)),
            _ => {}
        }
    }
    json!({ "types": types, "tables": tables })
}

struct Writer<'f> {
    names: Names<'f>,
    slots: BTreeMap<&'f Owner, Vec<&'f SlotFact>>,
}

impl Writer<'_> {
    fn table(&self, id: &str, name: &str, row: Option<&String>) -> Json {
        let owner = Owner::Table(id.to_owned());
        let mut table = json!({ "name": name, "key": [], "fields": self.fields(&owner) });
        if let Some(row) = row {
            table["row"] = row.as_str().into();
        }
        if let Some(Fact::Slots(key)) = self.names.0.get(&Place::Key(id.to_owned())) {
            table["key"] = key.iter().map(|slot| self.names.slot(&owner, slot)).collect();
        }
        let (mut indexes, mut references) = (Vec::new(), Vec::new());
        let named = |owner: &Owner, slot: &str| self.names.slot(owner, slot);
        for (place, fact) in self.names.0 {
            match (place, fact) {
                (Place::Index(table, paths), Fact::Index(name, unique)) if table == id => {
                    let fields: Json = paths.iter().map(|path| path_text(path, named)).collect();
                    indexes.push(json!({ "name": name, "fields": fields, "unique": unique }));
                }
                (Place::Reference(table, paths, target, to), Fact::Reference(on_delete)) if table == id => {
                    let fields: Json = paths.iter().map(|path| path_text(path, named)).collect();
                    let parent = Owner::Table(target.clone());
                    let to: Json = to.iter().map(|slot| self.names.slot(&parent, slot)).collect();
                    references.push(json!({
                        "fields": fields, "table": self.names.table(target), "to": to, "on_delete": on_delete,
                    }));
                }
                _ => {}
            }
        }
        table["indexes"] = indexes.into();
        table["references"] = references.into();
        table
    }

    fn declared(&self, name: &str, kind: Kind) -> Json {
        let owner = Owner::Type(name.to_owned());
        if kind == Kind::Struct {
            return json!({ "name": name, "fields": self.fields(&owner) });
        }
        let default = match self.names.0.get(&Place::DefaultVariant(name.to_owned())) {
            Some(Fact::Slots(slots)) => slots.first().map(|slot| self.names.slot(&owner, slot)),
            _ => None,
        };
        let mut variants = Vec::new();
        for (place, fact) in self.names.0 {
            if let (Place::Slot(of, id), Fact::Slot(slot)) = (place, fact)
                && *of == owner
            {
                let mut variant = self.slot(&owner, slot);
                variant["default"] = (default.as_ref() == Some(&slot.name)).into();
                match &slot.content {
                    Content::Tuple(items) => {
                        variant["tuple"] = items.iter().map(|ty| self.ty(ty)).collect();
                    }
                    Content::Fields => {
                        let payload = Owner::Variant(name.to_owned(), id.clone());
                        variant["fields"] = self.fields(&payload);
                    }
                    Content::Unit | Content::Field(_) => {}
                }
                variants.push(variant);
            }
        }
        json!({ "name": name, "variants": variants })
    }

    fn fields(&self, owner: &Owner) -> Json {
        let fields = self.slots.get(owner).into_iter().flatten();
        let fields = fields.map(|slot| {
            let mut field = self.slot(owner, slot);
            if let Content::Field(ty) = &slot.content {
                field["type"] = self.ty(ty).into();
            }
            if let Some(default) = &slot.default {
                field["default"] = default.clone();
            }
            field
        });
        fields.collect()
    }

    fn slot(&self, owner: &Owner, slot: &SlotFact) -> Json {
        let is_live = |name: &String| {
            let mut beside = self.slots.get(owner).into_iter().flatten();
            beside.any(|slot| slot.name == *name)
        };
        let reuses = slot.reuses.iter().filter(|name| is_live(name));
        let mut json = Map::new();
        json.insert("name".to_owned(), slot.name.clone().into());
        json.insert("reuses".to_owned(), reuses.cloned().collect());
        json.into()
    }

    fn ty(&self, ty: &str) -> String {
        with_tables(ty, |id| self.names.table(id))
    }
}
