//! Guards the format on disk, and the pages that describe it: what docs/ quotes is what the code writes, and what
//! docs/format.md quotes is still read.

mod conversions;
mod damage;
mod document;
mod hex;
mod indexes;
mod kept;
mod plans;
mod records;
mod scenario;
mod store;
mod tools;
mod values;
