//! Verifying ids: what is used was given out, and to one owner.

use std::collections::BTreeMap;

use crate::diff::Target;
use crate::plan::{Counters, Head, LedgerRecord, Presence, TableHead, Version};

use super::codes::FindingCode;
use super::remedy::Remedy;
use super::run::Verification;

/// The highest ids that anything has, each with what has it.
#[derive(Debug, Default)]
pub struct UsedIds {
    numbers: BTreeMap<&'static str, (u64, String)>,
}

impl UsedIds {
    fn note(&mut self, kind: &'static str, id: u64, place: impl FnOnce() -> String) {
        if self.numbers.get(kind).is_none_or(|(highest, _)| id > *highest) {
            self.numbers.insert(kind, (id, place()));
        }
    }

    pub fn work(&mut self, id: u32) {
        self.note("work", id.into(), || format!("work record {id}"));
    }

    pub fn space(&mut self, id: u32) {
        self.note("space", id.into(), || "unfinished work".to_owned());
    }

    /// Notes the ids that the head uses.
    pub fn head(&mut self, head: &Head) {
        for (id, table) in &head.tables {
            let place = || format!("table {}", table.state.name);
            self.note("table", (*id).into(), place);
            for space in table.index_spaces.iter().chain([&table.state.space]) {
                self.note("space", (*space).into(), place);
            }
            for index in &table.state.index_ids {
                self.note("index", (*index).into(), place);
            }
        }
        for (id, view) in &head.views {
            self.note("view", (*id).into(), || format!("view {}", view.state.name));
        }
        if head.ledger_records > 0 {
            self.note("revision", head.revision, || "the head".to_owned());
        }
    }

    /// Notes the ids that a version uses.
    pub fn version(&mut self, version: &Version, place: &str) {
        let place = || place.to_owned();
        let slots = version.slots.values().copied();
        for slot in slots.chain(version.consumed.iter().map(|(slot, _)| *slot)) {
            self.note("slot", slot.into(), place);
        }
        for index in &version.index_ids {
            self.note("index", (*index).into(), place);
        }
        for Target { table, .. } in &version.targets {
            self.note("table", (*table).into(), place);
        }
    }

    /// Notes the ids that a record of the ledger uses.
    pub fn record(&mut self, record: &LedgerRecord) {
        let place = || format!("ledger record {}", record.sequence);
        if record.kind.makes_revision() {
            self.note("revision", record.revision, place);
        }
        for effect in &record.effects {
            self.note("table", effect.table.into(), place);
            self.note("space", effect.after.space.into(), place);
        }
        for effect in &record.views {
            self.note("view", effect.view.into(), place);
        }
    }
}

impl Verification<'_> {
    /// Looks whether the counters have given out every id that is used, and sets those past them that have not.
    pub(super) fn counters(&mut self) {
        let mut mended = self.head.clone();
        let counters = &mut mended.counters;
        let mut found = Vec::new();
        for (kind, (highest, place)) in &self.used.numbers {
            if *highest < counter(counters, kind) {
                continue;
            }
            let problem = format!("the {kind} id {highest} was never given out");
            let is_set = raise(counters, kind, *highest);
            found.push((place.clone(), problem, is_set));
        }
        for (place, problem, is_set) in found {
            if is_set.is_some() {
                self.report.add(FindingCode::Counter, place, problem);
            } else {
                let remedy = Remedy::Refuse("there is no id behind it");
                self.report.add_with(FindingCode::Counter, place, problem, remedy);
            }
        }
        if mended != self.head {
            self.mended_head().counters = mended.counters;
        }
    }

    /// Looks for spaces, names and indexes that belong to two tables.
    pub(super) fn shared(&mut self) {
        let mut problems = Vec::new();
        let (mut spaces, mut names, mut indexes) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (id, table) in &self.head.tables {
            let state = &table.state;
            let its_spaces = table.index_spaces.iter().map(|space| (space, " of an index"));
            for (space, of) in [(&state.space, "")].into_iter().chain(its_spaces) {
                if let Some(other) = spaces.insert(*space, id) {
                    let problem = format!("space {space}{of} belongs to table id {other} too");
                    problems.push((table, problem));
                }
            }
            for index in &state.index_ids {
                if let Some(other) = indexes.insert(*index, id) {
                    problems.push((table, format!("index id {index} belongs to table id {other} too")));
                }
            }
            let is_live = state.presence == Presence::Live;
            if let Some(other) = is_live.then(|| names.insert(&state.name, id)).flatten() {
                problems.push((table, format!("table id {other} has this name too")));
            }
        }
        let problems: Vec<(String, String)> = problems
            .into_iter()
            .map(|(table, problem)| (place(table), problem))
            .collect();
        for (place, problem) in problems {
            self.report.add(FindingCode::Shared, place, problem);
        }
    }
}

fn counter(counters: &Counters, kind: &str) -> u64 {
    match kind {
        "table" => counters.table.into(),
        "space" => counters.space.into(),
        "slot" => counters.slot.into(),
        "index" => counters.index.into(),
        "work" => counters.work.into(),
        "view" => counters.view.into(),
        _ => counters.revision,
    }
}

/// Sets a counter past an id; none if there is no number behind it.
fn raise(counters: &mut Counters, kind: &str, id: u64) -> Option<()> {
    let next = id.checked_add(1)?;
    let small = u32::try_from(next);
    match kind {
        "table" => counters.table = small.ok()?,
        "space" => counters.space = small.ok()?,
        "slot" => counters.slot = small.ok()?,
        "index" => counters.index = small.ok()?,
        "work" => counters.work = small.ok()?,
        "view" => counters.view = small.ok()?,
        _ => counters.revision = next,
    }
    Some(())
}

fn place(head: &TableHead) -> String {
    format!("table {}", head.state.name)
}
