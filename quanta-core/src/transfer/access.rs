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
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.table("city")?;
    /// let file = "name,people\nOslo,717710\nBergen,291940\n";
    /// let report = cities.import(ImportSource::once(file.as_bytes()), &Import::csv())?;
    /// assert_eq!(report.to_string(), "2 rows written to city");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.table("city")?;
    /// let lines = (0..5_000).map(|number| format!("{{\"name\": \"city {number}\", \"people\": 0}}\n"));
    /// let file: String = lines.collect();
    /// let mut calls = 0;
    /// let source = ImportSource::once(file.as_bytes());
    /// let report = cities.import_with(source, &Import::json_lines(), &mut |_| calls += 1)?;
    /// assert_eq!(report.rows_written, 5_000);
    /// assert!(calls > 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Export, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// # let cities = db.table("city")?;
    /// let mut file = Vec::new();
    /// assert_eq!(cities.export(&mut file, &Export::csv())?, 3);
    /// assert_eq!(file, b"name,people\nBergen,291940\nOslo,717710\nTurku,206073\n");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Export, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// # let cities = db.table("city")?;
    /// let mut rows = 0;
    /// cities.export_with(&mut std::io::sink(), &Export::json_lines(), &mut |written| rows = written)?;
    /// assert_eq!(rows, 3);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = "name,people\nOslo,717710\nBergen,291940\n";
    /// let report = cities.import(ImportSource::once(file.as_bytes()), &Import::csv())?;
    /// assert_eq!((report.rows_written, report.transactions), (2, 1));
    /// assert_eq!(cities.get("Bergen")?.unwrap().people, 291_940);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicCollection::import`](crate::DynamicCollection::import). A row that `E` can't hold is a bad line.
    pub fn import(&self, source: ImportSource<'_>, import: &Import) -> Result<ImportReport> {
        self.import_with(source, import, &mut |_| {})
    }

    /// Reads rows in, as [`Collection::import`], and calls `progress` now and then.
    ///
    /// ```
    /// # use quantadb::{Engine, Import, ImportSource, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// let file = "name,people\nOslo,717710\nBergen,291940\n";
    /// let mut written = 0;
    /// let source = ImportSource::once(file.as_bytes());
    /// cities.import_with(source, &Import::csv(), &mut |progress| written = progress.rows_written)?;
    /// assert_eq!(written, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
    /// ```
    /// # use quantadb::{Engine, Export, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # let cities = db.collection::<City>();
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let mut file = Vec::new();
    /// cities.export(&mut file, &Export::csv())?;
    /// assert_eq!(file, b"name,people\nBergen,291940\nOslo,717710\nTurku,206073\n");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
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
