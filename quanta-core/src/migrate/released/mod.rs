//! Opening along a released history: a store that missed releases goes through each of them, in one switch, and gets what a
//! store got that missed none.

mod ahead;
mod code;
mod position;
mod stages;

pub(super) use ahead::Ahead;
pub(super) use position::{Found, unknown_release};
pub(super) use stages::{Followed, Program, follow, unreadable};
