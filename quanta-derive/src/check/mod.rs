//! What can only be judged over the whole item.

mod indexes;
mod item;
mod key;
mod names;
mod shape;

pub(crate) use indexes::indexes;
pub(crate) use item::check;
pub(crate) use key::key_fields;
