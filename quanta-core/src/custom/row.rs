//! What a migration function may take and give.

use std::fmt::Display;

use crate::codec::{Decoder, Encoder};
use crate::model::QuantaEntity;
use crate::schema::{NodeId, Schema, Shape};
use crate::value::{Value, decode_value, encode_value};

/// A row that a migration function takes or gives: an entity of any generation, or a [`Value`].
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, Value, migration};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone());
/// #[migration(table = "city", irreversible)]
/// fn shout(row: Value) -> Value {
///     let name = row.get("name").map_or_else(String::new, |name| name.to_string().to_uppercase());
///     let people = row.get("people").cloned().unwrap_or(Value::UInt(0));
///     Value::from([("name", name.into()), ("people", people)])
/// }
///
/// options().entities::<(City,)>().open("cities")?.collection().insert(&City { name: "Oslo".into(), people: 1 })?;
/// let db = options().entities::<(City,)>().migration::<shout>().open("cities")?;
/// assert!(db.collection::<City>().contains("OSLO")?);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a migration function can't take or give `{Self}`",
    label = "expected a struct with `#[derive(QuantaEntity)]`, or `Value`"
)]
pub trait MigrationRow: Sized {
    /// The table that rows of this type belong to; none for any.
    const TABLE: Option<&'static str>;

    /// Returns the shape of such rows; none for any.
    ///
    /// # Errors
    ///
    /// If the entity's declaration is wrong.
    fn shape() -> Result<Option<Shape>, String>;

    /// Reads a row.
    ///
    /// # Errors
    ///
    /// If the bytes are no row of this type.
    fn read(schema: &Schema, body: &[u8]) -> Result<Self, String>;

    /// Writes a row of a schema.
    ///
    /// # Errors
    ///
    /// If it is none.
    fn write(&self, schema: &Schema, out: &mut Encoder) -> Result<(), String>;
}

#[diagnostic::do_not_recommend]
impl<E: QuantaEntity> MigrationRow for E {
    const TABLE: Option<&'static str> = Some(E::TABLE);

    fn shape() -> Result<Option<Shape>, String> {
        let declared = E::declaration().declared.as_ref();
        declared
            .map(|declared| Some(declared.schema.shape.clone()))
            .map_err(Clone::clone)
    }

    fn read(_: &Schema, body: &[u8]) -> Result<Self, String> {
        let mut input = Decoder::new(body);
        let row = E::decode(&mut input).map_err(|error| error.to_string())?;
        input.finish().map_err(|error| error.to_string())?;
        Ok(row)
    }

    fn write(&self, _: &Schema, out: &mut Encoder) -> Result<(), String> {
        self.encode(out);
        Ok(())
    }
}

impl MigrationRow for Value {
    const TABLE: Option<&'static str> = None;

    fn shape() -> Result<Option<Shape>, String> {
        Ok(None)
    }

    fn read(schema: &Schema, body: &[u8]) -> Result<Self, String> {
        let mut input = Decoder::new(body);
        decode_value(&schema.shape, NodeId::ROOT, &mut input).map_err(|error| error.to_string())
    }

    fn write(&self, schema: &Schema, out: &mut Encoder) -> Result<(), String> {
        encode_value(&schema.shape, NodeId::ROOT, self, out)
    }
}

/// What a migration function may return: a row, or a result with any error that can be shown.
#[diagnostic::on_unimplemented(
    message = "a migration function can't return `{Self}`",
    label = "expected a struct with `#[derive(QuantaEntity)]`, `Value`, or a `Result` of one with an error that implements `Display`"
)]
pub trait MigrationResult {
    /// The row.
    type Row: MigrationRow;

    /// Returns the row, or why there is none.
    ///
    /// # Errors
    ///
    /// What the function gave.
    fn row(self) -> Result<Self::Row, String>;
}

#[diagnostic::do_not_recommend]
impl<T: MigrationRow> MigrationResult for T {
    type Row = T;

    fn row(self) -> Result<T, String> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: MigrationRow, E: Display> MigrationResult for Result<T, E> {
    type Row = T;

    fn row(self) -> Result<T, String> {
        self.map_err(|error| error.to_string())
    }
}

/// What a function that takes a migration back may return: the row as it was before, or a result with any error that
/// can be shown.
#[diagnostic::on_unimplemented(
    message = "a function that leads back to `{Row}` can't return `{Self}`",
    label = "expected a function that returns `{Row}`, or `Result<{Row}, E>` where `E` implements `Display`"
)]
pub trait UndoResult<Row> {
    /// Returns the row, or why there is none.
    ///
    /// # Errors
    ///
    /// What the function gave.
    fn undone(self) -> Result<Row, String>;
}

impl<T> UndoResult<T> for T {
    fn undone(self) -> Result<T, String> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: Display> UndoResult<T> for Result<T, E> {
    fn undone(self) -> Result<T, String> {
        self.map_err(|error| error.to_string())
    }
}
