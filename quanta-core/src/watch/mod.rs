//! Looking at what is written: watches, which are told of commits, and hooks, which take part in them.

mod builder;
mod channel;
mod event;
mod hooks;
#[cfg(feature = "futures")]
mod stream;
#[cfg(test)]
mod tests;
mod watcher;

pub use builder::WatchBuilder;
pub use event::{Change, Event};
pub(crate) use hooks::Hook;
pub use watcher::{Events, Watch};
