//! `explain`: what a kind of step does.

use quanta_core::diff::{Explained, explained};
use serde_json::{Value, json};

use crate::args::ExplainArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta explain
  quanta explain change_type

Steps go by their names in plans or in migration files. What one step of a plan or of a revision does is in `plan` and `show`; this says what steps of its kind do.

JSON: [{\"step\", \"does\", \"class\", \"cost\", \"back\"}]";

/// What plans call steps that migration files call otherwise.
const IN_FILES: [(&str, &str); 4] = [
    ("add_index", "build_index"),
    ("set", "edit_rows"),
    ("delete", "edit_rows"),
    ("run", "run_migration"),
];

/// Runs the command.
pub fn run(args: &ExplainArgs, out: &mut Output) -> Result<Exit, Failure> {
    let all = explained();
    let in_plans = |name: &str| {
        let alias = IN_FILES.iter().find(|(in_file, _)| *in_file == name);
        alias.map_or_else(|| name.to_owned(), |(_, in_plan)| (*in_plan).to_owned())
    };
    let asked = args.step.as_deref().map(in_plans);
    let chosen: Vec<&Explained> = match &asked {
        Some(name) => all.iter().filter(|kind| kind.name == name).collect(),
        None => all.iter().collect(),
    };
    if let (Some(name), true) = (&args.step, chosen.is_empty()) {
        let names: Vec<&str> = all.iter().map(|kind| kind.name).collect();
        let problem = format!("there is no step {name}: there are {}", names.join(", "));
        return Err(Failure::Told(Exit::Usage, problem));
    }
    if out.json {
        let kinds = chosen.iter().map(|kind| {
            json!({
                "step": kind.name,
                "does": kind.does,
                "class": kind.class,
                "cost": kind.cost,
                "back": kind.back,
            })
        });
        out.value(&kinds.collect::<Value>())?;
        return Ok(Exit::Ok);
    }
    for kind in &chosen {
        if args.step.is_none() {
            out.line(&format!("{:22} {}", kind.name, kind.does))?;
            continue;
        }
        out.line(&format!("{}: {}", kind.name, kind.does))?;
        out.line(&format!("  class: {}", kind.class))?;
        out.line(&format!("  cost:  {}", kind.cost))?;
        out.line(&format!("  back:  {}", kind.back))?;
    }
    Ok(Exit::Ok)
}
