//! Saying by which way a query is answered.

use std::fmt;

use super::access::{Access, By, Counted};
use super::check::{Check, Probe};
use super::order::OrderWay;
use super::request::{Prepared, Request};

/// By which way a query finds its rows, and what is done to them. `Display` gives one line for each step.
///
/// ```text
/// query of city
///   index city_country: 2 entries in 1 range
///   asked of each row: `people`
///   sorted by people desc
///   limit 1
/// ```
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, query::Way};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
/// # }
/// let large = db.query::<City>().filter(|c| c.country.eq("NO") & c.people.gt(250_000));
/// let explained = large.order_by(|c| c.people.desc()).limit(1).explain()?;
/// assert_eq!((explained.by, explained.indexes.len()), (Way::Index, 1));
/// assert_eq!(explained.asked, ["people"]);
/// assert!(explained.sorted, "no index has that order");
/// assert_eq!(explained.to_string().lines().last(), Some("  limit 1"));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The table.
    pub table: String,
    /// By what rows are found.
    pub by: Way,
    /// The index by which rows are found, and a second one that they have to be in.
    pub indexes: Vec<String>,
    /// Entries that are looked at, as far as they were counted.
    pub entries: Option<Entries>,
    /// The paths of what each row is asked that was found.
    pub asked: Vec<String>,
    /// Whether rows have to be sorted.
    pub sorted: bool,
    text: String,
}

/// By what a query finds rows.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, query::Way};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
/// # }
/// let large = db.query::<City>().filter(|c| c.people.gt(500_000));
/// assert_eq!(large.clone().explain()?.by, Way::Scan);
/// assert_eq!(large.clone().filter(|c| c.country.eq("NO")).explain()?.by, Way::Index);
/// assert_eq!(large.filter(|c| c.name.eq("Oslo")).explain()?.by, Way::Key);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Nothing can be found.
    Nothing,
    /// Every row of the table is looked at.
    Scan,
    /// The rows in ranges of keys.
    Key,
    /// The entries of an index.
    Index,
}

/// A number of entries.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, query::Entries};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
/// # }
/// let norwegian = db.query::<City>().filter(|c| c.country.eq("NO"));
/// assert_eq!(norwegian.explain()?.entries, Some(Entries::Exactly(2)));
/// assert_eq!(Entries::MoreThan(1_000).to_string(), "more than 1000 entries");
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entries {
    /// So many.
    Exactly(u64),
    /// So many or fewer: nothing had to be counted to know that.
    AtMost(u64),
    /// More: so many were counted.
    MoreThan(u64),
}

impl fmt::Display for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(1) => f.write_str("1 entry"),
            Self::AtMost(1) => f.write_str("1 entry at most"),
            Self::AtMost(count) => write!(f, "{count} entries at most"),
            Self::Exactly(count) => write!(f, "{count} entries"),
            Self::MoreThan(count) => write!(f, "more than {count} entries"),
        }
    }
}

impl Explanation {
    pub(super) fn new(request: &Request, prepared: &Prepared) -> Self {
        let Prepared {
            table, access, check, ..
        } = prepared;
        let name = |index: usize| table.indexes[index].definition.name.clone();
        let by = match access.by {
            By::Nothing => Way::Nothing,
            By::Index(_) => Way::Index,
            By::Key if access.covered.is_empty() && request.after.is_none() => Way::Scan,
            By::Key => Way::Key,
        };
        let own = match access.by {
            By::Index(index) => Some(name(index)),
            _ => None,
        };
        let also = access.also.as_ref().map(|also| name(also.index));
        let mut explanation = Self {
            table: table.name.clone(),
            by,
            indexes: own.into_iter().chain(also).collect(),
            entries: access.counted.map(|counted| match counted {
                Counted::Exactly(count) => Entries::Exactly(count),
                Counted::AtMost(count) => Entries::AtMost(count),
                Counted::MoreThan(count) => Entries::MoreThan(count),
            }),
            asked: paths(check),
            sorted: access.in_order.is_none(),
            text: String::new(),
        };
        explanation.text = explanation.lines(request, access).join("\n  ");
        explanation
    }

    fn lines(&self, request: &Request, access: &Access) -> Vec<String> {
        let mut lines = vec![format!("query of {}", self.table)];
        let found = self.entries.map_or_else(String::new, |entries| {
            let ranges = match access.ranges.len() {
                1 => "1 range".to_owned(),
                count => format!("{count} ranges"),
            };
            format!(": {entries} in {ranges}")
        });
        lines.push(match self.by {
            Way::Nothing => "nothing to look for: the conditions exclude each other".to_owned(),
            Way::Scan => "all rows, by key".to_owned(),
            Way::Key => format!("rows by key{found}"),
            Way::Index => format!("index {}{found}", self.indexes[0]),
        });
        if let Some(also) = &access.also {
            lines.push(format!(
                "that are in index {} too: {} entries",
                self.indexes[1], also.counted
            ));
        }
        if !self.asked.is_empty() {
            let asked: Vec<String> = self.asked.iter().map(|path| format!("`{path}`")).collect();
            lines.push(format!("asked of each row: {}", asked.join(", ")));
        }
        let order = request.order.iter().map(|order| match order.way {
            OrderWay::Ascending => order.path.clone(),
            OrderWay::Descending => format!("{} desc", order.path),
        });
        let order = order.collect::<Vec<_>>().join(", ");
        match (self.sorted, order.is_empty()) {
            (true, true) => lines.push("sorted by key".to_owned()),
            (true, false) => lines.push(format!("sorted by {order}")),
            (false, false) => lines.push(format!("found in the order of {order}")),
            (false, true) => {}
        }
        if request.after.is_some() {
            lines.push("behind a cursor".to_owned());
        }
        if request.offset > 0 {
            lines.push(format!("offset {}", request.offset));
        }
        lines.extend(request.limit.map(|limit| format!("limit {limit}")));
        lines
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Lists the paths that a condition asks, each once.
fn paths(check: &Check) -> Vec<String> {
    let mut paths = Vec::new();
    add_paths(check, "", &mut paths);
    paths
}

fn add_paths(check: &Check, prefix: &str, paths: &mut Vec<String>) {
    match check {
        Check::Const(_) => {}
        Check::Not(inner) => add_paths(inner, prefix, paths),
        Check::All(checks) | Check::Any(checks) => {
            checks.iter().for_each(|check| add_paths(check, prefix, paths));
        }
        Check::Value(check) => {
            let dot = if prefix.is_empty() || check.path.is_empty() {
                ""
            } else {
                "."
            };
            let path = format!("{prefix}{dot}{}", check.path);
            if let Probe::Items(_, _, inner) = &check.probe {
                return add_paths(inner, &format!("{path}[]"), paths);
            }
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
}
