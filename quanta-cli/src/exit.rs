//! How the command ends.

use std::process::ExitCode;

/// How the command ends. The numbers are part of its interface.
///
/// ```
/// use quanta_cli::{Exit, run_standalone};
///
/// assert_eq!(run_standalone(["quanta", "inspect"]), Exit::Usage);
/// assert_eq!(Exit::Usage as u8, 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what was asked for.
    Ok = 0,
    /// It found contradictions in a store, or that a program would be refused, refused a change or a name, met lines that can't be imported, broke a law in a
    /// rehearsal, entities are not what their lock says, or two branches of a lock are in conflict.
    Findings = 1,
    /// It was asked for something that isn't there, or in a way that it doesn't understand.
    Usage = 2,
    /// The store can't be opened: missing, locked, no store, damaged.
    Store = 3,
    /// Something else failed, such as a disk.
    Internal = 4,
}

/// The exit codes, as `--help` explains them.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  findings: verify or repair found contradictions, a change or a name was refused or validate says that it would be,
     lines can't be imported, a rehearsal broke a law, entities are not what their lock says, or two branches of a lock
     are in conflict
  2  usage: unknown argument, table, version, revision or release, or a document with a mistake
  3  the store can't be opened: missing, locked, not a store, damaged
  4  anything else: a failing disk, a bug";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
