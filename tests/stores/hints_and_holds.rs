//! What a store tells of hints of tables, and of holds. Fields whose hints come late are in `restored`.

use quantadb::{Engine, Options};

mod first {
    #[derive(quantadb::QuantaEntity)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        pub nick: String,
    }
}

mod second {
    #[derive(quantadb::QuantaEntity)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        #[quanta(new)]
        pub name: String,
    }
}

/// A rollback by hand holds the store until it is released, also if the older program opens it meanwhile.
#[test]
fn a_hold_outlives_opens_that_change_nothing() {
    let engine = Engine::memory();
    let options = || Options::new().engine(engine.clone());
    drop(options().entities::<(first::User,)>().open("").unwrap());
    options()
        .entities::<(second::User,)>()
        .open("")
        .unwrap()
        .rollback(1)
        .unwrap();
    for _ in 0..2 {
        drop(options().entities::<(first::User,)>().open("").unwrap());
        let error = options().entities::<(second::User,)>().open("").unwrap_err();
        assert_eq!(error.kind(), quantadb::ErrorKind::Held, "{error}");
    }
    drop(
        options()
            .release_hold()
            .entities::<(second::User,)>()
            .open("")
            .unwrap(),
    );
    drop(options().entities::<(second::User,)>().open("").unwrap());
}

mod swapped {
    #[derive(quantadb::QuantaEntity)]
    #[quanta(table = "left", renamed_from = "right", register = false)]
    pub struct Left {
        #[quanta(id)]
        pub id: u64,
        pub text: String,
    }

    #[derive(quantadb::QuantaEntity)]
    #[quanta(table = "right", renamed_from = "left", register = false)]
    pub struct Right {
        #[quanta(id)]
        pub id: u64,
        pub text: String,
    }
}

/// D18 for tables: a new table consumes its hints, so that those that claim each other don't swap at the next open.
#[test]
fn d18_new_tables_that_claim_each_other_stay_as_they_are() {
    let engine = Engine::memory();
    let open = || {
        Options::new()
            .engine(engine.clone())
            .entities::<(swapped::Left, swapped::Right)>()
            .open("")
    };
    let db = open().unwrap();
    let row = swapped::Left {
        id: 1,
        text: "left".into(),
    };
    db.collection::<swapped::Left>().insert(&row).unwrap();
    drop(db);
    let db = open().unwrap();
    assert!(db.open_report().plan.tables.is_empty());
    assert_eq!(db.collection::<swapped::Left>().len().unwrap(), 1);
}
