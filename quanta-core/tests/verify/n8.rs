//! Guards N8: of every kind of record, what is missing, surplus, altered or elsewhere is found, with its place.

use quanta_core::diff::Way;
use quanta_core::plan::{LedgerKind, ReadStep, VictimRecord, ViewHead, ViewVersion};

use super::rich::*;
use super::*;

mod catalogue;
mod data;

/// One corruption, and a finding that names it.
struct Case {
    name: &'static str,
    plant: fn(&mut Records),
    code: FindingCode,
    /// A part of the place, or of the problem.
    place: &'static str,
}

/// Lists corruptions: what is planted, and which finding names it by which part of its place or problem.
macro_rules! cases {
    ($($name:literal, |$records:ident| $plant:expr => $code:ident, $place:literal;)*) => {
        [$(Case {
            name: $name,
            plant: |$records| ignore($plant),
            code: FindingCode::$code,
            place: $place,
        }),*]
    };
}
use cases;

pub fn ignore<T>(_: T) {}

/// Looks at records as `repair` does, for which a store need not open; where it opens, `verify` must say the same.
pub fn look(records: &Records) -> VerifyReport {
    let memory = memory_of(records);
    let options = || {
        Options::new()
            .engine(Engine::Memory(memory.clone()))
            .entities::<()>()
    };
    let report = options().plan_repair("rich").unwrap().found;
    if let Ok(db) = options().read_only().open("rich") {
        assert_eq!(db.verify().unwrap(), report);
    }
    assert_eq!(records, &records_of(&memory), "looking changes nothing");
    report
}

#[track_caller]
fn check_all(cases: &[Case]) {
    let sound = records_of(&rich());
    let report = look(&sound);
    assert!(report.is_sound(), "{:#?}", report.findings);
    let mut missed = Vec::new();
    for case in cases {
        let mut records = sound.clone();
        (case.plant)(&mut records);
        assert_ne!(records, sound, "{} changes nothing", case.name);
        let report = look(&records);
        let names_it = report.findings.iter().any(|finding| {
            finding.code == case.code
                && (finding.place.contains(case.place) || finding.problem.contains(case.place))
        });
        if !names_it {
            missed.push(format!("{}: {:#?}", case.name, report.findings));
        }
    }
    assert!(
        missed.is_empty(),
        "{} missed:\n{}",
        missed.len(),
        missed.join("\n")
    );
}

// Keys of the store, by what they are.

pub fn key(area: u8, numbers: &[u32], rest: &[u8]) -> Vec<u8> {
    let mut key = vec![area];
    numbers.iter().for_each(|number| key.extend(number.to_be_bytes()));
    key.extend(rest);
    key
}

pub fn version_key(table: u32, version: u32) -> Vec<u8> {
    key(VERSION, &[table, version], &[])
}

pub fn ledger_key(position: u8) -> Vec<u8> {
    key(LEDGER, &[0], &[0, 0, 0, position])
}

pub fn person_key(id: u8) -> Vec<u8> {
    key(ROW, &[5], &[0x81, id])
}

pub fn take(records: &mut Records, key: &[u8]) -> Vec<u8> {
    records.remove(key).unwrap()
}

pub fn copy(records: &mut Records, from: &[u8], to: Vec<u8>) {
    let value = records[from].clone();
    records.insert(to, value);
}

pub fn swap(records: &mut Records, one: &[u8], two: &[u8]) {
    let (first, second) = (take(records, one), take(records, two));
    records.insert(one.to_vec(), second);
    records.insert(two.to_vec(), first);
}

pub fn table(records: &mut Records, id: u32, change: impl FnOnce(&mut quanta_core::plan::TableHead)) {
    edit_head(records, |head| change(head.tables.get_mut(&id).unwrap()));
}

fn version(records: &mut Records, table: u32, version: u32, change: impl FnOnce(&mut Version)) {
    edit(records, &version_key(table, version), change);
}

fn record(records: &mut Records, position: u64, change: impl Fn(&mut LedgerRecord)) {
    catalogue_of_verify::edit_ledger(records, |record| {
        if record.sequence == position {
            change(record);
        }
    });
}

fn view(records: &mut Records, change: impl FnOnce(&mut ViewHead)) {
    edit_head(records, |head| change(head.views.get_mut(&1).unwrap()));
}

fn view_version(records: &mut Records, change: impl FnOnce(&mut ViewVersion)) {
    edit(records, &key(VIEW, &[1, 1], &[]), change);
}

fn victims(records: &mut Records, change: impl FnOnce(&mut Vec<VictimRecord>)) {
    edit(records, &key(VICTIM, &[9, 2], &[0x81, 3]), change);
}

pub fn work(records: &mut Records, id: u32, epoch: u64, task: WorkTask) {
    let bytes = bincode::serde::encode_to_vec(WorkRecord { epoch, task }, bincode::config::standard());
    records.insert(key(WORK, &[id], &[]), bytes.unwrap());
}

pub fn kept_up() -> Vec<u8> {
    key(KEPT, &[5, 2], &[0, 0x81, 4])
}

pub fn kept_down() -> Vec<u8> {
    key(KEPT, &[4, 2], &[1, 0x81, 1])
}
