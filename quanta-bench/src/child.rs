//! One workload on one store, in a process of its own: so that its peak of memory is its own, and nobody finds in a
//! cache what another one read.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;

use crate::error::Outcome;
use crate::results::Findings;
use crate::stores;
use crate::workloads::{self, Effort, Job};

/// What a child is told.
#[derive(Debug, Clone, Args)]
pub struct Task {
    /// The workload.
    pub workload: String,
    /// The store.
    pub store: String,
    /// How many rows it has.
    pub rows: u64,
    /// Where it is.
    pub path: PathBuf,
    /// As little as possible.
    #[arg(long)]
    pub quick: bool,
    /// The file of flights.
    #[arg(long)]
    pub flights: Option<PathBuf>,
}

/// What a child does: it prints one line.
pub fn work(task: Task, out: &mut impl Write) -> Outcome<()> {
    let workload = workloads::find(&task.workload)?;
    let job = Job {
        kind: stores::find(&task.store)?,
        rows: task.rows,
        path: task.path,
        flights: task.flights,
        effort: if task.quick { Effort::Quick } else { Effort::Full },
    };
    let found = (workload.run)(&job)?;
    writeln!(out, "{}", serde_json::to_string(&found)?)?;
    Ok(())
}

fn command(task: &Task) -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["child", &task.workload, &task.store, &task.rows.to_string()]);
    command.arg(&task.path);
    if task.quick {
        command.arg("--quick");
    }
    if let Some(flights) = &task.flights {
        command.arg("--flights").arg(flights);
    }
    Ok(command)
}

/// Has a child do a task.
pub fn run(task: &Task) -> Outcome<Findings> {
    let output = command(task)?.stderr(Stdio::piped()).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.trim().lines().last().unwrap_or("nothing");
        return Err(format!("{} on {}: {}: {last}", task.workload, task.store, output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Has a child begin a task, and kills it after a while. Says whether it was still at it.
pub fn kill_after(task: &Task, after: Duration) -> Outcome<bool> {
    let mut child = command(task)?
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let end = Instant::now() + after;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        std::thread::park_timeout(left);
    }
    let was_running = child.try_wait()?.is_none();
    child.kill()?;
    child.wait()?;
    Ok(was_running)
}

/// A name of a store as a part of a path.
pub fn slug(store: &str) -> String {
    store
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect()
}

/// Deletes a store, if it is there.
pub fn remove(path: &Path) -> Outcome<()> {
    if path.exists() {
        std::fs::remove_dir_all(path)?;
    }
    Ok(())
}
