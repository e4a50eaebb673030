//! How far long work has got, on the error stream of a terminal only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Between two looks at work that runs beside.
pub const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Returns a progress bar that counts what `what` names. It draws nothing if the error stream is no terminal.
pub fn counter(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let template = format!("{{spinner}} {{human_pos}} {what}");
    bar.set_style(
        ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    bar
}

/// Returns a progress bar that counts up to a number. It draws nothing if the error stream is no terminal.
pub fn of(what: &'static str, count: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::stderr());
    let template = format!("{{bar:30}} {{human_pos}}/{{human_len}} {what}");
    bar.set_style(ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
