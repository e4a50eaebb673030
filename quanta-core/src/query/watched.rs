//! Conditions on single rows, for whoever looks at rows as they are written.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::schema::NodeId;
use crate::txn::Table;

use super::check::Tester;
use super::compile::compile;
use super::expr::Expr;

/// Tells whether a row satisfies a condition, by its body at the current version.
pub type RowTest = Arc<dyn Fn(&[u8]) -> Result<bool> + Send + Sync>;

/// Compiles a condition for the rows of a table.
///
/// # Errors
///
/// [`ErrorKind::Query`] if a field is missing or can't be asked that.
pub fn row_test(table: &Arc<Table>, expr: &Expr) -> Result<RowTest> {
    let check = compile(&table.schema.shape, NodeId::ROOT, expr).map_err(|problem| {
        Error::new(
            ErrorKind::Query,
            format!("a watch of table {}: {problem}", table.name),
        )
    })?;
    let table = Arc::clone(table);
    Ok(Arc::new(move |body| {
        let mut tester = Tester::new(&table.schema.shape, NodeId::ROOT);
        let result = tester.test(&check, body, &mut Vec::new());
        result.map_err(|error| Error::corrupt(format!("a row of table {}", table.name), error))
    }))
}
