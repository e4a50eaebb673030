//! The program's own code on the way through the releases: what a release named, and what the program still has of it.

use crate::diff::{Refusal, RefusalKind, RowMigration};
use crate::history::HistoryVersion;
use crate::model::Declaration;
use crate::plan::migrations_run;
use crate::schema::{Initial, Slot, SlotHint, TableHints, content, slot_at};

use super::super::declared::DeclaredEntity;
use super::ahead::Ahead;

/// The own code of one table at one release.
pub(super) struct ReleaseCode<'a> {
    pub(super) version: &'a HistoryVersion,
    /// The table's name in that release.
    pub(super) table: &'a str,
    /// The program's entity of the table, if it has one.
    pub(super) entity: Option<&'a DeclaredEntity<'a>>,
}

impl ReleaseCode<'_> {
    /// Adds the functions that the release named to a table's hints.
    ///
    /// # Errors
    ///
    /// If the program doesn't have one of them any more, or it gives values of another type by now.
    pub(super) fn add_functions(&self, declaration: &mut Declaration) -> Result<(), Refusal> {
        let Ok(declared) = &mut declaration.declared else {
            return Ok(());
        };
        let named = self.version.hints.functions.get(self.table);
        for (path, function) in named.into_iter().flatten() {
            let slot = slot_at(&declared.schema.shape, path);
            let found = self
                .entity
                .and_then(|entity| find(&entity.declared.hints, function));
            let (Some(slot), Some(entity), Some((known, hint))) = (slot, self.entity, found) else {
                let problem =
                    format!("the function `{function}` is needed, and this program doesn't have it");
                return Err(self.refusal(path, problem));
            };
            let gives = |slot: Slot, shape: &crate::schema::Shape| {
                content(shape, slot).map(|node| shape.sub_shape(node))
            };
            let now = gives(known, &entity.declared.schema.shape);
            let then = gives(slot, &declared.schema.shape);
            if !now
                .as_ref()
                .zip(then.as_ref())
                .is_some_and(|(now, then)| now.is_same_as(then))
            {
                let [now, then] =
                    [now, then].map(|shape| shape.map(|shape| shape.to_string()).unwrap_or_default());
                let problem = format!("the function `{function}` gives {now} by now, and {then} is needed");
                return Err(self.refusal(path, problem));
            }
            let said = declared.hints.slots.entry(slot).or_default();
            said.initial = hint.initial.clone();
            said.conversion.clone_from(&hint.conversion);
        }
        Ok(())
    }

    /// Returns the migrations of rows that came with the release.
    ///
    /// # Errors
    ///
    /// If the program doesn't have one of them any more, the store has the table, and it did not run there.
    pub(super) fn migrations(&self, ahead: &Ahead, of_tables: &[&str]) -> Result<Vec<RowMigration>, Refusal> {
        let named = self.version.hints.migrations.get(self.table);
        let mut found = Vec::new();
        for id in named.into_iter().flatten() {
            let of_rows = self.entity.into_iter().flat_map(|entity| &entity.migrations);
            if let Some(migration) = of_rows.into_iter().find(|migration| migration.id == *id) {
                found.push(migration.clone());
            } else if !of_tables.contains(&id.as_str()) && !self.ran(ahead, id) {
                let problem = format!("the migration {id} is needed, and this program doesn't have it");
                return Err(self.refusal("", problem));
            }
        }
        Ok(found)
    }

    /// Tells whether a migration has nothing to do any more.
    fn ran(&self, ahead: &Ahead, id: &str) -> bool {
        let Some(table) = ahead.table(self.table) else {
            return true;
        };
        let of_rows = migrations_run(&table.versions, table.head.state.version);
        ahead.head.migrations.contains_key(id) || of_rows.is_ok_and(|ran| ran.contains(id))
    }

    fn refusal(&self, path: &str, problem: String) -> Refusal {
        Refusal {
            kind: RefusalKind::OwnCode,
            table: self.table.to_owned(),
            path: path.to_owned(),
            problem,
            fixes: Vec::new(),
        }
    }
}

/// Finds the field at which a program names a function today.
fn find<'h>(hints: &'h TableHints, function: &str) -> Option<(Slot, &'h SlotHint)> {
    let names = |hint: &SlotHint| {
        let initial =
            matches!(&hint.initial, Initial::Once(name) | Initial::Computed(name) if name == function);
        initial || hint.conversion.as_ref().is_some_and(|by| by.name == function)
    };
    let mut slots = hints.slots.iter();
    slots
        .find(|(_, hint)| names(hint))
        .map(|(slot, hint)| (*slot, hint))
}
