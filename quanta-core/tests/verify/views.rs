//! Damage of views, in the head and in their versions.

use quanta_core::plan::{ReadStep, ViewHead, ViewVersion};
use quantadb::QuantaView;

use super::*;

#[derive(QuantaView)]
#[quanta(of = first::User, filter = |user| user.score.gt(3.0), register = false)]
#[expect(dead_code, reason = "verification reads no row as a view")]
struct Scored {
    id: u64,
    name: String,
}

/// Plants a damage in a store with a view, and looks for the findings expected.
#[track_caller]
fn check(expected: &[FindingCode], plant: impl FnOnce(&mut Records)) {
    let memory = created();
    let options = Options::new().engine(Engine::Memory(memory.clone()));
    let options = options.entities::<(first::User,)>().views::<(Scored,)>();
    drop(options.open("memory").unwrap());
    assert_sound(&memory, "a view");
    let mut records = records_of(&memory);
    plant(&mut records);
    let report = verify(&memory_of(&records));
    let found: Vec<FindingCode> = report.totals.keys().copied().collect();
    assert_eq!(found, expected, "{:#?}", report.findings);
}

fn edit_view(records: &mut Records, change: impl FnOnce(&mut ViewHead)) {
    edit_head(records, |head| change(head.views.get_mut(&1).unwrap()));
}

fn edit_view_version(records: &mut Records, change: impl FnOnce(&mut ViewVersion)) {
    let key = nth(records, VIEW, 0);
    edit(records, &key, change);
}

#[test]
fn n8_finds_damage_of_views_in_the_head() {
    check(&[FindingCode::View], |records| {
        edit_view(records, |view| view.fingerprint.0[0] ^= 1);
    });
    check(&[FindingCode::View], |records| {
        edit_view(records, |view| assert!(view.tables.insert(7)));
    });
    check(&[FindingCode::Revision], |records| {
        edit_view(records, |view| view.state.presence = Presence::Absent);
    });
    check(&[FindingCode::Revision, FindingCode::View], |records| {
        edit_view(records, |view| view.state.version = 2);
    });
    check(&[FindingCode::Counter], |records| {
        edit_head(records, |head| head.counters.view = 1);
    });
    check(&[FindingCode::Revision, FindingCode::ViewOrphan], |records| {
        edit_head(records, |head| assert!(head.views.remove(&1).is_some()));
    });
}

#[test]
fn n8_finds_damage_of_versions_of_views() {
    check(&[FindingCode::View], |records| {
        let key = nth(records, VIEW, 0);
        records.remove(&key);
    });
    check(&[FindingCode::View], |records| {
        let key = nth(records, VIEW, 0);
        truncate(records, &key);
    });
    check(&[FindingCode::View], |records| {
        edit_view_version(records, |version| {
            version.reads[0].steps[1] = ReadStep::Slot(99);
        });
    });
    check(&[FindingCode::View], |records| {
        edit_view_version(records, |version| version.schema.table.push('x'));
    });
    check(&[FindingCode::ViewOrphan], |records| {
        let mut key = nth(records, VIEW, 0);
        let value = records[&key].clone();
        key[4] = 9;
        records.insert(key, value);
    });
}
