//! Names of indexes, which are no part of a version.

use std::collections::BTreeMap;

use crate::diff::{Change, Step};
use crate::schema::Schema;

use super::stored::TableState;

/// Lists the names of a schema's indexes, by position.
#[must_use]
pub fn index_names(schema: &Schema) -> Vec<String> {
    schema.indexes.iter().map(|index| index.name.clone()).collect()
}

/// Lists the steps of indexes that stay and get another name.
#[must_use]
pub fn index_renames(table: &str, before: &TableState, ids: &[u32], names: &[String]) -> Vec<Step> {
    let known: BTreeMap<&u32, &String> = before.index_ids.iter().zip(&before.index_names).collect();
    let renamed = ids.iter().zip(names).filter_map(|(id, name)| {
        let from = known.get(id).filter(|from| **from != name)?;
        Some(Change::RenameIndex {
            from: (*from).clone(),
            to: name.clone(),
        })
    });
    renamed.map(|change| Step::new(table, change)).collect()
}
