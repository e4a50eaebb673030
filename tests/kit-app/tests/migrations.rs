//! Holds the migrations of this program to its lock: stores of every release, with generated rows.
//!
//! Where random rows don't fit, say what the program writes there: `.with("table", |row| row.set("field", "value"))`.
//! A store that is to open for ever is kept with `quantadb::testing::golden!`.

use kit_app::Customer;
use kit_app::Order;
use quantadb::testing::{assert_lossless, assert_migrates, crash_at_every_write};

const LOCK: &str = include_str!("../quanta.lock");

#[test]
fn every_release_migrates() {
    assert_migrates!(LOCK, entities(Customer, Order));
}

#[test]
fn nothing_is_lost_on_the_way_back() {
    assert_lossless!(LOCK, entities(Customer, Order));
}

#[test]
fn a_crash_leaves_the_old_state_or_the_new_one() {
    crash_at_every_write!(LOCK, entities(Customer, Order));
}
