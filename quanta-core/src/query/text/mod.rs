//! Filters and orders as text: reading them, and writing conditions down. Nothing here knows a schema.

mod caret;
mod names;
mod parser;
mod paths;
mod print;
#[cfg(test)]
mod tests;
mod tokens;

pub(crate) use caret::{filter_of, order_of, path_of};
pub(crate) use parser::parse_filter;
