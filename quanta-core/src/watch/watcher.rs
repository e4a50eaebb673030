//! A running watch.

use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::collection::Decode;
use crate::error::{Error, ErrorKind, Result};
use crate::txn::{Observers, Table};

use super::channel::{Channel, Next};
use super::event::{Change, Event};

/// A running watch: what is committed to a table, row by row, until it is dropped. See
/// [`Database::watch`](crate::Database::watch).
///
/// Events wait in a channel of bounded size. The writer never waits for it: if it is full, the oldest events are lost,
/// and [`Event::Lagged`] says how many. A watch keeps no store open: when the last handle of the store is dropped, it
/// gives what still waits, and ends.
///
/// In async code, poll it with [`Watch::poll_recv`], or with the feature `futures` as a `Stream`: no thread waits.
///
/// ```
/// # use quantadb::{Engine, Event, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// let watch = db.watch::<City>().start()?;
/// cities.insert(&City { name: "Oslo".into(), people: 0 })?;
/// cities.update("Oslo", |oslo| oslo.people = 717_710)?;
/// assert!(matches!(watch.recv()?, Event::Inserted(_)));
/// let Event::Updated { old, new } = watch.recv()? else { panic!("it was updated") };
/// assert_eq!((old.people, new.people), (0, 717_710));
/// # Ok::<(), quantadb::Error>(())
/// ```
pub struct Watch<T> {
    channel: Arc<Channel>,
    table: Arc<Table>,
    decode: Decode<T>,
    observers: Weak<Observers>,
    number: u64,
    /// Whether a task was told that it has ended.
    pub(super) is_over: bool,
}

impl<T> Watch<T> {
    pub(super) fn new(
        observers: &Arc<Observers>,
        table: Arc<Table>,
        decode: Decode<T>,
        channel: Arc<Channel>,
    ) -> Self {
        Self {
            number: observers.watch(&table, Arc::clone(&channel) as _),
            channel,
            table,
            decode,
            observers: Arc::downgrade(observers),
            is_over: false,
        }
    }

    /// Waits for the next event.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, Event, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let watch = db.watch::<City>().start()?;
    /// let writer = std::thread::spawn(move || cities.insert(&City { name: "Oslo".into(), people: 717_710 }));
    /// let Event::Inserted(oslo) = watch.recv()? else { panic!("it is new") };
    /// assert_eq!(oslo.people, 717_710);
    /// # writer.join().expect("it doesn't panic")?;
    /// drop(db); // The last handle of the store: it is closed.
    /// assert_eq!(watch.recv().unwrap_err().kind(), ErrorKind::Closed);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Closed`](ErrorKind::Closed) if the store was closed, [`SchemaMoved`](ErrorKind::SchemaMoved) if it was rolled
    /// back or the like, both for good; and if a row can't be read.
    pub fn recv(&self) -> Result<Event<T>> {
        self.event(self.channel.wait())
    }

    /// Returns the next event if it is there; none if there is none now.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let watch = db.watch::<City>().start()?;
    /// assert_eq!(watch.try_recv()?, None);
    /// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// assert!(watch.try_recv()?.is_some());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Watch::recv`].
    pub fn try_recv(&self) -> Result<Option<Event<T>>> {
        self.channel.take().map(|next| self.event(next)).transpose()
    }

    /// Waits for the next event, but no longer than `timeout`: none if there was none until then.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// use std::time::Duration;
    ///
    /// let watch = db.watch::<City>().start()?;
    /// assert_eq!(watch.recv_timeout(Duration::from_millis(1))?, None);
    /// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// assert!(watch.recv_timeout(Duration::from_secs(60))?.is_some()); // It is there: this waits for nothing.
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Watch::recv`].
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Option<Event<T>>> {
        let next = self.channel.wait_for(timeout);
        next.map(|next| self.event(next)).transpose()
    }

    /// Iterates over the events, and waits for each. Ends when the store is closed; if the schema moved, with that
    /// error as the last item.
    ///
    /// ```
    /// # use quantadb::{Engine, Event, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let watch = db.watch::<City>().start()?;
    /// for name in ["Oslo", "Bergen"] {
    ///     cities.insert(&City { name: name.into(), people: 0 })?;
    /// }
    /// drop((db, cities)); // The store is closed: after what still waits, the iterator ends.
    /// let names = watch.iter().map(|event| match event? {
    ///     Event::Inserted(city) => Ok(city.name),
    ///     event => panic!("{event:?}"),
    /// });
    /// assert_eq!(names.collect::<quantadb::Result<Vec<_>>>()?, ["Oslo", "Bergen"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn iter(&self) -> Events<'_, T> {
        Events {
            watch: self,
            is_over: false,
        }
    }

    /// Returns the next event, or has the task woken when it is there: what a `Stream` needs. Ends as [`Watch::iter`].
    ///
    /// ```
    /// # use quantadb::{Engine, Event, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let mut watch = db.watch::<City>().start()?;
    /// let mut context = Context::from_waker(Waker::noop()); // A runtime brings one that wakes the task.
    /// assert!(watch.poll_recv(&context).is_pending());
    /// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
    /// assert!(matches!(watch.poll_recv(&context), Poll::Ready(Some(Ok(Event::Inserted(_))))));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn poll_recv(&mut self, context: &Context<'_>) -> Poll<Option<Result<Event<T>>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let next = match self.channel.poll(context) {
            Poll::Ready(next) => next,
            Poll::Pending => return Poll::Pending,
        };
        self.is_over = matches!(next, Next::Ended(_));
        Poll::Ready(self.item(next))
    }

    fn event(&self, next: Next) -> Result<Event<T>> {
        match next {
            Next::Change(change) => Ok(Change::decoded(&self.table, &change, self.decode)?.into()),
            Next::Lagged(events) => Ok(Event::Lagged(events)),
            Next::Failed(error) => Err(error),
            Next::Ended(ErrorKind::SchemaMoved) => {
                let problem = format!(
                    "the schema has moved since the watch of table {} began: open the store again, and watch again",
                    self.table.name
                );
                Err(Error::new(ErrorKind::SchemaMoved, problem))
            }
            Next::Ended(kind) => {
                let problem = format!(
                    "the store was closed: nothing more comes from the watch of table {}",
                    self.table.name
                );
                Err(Error::new(kind, problem))
            }
        }
    }

    fn item(&self, next: Next) -> Option<Result<Event<T>>> {
        match next {
            Next::Ended(ErrorKind::Closed) => None,
            next => Some(self.event(next)),
        }
    }
}

impl<T> Drop for Watch<T> {
    fn drop(&mut self) {
        if let Some(observers) = self.observers.upgrade() {
            observers.forget(self.table.id, self.number);
        }
    }
}

impl<T> std::fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Watch({})", self.table.name)
    }
}

impl<'w, T> IntoIterator for &'w Watch<T> {
    type Item = Result<Event<T>>;
    type IntoIter = Events<'w, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The events of a watch: see [`Watch::iter`].
#[derive(Debug)]
pub struct Events<'w, T> {
    watch: &'w Watch<T>,
    is_over: bool,
}

impl<T> Iterator for Events<'_, T> {
    type Item = Result<Event<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = self.watch.channel.wait();
        self.is_over = matches!(next, Next::Ended(_));
        self.watch.item(next)
    }
}

impl<T> std::iter::FusedIterator for Events<'_, T> {}
