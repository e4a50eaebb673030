//! What the steps of a file make of the tables of a store: schemas with hints, as a program would declare them.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Edit, EditAction, RowEdit, Step, apply_as_declared};
use crate::model::{Declaration, Declared};
use crate::schema::{Schema, TableHints};

use super::changes::{change_of, unclassed};
use super::file::MigrationFile;
use super::step::FileStep;
use super::target::{Target, said_of};

/// Digits of a file's checksum in the names of its edits.
const EDIT_DIGITS: usize = 8;

/// A table as it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CurrentTable {
    /// Its schema.
    pub(crate) schema: Schema,
    /// Explicit defaults of its fields, encoded, by name.
    pub(crate) defaults: BTreeMap<String, Vec<u8>>,
}

/// What a file makes of the tables.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// The tables that change, as a program would declare them.
    pub(crate) declarations: Vec<Declaration>,
    /// The tables that go.
    pub(crate) dropped: BTreeSet<String>,
    /// What is done to rows, by table.
    pub(crate) edits: BTreeMap<String, RowEdit>,
    /// Migrations of the program's own.
    pub(crate) runs: BTreeSet<String>,
    /// All tables afterwards.
    pub(crate) tables: BTreeMap<String, CurrentTable>,
}

/// Applies a file to tables.
///
/// # Errors
///
/// Says which step names what isn't there, is there already, or can't be.
pub(crate) fn apply(
    file: &MigrationFile,
    tables: &BTreeMap<String, CurrentTable>,
) -> Result<Applied, String> {
    // Another text under one id is another edit: rows that crossed the first one go back over that.
    let id = format!("{}@{}", file.id, &file.checksum()[..EDIT_DIGITS]);
    let mut applied = changed(&file.up, &id, tables)?;
    if !file.down.is_empty() {
        check_down(file, tables, &applied)?;
    }
    for edit in applied.edits.values_mut() {
        edit.down = edits_of(&file.down)?
            .remove(table_of(&edit.id))
            .unwrap_or_default();
    }
    Ok(applied)
}

/// Checks that `down` leads back to where `up` began.
fn check_down(
    file: &MigrationFile,
    before: &BTreeMap<String, CurrentTable>,
    applied: &Applied,
) -> Result<(), String> {
    let back =
        changed(&file.down, &file.id, &applied.tables).map_err(|problem| format!("`down`: {problem}"))?;
    for name in before.keys().chain(back.tables.keys()) {
        let (one, two) = (before.get(name), back.tables.get(name));
        let is_same = match (one, two) {
            (Some(one), Some(two)) => looks_same(&one.schema, &two.schema) && one.defaults == two.defaults,
            _ => false,
        };
        if !is_same {
            return Err(format!(
                "`down` doesn't lead back: table {name} would not be what it was before `up`. Leave `down` out, and the store \
                 takes back what it has recorded"
            ));
        }
    }
    Ok(())
}

/// Tells whether two schemas are the same but for marks and names of types and indexes.
fn looks_same(one: &Schema, two: &Schema) -> bool {
    let indexes = |schema: &Schema| -> BTreeSet<_> {
        schema
            .indexes
            .iter()
            .map(|index| (index.fields.clone(), index.unique))
            .collect()
    };
    let plain = |schema: &Schema| {
        let text = apply_as_declared(schema, &[]).map(|plain| plain.shape.to_string());
        text.unwrap_or_else(|_| schema.shape.to_string())
    };
    plain(one) == plain(two)
        && one.key == two.key
        && one.references == two.references
        && indexes(one) == indexes(two)
}

/// The steps of one table, and where they begin.
struct Group<'s> {
    before: Option<(&'s str, &'s CurrentTable)>,
    steps: Vec<&'s FileStep>,
}

fn changed(steps: &[FileStep], id: &str, tables: &BTreeMap<String, CurrentTable>) -> Result<Applied, String> {
    let mut applied = Applied::default();
    let renamed = renamed_tables(steps, tables)?;
    let mut groups: BTreeMap<String, Group<'_>> = BTreeMap::new();
    for (name, table) in tables {
        if is_dropped(steps, name) {
            applied.dropped.insert(name.clone());
            continue;
        }
        let new_name = renamed.get(name.as_str()).copied().unwrap_or(name);
        let before = Some((name.as_str(), table));
        let group = Group {
            before,
            steps: Vec::new(),
        };
        if groups.insert(new_name.to_owned(), group).is_some() {
            return Err(format!("two tables would be called {new_name}"));
        }
    }
    for step in steps {
        add_step(step, tables, (&mut groups, &mut applied))?;
    }
    let edits = edits_of(steps)?;
    for (name, up) in edits {
        let edit = RowEdit {
            id: format!("{id}/{name}"),
            up,
            down: Vec::new(),
        };
        applied.edits.insert(name, edit);
    }
    for (name, group) in groups {
        finish_table(&name, &group, &renamed, &mut applied)?;
    }
    Ok(applied)
}

fn add_step<'s>(
    step: &'s FileStep,
    tables: &BTreeMap<String, CurrentTable>,
    (groups, applied): (&mut BTreeMap<String, Group<'s>>, &mut Applied),
) -> Result<(), String> {
    match step {
        FileStep::Run { migration } => {
            applied.runs.insert(migration.clone());
        }
        FileStep::DropTable { table } if tables.contains_key(table) => {}
        FileStep::RenameTable { .. } => {}
        FileStep::CreateTable(new) => {
            if applied.dropped.contains(&new.table) {
                return Err(format!(
                    "table {} is dropped and created: put that into two files, as one change it would keep its rows",
                    new.table
                ));
            }
            if groups.contains_key(&new.table) {
                return Err(format!("create_table: there is a table {} already", new.table));
            }
            let group = Group {
                before: None,
                steps: vec![step],
            };
            groups.insert(new.table.clone(), group);
        }
        _ => {
            let table = step.table().unwrap_or_default();
            let group = groups.get_mut(table).ok_or_else(|| {
                let known: Vec<&str> = tables.keys().map(String::as_str).collect();
                match known.as_slice() {
                    [] => format!("there is no table {table}, and no other one"),
                    known => format!("there is no table {table}: there are {}", known.join(", ")),
                }
            })?;
            group.steps.push(step);
        }
    }
    Ok(())
}

fn is_dropped(steps: &[FileStep], name: &str) -> bool {
    steps
        .iter()
        .any(|step| matches!(step, FileStep::DropTable { table } if table == name))
}

fn renamed_tables<'s>(
    steps: &'s [FileStep],
    tables: &BTreeMap<String, CurrentTable>,
) -> Result<BTreeMap<&'s str, &'s str>, String> {
    let mut renamed = BTreeMap::new();
    for step in steps {
        let FileStep::RenameTable { table, to } = step else {
            continue;
        };
        if !tables.contains_key(table) {
            return Err(format!("rename_table: there is no table {table}"));
        }
        crate::schema::check_name(to).map_err(|problem| format!("rename_table: {problem}"))?;
        if renamed.insert(table.as_str(), to.as_str()).is_some() {
            return Err(format!("rename_table: table {table} gets two names"));
        }
        if is_dropped(steps, table) {
            return Err(format!("table {table} is renamed and dropped"));
        }
    }
    Ok(renamed)
}

/// Puts together what a table is afterwards.
fn finish_table(
    name: &str,
    group: &Group<'_>,
    renamed: &BTreeMap<&str, &str>,
    applied: &mut Applied,
) -> Result<(), String> {
    let in_table = |problem: String| format!("table {name}: {problem}");
    if let [FileStep::CreateTable(new)] = group.steps.as_slice() {
        let (schema, defaults) = new.schema().map_err(in_table)?;
        let target = Target::new(
            schema,
            TableHints {
                is_new: true,
                ..TableHints::default()
            },
        );
        return declare(name, target.with_defaults(&defaults).map_err(in_table)?, applied);
    }
    let Some((old_name, before)) = group.before else {
        return Err(in_table(
            "it is created, and changed in the same file: say so in its creation".to_owned(),
        ));
    };
    let mut schema = before.schema.clone();
    follow_renames(&mut schema, renamed);
    let mut steps: Vec<Step> = Vec::new();
    for step in &group.steps {
        let change = change_of(step, &schema).map_err(in_table)?;
        steps.extend(change.map(|change| unclassed(name, change)));
    }
    let after = apply_as_declared(&schema, &steps).map_err(in_table)?;
    let is_renamed = old_name != name;
    let refers_anew = schema != before.schema;
    let is_edited = applied.edits.contains_key(name);
    let (target, defaults) = said_of(&group.steps, &steps, (before, after)).map_err(in_table)?;
    let current = CurrentTable {
        schema: target.schema.clone(),
        defaults,
    };
    if group.steps.is_empty() && !is_renamed && !refers_anew && !is_edited && applied.runs.is_empty() {
        applied.tables.insert(name.to_owned(), current);
        return Ok(());
    }
    let old_names = Some(old_name.to_owned()).filter(|_| is_renamed);
    declare(name, target.renamed_from(old_names), applied)
}

/// Lets references follow the tables that they lead to.
fn follow_renames(schema: &mut Schema, renamed: &BTreeMap<&str, &str>) {
    for reference in &mut schema.references {
        if let Some(to) = renamed.get(reference.table.as_str()) {
            (*to).clone_into(&mut reference.table);
        }
    }
    schema.sort_objects();
}

fn declare(name: &str, target: Target, applied: &mut Applied) -> Result<(), String> {
    let current = CurrentTable {
        schema: target.schema.clone(),
        defaults: target.explicit_defaults(),
    };
    applied.tables.insert(name.to_owned(), current);
    applied.declarations.push(Declaration {
        table: name.to_owned(),
        rust_name: "a migration file".into(),
        validate: None,
        #[cfg(any(test, feature = "testing"))]
        decode: None,
        declared: Ok(Declared::of(target.schema, target.hints)),
    });
    Ok(())
}

/// Collects what steps do to rows, by table.
fn edits_of(steps: &[FileStep]) -> Result<BTreeMap<String, Vec<Edit>>, String> {
    let mut edits: BTreeMap<String, Vec<Edit>> = BTreeMap::new();
    for step in steps {
        let edit = match step {
            FileStep::Set { values, filter, .. } => {
                if values.is_empty() {
                    return Err("set: it says no values".to_owned());
                }
                let values = values
                    .iter()
                    .map(|(path, value)| (path.clone(), value.to_string()));
                Edit {
                    filter: filter.clone(),
                    action: EditAction::Set(values.collect()),
                }
            }
            FileStep::Delete { filter, .. } => Edit {
                filter: filter.clone(),
                action: EditAction::Delete,
            },
            _ => continue,
        };
        edits
            .entry(step.table().unwrap_or_default().to_owned())
            .or_default()
            .push(edit);
    }
    Ok(edits)
}

/// Returns the table in the id of an edit.
fn table_of(id: &str) -> &str {
    id.rsplit_once('/').map_or(id, |(_, table)| table)
}
