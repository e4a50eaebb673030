//! What tests of engines, and of everything above them, need.

pub mod conformance;
pub mod faults;
