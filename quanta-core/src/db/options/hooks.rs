//! Hooks: functions of the program that take part in commits.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::collection::TransactionHandle;
use crate::error::{Error, ErrorKind, Result};
use crate::model::QuantaEntity;
use crate::txn::{Access, Core};
use crate::watch::{Change, Hook};

use super::super::migration_hooks::{MigrationEvent, called};
use super::Options;

impl Options {
    /// Has a function told of migrations: before one becomes current, behind each batch of rows, after it, and when it was
    /// refused or failed. It may be said several times; all are told, in this order. An error before a migration or behind
    /// a batch stops it, and a panic does; behind a batch, the error of the open is
    /// [`ErrorKind::Cancelled`], and what the hook said is in its trace. Plans tell of batches too, as they look at rows.
    ///
    /// A migration is a change of the entities, a migration file, or a way to another revision. An open that changes nothing
    /// is none.
    ///
    /// ```
    /// # use quantadb::{Engine, Error, ErrorKind, MigrationEvent, Options, QuantaEntity};
    /// # use std::sync::{Arc, Mutex};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// let told = Arc::new(Mutex::new(Vec::new()));
    /// let list = told.clone();
    /// let options = Options::new().engine(Engine::memory()).entities::<(City,)>().on_migration(move |event| {
    ///     if let MigrationEvent::After { migration, revision, .. } = event {
    ///         list.lock().unwrap().push(format!("{migration}: revision {revision}"));
    ///     }
    ///     Ok(())
    /// });
    /// options.open("cities")?;
    /// assert_eq!(*told.lock().unwrap(), ["the change of the entities: revision 1"]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn on_migration(
        mut self,
        hook: impl Fn(&MigrationEvent<'_>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        let hook = Arc::new(hook);
        self.migration_hooks.add(Arc::clone(&hook) as _);
        self.meter.also(
            move |progress| match called(hook.as_ref(), &MigrationEvent::Batch(progress)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    tracing::warn!(%error, "a hook of migrations stopped the work");
                    ControlFlow::Break(())
                }
            },
        );
        self
    }

    /// Has a function called for every row of an entity that a transaction changes, before it is committed, within the
    /// transaction: it may write more through the handle, also to the row itself, or refuse with an error. Then nothing
    /// of the transaction stays, and the error says which row it was. A panic refuses too.
    ///
    /// Hooks are called when the transaction is about to be committed, once for each row, with what comes of it on the
    /// whole, whatever wrote it: a hook sees no state that never comes to be. They are called in the order in which they
    /// are named. What a hook writes is shown to the hooks of that table, also to itself, but not what it made of the
    /// very row it was called for; and a row that changes after a hook saw it is shown to it again, always as a change
    /// from what is committed. So a hook has to leave alone what is as it should be: if they don't come to rest within
    /// 16 rounds, the transaction is refused.
    ///
    /// Hooks belong to the program, not to the store: another program writes without them. They are not called for what
    /// a migration does. A table without hooks costs nothing.
    ///
    /// ```
    /// # use quantadb::{Change, Engine, Error, ErrorKind, Options, QuantaEntity};
    /// #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// struct Account { #[quanta(id)] id: u64, cents: i64 }
    /// #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// struct Booking { #[quanta(id)] account: u64, cents: i64 }
    ///
    /// let options = Options::new().engine(Engine::memory()).entities::<(Account, Booking)>();
    /// let db = options
    ///     .before_write::<Booking>(|tx, change| {
    ///         let cents = |row: Option<&Booking>| row.map_or(0, |row| row.cents);
    ///         let difference = cents(change.after()) - cents(change.before());
    ///         let account = change.after().or(change.before()).map_or(0, |row| row.account);
    ///         tx.collection::<Account>().update(&account, |account| account.cents += difference)?;
    ///         Ok(())
    ///     })
    ///     .before_write::<Account>(|_, change| match change.after() {
    ///         Some(account) if account.cents < 0 => Err(Error::new(ErrorKind::Invalid, "there is not enough on it")),
    ///         _ => Ok(()),
    ///     })
    ///     .open("bank")?;
    /// db.collection::<Account>().insert(&Account { id: 1, cents: 50 })?;
    /// let error = db.collection::<Booking>().insert(&Booking { account: 1, cents: -70 }).unwrap_err();
    /// assert!(error.to_string().contains("row 1 of table account: there is not enough on it"));
    /// assert_eq!(db.collection::<Account>().get(&1)?.unwrap().cents, 50);
    /// assert!(db.collection::<Booking>().is_empty()?);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn before_write<E: QuantaEntity>(
        mut self,
        hook: impl Fn(&TransactionHandle<'_>, &Change<E>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.hooks.push(Hook::before(hook));
        self
    }

    /// Has a function called for every row of an entity that a transaction changed, once it is committed, in the thread
    /// that wrote it, before the write returns: for caches, counters and the like. Calls come in the order of commits,
    /// those of one transaction in the order of row keys; reads see the state right after the commit.
    ///
    /// The thread still has the right to write: it must not take long, and a transaction of its own is refused. What is
    /// to be written belongs into [`Options::before_write`], what takes long beside a
    /// [`watch`](crate::Database::watch). It can't fail, as what is committed stays; a panic is caught and told to
    /// `tracing`.
    ///
    /// ```
    /// # use quantadb::{Change, Engine, Options, QuantaEntity};
    /// # use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String }
    /// let count = Arc::new(AtomicU64::new(0));
    /// let counter = count.clone();
    /// let options = Options::new().engine(Engine::memory()).entities::<(City,)>();
    /// let db = options
    ///     .after_write::<City>(move |change| {
    ///         if matches!(change, Change::Inserted(_)) {
    ///             counter.fetch_add(1, Ordering::Relaxed);
    ///         }
    ///     })
    ///     .open("cities")?;
    /// db.collection::<City>().insert(&City { name: "Oslo".into() })?;
    /// assert_eq!(count.load(Ordering::Relaxed), 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn after_write<E: QuantaEntity>(mut self, hook: impl Fn(&Change<E>) + Send + Sync + 'static) -> Self {
        self.hooks.push(Hook::after(hook));
        self
    }

    /// Checks that every hook is of an entity that the store is opened with.
    pub(super) fn check_hooks(&self) -> Result<()> {
        let declarations = self.declarations();
        let is_known = |hook: &&Hook| declarations.iter().any(|known| std::ptr::eq(*known, hook.entity));
        match self.hooks.iter().find(|hook| !is_known(hook)) {
            None => Ok(()),
            Some(hook) => {
                let problem = format!(
                    "there is a hook for {}, and the store is opened without it: name it in Options::entities or \
                     Options::register, or take the hook out",
                    hook.entity.rust_name
                );
                Err(Error::new(ErrorKind::Declaration, problem))
            }
        }
    }

    /// Has the hooks called from now on. Where nothing may be written, there is nothing to call them for.
    pub(in super::super) fn attach_hooks(&self, core: &Arc<Core>) -> Result<()> {
        if core.access() == Access::ReadOnly {
            return Ok(());
        }
        self.hooks.iter().try_for_each(|hook| hook.attach(core))
    }
}
