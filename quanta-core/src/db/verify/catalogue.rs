//! Verifying head, versions and current schemas.

use std::collections::BTreeMap;

use quanta_storage::Direction;

use crate::catalog::{keys, read_bytes};
use crate::codec::{decode_record, encode_record};
use crate::diff::Target;
use crate::error::Result;
use crate::plan::{Presence, TableHead, Version};
use crate::schema::{Fingerprint, Shape};

use super::codes::FindingCode;
use super::run::{Verification, place_of};
use super::table::TableCheck;

impl Verification<'_> {
    /// Looks at what the head says of each table, and at all of its versions.
    pub fn catalogue(&mut self) -> Result<()> {
        self.shared();
        let head = self.head.clone();
        self.used.head(&head);
        for (id, head) in head.tables {
            self.report.counts.tables += 1;
            let versions = self.versions(id, &head)?;
            self.tree(&head, &versions);
            self.edges(&head, &versions);
            self.stamps(id, &head);
            self.current(&head, &versions)?;
            let (table, problems) = TableCheck::new(&head, versions);
            for problem in problems {
                self.report.add(FindingCode::VersionTree, place(&head), problem);
            }
            self.tables.insert(id, table);
        }
        Ok(())
    }

    /// Reads the versions of a table that can be read.
    fn versions(&mut self, id: u32, head: &TableHead) -> Result<BTreeMap<u32, Version>> {
        let mut versions = BTreeMap::new();
        let mut cursor = self.snapshot.scan(&keys::versions(id), Direction::Forward)?;
        while let Some((key, value)) = cursor.next()? {
            self.report.counts.versions += 1;
            let Ok(number) = <[u8; 4]>::try_from(&key[5..]).map(u32::from_be_bytes) else {
                self.report
                    .add(FindingCode::Version, place_of(key), "the key holds no version");
                continue;
            };
            match read_version(value) {
                Ok(version) => {
                    let place = format!("version {number} of {}", place(head));
                    self.version(&version, &place);
                    versions.insert(number, version);
                }
                Err(problem) => {
                    self.report.add(
                        FindingCode::Version,
                        format!("version {number} of {}", place(head)),
                        problem,
                    );
                }
            }
        }
        Ok(versions)
    }

    /// Looks at the parents of all versions of a table.
    fn tree(&mut self, head: &TableHead, versions: &BTreeMap<u32, Version>) {
        let mut roots = 0;
        for (number, version) in versions {
            let place = format!("version {number} of {}", place(head));
            match version.parent {
                None => {
                    roots += 1;
                    if version.edge.is_some() {
                        self.report
                            .add(FindingCode::VersionTree, place, "it has an edge and no parent");
                    }
                }
                Some(parent) if parent >= *number => {
                    self.report.add(
                        FindingCode::VersionTree,
                        place,
                        format!("its parent {parent} is not older"),
                    );
                }
                Some(parent) if !versions.contains_key(&parent) => {
                    self.report.add(
                        FindingCode::VersionTree,
                        place,
                        format!("its parent {parent} is missing"),
                    );
                }
                Some(_) => {}
            }
        }
        if roots > 1 {
            self.report.add(
                FindingCode::VersionTree,
                place(head),
                format!("{roots} versions have no parent"),
            );
        }
        let stamps = head.stamps.iter().filter(|stamp| !versions.contains_key(stamp));
        for stamp in stamps {
            let problem = format!("version {stamp}, which rows may be stamped with, is missing");
            self.report.add(FindingCode::VersionTree, place(head), problem);
        }
        for (edge, _) in head.kept.iter().filter(|(edge, _)| !versions.contains_key(edge)) {
            let problem = format!("version {edge}, across whose edge values may be kept, is missing");
            self.report.add(FindingCode::VersionTree, place(head), problem);
        }
        for edge in head.victims.iter().filter(|edge| !versions.contains_key(edge)) {
            let problem = format!("version {edge}, whose edge took rows out, is missing");
            self.report.add(FindingCode::VersionTree, place(head), problem);
        }
    }

    /// Looks at the current version of a table, and at the record of its schema.
    fn current(&mut self, head: &TableHead, versions: &BTreeMap<u32, Version>) -> Result<()> {
        let state = &head.state;
        let Some(version) = versions.get(&state.version) else {
            let problem = format!(
                "its current version {} is missing or can't be read",
                state.version
            );
            self.report.add(FindingCode::VersionTree, place(head), problem);
            return Ok(());
        };
        let fingerprint = Fingerprint::of(&version.schema);
        if fingerprint != head.fingerprint {
            let problem = format!(
                "the head says {}, and version {} is {fingerprint}",
                head.fingerprint, state.version
            );
            self.report.add(FindingCode::Fingerprint, place(head), problem);
        }
        self.objects(head, version);
        if state.presence != Presence::Live {
            return Ok(());
        }
        let key = keys::schema(&state.name);
        let expected = encode_record(&state.labelled(&version.schema));
        let problem = match (read_bytes(self.snapshot, &key)?, expected) {
            (Some(bytes), Ok(expected)) if bytes == expected => return Ok(()),
            (None, _) => "the record of its current schema is missing".to_owned(),
            (Some(_), _) => format!(
                "the record of its current schema is not that of version {}",
                state.version
            ),
        };
        self.schemas.push((head.clone(), problem));
        Ok(())
    }

    /// Looks at the ids of a table's indexes, and at where its references lead.
    fn objects(&mut self, head: &TableHead, version: &Version) {
        let state = &head.state;
        let counts = [
            state.index_ids.len(),
            state.index_names.len(),
            head.index_spaces.len(),
        ];
        if state.index_ids != version.index_ids || counts != [version.schema.indexes.len(); 3] {
            let problem = format!(
                "the ids, names or spaces of its indexes are not those of version {}",
                state.version
            );
            self.report.add(FindingCode::VersionTree, place(head), problem);
        }
        let is_unknown = |target: &&Target| !self.head.tables.contains_key(&target.table);
        if let Some(Target { table, .. }) = version.targets.iter().find(is_unknown) {
            let problem = format!("it refers to table id {table}, which the head doesn't know");
            self.report.add(FindingCode::VersionTree, place(head), problem);
        }
    }

    /// Looks for records of current schemas without a live table.
    pub fn schema_record(&mut self, key: &[u8]) {
        let mut live = self
            .head
            .tables
            .values()
            .filter(|table| table.state.presence == Presence::Live);
        if !live.any(|table| keys::schema(&table.state.name) == key) {
            let name = String::from_utf8_lossy(&key[1..]).into_owned();
            let problem = "no live table has this name".to_owned();
            if self.add_certain(FindingCode::SchemaOrphan, name, problem) {
                self.mending.delete(key);
            }
        }
    }

    /// Tells which records of current schemas are not as they should be, once all else of the catalogue was looked at.
    pub(super) fn current_schemas(&mut self) {
        for (head, problem) in std::mem::take(&mut self.schemas) {
            if !self.add_certain(FindingCode::Schema, place(&head), problem) {
                continue;
            }
            let state = &head.state;
            let mut tables = self.tables.values().filter(|table| table.head == head);
            let version = tables.next().and_then(|table| table.versions.get(&state.version));
            let record = version.map(|version| encode_record(&state.labelled(&version.schema)));
            if let Some(Ok(record)) = record {
                self.mending.put(&keys::schema(&state.name), record);
            }
        }
    }

    /// Looks for versions of tables that the head doesn't know.
    pub fn version_record(&mut self, key: &[u8]) {
        let id = key[1..].first_chunk().map(|id| u32::from_be_bytes(*id));
        if !id.is_some_and(|id| self.head.tables.contains_key(&id)) {
            self.report.add(
                FindingCode::VersionOrphan,
                place_of(key),
                "the head has no table of this id",
            );
        }
    }
}

fn read_version(bytes: &[u8]) -> std::result::Result<Version, String> {
    let version: Version = decode_record(bytes)?;
    Shape::new(version.schema.shape.nodes().to_vec())?;
    version.schema.check()?;
    Ok(version)
}

fn place(head: &TableHead) -> String {
    format!("table {}", head.state.name)
}
