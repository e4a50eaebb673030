//! Going on where a page ended.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};
use crate::schema::NodeId;
use crate::txn::Table;

use super::order::{OrderBy, OrderWay};
use super::place::Located;
use super::sort::Rank;

/// Some of the rows that a query finds, and where the others begin.
///
/// ```
/// # use quantadb::{Engine, Options, Page, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
/// # }
/// let Page { rows, next } = db.query::<City>().order_by(|c| c.people.desc()).limit(3).page()?;
/// assert_eq!(rows.len(), 3);
/// assert_eq!(next, None, "these were all");
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; none if this is the last one.
    pub next: Option<Cursor>,
}

/// The place of a row in the order of a query: the page behind it begins there, also if the row is gone by then, and
/// whatever was written before it.
///
/// As text it is hexadecimal, to be handed to clients and back.
///
/// ```
/// # use quantadb::{Cursor, Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
/// # }
/// let by_size = db.query::<City>().order_by(|c| c.people.desc()).limit(1);
/// let page = by_size.clone().page()?;
/// let link = page.next.map(|next| format!("?after={next}")).unwrap_or_default();
///
/// let cursor: Cursor = link.trim_start_matches("?after=").parse()?;
/// assert_eq!(by_size.after(&cursor).one()?.name, "Bergen");
/// assert!(db.query::<City>().after(&cursor).one().is_err(), "that is another order");
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// What tells this order of this table from others.
    query: [u8; QUERY_BYTES],
    values: Vec<u8>,
    key: Vec<u8>,
}

const QUERY_BYTES: usize = 8;
/// Bytes before the values: the query, and their length.
const HEADER_BYTES: usize = QUERY_BYTES + 4;

impl Cursor {
    /// Notes the place of a row.
    #[must_use]
    pub(super) fn new(table: &Table, order: &[OrderBy], rank: &Rank, key: &[u8]) -> Self {
        Self {
            query: digest(table, order),
            values: rank.values.clone(),
            key: key.to_vec(),
        }
    }

    /// Returns the values of the row, in the form that orders rows so.
    #[must_use]
    pub(super) fn values(&self) -> &[u8] {
        &self.values
    }

    /// Returns the key of the row.
    #[must_use]
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// Checks that it is of a query with that order.
    ///
    /// # Errors
    ///
    /// If it isn't.
    pub(super) fn check(&self, table: &Table, order: &[OrderBy]) -> Result<(), String> {
        if self.query == digest(table, order) {
            Ok(())
        } else {
            let what = "another table, with another order, or of a time when the ordered fields or the key had other types";
            Err(format!(
                "the cursor is of a query of {what}: begin at the first page"
            ))
        }
    }
}

/// Hashes what a place means: the table, the order, and the types by which rows are ordered.
fn digest(table: &Table, order: &[OrderBy]) -> [u8; QUERY_BYTES] {
    let shape = &table.schema.shape;
    let ways = order.iter().map(|part| match part.way {
        OrderWay::Ascending => ('+', &part.path),
        OrderWay::Descending => ('-', &part.path),
    });
    let mut hasher = blake3::Hasher::new();
    hasher.update(table.name.as_bytes());
    for (sign, path) in ways.chain(table.schema.key.iter().map(|name| ('=', name))) {
        let ty =
            Located::find(shape, NodeId::ROOT, path).map(|place| shape.sub_shape(place.leaf).to_string());
        hasher.update(format!("\0{sign}{path}:{}", ty.unwrap_or_default()).as_bytes());
    }
    let mut digest = [0; QUERY_BYTES];
    digest.copy_from_slice(&hasher.finalize().as_bytes()[..QUERY_BYTES]);
    digest
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = u32::try_from(self.values.len()).expect("keys are limited");
        let bytes = self.query.iter().copied().chain(length.to_be_bytes());
        let bytes = bytes.chain(self.values.iter().chain(&self.key).copied());
        for byte in bytes {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| Error::new(ErrorKind::Query, "the text is no cursor of a query"))
    }
}

fn parse(text: &str) -> Option<Cursor> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    let bytes = pairs.map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok());
    let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
    let (header, rest) = bytes.split_at_checked(HEADER_BYTES)?;
    let (query, length) = header.split_at(QUERY_BYTES);
    let length = u32::from_be_bytes(length.try_into().ok()?);
    let (values, key) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some(Cursor {
        query: query.try_into().ok()?,
        values: values.to_vec(),
        key: key.to_vec(),
    })
}
