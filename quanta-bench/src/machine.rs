//! What it was measured on, and with.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What it was measured on, and with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The model of the processor.
    pub cpu: String,
    /// How many threads it runs at a time.
    pub cores: usize,
    /// All of the memory, in bytes.
    pub memory_bytes: u64,
    /// The operating system's release.
    pub kernel: String,
    /// The kind of the filesystem of the stores.
    pub filesystem: String,
    /// The compiler.
    pub rustc: String,
    /// The stores and engines, with versions.
    pub crates: Vec<String>,
    /// How it was compiled.
    pub profile: String,
}

const UNKNOWN: &str = "unknown";

impl Machine {
    /// Looks at this machine. Linux says all of it; elsewhere some is unknown.
    pub fn of(directory: &Path) -> Self {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let line = |text: &str, key: &str| {
            let line = text.lines().find(|line| line.starts_with(key));
            line.and_then(|line| line.split(':').nth(1))
                .map(|value| value.trim().to_owned())
        };
        let memory = line(&text("/proc/meminfo"), "MemTotal");
        let kib = memory.and_then(|memory| memory.trim_end_matches("kB").trim().parse::<u64>().ok());
        let kernel = text("/proc/sys/kernel/osrelease").trim().to_owned();
        Self {
            cpu: line(&text("/proc/cpuinfo"), "model name").unwrap_or_else(|| UNKNOWN.to_owned()),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_bytes: kib.unwrap_or(0) * 1024,
            kernel: if kernel.is_empty() {
                std::env::consts::OS.to_owned()
            } else {
                kernel
            },
            filesystem: filesystem(&text("/proc/mounts"), directory),
            rustc: env!("BENCH_RUSTC").to_owned(),
            crates: env!("BENCH_CRATES").split("; ").map(str::to_owned).collect(),
            profile: if cfg!(debug_assertions) {
                "debug"
            } else {
                "release"
            }
            .to_owned(),
        }
    }
}

/// The kind of what is mounted nearest above a directory.
fn filesystem(mounts: &str, directory: &Path) -> String {
    let directory = directory
        .canonicalize()
        .unwrap_or_else(|_| directory.to_path_buf());
    let mounted = mounts.lines().filter_map(|line| {
        let mut parts = line.split(' ').skip(1);
        Some((parts.next()?, parts.next()?))
    });
    let nearest = mounted
        .filter(|(place, _)| directory.starts_with(place))
        .max_by_key(|(place, _)| place.len());
    nearest.map_or_else(|| UNKNOWN.to_owned(), |(_, kind)| kind.to_owned())
}
