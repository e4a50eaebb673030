//! Every object that a store has or had, from the ledger and the stored versions alone.

use std::fmt;

use serde_json::{Value, json};

use crate::catalog::{
    Release, Revisions, find_release, read_ledger, read_standpoint, read_versions, read_view, releases,
};
use crate::error::Result;
use crate::schema::{Fingerprint, ObjectKind};

use super::database::Database;
use super::lineage::{AllVersions, AllViewVersions, Known, Lineage};

/// The objects of a store, or of one of its releases.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// let objects = db.objects()?;
/// let city = &objects.objects[0];
/// assert_eq!((city.name.as_str(), city.version, city.is_present), ("city", 1, true));
/// assert!(objects.to_string().starts_with("revision 1\ntable city, version 1, in no release, "));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objects {
    /// The current revision, or that of the release.
    pub revision: u64,
    /// The release that was asked for.
    pub release: Option<String>,
    /// The objects: by kind, then by name, then in the order in which they came.
    pub objects: Vec<Object>,
}

/// A table, type, index, reference or view. It keeps being the same object under another name and in another shape.
/// [`Database::objects`] lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name: `users`, `Address`, `users.by_mail`, `users (team) to teams`.
    pub name: String,
    /// A table's or view's version in the store. Of anything else, how many shapes it had when it first had this one.
    pub version: u32,
    /// What it uses, by kind and name: a table and a type the types and tables in their fields, an index its table, a
    /// reference both tables, a view the tables that it reads.
    pub uses: Vec<(ObjectKind, String)>,
    /// The hash of the canonical encoding of its part of the schema (docs/format.md, "Objects").
    pub content: Fingerprint,
    /// The revision whose state this is: the one asked for if it is there, else the newest in which it was.
    pub revision: u64,
    /// Of the releases in which it was there, the one of the oldest revision.
    pub first_release: Option<String>,
    /// And the one of the newest.
    pub last_release: Option<String>,
    /// Whether it is there now.
    pub is_present: bool,
}

impl Objects {
    /// Returns them as JSON: `{"revision", "release", "objects": [{"kind", "name", "version", "uses": [{"kind",
    /// "name"}], "content", "revision", "first_release", "last_release", "present"}]}`. A release that isn't there is
    /// null.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let json = db.objects()?.to_json();
    /// assert_eq!(json["objects"][0]["kind"], "table");
    /// assert_eq!(json["objects"][0]["name"], "city");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "revision": self.revision,
            "release": self.release,
            "objects": self.objects.iter().map(Object::to_json).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.release {
            Some(release) => write!(f, "release {release}, revision {}", self.revision)?,
            None => write!(f, "revision {}", self.revision)?,
        }
        self.objects.iter().try_for_each(|object| write!(f, "\n{object}"))
    }
}

impl Object {
    fn to_json(&self) -> Value {
        let uses = self
            .uses
            .iter()
            .map(|(kind, name)| json!({ "kind": kind, "name": name }));
        json!({
            "kind": self.kind,
            "name": self.name,
            "version": self.version,
            "uses": uses.collect::<Vec<_>>(),
            "content": self.content.to_string(),
            "revision": self.revision,
            "first_release": self.first_release,
            "last_release": self.last_release,
            "present": self.is_present,
        })
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, version {}", self.kind, self.name, self.version)?;
        match (&self.first_release, &self.last_release) {
            (Some(first), Some(last)) if first == last => write!(f, ", release {first}")?,
            (Some(first), Some(last)) => write!(f, ", releases {first} to {last}")?,
            _ => write!(f, ", in no release")?,
        }
        if !self.is_present {
            write!(f, ", gone")?;
        }
        let uses: Vec<String> = self
            .uses
            .iter()
            .map(|(kind, name)| format!("{kind} {name}"))
            .collect();
        if !uses.is_empty() {
            write!(f, ", uses {}", uses.join(", "))?;
        }
        write!(f, ", {}", self.content)
    }
}

impl Database {
    /// Lists every object that the store has or ever had: tables, types, indexes, references and views, as they stand now, or as
    /// they last stood if they are gone. Reads the ledger and the stored versions, and needs no entity.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// drop(options().entities::<(City,)>().open("cities")?);
    /// let db = options().entities::<()>().drop_table("city").open("cities")?;
    /// let objects = db.objects()?.objects;
    /// assert_eq!((objects[0].name.as_str(), objects[0].revision, objects[0].is_present), ("city", 1, false));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the ledger or a version is damaged.
    pub fn objects(&self) -> Result<Objects> {
        self.list_objects(None)
    }

    /// Lists the objects that were there in a release, as they stood then.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// options().entities::<(City,)>().open("cities")?.release("1.0")?;
    /// let db = options().entities::<()>().drop_table("city").open("cities")?;
    /// let then = db.objects_of_release("1.0")?;
    /// assert_eq!((then.revision, then.objects[0].name.as_str()), (1, "city"));
    /// assert_eq!(db.objects_of_release("2.0").unwrap_err().kind(), ErrorKind::NotFound);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such release: the error lists those that are there, the most similar first. Else as
    /// [`Database::objects`].
    pub fn objects_of_release(&self, name: &str) -> Result<Objects> {
        self.list_objects(Some(name))
    }

    fn list_objects(&self, release: Option<&str>) -> Result<Objects> {
        let snapshot = self.core().snapshot()?;
        let head = read_standpoint(snapshot.as_ref())?.map_or_else(|| self.head(), |(_, head)| head);
        let ledger = read_ledger(snapshot.as_ref(), &head)?;
        let asked = release.map(|name| find_release(&ledger, name)).transpose()?;
        let mut versions = AllVersions::new();
        for id in head.tables.keys() {
            versions.insert(*id, read_versions(snapshot.as_ref(), *id)?);
        }
        let mut views = AllViewVersions::new();
        for (id, view) in &head.views {
            views.insert(*id, read_view(snapshot.as_ref(), *id, view)?.versions);
        }
        let lineage = Lineage::of(&Revisions::of(&ledger), &versions, &views)?;
        let view = View {
            current: head.revision,
            at: asked.as_ref().map_or(head.revision, |release| release.revision),
            releases: by_revision(releases(&ledger)),
        };
        let is_wanted = |known: &&Known| asked.is_none() || known.seen.contains_key(&view.at);
        let wanted = lineage.objects.iter().filter(is_wanted);
        let mut objects: Vec<Object> = wanted.filter_map(|known| view.object(known)).collect();
        // Sorting is stable: of one name, the one that came first stays first.
        objects.sort_by(|one, two| (one.kind, &one.name).cmp(&(two.kind, &two.name)));
        Ok(Objects {
            revision: view.at,
            release: asked.map(|release| release.name),
            objects,
        })
    }
}

/// Sorts releases by revision; the names of one revision stay in the order in which it got them.
fn by_revision(mut releases: Vec<Release>) -> Vec<Release> {
    releases.sort_by_key(|release| release.revision);
    releases
}

/// What objects are looked at from.
struct View {
    /// The current revision.
    current: u64,
    /// The revision whose state is told.
    at: u64,
    /// The releases, by revision.
    releases: Vec<Release>,
}

impl View {
    fn object(&self, known: &Known) -> Option<Object> {
        let here = known.seen.get_key_value(&self.at);
        let (revision, seen) = here.or_else(|| known.seen.last_key_value())?;
        let mut within = self
            .releases
            .iter()
            .filter(|release| known.seen.contains_key(&release.revision));
        let name = |release: &Release| release.name.clone();
        let first = within.next();
        let last = within.next_back().or(first);
        Some(Object {
            kind: known.kind,
            name: seen.name.clone(),
            version: seen.version,
            uses: seen.uses.iter().cloned().collect(),
            content: seen.content,
            revision: *revision,
            first_release: first.map(name),
            last_release: last.map(name),
            is_present: known.seen.contains_key(&self.current),
        })
    }
}
