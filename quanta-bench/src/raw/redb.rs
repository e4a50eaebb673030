//! redb, bare.

use std::path::Path;

use redb::{
    Database, Durability, ReadOnlyTable, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
};

use super::{Flow, Follow, Raw, Reader, Sync, Write};
use crate::error::Outcome;

/// What `quanta-storage` opens it with.
const CACHE_BYTES: usize = 64 * 1024 * 1024;
const FILE: &str = "bare.redb";
const TABLE: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("bare");

/// An open database with one table.
pub struct Redb {
    database: Database,
}

impl Redb {
    fn begin(&self, sync: Sync) -> Outcome<WriteTransaction> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(match sync {
            Sync::Buffered => Durability::None,
            Sync::Durable => Durability::Immediate,
        })?;
        Ok(transaction)
    }
}

fn apply(table: &mut redb::Table<'_, &'static [u8], &'static [u8]>, writes: &[Write]) -> Outcome<()> {
    for (key, value) in writes {
        match value {
            Some(value) => drop(table.insert(key.as_slice(), value.as_slice())?),
            None => drop(table.remove(key.as_slice())?),
        }
    }
    Ok(())
}

impl Raw for Redb {
    const NAME: &'static str = "redb";

    type Reader = ReadOnlyTable<&'static [u8], &'static [u8]>;

    fn open(directory: &Path) -> Outcome<Self> {
        std::fs::create_dir_all(directory)?;
        let file = directory.join(FILE);
        let is_new = !file.exists();
        let database = Database::builder().set_cache_size(CACHE_BYTES).create(file)?;
        if is_new {
            let transaction = database.begin_write()?;
            transaction.open_table(TABLE)?;
            transaction.commit()?;
        }
        Ok(Self { database })
    }

    fn reader(&self) -> Outcome<Self::Reader> {
        Ok(self.database.begin_read()?.open_table(TABLE)?)
    }

    fn write(&self, writes: &[Write], sync: Sync) -> Outcome<()> {
        let transaction = self.begin(sync)?;
        apply(&mut transaction.open_table(TABLE)?, writes)?;
        Ok(transaction.commit()?)
    }

    fn read_and_write(&self, key: &[u8], follow: Follow<'_>, sync: Sync) -> Outcome<()> {
        let transaction = self.begin(sync)?;
        {
            let mut table = transaction.open_table(TABLE)?;
            let writes = follow(table.get(key)?.as_ref().map(redb::AccessGuard::value))?;
            apply(&mut table, &writes)?;
        }
        Ok(transaction.commit()?)
    }

    fn sync(&self) -> Outcome<()> {
        self.write(&[], Sync::Durable)
    }

    fn compact(&mut self) -> Outcome<()> {
        self.database.compact()?;
        Ok(())
    }
}

impl Reader for ReadOnlyTable<&'static [u8], &'static [u8]> {
    fn read<T>(&self, key: &[u8], read: impl FnOnce(&[u8]) -> T) -> Outcome<Option<T>> {
        Ok(self.get(key)?.map(|value| read(value.value())))
    }

    fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        mut each: impl FnMut(&[u8], &[u8]) -> Outcome<Flow>,
    ) -> Outcome<()> {
        for entry in self.range::<&[u8]>(from..to)? {
            let (key, value) = entry?;
            if each(key.value(), value.value())? == Flow::Stop {
                break;
            }
        }
        Ok(())
    }
}
