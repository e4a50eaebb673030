//! Guards that a schema is what the compiler resolves: not how a type is written, where it stands or what it is called.

use quantadb::{Engine, Options, QuantaEntity, QuantaType};

mod plain {
    use super::*;

    #[derive(QuantaType, Debug, PartialEq)]
    pub struct Address {
        pub town: String,
        pub zip: Option<u32>,
    }

    #[derive(QuantaEntity, Debug, PartialEq)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        pub home: Address,
        pub tags: Vec<String>,
    }
}

/// The same by other words: comments, other attributes, aliases, a re-export, another order, other names of types, boxes, a
/// macro.
mod other {
    use super::*;

    type Key = u64;
    type Maybe<T> = Option<T>;
    type Words = std::vec::Vec<std::string::String>;

    mod deep {
        use super::*;

        #[derive(QuantaType, Debug, Clone, PartialEq)]
        pub struct Place {
            pub zip: Maybe<u32>,
            pub town: std::sync::Arc<String>,
        }
    }

    pub use deep::Place as Somewhere;

    macro_rules! entity {
        ($name:ident, $key:ty) => {
            /// Somebody.
            #[derive(QuantaEntity, Debug, Clone, PartialEq)]
            #[quanta(table = "users", register = false)]
            #[must_use]
            pub struct $name {
                /// What is said of them.
                pub tags: Words,
                pub home: Box<Somewhere>,
                #[quanta(id)]
                pub id: $key,
            }
        };
    }

    entity!(Person, Key);
}

#[test]
fn a3_a5_aliases_and_moves_are_no_change() {
    let engine = Engine::memory();
    let options = || Options::new().engine(engine.clone());
    let db = options().entities::<(plain::User,)>().open("").unwrap();
    let home = plain::Address {
        town: "Oslo".into(),
        zip: Some(150),
    };
    let user = plain::User {
        id: 7,
        home,
        tags: vec!["a".into()],
    };
    db.collection::<plain::User>().insert(&user).unwrap();
    drop(db);

    let db = options().entities::<(other::Person,)>().open("").unwrap();
    assert!(db.open_report().plan.is_empty(), "{}", db.open_report());
    let found = db.collection::<other::Person>().get(&7).unwrap().unwrap();
    assert_eq!((*found.home.town).as_str(), "Oslo");
    assert_eq!((found.home.zip, found.tags), (Some(150), user.tags));
    assert_eq!(db.history().unwrap().records.len(), 1);
}
