//! Own migrations of whole rows beside, or in place of, the arms.

use super::super::lens::RowCode;
use super::super::refusal::RefusalKind;
use super::super::rows::{ROW_PATH, Reversal, RowEdit, RowMigration};
use super::super::step::Change;
use super::Pairing;

impl Pairing<'_> {
    /// Adds the migrations that run with this change. One that makes the new row by itself takes the place of all that
    /// was found to be different.
    pub(super) fn pair_rows(&mut self, migrations: &[&RowMigration]) -> Option<RowCode> {
        let first = migrations.first()?;
        if first.replaces {
            self.steps
                .retain(|step| matches!(step.change, Change::ChangeKey { .. }));
            self.refusals
                .retain(|refusal| refusal.kind == RefusalKind::Claimed);
        }
        for migration in migrations {
            self.step(match &migration.edit {
                Some(edit) => Change::EditRows(edit.clone()),
                None => Change::RunMigration {
                    id: migration.id.clone(),
                    reversal: migration.reversal.clone(),
                    tags: migration.tags.clone(),
                },
            });
        }
        let takes_out = |migration: &&RowMigration| migration.edit.as_ref().is_some_and(RowEdit::takes_out);
        if migrations.iter().any(takes_out) {
            self.drops.insert(ROW_PATH.to_owned());
        }
        let mut down = Some(Vec::new());
        for migration in migrations.iter().rev() {
            match (&migration.reversal, &mut down) {
                // Rows that were changed since stay as they are: nothing is to be called for that.
                _ if migration.edit.as_ref().is_some_and(|edit| edit.down.is_empty()) => {}
                (Reversal::Inverse(name), Some(names)) => names.push(name.clone()),
                _ => down = None,
            }
        }
        Some(RowCode {
            up: migrations.iter().map(|migration| migration.id.clone()).collect(),
            down,
            replaces_arms: first.replaces,
        })
    }
}
