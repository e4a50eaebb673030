//! One file for each command.

pub mod diff;
pub mod export;
pub mod forget;
pub mod history;
pub mod import;
pub mod inspect;
pub mod lock;
pub mod merge_check;
pub mod objects;
pub mod query;
pub mod rehearse;
mod rehearse_pairs;
pub mod release;
pub mod releases;
pub mod rollback;
pub mod rows;
pub mod schema;
pub mod show;
mod steps;
pub mod verify;
