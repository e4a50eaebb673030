//! Steps, as several commands print them.

use quanta_core::diff::Step;

use crate::output::Output;

/// Prints steps, each with its class and cost.
pub fn print(steps: &[Step], out: &mut Output) -> std::io::Result<()> {
    if steps.is_empty() {
        return out.line("    nothing");
    }
    steps
        .iter()
        .try_for_each(|step| out.line(&format!("    {:<7} {:<6} {step}", step.class, step.cost())))
}
