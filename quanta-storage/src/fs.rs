//! What the standard library lacks for files that must survive power loss.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Makes the names in a directory survive power loss.
pub(crate) fn sync_dir(path: &Path) -> Result<()> {
    // Windows can't open directories as files, and journals its names by itself.
    if cfg!(windows) {
        return Ok(());
    }
    let sync = || File::open(path)?.sync_all();
    sync().map_err(|error| Error::io(format_args!("syncing the directory {}", path.display()), error))
}

/// Writes a file and its content through to the disk; its name only lasts after [`sync_dir`].
pub(crate) fn write_synced(path: &Path, content: &[u8]) -> Result<()> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().map_err(|error| Error::io(format_args!("writing {}", path.display()), error))
}

/// Writes a file in place of the one that is there, if any: whoever reads it sees the old content or the new one.
///
/// # Errors
///
/// If the file system fails. The old file is as it was then.
pub fn replace_file(path: &Path, content: &[u8]) -> Result<()> {
    // What a link points to is replaced, and not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let new = beside(&path, "new");
    let replaced = write_synced(&new, content).and_then(|()| {
        fs::rename(&new, &path).map_err(|error| Error::io(format_args!("renaming {}", new.display()), error))
    });
    if replaced.is_err() {
        // The error above says what is wrong; a file that is left beside it does no harm.
        let _ = fs::remove_file(&new);
        return replaced;
    }
    sync_parent(&path)
}

/// Returns a name beside a file that nobody else takes, in this process or another one.
pub(crate) fn beside(path: &Path, what: &str) -> PathBuf {
    static TAKEN: AtomicU64 = AtomicU64::new(0);
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    let number = TAKEN.fetch_add(1, Ordering::Relaxed);
    name.push(format!(".{}-{number}.{what}", std::process::id()));
    path.with_file_name(name)
}

/// Makes the name of a file survive power loss.
pub(crate) fn sync_parent(path: &Path) -> Result<()> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => sync_dir(parent),
        None => sync_dir(Path::new(".")),
    }
}

/// Adds up what the files below a directory take on disk.
pub(crate) fn disk_bytes(path: &Path) -> Result<u64> {
    let add = || -> io::Result<u64> {
        let mut directories = vec![path.to_path_buf()];
        let mut bytes = 0;
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(&directory)? {
                let entry = entry?;
                // Engines remove files at any time, so one that is gone by now counts as nothing.
                match entry.metadata() {
                    Ok(metadata) if metadata.is_dir() => directories.push(entry.path()),
                    Ok(metadata) => bytes += allocated_bytes(&metadata),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(bytes)
    };
    add().map_err(|error| Error::io(format_args!("measuring {}", path.display()), error))
}

/// Returns the bytes that are free on the disk of a directory, for whom is no administrator.
#[cfg(unix)]
pub(crate) fn free_bytes(path: &Path) -> Result<Option<u64>> {
    let found = rustix::fs::statvfs(path).map_err(|error| {
        Error::io(
            format_args!("measuring the disk of {}", path.display()),
            error.into(),
        )
    })?;
    Ok(Some(found.f_bavail.saturating_mul(found.f_frsize)))
}

/// Returns nothing: the standard library doesn't tell.
#[cfg(not(unix))]
pub(crate) fn free_bytes(_: &Path) -> Result<Option<u64>> {
    Ok(None)
}

/// Counts blocks where they are known: engines reserve long files that are mostly holes.
#[cfg(unix)]
fn allocated_bytes(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512
}

#[cfg(not(unix))]
fn allocated_bytes(metadata: &Metadata) -> u64 {
    metadata.len()
}
