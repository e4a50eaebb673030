//! Rows of any number, in as many transactions as they take.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use quanta_storage::Durability;

use crate::error::{Error, ErrorKind, Result};
use crate::model::QuantaEntity;
use crate::schema::limits::WORK_BATCH_BYTES;
use crate::txn::{Core, Table, Transaction};
use crate::value::Value;

use super::dynamic::DynamicCollection;
use super::handle::TransactionHandle;
use super::typed::{Collection, insert_in, put_in};

/// What becomes of a row that is to be written where there is one with its key.
///
/// ```
/// # use quantadb::{Engine, Load, OnExisting, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// let oslo = City { name: "Oslo".into(), people: 717_710 };
/// let rows = || [Ok::<_, quantadb::Error>(&oslo)];
/// cities.load(rows().map(|row| row.expect("it is there")))?;
/// assert!(cities.load_with(Load::new(), rows()).is_err());
/// assert_eq!(cities.load_with(Load::new().on_existing(OnExisting::Replace), rows())?.rows, 1);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnExisting {
    /// It is an error, as for `insert`.
    #[default]
    Refuse,
    /// It takes the place of the one that is there, as for `put`.
    Replace,
}

/// How rows are loaded.
///
/// ```
/// # use quantadb::{Engine, Load, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// let lines = "Oslo\nBergen\nTurku\n".lines();
/// let rows = lines.map(|name| Ok::<_, quantadb::Error>(City { name: name.into(), people: 0 }));
/// let mut written = 0;
/// cities.load_with(Load::new().progress(&mut |report| written = report.rows), rows)?;
/// assert_eq!(written, 3);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Default)]
pub struct Load<'p> {
    on_existing: OnExisting,
    progress: Option<&'p mut dyn FnMut(&LoadReport)>,
}

impl fmt::Debug for Load<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load")
            .field("on_existing", &self.on_existing)
            .finish_non_exhaustive()
    }
}

impl<'p> Load<'p> {
    /// Adds rows: one whose key exists is an error.
    ///
    /// ```
    /// # use quantadb::{Engine, Error, ErrorKind, Load, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let rows = || [Ok::<_, Error>(City { name: "Oslo".into(), people: 717_710 })];
    /// assert_eq!(cities.load_with(Load::new(), rows())?.rows, 1);
    /// assert_eq!(cities.load_with(Load::new(), rows()).unwrap_err().kind(), ErrorKind::KeyExists);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what becomes of a row whose key exists.
    ///
    /// ```
    /// # use quantadb::{Engine, Error, Load, OnExisting, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let rows = [Ok::<_, Error>(City { name: "Oslo".into(), people: 717_711 })];
    /// cities.load_with(Load::new().on_existing(OnExisting::Replace), rows)?;
    /// assert_eq!(cities.get("Oslo")?.unwrap().people, 717_711);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn on_existing(mut self, on_existing: OnExisting) -> Self {
        self.on_existing = on_existing;
        self
    }

    /// Calls a function after every transaction with what is written so far.
    ///
    /// ```
    /// # use quantadb::{Engine, Error, Load, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let rows = (0..50_000).map(|number| Ok::<_, Error>(City { name: format!("city {number}"), people: 0 }));
    /// let mut steps = Vec::new();
    /// cities.load_with(Load::new().progress(&mut |report| steps.push(report.rows)), rows)?;
    /// assert!(steps.len() > 1);
    /// assert_eq!(steps.last(), Some(&50_000));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn progress(mut self, progress: &'p mut dyn FnMut(&LoadReport)) -> Self {
        self.progress = Some(progress);
        self
    }
}

/// What a load has written.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// let names = ["Oslo", "Bergen", "Turku"].map(str::to_owned);
/// let report = cities.load(names.map(|name| City { name, people: 0 }))?;
/// assert_eq!((report.rows, report.transactions, report.stopped_at), (3, 1, None));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Rows that are written: the first so many of those that were given.
    pub rows: u64,
    /// Transactions that they were written in.
    pub transactions: u64,
    /// The position of the row that stopped the load, counted from 0; none if it came to its end.
    pub stopped_at: Option<u64>,
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rows 0 to {} (exclusive) are written", self.rows)?;
        if let Some(position) = self.stopped_at {
            write!(f, ", and row {position} stopped the load")?;
        }
        Ok(())
    }
}

impl Error {
    /// Returns what a load had written when this error stopped it; none if it comes from elsewhere.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let names = ["Oslo", "Bergen", "Oslo"].map(str::to_owned);
    /// let error = cities.load(names.map(|name| City { name, people: 0 })).unwrap_err();
    /// let report = error.load_report().expect("the error of a load has one");
    /// assert_eq!((report.rows, report.stopped_at), (0, Some(2)));
    /// assert!(error.to_string().starts_with("row 2 of those to load, counted from 0: "));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn load_report(&self) -> Option<&LoadReport> {
        self.detail()
    }
}

/// Tells whether a transaction holds as much as one batch of work should.
pub(crate) fn is_batch_full(core: &Core, transaction: &Transaction<'_>) -> bool {
    let (records, bytes) = transaction.size();
    bytes >= WORK_BATCH_BYTES || records >= core.engine().batch_rows_max()
}

/// Loads rows into a table, each written by `write`. All that is written lasts when it returns.
fn load<T, X>(
    (core, table): (&Arc<Core>, &Table),
    options: Load<'_>,
    rows: impl IntoIterator<Item = std::result::Result<T, X>>,
    write: impl Fn(&TransactionHandle<'_>, OnExisting, T) -> Result<()>,
) -> Result<LoadReport>
where
    X: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let loaded = load_batches((core, table), options, rows, write);
    let written = match &loaded {
        Ok(report) => Some(report),
        Err(error) => error.load_report(),
    };
    let is_to_last = core.durability() == Durability::Sync;
    let Some(report) = written.filter(|report| is_to_last && report.transactions > 0) else {
        return loaded;
    };
    let report = report.clone();
    match core.engine().flush() {
        Err(cause) if loaded.is_ok() => {
            let rows = report.rows;
            Err(stopped(report, rows, cause.into()))
        }
        // An engine that failed before says what it said then.
        _ => loaded,
    }
}

/// Loads rows in as many transactions as it takes. They last when a later commit does.
fn load_batches<T, X>(
    (core, table): (&Arc<Core>, &Table),
    mut options: Load<'_>,
    rows: impl IntoIterator<Item = std::result::Result<T, X>>,
    write: impl Fn(&TransactionHandle<'_>, OnExisting, T) -> Result<()>,
) -> Result<LoadReport>
where
    X: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    core.check_writable()?;
    let mut report = LoadReport::default();
    let mut rows = rows.into_iter();
    let mut taken = 0;
    loop {
        let transaction = Transaction::begin(core)?;
        if options.on_existing == OnExisting::Refuse {
            transaction.expect_ascending(table)?;
        }
        let handle = TransactionHandle::new(&transaction);
        let (ended, written) = match fill(core, &handle, &mut rows, &mut taken, |handle, row| {
            write(handle, options.on_existing, row)
        }) {
            Ok(filled) => filled,
            Err(cause) => return Err(stopped(report, taken, cause)),
        };
        if written > 0 {
            if let Err(cause) = transaction.commit_with(Durability::Buffered) {
                // Any of the batch's rows may be at fault: the first one is where to go on.
                let first = report.rows;
                return Err(stopped(report, first, cause));
            }
            report.rows += written;
            report.transactions += 1;
            if let Some(progress) = &mut options.progress {
                progress(&report);
            }
        }
        if ended {
            return Ok(report);
        }
    }
}

/// Writes rows until the batch is full or there are no more: returns whether it was the latter, and how many were
/// written. `taken` counts the rows before the present one.
fn fill<T, X>(
    core: &Core,
    handle: &TransactionHandle<'_>,
    rows: &mut impl Iterator<Item = std::result::Result<T, X>>,
    taken: &mut u64,
    write: impl Fn(&TransactionHandle<'_>, T) -> Result<()>,
) -> Result<(bool, u64)>
where
    X: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut written = 0;
    for row in rows {
        let row = row.map_err(|cause| {
            let cause = cause.into();
            Error::new(ErrorKind::Input, cause.to_string()).with_source(cause)
        })?;
        write(handle, row)?;
        *taken += 1;
        written += 1;
        if is_batch_full(core, handle.inner()) {
            return Ok((false, written));
        }
    }
    Ok((true, written))
}

fn stopped(mut report: LoadReport, position: u64, cause: Error) -> Error {
    report.stopped_at = Some(position);
    let problem = format!(
        "row {position} of those to load, counted from 0: {cause}; the first {} are written",
        report.rows
    );
    Error::new(cause.kind(), problem)
        .with_source(cause)
        .with_detail(Arc::new(report))
}

/// The error of an iterator that has none.
type Never = std::convert::Infallible;

impl<E: QuantaEntity> Collection<E> {
    /// Adds any number of rows, in transactions of about 1 MiB. Returns what was written.
    ///
    /// Each transaction is applied as one; the load as a whole is not: what is written stays if a later row fails. It is
    /// synced as a whole, at the end, also where a row can't be added: after a power loss before that, a part of it may be
    /// there, up to some row. [`Error::load_report`] then says where to go on. For all or nothing, see
    /// [`Collection::insert_many`]. Rows are taken while a transaction has the right to write, so the iterator must not
    /// write to the store itself.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # struct City { #[quanta(id)] id: u64, name: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let rows = (0..100_000).map(|id| City { id, name: "x".repeat(40) });
    /// let report = db.collection::<City>().load(rows)?;
    /// assert_eq!(report.rows, 100_000);
    /// assert!(report.transactions > 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Collection::insert`] for the first row that can't be added, with the row's position in the text and in
    /// [`Error::load_report`].
    pub fn load(&self, rows: impl IntoIterator<Item = impl Borrow<E>>) -> Result<LoadReport> {
        self.load_with(Load::new(), rows.into_iter().map(Ok::<_, Never>))
    }

    /// Writes any number of rows, as [`Collection::load`], from an iterator that may fail, such as one that reads a
    /// file.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Load, OnExisting, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # struct City { #[quanta(id)] id: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// let cities = db.collection::<City>();
    /// let rows = ["1", "2", "three"].map(|text| text.parse().map(|id| City { id }));
    /// let options = Load::new().on_existing(OnExisting::Replace);
    /// let error = cities.load_with(options, rows).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Input);
    /// assert_eq!(error.load_report().unwrap().stopped_at, Some(2));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Collection::load`], and [`Input`](crate::ErrorKind::Input) with what the iterator gave instead of a row.
    pub fn load_with<X>(
        &self,
        options: Load<'_>,
        rows: impl IntoIterator<Item = std::result::Result<impl Borrow<E>, X>>,
    ) -> Result<LoadReport>
    where
        X: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let table = self.table()?;
        load(
            (self.core(), table),
            options,
            rows,
            |handle, on_existing, row| match on_existing {
                OnExisting::Refuse => insert_in(handle.inner(), table, row.borrow()),
                OnExisting::Replace => put_in(handle.inner(), table, row.borrow()),
            },
        )
    }
}

impl DynamicCollection {
    /// Writes any number of rows, in transactions of about 1 MiB, from an iterator that may fail: as
    /// [`Collection::load_with`](crate::Collection::load_with).
    ///
    /// ```
    /// # use quantadb::{Engine, Load, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.table("city")?;
    /// let lines = ["{\"name\": \"Oslo\", \"people\": 717710}", "{\"name\": \"Bergen\", \"people\": 291940}"];
    /// let rows = lines.map(|line| cities.from_json(&serde_json::from_str(line).expect("it is JSON")));
    /// assert_eq!(cities.load_with(Load::new(), rows)?.rows, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As there.
    pub fn load_with<X>(
        &self,
        options: Load<'_>,
        rows: impl IntoIterator<Item = std::result::Result<impl Borrow<Value>, X>>,
    ) -> Result<LoadReport>
    where
        X: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        load(
            (self.core(), self.table()),
            options,
            rows,
            |handle, on_existing, row| {
                let rows = self.within(handle);
                match on_existing {
                    OnExisting::Refuse => rows.insert(row.borrow()),
                    OnExisting::Replace => rows.put(row.borrow()),
                }
            },
        )
    }
}
