//! The table or the key that is referred to gets another name.

use super::*;

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "users")]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(on_delete = "cascade")]
    team: Ref<Team>,
    #[quanta(on_delete = "restrict")]
    coach_of: Option<Ref<Team>>,
}

fn user(id: u64, team: u64, coach_of: Option<u64>) -> User {
    User {
        id,
        team: Ref::new(team),
        coach_of: coach_of.map(Ref::new),
    }
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "groups", renamed_from = "teams")]
struct Group {
    #[quanta(id, renamed_from = "id")]
    number: u64,
    name: String,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "users")]
struct Member {
    #[quanta(id)]
    id: u64,
    #[quanta(on_delete = "cascade")]
    team: Ref<Group>,
    #[quanta(on_delete = "restrict")]
    coach_of: Option<Ref<Group>>,
}

fn store() -> Small {
    let engine = Small::default();
    let db = engine.open::<(Team, User)>().unwrap();
    for id in 1..=4 {
        db.collection().insert(&team(id)).unwrap();
        db.collection()
            .insert(&user(id, id, (id == 4).then_some(3)))
            .unwrap();
    }
    engine
}

/// Checks that rows of teams 1 and 3 are still held, by whatever name these have now.
fn still_held(db: &Database, teams: &str) {
    let groups = db.table(teams).unwrap();
    assert!(groups.delete(&quantadb::Value::from(1_u64)).unwrap());
    assert_eq!(db.table("users").unwrap().len().unwrap(), 3);
    let error = groups.delete(&quantadb::Value::from(3_u64)).unwrap_err();
    let expected = format!(
        "row 3 of table {teams} can't be deleted or get another key: row 4 of table users refers to it by `coach_of`; \
         change or delete that row in the same transaction"
    );
    assert_eq!(
        (error.kind(), error.to_string()),
        (ErrorKind::Restricted, expected)
    );
    let users = db.table("users").unwrap();
    let dangling = users
        .from_json(&json!({"id": 9, "team": 99, "coach_of": null}))
        .unwrap();
    let error = users.put(&dangling).unwrap_err();
    let expected = format!(
        "row 9 of table users can't be written: it refers by `team` to row 99 of table {teams}, which isn't there; write \
         that one in the same transaction, or before"
    );
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Dangling, expected));
    verify(db);
}

#[test]
fn g3_table_and_key_are_renamed() {
    let engine = store();
    let db = engine.open::<(Group, Member)>().unwrap();
    let report = db.open_report().to_json();
    assert_eq!(
        (&report["rows_checked"], &report["rows_built"]),
        (&json!(0), &json!(0))
    );
    still_held(&db, "groups");
    db.rollback(1).unwrap();
    let db = engine.options::<(Team, User)>().release_hold().open("").unwrap();
    db.collection().insert(&team(1)).unwrap();
    still_held(&db, "teams");
}

/// The table that refers has no entity: it goes on under what the other one is called now.
#[test]
fn g3_the_other_table_has_no_entity() {
    let engine = store();
    let db = engine.open::<(Group,)>().unwrap();
    still_held(&db, "groups");
}

/// A key of the same fields in another order is another key to those who have no entity to say so.
#[test]
fn g3_the_order_of_a_key_changes() {
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false, lock = "off", table = "seats")]
    struct Seat {
        #[quanta(id = 0)]
        row: u64,
        #[quanta(id = 1)]
        number: u64,
    }
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false, lock = "off", table = "seats")]
    struct Turned {
        #[quanta(id = 1)]
        row: u64,
        #[quanta(id = 0)]
        number: u64,
    }
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false, lock = "off", table = "tickets")]
    #[quanta(references(Seat, fields(row, number), on_delete = "cascade"))]
    struct Ticket {
        #[quanta(id)]
        id: u64,
        row: u64,
        number: u64,
    }
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false, lock = "off", table = "tickets")]
    #[quanta(references(Turned, fields(number, row), on_delete = "cascade"))]
    struct TurnedTicket {
        #[quanta(id)]
        id: u64,
        row: u64,
        number: u64,
    }
    let engine = Small::default();
    let db = engine.open::<(Seat, Ticket)>().unwrap();
    db.collection().insert(&Seat { row: 1, number: 2 }).unwrap();
    db.collection()
        .insert(&Ticket {
            id: 7,
            row: 1,
            number: 2,
        })
        .unwrap();
    drop(db);
    let error = engine.open::<(Turned,)>().unwrap_err();
    let expected =
        "tickets.row, number: 1 rows refer to rows of seats by a key that it has no longer\n    7\n";
    assert!(error.to_string().contains(expected), "{error}");
    let db = engine.open::<(Turned, TurnedTicket)>().unwrap();
    verify(&db);
    db.collection::<Turned>()
        .insert(&Turned { row: 2, number: 1 })
        .unwrap();
    db.collection::<Turned>().delete(&(1, 2)).unwrap();
    assert_eq!(all::<TurnedTicket>(&db).len(), 1);
    db.collection::<Turned>().delete(&(2, 1)).unwrap();
    assert_eq!(all::<TurnedTicket>(&db).len(), 0);
}
