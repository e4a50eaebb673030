//! `quanta objects`: everything that a store consists of, or did.

use quanta_core::Object;

use crate::args::ObjectsArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::store;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta objects app.quanta
  quanta objects app.quanta --release 1.2.0
  quanta objects app.quanta --json | jq '.objects[] | select(.present | not)'

JSON: {\"revision\", \"release\": null without --release,
       \"objects\": [{\"kind\": \"table\" | \"type\" | \"index\" | \"reference\" | \"view\", \"name\", \"version\",
         \"uses\": [{\"kind\", \"name\"}], \"content\": hash, \"revision\": whose state this is,
         \"first_release\", \"last_release\": null if it was in none, \"present\": whether it is there now}]}
      An object that is gone stands as it last was.";

/// Runs the command.
pub fn run(args: &ObjectsArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    let objects = match &args.release {
        Some(name) => db.objects_of_release(name)?,
        None => db.objects()?,
    };
    if out.json {
        out.value(&objects.to_json())?;
        return Ok(Exit::Ok);
    }
    if objects.objects.is_empty() {
        out.line("nothing: there is no table")?;
        return Ok(Exit::Ok);
    }
    let mut table = output::table(&["kind", "name", "version", "there", "releases", "uses", "content"]);
    output::align_right(&mut table, &[2]);
    for object in &objects.objects {
        table.add_row(line(object));
    }
    out.table(&table)?;
    Ok(Exit::Ok)
}

fn line(object: &Object) -> [String; 7] {
    let releases = match (&object.first_release, &object.last_release) {
        (Some(first), Some(last)) if first == last => first.clone(),
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => String::new(),
    };
    let uses: Vec<String> = object
        .uses
        .iter()
        .map(|(kind, name)| format!("{kind} {name}"))
        .collect();
    [
        object.kind.to_string(),
        object.name.clone(),
        object.version.to_string(),
        if object.is_present { "yes" } else { "gone" }.to_owned(),
        releases,
        uses.join("\n"),
        object.content.to_string(),
    ]
}
