//! Where a store lies and which engine it has.

use std::path::{Path, PathBuf};

use quantadb::{Engine, Options};
use tempfile::TempDir;

use super::{EngineName, Outcome};

/// A new place for a store, and how to open it there.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    engine: Engine,
    /// Deletes the directory in the end, unless it is to be kept.
    _temporary: Option<TempDir>,
}

impl Place {
    /// Makes a place that is gone when it is dropped.
    pub fn temporary(engine: EngineName) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        Ok(Self {
            path: folder.path().join("flights.quanta"),
            engine: engine.into(),
            _temporary: Some(folder),
        })
    }

    /// Makes a place that stays.
    pub fn kept(path: &Path, engine: EngineName) -> Outcome<Self> {
        if path.exists() {
            return Err(format!(
                "{} is there already: name a directory that is not",
                path.display()
            )
            .into());
        }
        Ok(Self {
            path: path.to_owned(),
            engine: engine.into(),
            _temporary: None,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns options for the engine; that in memory is the same store each time.
    pub fn options(&self) -> Options {
        Options::new()
            .engine(self.engine.clone())
            .app_version(env!("CARGO_PKG_VERSION"))
    }
}

impl From<EngineName> for Engine {
    fn from(name: EngineName) -> Self {
        match name {
            EngineName::Fjall => Self::Fjall,
            EngineName::Sled => Self::Sled,
            EngineName::Memory => Self::memory(),
        }
    }
}
