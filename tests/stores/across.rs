//! Fields that are read across references, against the same in plain Rust: typed and by paths, in transactions and
//! snapshots, of rows of earlier versions; how often the engine is asked, and which paths are refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::{Expect, expect};
use quantadb::query::WITH_ROWS_MAX;
use quantadb::{Database, ErrorKind, QuantaEntity, QuantaType, Query, Ref, Value};
use serde_json::{Value as Json, json};

use crate::counting::Counting;
use crate::support::{Small, custom};

/// More than are read at once.
const TEAMS: u64 = 300;
const USERS: u64 = 700;

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "companies")]
struct Company {
    #[quanta(id)]
    name: String,
    city: Option<String>,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "teams")]
struct Team {
    #[quanta(id)]
    id: u64,
    name: String,
    company: Ref<Company>,
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

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Place {
    side: String,
    row: u8,
}

/// Users with the same rows, with other fields.
macro_rules! users {
    ($module:ident, [$($field:tt)*], [$($value:tt)*]) => {
        mod $module {
            use super::*;

            #[derive(QuantaEntity, Debug, Clone, PartialEq)]
            #[quanta(register = false, lock = "off", table = "users")]
            #[quanta(references(Seat, fields("place.row", "place.side")))]
            pub struct User {
                #[quanta(id)]
                pub id: u64,
                $($field)*
                pub boss: Option<Ref<User>>,
                pub friends: Vec<Ref<User>>,
                pub home: Option<Home>,
                #[quanta(references = Team)]
                pub number: Option<u64>,
                pub place: Place,
                pub seat: Option<Ref<Seat>>,
                pub team: Ref<Team>,
            }

            pub fn user(id: u64) -> User {
                let row = |by: u64| u8::try_from(id / by % 9).unwrap();
                User {
                    id,
                    $($value)*
                    boss: (id % 3 > 0).then(|| Ref::new(id / 2)),
                    friends: vec![Ref::new(id)],
                    home: (id % 5 > 1).then(|| Home { floor: 1, team: Ref::new(id * 7 % TEAMS) }),
                    number: (id % 4 > 0).then_some(id * 3 % TEAMS),
                    place: Place { side: "left".to_owned(), row: row(1) },
                    seat: (id % 2 > 0).then(|| Ref::new((row(2), "left".to_owned()))),
                    team: Ref::new(id * 11 % (TEAMS / 2)),
                }
            }

            pub fn check(users: impl Fn() -> Query<'static, User>) {
                check_query(&users(), (0..USERS).collect());
                check_query(&users().filter(|u| u.home.is_none()).offset(3).limit(260), {
                    let all = (0..USERS).filter(|id| id % 5 < 2);
                    all.skip(3).take(260).collect()
                });
                check_query(&users().order_by(|u| u.id.desc()), (0..USERS).rev().collect());
                check_query(&users().filter(|u| u.id.gt(USERS)), Vec::new());
            }

            fn check_query(query: &Query<'static, User>, ids: Vec<u64>) {
                let all: Vec<User> = ids.into_iter().map(user).collect();
                let of = |user: &User| (
                    user.id,
                    team(*user.team.key()).name,
                    user.boss.as_ref().map(|boss| boss_team(boss)),
                    user.home.as_ref().map(|home| team(*home.team.key()).name),
                    user.seat.as_ref().map(|at| seat(at.key().0).price),
                    team(*user.team.key()).company_row().city,
                );
                let expected: Vec<_> = all.iter().map(of).collect();
                let select = || query.clone().select(|u| (
                    u.id,
                    u.team.row().name,
                    u.boss.row().team.row().name,
                    u.home.team.row().name,
                    u.seat.row().price,
                    u.team.row().company.row().city,
                ));
                assert_eq!(select().collect().unwrap(), expected);
                assert_eq!(select().first().unwrap(), expected.first().cloned());
                let mut pages = Vec::new();
                let mut after = None;
                // A limit and an offset are those of pages.
                if expected.len() as u64 == USERS {
                    loop {
                        let mut query = query.clone().limit(300);
                        if let Some(cursor) = &after {
                            query = query.after(cursor);
                        }
                        let page = query.select(|u| (u.id, u.boss.row().id)).page().unwrap();
                        pages.extend(page.rows);
                        after = page.next;
                        if after.is_none() {
                            break;
                        }
                    }
                    let boss = |user: &User| user.boss.as_ref().map(|boss| *boss.key());
                    let expected: Vec<_> = all.iter().map(|user| (user.id, boss(user))).collect();
                    assert_eq!(pages, expected);
                }
                let mut groups: BTreeMap<_, u64> = BTreeMap::new();
                for user in &all {
                    let key = (user.boss.as_ref().map(boss_team), team(*user.team.key()).company.key().clone());
                    *groups.entry(key).or_default() += 1;
                }
                let found = query.clone().group_by(|u| (u.boss.row().team.row().name, u.team.row().company));
                let found = found.count().unwrap().into_iter();
                let found = found.map(|((name, company), count)| ((name, company.into_key()), count));
                assert!(groups.into_iter().eq(found));
            }

            fn boss_team(boss: &Ref<User>) -> String {
                team(*user(*boss.key()).team.key()).name
            }

            pub fn expected_json(user: &User) -> Vec<Json> {
                vec![
                    json!(user.id),
                    json!(team(*user.team.key()).name),
                    json!(user.boss.as_ref().map(boss_team)),
                    json!(user.number.map(|number| team(number).name)),
                    json!(seat(user.place.row).price),
                    json!(user.seat.as_ref().map(|at| seat(at.key().0).price)),
                    json!(user.home.as_ref().map(|home| team(*home.team.key()).company.into_key())),
                    json!(team(*user.team.key()).company_row().city),
                ]
            }
        }
    };
}

users! { first, [], [] }
users! { later, [#[quanta(default = 4)] pub grade: u16,], [grade: 4,] }

fn fill(db: &Database) {
    let written = db.write(|tx| {
        (0..3).try_for_each(|id| tx.collection::<Company>().put(&company(id)))?;
        (0..TEAMS).try_for_each(|id| tx.collection::<Team>().put(&team(id)))?;
        (0..9).try_for_each(|row| tx.collection::<Seat>().put(&seat(row)))?;
        (0..USERS).try_for_each(|id| tx.collection::<first::User>().put(&first::user(id)))
    });
    written.unwrap();
}

fn company(id: u64) -> Company {
    Company {
        name: format!("company {id}"),
        city: (id > 0).then(|| format!("city {id}")),
    }
}

fn team(id: u64) -> Team {
    Team {
        id,
        name: format!("team {id}"),
        company: Ref::new(company(id % 3).name),
    }
}

impl Team {
    fn company_row(&self) -> Company {
        company(self.id % 3)
    }
}

fn seat(row: u8) -> Seat {
    Seat {
        row,
        side: "left".to_owned(),
        price: u32::from(row) * 100,
    }
}

const PATHS: [&str; 8] = [
    "id",
    "team->name",
    "boss -> team->name",
    "number->name",
    "place->price",
    "seat->price",
    "home.team->company->name",
    "team->company->city",
];

#[test]
fn typed_fields_and_paths_lead_across_references() {
    let engine = Small::default();
    let db = engine.open::<(Company, Team, Seat, first::User)>().unwrap();
    fill(&db);
    first::check(|| db.query());
    let snapshot = db.read().unwrap();
    db.collection::<Team>()
        .update(&0, |team| team.name.clear())
        .unwrap();
    first::check(|| snapshot.query());
    db.collection::<Team>().put(&team(0)).unwrap();

    let json = |db: &Database| -> Vec<Vec<Json>> {
        let users = db.table("users").unwrap();
        users.query().select(&PATHS).json().map(Result::unwrap).collect()
    };
    assert!(
        (0..USERS)
            .map(|id| first::expected_json(&first::user(id)))
            .eq(json(&db))
    );

    // Rows of an earlier version, and some that were written at this one.
    drop(db);
    let db = engine.open::<(Company, Team, Seat, later::User)>().unwrap();
    let user = later::User {
        grade: 5,
        ..later::user(7)
    };
    db.collection().put(&user).unwrap();
    later::check(|| db.query());
    assert!(
        (0..USERS)
            .map(|id| later::expected_json(&later::user(id)))
            .eq(json(&db))
    );
}

#[test]
fn values_behind_a_reference_that_may_be_none_are_options() {
    let db = Small::default()
        .open::<(Company, Team, Seat, first::User)>()
        .unwrap();
    fill(&db);
    let users = db.table("users").unwrap();
    let select = |id: u64| {
        let query = users.query().filter(&format!("id = {id}"));
        query
            .select(&["boss->id", "boss->home.floor", "team->id"])
            .first()
            .unwrap()
            .unwrap()
    };
    let some = |value: Value| Value::Option(Some(Box::new(value)));
    assert_eq!(
        select(0),
        [Value::Option(None), Value::Option(None), Value::from(0_u64)]
    );
    assert_eq!(
        select(4),
        [some(2_u64.into()), some(1_u8.into()), Value::from(44_u64)]
    );

    let mut groups: BTreeMap<Option<String>, u64> = BTreeMap::new();
    for id in 0..USERS {
        let number = first::user(id).number;
        *groups.entry(number.map(|number| team(number).name)).or_default() += 1;
    }
    let found = users.query().group_by(&["number->name"]).count().unwrap();
    let found = found.into_iter().map(|(group, count)| (group[0].clone(), count));
    let as_value = |name: Option<String>| Value::Option(name.map(|name| Box::new(Value::from(name))));
    assert!(
        groups
            .into_iter()
            .map(|(name, count)| (as_value(name), count))
            .eq(found)
    );
}

#[test]
fn a_row_that_isnt_there_yet() {
    let db = Small::default()
        .open::<(Company, Team, Seat, first::User)>()
        .unwrap();
    let checked = db.write(|tx| {
        tx.collection::<Seat>().put(&seat(1))?;
        tx.collection::<first::User>().put(&first::User {
            team: Ref::new(9),
            boss: Some(Ref::new(8)),
            ..first::user(1)
        })?;
        let query = || tx.query::<first::User>();
        assert_eq!(
            query().select(|u| (u.id, u.boss.row().id)).collect()?,
            [(1, None)]
        );
        let error = query()
            .select(|u| (u.id, u.team.row().name))
            .collect()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Dangling);
        expect!["row 1 of table users refers by `team` to row 9 of table teams, which isn't there: write that one, or change or delete this one; without a path behind it, it is read all the same"].assert_eq(&error.to_string());
        let error = query()
            .group_by(|u| u.team.row().company.row().city)
            .count()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Dangling);

        // What the transaction writes between two batches is seen.
        tx.collection::<Team>().put(&team(9))?;
        assert_eq!(query().select(|u| u.team.row().name).one()?, "team 9");
        let error = query()
            .select(|u| u.team.row().company.row().city)
            .one()
            .unwrap_err();
        expect![[r#"row 9 of table teams refers by `company` to row "company 0" of table companies, which isn't there: write that one, or change or delete this one; without a path behind it, it is read all the same"#]].assert_eq(&error.to_string());
        Err::<(), _>(error)
    });
    assert_eq!(checked.unwrap_err().kind(), ErrorKind::Dangling);
}

#[test]
fn each_row_is_read_once() {
    let engine = Counting::default();
    let options = custom(Arc::new(engine.clone())).entities::<(Company, Team, Seat, first::User)>();
    let db = options.open("memory").unwrap();
    fill(&db);
    let query = || db.query::<first::User>();
    let mut teams: Vec<u64> = (0..USERS).map(|id| *first::user(id).team.key()).collect();
    teams.sort_unstable();
    teams.dedup();
    assert!((teams.len() as u64) < USERS / 2);

    engine.take();
    let all = query().select(|u| {
        (
            u.team.row().name,
            u.team.row().id,
            u.team.row().company.row().name,
        )
    });
    assert_eq!(all.collect().unwrap().len() as u64, USERS);
    assert_eq!(engine.take().rows_and_scans(), (teams.len() as u64 + 3, 1, 0));
    let groups = query()
        .group_by(|u| u.team.row().company.row().city)
        .count()
        .unwrap();
    assert_eq!(groups.len(), 3);
    assert_eq!(engine.take().rows_and_scans(), (teams.len() as u64 + 3, 1, 0));

    // No more is read ahead than one batch, and nothing for what isn't asked for.
    let mut some = query().select(|u| (u.id, u.team.row().name)).iter();
    assert!(some.next().is_some());
    assert!(engine.take().rows_by_key <= WITH_ROWS_MAX as u64);
    assert!(query().select(|u| u.team.row().name).first().unwrap().is_some());
    assert_eq!(engine.take().rows_and_scans(), (1, 1, 0));
    drop(query().select(|u| u.team.row().name).iter());
    assert_eq!(engine.take().rows_by_key, 0);
}

#[test]
fn paths_that_lead_nowhere() {
    #[track_caller]
    fn check(paths: &[&str], expected: Expect) {
        let db = Small::default()
            .open::<(Company, Team, Seat, first::User)>()
            .unwrap();
        let error = db
            .table("users")
            .unwrap()
            .query()
            .select(paths)
            .collect()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Query);
        expected.assert_eq(&error.to_string());
    }
    check(
        &["id->name"],
        expect![
            "a query of table users: `id->name`: `id` is no reference: `->` may stand behind boss, home.team, number, place, seat, team"
        ],
    );
    check(
        &["friends->id"],
        expect![
            "a query of table users: `friends->id`: `friends` may refer to several rows, and `->` follows a reference to one: `with` loads them"
        ],
    );
    check(
        &["team->nome"],
        expect![
            "a query of table users: `team->nome`: in table teams, `nome` is missing: there is no `nome`, but company, id, name"
        ],
    );
    check(
        &["team->name->city"],
        expect![
            "a query of table users: `team->name->city`: `name` is no reference: `->` may stand behind company"
        ],
    );
    check(
        &["team->company->city->street"],
        expect![
            "a query of table users: `team->company->city->street`: `city` is no reference, nor is another field of the table"
        ],
    );
    check(
        &["teem->name"],
        expect![
            "a query of table users: `teem->name`: `teem` is missing: there is no `teem`, but boss, friends, home, id, number, place, seat, team"
        ],
    );
    check(
        &["team->"],
        expect![[r#"
        a query of table users: the path, column 7: expected the name of a field, found the end
          team->
                ^"#]],
    );
    check(
        &["->name"],
        expect![[r#"
        a query of table users: the path, column 1: expected the name of a field, found `->`
          ->name
          ^"#]],
    );
    check(
        &["team->friends[]"],
        expect![[r#"
        a query of table users: the path, column 7: values are read by a path to one value in each row
          team->friends[]
                ^"#]],
    );
}

#[test]
fn conditions_and_orders_stay_in_the_row() {
    #[track_caller]
    fn check(filter: &str, order: &str, expected: Expect) {
        let db = Small::default()
            .open::<(Company, Team, Seat, first::User)>()
            .unwrap();
        let query = db.table("users").unwrap().query().filter(filter).order_by(order);
        let error = query.count().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Query);
        expected.assert_eq(&error.to_string());
    }
    check(
        "team->name = \"red\"",
        "id",
        expect![[r#"
        a query of table users: the filter, column 5: `->` leads to another row, and a filter asks only the row itself: ask the other table for the keys of the rows that are meant, and here for what stands before the sign
          team->name = "red"
              ^"#]],
    );
    check(
        "id > 7 and length(team->name) > 3",
        "id",
        expect![[r#"
        a query of table users: the filter, column 23: `->` leads to another row, and a filter asks only the row itself: ask the other table for the keys of the rows that are meant, and here for what stands before the sign
          id > 7 and length(team->name) > 3
                                ^"#]],
    );
    check(
        "true",
        "team->name desc",
        expect![[r#"
        a query of table users: the order, column 5: `->` leads to another row, and rows can't be ordered by it: read the path with `select`, and sort what is read
          team->name desc
              ^"#]],
    );
}
