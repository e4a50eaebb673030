//! What the tests share: engines, digests, rows as text, and a check of the key space.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;

use quanta_storage::{
    Batch, Commit, Cursor, Direction, Durability, Engine as RawEngine, KeyRange, Memory, Snapshot,
    dump_digest,
};
use quantadb::{Database, Engine, Options, QuantaEntity, Sweep};

/// Writes the methods of an engine that only pass on to the one within.
macro_rules! pass_on {
    ($inner:tt: $($method:ident),*) => { $($crate::support::pass_on!(@$method $inner);)* };
    (@name $inner:tt) => {
        fn name(&self) -> &'static str {
            self.$inner.name()
        }
    };
    (@get $inner:tt) => {
        fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> quanta_storage::Result<bool> {
            self.$inner.get(key, read)
        }
    };
    (@snapshot $inner:tt) => {
        fn snapshot(&self) -> quanta_storage::Result<Box<dyn quanta_storage::Snapshot>> {
            self.$inner.snapshot()
        }
    };
    (@commit $inner:tt) => {
        fn commit(
            &self,
            batch: &quanta_storage::Batch,
            durability: quanta_storage::Durability,
        ) -> quanta_storage::Result<quanta_storage::Commit> {
            self.$inner.commit(batch, durability)
        }
    };
    (@flush $inner:tt) => {
        fn flush(&self) -> quanta_storage::Result<()> {
            self.$inner.flush()
        }
    };
    (@disk_bytes $inner:tt) => {
        fn disk_bytes(&self) -> quanta_storage::Result<u64> {
            self.$inner.disk_bytes()
        }
    };
    (@batch_rows_max $inner:tt) => {
        fn batch_rows_max(&self) -> usize {
            self.$inner.batch_rows_max()
        }
    };
}
pub(crate) use pass_on;

/// An engine in memory whose background batches hold few rows, so that few rows make many batches.
#[derive(Debug, Clone, Default)]
pub struct Small(pub Memory);

/// Rows in one background batch of [`Small`].
pub const BATCH_ROWS: usize = 2;

impl RawEngine for Small {
    pass_on!(0: name, get, snapshot, commit, flush, disk_bytes);

    fn batch_rows_max(&self) -> usize {
        BATCH_ROWS
    }
}

impl Small {
    /// Makes a second engine with the same records.
    pub fn duplicate(&self) -> Self {
        let copy = Self::default();
        let mut batch = Batch::new();
        each(
            self.0.snapshot().unwrap().as_ref(),
            &KeyRange::all(),
            |key, value| {
                batch.put(key, value);
            },
        );
        assert_eq!(copy.0.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
        copy
    }

    pub fn digest(&self) -> [u8; 32] {
        dump_digest(self.0.snapshot().unwrap().as_ref()).unwrap()
    }

    /// Returns the options to open this engine, without a sweep.
    pub fn options<E: quantadb::Entities>(&self) -> Options {
        custom(Arc::new(self.clone())).entities::<E>()
    }

    pub fn open<E: quantadb::Entities>(&self) -> quantadb::Result<Database> {
        self.options::<E>().open("memory")
    }
}

/// Returns the options to open an engine of the tests, without a sweep.
pub fn custom(engine: Arc<dyn RawEngine>) -> Options {
    Options::new().engine(Engine::Custom(engine)).sweep(Sweep::Off)
}

/// Shows every record of a range.
pub fn each(snapshot: &dyn Snapshot, range: &KeyRange, mut show: impl FnMut(&[u8], &[u8])) {
    let mut cursor: Box<dyn Cursor> = snapshot.scan(range, Direction::Forward).unwrap();
    while let Some((key, value)) = cursor.next().unwrap() {
        show(key, value);
    }
}

/// Makes a store with rows of one entity.
pub fn filled<E: QuantaEntity>(rows: &[E]) -> Small
where
    (E,): quantadb::Entities,
{
    let engine = Small::default();
    let db = engine.open::<(E,)>().unwrap();
    rows.iter()
        .for_each(|row| db.collection::<E>().insert(row).unwrap());
    engine
}

/// Reads all rows in the order of their keys.
pub fn all<E: QuantaEntity>(db: &Database) -> Vec<E> {
    db.collection::<E>().iter().collect::<Result<_, _>>().unwrap()
}

/// Reads all rows both ways, and returns them as text.
pub fn rows<E: QuantaEntity + Debug>(db: &Database) -> Vec<String> {
    let text = |row: quantadb::Result<E>| format!("{:?}", row.unwrap());
    let rows: Vec<String> = db.collection::<E>().iter().map(text).collect();
    let mut backward: Vec<String> = db.collection::<E>().iter().rev().map(text).collect();
    backward.reverse();
    assert_eq!(rows, backward, "a scan from the end gives other rows");
    assert_eq!(db.collection::<E>().len().unwrap(), rows.len() as u64);
    rows
}

/// Where the catalogue says that things are.
pub struct Places {
    head: quanta_core::plan::Head,
    /// Tables by whether rows may still be rewritten.
    unswept: BTreeMap<u32, bool>,
    versions: BTreeMap<u32, BTreeMap<u32, quanta_core::plan::Version>>,
}

impl Places {
    pub fn of(db: &Database) -> Self {
        let head = db.head();
        let versions = head
            .tables
            .keys()
            .map(|id| (*id, db.versions(*id).unwrap()))
            .collect();
        let tables = db.inspect().unwrap().tables.into_iter();
        let unswept = tables.map(|table| (table.id, table.is_sweep_pending)).collect();
        Self {
            head,
            unswept,
            versions,
        }
    }

    /// Tells whether a version is that of the edge, or above it.
    fn is_above(&self, table: u32, edge: u32, version: u32) -> bool {
        let mut current = Some(version);
        while let Some(number) = current {
            if number == edge {
                return true;
            }
            current = self.versions[&table][&number].parent;
        }
        false
    }
}

const SCHEMA: u8 = 0x03;
const ROW: u8 = 0x06;
const INDEX: u8 = 0x07;
const COMPLEMENT: u8 = 0x08;
const WORK: u8 = 0x09;
const VICTIM: u8 = 0x0a;

/// What a check of the key space expects of background work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// All of it is done.
    Done,
    /// Some may be left.
    MayBeLeft,
}

/// Checks that every record is where the catalogue says, and that nothing is left over.
pub fn check_records(snapshot: &dyn Snapshot, places: &Places, work: Work) {
    let tables: BTreeMap<u32, u32> = places
        .head
        .tables
        .iter()
        .map(|(id, table)| (table.state.space, *id))
        .collect();
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes[..4].try_into().unwrap());
    let mut stamps = BTreeMap::new();
    each(snapshot, &KeyRange::prefix(&[ROW]), |key, value| {
        let Some(table) = tables.get(&number(&key[1..])) else {
            assert!(
                work == Work::MayBeLeft,
                "a row lies in a space that no table has: {key:?}"
            );
            return;
        };
        let stamp = u32::from(value[0]);
        let known = &places.head.tables[table].stamps;
        assert!(
            known.contains(&stamp),
            "a row of table {table} is at version {stamp}, known are {known:?}"
        );
        stamps.insert((*table, key[5..].to_vec()), stamp);
    });
    each(snapshot, &KeyRange::prefix(&[COMPLEMENT]), |key, _| {
        let Some(table) = tables.get(&number(&key[1..])) else {
            assert!(
                work == Work::MayBeLeft,
                "something is kept in a space that no table has: {key:?}"
            );
            return;
        };
        let (edge, goes_up, row_key) = (number(&key[5..]), key[9] == 0, &key[10..]);
        let stamp = stamps
            .get(&(*table, row_key.to_vec()))
            .expect("something is kept of a row that isn't there");
        assert_eq!(
            places.is_above(*table, edge, *stamp),
            goes_up,
            "something is kept at edge {edge} on the side where the row of version {stamp} is"
        );
    });
    let indexes: BTreeSet<u32> = places
        .head
        .tables
        .values()
        .flat_map(|table| table.index_spaces.iter().copied())
        .collect();
    each(snapshot, &KeyRange::prefix(&[INDEX]), |key, _| {
        assert!(
            indexes.contains(&number(&key[1..])) || work == Work::MayBeLeft,
            "an entry lies in a space that no index has: {key:?}"
        );
    });
    let mut names = BTreeSet::new();
    each(snapshot, &KeyRange::prefix(&[SCHEMA]), |key, _| {
        names.insert(String::from_utf8(key[1..].to_vec()).unwrap());
    });
    let live = places
        .head
        .tables
        .values()
        .filter(|table| table.state.presence == quanta_core::plan::Presence::Live);
    assert_eq!(
        names,
        live.map(|table| format!("{}:schema", table.state.name)).collect()
    );
    each(snapshot, &KeyRange::prefix(&[VICTIM]), |key, _| {
        let table = tables.get(&number(&key[1..]));
        let took = table.is_some_and(|id| places.head.tables[id].victims.contains(&number(&key[5..])));
        assert!(
            took || (table.is_none() && work == Work::MayBeLeft),
            "a row was taken out by an edge that took none: {key:?}"
        );
    });
    if work == Work::Done {
        each(snapshot, &KeyRange::prefix(&[WORK]), |key, _| {
            panic!("a work record is left over: {key:?}")
        });
        // What was dropped stays as it is.
        let live =
            |table: &&quanta_core::plan::TableHead| table.state.presence == quanta_core::plan::Presence::Live;
        for (id, table) in places.head.tables.iter().filter(|(_, table)| live(table)) {
            assert!(!places.unswept[id], "rows of {} may be old", table.state.name);
        }
    }
}

/// Sweeps to the end and checks that nothing is left over.
pub fn sweep_and_check(db: &Database, engine: &dyn RawEngine) {
    let progress = db.sweep().wait().unwrap();
    assert!(progress.is_done);
    verify(db);
    check_records(engine.snapshot().unwrap().as_ref(), &Places::of(db), Work::Done);
}

/// Has the store look for contradictions itself.
pub fn verify(db: &Database) {
    let report = db.verify().unwrap();
    assert!(report.findings.is_empty(), "{report:#?}");
}
