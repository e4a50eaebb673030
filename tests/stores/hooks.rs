//! Guards hooks: what they see and in which order, what they may write, and that nothing stays of what they refuse.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock};

use quantadb::{Change, Collection, Database, Error, ErrorKind, Event, Options, QuantaEntity, Value};

use crate::generations::{row_one, two};
use crate::support::{Small, all, filled, verify};

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "users", register = false)]
struct User {
    #[quanta(id)]
    id: u64,
    name: String,
    edits: u32,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "audit", register = false)]
struct Audit {
    #[quanta(id)]
    number: u64,
    text: String,
}

fn user(id: u64, name: &str) -> User {
    User {
        id,
        name: name.to_owned(),
        edits: 0,
    }
}

fn options() -> Options {
    Small::default().options::<(User, Audit)>()
}

fn open(options: Options) -> Database {
    options.open("memory").unwrap()
}

/// Collects what hooks see.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn shown(change: &Change<User>) -> String {
    match change {
        Change::Inserted(user) => format!("+{} {}", user.id, user.name),
        Change::Updated { old, new } => format!("{} {} -> {}", new.id, old.name, new.name),
        Change::Deleted(user) => format!("-{} {}", user.id, user.name),
    }
}

/// Writes a line about each change of a user, in the same commit.
fn audited(options: Options) -> Options {
    options.before_write::<User>(|tx, change| {
        let audit = tx.collection::<Audit>();
        let number = audit.iter().count() as u64;
        let text = shown(change);
        audit.insert(&Audit { number, text })
    })
}

fn audit(db: &Database) -> Vec<String> {
    all::<Audit>(db).into_iter().map(|line| line.text).collect()
}

#[test]
fn a_hook_sees_what_comes_of_each_row_and_writes_with_it() {
    let db = open(audited(options()));
    let users = db.collection::<User>();
    users.insert(&user(1, "Ada")).unwrap();
    db.write(|tx| {
        let users = tx.collection::<User>();
        users.insert(&user(3, "Bob"))?;
        users.insert(&user(2, "Cid"))?;
        users.put(&user(3, "Bo"))?;
        users.insert(&user(4, "Dan"))?;
        users.delete(&4)?;
        users.put(&user(1, "Ada"))
    })
    .unwrap();
    users.update(&1, |ada| ada.name = "Ada L".to_owned()).unwrap();
    users.update(&2, |cid| cid.id = 9).unwrap();
    let value = db.table("users").unwrap();
    let json = serde_json::json!({ "id": 3, "name": "Bobby", "edits": 0 });
    value.put(&value.from_json(&json).unwrap()).unwrap();
    value.delete(&Value::from(3_u64)).unwrap();
    assert_eq!(
        audit(&db),
        [
            "+1 Ada",
            "+2 Cid",
            "+3 Bo",
            "1 Ada -> Ada L",
            "-2 Cid",
            "+9 Cid",
            "3 Bo -> Bobby",
            "-3 Bobby",
        ]
    );
}

#[test]
fn of_what_a_hook_refuses_nothing_stays() {
    let options = audited(options()).before_write::<User>(|tx, change| match change.after() {
        // This one is found out after the audit was written.
        Some(user) if user.name.is_empty() => {
            let error = tx.collection::<Audit>().insert(&Audit {
                number: 0,
                text: String::new(),
            });
            Err(Error::new(ErrorKind::Invalid, "has no name").with_source(error.unwrap_err()))
        }
        _ => Ok(()),
    });
    let db = open(options);
    let watch = db.watch::<User>().start().unwrap();
    db.collection::<User>().insert(&user(1, "Ada")).unwrap();
    let refusals = [
        db.collection::<User>().insert(&user(2, "")),
        db.collection::<User>().put(&user(1, "")),
        db.write(|tx| {
            tx.collection::<User>().delete(&1)?;
            tx.collection::<User>().insert(&user(2, ""))
        }),
    ];
    for (refused, id) in refusals.into_iter().zip([2, 1, 2]) {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert_eq!(
            error.to_string(),
            format!("a before_write hook for row {id} of table users: has no name")
        );
    }
    assert_eq!(all::<User>(&db), [user(1, "Ada")]);
    assert_eq!(audit(&db), ["+1 Ada"]);
    assert_eq!(watch.recv().unwrap(), Event::Inserted(user(1, "Ada")));
    assert_eq!(watch.try_recv().unwrap(), None);
}

#[test]
fn hooks_come_in_the_order_of_their_names_and_may_change_the_row() {
    let log = Log::default();
    let (first, second, third) = (log.clone(), log.clone(), log.clone());
    let options = options()
        .before_write::<User>(move |_, change| {
            first.add(format!("first {}", shown(change)));
            Ok(())
        })
        .before_write::<User>(move |tx, change| {
            second.add(format!("second {}", shown(change)));
            if let Some(user) = change.after() {
                // Would never come to rest if it were shown what it makes of the row.
                tx.collection::<User>().update(&user.id, |user| {
                    user.name = user.name.trim().to_owned();
                    user.edits += 1;
                })?;
            }
            Ok(())
        })
        .before_write::<User>(move |_, change| {
            third.add(format!("third {}", shown(change)));
            Ok(())
        });
    let db = open(options);
    let watch = db.watch::<User>().start().unwrap();
    db.collection::<User>().insert(&user(1, " Ada")).unwrap();
    assert_eq!(
        log.take(),
        ["first +1  Ada", "second +1  Ada", "third +1 Ada", "first +1 Ada"]
    );
    let stored = User {
        edits: 1,
        ..user(1, "Ada")
    };
    assert_eq!(all::<User>(&db), std::slice::from_ref(&stored));
    assert_eq!(watch.recv().unwrap(), Event::Inserted(stored));
    assert_eq!(watch.try_recv().unwrap(), None);
}

#[test]
fn hooks_of_several_tables_see_what_the_others_write() {
    let options = audited(options()).before_write::<Audit>(|tx, change| {
        let Change::Inserted(line) = change else {
            return Err(Error::new(ErrorKind::Invalid, "lines stay as they are"));
        };
        // Ends with the user that is there.
        if line.number == 0 {
            tx.collection::<User>().put(&user(100, "auditor"))?;
        }
        Ok(())
    });
    let db = open(options);
    db.collection::<User>().insert(&user(1, "Ada")).unwrap();
    assert_eq!(audit(&db), ["+1 Ada", "+100 auditor"]);
    let error = db
        .collection::<Audit>()
        .update(&0, |line| line.text.clear())
        .unwrap_err();
    assert!(error.to_string().ends_with("lines stay as they are"), "{error}");
}

#[test]
fn hooks_that_never_come_to_rest_are_refused() {
    let own_table = options().before_write::<User>(|tx, change| {
        let next = change.after().map_or(0, |user| user.id) + 1;
        tx.collection::<User>().put(&user(next, "next"))
    });
    let in_a_ring = audited(options()).before_write::<Audit>(|tx, change| {
        let id = change.after().map_or(0, |line| line.number) + 100;
        tx.collection::<User>().put(&user(id, "auditor"))
    });
    for options in [own_table, in_a_ring] {
        let db = open(options);
        let error = db.collection::<User>().insert(&user(1, "Ada")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OwnCode, "{error}");
        assert!(
            error
                .to_string()
                .starts_with("before_write hooks don't come to rest: after 16 rounds"),
            "{error}"
        );
        assert!(db.collection::<User>().is_empty().unwrap());
        assert!(db.collection::<Audit>().is_empty().unwrap());
    }
    // One that stops by itself is none of these.
    let db = open(options().before_write::<User>(|tx, change| match change.after() {
        Some(row) if row.id < 10 => tx.collection::<User>().put(&user(row.id + 1, "next")),
        _ => Ok(()),
    }));
    db.collection::<User>().insert(&user(1, "Ada")).unwrap();
    assert_eq!(all::<User>(&db).len(), 10);
}

#[test]
fn a_hook_that_panics_commits_nothing() {
    let db = open(audited(options()).before_write::<User>(|_, change| {
        assert!(change.after().is_none_or(|user| user.id != 13), "unlucky");
        Ok(())
    }));
    let error = db
        .write(|tx| {
            tx.collection::<User>().insert(&user(1, "Ada"))?;
            tx.collection::<User>().insert(&user(13, "Bob"))
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OwnCode, "{error}");
    assert_eq!(
        error.to_string(),
        "a before_write hook panicked at row 13 of table users: unlucky"
    );
    assert!(db.collection::<User>().is_empty().unwrap());
    assert_eq!(audit(&db), Vec::<String>::new());
    db.collection::<User>().insert(&user(1, "Ada")).unwrap();
    assert_eq!(audit(&db), ["+1 Ada"]);
    verify(&db);
}

#[test]
fn a_hook_is_called_for_commits_alone() {
    let log = Log::default();
    let (before, after) = (log.clone(), log.clone());
    let options = options()
        .before_write::<User>(move |_, change| {
            before.add(format!("before {}", shown(change)));
            Ok(())
        })
        .after_write::<User>(move |change| after.add(format!("after {}", shown(change))));
    let db = open(options);
    db.write(|tx| -> quantadb::Result<()> {
        tx.collection::<User>().insert(&user(1, "Ada"))?;
        Err(Error::new(ErrorKind::Invalid, "never mind"))
    })
    .unwrap_err();
    db.collection::<User>().delete(&1).unwrap();
    db.collection::<Audit>()
        .insert(&Audit {
            number: 1,
            text: String::new(),
        })
        .unwrap();
    assert_eq!(log.take(), Vec::<String>::new());
    db.collection::<User>().insert(&user(1, "Ada")).unwrap();
    db.collection::<User>().put(&user(1, "Ada")).unwrap();
    assert_eq!(log.take(), ["before +1 Ada", "after +1 Ada"]);
}

#[test]
fn after_hooks_see_the_commit_and_can_undo_nothing() {
    let users: Arc<OnceLock<Collection<User>>> = Arc::default();
    let log = Log::default();
    let (told, reader) = (log.clone(), Arc::clone(&users));
    let options = options()
        .after_write::<User>(|change| assert!(change.after().is_none_or(|user| user.id != 13), "unlucky"))
        .after_write::<User>(move |change| {
            let users = reader.get().unwrap();
            let id = change.after().or(change.before()).unwrap().id;
            assert_eq!(users.get(&id).unwrap().as_ref(), change.after());
            let refused = users.insert(&user(99, "from within")).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::NotSupported, "{refused}");
            told.add(shown(change));
        });
    let db = open(options);
    assert!(users.set(db.collection()).is_ok());
    db.write(|tx| {
        tx.collection::<User>().insert(&user(14, "Bob"))?;
        tx.collection::<User>().insert(&user(13, "Ada"))
    })
    .unwrap();
    db.collection::<User>().delete(&14).unwrap();
    assert_eq!(log.take(), ["+13 Ada", "+14 Bob", "-14 Bob"]);
    assert_eq!(all::<User>(&db), [user(13, "Ada")]);
}

#[test]
fn after_hooks_come_in_the_order_of_commits() {
    const WRITERS: usize = 4;
    const COMMITS: usize = 25;
    let edits = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&edits);
    let db = open(options().after_write::<User>(move |change| {
        seen.lock().unwrap().push(change.after().unwrap().edits);
    }));
    db.collection::<User>().insert(&user(1, "Ada")).unwrap();
    let begin = Arc::new(Barrier::new(WRITERS));
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (users, begin) = (db.collection::<User>(), Arc::clone(&begin));
            std::thread::spawn(move || {
                begin.wait();
                for _ in 0..COMMITS {
                    users.update(&1, |user| user.edits += 1).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    let expected: Vec<u32> = (0..=u32::try_from(WRITERS * COMMITS).unwrap()).collect();
    assert_eq!(*edits.lock().unwrap(), expected);
}

#[test]
fn rows_of_earlier_versions_are_seen_in_the_present_shape() {
    let engine = filled(&[row_one(1), row_one(2)]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let changes = Arc::clone(&seen);
    let options = engine
        .options::<(two::Item,)>()
        .before_write::<two::Item>(move |_, change| {
            changes.lock().unwrap().push(change.clone());
            Ok(())
        });
    let db = open(options);
    let rows = all::<two::Item>(&db);
    db.collection::<two::Item>().put(&rows[0]).unwrap();
    db.collection::<two::Item>().delete(&2).unwrap();
    db.sweep().wait().unwrap();
    assert_eq!(*seen.lock().unwrap(), [Change::Deleted(rows[1].clone())]);
}

#[test]
fn hooks_need_their_entity_and_a_store_that_is_written() {
    let engine = Small::default();
    let digest = engine.digest();
    let error = engine
        .options::<(User,)>()
        .before_write::<Audit>(|_, _| Ok(()))
        .open("memory")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Declaration, "{error}");
    assert!(
        error.to_string().starts_with(
            "there is a hook for stores::hooks::Audit, and the store is opened without it: name it in Options::entities"
        ),
        "{error}"
    );
    assert_eq!(engine.digest(), digest);
    drop(engine.open::<(User,)>().unwrap());
    let calls = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&calls);
    let db = engine
        .options::<(User,)>()
        .before_write::<User>(move |_, _| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
        .read_only()
        .open("memory")
        .unwrap();
    let error = db.collection::<User>().insert(&user(1, "Ada")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error}");
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}
