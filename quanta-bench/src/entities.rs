//! The rows as QuantaDB knows them, before and after they change.

use bincode::{Decode, Encode};
use quantadb::QuantaEntity;

use crate::rows::User;

/// The same row without an index: a put of it doesn't have to read.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, QuantaEntity)]
#[quanta(table = "plain", register = false)]
pub struct Plain {
    #[quanta(id)]
    pub id: u64,
    pub email: String,
    pub name: String,
    pub score: u32,
    pub city: String,
    pub note: String,
}

impl From<User> for Plain {
    fn from(user: User) -> Self {
        let User {
            id,
            email,
            name,
            score,
            city,
            note,
        } = user;
        Self {
            id,
            email,
            name,
            score,
            city,
            note,
        }
    }
}

/// `User` with a field renamed, one widened and one added: nothing has to be kept of the old row.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, QuantaEntity)]
#[quanta(table = "users", register = false)]
pub struct Widened {
    #[quanta(id)]
    pub id: u64,
    #[quanta(unique)]
    pub email: String,
    #[quanta(renamed_from = "name")]
    pub full_name: String,
    pub score: u64,
    pub city: String,
    pub note: String,
    #[quanta(new, default = 1)]
    pub level: u32,
}

impl From<User> for Widened {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            full_name: user.name,
            score: u64::from(user.score),
            city: user.city,
            note: user.note,
            level: 1,
        }
    }
}

/// `User` with a field renamed, one widened, one added and one dropped, whose values are kept.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, QuantaEntity)]
#[quanta(table = "users", register = false)]
pub struct Evolved {
    #[quanta(id)]
    pub id: u64,
    #[quanta(unique)]
    pub email: String,
    #[quanta(renamed_from = "name")]
    pub full_name: String,
    pub score: u64,
    pub city: String,
    #[quanta(new, default = 1)]
    pub level: u32,
}

impl From<User> for Evolved {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            full_name: user.name,
            score: u64::from(user.score),
            city: user.city,
            level: 1,
        }
    }
}
