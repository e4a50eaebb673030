//! `crash_at_every_write!`: interruptions do no harm, and code that answers differently each time is found out.

use std::sync::atomic::{AtomicU64, Ordering};

use quantadb::testing::{crash_at_every_write, migrations};
use quantadb::{OldRow, QuantaEntity};

use crate::locks::{fails, has, lock, users};

#[derive(QuantaEntity)]
#[quanta(table = "users", register = false)]
struct Indexed {
    #[quanta(id)]
    id: u64,
    #[quanta(index)]
    name: String,
    score: f32,
}

#[test]
fn n6_interrupted_migrations_do_no_harm() {
    let text = lock(&users("1", "name: string, note: string, score: f64"));
    crash_at_every_write!(text, entities(Indexed));
}

fn length(old: &OldRow<'_>) -> Result<u64, String> {
    let name: String = old.get("name").map_err(|error| error.to_string())?;
    Ok(name.len() as u64)
}

#[test]
fn n6_a_build_that_is_interrupted_does_no_harm() {
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct Computed {
        #[quanta(id)]
        id: u64,
        name: String,
        #[quanta(init_with = length)]
        length: u64,
    }
    crash_at_every_write!(lock(&users("1", "name: string")), entities(Computed), rows = 7);
}

static CALLS: AtomicU64 = AtomicU64::new(0);

fn number(_: &OldRow<'_>) -> Result<u64, String> {
    Ok(CALLS.fetch_add(1, Ordering::Relaxed))
}

#[test]
fn n6_a_function_that_answers_differently_each_time_is_told() {
    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    struct Numbered {
        #[quanta(id)]
        id: u64,
        #[quanta(init_with = number)]
        number: u64,
    }
    let text = lock(&users("1", ""));
    let told = fails(|| crash_at_every_write!(text.clone(), entities(Numbered)));
    has(
        &told,
        &[
            "release 1, as the program opens it: the process ended after write 0 of ",
            "users, row ",
            "field number",
        ],
    );
    has(&told, &["the row differs: expected "]);
    let told = migrations!(lock(&users("1", "number: string")), entities(Numbered));
    has(
        &told.survive_crashes().unwrap_err().to_string(),
        &["the store can't be opened"],
    );
}
