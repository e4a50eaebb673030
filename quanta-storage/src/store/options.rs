//! What can be said about opening a store, and what opening it can say.

use std::path::PathBuf;

/// The engines that a directory can be opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EngineKind {
    /// A log-structured merge tree: fast loads and scans. Always there.
    Fjall,
    /// A B-tree-like store. Needs the feature `sled`, which is on by default.
    Sled,
    /// A B-tree in one file, which opens at once. Needs the feature `redb`.
    Redb,
}

impl EngineKind {
    /// Returns the name that stores record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fjall => "fjall",
            Self::Sled => "sled",
            Self::Redb => "redb",
        }
    }

    /// Finds an engine by the name that stores record.
    ///
    /// ```
    /// use quanta_storage::EngineKind;
    /// assert_eq!(EngineKind::from_name("sled"), Some(EngineKind::Sled));
    /// assert_eq!(EngineKind::from_name("papyrus"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Fjall, Self::Sled, Self::Redb]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// What to do about a store that is there or isn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CreateMode {
    /// Opens the store, or creates it where there is nothing.
    #[default]
    IfMissing,
    /// Opens the store, and creates nothing.
    Never,
    /// Creates the store, and opens none that is there.
    MustBeNew,
}

/// What may be done with the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Everything.
    #[default]
    ReadWrite,
    /// Reading. The engine still writes to its own files, and the store is locked all the same.
    ReadOnly,
}

/// How to open a store; the default takes the stored engine, or creates a store on fjall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenOptions {
    /// The engine that the store must have; `None` takes the store's own, or fjall for a new store.
    pub engine: Option<EngineKind>,
    /// What to do if there is nothing, or something.
    pub create: CreateMode,
    /// What may be done with the records.
    pub access: Access,
}

/// What was cut off a damaged journal so that the store could be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovery {
    /// The journal that was cut.
    pub file: PathBuf,
    /// Where the journal ends now: behind its last complete batch.
    pub offset: u64,
    /// How many bytes were cut off, without the reserved space behind them.
    pub bytes_cut: u64,
    /// The file that keeps the bytes that were cut off.
    pub kept: PathBuf,
}
