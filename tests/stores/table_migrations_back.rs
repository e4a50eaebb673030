//! Guards the way back over migrations of whole tables, and up again; what is cut off; and both engines on disk.

use std::sync::Arc;

use quanta_storage::faults::{Fault, Faulty};
use quantadb::{
    Database, Destination, Engine, ErrorKind, MigrationTables, OnOlder, Options, QuantaEntity, Result,
    migration,
};

use crate::support::{Small, all, custom, filled, sweep_and_check};
use crate::table_migrations::{
    Address, Person, User, address, kinds, people, person, split, split_people, user,
};

fn up(options: Options) -> Options {
    options
        .entities::<(User, Address)>()
        .migration::<split_people>()
        .drop_table("people")
}

#[test]
fn a_table_is_split_and_joined_and_split_again() {
    let engine = filled(&people());
    let db = split(&engine).open("").unwrap();
    db.collection::<User>().put(&user(2, "Bob")).unwrap();
    db.collection::<User>().put(&user(4, "Di")).unwrap();
    db.collection::<Address>().delete(&3).unwrap();
    db.rollback(1).unwrap();
    let db = engine.open::<(Person,)>().unwrap();
    let mut expected = people();
    expected[1].name = "Bob".to_owned();
    expected[2].town = String::new();
    expected.push(Person {
        note: String::new(),
        ..person(4, "Di", "")
    });
    assert_eq!(all::<Person>(&db), expected);
    assert!(!db.head().migrations.contains_key("split_people"));
    sweep_and_check(&db, &engine);
    db.collection::<Person>().put(&person(1, "Ada", "Paris")).unwrap();
    db.collection::<Person>().delete(&2).unwrap();
    drop(db);
    let error = split(&engine).open("").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Held, "{error}");
    let db = split(&engine).release_hold().open("").unwrap();
    // Rows of tables that were away are there again, and the migration writes over them.
    assert_eq!(
        all::<User>(&db),
        [user(1, "Ada"), user(2, "Bob"), user(3, "Cy"), user(4, "Di")]
    );
    assert_eq!(
        all::<Address>(&db),
        [
            address(1, "Paris"),
            address(2, "Oslo"),
            address(3, ""),
            address(4, "")
        ]
    );
    assert_eq!(kinds(&db), ["create", "custom", "rollback", "reapply"]);
    assert_eq!(db.head().revision, 2);
    assert!(
        db.history()
            .unwrap()
            .records
            .iter()
            .skip(1)
            .all(|record| record.migrations == ["split_people"])
    );
    sweep_and_check(&db, &engine);
    let digest = engine.digest();
    drop(db);
    drop(split(&engine).open("").unwrap());
    assert_eq!(engine.digest(), digest);
}

#[test]
fn a_journey_up_runs_the_migration_again() {
    let engine = filled(&people());
    split(&engine).open("").unwrap().rollback(1).unwrap();
    let below = || engine.options::<(Person,)>();
    let error = below().open("").unwrap().migrate_to(2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OwnCode);
    assert!(
        error
            .to_string()
            .contains("the migration split_people has to run again, and this program"),
        "{error}"
    );
    let db = below().migration::<split_people>().open("");
    // Whoever has the migration says what it writes to.
    let error = db.unwrap_err();
    assert!(
        error.to_string().contains("this program opens no entity"),
        "{error}"
    );
    let db = engine
        .options::<(Person,)>()
        .migration::<split_people>()
        .skip_tag("shape")
        .open("")
        .unwrap();
    db.collection::<Person>().put(&person(1, "Ann", "Bonn")).unwrap();
    db.migrate_to(2).unwrap();
    let db = split(&engine).open("").unwrap();
    assert_eq!(all::<User>(&db)[0], user(1, "Ann"));
    assert_eq!(kinds(&db), ["create", "custom", "rollback", "reapply"]);
    sweep_and_check(&db, &engine);
}

/// Once a migration ran without need, nothing has to be taken back.
#[test]
fn what_did_not_run_is_not_taken_back() {
    let engine = filled::<Person>(&[]);
    let db = split(&engine).open("").unwrap();
    assert_eq!(kinds(&db), ["create", "auto"]);
    db.collection::<User>().insert(&user(1, "Ada")).unwrap();
    drop(db);
    engine
        .options::<(User, Address)>()
        .open("")
        .unwrap()
        .rollback(1)
        .unwrap();
    let db = engine.open::<(Person,)>().unwrap();
    assert_eq!(all::<Person>(&db), []);
    db.collection::<Person>()
        .insert(&person(1, "Bo", "Oslo"))
        .unwrap();
    drop(db);
    // Now there is a row to split: the result is another one than that of then.
    let db = split(&engine).release_hold().open("").unwrap();
    assert_eq!(all::<User>(&db), [user(1, "Bo")]);
    assert_eq!(kinds(&db), ["create", "auto", "rollback", "custom"]);
    sweep_and_check(&db, &engine);
}

#[test]
fn a_rollback_without_the_code_is_refused() {
    let engine = filled(&people());
    drop(split(&engine).open("").unwrap());
    let before = engine.digest();
    let error = engine.open::<(User, Address)>().unwrap().rollback(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OwnCode);
    assert!(
        error
            .to_string()
            .contains("the migration split_people is taken back by join_people, and this program"),
        "{error}"
    );
    assert_eq!(engine.digest(), before);
    let back = Destination::Back(1);
    let planned = |options: Options| options.plan_travel("", &back).unwrap();
    let (without, with) = (
        planned(engine.options::<(User, Address)>()),
        planned(split(&engine)),
    );
    assert_eq!(without.refusals, error.plan().unwrap().refusals);
    assert_eq!(with.refusals, []);
    for plan in [without, with] {
        let step = "take back the migration split_people by join_people: it reads users, addresses and writes people";
        assert!(plan.to_string().contains(step), "{plan}");
    }
    let db = split(&engine).open("").unwrap();
    assert_eq!(db.plan_travel(&back).unwrap().refusals, []);
    drop(db);
    assert_eq!(engine.digest(), before);
}

#[migration(reads("people"), writes("users"), down = fall)]
fn insert_people(tables: &mut MigrationTables<'_>) -> Result<()> {
    for person in tables.rows::<Person>("people")? {
        let person = person?;
        tables.insert(&User {
            id: person.id,
            name: person.name,
        })?;
    }
    Ok(())
}

fn fall(tables: &mut MigrationTables<'_>) -> Result<()> {
    let users: Vec<User> = tables.rows("users")?.collect::<Result<_>>()?;
    tables.remove::<Person>(&1)?;
    assert!(users.len() != 3, "three are too many");
    Ok(())
}

#[test]
fn a_way_back_that_fails_changes_nothing_and_inserts_meet_rows_of_before() {
    let engine = filled(&people());
    let options = || engine.options::<(Person, User)>().migration::<insert_people>();
    let db = options().open("").unwrap();
    let before = engine.digest();
    let error = db.rollback(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OwnCode);
    let text = error.to_string();
    assert!(
        text.contains("insert_people gave up (the last that it read was row 3 of table users)"),
        "{text}"
    );
    assert!(text.contains("`fall` panicked: three are too many"), "{text}");
    assert_eq!(engine.digest(), before);
    let db = options().open("").unwrap();
    db.collection::<User>().delete(&3).unwrap();
    db.rollback(1).unwrap();
    let db = engine.open::<(Person,)>().unwrap();
    assert_eq!(all::<Person>(&db), people()[1..]);
    drop(db);
    let before = engine.digest();
    let error = options().release_hold().open("").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("row 2 of table users exists: a migration that may meet rows of before"),
        "{error}"
    );
    assert_eq!(engine.digest(), before);
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "users", register = false)]
struct Profile {
    #[quanta(id)]
    id: u32,
    name: String,
    #[quanta(new)]
    town: String,
}

#[migration(reads("addresses"), writes("users"), down = take_towns)]
fn give_towns(tables: &mut MigrationTables<'_>) -> Result<()> {
    for address in tables.rows::<Address>("addresses")? {
        let address = address?;
        if let Some(user) = tables.get::<Profile>(&address.user)? {
            tables.put(&Profile {
                town: address.town,
                ..user
            })?;
        }
    }
    Ok(())
}

fn take_towns(tables: &mut MigrationTables<'_>) -> Result<()> {
    for user in tables.rows::<Profile>("users")? {
        let user = user?;
        tables.put(&Address {
            user: user.id,
            town: user.town,
        })?;
    }
    Ok(())
}

fn towns(engine: &Small) -> Options {
    engine
        .options::<(Profile,)>()
        .migration::<give_towns>()
        .migration::<split_people>()
        .drop_table("addresses")
}

/// Each of two migrations needs the tables of its own revision: they are taken back one after the other.
#[test]
fn several_migrations_are_taken_back_step_by_step() {
    let engine = filled(&people());
    drop(split(&engine).open("").unwrap());
    let db = towns(&engine).open("").unwrap();
    let profile = |id, name: &str, town: &str| Profile {
        id,
        name: name.to_owned(),
        town: town.to_owned(),
    };
    assert_eq!(
        all::<Profile>(&db),
        [
            profile(1, "Ada", "London"),
            profile(2, "Bo", "Oslo"),
            profile(3, "Cy", "Rome")
        ]
    );
    db.collection::<Profile>()
        .put(&profile(2, "Bo", "Bergen"))
        .unwrap();
    sweep_and_check(&db, &engine);
    let before = engine.digest();
    let error = db.rollback(2).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("fix: go to revision 2 first, and from there on"),
        "{error}"
    );
    assert_eq!(engine.digest(), before);
    towns(&engine).open("").unwrap().rollback(1).unwrap();
    let db = split(&engine).open("").unwrap();
    assert_eq!(
        all::<Address>(&db),
        [address(1, "London"), address(2, "Bergen"), address(3, "Rome")]
    );
    sweep_and_check(&db, &engine);
    db.rollback(1).unwrap();
    let db = engine.open::<(Person,)>().unwrap();
    assert_eq!(all::<Person>(&db)[1], person(2, "Bo", "Bergen"));
}

#[test]
fn an_older_program_does_not_go_back_over_a_migration() {
    let engine = filled(&people());
    drop(split(&engine).open("").unwrap());
    drop(towns(&engine).open("").unwrap());
    let before = engine.digest();
    let older = || engine.options::<(User, Address)>().on_older(OnOlder::RollBack);
    let refused = |options: Options, problem: &str| {
        let error = options.open("").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OwnCode);
        let fix = "fix: Database::rollback with the program that has take_towns, to before revision 3";
        for text in [problem, fix] {
            assert!(error.to_string().contains(text), "{error}");
        }
        assert_eq!(engine.digest(), before);
    };
    refused(
        older(),
        "this program is older than the migration give_towns, and doesn't have take_towns, which takes it back",
    );
    refused(
        older().migration::<split_people>().migration::<give_towns>(),
        "this program's tables are older than the migration give_towns, and OnOlder::RollBack doesn't call take_towns, \
         which takes it back",
    );
    // The newer program has it.
    towns(&engine).open("").unwrap().rollback(1).unwrap();
    assert!(older().open("").is_ok());
}

#[derive(Debug, Clone, Copy)]
enum Crash {
    Process,
    Power,
}

/// One way over the migration, run until the engine is cut off.
fn check_cuts(made: &dyn Fn() -> Small, step: &dyn Fn(Options) -> Result<()>, crash: Crash) {
    let count = || {
        let faulty = Faulty::new(Arc::new(made()));
        step(custom(Arc::new(faulty.clone()))).unwrap();
        faulty.writes()
    };
    let writes = count();
    assert!(writes > 6, "{writes} writes: the batches are no longer small");
    let after = made();
    step(custom(Arc::new(after.clone()))).unwrap();
    let wanted = shown(&after);
    for cut in 0..writes {
        let survivor = made();
        let before = shown(&survivor);
        let faulty = Faulty::new(Arc::new(survivor.clone()));
        faulty.inject(Fault::CutOff { writes: cut });
        let error = step(custom(Arc::new(faulty.clone()))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Storage, "cut {cut}: {error}");
        if let Crash::Power = crash {
            faulty.lose_unsynced().unwrap();
        }
        let now = shown(&survivor);
        assert!(now == before || now == wanted, "cut {cut}: {now:?}");
        if now == before {
            step(custom(Arc::new(survivor.clone()))).unwrap();
        }
        assert_eq!(shown(&survivor), wanted, "cut {cut}");
        let db = survivor.options::<()>().open("").unwrap();
        sweep_and_check(&db, &survivor);
    }
}

/// Shows all rows, without a program.
fn shown(engine: &Small) -> Vec<String> {
    let copy = engine.duplicate();
    let db: Database = copy.options::<()>().open("").unwrap();
    let mut rows = Vec::new();
    for table in ["people", "users", "addresses"] {
        if let Ok(table) = db.table(table) {
            rows.extend(table.iter().map(|row| format!("{:?}", row.unwrap())));
        }
    }
    crate::support::verify(&db);
    rows
}

#[test]
fn l1_cut_off_on_the_way_up_and_back() {
    let many: Vec<Person> = (1..10).map(|id| person(id, "Ada", "Oslo")).collect();
    let swept = || {
        let engine = filled(&many);
        let db = split(&engine).open("").unwrap();
        db.collection::<User>().put(&user(10, "Di")).unwrap();
        sweep_and_check(&db, &engine);
        engine
    };
    for crash in [Crash::Process, Crash::Power] {
        check_cuts(
            &|| filled(&many),
            &|options| up(options).open("").map(drop),
            crash,
        );
        // It would meet its own rows, if what it wrote were gone on with.
        let insert = |options: Options| {
            let options = options.entities::<(Person, User)>().migration::<insert_people>();
            options.open("").map(drop)
        };
        check_cuts(&|| filled(&many), &insert, crash);
        check_cuts(
            &swept,
            &|options| up(options).open("")?.rollback(1).map(drop),
            crash,
        );
    }
}

#[test]
fn every_engine_on_disk() {
    for engine in [Engine::Fjall, Engine::Sled, Engine::Redb] {
        let directory = tempfile::tempdir().unwrap();
        let options = || Options::new().engine(engine.clone()).sweep(quantadb::Sweep::Off);
        let many: Vec<Person> = (0..3000).map(|id| person(id, "Ada", "Oslo")).collect();
        let db = options().entities::<(Person,)>().open(directory.path()).unwrap();
        db.write(|tx| {
            many.iter()
                .try_for_each(|row| tx.collection::<Person>().insert(row))
        })
        .unwrap();
        drop(db);
        let db = up(options()).open(directory.path()).unwrap();
        assert_eq!(all::<User>(&db).len(), 3000);
        assert_eq!(all::<Address>(&db)[2999], address(2999, "Oslo"));
        db.sweep().wait().unwrap();
        crate::support::verify(&db);
        db.rollback(1).unwrap();
        let db = options().entities::<(Person,)>().open(directory.path()).unwrap();
        assert_eq!(all::<Person>(&db), many);
        crate::support::verify(&db);
    }
}
