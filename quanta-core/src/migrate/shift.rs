//! A planned change of one table, ready to be run.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Change, KEY_PATH, RowCode, Step, Way};
use crate::error::{Error, Result};
use crate::plan::{
    Counters, Edge, Hop, Movement, Presence, StoredTable, TablePlan, TableState, Version, index_names,
};
use crate::program::{Failure, FailureKind};
use crate::schema::{Fingerprint, NodeId, Schema};
use crate::txn::{Carried, Route, Routes, Stopped};

/// A planned change of one table, ready to be run.
#[derive(Debug, Clone)]
pub struct Shift {
    /// The table's id.
    pub table: u32,
    /// Its state before; none for a new table.
    pub before: Option<TableState>,
    /// Its state after.
    pub after: TableState,
    /// All versions, the new one included.
    pub versions: BTreeMap<u32, Version>,
    /// The versions that are new, in order.
    pub new_versions: Vec<u32>,
    /// The edges from the version before to that after.
    pub hops: Vec<Hop>,
    /// Stamps that rows may carry before.
    pub stamps: BTreeSet<u32>,
    /// Edges across which something may be kept before.
    pub kept: BTreeSet<(u32, Way)>,
    /// Edges at which rows were taken out before.
    pub victims: BTreeSet<u32>,
    /// Where the entries of its indexes lie before, by position in the schema of before.
    pub index_spaces: Vec<u32>,
    /// The steps in the direction taken.
    pub steps: Vec<Step>,
    /// Digest of the hints afterwards.
    pub hints_digest: [u8; 16],
    /// Earlier names that hints gave, and that don't count again.
    pub consumed_names: BTreeSet<String>,
    /// Whether the table is held afterwards.
    pub held: bool,
}

impl Shift {
    /// Turns a plan of a table into what is to be run, taking ids from the counters.
    ///
    /// # Errors
    ///
    /// If the plan names a table that is not stored: the catalogue is damaged.
    pub fn of(
        plan: &TablePlan,
        stored: &BTreeMap<u32, StoredTable>,
        counters: &mut Counters,
    ) -> Result<Self> {
        match (&plan.movement, plan.table) {
            (Movement::Create { diff }, _) => {
                counters.slot = counters.slot.max(diff.next_slot);
                counters.index = counters.index.max(diff.next_index);
                Ok(Self::create(plan, diff, counters))
            }
            (_, Some(id)) => {
                let table = stored.get(&id).ok_or_else(|| {
                    Error::corrupt("the head", format!("table {id} is planned and not stored"))
                })?;
                Self::of_stored(plan, table, counters).whole()
            }
            (_, None) => Err(Error::corrupt(
                "the plan",
                format!("table {} has no id", plan.name),
            )),
        }
    }

    /// Makes sure that the versions before and after are there. Those of a table that stands as the head says it was
    /// declared are not read.
    fn whole(self) -> Result<Self> {
        let before = self.before.iter().map(|before| before.version);
        let missing = before
            .chain([self.after.version])
            .find(|version| !self.versions.contains_key(version));
        let Some(version) = missing else {
            return Ok(self);
        };
        let problem = format!(
            "what it says of table {} contradicts itself: nothing changed, and version {version} would",
            self.after.name
        );
        Err(Error::corrupt("the head", problem))
    }

    /// Takes a table to which nothing happens.
    pub(super) fn unchanged(table: &StoredTable) -> Self {
        let state = &table.head.state;
        Self {
            table: table.id,
            before: Some(state.clone()),
            after: state.clone(),
            versions: table.versions.clone(),
            new_versions: Vec::new(),
            hops: Vec::new(),
            stamps: table.head.stamps.clone(),
            kept: table.head.kept.clone(),
            victims: table.head.victims.clone(),
            index_spaces: table.head.index_spaces.clone(),
            steps: Vec::new(),
            hints_digest: table.head.hints_digest,
            consumed_names: table.head.consumed_names.clone(),
            held: table.head.held,
        }
    }

    fn create(plan: &TablePlan, diff: &crate::diff::TableDiff, counters: &mut Counters) -> Self {
        const FIRST_VERSION: u32 = 1;
        let after = TableState {
            name: plan.name.clone(),
            presence: Presence::Live,
            version: FIRST_VERSION,
            space: take(&mut counters.space),
            write_defaults: plan.write_defaults.iter().cloned().collect(),
            index_ids: diff.index_ids.clone(),
            index_names: plan.after.as_ref().map(index_names).unwrap_or_default(),
        };
        let schema = plan.after.clone().unwrap_or_else(|| unreachable_schema(plan));
        let version = Version {
            parent: None,
            schema,
            slots: diff.slots.clone(),
            edge: None,
            consumed: diff.consumed.clone(),
            migrations: diff.migrations.clone(),
            index_ids: diff.index_ids.clone(),
            targets: Vec::new(),
            label: None,
        };
        Self {
            table: take(&mut counters.table),
            before: None,
            after,
            versions: [(FIRST_VERSION, version)].into(),
            new_versions: vec![FIRST_VERSION],
            hops: Vec::new(),
            stamps: BTreeSet::new(),
            kept: BTreeSet::new(),
            victims: BTreeSet::new(),
            index_spaces: Vec::new(),
            steps: plan.steps.clone(),
            hints_digest: plan.hints_digest,
            consumed_names: plan.consumed_names.clone(),
            held: false,
        }
    }

    fn of_stored(plan: &TablePlan, table: &StoredTable, counters: &mut Counters) -> Self {
        let before = table.head.state.clone();
        let mut after = TableState {
            name: plan.name.clone(),
            ..before.clone()
        };
        let mut versions = table.versions.clone();
        let mut hops = Vec::new();
        let mut new_versions = Vec::new();
        match &plan.movement {
            Movement::Create { .. } | Movement::Follow { .. } | Movement::Relabel => {}
            Movement::Drop => after.presence = Presence::Dropped,
            Movement::Travel { to, hops: way } | Movement::Reenter { to, hops: way } => {
                after.presence = Presence::Live;
                after.version = *to;
                if let Some(version) = versions.get(to) {
                    after.index_ids.clone_from(&version.index_ids);
                }
                hops.clone_from(way);
            }
            Movement::Change { diff } => {
                counters.slot = counters.slot.max(diff.next_slot);
                counters.index = counters.index.max(diff.next_index);
                after.index_ids.clone_from(&diff.index_ids);
                after.version = versions.keys().max().copied().unwrap_or(0) + 1;
                versions.insert(after.version, new_version(plan, diff, before.version));
                hops.push((after.version, Way::Up));
                new_versions.push(after.version);
            }
        }
        if plan.movement != Movement::Drop {
            after.write_defaults = plan.write_defaults.iter().cloned().collect();
            if let Some(schema) = &plan.after {
                after.index_names = index_names(schema);
            }
        }
        Self {
            table: table.id,
            before: Some(before),
            after,
            versions,
            new_versions,
            hops,
            stamps: table.head.stamps.clone(),
            kept: table.head.kept.clone(),
            victims: table.head.victims.clone(),
            index_spaces: table.head.index_spaces.clone(),
            steps: plan.steps.clone(),
            hints_digest: plan.hints_digest,
            consumed_names: plan.consumed_names.clone(),
            held: table.head.held && matches!(plan.movement, Movement::Relabel | Movement::Drop),
        }
    }

    /// Tells whether the version after is new.
    #[must_use]
    pub fn makes_version(&self) -> bool {
        self.new_versions.contains(&self.after.version)
    }

    /// Returns this change with another one behind it, which was planned on what this one makes.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let join = |one: Vec<u32>, other: Vec<u32>| one.into_iter().chain(other).collect();
        Self {
            table: self.table,
            before: self.before,
            new_versions: join(self.new_versions, next.new_versions),
            hops: self.hops.into_iter().chain(next.hops).collect(),
            stamps: self.stamps,
            kept: self.kept,
            victims: self.victims,
            index_spaces: self.index_spaces,
            steps: self.steps.into_iter().chain(next.steps).collect(),
            after: next.after,
            versions: next.versions,
            hints_digest: next.hints_digest,
            consumed_names: next.consumed_names,
            held: next.held,
        }
    }

    /// Notes of the version after, if it is new, which version of a released history it is.
    pub fn label(&mut self, label: &str) {
        let is_new = self.makes_version();
        if let Some(version) = self.versions.get_mut(&self.after.version).filter(|_| is_new) {
            version.label = Some(label.to_owned());
        }
    }

    /// Returns the schema after.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.versions[&self.after.version].schema
    }

    /// Returns the fingerprint after.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.schema())
    }

    /// Tells whether rows have another key afterwards.
    #[must_use]
    pub fn rekeys(&self) -> bool {
        self.hops.iter().any(|(edge, _)| self.edge_rekeys(*edge))
    }

    /// Tells whether the change needs functions of the program at all.
    #[must_use]
    pub fn has_own_code(&self) -> bool {
        let edges = self
            .hops
            .iter()
            .filter_map(|(edge, way)| Some((self.versions.get(edge)?, way)));
        let mut lenses = edges.filter_map(|(version, way)| Some((&version.edge.as_ref()?.lens, way)));
        self.is_written() || lenses.any(|(lens, way)| !lens.own_code(*way).is_empty())
    }

    /// Tells whether an own migration of whole tables writes rows of this one.
    #[must_use]
    pub fn is_written(&self) -> bool {
        let writes = |step: &Step| {
            matches!(
                step.change,
                Change::RunTableMigration(_) | Change::UndoTableMigration(_)
            )
        };
        self.steps.iter().any(writes)
    }

    /// Tells whether the key consists of other fields afterwards, or has them in another order.
    #[must_use]
    pub fn has_another_key(&self) -> bool {
        let fields = |version: &Version| -> Vec<Option<u32>> {
            let position = |name: &String| {
                let fields = version.schema.shape.fields();
                fields.iter().position(|field| field.name == *name)
            };
            let slot = |name: &String| version.slots.get(&(NodeId::ROOT, position(name)?)).copied();
            version.schema.key.iter().map(slot).collect()
        };
        let before = self.before.as_ref().map(|before| before.version);
        let before = before.and_then(|before| self.versions.get(&before));
        let after = self.versions.get(&self.after.version);
        before.map(fields) != after.map(fields)
    }

    /// Tells whether a row may have another key afterwards: what files do to rows leaves their keys.
    #[must_use]
    pub fn may_change_keys(&self) -> bool {
        let edges = self
            .hops
            .iter()
            .filter_map(|(edge, _)| self.versions.get(edge)?.edge.as_ref());
        edges.into_iter().any(|edge| {
            let is_edits = edge.lens.rows.as_ref().is_some_and(RowCode::is_edits);
            let changes_key = |step: &Step| matches!(step.change, Change::ChangeKey { .. });
            edge.rekeys() && (!is_edits || edge.steps.iter().any(changes_key))
        })
    }

    pub(super) fn edge_rekeys(&self, edge: u32) -> bool {
        let edge = self.versions.get(&edge).and_then(|version| version.edge.as_ref());
        edge.is_some_and(Edge::rekeys)
    }

    /// Lists the edges that are passed downwards and took rows out on the way up: these rows come back.
    #[must_use]
    pub fn returning(&self) -> Vec<u32> {
        let down = self.hops.iter().filter(|(_, way)| *way == Way::Down);
        down.map(|(edge, _)| *edge)
            .filter(|edge| self.victims.contains(edge))
            .collect()
    }

    /// Tells whether a row that stops at an edge is taken out there: one field that says so is enough, as the others of
    /// the row matter no more. A function that fails is no matter of the row.
    #[must_use]
    pub fn drops(&self, stopped: &Stopped) -> bool {
        let (edge, way) = stopped.edge;
        let lens = self.versions.get(&edge).and_then(|version| version.edge.as_ref());
        let drops = lens.map(|edge| &edge.lens);
        let is_dropped =
            |failure: &Failure| drops.is_some_and(|lens: &crate::diff::Lens| lens.drops_at(&failure.path));
        let is_unfit = |failure: &Failure| failure.kind == FailureKind::Unfit;
        way == Way::Up && stopped.failures.iter().all(is_unfit) && stopped.failures.iter().any(is_dropped)
    }

    /// Returns where on the way the last edge stands that moves rows, if any does.
    #[must_use]
    pub fn moving_hop(&self) -> Option<usize> {
        self.hops.iter().rposition(|(edge, _)| self.edge_rekeys(*edge))
    }

    /// Makes a row stop at the last edge that moves rows.
    #[must_use]
    pub fn stopped_at_key(&self, problem: String) -> Stopped {
        let edge = self.moving_hop().map(|position| self.hops[position]);
        Stopped {
            edge: edge.unwrap_or((self.after.version, Way::Up)),
            failures: vec![Failure {
                path: KEY_PATH.to_owned(),
                problem,
                kind: FailureKind::Unfit,
            }],
            before: Carried::default(),
        }
    }

    /// Compiles the route from a version to the version after.
    ///
    /// # Errors
    ///
    /// If the version tree is damaged.
    pub fn route_from(&self, version: u32) -> Result<Route> {
        Routes::new(&self.after.name, &self.versions, &self.kept).between(version, self.after.version)
    }

    /// Compiles the route of every stamp to the version after.
    ///
    /// # Errors
    ///
    /// If the version tree is damaged.
    pub fn routes(&self) -> Result<BTreeMap<u32, Route>> {
        let mut compiled = Routes::new(&self.after.name, &self.versions, &self.kept);
        self.stamps
            .iter()
            .map(|stamp| Ok((*stamp, compiled.between(*stamp, self.after.version)?)))
            .collect()
    }

    /// Compiles the routes along the edges that the change itself takes: those that rows did not pass before.
    ///
    /// # Errors
    ///
    /// If the version tree is damaged.
    pub fn new_edges(&self) -> Result<Route> {
        Routes::new(&self.after.name, &self.versions, &self.kept).along(&self.hops)
    }
}

fn take(counter: &mut u32) -> u32 {
    let id = *counter;
    *counter += 1;
    id
}

fn new_version(plan: &TablePlan, diff: &crate::diff::TableDiff, parent: u32) -> Version {
    Version {
        parent: Some(parent),
        schema: plan.after.clone().unwrap_or_else(|| unreachable_schema(plan)),
        slots: diff.slots.clone(),
        edge: Some(Edge {
            steps: diff.steps.clone(),
            lens: diff.lens.clone(),
        }),
        consumed: diff.consumed.clone(),
        migrations: diff.migrations.clone(),
        index_ids: diff.index_ids.clone(),
        targets: Vec::new(),
        label: None,
    }
}

/// A plan that makes a version always says of which schema; an empty row is what is left if it doesn't.
fn unreachable_schema(plan: &TablePlan) -> Schema {
    debug_assert!(plan.after.is_some(), "a plan that makes a version has a schema");
    Schema {
        shape: crate::schema::Shape::scalar(crate::schema::Scalar::Unit),
        key: Vec::new(),
        indexes: Vec::new(),
        references: Vec::new(),
    }
}
