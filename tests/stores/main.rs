//! What a whole store promises, tested from the outside: typed rows in, crashes and changes, typed rows out.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "clippy takes only functions marked as tests for tests, and these help them"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "conversions of the program's own take their values"
)]

mod acceptance;
mod across;
mod auto_keys;
mod backed_up;
mod backups;
mod bad_hints;
mod bad_input;
mod changes;
mod conversions;
mod counting;
mod crash;
mod descending;
mod disk_full;
mod documents;
mod duplicates;
mod entangled;
mod entries;
mod erased;
mod fills;
mod foretold;
mod forgotten;
mod generations;
mod hints_and_holds;
mod history_cases;
mod hooks;
mod indexes;
mod keys;
mod kill;
mod lock;
mod looking_back;
mod many;
mod merged;
mod migration_files;
mod migration_hooks;
mod model;
mod objects;
mod own_migrations;
mod queries;
mod queries_text;
mod references;
mod referrers;
mod related;
mod release_names;
mod releases;
mod resolved;
mod restored;
mod runtime;
mod shapes;
mod side_by_side;
mod skipped;
mod skipped_code;
mod skipped_mixed;
mod support;
mod table_migrations;
mod table_migrations_back;
mod table_names;
mod taken_out;
mod tampered_ledger;
mod together;
mod transfer;
mod validation;
mod views;
mod watch;
mod watch_life;
