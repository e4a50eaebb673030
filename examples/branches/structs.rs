//! One table as three programs declare it: the parent, and two branches that know nothing of each other.
//!
//! They stand side by side so that one run can be each of these programs in turn; that is why they are left out of the
//! registry.

/// What both branches came from.
pub mod parent {
    use std::collections::BTreeMap;

    use quantadb::{QuantaEntity, QuantaType};

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "books", register = false)]
    pub struct Book {
        #[quanta(id)]
        pub id: u64,
        pub title: String,
        pub pages: u32,
        pub price: f64,
        pub note: Option<String>,
        pub shelf: Shelf,
        pub loans: Vec<Loan>,
        pub offers: BTreeMap<String, f64>,
    }

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Shelf {
        pub room: String,
        pub place: u16,
    }

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Loan {
        pub serial: u64,
        pub reader: String,
        pub fee: f64,
        pub remark: String,
    }
}

/// The branch that renames and adds: in the row, in an embedded type, and in the items of a list.
pub mod left {
    use std::collections::BTreeMap;

    use quantadb::{QuantaEntity, QuantaType};

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "books", register = false)]
    pub struct Book {
        #[quanta(id)]
        pub id: u64,
        #[quanta(renamed_from = "title")]
        pub name: String,
        pub pages: u32,
        pub price: f64,
        pub note: Option<String>,
        #[quanta(default = 1)]
        pub copies: u16,
        pub shelf: Shelf,
        pub loans: Vec<Loan>,
        pub offers: BTreeMap<String, f64>,
    }

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Shelf {
        #[quanta(renamed_from = "room")]
        pub hall: String,
        pub place: u16,
        #[quanta(default = 3)]
        pub height: u8,
    }

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Loan {
        pub serial: u64,
        #[quanta(renamed_from = "reader")]
        pub who: String,
        pub fee: f64,
        pub remark: String,
        pub rating: u8,
    }
}

/// The branch that drops, narrows and adds.
pub mod right {
    use std::collections::BTreeMap;

    use quantadb::{QuantaEntity, QuantaType};

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "books", register = false)]
    pub struct Book {
        #[quanta(id)]
        pub id: u64,
        pub title: String,
        pub pages: u32,
        pub price: f32,
        // `note` is dropped: without this word it could have been meant to become `isbn`.
        #[quanta(new)]
        pub isbn: Option<String>,
        pub shelf: Shelf,
        pub loans: Vec<Loan>,
        pub offers: BTreeMap<String, f32>,
    }

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Shelf {
        pub room: String,
        #[quanta(new)]
        pub lamp: bool,
    }

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Loan {
        pub serial: u64,
        pub reader: String,
        pub fee: f32,
    }
}
