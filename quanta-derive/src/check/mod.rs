//! What can only be judged over the whole item.

mod item;
mod key;
mod names;
mod shape;

pub(crate) use item::check;
pub(crate) use key::key_fields;
