//! Guards N6 and N7: what `quantadb::testing` asserts of migrations holds for good ones, and fails for each kind of bad ones,
//! with a text that says where.

#![expect(
    clippy::unwrap_used,
    reason = "clippy takes only functions marked as tests for tests, and these help them"
)]

mod crashes;
mod golden;
mod locks;
mod lossless;
mod migrates;
mod releases;
mod test_file;
