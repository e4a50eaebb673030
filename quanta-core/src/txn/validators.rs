//! Asking the program whether a row is valid, before it is written.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::error::{Error, ErrorKind, Result, panic_text};
use crate::model::{Declaration, ValidateFn};

use super::row::row_place;
use super::table::Table;

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
