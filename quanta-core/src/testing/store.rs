//! A store for one test.

use std::path::{Path, PathBuf};

use crate::db::{Database, Engine, Options, Sweep};
use crate::error::Result;

/// A store that was made at a release: see [`Release::store`](super::Release::store).
///
/// ```
/// # use quantadb::QuantaEntity;
/// use quantadb::testing::Release;
///
/// # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
/// #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"],
/// #       "fields": [{"name": "id", "type": "u64"}, {"name": "name", "type": "string"}]}]}]}"#;
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "users", register = false)]
/// # struct User { #[quanta(id)] id: u64, name: String, age: Option<u8> }
/// let store = Release::at(LOCK, "1.0").rows(20).store()?;
/// assert_eq!(store.as_released()?.table("users")?.len()?, 20);
///
/// let db = store.options().entities::<(User,)>().open(store.path())?; // `User` has one field more.
/// assert!(db.collection::<User>().iter().all(|user| user.is_ok_and(|user| user.age.is_none())));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TestStore {
    engine: Engine,
    path: PathBuf,
    label: String,
}

impl TestStore {
    pub(super) fn new(engine: Engine, path: &Path, label: &str) -> Self {
        Self {
            engine,
            path: path.to_owned(),
            label: label.to_owned(),
        }
    }

    /// Returns options that open this store, at [`TestStore::path`].
    #[must_use]
    pub fn options(&self) -> Options {
        Options::new().engine(self.engine.clone())
    }

    /// Returns the engine. Clones of one in memory are one store.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine.clone()
    }

    /// Returns the directory of the store, or a name for one in memory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the label of the release that it was made at.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Opens the store without any entity, so that nothing changes: as it was made, as long as no program has opened it.
    ///
    /// # Errors
    ///
    /// Those of [`Options::open`].
    pub fn as_released(&self) -> Result<Database> {
        self.options().sweep(Sweep::Off).entities::<()>().open(&self.path)
    }
}
