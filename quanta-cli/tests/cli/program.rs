//! The program of an app, which links its entities and calls `quanta_cli::run`.

use std::process::Command;

use quantadb::Options;

use crate::fixture::{Ran, Team, first, second};

/// What tells a run of these tests that it is the program of an app, and with which arguments.
const PROGRAM: &str = "QUANTA_TEST_PROGRAM";

/// The program of an app, in the generation that is asked for. As a test of its own it does nothing.
#[test]
fn as_the_program_of_an_app() {
    let Ok(words) = std::env::var(PROGRAM) else {
        return;
    };
    let (generation, args) = words.split_once('\n').unwrap();
    let options = match generation {
        "first" => Options::new().entities::<(first::User,)>(),
        "second" => Options::new().entities::<(second::User, Team)>(),
        _ => Options::new().entities::<()>(),
    };
    std::process::exit(i32::from(quanta_cli::run(options, args.lines()) as u8));
}

/// Returns the command that runs the program of an app.
pub fn command(generation: &str, args: &[&str]) -> Command {
    let words = format!("{generation}\nmanage\n{}", args.join("\n"));
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "program::as_the_program_of_an_app", "--nocapture"]);
    command.env(PROGRAM, words);
    command
}

/// Runs the program of an app.
pub fn app(generation: &str, args: &[&str]) -> Ran {
    let mut ran = Ran::of(&command(generation, args).output().unwrap());
    ran.stdout = ran.stdout.trim_start_matches("\nrunning 1 test\n").to_owned();
    ran
}
