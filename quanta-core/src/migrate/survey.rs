//! What a store keeps and could forget: how much, of which change, and what a journey back would give without it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quanta_storage::Snapshot;

use crate::catalog::{for_each, keys, read_bytes, read_versions};
use crate::diff::{Change, Step, Way};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{ForgottenPart, Head, LedgerRecord, Presence, TableHead, Usage, Version};
use crate::program::NoCode;
use crate::txn::{CarryError, KeptChange, Routes, carry};

use super::check::each_row;
use super::consequence::consequences;
use super::victims::read_victims;

/// What is to be forgotten of what a store keeps. Rows of tables that are there are never touched.
///
/// ```
/// # use quantadb::{Engine, Forget, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(table = "cities", register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "cities", register = false)]
/// # struct Name { #[quanta(id)] name: String }
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone());
/// # let oslo = City { name: "Oslo".into(), people: 717_710 };
/// # options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
/// let db = options().entities::<(Name,)>().open("cities")?; // `Name` has no field `people`.
/// let records = |what: &Forget| Ok::<_, quantadb::Error>(db.plan_forget(what)?.total().records);
/// assert_eq!(records(&Forget::Table("cities".into()))?, 1);
/// assert_eq!(records(&Forget::Edge { table: "cities".into(), version: 2 })?, 1);
/// assert_eq!(records(&Forget::Before(0))?, 0); // That change was made later.
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forget {
    /// Everything that is kept, and all tables that are gone.
    All,
    /// What is kept of the table by that name, and the rows of tables by that name that are gone.
    Table(String),
    /// What the change into that revision kept, and the tables that it dropped.
    Revision(u64),
    /// What is kept between that version of the table and its parent.
    Edge {
        /// The name of the table.
        table: String,
        /// The version that the edge leads into.
        version: u32,
    },
    /// What changes before that time kept, and the tables that went before it: milliseconds since 1970.
    Before(u64),
}

/// Something that a store keeps, and that can be forgotten as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPart {
    /// The table's id.
    pub table: u32,
    /// Its name; of a table that is gone, the last one.
    pub name: String,
    /// The revision that it belongs to.
    pub revision: u64,
    /// When that was made, or the table went: milliseconds since 1970.
    pub time_ms: u64,
    /// The steps that keep it.
    pub steps: Vec<Step>,
    /// What it is, and how much.
    pub part: ForgottenPart,
    /// What a journey back gives, or on again, once it is forgotten.
    pub consequences: Vec<String>,
}

/// When and by what something was made.
#[derive(Debug, Clone, Copy)]
struct Origin {
    revision: u64,
    time_ms: u64,
}

impl Forget {
    fn takes_edge(&self, name: &str, edge: u32, made: Origin) -> bool {
        match self {
            Self::All => true,
            Self::Table(table) => table == name,
            Self::Revision(revision) => made.revision == *revision,
            Self::Edge { table, version } => table == name && edge == *version,
            Self::Before(time_ms) => made.time_ms < *time_ms,
        }
    }

    fn takes_rows(&self, name: &str, made: Origin) -> bool {
        match self {
            Self::All => true,
            Self::Table(table) => table == name,
            Self::Revision(revision) => made.revision == *revision,
            Self::Edge { .. } => false,
            Self::Before(time_ms) => made.time_ms < *time_ms,
        }
    }
}

/// Lists the tables of which entries of single edges would be forgotten.
///
/// # Errors
///
/// If what is named isn't there, or the ledger doesn't say where an edge comes from.
pub(super) fn tables_with_edges(head: &Head, ledger: &[LedgerRecord], what: &Forget) -> Result<Vec<u32>> {
    check_named(head, ledger, what)?;
    let mut tables = Vec::new();
    for (id, table) in &head.tables {
        if matches!(chosen(*id, table, ledger, what)?, Chosen::Edges(edges) if !edges.is_empty()) {
            tables.push(*id);
        }
    }
    Ok(tables)
}

/// Checks that what is named is there: a name with a mistake in it would look as if nothing was kept.
///
/// # Errors
///
/// If it isn't.
fn check_named(head: &Head, ledger: &[LedgerRecord], what: &Forget) -> Result<()> {
    match what {
        Forget::Table(name) | Forget::Edge { table: name, .. } => {
            let mut tables = head.tables.values();
            if !tables.any(|table| table.state.name == *name) {
                let problem = format!("the store has no table {name}, and had none that goes by that name");
                return Err(Error::new(ErrorKind::NotFound, problem));
            }
        }
        Forget::Revision(revision) => {
            let makes = |record: &LedgerRecord| record.kind.makes_revision() && record.revision == *revision;
            if !ledger.iter().any(makes) {
                let problem = format!("the store has no revision {revision}: see `quanta history`");
                return Err(Error::new(ErrorKind::NotFound, problem));
            }
        }
        Forget::All | Forget::Before(_) => {}
    }
    Ok(())
}

/// Finds what is chosen, and counts it, rows that have not crossed an edge yet included.
///
/// # Errors
///
/// If what is named isn't there, those of the engine, and damage.
pub(super) fn survey(
    snapshot: &Arc<dyn Snapshot>,
    head: &Head,
    ledger: &[LedgerRecord],
    what: &Forget,
) -> Result<Vec<KeptPart>> {
    check_named(head, ledger, what)?;
    let mut parts = Vec::new();
    for (id, table) in &head.tables {
        match chosen(*id, table, ledger, what)? {
            Chosen::Rows(made) => parts.push(rows_of(snapshot.as_ref(), *id, table, made)?),
            Chosen::Edges(edges) if !edges.is_empty() => {
                parts.extend(edges_of(snapshot, (*id, table), &edges)?);
            }
            Chosen::Edges(_) => {}
        }
    }
    parts.retain(|part| !part.part.is_empty());
    Ok(parts)
}

/// What is chosen of one table.
enum Chosen {
    /// All of its rows: it is gone.
    Rows(Origin),
    /// What is kept on these edges.
    Edges(BTreeMap<u32, Origin>),
}

fn chosen(id: u32, table: &TableHead, ledger: &[LedgerRecord], what: &Forget) -> Result<Chosen> {
    let name = &table.state.name;
    if table.state.presence != Presence::Live {
        let went = went(id, table, ledger)?;
        if what.takes_rows(name, went) {
            return Ok(Chosen::Rows(went));
        }
    }
    let mut edges = BTreeMap::new();
    let kept = table.kept.iter().map(|(edge, _)| *edge);
    for edge in kept.chain(table.victims.iter().copied()) {
        let made = made(id, edge, ledger)?;
        if what.takes_edge(name, edge, made) {
            edges.insert(edge, made);
        }
    }
    Ok(Chosen::Edges(edges))
}

/// Finds the revision that made a version: the first that a table had it in.
fn made(table: u32, version: u32, ledger: &[LedgerRecord]) -> Result<Origin> {
    let makes = |record: &&LedgerRecord| {
        let mut effects = record.effects.iter();
        record.kind.makes_revision()
            && effects.any(|effect| effect.table == table && effect.after.version == version)
    };
    let record = ledger.iter().find(makes).ok_or_else(|| {
        let problem = format!("no record of the ledger makes version {version} of table id {table}");
        Error::corrupt("the ledger", problem)
    })?;
    Ok(Origin {
        revision: record.revision,
        time_ms: record.time_ms,
    })
}

/// Finds when a table went. One that was rolled back out of existence belongs to the revision that had made it.
fn went(id: u32, table: &TableHead, ledger: &[LedgerRecord]) -> Result<Origin> {
    let takes_away = |record: &&LedgerRecord| {
        record.effects.iter().any(|effect| {
            let before = effect.before.as_ref().map(|state| state.presence);
            effect.table == id && before == Some(Presence::Live) && effect.after.presence != Presence::Live
        })
    };
    let record = ledger.iter().rev().find(takes_away).ok_or_else(|| {
        let problem = format!("no record of the ledger takes table {} away", table.state.name);
        Error::corrupt("the ledger", problem)
    })?;
    let creates = |record: &&LedgerRecord| record.effects.iter().any(|effect| effect.table == id);
    let revision = match table.state.presence {
        Presence::Absent => ledger.iter().find(creates).map(|record| record.revision),
        Presence::Dropped | Presence::Live => None,
    };
    Ok(Origin {
        revision: revision.unwrap_or(record.revision),
        time_ms: record.time_ms,
    })
}

fn rows_of(snapshot: &dyn Snapshot, id: u32, table: &TableHead, went: Origin) -> Result<KeptPart> {
    let space = table.state.space;
    let count = |range| {
        let mut usage = Usage::default();
        for_each(snapshot, &range, &mut |key, value| {
            usage.add(key, value);
            Ok(())
        })?;
        Result::Ok(usage)
    };
    let name = &table.state.name;
    let rows = count(keys::rows(space))?;
    Ok(KeptPart {
        table: id,
        name: name.clone(),
        revision: went.revision,
        time_ms: went.time_ms,
        steps: vec![Step::new(name, Change::DropTable)],
        part: ForgottenPart::Rows {
            rows,
            kept: count(keys::complements(space))?,
            victims: count(keys::victims(space))?,
        },
        consequences: vec![format!(
            "{name}: the table comes back without its {} rows",
            rows.records
        )],
    })
}

/// What is kept on edges of one table, by edge.
struct Kept<'a> {
    edges: &'a BTreeMap<u32, Origin>,
    values: BTreeMap<(u32, Way), Usage>,
    victims: BTreeMap<u32, Usage>,
}

fn edges_of(
    snapshot: &Arc<dyn Snapshot>,
    (id, table): (u32, &TableHead),
    edges: &BTreeMap<u32, Origin>,
) -> Result<Vec<KeptPart>> {
    let versions = read_versions(snapshot.as_ref(), id)?;
    let mut kept = Kept {
        edges,
        values: BTreeMap::new(),
        victims: BTreeMap::new(),
    };
    kept.count_entries(snapshot.as_ref(), table.state.space)?;
    kept.count_victims(snapshot.as_ref(), table.state.space)?;
    kept.count_behind(snapshot, table, &versions)?;
    let parts = edges.iter().map(|(edge, made)| {
        let value = |way| kept.values.get(&(*edge, way)).copied().unwrap_or_default();
        let part = ForgottenPart::Edge {
            edge: *edge,
            up: value(Way::Up),
            down: value(Way::Down),
            victims: kept.victims.get(edge).copied().unwrap_or_default(),
        };
        let steps = versions.get(edge).and_then(|version| version.edge.as_ref());
        let steps = steps.map(|edge| edge.steps.clone()).unwrap_or_default();
        KeptPart {
            table: id,
            name: table.state.name.clone(),
            revision: made.revision,
            time_ms: made.time_ms,
            consequences: consequences(&table.state.name, &versions, &part, &[Way::Down, Way::Up]),
            steps,
            part,
        }
    });
    Ok(parts.collect())
}

impl Kept<'_> {
    fn count_entries(&mut self, snapshot: &dyn Snapshot, space: u32) -> Result<()> {
        for_each(snapshot, &keys::complements(space), &mut |key, value| {
            let place = keys::kept_place(&key[1..]).filter(|(_, edge, ..)| self.edges.contains_key(edge));
            if let Some((_, edge, way, _)) = place {
                self.values.entry((edge, way)).or_default().add(key, value);
            }
            Ok(())
        })
    }

    /// Counts rows that were taken out, and what is kept with those that another edge took out.
    fn count_victims(&mut self, snapshot: &dyn Snapshot, space: u32) -> Result<()> {
        for_each(snapshot, &keys::victims(space), &mut |key, value| {
            let Some((_, taken_at, row_key)) = keys::victim_place(&key[1..]) else {
                return Ok(());
            };
            let records = read_victims(taken_at, value)?;
            if self.edges.contains_key(&taken_at) {
                let usage = self.victims.entry(taken_at).or_default();
                usage.records += records.len() as u64;
                usage.bytes += (key.len() + value.len()) as u64;
                return Ok(());
            }
            for (edge, way, entry) in records.iter().flat_map(|record| &record.kept) {
                if self.edges.contains_key(edge) {
                    let key = keys::complement(space, *edge, *way, row_key);
                    self.values.entry((*edge, *way)).or_default().add(&key, entry);
                }
            }
            Ok(())
        })
    }

    /// Counts what rows of earlier versions are going to leave and take up: how far the sweep got must not matter.
    fn count_behind(
        &mut self,
        snapshot: &Arc<dyn Snapshot>,
        table: &TableHead,
        versions: &BTreeMap<u32, Version>,
    ) -> Result<()> {
        let state = &table.state;
        if table.stamps.iter().all(|stamp| *stamp == state.version) {
            return Ok(());
        }
        let mut compiled = Routes::new(&state.name, versions, &table.kept);
        let stamps: BTreeSet<u32> = table.stamps.iter().copied().chain([state.version]).collect();
        let mut routes = BTreeMap::new();
        for stamp in stamps {
            routes.insert(stamp, compiled.between(stamp, state.version)?);
        }
        each_row(snapshot, state.space, &routes, &mut |row| {
            let source = snapshot.as_ref();
            match carry(source, state.space, row.key, row.route, row.body, &NoCode) {
                Ok(carried) => carried
                    .changes
                    .iter()
                    .try_for_each(|change| self.count_change(source, (state.space, row.key), change)),
                Err(CarryError::Engine(error)) => Err(error),
                Err(CarryError::Row(_)) => {
                    let place = format!("a row of table {}", state.name);
                    Err(Error::corrupt(
                        place,
                        "it can't be brought to the current version",
                    ))
                }
            }
        })
    }

    fn count_change(
        &mut self,
        snapshot: &dyn Snapshot,
        (space, row_key): (u32, &[u8]),
        change: &KeptChange,
    ) -> Result<()> {
        let (edge, way) = change.edge;
        if !self.edges.contains_key(&edge) {
            return Ok(());
        }
        if let Some(entry) = &change.entry {
            let key = keys::complement(space, edge, way, row_key);
            self.values.entry((edge, way)).or_default().add(&key, entry);
        }
        if change.uses_up {
            let key = keys::complement(space, edge, way.back(), row_key);
            if let Some(entry) = read_bytes(snapshot, &key)? {
                let usage = self.values.entry((edge, way.back())).or_default();
                usage.take_off(&key, &entry);
            }
        }
        Ok(())
    }
}
