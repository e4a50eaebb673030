//! Which object of one revision is which of another: objects followed through the ledger, by what the catalogue says.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Revisions, Tables};
use crate::error::{Error, Result};
use crate::plan::{Presence, Version, ViewVersion, Views};
use crate::schema::{Fingerprint, ObjectKind, Part, Schema, parts};

/// All versions of all tables, by table id.
pub type AllVersions = BTreeMap<u32, BTreeMap<u32, Version>>;

/// All versions of all views, by view id.
pub type AllViewVersions = BTreeMap<u32, BTreeMap<u32, ViewVersion>>;

/// All objects that a store ever had.
#[derive(Debug, Default)]
pub struct Lineage {
    /// The objects, in the order in which they came.
    pub objects: Vec<Known>,
}

/// An object, wherever it was.
#[derive(Debug)]
pub struct Known {
    /// What it is.
    pub kind: ObjectKind,
    /// The id of its table; none for a type or a view.
    owner: Option<u32>,
    /// What it has been, in the order in which it first was each of it: its versions, but for those of tables and views.
    contents: Vec<Fingerprint>,
    /// How it stood, by revision.
    pub seen: BTreeMap<u64, Seen>,
}

/// How an object stood at a revision.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// The hash of what it was.
    pub content: Fingerprint,
    /// What it used.
    pub uses: BTreeSet<(ObjectKind, String)>,
    /// What it is known again by in the next revision, the strongest first.
    marks: Vec<String>,
}

/// An object of one revision that has not been found in those before.
struct Found {
    part: Part,
    owner: Option<u32>,
    marks: Vec<String>,
    /// Its version in the store, if it has versions there.
    stored_version: u32,
}

impl Lineage {
    /// Follows all objects through the revisions.
    ///
    /// # Errors
    ///
    /// If a revision names a version that isn't there.
    pub fn of(
        revisions: &Revisions,
        versions: &AllVersions,
        view_versions: &AllViewVersions,
    ) -> Result<Self> {
        let mut lineage = Self::default();
        for (revision, parent, tables) in revisions.all() {
            let mut found = found_in(tables, versions)?;
            let views = revisions.views(revision);
            found.extend(
                views
                    .map(|views| views_in(views, tables, view_versions))
                    .transpose()?
                    .into_iter()
                    .flatten(),
            );
            let mut found: Vec<Option<Found>> = found.into_iter().map(Some).collect();
            let mut before = lineage.objects_of(parent);
            let marks = found.iter().flatten().map(|found| found.marks.len()).max();
            for strength in 0..marks.unwrap_or(0) {
                for slot in &mut found {
                    let Some(known) = slot.as_ref().and_then(|found| before.take(found, strength)) else {
                        continue;
                    };
                    if let Some(found) = slot.take() {
                        lineage.objects[known].see(revision, found);
                    }
                }
            }
            for found in found.into_iter().flatten() {
                let known = lineage.returned(&found, revision);
                lineage.objects[known].see(revision, found);
            }
        }
        Ok(lineage)
    }

    fn objects_of(&self, revision: Option<u64>) -> Before {
        let mut before = Before::default();
        for (position, known) in self.objects.iter().enumerate() {
            let seen = revision.and_then(|revision| known.seen.get(&revision));
            for (strength, mark) in seen.iter().flat_map(|seen| seen.marks.iter().enumerate()) {
                let key = (known.kind, known.owner, strength, mark.clone());
                before.by_mark.entry(key).or_default().push(position);
            }
        }
        before
    }

    /// Finds the object of this name that was there before and is not in the revision yet; else makes a new one.
    fn returned(&mut self, found: &Found, revision: u64) -> usize {
        let is_it = |known: &Known| {
            let last = known.seen.values().next_back();
            (known.kind, known.owner) == (found.part.kind, found.owner)
                && !known.seen.contains_key(&revision)
                && last.is_some_and(|last| last.name == found.part.name)
        };
        if let Some(position) = self.objects.iter().rposition(is_it) {
            return position;
        }
        self.objects.push(Known {
            kind: found.part.kind,
            owner: found.owner,
            contents: Vec::new(),
            seen: BTreeMap::new(),
        });
        self.objects.len() - 1
    }
}

impl Known {
    fn see(&mut self, revision: u64, found: Found) {
        let content = found.part.content;
        let version = match self.kind {
            ObjectKind::Table | ObjectKind::View => found.stored_version,
            _ => {
                if !self.contents.contains(&content) {
                    self.contents.push(content);
                }
                let position = self.contents.iter().position(|known| *known == content);
                position
                    .and_then(|position| u32::try_from(position + 1).ok())
                    .unwrap_or(u32::MAX)
            }
        };
        let seen = Seen {
            name: found.part.name,
            version,
            content,
            uses: found.part.uses,
            marks: found.marks,
        };
        self.seen.insert(revision, seen);
    }
}

/// What an object is known by: its kind, its table, and a mark of some strength.
type Mark = (ObjectKind, Option<u32>, usize, String);

/// The objects of the revision before.
#[derive(Default)]
struct Before {
    by_mark: BTreeMap<Mark, Vec<usize>>,
    taken: BTreeSet<usize>,
}

impl Before {
    fn take(&mut self, found: &Found, strength: usize) -> Option<usize> {
        let mark = found.marks.get(strength)?.clone();
        let known = self
            .by_mark
            .get(&(found.part.kind, found.owner, strength, mark))?;
        let free = known.iter().find(|known| !self.taken.contains(known)).copied()?;
        self.taken.insert(free);
        Some(free)
    }
}

fn views_in(views: &Views, tables: &Tables, versions: &AllViewVersions) -> Result<Vec<Found>> {
    let live = views.iter().filter(|(_, state)| state.presence == Presence::Live);
    let mut found = Vec::new();
    for (id, state) in live {
        let version = versions.get(id).and_then(|versions| versions.get(&state.version));
        let version = version.ok_or_else(|| {
            let place = format!("version {} of the view {}", state.version, state.name);
            Error::corrupt(place, "it is missing")
        })?;
        let used = version.tables().into_iter();
        let used = used.filter_map(|table| Some((ObjectKind::Table, tables.get(&table)?.name.clone())));
        found.push(Found {
            part: Part {
                kind: ObjectKind::View,
                name: state.name.clone(),
                label: state.name.clone(),
                table: None,
                position: 0,
                content: version.schema.fingerprint(),
                uses: used.collect(),
            },
            owner: None,
            marks: vec![format!("id {id}")],
            stored_version: state.version,
        });
    }
    Ok(found)
}

fn found_in(tables: &Tables, versions: &AllVersions) -> Result<Vec<Found>> {
    let mut live = Vec::new();
    for (id, state) in tables
        .iter()
        .filter(|(_, state)| state.presence == Presence::Live)
    {
        let version = versions
            .get(id)
            .and_then(|versions| versions.get(&state.version))
            .ok_or_else(|| {
                let place = format!("version {} of table {}", state.version, state.name);
                Error::corrupt(place, "it is missing")
            })?;
        live.push((*id, state, version, state.labelled(&version.schema)));
    }
    live.sort_by(|one, two| one.1.name.cmp(&two.1.name));
    let schemas: Vec<(&str, &Schema)> = live
        .iter()
        .map(|(_, state, _, schema)| (state.name.as_str(), schema))
        .collect();
    let found = parts(&schemas).into_iter().map(|part| {
        let table = part.table.map(|table| &live[table]);
        let (name, label, content) = (&part.name, &part.label, part.content);
        let marks = match (part.kind, table) {
            // A table is its id.
            (ObjectKind::Table, _) => vec![String::new()],
            (ObjectKind::Index, Some((_, state, _, _))) => {
                let id = state.index_ids.get(part.position).copied().unwrap_or_default();
                vec![id.to_string(), name.clone()]
            }
            (ObjectKind::Reference, Some((_, _, version, schema))) => {
                let target = version.targets.get(part.position).map(|target| target.table);
                let reference = &schema.references[part.position];
                vec![
                    format!("{target:?} {:?}", reference.fields),
                    format!("{target:?} {:?}", reference.to),
                ]
            }
            // A number behind a name may be another one as soon as there is another table.
            _ => vec![
                format!("{name} {content}"),
                format!("{label} {content}"),
                name.clone(),
                content.to_string(),
            ],
        };
        Found {
            owner: table.map(|(id, _, _, _)| *id),
            stored_version: table.map_or(0, |(_, state, _, _)| state.version),
            part,
            marks,
        }
    });
    Ok(found.collect())
}
