//! Whole tables in the hands of a migration.

use std::fmt::{self, Display};
use std::sync::Arc;

use crate::codec::{Encoder, key_bytes};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AsKey, QuantaEntity};
use crate::plan::{Style, diff_text};
use crate::schema::{Schema, schema_text};
use crate::value::{Value, encoded_key_value, encoded_row_value, filled_row, show_key};

use super::access::{TableAccess, TableForm};
use super::row::MigrationRow;
use super::table_rows::MigrationRows;

/// A migration of whole tables as it is called.
pub type TablesFn = fn(&dyn TableAccess) -> std::result::Result<(), String>;

/// The tables of a store while it changes, in the hands of a migration of whole tables.
///
/// Rows that are read are those of before the change. Rows that are written are those of after it: what is there
/// already was carried along before the migration runs. Nothing is current before the whole change is; an error, or a
/// panic, changes nothing.
///
/// ```
/// use quantadb::{Engine, MigrationTables, Options, QuantaEntity, migration};
///
/// #[derive(QuantaEntity)]
/// #[quanta(table = "people", register = false)]
/// struct Person { #[quanta(id)] id: u32, name: String, town: String }
///
/// #[derive(QuantaEntity, Debug, PartialEq)]
/// #[quanta(table = "users", register = false, new)]
/// struct User { #[quanta(id)] id: u32, name: String }
///
/// #[derive(QuantaEntity)]
/// #[quanta(table = "addresses", register = false, new)]
/// struct Address { #[quanta(id)] user: u32, town: String }
///
/// #[migration(reads("people"), writes("users", "addresses"), down = join_people)]
/// fn split_people(tables: &mut MigrationTables<'_>) -> quantadb::Result<()> {
///     for person in tables.rows::<Person>("people")? {
///         let person = person?;
///         tables.put(&User { id: person.id, name: person.name })?;
///         tables.put(&Address { user: person.id, town: person.town })?;
///     }
///     Ok(())
/// }
///
/// fn join_people(tables: &mut MigrationTables<'_>) -> quantadb::Result<()> {
///     for user in tables.rows::<User>("users")? {
///         let user = user?;
///         let before = tables.get::<Person>(&user.id)?;
///         let town = before.map_or_else(String::new, |person| person.town);
///         tables.put(&Person { id: user.id, name: user.name, town })?;
///     }
///     Ok(())
/// }
///
/// let engine = Engine::memory();
/// let db = Options::new().engine(engine.clone()).entities::<(Person,)>().open("people")?;
/// db.collection::<Person>().insert(&Person { id: 1, name: "Ada".into(), town: "London".into() })?;
/// drop(db);
/// let options = Options::new().engine(engine).entities::<(User, Address)>().drop_table("people");
/// let db = options.migration::<split_people>().open("people")?;
/// assert_eq!(db.collection::<User>().get(&1)?, Some(User { id: 1, name: "Ada".into() }));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct MigrationTables<'a> {
    access: &'a dyn TableAccess,
}

impl fmt::Debug for MigrationTables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigrationTables").finish_non_exhaustive()
    }
}

/// Calls a migration. Named by generated code.
///
/// # Errors
///
/// What the function gave.
pub fn call_tables<E: Display>(
    function: fn(&mut MigrationTables<'_>) -> std::result::Result<(), E>,
    access: &dyn TableAccess,
) -> std::result::Result<(), String> {
    function(&mut MigrationTables { access }).map_err(|error| error.to_string())
}

impl<'a> MigrationTables<'a> {
    /// Reads the rows of a table as they were before the change, in the order of their keys. They are read bit by bit:
    /// writing meanwhile is fine, and changes nothing about them. A table that the store doesn't have is empty.
    ///
    /// Rows are entities of any generation, whose shape must be the one that is stored, or [`Value`]s.
    ///
    /// ```
    /// # use quantadb::{Engine, MigrationTables, Options, QuantaEntity, migration};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "people", register = false)]
    /// # struct Person { #[quanta(id)] name: String, town: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "towns", register = false, new)]
    /// # struct Town { #[quanta(id)] name: String, people: u64 }
    /// # #[migration(reads("people"), writes("towns"), irreversible)]
    /// # fn count(tables: &mut MigrationTables<'_>) -> quantadb::Result<()> {
    /// // Ada and Alan live in London.
    /// for person in tables.rows::<Person>("people")? {
    ///     let town = person?.town;
    ///     let people = tables.get::<Town>(&town)?.map_or(0, |town| town.people);
    ///     tables.put(&Town { name: town, people: people + 1 })?;
    /// }
    /// assert_eq!(tables.get::<Town>("London")?.unwrap().people, 2);
    /// #     Ok(())
    /// # }
    /// # let engine = Engine::memory();
    /// # let db = Options::new().engine(engine.clone()).entities::<(Person,)>().open("people")?;
    /// # for (name, town) in [("Ada", "London"), ("Alan", "London")] {
    /// #     db.collection::<Person>().insert(&Person { name: name.into(), town: town.into() })?;
    /// # }
    /// # drop(db);
    /// # let options = Options::new().engine(engine).entities::<(Person, Town)>().migration::<count>();
    /// # let db = options.open("people")?;
    /// # assert_eq!(db.history()?.records[1].migrations, ["count"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the migration doesn't declare that it reads the table, rows have another shape, or the engine fails.
    pub fn rows<R: MigrationRow>(&self, table: &str) -> Result<MigrationRows<'a, R>> {
        let form = self.access.readable(table)?;
        if let Some(form) = &form
            && let Some(shape) = R::shape().map_err(declaration)?
            && !shape.is_same_as(&form.schema.shape)
        {
            let stated = Schema {
                shape,
                ..form.schema.clone()
            };
            return Err(misfit::<R>(form, &stated, "has before the change"));
        }
        Ok(MigrationRows::new(self.access, form))
    }

    /// Reads the rows of a table as values: as [`MigrationTables::rows`].
    ///
    /// ```
    /// # use quantadb::{Engine, MigrationTables, Options, QuantaEntity, Value, migration};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "people", register = false)]
    /// # struct Person { #[quanta(id)] name: String, town: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "towns", register = false, new)]
    /// # struct Town { #[quanta(id)] name: String, people: u64 }
    /// # #[migration(reads("people"), writes("towns"), irreversible)]
    /// # fn count(tables: &mut MigrationTables<'_>) -> quantadb::Result<()> {
    /// let names = tables.rows_of_values("people")?.map(|person| Ok(person?.get("name").map(Value::to_string)));
    /// let names = names.collect::<quantadb::Result<Vec<_>>>()?;
    /// assert_eq!(names.into_iter().flatten().collect::<Vec<_>>(), ["Ada", "Alan"]);
    /// #     Ok(())
    /// # }
    /// # let engine = Engine::memory();
    /// # let db = Options::new().engine(engine.clone()).entities::<(Person,)>().open("people")?;
    /// # for (name, town) in [("Ada", "London"), ("Alan", "London")] {
    /// #     db.collection::<Person>().insert(&Person { name: name.into(), town: town.into() })?;
    /// # }
    /// # drop(db);
    /// # let options = Options::new().engine(engine).entities::<(Person, Town)>().migration::<count>();
    /// # let db = options.open("people")?;
    /// # assert_eq!(db.history()?.records[1].migrations, ["count"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`MigrationTables::rows`].
    pub fn rows_of_values(&self, table: &str) -> Result<MigrationRows<'a, Value>> {
        self.rows(table)
    }

    /// Adds a row.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, MigrationTables, Options, QuantaEntity, migration};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "people", register = false)]
    /// # struct Person { #[quanta(id)] name: String, town: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "towns", register = false, new)]
    /// # struct Town { #[quanta(id)] name: String, people: u64 }
    /// # #[migration(reads("people"), writes("towns"), irreversible)]
    /// # fn count(tables: &mut MigrationTables<'_>) -> quantadb::Result<()> {
    /// tables.insert(&Town { name: "London".into(), people: 1 })?;
    /// let error = tables.insert(&Town { name: "London".into(), people: 2 }).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::KeyExists);
    /// #     Ok(())
    /// # }
    /// # let engine = Engine::memory();
    /// # let db = Options::new().engine(engine.clone()).entities::<(Person,)>().open("people")?;
    /// # for (name, town) in [("Ada", "London"), ("Alan", "London")] {
    /// #     db.collection::<Person>().insert(&Person { name: name.into(), town: town.into() })?;
    /// # }
    /// # drop(db);
    /// # let options = Options::new().engine(engine).entities::<(Person, Town)>().migration::<count>();
    /// # let db = options.open("people")?;
    /// # assert_eq!(db.history()?.records[1].migrations, ["count"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`KeyExists`](crate::ErrorKind::KeyExists) if there is one with its key, as of the table before or of this
    /// migration. After a rollback and up again, a migration meets the rows that it wrote the first time: see
    /// [`MigrationTables::put`]. Else as [`MigrationTables::put`].
    pub fn insert<E: QuantaEntity>(&self, row: &E) -> Result<()> {
        let (form, key, body) = self.encoded(row)?;
        self.insert_new(&form, &key, &body)
    }

    /// Writes a row, whether there is one with its key or not.
    ///
    /// ```
    /// # use quantadb::{Engine, MigrationTables, Options, QuantaEntity, migration};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "people", register = false)]
    /// # struct Person { #[quanta(id)] name: String, town: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "towns", register = false, new)]
    /// # struct Town { #[quanta(id)] name: String, people: u64 }
    /// # #[migration(reads("people"), writes("towns"), irreversible)]
    /// # fn count(tables: &mut MigrationTables<'_>) -> quantadb::Result<()> {
    /// tables.put(&Town { name: "London".into(), people: 1 })?;
    /// tables.put(&Town { name: "London".into(), people: 2 })?;
    /// assert_eq!(tables.get::<Town>("London")?.unwrap().people, 2);
    /// // Only what the migration says that it writes can be written.
    /// assert!(tables.put(&Person { name: "Grace".into(), town: "New York".into() }).is_err());
    /// #     Ok(())
    /// # }
    /// # let engine = Engine::memory();
    /// # let db = Options::new().engine(engine.clone()).entities::<(Person,)>().open("people")?;
    /// # for (name, town) in [("Ada", "London"), ("Alan", "London")] {
    /// #     db.collection::<Person>().insert(&Person { name: name.into(), town: town.into() })?;
    /// # }
    /// # drop(db);
    /// # let options = Options::new().engine(engine).entities::<(Person, Town)>().migration::<count>();
    /// # let db = options.open("people")?;
    /// # assert_eq!(db.history()?.records[1].migrations, ["count"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the migration doesn't declare that it writes the table, the table has another shape after the change, the row
    /// is over a limit, or the engine fails.
    pub fn put<E: QuantaEntity>(&self, row: &E) -> Result<()> {
        let (form, key, body) = self.encoded(row)?;
        self.access.put(&form.name, &key, &body)
    }

    /// Reads a row that is there by now: one that the table had, or that this migration wrote.
    ///
    /// ```
    /// # use quantadb::{Engine, MigrationTables, Options, QuantaEntity, migration};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "people", register = false)]
    /// # struct Person { #[quanta(id)] name: String, town: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "towns", register = false, new)]
    /// # struct Town { #[quanta(id)] name: String, people: u64 }
    /// # #[migration(reads("people"), writes("towns"), irreversible)]
    /// # fn count(tables: &mut MigrationTables<'_>) -> quantadb::Result<()> {
    /// assert_eq!(tables.get::<Town>("London")?, None);
    /// tables.put(&Town { name: "London".into(), people: 2 })?;
    /// assert_eq!(tables.get::<Town>("London")?, Some(Town { name: "London".into(), people: 2 }));
    /// #     Ok(())
    /// # }
    /// # let engine = Engine::memory();
    /// # let db = Options::new().engine(engine.clone()).entities::<(Person,)>().open("people")?;
    /// # for (name, town) in [("Ada", "London"), ("Alan", "London")] {
    /// #     db.collection::<Person>().insert(&Person { name: name.into(), town: town.into() })?;
    /// # }
    /// # drop(db);
    /// # let options = Options::new().engine(engine).entities::<(Person, Town)>().migration::<count>();
    /// # let db = options.open("people")?;
    /// # assert_eq!(db.history()?.records[1].migrations, ["count"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`MigrationTables::put`].
    pub fn get<E: QuantaEntity>(&self, key: &(impl AsKey<E::Key> + ?Sized)) -> Result<Option<E>> {
        let form = self.writable::<E>()?;
        let key = key_of::<E>(&form, key)?;
        let found = self.access.get(&form.name, &key)?;
        found
            .map(|body| E::read(&form.schema, &body).map_err(|problem| damaged(&form, &key, &problem)))
            .transpose()
    }

    /// Removes a row. False if there was none.
    ///
    /// ```
    /// # use quantadb::{Engine, MigrationTables, Options, QuantaEntity, migration};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "people", register = false)]
    /// # struct Person { #[quanta(id)] name: String, town: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "towns", register = false, new)]
    /// # struct Town { #[quanta(id)] name: String, people: u64 }
    /// # #[migration(reads("people"), writes("towns"), irreversible)]
    /// # fn count(tables: &mut MigrationTables<'_>) -> quantadb::Result<()> {
    /// tables.put(&Town { name: "London".into(), people: 2 })?;
    /// assert!(tables.remove::<Town>("London")?);
    /// assert!(!tables.remove::<Town>("London")?);
    /// #     Ok(())
    /// # }
    /// # let engine = Engine::memory();
    /// # let db = Options::new().engine(engine.clone()).entities::<(Person,)>().open("people")?;
    /// # for (name, town) in [("Ada", "London"), ("Alan", "London")] {
    /// #     db.collection::<Person>().insert(&Person { name: name.into(), town: town.into() })?;
    /// # }
    /// # drop(db);
    /// # let options = Options::new().engine(engine).entities::<(Person, Town)>().migration::<count>();
    /// # let db = options.open("people")?;
    /// # assert_eq!(db.history()?.records[1].migrations, ["count"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`MigrationTables::put`].
    pub fn remove<E: QuantaEntity>(&self, key: &(impl AsKey<E::Key> + ?Sized)) -> Result<bool> {
        let form = self.writable::<E>()?;
        self.access.remove(&form.name, &key_of::<E>(&form, key)?)
    }

    /// Adds a row as a value. What it leaves out is filled in: the field's explicit default, or none for an option.
    ///
    /// ```
    /// # use quantadb::{Engine, ErrorKind, MigrationTables, Options, QuantaEntity, Value, migration};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "people", register = false)]
    /// # struct Person { #[quanta(id)] name: String, town: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "towns", register = false, new)]
    /// # struct Town { #[quanta(id)] name: String, people: u64 }
    /// # #[migration(reads("people"), writes("towns"), irreversible)]
    /// # fn count(tables: &mut MigrationTables<'_>) -> quantadb::Result<()> {
    /// let london = Value::from([("name", "London".into()), ("people", 2_u64.into())]);
    /// tables.insert_value("towns", &london)?;
    /// assert_eq!(tables.insert_value("towns", &london).unwrap_err().kind(), ErrorKind::KeyExists);
    /// #     Ok(())
    /// # }
    /// # let engine = Engine::memory();
    /// # let db = Options::new().engine(engine.clone()).entities::<(Person,)>().open("people")?;
    /// # for (name, town) in [("Ada", "London"), ("Alan", "London")] {
    /// #     db.collection::<Person>().insert(&Person { name: name.into(), town: town.into() })?;
    /// # }
    /// # drop(db);
    /// # let options = Options::new().engine(engine).entities::<(Person, Town)>().migration::<count>();
    /// # let db = options.open("people")?;
    /// # assert_eq!(db.history()?.records[1].migrations, ["count"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`MigrationTables::insert`], and if the value is of another type.
    pub fn insert_value(&self, table: &str, row: &Value) -> Result<()> {
        let (form, key, body) = self.encoded_value(table, row)?;
        self.insert_new(&form, &key, &body)
    }

    /// Writes a row as a value; filled in as by [`MigrationTables::insert_value`].
    ///
    /// ```
    /// # use quantadb::{Engine, MigrationTables, Options, QuantaEntity, Value, migration};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "people", register = false)]
    /// # struct Person { #[quanta(id)] name: String, town: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "towns", register = false, new)]
    /// # struct Town { #[quanta(id)] name: String, people: u64 }
    /// # #[migration(reads("people"), writes("towns"), irreversible)]
    /// # fn count(tables: &mut MigrationTables<'_>) -> quantadb::Result<()> {
    /// tables.put_value("towns", &Value::from([("name", "London".into()), ("people", 2_u64.into())]))?;
    /// assert_eq!(tables.get::<Town>("London")?.unwrap().people, 2);
    /// #     Ok(())
    /// # }
    /// # let engine = Engine::memory();
    /// # let db = Options::new().engine(engine.clone()).entities::<(Person,)>().open("people")?;
    /// # for (name, town) in [("Ada", "London"), ("Alan", "London")] {
    /// #     db.collection::<Person>().insert(&Person { name: name.into(), town: town.into() })?;
    /// # }
    /// # drop(db);
    /// # let options = Options::new().engine(engine).entities::<(Person, Town)>().migration::<count>();
    /// # let db = options.open("people")?;
    /// # assert_eq!(db.history()?.records[1].migrations, ["count"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`MigrationTables::put`], and if the value is of another type.
    pub fn put_value(&self, table: &str, row: &Value) -> Result<()> {
        let (form, key, body) = self.encoded_value(table, row)?;
        self.access.put(&form.name, &key, &body)
    }

    /// Reads a row that is there by now, by the value of its key field, or by a [`Value::Tuple`] of several.
    ///
    /// ```
    /// # use quantadb::{Engine, MigrationTables, Options, QuantaEntity, Value, migration};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "people", register = false)]
    /// # struct Person { #[quanta(id)] name: String, town: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "towns", register = false, new)]
    /// # struct Town { #[quanta(id)] name: String, people: u64 }
    /// # #[migration(reads("people"), writes("towns"), irreversible)]
    /// # fn count(tables: &mut MigrationTables<'_>) -> quantadb::Result<()> {
    /// tables.put(&Town { name: "London".into(), people: 2 })?;
    /// let london = tables.get_value("towns", &"London".into())?.expect("it was put");
    /// assert_eq!(london.get("people").and_then(Value::as_u128), Some(2));
    /// #     Ok(())
    /// # }
    /// # let engine = Engine::memory();
    /// # let db = Options::new().engine(engine.clone()).entities::<(Person,)>().open("people")?;
    /// # for (name, town) in [("Ada", "London"), ("Alan", "London")] {
    /// #     db.collection::<Person>().insert(&Person { name: name.into(), town: town.into() })?;
    /// # }
    /// # drop(db);
    /// # let options = Options::new().engine(engine).entities::<(Person, Town)>().migration::<count>();
    /// # let db = options.open("people")?;
    /// # assert_eq!(db.history()?.records[1].migrations, ["count"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`MigrationTables::put_value`].
    pub fn get_value(&self, table: &str, key: &Value) -> Result<Option<Value>> {
        let form = self.access.writable(table)?;
        let key = encoded_key_value(&form.schema, key).map_err(|problem| no_value(&form, &problem))?;
        let found = self.access.get(table, &key)?;
        found
            .map(|body| Value::read(&form.schema, &body).map_err(|problem| damaged(&form, &key, &problem)))
            .transpose()
    }

    /// Removes a row by its key, as of [`MigrationTables::get_value`]. False if there was none.
    ///
    /// ```
    /// # use quantadb::{Engine, MigrationTables, Options, QuantaEntity, migration};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "people", register = false)]
    /// # struct Person { #[quanta(id)] name: String, town: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "towns", register = false, new)]
    /// # struct Town { #[quanta(id)] name: String, people: u64 }
    /// # #[migration(reads("people"), writes("towns"), irreversible)]
    /// # fn count(tables: &mut MigrationTables<'_>) -> quantadb::Result<()> {
    /// tables.put(&Town { name: "London".into(), people: 2 })?;
    /// assert!(tables.remove_value("towns", &"London".into())?);
    /// assert_eq!(tables.get::<Town>("London")?, None);
    /// #     Ok(())
    /// # }
    /// # let engine = Engine::memory();
    /// # let db = Options::new().engine(engine.clone()).entities::<(Person,)>().open("people")?;
    /// # for (name, town) in [("Ada", "London"), ("Alan", "London")] {
    /// #     db.collection::<Person>().insert(&Person { name: name.into(), town: town.into() })?;
    /// # }
    /// # drop(db);
    /// # let options = Options::new().engine(engine).entities::<(Person, Town)>().migration::<count>();
    /// # let db = options.open("people")?;
    /// # assert_eq!(db.history()?.records[1].migrations, ["count"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`MigrationTables::put_value`].
    pub fn remove_value(&self, table: &str, key: &Value) -> Result<bool> {
        let form = self.access.writable(table)?;
        let key = encoded_key_value(&form.schema, key).map_err(|problem| no_value(&form, &problem))?;
        self.access.remove(table, &key)
    }

    fn writable<E: QuantaEntity>(&self) -> Result<Arc<TableForm>> {
        let form = self.access.writable(E::TABLE)?;
        let declared = E::declaration().declared.as_ref();
        let declared = declared.map_err(|problem| declaration(problem.clone()))?;
        let schema = &declared.schema;
        let is_same = declared.fingerprint == form.fingerprint
            || schema.shape.is_same_as(&form.schema.shape) && schema.key == form.schema.key;
        if is_same {
            return Ok(form);
        }
        Err(misfit::<E>(&form, schema, "has after the change"))
    }

    fn encoded<E: QuantaEntity>(&self, row: &E) -> Result<(Arc<TableForm>, Vec<u8>, Vec<u8>)> {
        let form = self.writable::<E>()?;
        let mut key = Encoder::default();
        row.encode_key(&mut key);
        let key = finished_key(&form, key)?;
        let mut body = Encoder::default();
        row.encode(&mut body);
        let body = body.finish().map_err(|problem| no_value(&form, &problem))?;
        Ok((form, key, body))
    }

    fn encoded_value(&self, table: &str, row: &Value) -> Result<(Arc<TableForm>, Vec<u8>, Vec<u8>)> {
        let form = self.access.writable(table)?;
        let row = filled_row(&form.schema, &form.write_defaults, row)?;
        let (key, body) =
            encoded_row_value(&form.schema, &row).map_err(|problem| no_value(&form, &problem))?;
        Ok((form, key, body))
    }

    fn insert_new(&self, form: &TableForm, key: &[u8], body: &[u8]) -> Result<()> {
        if self.access.get(&form.name, key)?.is_some() {
            let problem = format!(
                "{} exists: a migration that may meet rows of before, or run again after a rollback, uses get and put",
                place(form, key)
            );
            return Err(Error::new(ErrorKind::KeyExists, problem));
        }
        self.access.put(&form.name, key, body)
    }
}

/// Names a row for an error.
pub(super) fn place(form: &TableForm, key: &[u8]) -> String {
    format!("row {} of table {}", show_key(&form.schema, key), form.name)
}

pub(super) fn damaged(form: &TableForm, key: &[u8], problem: &str) -> Error {
    Error::corrupt(place(form, key), problem)
}

fn key_of<E: QuantaEntity>(form: &TableForm, key: &(impl AsKey<E::Key> + ?Sized)) -> Result<Vec<u8>> {
    let mut out = Encoder::default();
    key.encode_as_key(&mut out);
    finished_key(form, out)
}

fn finished_key(form: &TableForm, out: Encoder) -> Result<Vec<u8>> {
    let values = out.finish().map_err(|problem| no_value(form, &problem))?;
    key_bytes(&form.schema, &values).map_err(|error| no_value(form, &error.to_string()))
}

fn no_value(form: &TableForm, problem: &str) -> Error {
    Error::new(
        ErrorKind::Value,
        format!("a value for table {}: {problem}", form.name),
    )
}

fn declaration(problem: String) -> Error {
    Error::new(ErrorKind::Declaration, problem)
}

/// Says how a type of rows differs from the rows of a table.
fn misfit<R>(form: &TableForm, stated: &Schema, when: &str) -> Error {
    let (name, rust_name) = (&form.name, std::any::type_name::<R>());
    let difference = diff_text(
        &schema_text(name, &form.schema),
        &schema_text(name, stated),
        Style::Plain,
    );
    declaration(format!(
        "{rust_name} is another shape than the one that table {name} {when} (-), and needs it (+):\n{difference}"
    ))
}
