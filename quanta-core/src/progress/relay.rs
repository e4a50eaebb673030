//! Work in several threads: what they have to tell goes to the thread that began it, and so does the answer.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use crate::error::Result;

use super::meter::Meter;
use super::report::Progress;

/// What a thread tells, and waits to be answered.
struct Told {
    progress: Progress,
    answer: SyncSender<ControlFlow<()>>,
}

/// The end of a relay at which the program is told.
pub struct Relay {
    told: Receiver<Told>,
}

impl Meter {
    /// Makes a meter for other threads. What it is told has to be passed on by [`Relay::pass_on`], until every clone of it
    /// is gone.
    #[must_use]
    pub fn relayed(&self) -> (Self, Relay) {
        let (sender, told) = channel();
        let mut meter = Self::default();
        if self.is_watched() {
            meter.also(move |progress| ask(&sender, progress));
        }
        (meter, Relay { told })
    }
}

fn ask(sender: &Sender<Told>, progress: &Progress) -> ControlFlow<()> {
    let (answer, answered) = sync_channel(1);
    let told = Told {
        progress: progress.clone(),
        answer,
    };
    // Nobody listens any more: then nobody wants more of it.
    if sender.send(told).is_err() {
        return ControlFlow::Break(());
    }
    answered.recv().unwrap_or(ControlFlow::Break(()))
}

impl Relay {
    /// Passes on to the program what the threads tell, one after the other, and the answers to them. Once the program
    /// wants no more of it, it is told nothing more, `stop` is called, and all threads are told to end.
    ///
    /// # Errors
    ///
    /// As [`Meter::stage`], once all threads have ended.
    pub fn pass_on(self, meter: &Meter, stop: &dyn Fn()) -> Result<()> {
        let mut result = Ok(());
        for told in self.told {
            if result.is_ok() {
                result = meter.tell(&told.progress);
                if result.is_err() {
                    stop();
                }
            }
            let answer = match result {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            };
            // Whoever asked waits for it.
            let _ = told.answer.send(answer);
        }
        result
    }
}
