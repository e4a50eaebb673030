//! Laws 1a and 1b from far back: going along the document at once gives what the changes one by one give, and so does
//! the direct change.

use std::collections::{BTreeMap, BTreeSet};

use crate::codec::Class;
use crate::diff::Change;
use crate::history::{HistoryDocument, HistoryHints, HistoryVersion, TableDecl, direct};
use crate::plan::Plan;
use crate::schema::Fingerprint;

use super::image::Image;
use super::law::{Check, Counterexample, Verdict};
use super::resolve::{Attempt, attempt};
use super::scratch::{Declared, Scratch};

/// Two stores with equal rows: one waits to go from one version to a later one at once, the other goes step by step.
#[derive(Debug)]
pub(super) struct Jump {
    /// The position of the version that is gone to.
    pub to: usize,
    from: usize,
    start: Declared,
    waiting: Scratch,
    stepping: Scratch,
    reasons: Reasons,
    /// Whether every step was taken as the document says it, without a word more.
    is_plain: bool,
}

impl Jump {
    pub fn new(store: &Scratch, here: &Declared, from: usize, to: usize) -> Self {
        Self {
            to,
            from,
            start: here.clone(),
            waiting: store.fork(),
            stepping: store.fork(),
            reasons: Reasons::default(),
            is_plain: true,
        }
    }

    /// Takes one step of the path; false if it can't be taken.
    pub fn step(&mut self, here: &Declared, next: &Declared) -> Check<bool> {
        let attempt = attempt(&self.stepping, here, next.clone())?;
        let Some(taken) = &attempt.taken else {
            return Ok(false);
        };
        self.is_plain &= attempt.refusals.is_empty();
        self.reasons.add(&here.version, &next.version, &taken.plan);
        self.reasons.add_dropped(&attempt, &taken.plan);
        Ok(true)
    }

    /// Opens with the last version and the history that leads there, and compares; none if somebody had to say more on
    /// the way than the document does, or a shape on it is also that of the start: then a store without labels doesn't
    /// tell which of the two it stands at.
    pub fn follow(&self, versions: &[HistoryVersion], here: &Declared) -> Option<Check> {
        let path = versions.get(self.from..=self.to).unwrap_or_default();
        let (first, later) = path.split_first()?;
        if !self.is_plain
            || first
                .tables
                .iter()
                .any(|(name, table)| comes_again(name, table, later))
        {
            return None;
        }
        Some(self.compare_followed((first, later), here))
    }

    fn compare_followed(
        &self,
        (first, later): (&HistoryVersion, &[HistoryVersion]),
        here: &Declared,
    ) -> Check {
        let bare = first
            .with_hints(HistoryHints::default())
            .map_err(Counterexample::new)?;
        let document = HistoryDocument {
            name: "rehearsal".to_owned(),
            versions: std::iter::once(&bare).chain(later).cloned().collect(),
        };
        let follower = self.waiting.fork();
        let found = Image::of(&follower.open_along(here, &document)?)?;
        let expected = Image::of(&self.stepping.open(here)?)?;
        expected.check_equal(&found)
    }

    /// Takes the whole path at once, and compares.
    pub fn finish(mut self, versions: &[HistoryVersion], here: &Declared) -> Verdict {
        match self.compare(versions, here) {
            Ok(None) => Verdict::Held,
            Ok(Some(reason)) => Verdict::Excused(reason),
            Err(broken) => {
                let from = &self.start.version.label;
                Verdict::Broken(broken.when(&format!("from version {from} at once")))
            }
        }
    }

    fn compare(&mut self, versions: &[HistoryVersion], here: &Declared) -> Check<Option<String>> {
        let path = versions.get(self.from..=self.to).unwrap_or_default();
        let next = direct(path).map_err(Counterexample::new)?;
        let direct = attempt(&self.waiting, &self.start, Declared::new(next))?;
        let Some(taken) = &direct.taken else {
            let refused: Vec<String> = direct
                .refusals
                .iter()
                .map(|refusal| refusal.problem.clone())
                .collect();
            let problem = format!("the change is refused: {}", refused.join("; "));
            return match self.reasons.any() {
                Some(_) => Ok(Some(problem)),
                None => Err(Counterexample::new(problem)),
            };
        };
        self.reasons.add_dropped(&direct, &taken.plan);
        let expected = Image::of(&self.stepping.open(here)?)?;
        let found = Image::of(&self.waiting.open(&taken.declared)?)?;
        self.differences(&expected, &found)
    }

    /// Compares table by table: a difference for which there is a reason is told, any other breaks the law.
    fn differences(&self, expected: &Image, found: &Image) -> Check<Option<String>> {
        let mut excuse = None;
        for (name, table) in &expected.tables {
            let other = found
                .tables
                .get(name)
                .ok_or_else(|| Counterexample::of_table(name, "the table is missing"))?;
            match (table.check_equal(name, other), self.reasons.of(name)) {
                (Ok(()), _) => {}
                (Err(_), Some(reason)) => excuse = excuse.or(Some(format!("{name}: {reason}"))),
                (Err(broken), None) => return Err(broken),
            }
        }
        Ok(excuse)
    }
}

/// Tells whether a table of a shape is there again after it was another one, or was gone.
fn comes_again(name: &str, table: &TableDecl, later: &[HistoryVersion]) -> bool {
    let fingerprint = Fingerprint::of(&table.schema);
    let is_there = |version: &&HistoryVersion| {
        let table = version.tables.get(name);
        table.is_some_and(|table| Fingerprint::of(&table.schema) == fingerprint)
    };
    later
        .iter()
        .skip_while(is_there)
        .any(|version| is_there(&version))
}

/// Why the direct change may give something else, by table.
#[derive(Debug, Default)]
struct Reasons {
    by_table: BTreeMap<String, String>,
    gone_fields: BTreeSet<(String, String)>,
    gone_tables: BTreeSet<String>,
    everywhere: Option<String>,
}

impl Reasons {
    fn any(&self) -> Option<&String> {
        self.everywhere.as_ref().or_else(|| self.by_table.values().next())
    }

    fn of(&self, table: &str) -> Option<&String> {
        self.everywhere.as_ref().or_else(|| self.by_table.get(table))
    }

    fn note(&mut self, table: &str, reason: String) {
        self.by_table.entry(table.to_owned()).or_insert(reason);
    }

    fn add(&mut self, before: &HistoryVersion, after: &HistoryVersion, plan: &Plan) {
        self.rename(plan);
        for step in plan.steps() {
            let table = &step.table;
            match &step.change {
                Change::DropTable => {
                    self.gone_tables.insert(table.clone());
                }
                Change::CreateTable if self.gone_tables.contains(table) => {
                    self.note(table, "it was dropped and came again on the way".to_owned());
                }
                Change::DropField { path, .. } | Change::DropVariant { path, .. } => {
                    self.gone_fields.insert((table.clone(), path.clone()));
                }
                Change::AddField { path, .. } | Change::AddVariant { path, .. }
                    if self.gone_fields.contains(&(table.clone(), path.clone())) =>
                {
                    self.note(table, format!("{path} was dropped and added again on the way"));
                }
                Change::ChangeType { path, from, to, .. } if step.class != Class::Exact => {
                    self.note(
                        table,
                        format!("{path} was converted from {from} to {to} on the way"),
                    );
                }
                Change::ChangeKey { .. } if step.class != Class::Exact => {
                    self.note(table, "rows moved to a key that another row may have".to_owned());
                }
                Change::SetDefault { path, .. } => {
                    self.note(table, format!("the default of {path} changed on the way"));
                }
                _ => {}
            }
        }
        for (name, table) in &after.tables {
            let old = plan.tables.iter().find(|planned| planned.name == *name);
            let old = old
                .and_then(|planned| planned.renamed_from.as_ref())
                .unwrap_or(name);
            let old = before.tables.get(old);
            let changed = old.and_then(|old| {
                let mut fields = table.schema.shape.fields().iter().map(|field| &field.name);
                fields.find(|field| {
                    old.schema.field(field).is_some()
                        && old.defaults.get(*field) != table.defaults.get(*field)
                })
            });
            if let Some(field) = changed {
                self.note(name, format!("the default of {field} changed on the way"));
            }
        }
        let inner =
            |version: &HistoryVersion| (version.type_defaults.clone(), version.default_variants.clone());
        if inner(before) != inner(after) {
            self.everywhere = Some("defaults of embedded types changed on the way".to_owned());
        }
    }

    /// Follows renames of tables.
    fn rename(&mut self, plan: &Plan) {
        let mut moved = BTreeMap::new();
        for table in &plan.tables {
            if let Some(reason) = table
                .renamed_from
                .as_ref()
                .and_then(|old| self.by_table.remove(old))
            {
                moved.insert(table.name.clone(), reason);
            }
        }
        self.by_table.extend(moved);
    }

    fn add_dropped(&mut self, attempt: &Attempt, plan: &Plan) {
        for old in attempt.deleted.keys() {
            let renamed = plan
                .tables
                .iter()
                .find(|table| table.renamed_from.as_ref() == Some(old));
            let name = renamed.map_or(old, |table| &table.name).clone();
            self.note(&name, "rows that don't fit were deleted on the way".to_owned());
        }
        for table in plan.tables.iter().filter(|table| table.rows_dropped > 0) {
            self.note(
                &table.name,
                "rows that don't fit were taken out on the way".to_owned(),
            );
        }
        let declared = attempt.refusals.iter().filter(|refusal| {
            matches!(
                refusal.resolution.as_deref(),
                Some("new" | "default" | "convert_with")
            )
        });
        for refusal in declared {
            self.note(
                &refusal.table,
                format!("{} was refused and resolved", refusal.path),
            );
        }
    }
}
