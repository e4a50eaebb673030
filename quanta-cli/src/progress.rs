//! How far long work has got, on the error stream of a terminal only.

use std::ops::ControlFlow;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use quanta_core::{Progress, RowsTotal};

use crate::output;

/// Parts into which the bar of work with rows is divided.
const PARTS: f64 = 1000.0;

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

/// Returns a progress bar for what a store does with its rows, and the function that moves it.
pub fn of_rows() -> (
    ProgressBar,
    impl Fn(&Progress) -> ControlFlow<()> + Send + Sync + 'static,
) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "parts of a bar are few and not negative"
    )]
    let parts = |fraction: f64| (fraction * PARTS) as u64;
    let bar = ProgressBar::with_draw_target(Some(parts(1.0)), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:30} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let moved = bar.clone();
    let hook = move |progress: &Progress| {
        moved.set_position(parts(progress.fraction().unwrap_or(0.0)));
        let what = format!("{} of {}", progress.phase, progress.table);
        let speed = (progress.rows_per_second(), progress.remaining());
        moved.set_message(text(&what, (progress.rows_done, progress.rows_total), speed));
        ControlFlow::Continue(())
    };
    (bar, hook)
}

fn text(
    what: &str,
    (done, total): (u64, RowsTotal),
    (rate, left): (Option<f64>, Option<Duration>),
) -> String {
    let mut text = match total {
        RowsTotal::Unknown => format!("{what}: {}", output::count(done, "row")),
        total => format!("{what}: {done} of {total} rows"),
    };
    if let Some(rate) = rate {
        text.push_str(&format!(", {rate:.0}/s"));
    }
    if let Some(left) = left.filter(|left| !left.is_zero()) {
        text.push_str(&format!(", {} left", HumanDuration(left)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_told() {
        let cases = [
            ((1, RowsTotal::Unknown), (None, None), "sweeping of users: 1 row"),
            (
                (10, RowsTotal::Estimated(40)),
                (Some(5.4), Some(Duration::from_secs(6))),
                "sweeping of users: 10 of about 40 rows, 5/s, 6 seconds left",
            ),
            (
                (40, RowsTotal::Exact(40)),
                (Some(80.0), Some(Duration::ZERO)),
                "sweeping of users: 40 of 40 rows, 80/s",
            ),
        ];
        for (rows, speed, expected) in cases {
            assert_eq!(text("sweeping of users", rows, speed), expected);
        }
    }
}
