//! fjall, bare.

use std::path::Path;

use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{Flow, Follow, Raw, Reader, Sync, Write};
use crate::error::Outcome;

/// These four are what `quanta-storage` opens it with.
const MEMTABLE_BYTES: u64 = 8 * 1024 * 1024;
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
const JOURNALS_BYTES_MAX: u64 = 128 * 1024 * 1024;
const JOURNAL_COMPRESSION: CompressionType = CompressionType::None;

/// An open database with one key space.
pub struct Fjall {
    database: Database,
    keyspace: Keyspace,
}

fn mode(sync: Sync) -> PersistMode {
    match sync {
        Sync::Buffered => PersistMode::Buffer,
        Sync::Durable => PersistMode::SyncAll,
    }
}

impl Raw for Fjall {
    const NAME: &'static str = "fjall";

    type Reader = Keyspace;

    fn open(directory: &Path) -> Outcome<Self> {
        let database = Database::builder(directory)
            .cache_size(CACHE_BYTES)
            .max_journaling_size(JOURNALS_BYTES_MAX)
            .journal_compression(JOURNAL_COMPRESSION)
            .open()?;
        let options = || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES);
        let keyspace = database.keyspace("bare", options)?;
        Ok(Self { database, keyspace })
    }

    fn reader(&self) -> Outcome<Keyspace> {
        Ok(self.keyspace.clone())
    }

    fn write(&self, writes: &[Write], sync: Sync) -> Outcome<()> {
        let mut batch = self.database.batch().durability(Some(mode(sync)));
        for (key, value) in writes {
            match value {
                Some(value) => batch.insert(&self.keyspace, key.as_slice(), value.as_slice()),
                None => batch.remove(&self.keyspace, key.as_slice()),
            }
        }
        Ok(batch.commit()?)
    }

    fn read_and_write(&self, key: &[u8], follow: Follow<'_>, sync: Sync) -> Outcome<()> {
        let before = self.keyspace.get(key)?;
        self.write(&follow(before.as_deref())?, sync)
    }

    fn sync(&self) -> Outcome<()> {
        Ok(self.database.persist(PersistMode::SyncAll)?)
    }

    fn compact(&mut self) -> Outcome<()> {
        self.keyspace.rotate_memtable_and_wait()?;
        Ok(self.keyspace.major_compact()?)
    }
}

impl Reader for Keyspace {
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
            let (key, value) = entry.into_inner()?;
            if each(&key, &value)? == Flow::Stop {
                break;
            }
        }
        Ok(())
    }
}
