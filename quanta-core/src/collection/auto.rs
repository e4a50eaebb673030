//! Rows whose keys the store gives out.

use crate::codec::{Decoder, Encoder};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AutoEntity, AutoKeys, QuantaEntity, QuantaType};
use crate::txn::{Table, Transaction};

use super::access::encoded_row;

/// Adds a row under the next key.
pub(super) fn add_in<E: AutoEntity>(transaction: &Transaction<'_>, table: &Table, mut row: E) -> Result<E> {
    let Some(auto) = row.auto() else {
        let problem = format!("the keys of table {} are not given out", table.name);
        return Err(Error::new(ErrorKind::Declaration, problem));
    };
    if !auto.is_unset {
        let problem = format!(
            "a row of table {} that is added has a key already: use insert to keep it, or leave it 0 or nil",
            table.name
        );
        return Err(Error::new(ErrorKind::Value, problem));
    }
    let mut out = Encoder::default();
    match auto.keys {
        AutoKeys::Uuids => out.raw(&transaction.core().next_uuid()),
        AutoKeys::Numbers => {
            let next = transaction.next_number(table)?;
            if !next.is_some_and(|number| (auto.write_number)(number, &mut out)) {
                let problem = format!(
                    "the keys of table {} are used up: its type has no number after the highest one that was ever a key; \
                     give the field a wider type",
                    table.name
                );
                return Err(Error::new(ErrorKind::TooLarge, problem));
            }
        }
    }
    let unfit = |problem: String| Error::new(ErrorKind::Value, problem);
    let bytes = out.finish().map_err(unfit)?;
    let mut input = Decoder::new(&bytes);
    let key = E::Key::decode(&mut input).map_err(|error| unfit(error.to_string()))?;
    row.set_key(key);
    let encoded = encoded_row(table, &row)?;
    transaction.insert(table, encoded.row_key(), encoded.body())?;
    Ok(row)
}

/// Checks a row that is written under the key it has, and begins to count the keys.
pub(super) fn check_key<E: QuantaEntity>(
    transaction: &Transaction<'_>,
    table: &Table,
    row: &E,
) -> Result<()> {
    if row.auto().is_some_and(|auto| auto.is_unset) {
        let problem = format!(
            "a row of table {} has no key yet, and its keys are given out: use add, which sets it",
            table.name
        );
        return Err(Error::new(ErrorKind::Value, problem));
    }
    begin_counter::<E>(transaction, table)
}

/// Begins to count the keys, if the store gives them out.
pub(super) fn begin_counter<E: QuantaEntity>(transaction: &Transaction<'_>, table: &Table) -> Result<()> {
    if E::IS_AUTO {
        transaction.begin_counter(table)
    } else {
        Ok(())
    }
}
