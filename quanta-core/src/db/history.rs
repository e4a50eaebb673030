//! What a store remembers of itself.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use crate::catalog::{read_ledger, read_versions, releases};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Head, LedgerRecord, Version};

use super::database::Database;

/// The ledger: everything that moved the head, the oldest first.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "cities", register = false)]
/// # struct Before { #[quanta(id)] name: String }
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(table = "cities", register = false)]
/// # struct City { #[quanta(id)] name: String, people: Option<u64> }
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone());
/// # drop(options().entities::<(Before,)>().open("cities")?);
/// let db = options().entities::<(City,)>().open("cities")?; // The field `people` came.
/// let history = db.history()?;
/// let kinds: Vec<&str> = history.records.iter().map(|record| record.kind.name()).collect();
/// assert_eq!((kinds.as_slice(), history.revision), (["create", "auto"].as_slice(), 2));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct History {
    /// The records.
    pub records: Vec<LedgerRecord>,
    /// The current revision.
    pub revision: u64,
}

impl History {
    /// Lists the names of a revision, in the order in which it got them.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// db.release("1.0")?;
    /// db.release("spring")?;
    /// assert_eq!(db.history()?.names_of(1), ["1.0", "spring"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn names_of(&self, revision: u64) -> Vec<String> {
        let of_revision = releases(&self.records).into_iter();
        let named = of_revision.filter(|release| release.revision == revision);
        named.map(|release| release.name).collect()
    }

    /// Returns the history as JSON: `{"revision", "records"}`. A record of the kind `release` has the name as `release`.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let json = db.history()?.to_json();
    /// assert_eq!(json["revision"], 1);
    /// assert_eq!(json["records"][0]["kind"], "create");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "revision": self.revision, "records": self.records })
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for record in &self.records {
            let mark = if record.revision == self.revision && record.kind.makes_revision() {
                "*"
            } else {
                " "
            };
            write!(
                f,
                "{mark} {:>4} {:<8} revision {}",
                record.sequence,
                record.kind.name(),
                record.revision
            )?;
            if let Some(from) = record.from_revision.filter(|_| record.release.is_none()) {
                write!(f, " from {from}")?;
            }
            match &record.release {
                Some(name) => write!(f, " is {name}")?,
                None if record.kind.makes_revision() => {
                    let names = self.names_of(record.revision);
                    if !names.is_empty() {
                        write!(f, " ({})", names.join(", "))?;
                    }
                }
                None => {}
            }
            writeln!(f)?;
            for step in record.effects.iter().flat_map(|effect| &effect.up) {
                writeln!(f, "       {step}")?;
            }
            for effect in &record.views {
                writeln!(f, "       {effect}")?;
            }
            for forgotten in &record.forgotten {
                writeln!(f, "       {forgotten}")?;
            }
        }
        Ok(())
    }
}

impl Database {
    /// Reads the ledger, and checks the chain of its hashes.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let history = db.history()?;
    /// assert_eq!(history.revision, 1);
    /// assert_eq!(history.records[0].effects[0].after.name, "city");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a record is missing, damaged or not the one that the next names.
    pub fn history(&self) -> Result<History> {
        let head = self.core().head();
        let records = read_ledger(self.core().snapshot()?.as_ref(), &head)?;
        Ok(History {
            records,
            revision: head.revision,
        })
    }

    /// Returns the head: where every table stands.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let head = db.head();
    /// assert_eq!(head.revision, 1);
    /// let tables: Vec<(&u32, &str)> = head.tables.iter().map(|(id, table)| (id, table.state.name.as_str())).collect();
    /// assert_eq!(tables, [(&1, "city")]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn head(&self) -> Head {
        self.core().head()
    }

    /// Reads all versions of a table, by its id.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let db = options().entities::<(City,)>().open("cities")?; // The field `people` came.
    /// let table = *db.head().tables.keys().next().expect("it has one table");
    /// let fields = |version: &u32| Ok::<_, quantadb::Error>(db.versions(table)?[version].schema.shape.fields().len());
    /// assert_eq!((fields(&1)?, fields(&2)?), (1, 2));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a version is damaged.
    pub fn versions(&self, table: u32) -> Result<BTreeMap<u32, Version>> {
        let versions = read_versions(self.core().snapshot()?.as_ref(), table)?;
        if versions.is_empty() {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("the store has no table with id {table}"),
            ));
        }
        Ok(versions)
    }
}
