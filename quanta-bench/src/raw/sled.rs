//! sled, bare.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use sled::{Batch, Db};

use super::{Flow, Follow, Raw, Reader, Sync, Write};
use crate::error::Outcome;

/// What `quanta-storage` opens it with.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// How often a lock is asked for that is about to be given free.
const LOCK_TRIES: u32 = 500;
const LOCK_WAIT: Duration = Duration::from_millis(4);

/// The log, whose bytes sled leaves to the system where `quanta-storage` has them written.
const LOG_FILE: &str = "db";

/// An open database.
pub struct Sled {
    db: Db,
    log: File,
}

impl Raw for Sled {
    const NAME: &'static str = "sled";

    type Reader = Db;

    fn open(directory: &Path) -> Outcome<Self> {
        let config = sled::Config::new().path(directory).cache_capacity(CACHE_BYTES);
        for _ in 0..LOCK_TRIES {
            match config.open() {
                Ok(db) => {
                    let log = File::open(directory.join(LOG_FILE))?;
                    return Ok(Self { db, log });
                }
                // Its threads let go of the files a little after it was dropped.
                Err(error) if error.to_string().contains("could not acquire lock") => {
                    std::thread::park_timeout(LOCK_WAIT);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err("sled's files stay locked".into())
    }

    fn reader(&self) -> Outcome<Db> {
        Ok(self.db.clone())
    }

    fn write(&self, writes: &[Write], sync: Sync) -> Outcome<()> {
        let mut batch = Batch::default();
        for (key, value) in writes {
            match value {
                Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                None => batch.remove(key.as_slice()),
            }
        }
        self.db.apply_batch(batch)?;
        match sync {
            Sync::Buffered => Ok(()),
            Sync::Durable => self.sync(),
        }
    }

    fn read_and_write(&self, key: &[u8], follow: Follow<'_>, sync: Sync) -> Outcome<()> {
        let before = self.db.get(key)?;
        self.write(&follow(before.as_deref())?, sync)
    }

    fn sync(&self) -> Outcome<()> {
        self.db.flush()?;
        Ok(self.log.sync_data()?)
    }

    fn compact(&mut self) -> Outcome<()> {
        Ok(())
    }
}

impl Reader for Db {
    fn read<T>(&self, key: &[u8], read: impl FnOnce(&[u8]) -> T) -> Outcome<Option<T>> {
        Ok(self.get(key)?.map(|value| read(&value)))
    }

    fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        mut each: impl FnMut(&[u8], &[u8]) -> Outcome<Flow>,
    ) -> Outcome<()> {
        for entry in self.range::<&[u8], _>(from..to) {
            let (key, value) = entry?;
            if each(&key, &value)? == Flow::Stop {
                break;
            }
        }
        Ok(())
    }
}
