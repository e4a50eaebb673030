//! Why a command did not do what was asked for.

use std::io;

use quanta_core::{Error, ErrorKind};

use crate::exit::Exit;

/// Why a command did not do what was asked for.
#[derive(Debug)]
pub enum Failure {
    /// Nobody reads the output any more: that is no error.
    Unread,
    /// Something that is told on the error stream.
    Told(Exit, String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self::Told(exit_of(error.kind()), error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Told(Exit::Internal, format!("writing the output: {error}")),
        }
    }
}

fn exit_of(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::NotFound | ErrorKind::BadName | ErrorKind::Query | ErrorKind::MigrationFile => Exit::Usage,
        ErrorKind::Refused
        | ErrorKind::Older
        | ErrorKind::Held
        | ErrorKind::OwnCode
        | ErrorKind::Input
        | ErrorKind::NameTaken
        | ErrorKind::SchemaMoved => Exit::Findings,
        ErrorKind::Locked
        | ErrorKind::NotAStore
        | ErrorKind::NotABackup
        | ErrorKind::Missing
        | ErrorKind::WrongEngine
        | ErrorKind::NewerFormat
        | ErrorKind::Corrupt
        | ErrorKind::NeedsRepair
        | ErrorKind::ReadOnly => Exit::Store,
        _ => Exit::Internal,
    }
}
