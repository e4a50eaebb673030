//! The rules, one function each.

use crate::codec::Class;
use crate::diff::{Change, Cost, RefusalKind, Reversal, Step};
use crate::plan::{Plan, TablePlan};
use crate::schema::{IndexDef, Schema};

use super::Level;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// What it is called in configurations: `Q` and three digits. A code is never used for another rule.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How much it matters if nothing else is said.
    pub level: Level,
    /// What it finds, in a sentence.
    pub summary: &'static str,
    /// Why that is worth a look.
    pub why: &'static str,
    /// What to do about it.
    pub fix: &'static str,
    pub(super) find: fn(&Plan, &mut Vec<Hit>),
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}

/// Where a rule found something.
#[derive(Debug)]
pub struct Hit {
    pub(super) table: String,
    pub(super) path: String,
    pub(super) problem: String,
}

/// Finds a rule by its code.
#[must_use]
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// All rules, by code.
pub const RULES: &[Rule] = &[
    Rule {
        code: "Q001",
        name: "lossy-step",
        level: Level::Warn,
        summary: "a step takes values out of the rows",
        why: "The store keeps the values until they are forgotten, and a rollback gives them back. But queries, exports and \
              this program don't see them any more.",
        fix: "nothing, if that is what is meant; else leave the field in, or rename it with `renamed_from`",
        find: lossy,
    },
    Rule {
        code: "Q002",
        name: "checked-step",
        level: Level::Warn,
        summary: "a step may meet rows that don't fit",
        why: "All rows are looked at before anything changes, and one that doesn't fit refuses the change, on the disk of \
              whoever has it.",
        fix: "say what becomes of such rows, with `on_failure`, or convert them, with `convert_with`",
        find: checked,
    },
    Rule {
        code: "Q003",
        name: "refused",
        level: Level::Deny,
        summary: "the change would be refused",
        why: "No store that stands where this one does can be opened with these entities.",
        fix: "what the plan says",
        find: refused,
    },
    Rule {
        code: "Q004",
        name: "ambiguous",
        level: Level::Deny,
        summary: "something went and something came: a rename, or not",
        why: "A guess would put values where they don't belong, or take them out of sight.",
        fix: "`renamed_from` at what came, or `new`",
        find: ambiguous,
    },
    Rule {
        code: "Q005",
        name: "missing-default",
        level: Level::Deny,
        summary: "a new field has no value for the rows that are there",
        why: "Every row needs one when it is read.",
        fix: "`default`, `init_with`, or an option",
        find: missing_default,
    },
    Rule {
        code: "Q006",
        name: "unique-on-data",
        level: Level::Warn,
        summary: "an index becomes unique over rows that are there",
        why: "Rows with equal values refuse the change, on the disk of whoever has them.",
        fix: "say which row stays, with `on_failure`, or leave the index as it is",
        find: unique_on_data,
    },
    Rule {
        code: "Q007",
        name: "wide-rewrite",
        level: Level::Warn,
        summary: "a step writes every row, or an entry for each, before the store opens",
        why: "The open takes as long as that, and the store up to twice its place on the disk meanwhile.",
        fix: "nothing, if tables are small; else tell users, with `Options::progress`",
        find: wide_rewrite,
    },
    Rule {
        code: "Q008",
        name: "irreversible",
        level: Level::Warn,
        summary: "nothing leads back over a migration",
        why: "A rollback past it is refused, and an older program can't take the store on.",
        fix: "give the migration its way back",
        find: irreversible,
    },
    Rule {
        code: "Q009",
        name: "name-style",
        level: Level::Warn,
        summary: "a name is not in small letters with lines between words",
        why: "Texts of queries, exports and the names of other tables are easier to write when all names look alike.",
        fix: "`table = \"..\"` at the struct, or another name of the field",
        find: name_style,
    },
    Rule {
        code: "Q010",
        name: "unindexed-reference",
        level: Level::Warn,
        summary: "no index begins with the fields of a reference",
        why: "Deleting a row that others may refer to looks at every row of this table.",
        fix: "`index` at the field",
        find: unindexed_reference,
    },
    Rule {
        code: "Q011",
        name: "dropped-table",
        level: Level::Warn,
        summary: "a table goes",
        why: "Its rows stay in the store, out of sight, until they are forgotten.",
        fix: "nothing, if that is what is meant; else `renamed_from` at the struct",
        find: dropped_table,
    },
    Rule {
        code: "Q012",
        name: "variant-without-replacement",
        level: Level::Warn,
        summary: "a variant goes, and no other one takes its place",
        why: "A row that has it refuses the change, on the disk of whoever has it.",
        fix: "`fallback_for` at the variant that takes its place",
        find: dropped_variant,
    },
];

fn at(step: &Step, path: &str, problem: impl Into<String>) -> Hit {
    Hit {
        table: step.table.clone(),
        path: path.to_owned(),
        problem: problem.into(),
    }
}

fn steps(plan: &Plan, hits: &mut Vec<Hit>, mut find: impl FnMut(&TablePlan, &Step) -> Option<Hit>) {
    for table in &plan.tables {
        hits.extend(table.steps.iter().filter_map(|step| find(table, step)));
    }
}

fn lossy(plan: &Plan, hits: &mut Vec<Hit>) {
    steps(plan, hits, |table, step| {
        let is_told_elsewhere = matches!(step.change, Change::DropTable);
        if step.class != Class::Lossy || is_told_elsewhere {
            return None;
        }
        let sentence = step.to_string();
        let loss = table.losses.iter().find(|loss| loss.step == sentence);
        let rows = match loss.and_then(|loss| loss.rows) {
            Some(rows) => format!("{sentence}: {rows} rows lose something"),
            None => sentence,
        };
        Some(at(step, step.change.path(), rows))
    });
}

fn checked(plan: &Plan, hits: &mut Vec<Hit>) {
    steps(plan, hits, |_, step| {
        let is_told_elsewhere = matches!(
            step.change,
            Change::DropVariant { .. } | Change::BuildIndex { .. } | Change::AlterIndex { .. }
        );
        let is_open = match &step.change {
            Change::ChangeType { on_failure, .. } | Change::ChangeKey { on_failure, .. } => {
                on_failure.is_none()
            }
            _ => true,
        };
        let is_found = step.class == Class::Checked && is_open && !is_told_elsewhere;
        is_found.then(|| at(step, step.change.path(), step.to_string()))
    });
}

fn refusals(plan: &Plan, hits: &mut Vec<Hit>, is_found: impl Fn(RefusalKind) -> bool) {
    let found = plan.refusals.iter().filter(|refusal| is_found(refusal.kind));
    hits.extend(found.map(|refusal| Hit {
        table: refusal.table.clone(),
        path: refusal.path.clone(),
        problem: refusal.problem.clone(),
    }));
}

fn refused(plan: &Plan, hits: &mut Vec<Hit>) {
    refusals(plan, hits, |kind| {
        !matches!(kind, RefusalKind::Ambiguous | RefusalKind::NoDefault)
    });
}

fn ambiguous(plan: &Plan, hits: &mut Vec<Hit>) {
    refusals(plan, hits, |kind| kind == RefusalKind::Ambiguous);
}

fn missing_default(plan: &Plan, hits: &mut Vec<Hit>) {
    refusals(plan, hits, |kind| kind == RefusalKind::NoDefault);
}

fn unique_on_data(plan: &Plan, hits: &mut Vec<Hit>) {
    steps(plan, hits, |table, step| {
        let index: &IndexDef = match &step.change {
            Change::BuildIndex { index } if table.before.is_some() => index,
            Change::AlterIndex { to, .. } => to,
            _ => return None,
        };
        index.unique.then(|| at(step, &index.name, step.to_string()))
    });
}

fn wide_rewrite(plan: &Plan, hits: &mut Vec<Hit>) {
    steps(plan, hits, |table, step| {
        let is_wide = step.cost() == Cost::Build && table.before.is_some();
        is_wide.then(|| at(step, step.change.path(), step.to_string()))
    });
}

fn irreversible(plan: &Plan, hits: &mut Vec<Hit>) {
    steps(plan, hits, |_, step| {
        let reversal = match &step.change {
            Change::RunMigration { reversal, .. } => *reversal == Reversal::Irreversible,
            Change::RunTableMigration(migration) => migration.reversal == Reversal::Irreversible,
            _ => false,
        };
        reversal.then(|| at(step, "", step.to_string()))
    });
}

fn is_snake_case(name: &str) -> bool {
    let small = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    name.chars().all(small) && name.starts_with(|char: char| char.is_ascii_lowercase() || char == '_')
}

/// Returns the part of names that a change gives.
fn name_style(plan: &Plan, hits: &mut Vec<Hit>) {
    steps(plan, hits, |table, step| {
        let wrong = |name: &str| format!("the name {name} is not in small letters");
        match &step.change {
            Change::CreateTable | Change::RenameTable { .. } if !is_snake_case(&table.name) => {
                Some(at(step, "", wrong(&table.name)))
            }
            Change::AddField { path, .. } | Change::RenameField { path, .. } => {
                let name = path.rsplit(['.', ':']).next().unwrap_or(path);
                let is_position = name.starts_with(|char: char| char.is_ascii_digit());
                (!is_position && !is_snake_case(name)).then(|| at(step, path, wrong(name)))
            }
            _ => None,
        }
    });
    for table in plan.tables.iter().filter(|table| table.before.is_none()) {
        let fields = table.after.iter().flat_map(|schema| schema.shape.fields());
        hits.extend(
            fields
                .filter(|field| !is_snake_case(&field.name))
                .map(|field| Hit {
                    table: table.name.clone(),
                    path: field.name.clone(),
                    problem: format!("the name {} is not in small letters", field.name),
                }),
        );
    }
}

fn unindexed_reference(plan: &Plan, hits: &mut Vec<Hit>) {
    for table in &plan.tables {
        let Some(after) = &table.after else { continue };
        let known = table.before.iter().flat_map(|schema| &schema.references);
        let known: Vec<_> = known.collect();
        let new = after
            .references
            .iter()
            .filter(|reference| !known.contains(reference));
        hits.extend(
            new.filter(|reference| !has_index(after, &reference.fields))
                .map(|reference| Hit {
                    table: table.name.clone(),
                    path: reference.fields.join(", "),
                    problem: format!(
                        "nothing finds the rows that refer to a row of {} but a look at all",
                        reference.table
                    ),
                }),
        );
    }
}

/// Tells whether an index, or the key, begins with these fields.
fn has_index(schema: &Schema, fields: &[String]) -> bool {
    let begins =
        |paths: &mut dyn Iterator<Item = &String>| fields.iter().all(|field| paths.next() == Some(field));
    let by_index = |index: &IndexDef| begins(&mut index.fields.iter().map(|field| &field.path));
    begins(&mut schema.key.iter()) || schema.indexes.iter().any(by_index)
}

fn dropped_table(plan: &Plan, hits: &mut Vec<Hit>) {
    steps(plan, hits, |_, step| {
        matches!(step.change, Change::DropTable).then(|| at(step, "", step.to_string()))
    });
}

fn dropped_variant(plan: &Plan, hits: &mut Vec<Hit>) {
    steps(plan, hits, |_, step| match &step.change {
        Change::DropVariant {
            path, becomes: None, ..
        } => Some(at(step, path, step.to_string())),
        _ => None,
    });
}
