//! From the checked model to tokens. Nothing here can fail.

mod decode;
mod describe;
mod encode;
mod entity;
mod fields;
mod generics;
mod hints;
mod item;
mod private;

pub(crate) use generics::Header;
pub(crate) use item::expand;
pub(crate) use private::{Private, place};
