//! The older release.

use std::process::ExitCode;

use quantadb::{QuantaEntity, QuantaType};
use serde::{Deserialize, Serialize};
use two_programs::{Call, serve};

#[derive(QuantaEntity, Serialize, Deserialize)]
#[quanta(table = "people", register = false)]
struct Person {
    #[quanta(id)]
    id: u64,
    nick: String,
    age: u8,
    weight: f64,
    note: Option<String>,
    home: Home,
}

#[derive(QuantaType, Serialize, Deserialize)]
struct Home {
    street: String,
}

#[derive(QuantaEntity, Serialize, Deserialize)]
#[quanta(table = "notes", register = false)]
struct Note {
    #[quanta(id)]
    id: u64,
    text: String,
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let call = Call::of_process()?;
    Ok(match call.table.as_str() {
        "notes" => serve::<Note>(call)?,
        _ => serve::<Person>(call)?,
    })
}
