//! What can only be judged over the whole item.

mod indexes;
mod item;
mod key;
mod names;
mod references;
mod shape;

pub(crate) use indexes::indexes;
pub(crate) use item::check;
pub(crate) use key::key_fields;
pub(crate) use names::{check_distinct, check_form};
pub(crate) use references::references;
