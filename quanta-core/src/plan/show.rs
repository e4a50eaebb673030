//! Plans for people and for programs.

use std::fmt;

use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use crate::diff::{Change, Fill, Step};
use crate::schema::{Schema, ViewSchema, schema_text};

use super::plan::{FilePlan, Movement, Plan, Sample, TablePlan};
use super::views::{ViewPlan, view_text};

/// How much colour a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// None.
    #[default]
    Plain,
    /// Green for what comes, red for what goes, by the escape codes of terminals (ECMA-48).
    Coloured,
}

impl Step {
    /// Returns the step as JSON: `{"change", "class", "cost", "sentence"}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "change": self.change,
            "class": self.class,
            "cost": self.cost(),
            "sentence": self.to_string(),
        })
    }
}

impl Movement {
    /// Returns the name in reports and JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Change { .. } => "change",
            Self::Travel { .. } => "travel",
            Self::Reenter { .. } => "reenter",
            Self::Follow { .. } => "follow",
            Self::Relabel => "relabel",
            Self::Drop => "drop",
        }
    }
}

impl Plan {
    /// Returns the plan as JSON: `{"tables": [..], "views": [..], "refusals": [..], "unregistered": [..]}` (docs/migrations.md).
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let json = options().entities::<(City,)>().plan("cities")?.to_json(); // `City` has one field more.
    /// assert_eq!(json["tables"][0]["name"], "cities");
    /// assert_eq!(json["refusals"], serde_json::json!([]));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        let file = |file: &FilePlan| json!({ "id": file.id, "name": file.name, "plan": file.plan.to_json() });
        json!({
            "class": self.class(),
            "cost": self.cost(),
            "files": self.files.iter().map(file).collect::<Vec<_>>(),
            "tables": self.tables.iter().map(table_json).collect::<Vec<_>>(),
            "views": self.views.iter().map(view_plan_json).collect::<Vec<_>>(),
            "refusals": self.refusals,
            "unregistered": self.unregistered,
            "notes": self.notes,
        })
    }

    /// Returns the plan as text: per table the difference of its schema, then the steps.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Style};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # drop(options().entities::<(Before,)>().open("cities")?);
    /// let plan = options().entities::<(City,)>().plan("cities")?; // `City` has one field more.
    /// assert!(plan.to_text(Style::Plain).contains("\n+   people: option<u64>\n"));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_text(&self, style: Style) -> String {
        let mut text = String::new();
        for file in &self.files {
            text.push_str(&format!("{}: {}\n", file.id, file.name));
            for line in file.plan.to_text(style).lines() {
                text.push_str(&format!("  {line}\n"));
            }
        }
        let (go, come): (Vec<_>, Vec<_>) = self.views.iter().partition(|view| view.movement.goes());
        for view in go {
            text.push_str(&view_diff(view, style));
        }
        for table in &self.tables {
            write_table(table, style, &mut text);
        }
        for view in come {
            text.push_str(&view_diff(view, style));
        }
        for refusal in &self.refusals {
            text.push_str(&format!("refused: {refusal}\n"));
        }
        if !self.unregistered.is_empty() {
            text.push_str(&format!(
                "left alone, without an entity here: {}\n",
                self.unregistered.join(", ")
            ));
        }
        for note in &self.notes {
            text.push_str(&format!("note: {note}\n"));
        }
        if text.is_empty() {
            text.push_str("nothing to do\n");
        }
        text
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text(Style::Plain))
    }
}

impl Plan {
    /// Returns what is approved with a plan: where it leads and how, without what was counted, and without values that are
    /// only made when it runs.
    pub(super) fn approved_part(&self) -> Value {
        let tables = self
            .tables
            .iter()
            .filter(|table| !table.steps.is_empty() || table.movement != Movement::Relabel);
        let tables = tables.map(|table| {
            let step = |step: &Step| json!([step.class, step.cost(), approved_change(table, step)]);
            let schema =
                |schema: &Option<Schema>| schema.as_ref().map(|schema| schema_text(&table.name, schema));
            json!([
                table.table,
                table.name,
                table.renamed_from,
                table.movement.name(),
                schema(&table.before),
                schema(&table.after),
                table.steps.iter().map(step).collect::<Vec<_>>(),
                table.write_defaults,
            ])
        });
        let views = self.views.iter().map(view_plan_json);
        let files = self
            .files
            .iter()
            .map(|file| json!([file.id, file.plan.approved_part()]));
        json!([
            files.collect::<Vec<_>>(),
            tables.collect::<Vec<_>>(),
            views.collect::<Vec<_>>()
        ])
    }
}

/// Returns a change. Where a function gives a new field its value once, that is told by its name, before it was called and
/// after.
fn approved_change(table: &TablePlan, step: &Step) -> Value {
    let Change::AddField { path, ty, fill } = &step.change else {
        return json!(step.change);
    };
    let function = match fill {
        Fill::Once(name) => Some(name),
        _ => table.frozen.get(path),
    };
    match function {
        Some(name) => json!(["add", path, ty, "once", name]),
        None => json!(["add", path, ty, fill]),
    }
}

fn table_json(table: &TablePlan) -> Value {
    let steps: Vec<Value> = table.steps.iter().map(Step::to_json).collect();
    json!({
        "name": table.name,
        "renamed_from": table.renamed_from,
        "movement": table.movement.name(),
        "steps": steps,
        "losses": table.losses,
        "restored": table.restored,
        "rows_checked": table.rows_checked,
        "rows_dropped": table.rows_dropped,
        "first_dropped": table.first_dropped,
        "sample": table.sample,
        "rows_returned": table.rows_returned,
        "rows_left_out": table.rows_left_out,
    })
}

fn view_plan_json(view: &ViewPlan) -> Value {
    json!({
        "name": view.name,
        "movement": view.movement.name(),
        "before": view.before.as_ref().map(view_json),
        "after": view.after.as_ref().map(view_json),
    })
}

/// Returns a view as JSON: `{"table", "columns": [{"name", "path", "type"}], "filter"}`.
#[must_use]
pub fn view_json(view: &ViewSchema) -> Value {
    let columns = view.columns.iter().map(|column| {
        json!({
            "name": column.name,
            "path": column.path,
            "type": column.shape.to_string(),
        })
    });
    json!({
        "table": view.table,
        "columns": columns.collect::<Vec<_>>(),
        "filter": view.filter.as_ref().map(|filter| &filter.text),
    })
}

fn view_diff(view: &ViewPlan, style: Style) -> String {
    let text = |schema: &Option<ViewSchema>| {
        let schema = schema.as_ref();
        schema.map_or_else(String::new, |schema| view_text(&view.name, schema))
    };
    let mut shown = diff_text(&text(&view.before), &text(&view.after), style);
    shown.push_str(&format!("  exact   record {}\n", view.movement.of(&view.name)));
    shown
}

fn write_table(table: &TablePlan, style: Style, text: &mut String) {
    text.push_str(&schema_diff(table, style));
    for step in &table.steps {
        text.push_str(&format!("  {:<7} {:<6} {step}\n", step.class, step.cost()));
    }
    if gives_back(table) {
        text.push_str(
            "  what was kept of a row comes back; what is said above of added fields is for rows without\n",
        );
    }
    for loss in &table.losses {
        match loss.rows {
            Some(rows) => text.push_str(&format!(
                "  kept: {} ({rows} rows{})\n",
                loss.step,
                firsts(rows, &loss.first)
            )),
            None => text.push_str(&format!("  kept: {} (rows are not counted ahead)\n", loss.step)),
        }
    }
    for given in &table.restored {
        let rows = given.rows;
        text.push_str(&format!(
            "  restored: {} rows have the kept value of {} in {} again, {} keep the value that they were given since",
            rows.rows_restored, given.from, given.path, rows.rows_left
        ));
        match rows.rows_unfit {
            0 => text.push('\n'),
            unfit => text.push_str(&format!(
                ", {unfit} kept values don't fit and stay where they are\n"
            )),
        }
    }
    if let Some(rows) = table.rows_checked {
        text.push_str(&format!("  {rows} rows checked\n"));
    }
    if let Some(Sample { key, before, after }) = &table.sample {
        text.push_str(&format!("  row {key}, for example:\n  - {before}\n  + {after}\n"));
    }
    if !table.first_dropped.is_empty() {
        let first = firsts(table.rows_dropped, &table.first_dropped);
        text.push_str(&format!("  taken out{first}\n"));
    }
    let counts = [
        (table.rows_dropped, "rows are taken out, and kept"),
        (table.rows_returned, "rows that were taken out come back"),
        (
            table.rows_left_out,
            "rows that were taken out stay out: live rows have their keys",
        ),
    ];
    for (rows, what) in counts.into_iter().filter(|(rows, _)| *rows > 0) {
        text.push_str(&format!("  {rows} {what}\n"));
    }
}

/// Tells whether fields come on a way that rows may have been on before.
fn gives_back(table: &TablePlan) -> bool {
    let knows_the_way = matches!(table.movement, Movement::Travel { .. } | Movement::Reenter { .. });
    let adds = |step: &Step| matches!(step.change, Change::AddField { .. });
    knows_the_way && table.steps.iter().any(adds)
}

/// Names the first of so many rows.
fn firsts(rows: u64, first: &[String]) -> String {
    if first.is_empty() {
        return String::new();
    }
    let more = if rows > first.len() as u64 { ", .." } else { "" };
    format!(": {}{more}", first.join(", "))
}

fn schema_diff(table: &TablePlan, style: Style) -> String {
    let named = |name: &str, schema: &Option<Schema>| {
        schema
            .as_ref()
            .map(|schema| schema_text(name, schema))
            .unwrap_or_default()
    };
    let before = named(table.renamed_from.as_ref().unwrap_or(&table.name), &table.before);
    let after = if table.movement == Movement::Drop {
        String::new()
    } else {
        named(&table.name, &table.after)
    };
    diff_text(&before, &after, style)
}

/// Returns the difference of two texts, line by line.
///
/// ```
/// use quantadb::{Style, plan::diff_text};
///
/// assert_eq!(diff_text("id: u64\nage: u8\n", "id: u64\nage: u16\n", Style::Plain), "  id: u64\n- age: u8\n+ age: u16\n");
/// ```
#[must_use]
pub fn diff_text(before: &str, after: &str, style: Style) -> String {
    let mut text = String::new();
    for change in TextDiff::from_lines(before, after).iter_all_changes() {
        let (sign, colour) = match change.tag() {
            ChangeTag::Delete => ("-", "\u{1b}[31m"),
            ChangeTag::Insert => ("+", "\u{1b}[32m"),
            ChangeTag::Equal => (" ", ""),
        };
        let line = change.value().trim_end_matches('\n');
        match style {
            Style::Coloured if !colour.is_empty() => {
                text.push_str(&format!("{colour}{sign} {line}\u{1b}[0m\n"));
            }
            _ => text.push_str(format!("{sign} {line}").trim_end()),
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}
