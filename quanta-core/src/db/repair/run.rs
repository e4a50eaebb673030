//! Repairing a store: look, back up, write what is certain, look again.

use std::path::Path;

use quanta_storage::Opened;

use crate::error::Result;
use crate::migrate::{Mended, Mending, RepairEntry, end_repair, mend_records};
use crate::txn::Access;

use super::super::backup::write_backup;
use super::super::options::Options;
use super::super::verify::{Seen, Stand, VerifyReport, look};
use super::report::{RepairReport, Repaired, ledger_is_sound};

impl Options {
    /// Says what [`Options::repair`] would do, and changes nothing. It is enough that the engine opens: the store need not.
    ///
    /// ```
    /// # use quantadb::{Engine, Options};
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone()).entities::<()>();
    /// # drop(options().open("cities")?);
    /// let report = options().plan_repair("cities")?;
    /// for finding in &report.found.findings {
    ///     println!("{}: {}: {}", finding.place, finding.problem, finding.remedy);
    /// }
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no store, somebody has it open, or its files are damaged.
    pub fn plan_repair(self, path: impl AsRef<Path>) -> Result<RepairReport> {
        let opened = self.open_damaged(path.as_ref(), Access::ReadOnly)?;
        let (found, _) = pass(&opened, Mending::default())?;
        Ok(RepairReport { found, done: None })
    }

    /// Puts in order what is certain of what [`Database::verify`](crate::Database::verify) finds, and leaves everything else
    /// as it is: what rows, versions and ledger say is never changed. docs/tools.md has the list.
    ///
    /// First everything is backed up to a new file at `backup`; if that fails, nothing is written. Then what is wrong is
    /// written in bounded batches, each of which makes the store better by itself, and in the end a record of the kind
    /// `repair` goes to the ledger. Interrupted anywhere, it can be begun again.
    ///
    /// ```
    /// # use quantadb::{Engine, Options};
    /// # let dir = tempfile::tempdir().expect("a directory");
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone()).entities::<()>();
    /// # drop(options().open("cities")?);
    /// let report = options().repair("cities", dir.path().join("before.backup"))?;
    /// assert!(report.done.is_none()); // There was nothing to do, so no backup was taken.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no store, somebody has it open, its files are damaged, or the backup can't be written.
    pub fn repair(self, path: impl AsRef<Path>, backup: impl AsRef<Path>) -> Result<RepairReport> {
        let opened = self.open_damaged(path.as_ref(), Access::ReadWrite)?;
        let (found, stand) = pass(&opened, Mending::of_records())?;
        let Some(stand) = stand.filter(|stand| !stand.mending.is_empty()) else {
            return Ok(RepairReport { found, done: None });
        };
        let time_ms = self.now()();
        let snapshot = opened.engine.snapshot()?;
        let signature = (self.app_version_text(), time_ms);
        let backup = write_backup(
            snapshot.as_ref(),
            (&opened.marker, &stand.head),
            signature,
            backup.as_ref(),
        )?;
        drop(snapshot);
        let mended = mend(&opened, &stand)?;
        let entry = ledger_is_sound(&found).then(|| RepairEntry {
            digest: digest(&found),
            time_ms,
            app_version: self.app_version_text().to_owned(),
            rows_checked: found.counts.rows,
            records: mended.written + mended.deleted,
        });
        let at = (stand.epoch.as_deref(), &stand.head);
        let ledger_record = end_repair(opened.engine.as_ref(), at, &stand.mending, entry)?;
        let (left, _) = pass(&opened, Mending::default())?;
        let done = Repaired {
            backup,
            records_written: mended.written,
            records_deleted: mended.deleted,
            ledger_record,
            left,
        };
        Ok(RepairReport {
            found,
            done: Some(done),
        })
    }

    /// Opens the engine of a store, whatever its records hold.
    fn open_damaged(&self, path: &Path, access: Access) -> Result<Opened> {
        self.clone().existing(access).open_engine(path)
    }
}

fn pass(opened: &Opened, mending: Mending) -> Result<(VerifyReport, Option<Stand>)> {
    let snapshot = opened.engine.snapshot()?;
    let seen = Seen {
        snapshot: snapshot.as_ref(),
        marker: &opened.marker,
    };
    look(seen, mending, &mut |_| {})
}

/// Writes the records that are certain, as many at once as fit into memory, until there are none left.
fn mend(opened: &Opened, stand: &Stand) -> Result<Mended> {
    let engine = opened.engine.as_ref();
    let epoch = stand.epoch.as_deref();
    let mut mended = Mended::default();
    let mut next = stand.mending.clone();
    while !next.has_no_records() {
        let now = mend_records(engine, epoch, &next)?;
        mended.written += now.written;
        mended.deleted += now.deleted;
        let (_, stand) = pass(opened, Mending::of_records())?;
        let found = stand.map(|stand| stand.mending).unwrap_or_default();
        // What is wanted again although it was written would be wanted for ever.
        if found == next {
            break;
        }
        next = found;
    }
    Ok(mended)
}

fn digest(found: &VerifyReport) -> [u8; 32] {
    *blake3::hash(found.to_json().to_string().as_bytes()).as_bytes()
}
