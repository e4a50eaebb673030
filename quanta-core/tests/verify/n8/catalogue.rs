//! Corruptions of the head, the epoch, schemas, versions, the ledger, views, work and counters.

use super::*;

#[test]
fn n8_corruptions_of_the_head_are_found() {
    check_all(&cases! {
        "head missing", |r| take(r, &[HEAD]) => Head, "the head";
        "head cut", |r| truncate(r, &[HEAD]) => Head, "the head";
        "epoch missing", |r| take(r, &[2]) => Epoch, "the epoch";
        "epoch of 7 bytes", |r| truncate(r, &[2]) => Epoch, "the epoch";
        "epoch behind", |r| r.get_mut(&[2][..]).unwrap()[7] = 4 => Epoch, "the epoch";
        "another revision", |r| edit_head(r, |h| h.revision = 2) => Revision, "table";
        "a revision that never was", |r| edit_head(r, |h| h.revision = 9) => Revision, "the head";
        "records miscounted", |r| edit_head(r, |h| h.ledger_records = 4) => LedgerHead, "the ledger";
        "another hash", |r| edit_head(r, |h| h.ledger_hash[5] ^= 1) => LedgerHead, "the ledger";
        "table counter", |r| edit_head(r, |h| h.counters.table = 5) => Counter, "the table id 5";
        "space counter", |r| edit_head(r, |h| h.counters.space = 9) => Counter, "the space id 9";
        "slot counter", |r| edit_head(r, |h| h.counters.slot = 12) => Counter, "the slot id 13";
        "index counter", |r| edit_head(r, |h| h.counters.index = 3) => Counter, "the index id 3";
        "work counter", |r| edit_head(r, |h| h.counters.work = 1) => Counter, "the work id 1";
        "revision counter", |r| edit_head(r, |h| h.counters.revision = 2) => Counter, "the revision id 3";
        "view counter", |r| edit_head(r, |h| h.counters.view = 1) => Counter, "the view id 1";
        "a table lost", |r| edit_head(r, |h| ignore(h.tables.remove(&OLDS))) => VersionOrphan, "0400000003";
        "a table surplus", |r| edit_head(r, |h| {
            let twin = h.tables[&GROUPS].clone();
            h.tables.insert(6, twin);
        }) => Shared, "space 2 belongs to table id 2";
        "a name", |r| table(r, GROUPS, |t| t.state.name.push('x')) => Revision, "table groupsx";
        "two of one name", |r| table(r, GROUPS, |t| t.state.name = "people".to_owned()) => Shared, "this name";
        "presence", |r| table(r, OLDS, |t| t.state.presence = Presence::Absent) => Revision, "table olds";
        "version", |r| table(r, PEOPLE, |t| t.state.version = 1) => Fingerprint, "table people";
        "a version that isn't there", |r| table(r, PEOPLE, |t| t.state.version = 3) => VersionTree, "version 3";
        "space", |r| table(r, COUNTS, |t| t.state.space = 1) => Space, "table counts";
        "space of another table", |r| table(r, COUNTS, |t| t.state.space = 5) => Shared, "space 5";
        "spaces swapped", |r| {
            table(r, COUNTS, |t| t.state.space = 4);
            table(r, PAGES, |t| t.state.space = 9);
        } => Space, "table pages";
        "write defaults", |r| table(r, PEOPLE, |t| {
            t.state.write_defaults.insert("mail".to_owned(), vec![0]);
        }) => Revision, "table people";
        "ids of indexes", |r| table(r, PEOPLE, |t| t.state.index_ids.reverse()) => VersionTree, "table people";
        "an index of two tables", |r| table(r, PEOPLE, |t| t.state.index_ids[0] = 1) => Shared, "index id 1";
        "names of indexes", |r| table(r, PEOPLE, |t| t.state.index_names.swap(0, 1)) => Revision, "table people";
        "spaces of indexes", |r| table(r, PEOPLE, |t| t.index_spaces.swap(0, 1)) => IndexSurplus, "table people";
        "space of an index lost", |r| table(r, PEOPLE, |t| ignore(t.index_spaces.pop())) => VersionTree, "people";
        "space of an index shared", |r| table(r, PEOPLE, |t| t.index_spaces[0] = 6) => Shared, "of an index";
        "fingerprint", |r| table(r, PEOPLE, |t| t.fingerprint.0[0] ^= 1) => Fingerprint, "table people";
        "current stamp lost", |r| table(r, GROUPS, |t| t.stamps.clear()) => Stamps, "table groups";
        "older stamp lost", |r| table(r, PEOPLE, |t| ignore(t.stamps.remove(&1))) => RowStamp, "row 1";
        "a stamp that never was", |r| table(r, PEOPLE, |t| ignore(t.stamps.insert(9))) => VersionTree, "version 9";
        "kept edge lost", |r| table(r, PEOPLE, |t| t.kept.clear()) => KeptEdge, "row 4";
        "kept edge that never was", |r| table(r, PEOPLE, |t| ignore(t.kept.insert((9, Way::Up)))) => VersionTree, "9";
        "victims lost", |r| table(r, COUNTS, |t| t.victims.clear()) => Victim, "table counts";
        "victims that never were", |r| table(r, PEOPLE, |t| ignore(t.victims.insert(9))) => VersionTree, "version 9";
        "a migration that never ran", |r| edit_head(r, |h| {
            h.migrations.insert("fill".to_owned(), 9);
        }) => Revision, "the migration fill";
        "a view lost", |r| edit_head(r, |h| h.views.clear()) => ViewOrphan, "0c00000001";
        "view presence", |r| view(r, |v| v.state.presence = Presence::Dropped) => Revision, "view mails";
        "view name", |r| view(r, |v| v.state.name.push('x')) => Revision, "view mailsx";
        "view version", |r| view(r, |v| v.state.version = 2) => View, "version 2";
        "view fingerprint", |r| view(r, |v| v.fingerprint.0[0] ^= 1) => View, "view mails";
        "view tables", |r| view(r, |v| ignore(v.tables.insert(2))) => View, "other tables";
    });
}

#[test]
fn n8_corruptions_of_schemas_and_versions_are_found() {
    const PEOPLE_SCHEMA: &[u8] = b"\x03people:schema";
    const PAGES_SCHEMA: &[u8] = b"\x03pages:schema";
    check_all(&cases! {
        "schema missing", |r| take(r, PEOPLE_SCHEMA) => Schema, "table people";
        "schema cut", |r| truncate(r, PEOPLE_SCHEMA) => Schema, "table people";
        "schemas swapped", |r| swap(r, PEOPLE_SCHEMA, PAGES_SCHEMA) => Schema, "table pages";
        "schema of a dropped table", |r| copy(r, PAGES_SCHEMA, b"\x03olds:schema".to_vec()) => SchemaOrphan, "olds";
        "schema of nothing", |r| copy(r, PAGES_SCHEMA, b"\x03x".to_vec()) => SchemaOrphan, "x";
        "root missing", |r| take(r, &version_key(PEOPLE, 1)) => VersionTree, "parent 1 is missing";
        "current missing", |r| take(r, &version_key(PEOPLE, 2)) => VersionTree, "version 2";
        "a version above missing", |r| take(r, &version_key(PAGES, 2)) => VersionTree, "table pages";
        "version cut", |r| truncate(r, &version_key(PAGES, 2)) => Version, "version 2 of table pages";
        "version of no table", |r| copy(r, &version_key(GROUPS, 1), version_key(9, 1)) => VersionOrphan, "0400000009";
        "version that no record made", |r| {
            version(r, PAGES, 2, |_| {});
            copy(r, &version_key(PAGES, 2), version_key(PAGES, 3));
        } => VersionTree, "version 3 of table pages";
        "version with a longer key", |r| copy(r, &version_key(PAGES, 2), key(VERSION, &[4, 3], &[0])) => Version, "04";
        "parent is itself", |r| version(r, PEOPLE, 2, |v| v.parent = Some(2)) => VersionTree, "version 2 of table people";
        "parent lost", |r| version(r, PEOPLE, 2, |v| v.parent = None) => VersionTree, "version 2 of table people";
        "edge lost", |r| version(r, PEOPLE, 2, |v| v.edge = None) => VersionTree, "table people";
        "arms lost", |r| version(r, PEOPLE, 2, |v| v.edge.as_mut().unwrap().lens.arms.truncate(1)) => VersionTree, "edge into version 2";
        "edges swapped", |r| {
            let mut other = None;
            version(r, PAGES, 2, |v| other = v.edge.clone());
            version(r, PEOPLE, 2, |v| v.edge = other);
        } => VersionTree, "edge into version 2";
        "slot lost", |r| version(r, PEOPLE, 1, |v| ignore(v.slots.pop_first())) => Version, "version 1 of table people";
        "slot that never was", |r| version(r, PEOPLE, 1, |v| *v.slots.values_mut().next().unwrap() = 99) => Counter, "slot id 99";
        "hint of no slot", |r| version(r, PEOPLE, 1, |v| ignore(v.consumed.insert((98, "x".to_owned())))) => Counter, "slot id 98";
        "index id lost", |r| version(r, PEOPLE, 1, |v| ignore(v.index_ids.pop())) => Version, "version 1 of table people";
        "target lost", |r| version(r, PEOPLE, 1, |v| v.targets.clear()) => Version, "version 1 of table people";
        "target that never was", |r| version(r, PEOPLE, 2, |v| v.targets[0].table = 9) => VersionTree, "table id 9";
        "target of other keys", |r| version(r, PEOPLE, 2, |v| v.targets[0].key_positions.clear()) => VersionTree, "table people";
        "current index", |r| version(r, PEOPLE, 2, |v| v.schema.indexes[1].unique = false) => Fingerprint, "table people";
        "older key", |r| version(r, PEOPLE, 1, |v| v.schema.key = vec!["mail".to_owned()]) => RowKey, "row 1";
        "older schema is another", |r| {
            let mut other = None;
            version(r, PAGES, 1, |v| other = Some(v.schema.clone()));
            version(r, PEOPLE, 1, |v| v.schema = other.unwrap());
        } => VersionTree, "table people";
    });
}

#[test]
fn n8_corruptions_of_the_ledger_are_found() {
    check_all(&cases! {
        "first missing", |r| take(r, &ledger_key(0)) => LedgerRecord, "ledger record 0";
        "one missing", |r| take(r, &ledger_key(2)) => LedgerRecord, "ledger record 2";
        "last missing", |r| take(r, &ledger_key(4)) => LedgerHead, "4 records";
        "all missing", |r| r.retain(|key, _| key[0] != LEDGER) => LedgerHead, "0 records";
        "one cut", |r| truncate(r, &ledger_key(2)) => LedgerRecord, "ledger record 2";
        "one altered", |r| edit(r, &ledger_key(1), |l: &mut LedgerRecord| l.time_ms += 1) => LedgerChain, "ledger record 2";
        "last altered", |r| edit(r, &ledger_key(4), |l: &mut LedgerRecord| l.time_ms += 1) => LedgerHead, "5 records";
        "two swapped", |r| swap(r, &ledger_key(1), &ledger_key(2)) => LedgerRecord, "ledger record 1";
        "one surplus", |r| copy(r, &ledger_key(4), ledger_key(5)) => LedgerRecord, "ledger record 5";
        "one with a longer key", |r| copy(r, &ledger_key(4), key(LEDGER, &[0, 4], &[0])) => LedgerRecord, "5";
        "number", |r| record(r, 3, |l| l.sequence = 7) => LedgerRecord, "ledger record 3";
        "chain", |r| edit(r, &ledger_key(4), |l: &mut LedgerRecord| l.previous_hash[0] ^= 1) => LedgerChain, "ledger record 4";
        "from elsewhere", |r| record(r, 3, |l| l.from_revision = Some(2)) => LedgerWay, "ledger record 3";
        "from nowhere", |r| record(r, 1, |l| l.from_revision = None) => LedgerWay, "ledger record 1";
        "made twice", |r| record(r, 3, |l| l.revision = 2) => LedgerWay, "ledger record 3";
        "to a revision that never was", |r| record(r, 2, |l| l.revision = 8) => LedgerWay, "ledger record 2";
        "kind", |r| record(r, 1, |l| l.kind = LedgerKind::Rollback) => LedgerWay, "ledger record 1";
        "a second beginning", |r| record(r, 1, |l| l.kind = LedgerKind::Create) => LedgerWay, "ledger record 1";
        "effect lost", |r| record(r, 0, |l| ignore(l.effects.pop())) => LedgerWay, "ledger record 3";
        "state before", |r| record(r, 3, |l| l.effects[0].before.as_mut().unwrap().name.push('x')) => LedgerWay, "ledger record 3";
        "state after", |r| record(r, 3, |l| l.effects[0].after.name.push('x')) => Revision, "table counts";
        "space after", |r| record(r, 3, |l| l.effects[0].after.space = 8) => Space, "table counts";
        "version that isn't there", |r| record(r, 1, |l| l.effects[0].after.version = 3) => VersionTree, "version 3";
        "view after", |r| record(r, 3, |l| l.views[0].after.name.push('x')) => Revision, "view mails";
        "name of a release lost", |r| record(r, 4, |l| l.release = None) => Release, "ledger record 4";
        "release of a revision that never was", |r| record(r, 4, |l| (l.revision, l.from_revision) = (8, Some(8))) => Release, "record 4";
    });
}

#[test]
fn n8_corruptions_of_views_work_and_counters_are_found() {
    const COUNTER: u8 = 11;
    check_all(&cases! {
        "view missing", |r| take(r, &key(VIEW, &[1, 1], &[])) => View, "view mails";
        "view cut", |r| truncate(r, &key(VIEW, &[1, 1], &[])) => View, "view mails";
        "view of no id", |r| copy(r, &key(VIEW, &[1, 1], &[]), key(VIEW, &[9, 1], &[])) => ViewOrphan, "0c00000009";
        "view that no record made", |r| copy(r, &key(VIEW, &[1, 1], &[]), key(VIEW, &[1, 2], &[])) => View, "version 2";
        "view of no slot", |r| view_version(r, |v| v.reads[0].steps[1] = ReadStep::Slot(99)) => View, "view mails";
        "view of no table", |r| view_version(r, |v| v.reads[0].steps[0] = ReadStep::Row(9)) => View, "view mails";
        "view of another table", |r| view_version(r, |v| v.schema.table.push('x')) => View, "view mails";
        "work cut", |r| truncate(r, &key(WORK, &[1], &[])) => Work, "work record 1";
        "work without an id", |r| r.insert(vec![WORK, 0], vec![1]) => Work, "key 0900";
        "work lost", |r| take(r, &key(WORK, &[1], &[])) => RowOrphan, "space 1";
        "work empties rows", |r| work(r, 1, 5, WorkTask::Retire { space: 5 }) => Work, "space 5";
        "work empties an index", |r| work(r, 1, 5, WorkTask::Retire { space: 7 }) => Work, "space 7";
        "work builds where rows are", |r| {
            let progress = BuildProgress::default();
            work(r, 1, 5, WorkTask::Build { space: 5, digest: [1; 32], progress });
        } => Work, "space 5";
        "work sweeps no table", |r| work(r, (1 << 31) | 9, 6, WorkTask::Sweep { table: 9, cursor: Vec::new() }) => Work, "table id 9";
        "work sweeps another table", |r| work(r, (1 << 31) | 2, 6, WorkTask::Sweep { table: 5, cursor: Vec::new() }) => Work, "table id 5";
        "work forgets what is kept", |r| work(r, 1, 5, WorkTask::Forget { space: 5, edges: [2].into() }) => Work, "edge 2";
        "work of a later epoch", |r| work(r, 1, 70, WorkTask::Retire { space: 1 }) => Epoch, "work record 1";
        "work that was never begun", |r| work(r, 8, 5, WorkTask::Retire { space: 1 }) => Counter, "work id 8";
        "counter cut", |r| truncate(r, &key(COUNTER, &[5], &[])) => KeyCounter, "table people";
        "counter behind", |r| r.insert(key(COUNTER, &[5], &[]), vec![3]) => KeyCounter, "table people";
        "counter of no table", |r| r.insert(key(COUNTER, &[9], &[]), vec![3]) => KeyCounter, "0b00000009";
        "counter without a table", |r| r.insert(vec![COUNTER, 0], vec![3]) => KeyCounter, "0b00";
        "an area that nobody knows", |r| r.insert(vec![0x77, 1], vec![3]) => UnknownArea, "7701";
        "something behind the head", |r| r.insert(vec![HEAD, 1], vec![3]) => UnknownArea, "0101";
        "something behind the epoch", |r| r.insert(vec![2, 1], vec![3]) => UnknownArea, "0201";
        "something behind the marker", |r| r.insert(vec![0, 1], vec![3]) => UnknownArea, "0001";
    });
}

/// The marker is looked at before anything else: such a store is refused at once.
#[test]
fn n8_a_damaged_marker_is_refused() {
    let mut records = records_of(&rich());
    records.get_mut(&[0][..]).unwrap()[30] ^= 1;
    let options = Options::new().engine(Engine::Memory(memory_of(&records)));
    let error = options.entities::<()>().plan_repair("rich").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the marker in the records of memory is damaged"),
        "{error}"
    );
}
