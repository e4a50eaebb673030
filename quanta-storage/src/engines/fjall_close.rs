//! Closing fjall so that it opens at once.
//!
//! Opening reads the journal, each record of it for about two microseconds, whether tables hold it already or not. Fjall begins a
//! new journal only behind 64 MB. So here what the journal holds is brought into tables when the engine is closed, and the journal
//! is emptied. Whatever interrupts that leaves a journal whose records tables hold too, which fjall skips.

use std::fs::OpenOptions;
use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::fjall_journal::{complete_bytes, newest};

/// A journal up to this length is read again at the next opening: that takes less time than writing a table now.
const JOURNAL_BYTES_KEPT: u64 = 256 * 1024;

/// What is in the journal of an open engine, and what is to become of it.
#[derive(Debug)]
pub(super) struct Journal {
    directory: PathBuf,
    /// How many bytes of batches it holds at least, unless fjall began a new one.
    bytes: AtomicU64,
    /// What stands in it when the engine is closed.
    at_close: OnceLock<AtClose>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AtClose {
    /// Nothing that tables don't hold too.
    InTables,
    /// Little enough to be read again.
    Short,
}

impl Journal {
    /// Takes the journals of an engine that was just opened, with what complete batches in them take.
    pub fn new(directory: PathBuf, bytes: u64) -> Self {
        Self {
            directory,
            bytes: AtomicU64::new(bytes),
            at_close: OnceLock::new(),
        }
    }

    /// Notes that a batch went in.
    pub fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Has `write_tables` bring into tables what stands in a long journal; it says whether that is all there is. Nobody writes
    /// any more. Dropped after the engine, this empties the journal then.
    ///
    /// # Errors
    ///
    /// Those of `write_tables`. The journal stays as it is then.
    pub fn settle<E>(&self, write_tables: impl FnOnce() -> Result<bool, E>) -> Result<(), E> {
        let at_close = if self.bytes.load(Ordering::Relaxed) <= JOURNAL_BYTES_KEPT {
            AtClose::Short
        } else if write_tables()? {
            AtClose::InTables
        } else {
            return Ok(());
        };
        // Nobody else sets it.
        let _ = self.at_close.set(at_close);
        Ok(())
    }

    /// Cuts the journal of a closed engine behind what has to be read again, and the room reserved behind that.
    fn cut(&self, at_close: AtClose) -> io::Result<()> {
        let Some(journal) = newest(&self.directory).map_err(io::Error::other)? else {
            return Ok(());
        };
        let mut file = OpenOptions::new().read(true).write(true).open(journal)?;
        let keep = match at_close {
            AtClose::InTables => Some(0),
            AtClose::Short => complete_bytes(&mut file)?,
        };
        keep.map_or(Ok(()), |keep| file.set_len(keep))
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        let Some(at_close) = self.at_close.get() else {
            return;
        };
        if let Err(problem) = self.cut(*at_close) {
            // It is read again at the next opening, and no more.
            tracing::warn!(directory = %self.directory.display(), %problem, "could not shorten the journal");
        }
    }
}
