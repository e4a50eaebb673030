//! What is asked of a table, and how it is answered.

use std::sync::Arc;

use crate::collection::RowSource;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::NodeId;
use crate::txn::Table;

use super::access::Access;
use super::check::Check;
use super::choice::{Wanted, choose};
use super::compile::compile;
use super::expr::Expr;
use super::order::OrderBy;
use super::page::Cursor;
use super::sort::Ranking;
use super::stream::Stream;

/// What is asked of a table.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Conditions that all have to hold.
    pub filters: Vec<Expr>,
    /// The order, most telling first.
    pub order: Vec<OrderBy>,
    /// So many rows at most.
    pub limit: Option<u64>,
    /// So many rows are passed over.
    pub offset: u64,
    /// Only rows behind this place.
    pub after: Option<Cursor>,
}

/// Whether rows that the order doesn't tell apart have to come by their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ties {
    /// They have to: pages go on where others end.
    ByKey,
    /// They come as they are found.
    AsFound,
}

/// A request, compiled for a table, with the way that was chosen.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The table.
    pub table: Arc<Table>,
    /// The way.
    pub access: Access,
    /// What rows that are found are still to be asked.
    pub check: Check,
    /// The order.
    pub ranking: Ranking,
}

impl Request {
    /// Ends after so many rows, or before, if that was asked for.
    pub fn end_within(&mut self, rows: u64) {
        self.limit = Some(self.limit.map_or(rows, |limit| limit.min(rows)));
    }

    /// Compiles the request and chooses a way.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`] if a field is missing or can't be asked that; those of the engine.
    pub fn prepare(&self, source: &RowSource<'_>, table: &Arc<Table>, ties: Ties) -> Result<Prepared> {
        let wrong = |problem: String| {
            Error::new(
                ErrorKind::Query,
                format!("a query of table {}: {problem}", table.name),
            )
        };
        let shape = &table.schema.shape;
        let filters = self.filters.iter().map(|expr| compile(shape, NodeId::ROOT, expr));
        let check = Check::all(
            filters
                .collect::<std::result::Result<_, String>>()
                .map_err(wrong)?,
        );
        let conditions = match check {
            Check::All(parts) => parts,
            Check::Const(true) => Vec::new(),
            one => vec![one],
        };
        let ranking = Ranking::new(shape, &self.order).map_err(wrong)?;
        if let Some(cursor) = &self.after {
            cursor.check(table, &self.order).map_err(wrong)?;
        }
        let needs_order = ties == Ties::ByKey || self.after.is_some() || !self.order.is_empty();
        let wanted = Wanted {
            conditions: &conditions,
            order: &self.order,
            needs_order,
            limit: self.limit,
        };
        let mut access = choose(source, table, wanted)?;
        if let Some(cursor) = &self.after {
            access.begin_behind(cursor);
        }
        let asked = conditions.into_iter().enumerate();
        let asked = asked.filter(|(position, _)| !access.covered.contains(position));
        Ok(Prepared {
            table: Arc::clone(table),
            check: Check::all(asked.map(|(_, check)| check).collect()),
            access,
            ranking,
        })
    }
}

impl Prepared {
    /// Begins to find rows.
    ///
    /// # Errors
    ///
    /// Those of the engine.
    pub fn stream<'a>(&self, source: RowSource<'a>) -> Result<Stream<'a>> {
        Stream::new(source, Arc::clone(&self.table), &self.access, self.check.clone())
    }
}
