//! Guards laws 3 to 5 at the level of stores: random writes, queries, changes, rollbacks, sweeps and crashes against a model
//! that is written from the rules of docs/migrations.md, not from the code.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `rules` | what the merge rules say of one value |
//! | `history` | generations of a table and the edges between them, as data |
//! | `table` | the model: rows, what is kept of them, those that are out |
//! | `travel` | a whole table on its way, edge after edge |
//! | `face`, `described` | a generation as programs use it: by its struct, or by a history document |
//! | `datum`, `asked` | what queries ask of the rows of a generation: as text, as Rust types, and as plain functions |
//! | `question`, `asking` | random questions with the model's answers; how each is asked in every way |
//! | `place` | where a store lies |
//! | `run`, `together` | the operations; those of many rows, and transactions |
//! | `cases` | the tests: which histories, how many stores |
//! | the others | one history each: its structs, and a function for each way over each edge |
//!
//! `QUANTA_CASES` says how many stores each test tries; without it, few. A failure prints the command that runs its
//! case again.

/// Implements `Record`: what the key is, how a row is made, and fields of which one at a time gets another value.
macro_rules! record {
    ($name:ident by $id:ty = |$row:ident| $key:expr; |$seed:ident| { $($made:tt)* } touches $($touched:ident),+) => {
        impl Record for $name {
            type Id = $id;

            fn row_id(&self) -> $id {
                let $row = self;
                $key
            }

            fn random($seed: &mut Seed) -> Self {
                Self { $($made)* }
            }

            fn touch(&mut self, seed: &mut Seed) {
                let other = Self::random(seed);
                let fields = [$(stringify!($touched)),+];
                match *seed.choose(&fields) {
                    $(stringify!($touched) => self.$touched = other.$touched,)+
                    field => unreachable!("{field} is one of them"),
                }
            }
        }
    };
}

mod asked;
mod asking;
mod cases;
mod datum;
mod described;
mod face;
mod history;
mod place;
mod question;
mod rules;
mod run;
mod table;
mod together;
mod travel;
mod values;

mod containers;
mod dropped;
mod lazy;
mod meeting;
mod mixed;
mod referring;
mod rekeyed;
mod resolved;
mod unfit;
mod unique;
