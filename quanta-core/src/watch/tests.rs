//! What a filter makes of changes, and how tasks are woken.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Wake, Waker};

use quanta_storage::Memory;

use super::channel::RowFilter;
use super::*;
use crate::codec::Decoder;
use crate::db::{Database, Engine, Options, Sweep};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Entities, QuantaType};

#[derive(quanta_derive::QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(crate = crate, table = "users", register = false)]
struct Earlier {
    #[quanta(id)]
    id: u64,
    age: u8,
    gone: bool,
}

#[derive(quanta_derive::QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(crate = crate, table = "users", register = false)]
struct User {
    #[quanta(id)]
    id: u64,
    age: u8,
}

fn user(id: u64, age: u8) -> User {
    User { id, age }
}

fn open<E: Entities>(memory: &Memory) -> Database {
    let options = Options::new().engine(Engine::Memory(memory.clone()));
    options.sweep(Sweep::Off).entities::<E>().open("").unwrap()
}

/// Adults; an age of 255 is an error, one of 254 a panic.
fn adults() -> RowFilter {
    Arc::new(|body| {
        let user = User::decode(&mut Decoder::new(body)).expect("it is a row of the current version");
        match user.age {
            255 => Err(Error::new(ErrorKind::Value, "no such age")),
            254 => panic!("no such age"),
            age => Ok(age >= 18),
        }
    })
}

/// Takes what waits.
fn drain(watch: &Watch<User>) -> Vec<Result<Event<User>>> {
    std::iter::from_fn(|| watch.try_recv().transpose()).collect()
}

fn events(watch: &Watch<User>) -> Vec<Event<User>> {
    drain(watch).into_iter().map(Result::unwrap).collect()
}

#[test]
fn a_filter_tells_what_comes_under_it_and_what_leaves() {
    let memory = Memory::new();
    let db = open::<(Earlier,)>(&memory);
    for (id, age) in [(1, 17), (2, 18), (3, 40)] {
        let gone = true;
        db.collection::<Earlier>()
            .put(&Earlier { id, age, gone })
            .unwrap();
    }
    drop(db);
    let db = open::<(User,)>(&memory);
    let watch = db.watch::<User>().matching(adults()).start().unwrap();
    let users = db.collection::<User>();
    // All of these replace rows of an earlier version.
    users.put(&user(1, 18)).unwrap();
    users.put(&user(2, 17)).unwrap();
    users.put(&user(3, 41)).unwrap();
    assert_eq!(
        events(&watch),
        [
            Event::Inserted(user(1, 18)),
            Event::Deleted(user(2, 18)),
            Event::Updated {
                old: user(3, 40),
                new: user(3, 41)
            },
        ]
    );
    users.put(&user(2, 16)).unwrap();
    users.delete(&2).unwrap();
    users.put(&user(4, 3)).unwrap();
    assert_eq!(events(&watch), []);
    users.put(&user(4, 30)).unwrap();
    users.delete(&4).unwrap();
    assert_eq!(
        events(&watch),
        [Event::Inserted(user(4, 30)), Event::Deleted(user(4, 30))]
    );
}

#[test]
fn a_filter_and_a_key_must_both_match() {
    let db = open::<(User,)>(&Memory::new());
    let watch = db.watch::<User>().key(&2).matching(adults()).start().unwrap();
    for (id, age) in [(1, 30), (2, 3), (2, 30), (3, 30)] {
        db.collection::<User>().put(&user(id, age)).unwrap();
    }
    assert_eq!(events(&watch), [Event::Inserted(user(2, 30))]);
}

#[test]
fn what_does_not_match_takes_no_room() {
    let db = open::<(User,)>(&Memory::new());
    let watch = db.watch::<User>().matching(adults()).capacity(1).start().unwrap();
    for (id, age) in [(1, 30), (2, 3), (3, 3)] {
        db.collection::<User>().put(&user(id, age)).unwrap();
    }
    assert_eq!(events(&watch), [Event::Inserted(user(1, 30))]);
}

#[test]
fn a_filter_that_fails_or_panics_is_an_item_of_the_watch_alone() {
    let db = open::<(User,)>(&Memory::new());
    let watch = db.watch::<User>().matching(adults()).start().unwrap();
    let users = db.collection::<User>();
    for (id, age) in [(1, 255), (2, 254), (3, 20)] {
        users.insert(&user(id, age)).unwrap();
    }
    assert_eq!(users.len().unwrap(), 3);
    let shown: Vec<String> = drain(&watch).iter().map(|item| format!("{item:?}")).collect();
    assert_eq!(
        shown,
        [
            "Err(Value: no such age)",
            "Err(OwnCode: the filter of a watch panicked: no such age)",
            "Ok(Inserted(User { id: 3, age: 20 }))",
        ]
    );
}

/// Says on a channel that the task was woken.
struct Bell(Sender<()>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.send(()).unwrap();
    }
}

fn bell() -> (Waker, Receiver<()>) {
    let (sender, receiver) = channel();
    (Waker::from(Arc::new(Bell(sender))), receiver)
}

#[test]
fn a_task_is_woken_by_an_event_and_by_the_end() {
    let memory = Memory::new();
    let db = open::<(User,)>(&memory);
    let mut watch = db.watch::<User>().start().unwrap();
    let (waker, rings) = bell();
    let context = Context::from_waker(&waker);
    assert!(watch.poll_recv(&context).is_pending());
    assert!(rings.try_recv().is_err());
    db.collection::<User>().insert(&user(1, 1)).unwrap();
    rings.try_recv().unwrap();
    let Poll::Ready(Some(Ok(event))) = watch.poll_recv(&context) else {
        panic!("there is an event")
    };
    assert_eq!(event, Event::Inserted(user(1, 1)));
    assert!(watch.poll_recv(&context).is_pending());
    drop(db);
    rings.try_recv().unwrap();
    assert!(matches!(watch.poll_recv(&context), Poll::Ready(None)));
    assert!(matches!(watch.poll_recv(&context), Poll::Ready(None)));
}

#[cfg(feature = "futures")]
#[test]
fn a_watch_is_a_stream() {
    use futures_core::Stream;
    use futures_core::stream::FusedStream;
    use std::pin::pin;

    let db = open::<(User,)>(&Memory::new());
    let mut watch = pin!(db.watch::<User>().start().unwrap());
    let (waker, rings) = bell();
    let mut context = Context::from_waker(&waker);
    assert!(watch.as_mut().poll_next(&mut context).is_pending());
    let writer = {
        let db = db.clone();
        std::thread::spawn(move || db.collection::<User>().insert(&user(1, 1)))
    };
    rings.recv().unwrap();
    let Poll::Ready(Some(Ok(event))) = watch.as_mut().poll_next(&mut context) else {
        panic!("there is an event")
    };
    assert_eq!(event, Event::Inserted(user(1, 1)));
    writer.join().unwrap().unwrap();
    assert!(watch.as_mut().poll_next(&mut context).is_pending());
    drop(db);
    rings.recv().unwrap();
    assert!(!watch.is_terminated());
    assert!(matches!(
        watch.as_mut().poll_next(&mut context),
        Poll::Ready(None)
    ));
    assert!(watch.is_terminated());
}
