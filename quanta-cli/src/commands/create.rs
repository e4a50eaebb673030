//! `create`: writes a new migration file.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use quanta_core::{
    Database, Delta, Engine, Error, ErrorKind, FileStep, MigrationFile, MigrationSource, Options, Sweep,
};
use serde_json::json;

use super::plan::without_entities;
use crate::args::CreateArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::program::Program;
use crate::store;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta create \"add tags\" --table users
  quanta create --delta \"users add mail string ''\"
  quanta create --delta \"contacts rename phone mobile\" --store app.quanta
  quanta create --delta \"users drop old_column\"
  quanta create --delta \"users list\"
  cargo run --bin manage -- create --tests tests/migrations.rs

A change in a line is checked against the tables of a store, or else against those that the files of the directory make
of an empty one, and gets its inverse. Its words:
  TABLE add FIELD TYPE [DEFAULT]    TABLE drop FIELD    TABLE rename FIELD NAME    TABLE type FIELD TYPE
  TABLE default FIELD [VALUE]    TABLE index FIELD[,FIELD..]    TABLE unique FIELD[,FIELD..]    TABLE list
All steps of a file are in docs/migration-files.md.

JSON: {\"path\", \"id\"}; of `list`: {\"table\", \"schema\"}";

/// Where a store in memory lies: nowhere.
const NOWHERE: &str = "memory";

/// Runs the command.
pub fn run(program: &Program, args: &CreateArgs, out: &mut Output) -> Result<Exit, Failure> {
    if let Some(path) = &args.tests {
        return tests(program, (path, &args.lock), out);
    }
    let tables = Tables::of(args)?;
    let delta: Option<Delta> = args.delta.as_deref().map(str::parse).transpose()?;
    if let Some(Delta::List(table)) = &delta {
        return list(table, &tables, out);
    }
    let name = match (&args.name, &delta) {
        (Some(name), _) => name.clone(),
        (None, Some(delta)) => delta.name(),
        (None, None) => String::new(),
    };
    let id = tables.next_id(&name);
    let text = match delta {
        Some(delta) => {
            let file = MigrationFile {
                depends_on: tables.leaves(),
                tags: args.tag.clone(),
                ..delta.file(&id)?
            };
            let whole = tables.options().with_inverse(&tables.path, file);
            whole.map_err(|error| tables.told(&error))?.to_toml()
        }
        None => skeleton(&id, &name, args, &tables)?,
    };
    let path = write(&args.migrations, &id, &text)?;
    if out.json {
        out.value(&json!({ "path": path.display().to_string(), "id": id }))?;
    } else {
        out.line(&path.display().to_string())?;
    }
    Ok(Exit::Ok)
}

/// Writes a file of tests for the entities of a program.
fn tests(program: &Program, (path, lock): (&Path, &Path), out: &mut Output) -> Result<Exit, Failure> {
    let Program::Own(options) = program else {
        return Err(Failure::Told(Exit::Usage, without_entities("create --tests")));
    };
    let text = quanta_core::lock::test_file_of(&seen_from(path, lock), options)?;
    write_new(path, &text)?;
    if out.json {
        out.value(&json!({ "path": path.display().to_string() }))?;
    } else {
        out.line(&path.display().to_string())?;
    }
    Ok(Exit::Ok)
}

/// Returns the path of a file as seen from the directory of another one, where both are relative to one directory.
fn seen_from(path: &Path, lock: &Path) -> String {
    if lock.is_absolute() {
        return lock.display().to_string();
    }
    let up = path
        .parent()
        .map_or(0, |directory| directory.components().count());
    format!("{}{}", "../".repeat(up), lock.display())
}

/// The tables that a new file is about, and the files before it.
struct Tables {
    options: Options,
    path: PathBuf,
    files: Vec<MigrationFile>,
}

impl Tables {
    fn of(args: &CreateArgs) -> Result<Self, Failure> {
        let source = MigrationSource::directory(&args.migrations);
        let files = if args.migrations.exists() {
            source.files()?
        } else {
            Vec::new()
        };
        let (options, path) = match &args.store {
            Some(path) => (store::writable(Sweep::Off), path.clone()),
            None => {
                let options = Options::new().entities::<()>().engine(Engine::memory());
                drop(options.clone().open(NOWHERE)?);
                (options, PathBuf::from(NOWHERE))
            }
        };
        Ok(Self {
            options: options.migration_files(MigrationSource::Given(files.clone())),
            path,
            files,
        })
    }

    fn options(&self) -> Options {
        self.options.clone()
    }

    /// Opens the tables as they are behind all files: a store itself stays as it is.
    fn open(&self) -> Result<Database, Failure> {
        if self.path == Path::new(NOWHERE) {
            return Ok(self.options().open(&self.path)?);
        }
        store::open(&self.path)
    }

    /// Tells of an error. Whoever names no store may have meant one.
    fn told(&self, error: &Error) -> Failure {
        let is_missing = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::MigrationFile);
        if self.path == Path::new(NOWHERE) && is_missing {
            let hint = "these are the tables that the files make: --store names a store that has others";
            return Failure::Told(Exit::Usage, format!("{error}\n  {hint}"));
        }
        error.into()
    }

    /// Lists the files that none depends on.
    fn leaves(&self) -> Vec<String> {
        let is_leaf =
            |file: &&MigrationFile| !self.files.iter().any(|other| other.depends_on.contains(&file.id));
        self.files
            .iter()
            .filter(is_leaf)
            .map(|file| file.id.clone())
            .collect()
    }

    /// Returns an id that comes behind those of all files, also where the clock went back.
    fn next_id(&self, name: &str) -> String {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        let ids: Vec<&str> = self.files.iter().map(|file| file.id.as_str()).collect();
        quanta_core::next_file_id(now, ids, name)
    }
}

/// Writes a file that nothing is in yet but what helps to fill it.
fn skeleton(id: &str, name: &str, args: &CreateArgs, tables: &Tables) -> Result<String, Failure> {
    let list = |key: &str, items: &[String]| {
        let items: Vec<String> = items.iter().map(|item| format!("{item:?}")).collect();
        if items.is_empty() {
            String::new()
        } else {
            format!("{key} = [{}]\n", items.join(", "))
        }
    };
    let mut text = format!("id = {id:?}\nname = {name:?}\n");
    text.push_str(&list("depends_on", &tables.leaves()));
    text.push_str(&list("tags", &args.tag));
    let table = args.table.as_deref().unwrap_or("users");
    if let Some(table) = &args.table {
        let db = tables.open()?;
        let schema = db.schema_text(table, None).map_err(|error| tables.told(&error))?;
        text.push_str("\n# The table as it is:\n");
        for line in schema.lines() {
            text.push_str(&format!("# {line}\n"));
        }
    }
    text.push_str(&format!(
        "\n# Steps: {}\n#\n# [[up]]\n# step = \"add_field\"\n# table = \"{table}\"\n# field = \"tags\"\n# type = \"list<string>\"\n",
        FileStep::NAMES.join(", ")
    ));
    Ok(text)
}

fn write(directory: &Path, id: &str, text: &str) -> Result<PathBuf, Failure> {
    let path = directory.join(format!("{id}.toml"));
    write_new(&path, text)?;
    Ok(path)
}

/// Writes a file that must not be there yet.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let told = |error: std::io::Error| {
        let problem = format!("{} can't be written: {error}", path.display());
        Failure::Told(Exit::Internal, problem)
    };
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(told)?;
    }
    let mut file = std::fs::File::options()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(told)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(told)
}

fn list(table: &str, tables: &Tables, out: &mut Output) -> Result<Exit, Failure> {
    let db = tables.open()?;
    let schema = db.schema_text(table, None).map_err(|error| tables.told(&error))?;
    if out.json {
        out.value(&json!({ "table": table, "schema": schema }))?;
    } else {
        out.text(&schema)?;
    }
    Ok(Exit::Ok)
}
