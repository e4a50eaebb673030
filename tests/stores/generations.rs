//! Three generations of one table: rename, widen, narrow, drop, add and nest lazily, then compute eagerly.

use quantadb::{Database, OldRow, Options, QuantaEntity, QuantaType};

pub mod one {
    use super::*;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "items", register = false)]
    pub struct Item {
        #[quanta(id)]
        pub id: u64,
        pub nick: String,
        pub age: u8,
        pub note: Option<String>,
        pub score: f64,
        pub home: Home,
        pub tags: Vec<u16>,
    }

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Home {
        pub street: String,
        pub zip: u16,
    }
}

pub mod two {
    use super::*;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "items", register = false)]
    pub struct Item {
        #[quanta(id)]
        pub id: u64,
        #[quanta(renamed_from = "nick")]
        pub name: String,
        pub age: u32,
        pub score: f32,
        pub home: Home,
        pub tags: Vec<u32>,
        #[quanta(new, default = 7)]
        pub rank: u8,
    }

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Home {
        pub street: String,
        pub zip: u32,
        #[quanta(default = "nowhere")]
        pub city: String,
    }
}

pub mod three {
    use super::*;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "items", register = false)]
    pub struct Item {
        #[quanta(id)]
        pub id: u64,
        #[quanta(renamed_from = "nick")]
        pub name: String,
        pub age: u32,
        pub score: f32,
        pub home: two::Home,
        pub tags: Vec<u32>,
        #[quanta(new, default = 7)]
        pub rank: u8,
        #[quanta(init_with = shout)]
        pub shout: String,
    }

    fn shout(old: &OldRow<'_>) -> Result<String, String> {
        old.get::<String>("name").map(|name| name.to_uppercase())
    }
}

/// The first generation of a row.
pub fn row_one(id: u64) -> one::Item {
    one::Item {
        id,
        nick: format!("nick {id}"),
        age: u8::try_from(id % 200).unwrap(),
        note: (!id.is_multiple_of(4)).then(|| format!("note {id}")),
        score: score(id),
        home: one::Home {
            street: format!("street {id}"),
            zip: u16::try_from(id).unwrap() + 1000,
        },
        tags: vec![u16::try_from(id).unwrap(), 7],
    }
}

/// A number that no `f32` holds.
fn score(id: u64) -> f64 {
    f64::from(u32::try_from(id).unwrap()) + 0.1
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding is what the test expects"
)]
pub fn rounded(score: f64) -> f32 {
    score as f32
}

/// The same row in the second generation.
pub fn row_two(id: u64) -> two::Item {
    let row = row_one(id);
    two::Item {
        id,
        name: row.nick,
        age: row.age.into(),
        score: rounded(row.score),
        home: two::Home {
            street: row.home.street,
            zip: row.home.zip.into(),
            city: "nowhere".to_owned(),
        },
        tags: row.tags.iter().map(|tag| u32::from(*tag)).collect(),
        rank: 7,
    }
}

/// A row of the second generation, seen from the third.
pub fn lifted(row: two::Item, shout: &str) -> three::Item {
    let two::Item {
        id,
        name,
        age,
        score,
        home,
        tags,
        rank,
    } = row;
    three::Item {
        id,
        name,
        age,
        score,
        home,
        tags,
        rank,
        shout: shout.to_owned(),
    }
}

/// The same row in the third generation.
pub fn row_three(id: u64) -> three::Item {
    lifted(row_two(id), &format!("NICK {id}"))
}

/// A generation of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generation {
    One,
    Two,
    Three,
}

impl Generation {
    pub fn entities(self, options: Options) -> Options {
        match self {
            Self::One => options.entities::<(one::Item,)>(),
            Self::Two => options.entities::<(two::Item,)>(),
            Self::Three => options.entities::<(three::Item,)>(),
        }
    }

    /// Finds where a store stands, without any entity; none if it has no table.
    pub fn of(db: &Database) -> Option<Self> {
        db.head()
            .tables
            .values()
            .next()
            .map(|table| match table.state.version {
                1 => Self::One,
                2 => Self::Two,
                3 => Self::Three,
                other => panic!("a version {other} was made"),
            })
    }

    pub fn rows(self, db: &Database) -> Vec<String> {
        match self {
            Self::One => crate::support::rows::<one::Item>(db),
            Self::Two => crate::support::rows::<two::Item>(db),
            Self::Three => crate::support::rows::<three::Item>(db),
        }
    }

    /// Returns the rows as they are if nobody wrote since the first generation.
    pub fn unwritten(self, ids: std::ops::Range<u64>) -> Vec<String> {
        match self {
            Self::One => texts(ids.map(row_one)),
            Self::Two => texts(ids.map(row_two)),
            Self::Three => texts(ids.map(row_three)),
        }
    }
}

pub fn texts<T: std::fmt::Debug>(rows: impl IntoIterator<Item = T>) -> Vec<String> {
    rows.into_iter().map(|row| format!("{row:?}")).collect()
}
