#![deny(missing_docs, warnings)]
//! Compiles without a warning.

use quantadb::QuantaEntity;

/// Every attribute of an entity that needs no release before it.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "users", renamed_from("people", "persons"), register = false)]
pub struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(renamed_from = "nick")]
    name: String,
    #[quanta(name = "e_mail", renamed_from("mail", "email"), default = "none@example.org")]
    mail: String,
    #[quanta(new, default = 18 + 1)]
    age: u8,
    #[quanta(default)]
    tags: Vec<String>,
    #[quanta(default_with = made::code)]
    code: u32,
    #[quanta(default_with = "made::code")]
    other_code: u32,
    #[quanta(default_with = Vec::new)]
    notes: Vec<String>,
    #[quanta(init_with = made::size)]
    size: u64,
    #[quanta(init_with = "made::checked_size")]
    checked_size: u64,
    #[quanta(skip)]
    cache: Option<std::rc::Rc<str>>,
    #[quanta(renamed_from = "restored")]
    restored: u8,
}

mod made {
    use quantadb::OldRow;

    pub(super) fn code() -> u32 {
        7
    }

    pub(super) fn size(_: &OldRow<'_>) -> u64 {
        7
    }

    pub(super) fn checked_size(_: &OldRow<'_>) -> Result<u64, std::num::ParseIntError> {
        "7".parse()
    }
}

/// A registered one under its own name.
#[derive(QuantaEntity)]
#[quanta(new)]
#[quanta()]
pub struct HTTPServer {
    /// The key may be public.
    #[quanta(id = 0)]
    pub port: u16,
}

/// One table, declared twice.
mod twice {
    pub(super) mod forward {
        /// In one order.
        #[derive(quantadb::QuantaEntity)]
        #[quanta(register = false)]
        pub struct Pet {
            #[quanta(id)]
            id: u64,
            name: String,
            kind: Kind,
        }

        /// In one order.
        #[derive(quantadb::QuantaType)]
        pub enum Kind {
            /// Unit.
            Cat,
            /// Tuple.
            Dog(u8),
        }
    }

    pub(super) mod backward {
        /// In the other order, and under other names.
        #[derive(quantadb::QuantaEntity)]
        #[quanta(table = "pet", register = false)]
        pub struct Animal {
            kind: Sort,
            #[quanta(name = "name", renamed_from = "nick")]
            label: String,
            #[quanta(id)]
            id: u64,
        }

        /// In the other order.
        #[derive(quantadb::QuantaType)]
        pub enum Sort {
            /// Tuple.
            Dog(u8),
            /// Unit.
            #[quanta(name = "Cat")]
            Tiger,
        }
    }
}

fn main() {
    use quantadb::QuantaEntity as _;

    let user = User::declaration();
    assert!(user.declared.is_ok(), "{:?}", user.declared.as_ref().err());
    assert!(user.rust_name.ends_with("::User"), "{}", user.rust_name);
    assert_eq!(<User as quantadb::QuantaEntity>::TABLE, "users");
    assert_eq!(<HTTPServer as quantadb::QuantaEntity>::TABLE, "http_server");

    // Neither the order of declaration nor a name in Rust is shape.
    let fingerprint = |pet: &'static quantadb::__private::Declaration| pet.declared.as_ref().unwrap().fingerprint;
    assert_eq!(
        fingerprint(twice::forward::Pet::declaration()),
        fingerprint(twice::backward::Animal::declaration())
    );
}
