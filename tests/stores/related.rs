//! Rows with the rows that they refer to, and with those that refer to them, against joins in plain Rust: with indexes and
//! without, in transactions and snapshots, of rows of earlier versions, in pages; and how often the engine is asked for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use quanta_core::Seed;
use quantadb::query::WITH_ROWS_MAX;
use quantadb::{Database, ErrorKind, QuantaEntity, QuantaType, Query, Ref};

use crate::counting::Counting;
use crate::support::{Small, custom, verify};

/// More than are read at once.
const TEAMS: u64 = 300;
const USERS: u64 = 700;

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "teams")]
struct Team {
    #[quanta(id)]
    id: u64,
    name: String,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "seats")]
struct Seat {
    #[quanta(id = 0)]
    row: u8,
    #[quanta(id = 1)]
    side: String,
    price: u32,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Home {
    floor: u8,
    team: Ref<Team>,
}

fn team(id: u64) -> Team {
    let name = format!("team {id}");
    Team { id, name }
}

fn seat(row: u8, side: &str) -> Seat {
    let price = u32::from(row) * 100;
    let side = side.to_owned();
    Seat { row, side, price }
}

/// Users with the same rows, with other indexes and fields.
macro_rules! users {
    ($module:ident, $table:tt, [$($index:tt)*], [$($field:tt)*], [$($value:tt)*]) => {
        mod $module {
            use super::*;

            #[derive(QuantaEntity, Debug, Clone, PartialEq)]
            #[quanta(register = false, lock = "off", table = "users")]
            #[quanta $table]
            pub struct User {
                #[quanta(id)]
                pub id: u64,
                $($field)*
                pub age: u8,
                $($index)*
                pub team: Ref<Team>,
                pub boss: Option<Ref<User>>,
                pub friends: Vec<Ref<User>>,
                pub home: Option<Home>,
                pub seat: Option<Ref<Seat>>,
            }

            pub fn user(id: u64, seed: &mut Seed) -> User {
                let mut other = |ids: u64| seed.next_number() % ids;
                User {
                    id,
                    $($value)*
                    age: u8::try_from(other(5)).unwrap(),
                    team: Ref::new(other(TEAMS / 2)),
                    boss: (other(3) > 0).then(|| Ref::new(other(USERS))),
                    friends: (0..other(4)).map(|_| Ref::new(other(USERS))).collect(),
                    home: (other(3) > 0).then(|| Home { floor: 1, team: Ref::new(other(TEAMS)) }),
                    seat: (other(3) > 0).then(|| Ref::new((u8::try_from(other(9)).unwrap(), "left".to_owned()))),
                }
            }

            pub type Rows = BTreeMap<u64, User>;

            pub fn rows(seed: u64) -> Rows {
                let mut seed = Seed::new(seed);
                (0..USERS).map(|id| (id, user(id, &mut seed))).collect()
            }

            pub fn fill(db: &Database, rows: &Rows) {
                let written = db.write(|tx| {
                    (0..TEAMS).try_for_each(|id| tx.collection::<Team>().put(&team(id)))?;
                    (0..9).try_for_each(|row| tx.collection::<Seat>().put(&seat(row, "left")))?;
                    tx.collection::<Seat>().put(&seat(3, "right"))?;
                    rows.values().try_for_each(|user| tx.collection::<User>().put(user))
                });
                written.unwrap();
            }

            pub fn check<'a>(
                users: impl Fn() -> Query<'a, User>,
                teams: impl Fn() -> Query<'a, Team>,
                seats: impl Fn() -> Query<'a, Seat>,
                rows: &Rows,
            ) {
                check_forward(users().order_by(|u| u.id.asc()), rows);
                check_forward(users().filter(|u| u.age.lt(3)).order_by(|u| u.age.desc()), rows);
                check_forward(users().offset(250).limit(300), rows);
                check_forward(users().filter(|u| u.age.gt(200)), rows);
                check_pages(&users, rows);

                let of_team = |wanted: fn(&User) -> Option<&Ref<Team>>| move |team: Team| {
                    let of = rows.values().filter(|u| wanted(u).is_some_and(|to| *to.key() == team.id));
                    let of = of.cloned().collect::<Vec<_>>();
                    (team, of)
                };
                let all: Vec<Team> = teams().collect().unwrap();
                let expected: Vec<_> = all.iter().cloned().map(of_team(|u| Some(&u.team))).collect();
                let found = teams().with_referring::<User, _>(|u| u.team).collect().unwrap();
                assert!(found == expected, "by team");
                let expected: Vec<_> = all.into_iter().map(of_team(|u| u.home.as_ref().map(|h| &h.team))).collect();
                let found = teams().with_referring::<User, _>(|u| u.home.team).collect().unwrap();
                assert!(found == expected, "by the team at home");

                let some = users().filter(|u| u.age.ge(2));
                let all: Vec<User> = some.clone().collect().unwrap();
                let by = |wanted: fn(&User) -> &[Ref<User>]| all.iter().map(|row| {
                    let of = rows.values().filter(|u| wanted(u).iter().any(|to| *to.key() == row.id));
                    (row.clone(), of.cloned().collect())
                }).collect::<Vec<(User, Vec<User>)>>();
                let found = some.clone().with_referring::<User, _>(|u| u.boss).collect().unwrap();
                assert!(found == by(|u| u.boss.as_slice()), "by boss");
                let found = some.clone().with_referring::<User, _>(|u| u.friends).collect().unwrap();
                assert!(found == by(|u| &u.friends), "by friends");

                for (seat, sitting) in seats().with_referring::<User, _>(|u| u.seat).collect().unwrap() {
                    let key = Ref::to(&seat).unwrap();
                    let expected = rows.values().filter(|u| u.seat.as_ref() == Some(&key));
                    assert!(expected.eq(&sitting), "by seat {key:?}");
                }
            }

            fn check_forward(query: Query<'_, User>, rows: &Rows) {
                let plain = query.clone().collect().unwrap();
                let of_one = |u: &User| (u.clone(), team(*u.team.key()));
                let found = query.clone().with(|u| u.team).collect().unwrap();
                assert!(found == plain.iter().map(of_one).collect::<Vec<_>>(), "with one");
                assert_eq!(query.clone().with(|u| u.team).first().unwrap(), found.first().cloned());
                let found = query.clone().with(|u| (u.team, u.boss, u.friends, u.home.team)).collect().unwrap();
                let of_four = |u: &User| {
                    let boss = u.boss.as_ref().map(|boss| rows[boss.key()].clone());
                    let friends = u.friends.iter().map(|friend| rows[friend.key()].clone()).collect();
                    let home = u.home.as_ref().map(|home| team(*home.team.key()));
                    (u.clone(), (team(*u.team.key()), boss, friends, home))
                };
                assert!(found == plain.iter().map(of_four).collect::<Vec<_>>(), "with four");
                let of_seat = |u: &User| (u.clone(), u.seat.as_ref().map(|at| seat(at.key().0, &at.key().1)));
                let found: Vec<_> = query.with(|u| u.seat).iter().map(Result::unwrap).collect();
                assert!(found == plain.iter().map(of_seat).collect::<Vec<_>>(), "with seats");
            }

            fn check_pages<'a>(users: impl Fn() -> Query<'a, User>, rows: &Rows) {
                let (mut found, mut after) = (Vec::new(), None);
                loop {
                    let mut query = users().order_by(|u| u.age.asc()).limit(290);
                    if let Some(cursor) = &after {
                        query = query.after(cursor);
                    }
                    let page = query.with(|u| u.team).page().unwrap();
                    found.extend(page.rows);
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                let mut expected: Vec<_> = rows.values().map(|u| (u.clone(), team(*u.team.key()))).collect();
                expected.sort_by_key(|(user, _)| (user.age, user.id));
                assert!(found == expected, "in pages");
            }
        }
    };
}

users! { plain, (), [], [], [] }
users! { indexed, (index("boss"), index("friends[]", age), index("home.team", age), index("seat.0", "seat.1")), [#[quanta(index)]], [], [] }
users! { later, (index("boss"), index("friends[]")), [#[quanta(index)]], [#[quanta(default = 4)] pub grade: u16,], [grade: 4,] }

macro_rules! check {
    ($module:ident, $origin:expr, $rows:expr) => {
        $module::check(
            || $origin.query::<$module::User>(),
            || $origin.query::<Team>(),
            || $origin.query::<Seat>(),
            $rows,
        )
    };
}

macro_rules! check_everywhere {
    ($module:ident, $seed:expr) => {
        let db = Small::default().open::<(Team, Seat, $module::User)>().unwrap();
        let mut rows = $module::rows($seed);
        $module::fill(&db, &rows);
        check!($module, db, &rows);
        let snapshot = db.read().unwrap();
        let before = rows.clone();
        let written = db.write(|tx| {
            let mut seed = Seed::new($seed + 1);
            for id in (0..USERS).step_by(7) {
                let user = $module::user(id, &mut seed);
                tx.collection::<$module::User>().put(&user)?;
                rows.insert(id, user);
            }
            check!($module, tx, &rows);
            Ok(())
        });
        written.unwrap();
        check!($module, snapshot, &before);
        check!($module, db, &rows);
    };
}

#[test]
fn rows_come_with_what_belongs_to_them_without_indexes() {
    check_everywhere!(plain, 1);
}

#[test]
fn rows_come_with_what_belongs_to_them_by_indexes() {
    check_everywhere!(indexed, 2);
}

#[test]
fn rows_of_earlier_versions_come_with_what_belongs_to_them() {
    let engine = Small::default();
    let db = engine.open::<(Team, Seat, plain::User)>().unwrap();
    plain::fill(&db, &plain::rows(3));
    drop(db);
    let db = engine.open::<(Team, Seat, later::User)>().unwrap();
    let rows = later::rows(3);
    check!(later, db, &rows);
    let checked = db.write(|tx| {
        check!(later, tx, &rows);
        Ok(())
    });
    checked.unwrap();
    verify(&db);
    // The same rows, written at this version.
    later::fill(&db, &rows);
    check!(later, db, &rows);
}

#[test]
fn a_row_that_refers_to_nothing_yet() {
    let db = Small::default().open::<(Team, Seat, plain::User)>().unwrap();
    let checked = db.write(|tx| {
        let mut user = plain::user(0, &mut Seed::new(4));
        (user.team, user.boss) = (Ref::new(7), Some(Ref::new(8)));
        user.friends = vec![Ref::new(0), Ref::new(9)];
        tx.collection::<plain::User>().put(&user)?;
        let query = || tx.query::<plain::User>();
        let error = query().with(|u| u.team).collect().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Dangling);
        let problem = "row 0 of table users refers by `team` to row 7 of table teams, which isn't there";
        assert!(error.to_string().starts_with(problem), "{error}");
        let error = query().with(|u| (u.boss, u.friends)).first().unwrap_err();
        let problem = "row 0 of table users refers by `friends` to row 9 of table users, which isn't there";
        assert!(error.to_string().starts_with(problem), "{error}");
        assert_eq!(query().with(|u| u.boss).collect()?, [(user.clone(), None)]);

        // What the transaction writes between two batches is seen.
        tx.collection::<Team>().put(&team(7))?;
        assert_eq!(query().with(|u| u.team).first()?, Some((user, team(7))));
        Err::<(), _>(error)
    });
    assert_eq!(checked.unwrap_err().kind(), ErrorKind::Dangling);
}

#[test]
fn each_row_that_is_referred_to_is_read_once() {
    let engine = Counting::default();
    let options = custom(Arc::new(engine.clone())).entities::<(Team, Seat, plain::User)>();
    let db = options.open("memory").unwrap();
    let rows = plain::rows(5);
    plain::fill(&db, &rows);
    let mut teams: Vec<u64> = rows.values().map(|user| *user.team.key()).collect();
    teams.sort_unstable();
    teams.dedup();
    let teams = teams.len() as u64;
    assert!(teams < USERS / 2);

    engine.take();
    assert_eq!(
        db.query::<plain::User>()
            .with(|u| u.team)
            .collect()
            .unwrap()
            .len() as u64,
        USERS
    );
    assert_eq!(engine.take().rows_and_scans(), (teams, 1, 0));

    // No more is read ahead than one batch, and nothing for what isn't asked for.
    assert!(
        db.query::<plain::User>()
            .with(|u| u.team)
            .first()
            .unwrap()
            .is_some()
    );
    assert_eq!(engine.take().rows_and_scans(), (1, 1, 0));
    drop(db.query::<plain::User>().with(|u| u.boss).iter());
    assert_eq!(engine.take().rows_by_key, 0);

    // The rows that refer to a batch are found in one scan.
    let batches = TEAMS.div_ceil(WITH_ROWS_MAX as u64);
    let found = db
        .query::<Team>()
        .with_referring::<plain::User, _>(|u| u.team)
        .collect()
        .unwrap();
    assert_eq!(
        found.iter().map(|(_, users)| users.len() as u64).sum::<u64>(),
        USERS
    );
    assert_eq!(engine.take().rows_and_scans(), (0, 1 + batches, 0));
}

#[test]
fn rows_that_refer_are_found_by_an_index() {
    let engine = Counting::default();
    let options = custom(Arc::new(engine.clone())).entities::<(Team, Seat, indexed::User)>();
    let db = options.open("memory").unwrap();
    indexed::fill(&db, &indexed::rows(6));
    engine.take();
    let found = db
        .query::<Team>()
        .with_referring::<indexed::User, _>(|u| u.team)
        .collect()
        .unwrap();
    assert_eq!(
        found.iter().map(|(_, users)| users.len() as u64).sum::<u64>(),
        USERS
    );
    assert_eq!(engine.take().rows_and_scans(), (USERS, 1, TEAMS));

    let some = db
        .query::<Seat>()
        .filter(|s| s.row.eq(3))
        .with_referring::<indexed::User, _>(|u| u.seat);
    let sitting: usize = some.collect().unwrap().iter().map(|(_, users)| users.len()).sum();
    let (by_key, _, index_scans) = engine.take().rows_and_scans();
    assert_eq!((by_key, index_scans), (sitting as u64, 2));
}
