//! What becomes of renames when nobody says them: asked about, or taken for something else?

use serde::Serialize;

use crate::diff::{Change, RefusalKind, may_become};
use crate::history::{HistoryHints, HistoryVersion};
use crate::plan::{Direction, Movement, Plan};

use super::law::Counterexample;
use super::scratch::{Declared, Scratch};

/// What became of one rename whose hint was withheld.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RenameCheck {
    /// The table, by its new name, or the embedded type.
    pub place: String,
    /// The name before.
    pub from: String,
    /// The name after.
    pub to: String,
    /// What became of it.
    pub outcome: RenameOutcome,
}

/// What becomes of a rename that nobody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RenameOutcome {
    /// The plan asks: it was refused as ambiguous. Good.
    Asked,
    /// The plan drops one and adds the other: they have nothing in common that could be asked about.
    NotSimilar,
    /// Nothing can be seen: the shape is the same, or something else has the old name now.
    Unseen,
    /// What was renamed was not there, so that there is nothing to ask.
    NotThere,
    /// The plan drops one and adds the other, though one could become the other. A failure.
    Silent,
    /// The plan takes it for a rename. A failure.
    Guessed,
}

impl RenameOutcome {
    /// Tells whether nothing was guessed.
    #[must_use]
    pub fn is_good(self) -> bool {
        !matches!(self, Self::Silent | Self::Guessed)
    }

    /// Returns the name in reports and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::NotSimilar => "not similar",
            Self::Unseen => "unseen",
            Self::NotThere => "not there",
            Self::Silent => "silent",
            Self::Guessed => "guessed",
        }
    }
}

/// Plans a transition without its renames, and says what became of each.
pub(super) fn withheld(
    store: &Scratch,
    before: &HistoryVersion,
    after: &HistoryVersion,
) -> Result<Vec<RenameCheck>, Counterexample> {
    let hints = &after.hints;
    if hints.renamed_tables.is_empty() && hints.renamed_fields.is_empty() && hints.types.is_empty() {
        return Ok(Vec::new());
    }
    let bare = after.without_renames(before).map_err(Counterexample::new)?;
    let bare = Declared {
        direction: Direction::Forward,
        ..Declared::new(bare)
    };
    let plan = store.plan(&bare)?;
    let seen = Seen {
        plan: &plan,
        before,
        after,
    };
    let tables = hints.renamed_tables.iter().map(|(old, new)| RenameCheck {
        place: new.clone(),
        from: old.clone(),
        to: new.clone(),
        outcome: seen.table(old, new),
    });
    let fields = hints.renamed_fields.iter().flat_map(|(table, renamed)| {
        renamed.iter().map(|(old, new)| RenameCheck {
            place: table.clone(),
            from: old.clone(),
            to: new.clone(),
            outcome: seen.field(table, old, new),
        })
    });
    let slots = hints.types.iter().flat_map(|(name, hints)| {
        hints.renamed.iter().map(|(old, new)| RenameCheck {
            place: name.clone(),
            from: old.clone(),
            to: new.clone(),
            outcome: seen.slot(old, new),
        })
    });
    Ok(tables.chain(fields).chain(slots).collect())
}

/// A plan without renames, between two versions.
struct Seen<'a> {
    plan: &'a Plan,
    before: &'a HistoryVersion,
    after: &'a HistoryVersion,
}

impl Seen<'_> {
    fn is_asked(&self, table: &str, path: &str) -> bool {
        let mut refusals = self.plan.refusals.iter();
        refusals.any(|refusal| {
            refusal.kind == RefusalKind::Ambiguous && refusal.table == table && refusal.path == path
        })
    }

    fn changes(&self) -> impl Iterator<Item = (&str, &Change)> {
        self.plan.steps().map(|step| (step.table.as_str(), &step.change))
    }

    fn table(&self, old: &str, new: &str) -> RenameOutcome {
        if !self.before.tables.contains_key(old) {
            return RenameOutcome::NotThere;
        }
        if self.is_asked(new, "") {
            return RenameOutcome::Asked;
        }
        let mut changes = self.changes();
        if changes.any(|(table, change)| table == new && matches!(change, Change::RenameTable { .. })) {
            return RenameOutcome::Guessed;
        }
        if self.after.tables.contains_key(old) {
            // Another table has taken the name over, and seems to be the old one.
            return RenameOutcome::Unseen;
        }
        let is_created = self
            .plan
            .tables
            .iter()
            .any(|table| table.name == new && matches!(table.movement, Movement::Create { .. }));
        // The table that was left behind is reported, and has its rows.
        let is_told = self.plan.unregistered.iter().any(|table| table == old);
        match (is_created, is_told) {
            (true, true) => RenameOutcome::NotSimilar,
            (true, false) => RenameOutcome::Silent,
            (false, _) => RenameOutcome::Unseen,
        }
    }

    /// Tells whether the plan takes a table for another one, with a hint or without.
    fn moves(&self, old: &str, new: &str) -> bool {
        let mut tables = self.plan.tables.iter();
        tables.any(|table| table.name == new && table.renamed_from.as_deref() == Some(old))
    }

    fn field(&self, table: &str, old: &str, new: &str) -> RenameOutcome {
        let old_table = table_before(&self.after.hints, table);
        if self.is_asked(table, new) {
            return RenameOutcome::Asked;
        }
        if old_table != table && !self.moves(old_table, table) {
            // The field goes the way of its table.
            return self.table(old_table, table);
        }
        let fields = self
            .before
            .tables
            .get(old_table)
            .zip(self.after.tables.get(table));
        let is_taken_over = fields.is_some_and(|(_, after)| after.schema.field(old).is_some());
        let fields = fields.and_then(|(before, after)| {
            let old = before.schema.field(old)?;
            Some((
                &before.schema.shape,
                old.node,
                &after.schema.shape,
                after.schema.field(new)?.node,
            ))
        });
        let Some((old_shape, from, new_shape, to)) = fields else {
            return RenameOutcome::NotThere;
        };
        let mut changes = self.changes().filter(|(name, _)| *name == table);
        if changes.any(|(_, change)| matches!(change, Change::RenameField { path, .. } if path == new)) {
            return RenameOutcome::Guessed;
        }
        let mut changes = self.changes().filter(|(name, _)| *name == table);
        if is_taken_over {
            // Another field has the name now, and seems to be the old one.
            return RenameOutcome::Unseen;
        }
        let is_added =
            changes.any(|(_, change)| matches!(change, Change::AddField { path, .. } if path == new));
        match (is_added, may_become(old_shape, from, new_shape, to)) {
            (false, _) => RenameOutcome::Unseen,
            (true, false) => RenameOutcome::NotSimilar,
            (true, true) => RenameOutcome::Silent,
        }
    }

    /// Looks at a slot of an embedded type, which may stand in several places.
    fn slot(&self, old: &str, new: &str) -> RenameOutcome {
        let ends = |path: &str, name: &str| {
            let last = name.rsplit(['.', ':']).next().unwrap_or(name);
            path.strip_suffix(last)
                .is_some_and(|rest| rest.ends_with(['.', ':']))
        };
        let mut refusals = self.plan.refusals.iter();
        if refusals.any(|refusal| refusal.kind == RefusalKind::Ambiguous && ends(&refusal.path, new)) {
            return RenameOutcome::Asked;
        }
        let mut outcome = RenameOutcome::Unseen;
        for (_, change) in self.changes() {
            match change {
                Change::RenameField { path, from } | Change::RenameVariant { path, from }
                    if ends(path, new) && ends(&format!(".{from}"), old) =>
                {
                    return RenameOutcome::Guessed;
                }
                Change::AddField { path, .. } | Change::AddVariant { path, .. } if ends(path, new) => {
                    outcome = RenameOutcome::NotSimilar;
                }
                _ => {}
            }
        }
        outcome
    }
}

fn table_before<'t>(hints: &'t HistoryHints, table: &'t str) -> &'t str {
    let renamed = hints.renamed_tables.iter().find(|(_, new)| *new == table);
    renamed.map_or(table, |(old, _)| old)
}
