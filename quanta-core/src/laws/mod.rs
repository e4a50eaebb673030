//! The laws of docs/migrations.md ("Rehearsing a history") over random histories: random schemas, 1 to 12 generations of random edits with their
//! hints, random rows.
//!
//! `QUANTA_CASES` says how many cases are tried; each test says at its head what share of them it takes. A failure
//! prints the seed, writes the shrunk history into a file, and says how to play it again.

mod catalogue;
mod determinism;
mod direct;
mod fingerprints;
mod fused;
mod hints;
mod law_1;
mod law_2;
mod law_3;
mod law_5;
mod law_8;
mod lock;
mod merge;
mod run;
mod soundness;
mod stores;
