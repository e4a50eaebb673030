//! Rows in an order that no index has, within bounded memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::codec::{DecodeError, turn, turned};
use crate::error::{Error, Result};
use crate::schema::{NodeId, Shape};
use crate::txn::row_place;

use super::form::{encode_order, has_order};
use super::order::{OrderBy, OrderWay};
use super::place::{Finder, Located};
use super::stream::Stream;

/// Bytes of keys that are sorted at once: 16 MiB. Where there are more, the rows are gone through again for each further
/// so many.
pub const SORT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What keeping one key takes beside its bytes.
const ENTRY_BYTES: usize = 96;

/// Where a row stands in an order: the lowest comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// Its values, in the form that orders them so.
    pub values: Vec<u8>,
    /// Its key, in the form that orders rows so that have the same values.
    tie: Vec<u8>,
}

/// An order, compiled.
#[derive(Debug, Clone)]
pub struct Ranking {
    parts: Vec<(Located, OrderWay)>,
    /// How rows stand that the values don't tell apart.
    tie: OrderWay,
}

impl Ranking {
    /// Compiles an order.
    ///
    /// # Errors
    ///
    /// Says which field is missing or has no order.
    pub fn new(shape: &Shape, order: &[OrderBy]) -> std::result::Result<Self, String> {
        let parts = order.iter().map(|order| {
            let place = Located::find(shape, NodeId::ROOT, &order.path)?;
            if has_order(shape, place.value) {
                Ok((place, order.way))
            } else {
                let shape = shape.sub_shape(place.value);
                Err(format!("`{}` is of a type without an order, {shape}", order.path))
            }
        });
        Ok(Self {
            parts: parts.collect::<std::result::Result<_, String>>()?,
            tie: order.last().map_or(OrderWay::Ascending, |order| order.way),
        })
    }

    /// Returns the rank of a row.
    ///
    /// # Errors
    ///
    /// If the body is no row of the schema, as far as it had to be read.
    pub fn rank(&self, shape: &Shape, key: &[u8], body: &[u8]) -> std::result::Result<Rank, DecodeError> {
        let finder = Finder::new(shape, NodeId::ROOT);
        let mut starts = Vec::new();
        let mut values = Vec::new();
        for (place, way) in &self.parts {
            let begin = values.len();
            let found = finder.find_value(place, body, &mut starts)?;
            if place.may_be_missing(shape) {
                values.push(u8::from(found.is_some()));
            }
            if let Some(mut input) = found {
                encode_order(shape, place.value, &mut input, &mut values)?;
            }
            turn(&mut values[begin..], *way);
        }
        Ok(Rank {
            values,
            tie: self.tie(key),
        })
    }

    /// Puts a rank together again.
    #[must_use]
    pub fn rank_of(&self, values: Vec<u8>, key: &[u8]) -> Rank {
        Rank {
            values,
            tie: self.tie(key),
        }
    }

    /// Returns the key of the row with a rank.
    #[must_use]
    pub fn key(&self, rank: &Rank) -> Vec<u8> {
        self.tie(&rank.tie)
    }

    /// Turns a key round, or back. No key is the start of another one: turned round, they come in the opposite order.
    fn tie(&self, key: &[u8]) -> Vec<u8> {
        turned(key, self.tie)
    }
}

/// The rows that come first behind a rank.
#[derive(Debug, Default)]
pub struct Window {
    /// Where they stand.
    pub ranks: BTreeSet<Rank>,
    /// Whether there are no others behind them.
    pub is_all: bool,
}

/// Finds the rows that come first behind a rank: as many as fit, and no more than are wanted.
///
/// # Errors
///
/// Those of the engine, and damage.
pub fn first_behind(
    mut stream: Stream<'_>,
    ranking: &Ranking,
    behind: Option<&Rank>,
    rows_max: usize,
) -> Result<Window> {
    let table = Arc::clone(stream.table());
    let mut window = Window {
        ranks: BTreeSet::new(),
        is_all: true,
    };
    let mut bytes = 0;
    while let Some(row) = stream.next()? {
        let rank = ranking
            .rank(&table.schema.shape, &row.key, &row.body)
            .map_err(|error| Error::corrupt(row_place(&table, &row.key), error))?;
        if behind.is_some_and(|behind| rank <= *behind) {
            continue;
        }
        bytes += size(&rank);
        window.ranks.insert(rank);
        while window.ranks.len() > rows_max || bytes > SORT_BYTES_MAX && window.ranks.len() > 1 {
            bytes -= window.ranks.pop_last().map_or(0, |last| size(&last));
            window.is_all = false;
        }
    }
    Ok(window)
}

fn size(rank: &Rank) -> usize {
    rank.values.len() + rank.tie.len() + ENTRY_BYTES
}
