//! What a program tests its own migrations with: stores at any release of its `quanta.lock`, and assertions about what
//! becomes of them.
//!
//! It needs the feature `testing`, which belongs into `[dev-dependencies]`: nothing of it is in the program then.
//!
//! ```toml
//! [dev-dependencies]
//! quantadb = { version = "0.1", features = ["testing"] }
//! ```
//!
//! A test file is short, and [`lock::test_file`](crate::lock::test_file) writes it:
//!
//! ```
//! # use quantadb::QuantaEntity;
//! use quantadb::testing::{assert_lossless, assert_migrates, crash_at_every_write};
//!
//! # /* A doctest has no file beside it.
//! const LOCK: &str = include_str!("../quanta.lock");
//! # */
//! # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
//! #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"],
//! #       "fields": [{"name": "id", "type": "u64"}, {"name": "nick", "type": "string"}]}]},
//! #     {"label": "1.1", "tables": [{"name": "users", "key": ["id"],
//! #       "fields": [{"name": "id", "type": "u64"}, {"name": "name", "type": "string"}]}],
//! #      "hints": {"renamed_fields": {"users": {"nick": "name"}}}}]}"#;
//! # #[derive(QuantaEntity)]
//! # #[quanta(table = "users", register = false)]
//! # struct User { #[quanta(id)] id: u64, #[quanta(renamed_from = "nick")] name: String }
//!
//! assert_migrates!(LOCK, entities(User)); // From every release to the present entities,
//! assert_lossless!(LOCK, entities(User)); // back, and up again,
//! crash_at_every_write!(LOCK, entities(User), from = "1.0"); // and whole, wherever it is interrupted.
//! ```
//!
//! # What is opened
//!
//! `entities(A, B)` names the entities, and nothing else: no migration of the program's own, no view. They are opened twice,
//! as they are and with [`Options::history`](crate::Options::history). `program = my_app::options` takes a function that returns
//! [`Options`](crate::Options), and opens with those, as the program does; `program = Options::new` takes whatever the program
//! registers. The engine, the sweep and the backup policy of these options are replaced, as the stores are in memory.
//!
//! # Rows
//!
//! Rows are generated from a seed: equal seeds, equal rows. The edges of every type are among them, keys and the values of
//! unique indexes are distinct, and references lead to rows that are there. Random values say little where the program
//! expects something of a field: [`Release::with`] puts something sensible there, and [`Release::fill`] writes rows by hand.
//! Validators are not asked.
//!
//! # Golden stores
//!
//! [`golden!`](crate::golden) opens a store that lies in git, as a release of long ago has left it, and holds it to
//! the same. With the variable `QUANTA_BLESS` the tests write those that are missing. It is the macro that reads the variable, in
//! the test: this crate reads none, and prints nothing.

mod case;
#[cfg(test)]
mod cases;
mod crash;
mod failure;
mod golden_file;
mod lossless;
mod macros;
mod migrates;
mod migrations;
mod plain;
mod release;
mod store;
#[cfg(test)]
mod tests;

pub use crate::lock::test_file;
pub use crate::{assert_lossless, assert_migrates, crash_at_every_write, golden, migrations};
#[cfg(test)]
pub(crate) use cases::{cases, is_replay, seeds};
pub use failure::{Failure, assert_holds};
pub use migrations::Migrations;
pub use release::Release;
pub use store::TestStore;
