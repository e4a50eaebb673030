//! The engine `sled`: a B-tree-like store in one process-wide log.

use std::fs::File;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sled::{Db, IVec};

use crate::batch::Operation;
use crate::engine::{Direction, Engine, KeyRange};
use crate::error::{Error, ErrorKind, Result};
use crate::fs;
use crate::preimage::{Chunk, LiveTree, PREIMAGE_BYTES_MAX, Versioned, Writes, take_chunk};
use crate::store::Guard;

const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// Larger batches block sled's readers and its log for long, atomic as they are.
const BATCH_ROWS_MAX: usize = 1_000;

/// The file of sled's log, which sled locks while it is open.
const LOCKED_FILE: &str = "db";

/// How often a lock that is about to be given free is asked for, and how long each time.
const LOCK_TRIES: u32 = 500;
const LOCK_WAIT: Duration = Duration::from_millis(4);

/// Opens or creates the engine in a directory of its own, and keeps `guard` as long as anything of it is in use.
pub(crate) fn open(path: &Path, guard: Guard) -> Result<Arc<dyn Engine>> {
    let mut tries = LOCK_TRIES;
    let db = loop {
        match open_files(path)? {
            Ok(db) => break db,
            // The store's own lock is held, so nobody else has these files. But sled's background threads may let go
            // of them a little after it was dropped, and a process that is being started holds copies until it runs.
            Err(error) if is_locked(&error) && tries > 0 => {
                tries -= 1;
                std::thread::park_timeout(LOCK_WAIT);
            }
            Err(error) => return Err(from_sled("opening", path, error)),
        }
    };
    let file = File::open(path.join(LOCKED_FILE));
    let file = file.map_err(|error| {
        Error::io(
            format_args!("opening the sled files in {}", path.display()),
            error,
        )
    })?;
    let tree = Tree {
        db,
        file,
        path: path.to_path_buf(),
        _guard: guard,
    };
    Ok(Arc::new(Versioned::new(tree, PREIMAGE_BYTES_MAX)))
}

/// Waits until sled's threads have let go of the files of an engine that was dropped.
pub(crate) fn await_close(path: &Path) -> Result<()> {
    let place = || format!("waiting for the sled files in {}", path.display());
    let file = File::open(path.join(LOCKED_FILE)).map_err(|error| Error::io(place(), error))?;
    for _ in 0..LOCK_TRIES {
        if file.try_lock().is_ok() {
            return file.unlock().map_err(|error| Error::io(place(), error));
        }
        std::thread::park_timeout(LOCK_WAIT);
    }
    let message = format!("{}: they are still in use", place());
    Err(Error::new(
        ErrorKind::Locked {
            holder: None,
            path: path.to_path_buf(),
        },
        message,
    ))
}

/// sled 0.34 has no kind for it: the text is all there is.
fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

/// Opens sled's files. Damage makes it panic, which becomes an error here.
fn open_files(path: &Path) -> Result<sled::Result<Db>> {
    let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES);
    panic::catch_unwind(AssertUnwindSafe(|| config.open())).map_err(|_| {
        let message = format!(
            "sled gave up opening {}: its files are damaged; restore a backup",
            path.display()
        );
        Error::new(ErrorKind::Corrupt, message)
    })
}

struct Tree {
    db: Db,
    /// What sled writes its log to. Its own flush leaves, on Linux, what it wrote in the cache of the disk, and the length of
    /// the file unwritten.
    file: File,
    path: PathBuf,
    // Released last: fields are dropped in the order in which they are declared.
    _guard: Guard,
}

impl Tree {
    fn error(&self, action: &str) -> impl Fn(sled::Error) -> Error {
        move |error| from_sled(action, &self.path, error)
    }
}

impl LiveTree for Tree {
    type Bytes = IVec;

    const NAME: &'static str = "sled";
    const SYNCS: bool = true;

    fn get(&self, key: &[u8]) -> Result<Option<IVec>> {
        self.db.get(key).map_err(self.error("reading"))
    }

    fn chunk(
        &self,
        range: &KeyRange,
        direction: Direction,
        rows_max: usize,
        bytes_max: usize,
    ) -> Result<Chunk<IVec>> {
        let walk = self.db.range::<&[u8], _>(range.bounds());
        let checked = |entry: sled::Result<(IVec, IVec)>| entry.map_err(self.error("scanning"));
        match direction {
            Direction::Forward => take_chunk(walk.map(checked), rows_max, bytes_max),
            Direction::Backward => take_chunk(walk.rev().map(checked), rows_max, bytes_max),
        }
    }

    fn apply(&self, writes: Writes<'_>) -> Result<()> {
        let mut batch = sled::Batch::default();
        for write in writes {
            match write {
                Operation::Put(key, value) => batch.insert(key.as_slice(), value.as_slice()),
                Operation::Delete(key) => batch.remove(key.as_slice()),
            }
        }
        self.db.apply_batch(batch).map_err(self.error("writing to"))
    }

    fn sync(&self) -> Result<()> {
        self.db.flush().map_err(self.error("syncing"))?;
        let place = || format!("syncing the sled files in {}", self.path.display());
        self.file.sync_data().map_err(|error| Error::io(place(), error))
    }

    fn disk_bytes(&self) -> Result<u64> {
        fs::disk_bytes(&self.path)
    }

    fn free_bytes(&self) -> Result<Option<u64>> {
        fs::free_bytes(&self.path)
    }

    fn batch_rows_max(&self) -> usize {
        BATCH_ROWS_MAX
    }
}

fn from_sled(action: &str, path: &Path, error: sled::Error) -> Error {
    let place = format!("{action} the sled files in {}", path.display());
    match error {
        sled::Error::Io(error) => Error::io(place, error),
        error => Error::new(ErrorKind::Corrupt, format!("{place}: {error}")).with_source(error),
    }
}
