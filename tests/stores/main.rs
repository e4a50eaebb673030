//! What a whole store promises, tested from the outside: typed rows in, crashes and changes, typed rows out.

mod bad_input;
mod crash;
mod generations;
mod kill;
mod model;
mod runtime;
mod shapes;
mod support;
