//! Limits of schemas and rows. Every one has a name and a unit.

/// Levels to which types and values nest; options do not count.
pub const NESTING_DEPTH_MAX: usize = 64;
/// Nodes of one table's shape.
pub const SHAPE_NODES_MAX: usize = 65_536;
/// Bytes of one encoded row key.
pub const KEY_BYTES_MAX: usize = 2 * 1024;
/// Bytes of an index key that are stored: of a longer one, a hash stands for the rest.
pub const INDEX_KEY_BYTES_MAX: usize = 768;
/// Bytes of one encoded row that a user writes. An image of it under another version may reach twice that.
pub const VALUE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes of one batch of background work, unless a single row is larger.
pub const WORK_BATCH_BYTES: usize = 1024 * 1024;
/// Bytes that are free on the disk at least while rows are rewritten in the background: with fewer, that waits.
pub const SWEEP_FREE_BYTES_MIN: usize = 64 * 1024 * 1024;
/// Bytes of the name of a release.
pub const RELEASE_NAME_BYTES_MAX: usize = 128;
/// Bytes of one user transaction, and of the batch that makes a change current.
pub const BATCH_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Items of a collection whose items take no bytes at all.
pub const EMPTY_ITEMS_MAX: usize = 65_536;
/// Bytes that looking for duplicates takes, whatever the number of rows.
pub const DUPLICATES_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Events that wait for a watcher, unless it asks for another number.
pub const WATCH_EVENTS_DEFAULT: usize = 1024;
/// Bytes of the rows in events that wait for a watcher, unless a single event is larger.
pub const WATCH_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Rounds of `before_write` hooks in one transaction: in each, hooks see what changed since they were called.
pub const HOOK_ROUNDS_MAX: usize = 16;
/// Bytes of one line of what is imported; of a CSV record that goes over several lines, of all of them.
pub const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Lines of an import whose keys are remembered, 16 bytes each, to find the ones that are there twice.
pub const KEYS_SEEN_MAX: usize = 2 * 1024 * 1024;
/// Levels to which the conditions of a filter text nest: brackets, `not`, and lists within lists.
pub const FILTER_DEPTH_MAX: usize = 64;
/// Groups that one query may have. Each is kept in memory until all rows were seen.
pub const GROUPS_MAX: usize = 1_000_000;
/// Bytes of a migration file.
pub const MIGRATION_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Levels of directories below the one that migration files are looked for in.
pub const MIGRATION_DIRECTORY_DEPTH_MAX: usize = 16;
/// Bytes of the id of a migration file.
pub const MIGRATION_ID_BYTES_MAX: usize = 200;
