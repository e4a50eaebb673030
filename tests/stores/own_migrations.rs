//! Guards migrations of the program's own over whole rows: typed, over values, of both rows, once, in order, and back.

use quantadb::{Database, ErrorKind, Options, QuantaEntity, Value, migration};

use crate::support::{Small, all, filled, sweep_and_check, verify};

macro_rules! generation {
    ($name:ident { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "people", register = false)]
        struct $name {
            #[quanta(id)]
            id: u32,
            $($field)*
        }
    };
}

generation! { Person { name: String, note: String } }
generation! { Split { first: String, last: String, note: String } }
generation! { Shouted { name: String, note: String, #[quanta(new)] length: u32 } }

#[migration(down = join_name)]
fn split_name(old: Person) -> Result<Split, String> {
    let (first, last) = old.name.split_once(' ').ok_or("no space in it")?;
    Ok(Split {
        id: old.id,
        first: first.to_owned(),
        last: last.to_owned(),
        note: old.note,
    })
}

fn join_name(new: Split) -> Person {
    Person {
        id: new.id,
        name: format!("{} {}", new.first, new.last),
        note: new.note,
    }
}

#[migration]
fn split_for_ever(old: Person) -> Split {
    Split {
        id: old.id,
        first: old.name,
        last: String::new(),
        note: old.note,
    }
}

#[migration(irreversible)]
fn split_without_return(old: Person) -> Split {
    split_for_ever(old)
}

#[migration(id = "shout", down = whisper)]
fn shout(mut row: Person) -> Person {
    row.name.make_ascii_uppercase();
    row
}

fn whisper(mut row: Person) -> Person {
    row.name.make_ascii_lowercase();
    row
}

#[migration(table = "people", depends_on = "shout")]
fn mark(mut row: Value) -> Result<Value, String> {
    let Value::Struct(fields) = &mut row else {
        return Err("no struct".to_owned());
    };
    let Some(Value::String(name)) = fields.get_mut("name") else {
        return Err("no name".to_owned());
    };
    name.push('!');
    Ok(row)
}

#[migration]
fn measure(old: Person, mut new: Shouted) -> Shouted {
    new.length = u32::try_from(old.name.len()).unwrap();
    new.name = old.name.to_uppercase();
    new
}

fn person(id: u32, name: &str) -> Person {
    Person {
        id,
        name: name.to_owned(),
        note: format!("note {id}"),
    }
}

fn split(id: u32, first: &str, last: &str) -> Split {
    Split {
        id,
        first: first.to_owned(),
        last: last.to_owned(),
        note: format!("note {id}"),
    }
}

fn open(options: Options) -> Database {
    options.open("").unwrap()
}

#[test]
fn a_typed_migration_makes_new_rows_from_old_ones_and_goes_back() {
    let before = [person(1, "Ada Lovelace"), person(2, "Bo  Ek")];
    let engine = filled(&before);
    let options = || engine.options::<(Split,)>().migration::<split_name>();
    let plan = options().plan("").unwrap();
    assert!(plan.refusals.is_empty(), "{plan}");
    assert!(
        plan.to_string()
            .contains("run the migration split_name over every row of people"),
        "{plan}"
    );
    let db = open(options());
    assert_eq!(
        all::<Split>(&db),
        [split(1, "Ada", "Lovelace"), split(2, "Bo", " Ek")]
    );
    sweep_and_check(&db, &engine);
    db.collection::<Split>().put(&split(1, "Ada", "King")).unwrap();
    db.rollback(1).unwrap();
    let db = engine.open::<(Person,)>().unwrap();
    assert_eq!(all::<Person>(&db), [person(1, "Ada King"), person(2, "Bo  Ek")]);
    sweep_and_check(&db, &engine);
    drop(db);
    let db = open(options().release_hold());
    assert_eq!(
        all::<Split>(&db),
        [split(1, "Ada", "King"), split(2, "Bo", " Ek")]
    );
    assert_eq!(db.history().unwrap().records.len(), 4);
}

#[test]
fn a_row_that_a_migration_declines_refuses_the_change_and_is_named() {
    let engine = filled(&[person(1, "Ada Lovelace"), person(2, "Bo")]);
    let before = engine.digest();
    let error = engine
        .options::<(Split,)>()
        .migration::<split_name>()
        .open("")
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("2: the migration `split_name` gives no row: no space in it"),
        "{text}"
    );
    assert_eq!(engine.digest(), before);
}

#[test]
fn without_an_inverse_only_unchanged_rows_go_back() {
    let rows = [person(1, "Ada Lovelace"), person(2, "Bo")];
    let engine = filled(&rows);
    let db = open(engine.options::<(Split,)>().migration::<split_for_ever>());
    db.collection::<Split>().put(&split(2, "Bo", "Ek")).unwrap();
    let error = db.rollback(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OwnCode);
    assert!(
        error.to_string().contains("2: the row was changed since"),
        "{error}"
    );
    let db = open(engine.options::<(Split,)>().migration::<split_for_ever>());
    db.collection::<Split>().put(&split(2, "Bo", "")).unwrap();
    db.rollback(1).unwrap();
    assert_eq!(all::<Person>(&engine.open::<(Person,)>().unwrap()), rows);
}

#[test]
fn an_irreversible_migration_refuses_a_rollback_over_it() {
    let engine = filled(&[person(1, "Ada Lovelace")]);
    let db = open(engine.options::<(Split,)>().migration::<split_without_return>());
    let before = engine.digest();
    let error = db.rollback(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(
        error
            .to_string()
            .contains("the migration split_without_return of people can't be taken back"),
        "{error}"
    );
    assert_eq!(engine.digest(), before);
}

/// A migration that keeps the shape runs once, in the order of what it depends on.
#[test]
fn migrations_of_rows_run_once_and_in_order() {
    let before = [person(1, "Ada"), person(2, "Bo")];
    let engine = filled(&before);
    let options = || {
        engine
            .options::<(Person,)>()
            .migration::<mark>()
            .migration::<shout>()
    };
    let after = [person(1, "ADA!"), person(2, "BO!")];
    for _ in 0..2 {
        let db = open(options());
        assert_eq!(all::<Person>(&db), after);
        assert_eq!(db.history().unwrap().records.len(), 2);
        verify(&db);
    }
    let db = open(options());
    db.rollback(1).unwrap();
    let db = open(engine.options::<(Person,)>());
    assert_eq!(all::<Person>(&db), before);
    drop(db);
    let error = engine
        .options::<(Person,)>()
        .migration::<mark>()
        .open("")
        .unwrap_err();
    assert!(error.to_string().contains("mark depends on shout"), "{error}");
}

/// A new store needs no migration of rows.
#[test]
fn a_new_table_needs_no_migration() {
    let engine = Small::default();
    let options = || engine.options::<(Person,)>().migration::<shout>();
    let db = open(options());
    db.collection::<Person>().insert(&person(1, "Ada")).unwrap();
    drop(db);
    let db = open(options());
    assert_eq!(all::<Person>(&db), [person(1, "Ada")]);
}

#[test]
fn a_migration_of_both_rows_sees_what_was_before() {
    let before = [person(1, "Ada"), person(2, "Bo")];
    let engine = filled(&before);
    let db = open(engine.options::<(Shouted,)>().migration::<measure>());
    let after = |id, name: &str, length| Shouted {
        id,
        name: name.to_owned(),
        note: format!("note {id}"),
        length,
    };
    assert_eq!(all::<Shouted>(&db), [after(1, "ADA", 3), after(2, "BO", 2)]);
    sweep_and_check(&db, &engine);
    db.rollback(1).unwrap();
    assert_eq!(all::<Person>(&engine.open::<(Person,)>().unwrap()), before);
}

#[migration]
fn collide(old: Person) -> Split {
    Split {
        id: 7,
        first: old.name,
        last: String::new(),
        note: old.note,
    }
}

#[migration]
fn fall(_: Person) -> Split {
    panic!("not today")
}

#[test]
fn l8_rows_that_meet_and_panics_change_nothing() {
    let engine = filled(&[person(1, "Ada"), person(2, "Bo")]);
    let before = engine.digest();
    let error = engine
        .options::<(Split,)>()
        .migration::<collide>()
        .open("")
        .unwrap_err();
    assert!(
        error.to_string().contains("2: the row 1 has the new key 7 too"),
        "{error}"
    );
    let error = engine
        .options::<(Split,)>()
        .migration::<fall>()
        .open("")
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("1: the function `fall` panicked: not today"),
        "{error}"
    );
    assert_eq!(engine.digest(), before);
}

#[derive(QuantaEntity)]
#[quanta(table = "places", register = false)]
struct Place {
    #[quanta(id)]
    id: u32,
}

/// Its rows are in a table that the program doesn't open: it was passed over without a word.
#[test]
fn a_migration_of_a_table_that_is_not_opened_is_told() {
    let engine = Small::default();
    let expected = ["the migration shout does nothing: this program opens no entity of its table people"];
    let options = || engine.options::<(Place,)>().migration::<shout>();
    assert_eq!(options().plan("").unwrap().notes, expected);
    for _ in 0..2 {
        assert_eq!(options().open("").unwrap().open_report().plan.notes, expected);
    }
    let read_only = options().read_only().open("").unwrap();
    assert_eq!(read_only.open_report().plan.notes, expected);
    drop(read_only);
    let db = engine
        .options::<(Place, Person)>()
        .migration::<shout>()
        .open("")
        .unwrap();
    assert_eq!(db.open_report().plan.notes, [""; 0]);
}
