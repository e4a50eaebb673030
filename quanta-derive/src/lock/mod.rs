//! `quanta.lock`: the names that an item had when they were last written down, beside those that it has now.

mod compare;
mod file;
mod names;

pub(crate) use compare::check;
pub(crate) use file::{Lock, beside_manifest, manifest_directory};
