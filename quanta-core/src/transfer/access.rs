//! Import and export as collections have them.

use std::io::Write;
use std::sync::Arc;

use crate::codec::Decoder;
use crate::collection::{Collection, DynamicCollection, OnExisting};
use crate::error::{Error, ErrorKind, Result};
use crate::model::QuantaEntity;

use super::export::{self, Export};
use super::options::Import;
use super::pass::Row;
use super::report::{ImportProgress, ImportReport};
use super::run::{self, Target};
use super::source::ImportSource;

impl DynamicCollection {
    /// Reads rows in from CSV or JSON lines, by the schema that the store has. [`Import`] says what is read, and what is done
    /// about mistakes.
    ///
    /// # Errors
    ///
    /// [`Input`](crate::ErrorKind::Input) if lines are bad or can't be read: [`Error::import_report`](crate::Error::import_report)
    /// lists them, and says what is written. Those of the engine.
    pub fn import(&self, source: ImportSource<'_>, import: &Import) -> Result<ImportReport> {
        self.import_with(source, import, &mut |_| {})
    }

    /// Reads rows in, as [`DynamicCollection::import`], and calls `progress` now and then.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn import_with(
        &self,
        source: ImportSource<'_>,
        import: &Import,
        progress: &mut dyn FnMut(&ImportProgress),
    ) -> Result<ImportReport> {
        let table = self.table();
        let target = Target {
            core: self.core(),
            table,
            write: &|handle, on_existing, row| match on_existing {
                OnExisting::Refuse => handle.inner().insert(table, &row.key, &row.body),
                OnExisting::Replace => handle.inner().put(table, &row.key, &row.body),
            },
            check: &|_| Ok(()),
        };
        run::run(&target, source, import, progress)
    }

    /// Writes all rows as they are now, in the order of their keys, and returns how many. What is written later changes
    /// nothing of it.
    ///
    /// # Errors
    ///
    /// If a value can't be told from none ([`Export::none_as`]), a row is damaged, or the engine or the writer fails. A part
    /// of the rows may be written then.
    pub fn export(&self, writer: &mut dyn Write, export: &Export) -> Result<u64> {
        self.export_with(writer, export, &mut |_| {})
    }

    /// Writes all rows, as [`DynamicCollection::export`], and calls `progress` now and then with the rows so far.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn export_with(
        &self,
        writer: &mut dyn Write,
        export: &Export,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64> {
        export::run(self.table(), self.iter(), writer, export, progress)
    }
}

impl<E: QuantaEntity> Collection<E> {
    /// Reads rows in from CSV or JSON lines, each as an `E`. [`Import`] says what is read, and what is done about
    /// mistakes.
    ///
    /// # Errors
    ///
    /// As [`DynamicCollection::import`](crate::DynamicCollection::import). A row that `E` can't hold is a bad line.
    pub fn import(&self, source: ImportSource<'_>, import: &Import) -> Result<ImportReport> {
        self.import_with(source, import, &mut |_| {})
    }

    /// Reads rows in, as [`Collection::import`], and calls `progress` now and then.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn import_with(
        &self,
        source: ImportSource<'_>,
        import: &Import,
        progress: &mut dyn FnMut(&ImportProgress),
    ) -> Result<ImportReport> {
        let table = self.table()?;
        let target = Target {
            core: self.core(),
            table,
            write: &|handle, on_existing, row| {
                let typed = self.entity_of(row)?;
                match on_existing {
                    OnExisting::Refuse => handle.collection::<E>().insert(&typed),
                    OnExisting::Replace => handle.collection::<E>().put(&typed),
                }
            },
            check: &|row| self.entity_of(row).map(|_| ()),
        };
        run::run(&target, source, import, progress)
    }

    fn entity_of(&self, row: &Row) -> Result<E> {
        let mut input = Decoder::new(&row.body);
        let decoded = E::decode(&mut input).and_then(|row| input.finish().map(|()| row));
        decoded.map_err(|error| {
            let name = &E::declaration().rust_name;
            Error::new(ErrorKind::Value, format!("{name} can't hold the row: {error}"))
        })
    }

    /// Writes all rows as they are now, as [`DynamicCollection::export`](crate::DynamicCollection::export).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn export(&self, writer: &mut dyn Write, export: &Export) -> Result<u64> {
        // The entity has the shape of the table, or there is nothing to export.
        self.table()?;
        DynamicCollection::new(Arc::clone(self.core()), E::TABLE)?.export(writer, export)
    }
}
