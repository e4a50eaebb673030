//! Plans: what would happen, as a value.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::codec::Class;
use crate::diff::{Change, Cost, Refusal, Step, TableDiff};
use crate::error::Error;
use crate::schema::Schema;

use super::stored::RestoreCounts;
use super::tree::Hop;
use super::views::ViewPlan;

/// How many hexadecimal digits a token has.
const TOKEN_DIGITS: usize = 16;

/// What an open would do, or did: steps, what they cost, what would be refused, what would be kept.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(table = "cities", register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "cities", register = false)]
/// # struct Name { #[quanta(id)] name: String }
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone());
/// # let oslo = City { name: "Oslo".into(), people: 717_710 };
/// # options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
/// // `Name` has no field `people`, which the stored rows have.
/// let plan = options().entities::<(Name,)>().plan("cities")?;
/// let table = &plan.tables[0];
/// assert_eq!((table.name.as_str(), table.steps.len()), ("cities", 1));
/// assert!(plan.refusals.is_empty());
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Tables to which something happens, sorted by name.
    pub tables: Vec<TablePlan>,
    /// Views to which something happens: those that go first, and then those that come, each by name.
    pub views: Vec<ViewPlan>,
    /// Why it can't be done as it stands; empty if it can.
    pub refusals: Vec<Refusal>,
    /// Tables in the store that this program has no entity for. They are left alone.
    pub unregistered: Vec<String>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// Migration files that are run before all that, in this order.
    pub files: Vec<FilePlan>,
}

/// A migration file that is run, or was: see [`Plan::files`].
#[derive(Debug, Clone, PartialEq)]
pub struct FilePlan {
    /// Its id.
    pub id: String,
    /// What it does, as it says itself.
    pub name: String,
    /// What it does, as it was planned over the rows.
    pub plan: Plan,
}

/// What happens to one table: see [`Plan::tables`].
#[derive(Debug, Clone, PartialEq)]
pub struct TablePlan {
    /// The table's id; none for a table that does not exist yet.
    pub table: Option<u32>,
    /// Its name afterwards.
    pub name: String,
    /// Its name before, if it is another one.
    pub renamed_from: Option<String>,
    /// How the table gets to its new shape.
    pub movement: Movement,
    /// The steps, in the direction taken.
    pub steps: Vec<Step>,
    /// The schema before.
    pub before: Option<Schema>,
    /// The schema after.
    pub after: Option<Schema>,
    /// What rows lose on the way and the store keeps.
    pub losses: Vec<Loss>,
    /// Kept values that are given back.
    pub restored: Vec<Restoration>,
    /// Rows that were looked at, where a scan was needed.
    pub rows_checked: Option<u64>,
    /// Rows that don't fit and are taken out. A plan that changes nothing counts a row once for each unique index under
    /// which it has a value of another row.
    pub rows_dropped: u64,
    /// Rows that were taken out before and come back.
    pub rows_returned: u64,
    /// Rows that were taken out before and stay out, because a live row has their key or a unique value.
    pub rows_left_out: u64,
    /// The functions whose values new fields got once, by the paths of these.
    pub(crate) frozen: BTreeMap<String, String>,
    /// Explicit defaults of the table's fields afterwards.
    pub(crate) write_defaults: Vec<(String, Vec<u8>)>,
    /// Digest of the hints afterwards.
    pub(crate) hints_digest: [u8; 16],
    /// Earlier names that hints gave, and that don't count again.
    pub(crate) consumed_names: BTreeSet<String>,
}

/// How a table gets to its new shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Movement {
    /// It is created.
    Create {
        /// Hints that its first version consumes.
        diff: Box<TableDiff>,
    },
    /// A new version is made, child of the current one.
    Change {
        /// What is different.
        diff: Box<TableDiff>,
    },
    /// It goes along recorded edges to a version that it had.
    Travel {
        /// The version.
        to: u32,
        /// The edges on the way.
        hops: Vec<Hop>,
    },
    /// It comes back with the version it went with.
    Reenter {
        /// The version it goes on to.
        to: u32,
        /// The edges on the way.
        hops: Vec<Hop>,
    },
    /// It goes through versions of a released history that it never had, and on.
    Follow {
        /// The version that it ends at.
        to: u32,
        /// The edges on the way: those that are new, and those that it had.
        hops: Vec<Hop>,
    },
    /// Only its name or its defaults change.
    Relabel,
    /// It is dropped.
    Drop,
}

/// What rows lose on one step, and that the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// The step, as a sentence.
    pub step: String,
    /// How many rows lose something; none where nothing was counted, as the step is lazy.
    pub rows: Option<u64>,
}

/// Kept values of a field that went, given back to one that came in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restoration {
    /// The field that gets them.
    pub path: String,
    /// The name of the field that went.
    pub from: String,
    /// What becomes of them.
    #[serde(flatten)]
    pub rows: RestoreCounts,
}

/// Lists what steps give back; nothing is counted yet.
pub(crate) fn restorations(steps: &[Step]) -> Vec<Restoration> {
    let given = steps.iter().filter_map(|step| match &step.change {
        Change::RestoreField { path, from } => Some(Restoration {
            path: path.clone(),
            from: from.clone(),
            rows: RestoreCounts::default(),
        }),
        _ => None,
    });
    given.collect()
}

impl Plan {
    /// Tells whether nothing would happen.
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
    /// assert!(options().entities::<(Before,)>().plan("cities")?.is_empty());
    /// assert!(!options().entities::<(City,)>().plan("cities")?.is_empty()); // It has one field more.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.tables.is_empty() && self.views.is_empty() && self.refusals.is_empty()
    }

    /// Leaves out tables of which only the hints were seen anew.
    pub(crate) fn forget_unchanged(&mut self) {
        self.tables
            .retain(|table| table.movement != Movement::Relabel || !table.steps.is_empty());
    }

    /// Lists all steps in order.
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
    /// let plan = options().entities::<(City,)>().plan("cities")?; // `City` has one field more.
    /// let steps: Vec<String> = plan.steps().map(ToString::to_string).collect();
    /// assert_eq!(steps, ["add cities.people: option<u64>, the same value in every old row"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        let tables = self
            .files
            .iter()
            .flat_map(|file| &file.plan.tables)
            .chain(&self.tables);
        tables.flat_map(|table| &table.steps)
    }

    /// Returns the most dangerous class of any step.
    ///
    /// ```
    /// # use quantadb::{Class, Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Name { #[quanta(id)] name: String }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// # options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
    /// // `Name` has no field `people`: the values can't stay in the rows, and are kept beside them.
    /// assert_eq!(options().entities::<(Name,)>().plan("cities")?.class(), Class::Lossy);
    /// assert_eq!(options().entities::<(City,)>().plan("cities")?.class(), Class::Exact);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn class(&self) -> Class {
        self.steps().map(|step| step.class).max().unwrap_or(Class::Exact)
    }

    /// Returns the highest cost of any step.
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
    /// use quantadb::diff::Cost;
    ///
    /// let plan = options().entities::<(City,)>().plan("cities")?; // `City` has one field more,
    /// assert_eq!(plan.cost(), Cost::Lazy); // which rows get as they are read.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.steps().map(Step::cost).max().unwrap_or(Cost::Record)
    }

    /// Returns the hash of the plan's steps: equal plans have equal digests.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, Plan, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let plan = || options().entities::<(City,)>().plan("cities");
    /// assert_eq!(plan()?.digest(), plan()?.digest());
    /// assert_ne!(plan()?.digest(), Plan::default().digest());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        *blake3::hash(self.to_json().to_string().as_bytes()).as_bytes()
    }

    /// Returns what the plan is approved by: 16 hexadecimal digits that say which tables and views get which shape, on which
    /// way. How many rows are concerned is no part of it. See [`Options::approved`](crate::Options::approved).
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
    /// let plan = options().entities::<(City,)>().plan("cities")?; // `City` has one field more.
    /// let db = options().entities::<(City,)>().approved(plan.token()).open("cities")?;
    /// assert_eq!(db.open_report().plan.token(), plan.token());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn token(&self) -> String {
        let hash = blake3::hash(self.approved_part().to_string().as_bytes());
        hash.to_hex()[..TOKEN_DIGITS].to_owned()
    }
}

impl Error {
    /// Returns the plan of a change that was refused.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// #[derive(QuantaEntity)]
    /// #[quanta(table = "city")]
    /// # #[quanta(register = false)]
    /// struct Village { #[quanta(id)] name: String, people: u16 }
    ///
    /// let oslo = City { name: "Oslo".into(), people: 717_710 };
    /// options().entities::<(City,)>().open("cities")?.collection().insert(&oslo)?;
    /// let error = options().entities::<(Village,)>().open("cities").unwrap_err();
    /// let plan = error.plan().expect("a refused change has a plan");
    /// assert!(plan.refusals[0].to_string().contains("717710"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        self.detail()
    }
}
