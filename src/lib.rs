//! QuantaDB.

pub use quanta_core::{OldRow, QuantaEntity, QuantaType};
pub use quanta_derive::{QuantaEntity, QuantaType};

#[doc(hidden)]
pub use quanta_core::__private;
