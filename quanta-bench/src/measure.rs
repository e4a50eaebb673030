//! Times, memory and disk.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::error::Outcome;

/// Runs something, and says how long it took.
pub fn timed<T>(run: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Duration)> {
    let started = Instant::now();
    let done = run()?;
    Ok((done, started.elapsed()))
}

/// Several values of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The one in the middle, or the mean of the two there.
    pub median: f64,
    /// A quarter of the values is below.
    pub low: f64,
    /// A quarter of the values is above.
    pub high: f64,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

impl Spread {
    /// Sums values up; `None` of no values.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (first, last) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        };
        Some(Self {
            median,
            low: sorted[sorted.len() / 4],
            high: sorted[sorted.len() * 3 / 4],
            min: first,
            max: last,
        })
    }
}

/// The most memory that this process ever had in RAM, in bytes; 0 where the system doesn't say.
pub fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// Bytes that the files of a directory, or one file, take on the disk: holes in them take none.
pub fn disk_bytes(path: &Path) -> Outcome<u64> {
    use std::os::unix::fs::MetadataExt;
    let Ok(metadata) = fs::symlink_metadata(path) else {
        // Files go while they are being counted, and a store may be one file or a directory.
        return Ok(0);
    };
    if !metadata.is_dir() {
        return Ok(metadata.blocks() * 512);
    }
    let mut total = 0;
    for entry in fs::read_dir(path)?.flatten() {
        total += disk_bytes(&entry.path())?;
    }
    Ok(total)
}

/// Copies a closed store: a file, or a directory with all that is in it. The copy is on the disk, so that nobody who
/// syncs later has to wait for it.
pub fn copy_store(source: &Path, target: &Path) -> Outcome<()> {
    if !source.is_dir() {
        fs::copy(source, target)?;
        return Ok(fs::File::open(target)?.sync_all()?);
    }
    fs::create_dir_all(target)?;
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        copy_store(&entry.path(), &target.join(entry.file_name()))?;
    }
    Ok(())
}

/// Looks at how much disk a store takes, until it is asked for the most.
pub struct DiskWatch {
    stop: Arc<AtomicBool>,
    watcher: JoinHandle<Outcome<u64>>,
}

impl DiskWatch {
    /// How often it looks.
    const EVERY: Duration = Duration::from_millis(25);

    /// Begins to look.
    pub fn start(path: &Path) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (path, stopped) = (path.to_path_buf(), Arc::clone(&stop));
        let watcher = std::thread::spawn(move || {
            let mut peak = 0;
            loop {
                let is_last = stopped.load(Ordering::Acquire);
                peak = peak.max(disk_bytes(&path)?);
                if is_last {
                    return Ok(peak);
                }
                std::thread::park_timeout(Self::EVERY);
            }
        });
        Self { stop, watcher }
    }

    /// The most bytes that it saw.
    pub fn peak(self) -> Outcome<u64> {
        self.stop.store(true, Ordering::Release);
        self.watcher.thread().unpark();
        self.watcher.join().map_err(|_| "watching the disk panicked")?
    }
}
