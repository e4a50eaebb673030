//! The `quanta` command.
fn main() {}
