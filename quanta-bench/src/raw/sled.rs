//! sled, bare.

use std::path::Path;

use sled::{Batch, Db};

use super::{Flow, Raw, Reader, Sync, Write};
use crate::error::Outcome;

/// What `quanta-storage` opens it with.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// An open database.
pub struct Sled {
    db: Db,
}

impl Raw for Sled {
    const NAME: &'static str = "sled";

    type Reader = Db;

    fn open(directory: &Path) -> Outcome<Self> {
        let db = sled::Config::new()
            .path(directory)
            .cache_capacity(CACHE_BYTES)
            .open()?;
        Ok(Self { db })
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

    fn read_and_write(
        &self,
        key: &[u8],
        follow: &mut dyn FnMut(Option<&[u8]>) -> Outcome<Vec<Write>>,
        sync: Sync,
    ) -> Outcome<()> {
        let before = self.db.get(key)?;
        self.write(&follow(before.as_deref())?, sync)
    }

    fn sync(&self) -> Outcome<()> {
        self.db.flush()?;
        Ok(())
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
