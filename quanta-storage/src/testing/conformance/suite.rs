//! The list of cases and how to run them.

use std::sync::Arc;

use super::{durability, points, ranges, snapshots};
use crate::engine::Engine;

/// How the suite gets at engines. A closure that makes engines is one.
pub trait Harness {
    /// Makes a new engine that holds no record, or the marker alone.
    fn make(&mut self) -> Arc<dyn Engine>;

    /// Closes the engine that was made last and opens it again; `None` if it can't be.
    ///
    /// The handle that is passed in is the last one.
    fn reopen(&mut self, engine: Arc<dyn Engine>) -> Option<Arc<dyn Engine>> {
        drop(engine);
        None
    }

    /// Makes an engine whose next write fails; `None` if that can't be provoked.
    fn make_failing(&mut self) -> Option<Arc<dyn Engine>> {
        None
    }
}

impl<F: FnMut() -> Arc<dyn Engine>> Harness for F {
    fn make(&mut self) -> Arc<dyn Engine> {
        self()
    }
}

/// One thing that every engine must do.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// What the case is about.
    pub name: &'static str,
    check: fn(&mut dyn Harness),
}

impl Case {
    /// Runs the case.
    ///
    /// # Panics
    ///
    /// If the engine doesn't do what it must.
    pub fn run(&self, harness: &mut dyn Harness) {
        (self.check)(harness);
    }
}

/// All cases.
pub const CASES: &[Case] = &[
    Case {
        name: "put, get, replace, delete",
        check: points::put_get_delete,
    },
    Case {
        name: "the last write of a key in a batch wins",
        check: points::batch_order,
    },
    Case {
        name: "conditions that hold",
        check: points::conditions_hold,
    },
    Case {
        name: "a failed condition writes nothing",
        check: points::conditions_fail,
    },
    Case {
        name: "a condition that held is asked again",
        check: points::conditions_again,
    },
    Case {
        name: "conditions exclude each other between threads",
        check: points::conditions_race,
    },
    Case {
        name: "empty values, empty batches, empty keys",
        check: points::emptiness,
    },
    Case {
        name: "keys and values over the limits",
        check: points::limits,
    },
    Case {
        name: "large values",
        check: points::large_values,
    },
    Case {
        name: "all kinds of bounds, both ways",
        check: ranges::bounds,
    },
    Case {
        name: "prefixes that end in 0xff",
        check: ranges::prefix_edges,
    },
    Case {
        name: "random writes against a model",
        check: ranges::model,
    },
    Case {
        name: "a snapshot keeps its state",
        check: snapshots::isolation,
    },
    Case {
        name: "random snapshots against their models",
        check: snapshots::model,
    },
    Case {
        name: "no batch is seen in part",
        check: snapshots::atomicity,
    },
    Case {
        name: "snapshots among small writes",
        check: snapshots::small_writes,
    },
    Case {
        name: "a cursor outlives snapshot and engine handle",
        check: snapshots::cursor_outlives,
    },
    Case {
        name: "writing while iterating",
        check: snapshots::write_while_iterating,
    },
    Case {
        name: "flush, compact and size",
        check: durability::upkeep,
    },
    Case {
        name: "reopening keeps everything",
        check: durability::reopening,
    },
    Case {
        name: "a failed write poisons",
        check: durability::poison,
    },
];

/// Runs all cases.
///
/// # Panics
///
/// If the engine doesn't do what it must.
pub fn run(harness: &mut dyn Harness) {
    for case in CASES {
        case.run(harness);
    }
}
