//! One file per engine; nothing outside of it names the crate that the engine is made of.

pub(crate) mod fjall;
mod fjall_batch;
mod fjall_close;
mod fjall_journal;
pub(crate) mod memory;
#[cfg(feature = "redb")]
pub(crate) mod redb;
#[cfg(feature = "sled")]
pub(crate) mod sled;
