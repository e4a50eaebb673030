//! Random questions about rows, as data, and what a plain program answers.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use quanta_core::Seed;

use super::datum::{Datum, Part};
use super::history::Cell;

/// What is asked of one value.
#[derive(Debug, Clone)]
pub enum Test {
    Missing,
    Equal(Datum),
    Other(Datum),
    Below(Datum),
    AtMost(Datum),
    Above(Datum),
    AtLeast(Datum),
    Between(Datum, Datum),
    Among(Vec<Datum>),
    Has(Part, String),
}

/// How many items of a list have to satisfy a test. Without a list there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Any,
    All,
}

/// Which rows are asked for. Places are numbers of columns.
#[derive(Debug, Clone)]
pub enum Condition {
    Is(usize, Reach, Test),
    Not(Box<Condition>),
    Both(Box<Condition>, Box<Condition>),
    Either(Box<Condition>, Box<Condition>),
}

/// Reads what a row has at a place.
type Reads = Box<dyn Fn(&Cell) -> Vec<Datum>>;

/// A column as the model reads it.
pub struct View {
    pub path: &'static str,
    pub is_list: bool,
    pub read: Reads,
}

/// A direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Ascending,
    Descending,
}

/// Rows in an order, some of them, and one column that is looked at.
#[derive(Debug, Clone)]
pub struct Question {
    /// None asks for all rows.
    pub condition: Option<Condition>,
    pub order: Vec<(usize, Turn)>,
    pub offset: usize,
    pub limit: usize,
    /// Rows on a page.
    pub page: usize,
    /// What is grouped, selected and added up.
    pub column: usize,
}

impl Test {
    fn holds(&self, value: &Datum) -> bool {
        let is_there = *value != Datum::None;
        match self {
            Self::Missing => !is_there,
            Self::Equal(datum) => value == datum,
            Self::Other(datum) => value != datum,
            Self::Below(datum) => is_there && value < datum,
            Self::AtMost(datum) => is_there && value <= datum,
            Self::Above(datum) => is_there && value > datum,
            Self::AtLeast(datum) => is_there && value >= datum,
            Self::Between(low, high) => is_there && low <= value && value <= high,
            Self::Among(data) => data.contains(value),
            Self::Has(part, text) => match (value, part) {
                (Datum::Text(value), Part::Start) => value.starts_with(text),
                (Datum::Text(value), Part::End) => value.ends_with(text),
                (Datum::Text(value), Part::Within) => value.contains(text),
                _ => false,
            },
        }
    }

    /// Asks something of values like these.
    fn random(seed: &mut Seed, data: &[Datum], is_list: bool) -> Self {
        let mut any = || seed.choose(data).clone();
        let (one, other) = (any(), any());
        match (seed.below(11), one) {
            (0, _) if !is_list => Self::Missing,
            (_, Datum::None) => Self::Missing,
            (1, Datum::Text(text)) => Self::Has(Part::Start, text),
            (2, Datum::Text(text)) => Self::Has(Part::End, text),
            (3, Datum::Text(text)) => Self::Has(Part::Within, text),
            (4, one) => Self::Other(one),
            (5, one) => Self::Below(one),
            (6, one) => Self::AtMost(one),
            (7, one) => Self::Above(one),
            (8, one) => Self::AtLeast(one),
            (9, one) if other != Datum::None => Self::Between(one, other),
            (10, one) if other != Datum::None => Self::Among(vec![one, other]),
            (_, one) => Self::Equal(one),
        }
    }
}

impl fmt::Display for Test {
    /// As filters write it, behind the path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is none"),
            Self::Equal(datum) => write!(f, "= {datum:?}"),
            Self::Other(datum) => write!(f, "!= {datum:?}"),
            Self::Below(datum) => write!(f, "< {datum:?}"),
            Self::AtMost(datum) => write!(f, "<= {datum:?}"),
            Self::Above(datum) => write!(f, "> {datum:?}"),
            Self::AtLeast(datum) => write!(f, ">= {datum:?}"),
            Self::Between(low, high) => write!(f, "between {low:?} and {high:?}"),
            Self::Among(data) => {
                let data: Vec<String> = data.iter().map(|datum| format!("{datum:?}")).collect();
                write!(f, "in ({})", data.join(", "))
            }
            Self::Has(Part::Start, text) => write!(f, "starts with {text:?}"),
            Self::Has(Part::End, text) => write!(f, "ends with {text:?}"),
            Self::Has(Part::Within, text) => write!(f, "contains {text:?}"),
        }
    }
}

impl Condition {
    pub fn holds(&self, views: &[View], row: &Cell) -> bool {
        match self {
            Self::Is(at, reach, test) => {
                let values = (views[*at].read)(row);
                match reach {
                    Reach::Any => values.iter().any(|value| test.holds(value)),
                    Reach::All => values.iter().all(|value| test.holds(value)),
                }
            }
            Self::Not(condition) => !condition.holds(views, row),
            Self::Both(one, other) => one.holds(views, row) && other.holds(views, row),
            Self::Either(one, other) => one.holds(views, row) || other.holds(views, row),
        }
    }

    /// As text.
    pub fn said(&self, views: &[View]) -> String {
        match self {
            Self::Is(at, Reach::All, test) => format!("all {} {test}", views[*at].path),
            Self::Is(at, Reach::Any, test) => format!("{} {test}", views[*at].path),
            Self::Not(condition) => format!("not ({})", condition.said(views)),
            Self::Both(one, other) => format!("({} and {})", one.said(views), other.said(views)),
            Self::Either(one, other) => format!("({} or {})", one.said(views), other.said(views)),
        }
    }

    /// Makes one of values that rows have, or could have.
    pub fn random(seed: &mut Seed, views: &[View], rows: &[Cell], depth: usize) -> Self {
        if depth == 0 || seed.one_in(2) {
            let at = seed.below(views.len());
            let data: Vec<Datum> = rows.iter().flat_map(|row| (views[at].read)(row)).collect();
            if data.is_empty() {
                return Self::random(seed, views, rows, depth);
            }
            let is_list = views[at].is_list;
            let reach = if is_list && seed.one_in(3) {
                Reach::All
            } else {
                Reach::Any
            };
            return Self::Is(at, reach, Test::random(seed, &data, is_list));
        }
        let mut part = || Box::new(Self::random(seed, views, rows, depth - 1));
        let (one, other) = (part(), part());
        match seed.below(5) {
            0 => Self::Not(one),
            1 | 2 => Self::Either(one, other),
            _ => Self::Both(one, other),
        }
    }
}

impl Question {
    pub fn random(seed: &mut Seed, views: &[View], rows: &[Cell]) -> Self {
        let single: Vec<usize> = (0..views.len()).filter(|at| !views[*at].is_list).collect();
        let mut order: Vec<(usize, Turn)> = Vec::new();
        for _ in 0..seed.below(4) {
            let at = *seed.choose(&single);
            if order.iter().all(|(other, _)| *other != at) {
                order.push((at, *seed.choose(&[Turn::Ascending, Turn::Descending])));
            }
        }
        Self {
            condition: (!seed.one_in(6)).then(|| Condition::random(seed, views, rows, 2)),
            order,
            offset: seed.below(4),
            limit: seed.below(6),
            page: seed.below(4) + 1,
            column: *seed.choose(&single),
        }
    }

    /// Returns the rows in their order: by their keys, in the direction of the last field, where it doesn't tell them apart.
    pub fn answer(&self, views: &[View], rows: &[Cell]) -> Vec<Cell> {
        let is_found = |row: &&Cell| {
            let condition = self.condition.as_ref();
            condition.is_none_or(|condition| condition.holds(views, row))
        };
        let mut found: Vec<Cell> = rows.iter().filter(is_found).cloned().collect();
        found.sort_by(|one, other| self.compare(views, one, other));
        found
    }

    fn compare(&self, views: &[View], one: &Cell, other: &Cell) -> Ordering {
        let turned = |order: Ordering, turn: Turn| match turn {
            Turn::Ascending => order,
            Turn::Descending => order.reverse(),
        };
        let by = self.order.iter().map(|(at, turn)| {
            let read = &views[*at].read;
            turned(read(one).cmp(&read(other)), *turn)
        });
        let last = self.order.last().map_or(Turn::Ascending, |(_, turn)| *turn);
        by.chain([turned(one.key.cmp(&other.key), last)])
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// The order as text.
    pub fn said_order(&self, views: &[View]) -> String {
        let said = self.order.iter().map(|(at, turn)| match turn {
            Turn::Ascending => views[*at].path.to_owned(),
            Turn::Descending => format!("{} desc", views[*at].path),
        });
        said.collect::<Vec<_>>().join(", ")
    }

    pub fn said(&self, views: &[View]) -> String {
        let condition = self.condition.as_ref().map(|condition| condition.said(views));
        format!(
            "{} by {}, {} from {}, {} on a page, {}",
            condition.unwrap_or_default(),
            self.said_order(views),
            self.limit,
            self.offset,
            self.page,
            views[self.column].path
        )
    }
}

/// Counts rows by the value that each has in a column.
pub fn groups(view: &View, rows: &[Cell]) -> Vec<(Datum, u64)> {
    let mut groups: BTreeMap<Datum, u64> = BTreeMap::new();
    for row in rows {
        *groups.entry((view.read)(row).remove(0)).or_default() += 1;
    }
    groups.into_iter().collect()
}
