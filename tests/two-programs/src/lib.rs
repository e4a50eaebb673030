//! What the two programs have in common: they open a store, do what the lines of their input say, and answer each with a
//! line of JSON. They share no struct: each has its own, as two releases of one program do.
//!
//! `older_app TABLE DIR ENGINE HOW`, where `ENGINE` is `fjall`, `sled` or `redb`, and `HOW` is `refuse`, `read-only`, `roll-back`
//! or `forward`. A program that could not open its store says why, and ends with exit code 1.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use quantadb::{Database, Engine, Entities, Error, OnOlder, Options, QuantaEntity};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// A line of the input.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Command<E> {
    Put(E),
    Get(u64),
    Delete(u64),
    List,
    /// Where the table stands, and what `verify` finds.
    Look,
}

/// How a program was called.
#[derive(Debug)]
pub struct Call {
    /// The table that it opens.
    pub table: String,
    directory: String,
    options: Options,
}

impl Call {
    /// Reads the arguments of the process.
    ///
    /// # Errors
    ///
    /// If one is missing or unknown.
    pub fn of_process() -> Result<Self, String> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [table, directory, engine, how] = arguments.as_slice() else {
            return Err(format!("expected TABLE DIR ENGINE HOW, not {arguments:?}"));
        };
        let engine = match engine.as_str() {
            "fjall" => Engine::Fjall,
            "sled" => Engine::Sled,
            "redb" => Engine::Redb,
            other => return Err(format!("there is no engine {other}")),
        };
        let options = Options::new().engine(engine);
        let options = match how.as_str() {
            "refuse" => options,
            "read-only" => options.on_older(OnOlder::ReadOnly),
            "roll-back" => options.on_older(OnOlder::RollBack),
            "forward" => options.forward(),
            other => return Err(format!("there is no way {other}")),
        };
        Ok(Self {
            table: table.clone(),
            directory: directory.clone(),
            options,
        })
    }
}

/// Opens the store with one entity, and does what the input says until it ends.
///
/// # Errors
///
/// If the terminal fails, or a line is no command.
pub fn serve<E>(call: Call) -> io::Result<ExitCode>
where
    E: QuantaEntity<Key = u64> + Serialize + DeserializeOwned,
    (E,): Entities,
{
    let db = match call.options.entities::<(E,)>().open(&call.directory) {
        Ok(db) => db,
        Err(error) => {
            answer(&refused(&error))?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let report = db.open_report();
    let steps = report.plan.tables.iter().flat_map(|table| &table.steps);
    let steps: Vec<String> = steps.map(ToString::to_string).collect();
    answer(&json!({ "revision": report.revision, "steps": steps }))?;
    for line in io::stdin().lock().lines() {
        let command: Command<E> = serde_json::from_str(&line?)?;
        answer(&run(&db, command).unwrap_or_else(|error| refused(&error)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn run<E>(db: &Database, command: Command<E>) -> quantadb::Result<Json>
where
    E: QuantaEntity<Key = u64> + Serialize,
{
    let rows = db.collection::<E>();
    Ok(match command {
        Command::Put(row) => {
            rows.put(&row)?;
            json!("put")
        }
        Command::Get(id) => json!(rows.get(&id)?),
        Command::Delete(id) => json!(rows.delete(&id)?),
        Command::List => json!(rows.iter().collect::<quantadb::Result<Vec<E>>>()?),
        Command::Look => {
            let stands = db.head().tables.values().map(|table| table.state.version).max();
            json!({ "version": stands, "findings": db.verify()?.findings.len() })
        }
    })
}

fn refused(error: &Error) -> Json {
    json!({ "error": format!("{:?}", error.kind()), "text": error.to_string() })
}

fn answer(answer: &Json) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{answer}")?;
    out.flush()
}
