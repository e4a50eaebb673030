//! One opener at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

pub(super) const LOCK_FILE: &str = "LOCK";

/// Whatever must live as long as an engine is in use.
pub(crate) type Guard = Option<Lock>;

/// A held lock. The operating system gives it free when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a process that another thread is just starting holds a copy of the file until it
        // runs its own program. If this fails, closing is what is left.
        let _ = self.file.unlock();
    }
}

/// Locks the store in a directory.
pub(super) fn acquire(directory: &Path) -> Result<Lock> {
    let path = directory.join(LOCK_FILE);
    let place = || format!("locking {}", path.display());
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|error| Error::io(place(), error))?;
    try_lock(&mut file, &path)?;
    let write = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    };
    write(&mut file).map_err(|error| Error::io(place(), error))?;
    Ok(Lock { file })
}

/// Locks the store in a directory that may not be written; `None` if it was never opened.
pub(super) fn acquire_for_copy(directory: &Path) -> Result<Option<Lock>> {
    let path = directory.join(LOCK_FILE);
    let Ok(mut file) = File::open(&path) else {
        return Ok(None);
    };
    try_lock(&mut file, &path)?;
    Ok(Some(Lock { file }))
}

fn try_lock(file: &mut File, path: &Path) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(locked(file, path)),
        Err(TryLockError::Error(error)) => Err(Error::io(format_args!("locking {}", path.display()), error)),
    }
}

fn locked(file: &mut File, path: &Path) -> Error {
    let mut content = String::new();
    // Where locks are mandatory the holder can't be read; the error then does without.
    let holder = file
        .read_to_string(&mut content)
        .ok()
        .and_then(|_| content.trim().parse().ok());
    let place = path.display();
    let message = match holder {
        Some(pid) if pid == std::process::id() => {
            format!("{place} is locked: this process has the store open already; close or share that handle")
        }
        Some(pid) => format!("{place} is locked by process {pid}: close the store there first"),
        None => format!("{place} is locked by another opener: close the store there first"),
    };
    Error::new(
        ErrorKind::Locked {
            holder,
            path: path.to_path_buf(),
        },
        message,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_file_in_a_starting_process_does_not_hold_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let lock = acquire(dir.path()).unwrap();
        // What a fork leaves in the child until it runs its own program.
        let copy = lock.file.try_clone().unwrap();
        assert!(acquire(dir.path()).is_err());
        drop(lock);
        acquire(dir.path()).unwrap();
        drop(copy);
    }
}
