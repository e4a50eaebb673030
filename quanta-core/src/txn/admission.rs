//! What a row is held to before it is written: limits, and what the program demands.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::error::{Error, ErrorKind, Result, panic_text};
use crate::model::{Declaration, ValidateFn};
use crate::schema::limits::{KEY_BYTES_MAX, VALUE_BYTES_MAX};

use super::row::row_place;
use super::table::Table;
use super::transaction::Transaction;

/// The entities with a validator that the program has for a table, all of the table's present shape.
#[derive(Debug, Default)]
pub struct Validators {
    any: AtomicBool,
    entities: RwLock<Vec<&'static Declaration>>,
}

impl Validators {
    /// Adds an entity, if it has a validator and isn't there yet. It must have the table's shape.
    pub fn add(&self, entity: &'static Declaration) {
        if entity.validate.is_none() || self.entities().iter().any(|known| std::ptr::eq(*known, entity)) {
            return;
        }
        let mut entities = self.entities.write().unwrap_or_else(PoisonError::into_inner);
        entities.push(entity);
        self.any.store(true, Ordering::Release);
    }

    fn entities(&self) -> Vec<&'static Declaration> {
        self.entities
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Asks all of them. The first that has something to say ends it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if the row isn't valid; [`ErrorKind::OwnCode`] if a validator panics.
    pub fn check(&self, table: &Table, row_key: &[u8], body: &[u8]) -> Result<()> {
        if !self.any.load(Ordering::Acquire) {
            return Ok(());
        }
        for entity in self.entities() {
            if let Some(validate) = entity.validate {
                ask(entity, validate, table, row_key, body)?;
            }
        }
        Ok(())
    }
}

fn ask(entity: &Declaration, validate: ValidateFn, table: &Table, row_key: &[u8], body: &[u8]) -> Result<()> {
    let answer = catch_unwind(AssertUnwindSafe(|| validate(body))).map_err(|panic| {
        let problem = format!(
            "the function of `validate_with` of {} panicked at {}: {}",
            entity.rust_name,
            row_place(table, row_key),
            panic_text(panic.as_ref())
        );
        Error::new(ErrorKind::OwnCode, problem)
    })?;
    match answer {
        Ok(None) => Ok(()),
        Ok(Some(problems)) => Err(Error::invalid(row_place(table, row_key), problems)),
        Err(error) => Err(Error::corrupt(row_place(table, row_key), error)),
    }
}

/// Checks that a row is within its limits, and what the program demands.
///
/// # Errors
///
/// If it is not.
pub fn admit(table: &Table, row_key: &[u8], body: &[u8]) -> Result<()> {
    check_limits(table, row_key, body)?;
    table.validators.check(table, row_key, body)
}

impl Transaction<'_> {
    /// Checks whether a row may be written.
    ///
    /// # Errors
    ///
    /// If it is over a limit, not valid, or a validator panics: the transaction can't be committed then, whatever
    /// becomes of the error.
    pub(super) fn check_row(&self, table: &Table, row_key: &[u8], body: &[u8]) -> Result<()> {
        admit(table, row_key, body).inspect_err(|error| {
            if error.kind() == ErrorKind::OwnCode {
                self.break_off(error);
            }
        })
    }

    /// Notes that something was left half done: the transaction can't be committed, whatever becomes of the error.
    pub fn break_off(&self, error: &Error) {
        self.broken().get_or_init(|| (error.kind(), error.to_string()));
    }

    /// Checks that no validator panicked, and nothing was left half done.
    pub(super) fn check_sound(&self) -> Result<()> {
        self.broken().get().map_or(Ok(()), |(kind, problem)| {
            let problem = format!("the transaction can't be committed: {problem}");
            Err(Error::new(*kind, problem))
        })
    }
}

fn check_limits(table: &Table, row_key: &[u8], body: &[u8]) -> Result<()> {
    let too_large = |what: &str, bytes: usize, limit: usize| {
        let place = row_place(table, &row_key[..row_key.len().min(64)]);
        let problem = format!("the {what} of {place} takes {bytes} bytes, and {limit} is the limit");
        Err(Error::new(ErrorKind::TooLarge, problem))
    };
    if row_key.len() > KEY_BYTES_MAX {
        return too_large("key", row_key.len(), KEY_BYTES_MAX);
    }
    if body.len() > VALUE_BYTES_MAX {
        return too_large("value", body.len(), VALUE_BYTES_MAX);
    }
    Ok(())
}
