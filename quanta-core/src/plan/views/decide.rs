//! What an open makes of views, once it is known how the tables will be.

use std::collections::BTreeMap;

use crate::diff::{Refusal, RefusalKind};
use crate::schema::{Fingerprint, ViewSchema};

use super::super::policy::Policy;
use super::super::stored::{Counters, Head, Presence};
use super::stored::{StoredView, ViewState, ViewVersion};
use super::tables::{Fate, TableAfter, TablesAfter};
use super::trace::ReadPath;
use super::{ViewMovement, ViewPlan, ViewShift, head_of};

/// A view as the program declares it.
#[derive(Debug, Clone, Copy)]
pub struct DeclaredViewOf<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it reads.
    pub schema: &'a ViewSchema,
    /// The schema's fingerprint.
    pub fingerprint: Fingerprint,
}

/// What was decided of views.
#[derive(Debug, Clone, Default)]
pub struct ViewDecision {
    /// Views to which something happens, in the order in which it does.
    pub plans: Vec<ViewPlan>,
    /// Why it can't be done as it stands.
    pub refusals: Vec<Refusal>,
    /// Views to which nothing else happens, and whether names may have changed below them since they were declared.
    pub renamed: BTreeMap<u32, bool>,
}

impl ViewDecision {
    /// Brings views into the order in which something happens to them: what goes goes before the tables that it reads, and
    /// what comes comes behind them.
    pub(super) fn sort(&mut self) {
        let place = |plan: &ViewPlan| (!plan.movement.goes(), plan.name.clone());
        self.plans.sort_by_key(place);
    }

    /// Notes in a head below which views names have changed.
    pub(crate) fn note_names(&self, head: &mut Head) {
        for (id, renamed) in &self.renamed {
            if let Some(view) = head.views.get_mut(id) {
                view.renamed = *renamed;
            }
        }
    }
}

/// Tells whether every view stands in the head as declared, and none is to be dropped.
#[must_use]
pub fn views_stand(head: &Head, declared: &[DeclaredViewOf<'_>], policy: &Policy) -> bool {
    let live = |name: &str| {
        let mut views = head.views.values();
        views.find(|view| view.state.name == name && view.state.presence == Presence::Live)
    };
    let is_declared = |name: &str| declared.iter().any(|view| view.name == name);
    declared.iter().all(|view| {
        live(view.name).is_some_and(|known| known.fingerprint == view.fingerprint && !known.renamed)
    }) && !policy
        .drop_views
        .iter()
        .any(|name| live(name).is_some() && !is_declared(name))
}

/// Decides what becomes of views: those that are declared are made or changed, those that are not stay as they are, unless
/// a change takes away what they read.
#[must_use]
pub fn decide_views(
    stored: &BTreeMap<u32, StoredView>,
    declared: &[DeclaredViewOf<'_>],
    tables: &TablesAfter<'_>,
    policy: &Policy,
    counters: &mut Counters,
) -> ViewDecision {
    let mut decision = ViewDecision::default();
    for (id, view) in stored {
        let state = &view.head.state;
        let is_declared = declared.iter().any(|declared| declared.name == state.name);
        if state.presence == Presence::Live && !is_declared {
            left_alone(*id, view, (tables, policy), &mut decision);
        }
    }
    for view in declared {
        let known = stored
            .iter()
            .find(|(_, known)| known.head.state.name == view.name);
        match made(view, known.map(|(id, view)| (*id, view)), tables, counters) {
            Ok(Some(plan)) => decision.plans.push(plan),
            Ok(None) => decision.renamed.extend(known.map(|(id, _)| (*id, false))),
            Err(refusal) => decision.refusals.push(refusal),
        }
    }
    decision.sort();
    decision
}

/// Makes the plan of a declared view; none if it stands as declared.
fn made(
    view: &DeclaredViewOf<'_>,
    known: Option<(u32, &StoredView)>,
    tables: &TablesAfter<'_>,
    counters: &mut Counters,
) -> Result<Option<ViewPlan>, Refusal> {
    let version = ViewVersion {
        schema: view.schema.clone(),
        reads: reads(view, tables)?,
    };
    let before = known.map(|(_, known)| known.head.state.clone());
    let is_there = |state: &ViewState| state.presence == Presence::Live;
    let was_there = before.as_ref().is_some_and(is_there);
    let versions = known.map(|(_, known)| &known.versions);
    // A view that reads what it read once is that version again, as rows are of a table.
    let same = versions.and_then(|versions| versions.iter().rev().find(|(_, known)| **known == version));
    let number = match (same, versions) {
        (Some((number, _)), _) => *number,
        (None, versions) => {
            1 + versions
                .and_then(|versions| versions.keys().max().copied())
                .unwrap_or(0)
        }
    };
    if was_there && before.as_ref().is_some_and(|before| before.version == number) {
        return Ok(None);
    }
    let id = known.map_or_else(|| take(&mut counters.view), |(id, _)| id);
    let schema_of = |state: &ViewState| Some(versions?.get(&state.version)?.schema.clone());
    let after = ViewState {
        name: view.name.to_owned(),
        presence: Presence::Live,
        version: number,
    };
    Ok(Some(ViewPlan {
        name: view.name.to_owned(),
        movement: if was_there {
            ViewMovement::Change
        } else {
            ViewMovement::Create
        },
        before: before.as_ref().filter(|_| was_there).and_then(schema_of),
        after: Some(view.schema.clone()),
        shift: ViewShift {
            view: id,
            before,
            after: head_of(after, &version),
            version: same.is_none().then_some(version),
        },
    }))
}

/// Follows every path of a declared view.
fn reads(view: &DeclaredViewOf<'_>, tables: &TablesAfter<'_>) -> Result<Vec<ReadPath>, Refusal> {
    let schema = view.schema;
    let refusal = |path: &str, problem: String| Refusal {
        kind: RefusalKind::View,
        table: schema.table.clone(),
        path: path.to_owned(),
        problem,
        fixes: vec![
            "open the store with the entity that the view is declared for".to_owned(),
            format!("leave the view `{}` out of this open", view.name),
        ],
    };
    let live = |table: &&TableAfter<'_>| table.presence == Presence::Live;
    let has_name = |name: &str| {
        let mut found = tables.iter().filter(|(_, table)| table.name == name);
        found.find(|(_, table)| live(table)).map(|(id, _)| *id)
    };
    if has_name(view.name).is_some() {
        let problem = format!("the view `{}` has the name of a table", view.name);
        return Err(Refusal {
            fixes: vec!["give it another one: `#[quanta(name = \"..\")]`".to_owned()],
            ..refusal("", problem)
        });
    }
    let table = has_name(&schema.table).ok_or_else(|| {
        refusal(
            "",
            format!("the view `{}` reads it, and there is no such table", view.name),
        )
    })?;
    let mut reads = Vec::new();
    for column in &schema.columns {
        let (name, path) = (&column.name, &column.path);
        let read = ReadPath::by_names(tables, table, path).map_err(|problem| {
            refusal(
                path,
                format!("the view `{}` reads it in `{name}`: {problem}", view.name),
            )
        })?;
        if !read.shape.is_same_as(&column.shape) {
            let problem = format!(
                "the view `{}` reads it in `{name}` as {}, and it is {}",
                view.name, column.shape, read.shape
            );
            return Err(refusal(path, problem));
        }
        reads.push(read);
    }
    for path in schema.filter.iter().flat_map(|filter| &filter.paths) {
        let read = ReadPath::by_names(tables, table, path).map_err(|problem| {
            refusal(
                path,
                format!("the filter of the view `{}` asks it: {problem}", view.name),
            )
        })?;
        reads.push(read);
    }
    Ok(reads)
}

/// Looks at a view that the program doesn't declare: it is dropped if that is asked for. If it can't read any more what it
/// reads, the change is refused, but for one that goes back to where the view was not.
fn left_alone(
    id: u32,
    view: &StoredView,
    (tables, policy): (&TablesAfter<'_>, &Policy),
    decision: &mut ViewDecision,
) {
    let state = &view.head.state;
    if policy.drop_views.contains(&state.name) {
        decision.plans.push(gone(id, view, ViewMovement::Drop));
        return;
    }
    if let Some(table) = tables.values().find(|table| is_called(table, &state.name)) {
        decision.refusals.push(has_its_name(table.name));
        return;
    }
    let is_unmoved = |table: &u32| tables.get(table).is_none_or(|table| table.fate == Fate::Stays);
    let Some(version) = view.versions.get(&state.version) else {
        return;
    };
    if view.head.tables.iter().all(is_unmoved) {
        return;
    }
    let broken: Vec<Refusal> = version.broken(&state.name, tables);
    if broken.is_empty() {
        decision.renamed.insert(id, version.is_renamed(tables));
        return;
    }
    let goes_on = |table: &u32| tables.get(table).is_some_and(|table| table.fate == Fate::GoesOn);
    if policy.yielding_views.contains(&state.name) {
        decision.plans.push(gone(id, view, ViewMovement::Drop));
    } else if view.head.tables.iter().any(goes_on) {
        decision.refusals.extend(broken);
    } else {
        decision.plans.push(gone(id, view, ViewMovement::Leave));
    }
}

fn is_called(table: &TableAfter<'_>, name: &str) -> bool {
    table.presence == Presence::Live && table.name == name
}

fn has_its_name(table: &str) -> Refusal {
    Refusal {
        kind: RefusalKind::View,
        table: table.to_owned(),
        path: String::new(),
        problem: "a view of another program has this name".to_owned(),
        fixes: vec![
            "give the table another one: `#[quanta(table = \"..\")]`".to_owned(),
            format!("drop the view: Options::drop_view(\"{table}\")"),
        ],
    }
}

impl ViewVersion {
    /// Says what of it can't be read after a change.
    fn broken(&self, name: &str, tables: &TablesAfter<'_>) -> Vec<Refusal> {
        let columns = self.schema.columns.iter();
        let columns = columns.map(|column| (&column.path, format!("in `{}`", column.name)));
        let filter = self.schema.filter.iter().flat_map(|filter| &filter.paths);
        let filter = filter.map(|path| (path, "in its filter".to_owned()));
        let reads = columns.chain(filter).zip(&self.reads);
        reads
            .filter_map(|((path, place), read)| {
                let problem = read.again(tables).err()?;
                let table = read.table().and_then(|table| tables.get(&table));
                let table = table.map_or(self.schema.table.as_str(), |table| table.name);
                Some(Refusal {
                    kind: RefusalKind::View,
                    table: table.to_owned(),
                    path: path.clone(),
                    problem: format!(
                        "the view `{name}` of another program reads it {place}, and could not any more: {problem}"
                    ),
                    fixes: vec![
                        "declare the view in this program as it is to be: `#[derive(QuantaView)]`".to_owned(),
                        format!("drop it: Options::drop_view(\"{name}\")"),
                    ],
                })
            })
            .collect()
    }
}

/// Makes the plan of a view that goes.
fn gone(id: u32, view: &StoredView, movement: ViewMovement) -> ViewPlan {
    let state = &view.head.state;
    let mut after = view.head.clone();
    after.state.presence = if movement == ViewMovement::Drop {
        Presence::Dropped
    } else {
        Presence::Absent
    };
    let version = view.versions.get(&state.version);
    ViewPlan {
        name: state.name.clone(),
        movement,
        before: version.map(|version| version.schema.clone()),
        after: None,
        shift: ViewShift {
            view: id,
            before: Some(state.clone()),
            after,
            version: None,
        },
    }
}

fn take(counter: &mut u32) -> u32 {
    let id = *counter;
    *counter += 1;
    id
}
