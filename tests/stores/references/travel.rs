//! Migrations and rollbacks leave no row that refers to nothing.

use quantadb::{MigrationTables, migration};

use super::*;

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "users")]
struct User {
    #[quanta(id)]
    id: u64,
    team: Ref<Team>,
}

fn user(id: u64, team: u64) -> User {
    User {
        id,
        team: Ref::new(team),
    }
}

fn store() -> Small {
    let engine = Small::default();
    let db = engine.open::<(Team, User)>().unwrap();
    for id in 1..=3 {
        db.collection().insert(&team(id)).unwrap();
        db.collection().insert(&user(id, id)).unwrap();
    }
    engine
}

const DANGLING: &str = "users.team: 1 rows refer to rows of teams that aren't there\n    2\n";

#[track_caller]
fn check_refused(result: quantadb::Result<impl std::fmt::Debug>, expected: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(error.to_string().contains(expected), "{error}");
}

/// While a reference is not there, rows may go; going back counts who refers to them.
#[test]
fn g1_a_reference_comes_back() {
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false, lock = "off", table = "users")]
    struct Plain {
        #[quanta(id)]
        id: u64,
        team: u64,
    }
    let engine = store();
    let db = engine.open::<(Team, Plain)>().unwrap();
    db.collection::<Team>().delete(&2).unwrap();
    check_refused(db.rollback(1), DANGLING);
    let db = engine.open::<(Team, Plain)>().unwrap();
    db.collection::<Team>().insert(&team(2)).unwrap();
    db.rollback(1).unwrap();
    let db = engine.options::<(Team, User)>().release_hold().open("").unwrap();
    verify(&db);
    assert_eq!(
        db.collection::<Team>().delete(&2).unwrap_err().kind(),
        ErrorKind::Restricted
    );
}

/// Rows of a table that is gone hold nothing; they are held again when it comes back.
#[test]
fn g1_a_table_that_refers_comes_back() {
    let engine = store();
    let db = engine.options::<(Team,)>().drop_table("users").open("").unwrap();
    db.collection::<Team>().delete(&2).unwrap();
    check_refused(db.rollback(1), DANGLING);
    let db = engine.open::<(Team,)>().unwrap();
    db.collection::<Team>().insert(&team(2)).unwrap();
    db.rollback(1).unwrap();
    let db = engine.options::<(Team, User)>().release_hold().open("").unwrap();
    verify(&db);
    assert_eq!(all::<User>(&db).len(), 3);
}

/// Both tables go and come back: their rows are as they were.
#[test]
fn g1_both_tables_come_back() {
    let engine = store();
    let db = engine
        .options::<()>()
        .drop_table("users")
        .drop_table("teams")
        .open("")
        .unwrap();
    db.rollback(1).unwrap();
    let db = engine.options::<(Team, User)>().release_hold().open("").unwrap();
    verify(&db);
    assert_eq!((all::<User>(&db).len(), all::<Team>(&db).len()), (3, 3));
}

#[migration(reads("users"), writes("teams"), irreversible)]
fn delete_a_team(tables: &mut MigrationTables<'_>) -> Result<()> {
    tables.remove::<Team>(&2).map(drop)
}

#[migration(reads("teams"), writes("users"), irreversible)]
fn write_a_dangling_user(tables: &mut MigrationTables<'_>) -> Result<()> {
    tables.insert(&user(9, 99))
}

/// What own migrations write is held to the references of both sides.
#[test]
fn g1_own_migrations_leave_nothing_dangling() {
    let engine = store();
    let before = engine.digest();
    // Users are declared, or have no entity.
    check_refused(
        engine
            .options::<(Team, User)>()
            .migration::<delete_a_team>()
            .open(""),
        DANGLING,
    );
    check_refused(
        engine.options::<(Team,)>().migration::<delete_a_team>().open(""),
        DANGLING,
    );
    let dangling = "users.team: 1 rows refer to rows of teams that aren't there\n    9\n";
    check_refused(
        engine
            .options::<(Team, User)>()
            .migration::<write_a_dangling_user>()
            .open(""),
        dangling,
    );
    assert!(engine.digest() == before);
    let db = engine.open::<(Team, User)>().unwrap();
    db.collection::<User>().delete(&2).unwrap();
    drop(db);
    let db = engine
        .options::<(Team, User)>()
        .migration::<delete_a_team>()
        .open("")
        .unwrap();
    assert_eq!(all::<Team>(&db).len(), 2);
    verify(&db);
}

/// Rows that a change took out come back: what they refer to may have gone meanwhile.
#[test]
fn g1_rows_that_come_back_are_held() {
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false, lock = "off", table = "users")]
    struct Wide {
        #[quanta(id)]
        id: u64,
        team: Ref<Team>,
        size: u64,
    }
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false, lock = "off", table = "users")]
    struct Narrow {
        #[quanta(id)]
        id: u64,
        team: Ref<Team>,
        #[quanta(on_failure = "drop_row")]
        size: u8,
    }
    let engine = Small::default();
    let db = engine.open::<(Team, Wide)>().unwrap();
    for id in 1..=3 {
        db.collection().insert(&team(id)).unwrap();
        let row = Wide {
            id,
            team: Ref::new(id),
            size: if id == 2 { 1000 } else { 1 },
        };
        db.collection().insert(&row).unwrap();
    }
    drop(db);
    let db = engine.open::<(Team, Narrow)>().unwrap();
    db.collection::<Team>().delete(&2).unwrap();
    check_refused(db.rollback(1), DANGLING);
    let db = engine.open::<(Team, Narrow)>().unwrap();
    db.collection::<Team>().insert(&team(2)).unwrap();
    db.rollback(1).unwrap();
    let db = engine.options::<(Team, Wide)>().release_hold().open("").unwrap();
    assert_eq!(all::<Wide>(&db).len(), 3);
    verify(&db);
}

#[migration(irreversible)]
fn send_away(mut row: User) -> User {
    row.team = Ref::new(row.team.key() + 97);
    row
}

/// A migration of rows may give them other keys to refer by.
#[test]
fn g1_rows_that_a_migration_rewrites_are_held() {
    let engine = store();
    let expected = "users.team: 3 rows refer to rows of teams that aren't there\n    1\n    2\n    3\n";
    check_refused(
        engine.options::<(Team, User)>().migration::<send_away>().open(""),
        expected,
    );
    let db = engine.open::<(Team, User)>().unwrap();
    (98..=100).for_each(|id| db.collection().insert(&team(id)).unwrap());
    drop(db);
    let db = engine
        .options::<(Team, User)>()
        .migration::<send_away>()
        .open("")
        .unwrap();
    assert_eq!(all::<User>(&db)[0], user(1, 98));
    verify(&db);
}
