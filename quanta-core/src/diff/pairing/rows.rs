//! Own migrations of whole rows beside, or in place of, the arms.

use super::super::lens::RowCode;
use super::super::refusal::RefusalKind;
use super::super::rows::{Reversal, RowMigration};
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
            self.step(Change::RunMigration {
                id: migration.id.clone(),
                reversal: migration.reversal.clone(),
                tags: migration.tags.clone(),
            });
        }
        let inverse = |migration: &&RowMigration| match &migration.reversal {
            Reversal::Inverse(down) => Some(down.clone()),
            Reversal::Kept | Reversal::Irreversible => None,
        };
        Some(RowCode {
            up: migrations.iter().map(|migration| migration.id.clone()).collect(),
            down: migrations.iter().rev().map(inverse).collect(),
            replaces_arms: first.replaces,
        })
    }
}
