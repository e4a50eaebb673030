//! Making a history that fails smaller while it still fails.

mod cut;
mod cuts;
mod join;
mod search;

pub use search::shrink;

#[cfg(test)]
mod tests;
