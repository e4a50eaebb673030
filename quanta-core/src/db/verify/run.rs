//! The order of a verification.

use std::collections::{BTreeMap, BTreeSet};

use quanta_storage::{Direction, KeyRange, MARKER_KEY, Marker, Snapshot};

use crate::catalog::{keys, read_bytes};
use crate::codec::decode_record;
use crate::error::Result;
use crate::migrate::Mending;
use crate::plan::{Head, TableHead};

use super::super::database::Database;
use super::certain::UNTRUSTED;
use super::codes::FindingCode;
use super::ids::UsedIds;
use super::report::VerifyReport;
use super::table::TableCheck;

/// Records that are looked at between two calls of `progress`.
const RECORDS_PER_CALL: u64 = 1024;

/// A verification on its way.
pub struct Verification<'a> {
    pub snapshot: &'a dyn Snapshot,
    pub marker: &'a Marker,
    /// The epoch, if it can be read.
    pub epoch: Option<u64>,
    pub head: Head,
    /// The tables of the head, by id.
    pub tables: BTreeMap<u32, TableCheck>,
    /// The table of each space.
    pub spaces: BTreeMap<u32, u32>,
    /// The table of each space of an index, and the position of the index.
    pub index_spaces: BTreeMap<u32, (u32, usize)>,
    /// Spaces that unfinished work knows.
    pub work_spaces: BTreeSet<u32>,
    /// Edges whose entries unfinished work is deleting, by space.
    pub forgetting: BTreeMap<u32, BTreeSet<u32>>,
    /// Tables and edges of which the ledger says that what was kept there was deleted on purpose.
    pub forgotten: BTreeSet<(u32, u32)>,
    pub used: UsedIds,
    /// The versions of each view that can be read.
    pub view_versions: BTreeMap<u32, BTreeSet<u32>>,
    /// Tables whose current schema has another record, or none, and what is wrong with it.
    pub schemas: Vec<(TableHead, String)>,
    /// Records of work that are not as they should be: their keys, their places, and what is wrong.
    pub bad_work: Vec<(Vec<u8>, String, String)>,
    pub report: VerifyReport,
    pub mending: Mending,
}

impl Database {
    /// Looks for contradictions in the whole store: ledger, versions, schemas, every row, every kept value. Goes on
    /// after each finding, and changes nothing.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let report = db.verify()?;
    /// assert!(report.is_sound());
    /// assert_eq!(report.counts.rows, 3);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the schema has moved or the engine fails. What is wrong with the records is in the report.
    pub fn verify(&self) -> Result<VerifyReport> {
        self.verify_with(&mut |_| {})
    }

    /// As [`Database::verify`], calling `progress` with the number of records seen so far now and then.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let names = (0..10_000).map(|number| City { name: format!("city {number}"), people: 0 });
    /// # db.collection::<City>().load(names)?;
    /// // There are ten thousand rows.
    /// let mut seen = 0;
    /// assert!(db.verify_with(&mut |records| seen = records)?.is_sound());
    /// assert!(seen > 9_000);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Database::verify`].
    pub fn verify_with(&self, progress: &mut dyn FnMut(u64)) -> Result<VerifyReport> {
        let snapshot = self.core().snapshot()?;
        let seen = Seen {
            snapshot: snapshot.as_ref(),
            marker: self.marker(),
        };
        let found = match look(seen, Mending::default(), progress)? {
            (report, None) => {
                // What the store was opened with is still known: all else can be held against that.
                let head = (Some(self.core().epoch()), self.head());
                Verification::start(seen, head, (report, Mending::default()))
                    .run(progress)?
                    .0
            }
            (report, Some(_)) => report,
        };
        Ok(found)
    }
}

/// What a verification looks at.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    pub snapshot: &'a dyn Snapshot,
    pub marker: &'a Marker,
}

/// Where a verification found the store to stand, and what is to be written to put in order what is certain.
pub struct Stand {
    /// The bytes of the epoch, if there is one.
    pub epoch: Option<Vec<u8>>,
    pub head: Head,
    pub mending: Mending,
}

/// Looks for contradictions in a store that need not be open. Without a head that can be read, there is nothing but that to
/// tell.
///
/// # Errors
///
/// Those of the engine.
pub fn look(
    seen: Seen<'_>,
    mending: Mending,
    progress: &mut dyn FnMut(u64),
) -> Result<(VerifyReport, Option<Stand>)> {
    let mut report = VerifyReport::default();
    let epoch = read_bytes(seen.snapshot, keys::EPOCH)?;
    let bytes = read_bytes(seen.snapshot, keys::HEAD)?;
    let head = match bytes.as_deref().map(decode_record::<Head>) {
        Some(Ok(head)) => head,
        // Nothing was ever written.
        None if epoch.is_none() => Head::empty(),
        None => {
            report.add(FindingCode::Head, "the head", "it is missing");
            return Ok((report, None));
        }
        Some(Err(problem)) => {
            report.add(FindingCode::Head, "the head", problem);
            return Ok((report, None));
        }
    };
    let number = epoch.as_deref().and_then(|epoch| <[u8; 8]>::try_from(epoch).ok());
    let number = number.map(u64::from_be_bytes);
    let verification = Verification::start(seen, (number, head.clone()), (report, mending));
    let (report, mending) = verification.run(progress)?;
    Ok((report, Some(Stand { epoch, head, mending })))
}

impl<'a> Verification<'a> {
    fn start(
        seen: Seen<'a>,
        (epoch, head): (Option<u64>, Head),
        (report, mending): (VerifyReport, Mending),
    ) -> Self {
        Self {
            snapshot: seen.snapshot,
            marker: seen.marker,
            spaces: head
                .tables
                .iter()
                .map(|(id, table)| (table.state.space, *id))
                .collect(),
            index_spaces: index_spaces(&head),
            epoch,
            head,
            tables: BTreeMap::new(),
            work_spaces: BTreeSet::new(),
            forgetting: BTreeMap::new(),
            forgotten: BTreeSet::new(),
            used: UsedIds::default(),
            view_versions: BTreeMap::new(),
            schemas: Vec::new(),
            bad_work: Vec::new(),
            report,
            mending,
        }
    }

    fn run(mut self, progress: &mut dyn FnMut(u64)) -> Result<(VerifyReport, Mending)> {
        self.epoch_record();
        self.strangers()?;
        self.work()?;
        self.catalogue()?;
        self.views();
        self.ledger()?;
        self.counters();
        self.current_schemas();
        self.bad_work();
        self.records(progress)?;
        Ok((self.report, self.mending))
    }
}

impl Verification<'_> {
    /// Looks at the marker, and for versions of what the head doesn't know: they say whether it can be trusted.
    fn strangers(&mut self) -> Result<()> {
        for area in [keys::Area::Marker, keys::Area::Version, keys::Area::View] {
            let mut cursor = self.snapshot.scan(&area.range(), Direction::Forward)?;
            while let Some((key, value)) = cursor.next()? {
                match area {
                    keys::Area::Marker => self.marker(key, value),
                    keys::Area::Version => self.version_record(key),
                    _ => self.view_record(key),
                }
            }
        }
        Ok(())
    }

    /// Looks at everything that lies beside the catalogue and the ledger, in the order of the key space.
    fn records(&mut self, progress: &mut dyn FnMut(u64)) -> Result<()> {
        let mut cursor = self.snapshot.scan(&KeyRange::all(), Direction::Forward)?;
        let mut orphans = BTreeMap::new();
        let mut records = 0;
        while let Some((key, value)) = cursor.next()? {
            self.record(key, value, &mut orphans)?;
            records += 1;
            if records % RECORDS_PER_CALL == 0 {
                progress(records);
            }
        }
        progress(records);
        let trusts = self.trusts_catalogue();
        for ((code, space), count) in orphans {
            let remedy = if trusts { code.remedy() } else { UNTRUSTED };
            let owner = match code {
                FindingCode::IndexOrphan => "index",
                _ => "table",
            };
            let problem = format!("{count} records are in a space of no {owner} and no unfinished work");
            self.report
                .add_with(code, format!("space {space}"), problem, remedy);
        }
        Ok(())
    }

    fn record(
        &mut self,
        key: &[u8],
        value: &[u8],
        orphans: &mut BTreeMap<(FindingCode, u32), u64>,
    ) -> Result<()> {
        let area = key.first().and_then(|byte| keys::Area::of(*byte));
        match area {
            Some(keys::Area::Head | keys::Area::Epoch) if key.len() > 1 => self.unknown(key),
            Some(keys::Area::Schema) => self.schema_record(key),
            Some(
                area @ (keys::Area::Row | keys::Area::Index | keys::Area::Complement | keys::Area::Victim),
            ) => {
                let code = match area {
                    keys::Area::Row => FindingCode::RowOrphan,
                    keys::Area::Index => FindingCode::IndexOrphan,
                    keys::Area::Complement => FindingCode::KeptOrphan,
                    _ => FindingCode::VictimOrphan,
                };
                let Some(space) = key[1..].first_chunk().map(|space| u32::from_be_bytes(*space)) else {
                    self.report.add(code, place_of(key), "the key holds no space");
                    return Ok(());
                };
                if let (keys::Area::Index, Some(index)) = (area, self.index_spaces.get(&space)) {
                    return self.index_entry(*index, key, value);
                }
                let table = self.spaces.get(&space).filter(|_| area != keys::Area::Index);
                match table.copied() {
                    Some(table) => match area {
                        keys::Area::Row => self.row(table, key, value)?,
                        keys::Area::Complement => self.kept(table, key, value)?,
                        _ => self.victim(table, key, value),
                    },
                    None if self.work_spaces.contains(&space) => {}
                    None => {
                        *orphans.entry((code, space)).or_default() += 1;
                        if self.trusts_catalogue() {
                            self.mending.delete(key);
                        }
                    }
                }
            }
            Some(keys::Area::Counter) => self.counter(key, value)?,
            Some(_) => {}
            None => self.unknown(key),
        }
        Ok(())
    }

    fn marker(&mut self, key: &[u8], value: &[u8]) {
        if key != MARKER_KEY {
            return self.unknown(key);
        }
        match Marker::decode(value, "the records") {
            Ok(marker) if marker == *self.marker => {}
            Ok(marker) => {
                let problem = format!(
                    "it is that of store {}, and the directory's is {}",
                    marker.id, self.marker.id
                );
                self.report.add(FindingCode::Marker, "the marker", problem);
            }
            Err(error) => self.report.add(FindingCode::Marker, "the marker", error),
        }
    }

    fn unknown(&mut self, key: &[u8]) {
        self.report.add(
            FindingCode::UnknownArea,
            place_of(key),
            "nothing is known to lie here",
        );
    }
}

fn index_spaces(head: &Head) -> BTreeMap<u32, (u32, usize)> {
    let of_table = |(id, table): (&u32, &TableHead)| {
        let spaces = table.index_spaces.clone().into_iter();
        let id = *id;
        spaces
            .enumerate()
            .map(move |(position, space)| (space, (id, position)))
    };
    head.tables.iter().flat_map(of_table).collect()
}

impl Verification<'_> {
    /// Tells whether what is kept on an edge is being deleted.
    pub fn is_forgotten(&self, space: u32, edge: u32) -> bool {
        self.forgetting
            .get(&space)
            .is_some_and(|edges| edges.contains(&edge))
    }
}

/// Bytes of a key that a place shows.
const SHOWN_KEY_BYTES_MAX: usize = 24;

/// Names a record by its key.
pub fn place_of(key: &[u8]) -> String {
    let mut place = "key ".to_owned();
    for byte in key.iter().take(SHOWN_KEY_BYTES_MAX) {
        place.push_str(&format!("{byte:02x}"));
    }
    if key.len() > SHOWN_KEY_BYTES_MAX {
        place.push_str("..");
    }
    place
}
