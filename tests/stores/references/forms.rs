//! Where references may stand, and how they are stored.

use std::collections::BTreeMap;

use super::*;

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "users")]
struct Plain {
    #[quanta(id)]
    id: u64,
    team: u64,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "users")]
struct Referring {
    #[quanta(id)]
    id: u64,
    team: Ref<Team>,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "users")]
struct Stated {
    #[quanta(id)]
    id: u64,
    #[quanta(references = Team)]
    team: u64,
}

/// A plain key becomes a `Ref`: one reference is added, and no row is touched.
#[test]
fn g1_a_key_becomes_a_reference_where_it_lies() {
    let engine = Small::default();
    let db = engine.open::<(Team, Plain)>().unwrap();
    db.collection::<Team>().insert(&team(1)).unwrap();
    db.collection::<Plain>()
        .insert(&Plain { id: 7, team: 1 })
        .unwrap();
    drop(db);
    let db = engine.open::<(Team, Referring)>().unwrap();
    let report = db.open_report().to_json();
    assert_eq!(
        (&report["rows_checked"], &report["rows_built"]),
        (&json!(1), &json!(0))
    );
    let steps = db.open_report().plan.to_string();
    assert!(
        steps.contains("(team) to teams (id) on delete restrict"),
        "{steps}"
    );
    let referring = Referring {
        id: 7,
        team: Ref::new(1),
    };
    assert_eq!(all::<Referring>(&db), [referring]);
    assert_eq!(
        db.collection::<Team>().delete(&1).unwrap_err().kind(),
        ErrorKind::Restricted
    );
    drop(db);
    // A stated reference is the same one.
    let db = engine.open::<(Team, Stated)>().unwrap();
    assert!(db.open_report().plan.is_empty());
    verify(&db);
}

#[test]
fn g1_dangling_rows_are_counted_and_refused() {
    let engine = Small::default();
    let db = engine.open::<(Team, Plain)>().unwrap();
    db.collection::<Team>().insert(&team(1)).unwrap();
    for (id, team) in [(1, 1), (2, 8), (3, 9)] {
        db.collection::<Plain>().insert(&Plain { id, team }).unwrap();
    }
    drop(db);
    let before = engine.digest();
    let error = engine.open::<(Team, Referring)>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    let expected = "users.team: 2 rows refer to rows of teams that aren't there\n    2\n    3\n";
    assert!(error.to_string().contains(expected), "{error}");
    assert!(engine.digest() == before);
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Address {
    town: String,
    #[quanta(on_delete = "set_null")]
    owner: Option<Ref<Team>>,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "houses")]
struct House {
    #[quanta(id)]
    id: u64,
    address: Option<Address>,
    #[quanta(on_delete = "cascade")]
    tenants: Vec<Ref<Team>>,
    pair: (u8, Ref<Team>),
    #[quanta(on_delete = "cascade")]
    keys: BTreeMap<Ref<Team>, u8>,
}

fn house(id: u64, owner: Option<u64>, tenants: &[u64], pair: u64, keys: &[u64]) -> House {
    House {
        id,
        address: Some(Address {
            town: "Oslo".to_owned(),
            owner: owner.map(Ref::new),
        }),
        tenants: tenants.iter().copied().map(Ref::new).collect(),
        pair: (0, Ref::new(pair)),
        keys: keys.iter().map(|key| (Ref::new(*key), 0)).collect(),
    }
}

#[test]
fn g2_references_within_fields() {
    let references = House::declaration().references();
    let paths: Vec<_> = references
        .iter()
        .map(|reference| (reference.fields[0].as_str(), reference.table.as_str()))
        .collect();
    let expected = ["address.owner", "keys{key}", "pair.1", "tenants[]"];
    assert_eq!(paths, expected.map(|path| (path, "teams")));

    let db = Small::default().open::<(Team, House)>().unwrap();
    let houses = db.collection::<House>();
    (1..=9).for_each(|id| db.collection::<Team>().insert(&team(id)).unwrap());
    for row in [
        house(1, Some(77), &[], 9, &[]),
        house(1, None, &[1, 77], 9, &[]),
        house(1, None, &[], 77, &[]),
        house(1, None, &[], 9, &[1, 77]),
    ] {
        assert_eq!(houses.insert(&row).unwrap_err().kind(), ErrorKind::Dangling);
    }
    houses.insert(&house(1, Some(1), &[2, 3], 9, &[])).unwrap();
    houses.insert(&house(2, Some(1), &[], 9, &[3, 4])).unwrap();
    houses.insert(&house(3, Some(5), &[], 9, &[4, 5])).unwrap();
    houses
        .insert(&House {
            address: None,
            ..house(4, None, &[], 8, &[])
        })
        .unwrap();
    let teams = db.collection::<Team>();
    teams.delete(&1).unwrap();
    assert_eq!(houses.get(&1).unwrap(), Some(house(1, None, &[2, 3], 9, &[])));
    teams.delete(&3).unwrap();
    assert_eq!(rows::<House>(&db).len(), 2);
    assert_eq!(teams.delete(&8).unwrap_err().kind(), ErrorKind::Restricted);
    teams.delete(&5).unwrap();
    assert_eq!(rows::<House>(&db).len(), 1);
    verify(&db);
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "seats")]
struct Seat {
    #[quanta(id = 1)]
    number: u16,
    #[quanta(id = 0)]
    row: String,
}

/// The key of the other table has its fields in another order than their names.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "tickets")]
#[quanta(references(Seat, fields(old_row, old_number), on_delete = "cascade"))]
struct Ticket {
    #[quanta(id)]
    id: u64,
    #[quanta(on_delete = "set_null")]
    seat: Option<Ref<Seat>>,
    old_number: u16,
    old_row: String,
}

fn ticket(id: u64, seat: Option<(&str, u16)>, old: (&str, u16)) -> Ticket {
    Ticket {
        id,
        seat: seat.map(|(row, number)| Ref::new((row.to_owned(), number))),
        old_row: old.0.to_owned(),
        old_number: old.1,
    }
}

fn composite<T: QuantaEntity>(db: &Database, of: impl Fn(Ticket) -> T) {
    let seat = |row: &str, number| Seat {
        row: row.to_owned(),
        number,
    };
    for seat in [seat("a", 1), seat("a", 2), seat("b", 1)] {
        db.collection::<Seat>().insert(&seat).unwrap();
    }
    let tickets = db.collection::<T>();
    for dangling in [ticket(1, Some(("b", 2)), ("a", 1)), ticket(1, None, ("b", 2))] {
        assert_eq!(
            tickets.insert(&of(dangling)).unwrap_err().kind(),
            ErrorKind::Dangling
        );
    }
    tickets.insert(&of(ticket(1, Some(("a", 2)), ("b", 1)))).unwrap();
    tickets.insert(&of(ticket(2, Some(("a", 1)), ("b", 1)))).unwrap();
    tickets.insert(&of(ticket(3, None, ("a", 1)))).unwrap();
    db.collection::<Seat>().delete(&("a".to_owned(), 2)).unwrap();
    let text = db.table("tickets").unwrap();
    let shown: Vec<_> = text
        .iter()
        .map(|row| text.to_json(&row.unwrap())["seat"].clone())
        .collect();
    assert_eq!(shown, [json!(null), json!(["a", 1]), json!(null)]);
    db.collection::<Seat>()
        .delete(&Ref::<Seat>::to(&seat("a", 1)).unwrap())
        .unwrap();
    let left: Vec<_> = text
        .iter()
        .map(|row| text.to_json(&row.unwrap())["id"].clone())
        .collect();
    assert_eq!(left, [json!(1), json!(2)]);
    verify(db);
}

#[test]
fn g2_composite_keys() {
    composite(&Small::default().open::<(Seat, Ticket)>().unwrap(), |ticket| {
        ticket
    });
}

/// An index may have the fields in another order than the key that they refer to.
#[test]
fn g2_composite_keys_by_an_index() {
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(
        register = false,
        lock = "off",
        table = "tickets",
        index(old_number, old_row, id),
        index("seat.1", "seat.0")
    )]
    #[quanta(references(Seat, fields(old_row, old_number), on_delete = "cascade"))]
    struct Indexed {
        #[quanta(id)]
        id: u64,
        #[quanta(on_delete = "set_null")]
        seat: Option<Ref<Seat>>,
        old_number: u16,
        old_row: String,
    }
    let db = Small::default().open::<(Seat, Indexed)>().unwrap();
    composite(&db, |ticket| Indexed {
        id: ticket.id,
        seat: ticket.seat,
        old_number: ticket.old_number,
        old_row: ticket.old_row,
    });
}

/// A reference may be a key, and others refer to that.
#[test]
fn g2_a_key_that_refers() {
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false, lock = "off", table = "profiles")]
    struct Profile {
        #[quanta(id, on_delete = "cascade")]
        team: Ref<Team>,
    }
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false, lock = "off", table = "pictures")]
    struct Picture {
        #[quanta(id)]
        id: u8,
        #[quanta(on_delete = "cascade")]
        of: Ref<Profile>,
    }
    assert_eq!(Picture::declaration().references().len(), 1);
    let db = Small::default().open::<(Team, Profile, Picture)>().unwrap();
    db.collection::<Team>().insert(&team(1)).unwrap();
    let profile = Profile { team: Ref::new(1) };
    let picture = Picture {
        id: 1,
        of: Ref::to(&profile).unwrap(),
    };
    assert_eq!(
        db.collection().insert(&picture).unwrap_err().kind(),
        ErrorKind::Dangling
    );
    db.collection().insert(&profile).unwrap();
    db.collection().insert(&picture).unwrap();
    assert_eq!(picture.of.get(&db).unwrap(), Some(profile));
    db.collection::<Team>().delete(&1).unwrap();
    assert_eq!((all::<Profile>(&db).len(), all::<Picture>(&db).len()), (0, 0));
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Contact {
    Nobody,
    Team(Ref<Team>),
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Comment {
    by: Ref<Team>,
    replies: Vec<Comment>,
}

/// Declares an entity with one field, and checks why it is none.
macro_rules! wrong {
    ($expected:literal, $(#[$attr:meta])* $field:ident: $type:ty) => {{
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(register = false, lock = "off", table = "wrong")]
        struct Wrong {
            #[quanta(id)]
            id: u64,
            $(#[$attr])*
            $field: $type,
        }
        let error = Small::default().open::<(Team, Wrong)>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Declaration);
        let text = error.to_string();
        assert!(text.contains($expected), "{text}");
    }};
}

#[test]
fn declarations_that_cant_be_held_are_refused() {
    wrong!(
        "a reference to teams stands in the enum Contact, whose other variants have no such value; move it out, or store \
         the key",
        contact: Contact
    );
    wrong!(
        "a reference to teams stands in the struct Comment, which contains itself: how deep it lies differs from row to \
         row, so that it can't be checked; store the key, or give the rows a table of their own",
        comment: Comment
    );
    wrong!(
        "a reference to teams: `set_null` takes fields that are options",
        #[quanta(on_delete = "set_null")]
        team: Ref<Team>
    );
    wrong!(
        "a reference to teams: `set_null` takes fields that have one value per row",
        #[quanta(on_delete = "set_null")]
        teams: Vec<Option<Ref<Team>>>
    );
    wrong!(
        "field `name`: `on_delete` is for references: make it a `Ref<..>`, or add `references = ..`",
        #[quanta(on_delete = "cascade")]
        name: String
    );
    wrong!(
        "field `team`: `references` contradicts its type, which holds a `Ref` already; remove it",
        #[quanta(references = Team)]
        team: Ref<Team>
    );
}

#[test]
fn a_reference_to_what_is_not_there_is_refused() {
    let error = Small::default().open::<(Referring,)>().unwrap_err();
    let expected = "it refers to teams, and there is no such table";
    assert!(error.to_string().contains(expected), "{error}");

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false, lock = "off", table = "users")]
    struct Mistyped {
        #[quanta(id)]
        id: u64,
        #[quanta(references = Team)]
        team: String,
    }
    let error = Small::default().open::<(Team, Mistyped)>().unwrap_err();
    let expected = "`team` is string, and the key field `id` of teams is u64";
    assert!(error.to_string().contains(expected), "{error}");
}
