//! `quanta completions`: what a shell needs to complete arguments.

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Examples.
pub const HELP: &str = "\
Examples:
  quanta completions bash > ~/.local/share/bash-completion/completions/quanta
  quanta completions fish > ~/.config/fish/completions/quanta.fish";

/// Runs the command.
pub fn run(args: &CompletionsArgs, out: &mut Output) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "quanta", &mut script);
    out.text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}
