//! The newer release: renames, widens, narrows, drops and adds, also in the embedded type.

use std::process::ExitCode;

use quantadb::{QuantaEntity, QuantaType};
use serde::{Deserialize, Serialize};
use two_programs::{Call, serve};

#[derive(QuantaEntity, Serialize, Deserialize)]
#[quanta(table = "people", register = false)]
struct Person {
    #[quanta(id)]
    id: u64,
    #[quanta(renamed_from = "nick")]
    name: String,
    age: u32,
    weight: f32,
    #[quanta(new)]
    tags: Vec<String>,
    home: Home,
}

#[derive(QuantaType, Serialize, Deserialize)]
struct Home {
    street: String,
    #[quanta(default = "nowhere")]
    city: String,
}

#[derive(QuantaEntity, Serialize, Deserialize)]
#[quanta(table = "notes", register = false)]
struct Note {
    #[quanta(id)]
    id: u64,
    text: String,
    stars: Option<u8>,
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let call = Call::of_process()?;
    Ok(match call.table.as_str() {
        "notes" => serve::<Note>(call)?,
        _ => serve::<Person>(call)?,
    })
}
