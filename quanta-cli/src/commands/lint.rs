//! `quanta lint`: what is worth a second look in a change.

use std::fs;
use std::path::{Path, PathBuf};

use quanta_core::lint::{Level, Levels, LintFinding, RULES, check, rule, to_sarif};
use quanta_core::lock::{compare, read};
use quanta_core::{Engine, HistoryDocument, Options, Plan};
use serde::Deserialize;
use serde_json::json;

use super::lock::told;
use super::plan::{Files, options, without_entities};
use crate::args::LintArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::program::Program;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta lint                                        (the last change that quanta.lock tells of)
  quanta lint --lock old/quanta.lock --sarif > lint.sarif
  quanta lint --explain Q002
  cargo run --bin manage -- lint                     (the entities against quanta.lock)
  cargo run --bin manage -- lint --store app.quanta  (the entities against a store: rows are counted)

Levels are in quanta-lint.toml, or the file that --config names:
  [rules]
  Q001 = \"allow\"    # or warn, or deny

Exit code 1: a finding is at the level deny.

JSON: {\"findings\": [{\"code\", \"rule\", \"level\": \"warn\" | \"deny\", \"table\", \"path\", \"problem\", \"fix\"}]}
      With --explain: {\"code\", \"rule\", \"level\", \"summary\", \"why\", \"fix\"}.";

const LOCK: &str = "quanta.lock";
const CONFIG: &str = "quanta-lint.toml";

/// The file with the levels.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    rules: Levels,
}

/// Runs the command.
pub fn run(program: &Program, args: &LintArgs, out: &mut Output) -> Result<Exit, Failure> {
    if let Some(code) = &args.explain {
        return explain(code, out);
    }
    let levels = levels(args.config.as_deref())?;
    let (plan, file) = match &args.store {
        Some(store) => {
            let plan = options(program, Files::NONE, "lint --store")?.plan(store)?;
            (plan, store.clone())
        }
        None => {
            let file = args.lock.clone().unwrap_or_else(|| PathBuf::from(LOCK));
            (planned(program, &file)?, file)
        }
    };
    let findings = check(&plan, &levels);
    let is_denied = findings.iter().any(|finding| finding.level == Level::Deny);
    if args.sarif {
        out.value(&to_sarif(&findings, &file.display().to_string()))?;
    } else if out.json {
        let findings: Vec<_> = findings.iter().map(LintFinding::to_json).collect();
        out.value(&json!({ "findings": findings }))?;
    } else {
        print(&findings, out)?;
    }
    Ok(if is_denied { Exit::Findings } else { Exit::Ok })
}

fn print(findings: &[LintFinding], out: &mut Output) -> std::io::Result<()> {
    for finding in findings {
        out.line(&finding.to_string())?;
        out.line(&format!("  fix: {}", finding.rule.fix))?;
    }
    match findings.len() {
        0 => out.line("nothing to say"),
        found => out.line(&format!(
            "{}: `--explain {}` says why",
            output::count(found as u64, "finding"),
            findings[0].rule.code
        )),
    }
}

fn explain(code: &str, out: &mut Output) -> Result<Exit, Failure> {
    let Some(rule) = rule(code) else {
        let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
        let problem = format!("there is no rule {code}: there are {}", codes.join(", "));
        return Err(Failure::Told(Exit::Usage, problem));
    };
    if out.json {
        out.value(&json!({
            "code": rule.code,
            "rule": rule.name,
            "level": rule.level,
            "summary": rule.summary,
            "why": rule.why,
            "fix": rule.fix,
        }))?;
    } else {
        out.heading(&format!("{} {} ({})", rule.code, rule.name, rule.level.name()))?;
        for (name, text) in [("what", rule.summary), ("why", rule.why), ("fix", rule.fix)] {
            out.line(&format!("{name}: {text}"))?;
        }
    }
    Ok(Exit::Ok)
}

fn levels(file: Option<&Path>) -> Result<Levels, Failure> {
    let usage = |problem: String| Failure::Told(Exit::Usage, problem);
    let path = file.unwrap_or(Path::new(CONFIG));
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Levels::default());
        }
        Err(error) => return Err(usage(format!("reading {}: {error}", path.display()))),
    };
    let config: Config =
        toml::from_str(&text).map_err(|error| usage(format!("{}: {error}", path.display())))?;
    if let Some(code) = config.rules.unknown().next() {
        return Err(usage(format!("{}: there is no rule {code}", path.display())));
    }
    Ok(config.rules)
}

/// Plans the change between a lock and the entities; without entities, the last one that the lock tells of.
fn planned(program: &Program, file: &Path) -> Result<Plan, Failure> {
    let missing = || {
        let problem = format!(
            "there is no {}: `lock` writes it; {}",
            file.display(),
            without_entities("lock")
        );
        Failure::Told(Exit::Usage, problem)
    };
    let document = read(file).map_err(told)?.ok_or_else(missing)?;
    match program {
        Program::Own(options) => Ok(compare(&document, options, None).map_err(told)?.plan),
        Program::Standalone => last_change(&document),
    }
}

/// Plans the last version of a document for a store that went through those before it.
fn last_change(document: &HistoryDocument) -> Result<Plan, Failure> {
    let Some((last, before)) = document.versions.split_last() else {
        return Ok(Plan::default());
    };
    let engine = Engine::memory();
    let options = |version| Options::new().engine(engine.clone()).tables_of(version);
    for version in before {
        drop(options(version).open("lint").map_err(told)?);
    }
    options(last).plan("lint").map_err(told)
}
