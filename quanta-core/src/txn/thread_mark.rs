//! Which thread has something, as one number: asked for at each write, it must not take a lock.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

thread_local! {
    /// Its address tells threads that run apart.
    static HERE: Cell<u8> = const { Cell::new(0) };
}

/// A thread that runs, or none.
///
/// A thread asks about itself alone, and what it has stored it reads again: no order with other memory is needed.
#[derive(Debug, Default)]
pub(super) struct ThreadMark(AtomicUsize);

impl ThreadMark {
    /// Marks this thread.
    pub fn set(&self) {
        self.0.store(here(), Ordering::Relaxed);
    }

    /// Marks none.
    pub fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Tells whether this thread is the one.
    pub fn is_here(&self) -> bool {
        self.0.load(Ordering::Relaxed) == here()
    }
}

fn here() -> usize {
    HERE.with(|here| std::ptr::from_ref(here).addr())
}
