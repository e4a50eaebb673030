//! Choosing the way by which a query finds its rows: that which looks at the fewest entries.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use quanta_storage::Direction;

use crate::collection::RowSource;
use crate::error::Result;
use crate::index::IndexRange;
use crate::schema::Node;
use crate::txn::Table;

use super::access::{Access, Also, By, Counted, key_range};
use super::bounds::{Bounds, Part, Spans};
use super::check::Check;
use super::order::{OrderBy, OrderWay};

/// Entries that are counted before a way is chosen, at most, for each index.
const DIVE_ENTRIES_MAX: u64 = 1024;
/// So few entries need no comparison with anything else.
const FEW_ENTRIES: u64 = 64;
/// What reading a row by its key costs, in rows that are read one after the other.
const ROW_BY_KEY: u64 = 4;

/// What is asked for, besides the table.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Conditions that all have to hold.
    pub conditions: &'a [Check],
    /// The order.
    pub order: &'a [OrderBy],
    /// Whether rows that the order doesn't tell apart have to come in the order of their keys.
    pub needs_order: bool,
    /// So many rows at most.
    pub limit: Option<u64>,
}

/// A way that might be taken.
struct Candidate {
    by: By,
    bounds: Bounds,
    /// Whether each of its ranges is one value, which one row has at most.
    finds_one: bool,
    /// Whether no given value is among those by which rows are ordered.
    orders_behind: bool,
    /// Whether no row can come up twice, even if it has several values.
    comes_once: bool,
    in_order: Option<Direction>,
    /// How many entries it finds; none if that was not looked for.
    counted: Option<Counted>,
}

impl Candidate {
    /// Returns how many rows it finds at most, if that is known without a look.
    fn rows_max(&self) -> Option<u64> {
        self.finds_one.then_some(self.bounds.ranges.len() as u64)
    }

    /// Returns what it costs to read so many entries and their rows, in rows that are read one after the other.
    fn cost_of(&self, entries: u64) -> u64 {
        match self.by {
            By::Index(_) => entries * ROW_BY_KEY,
            _ => entries,
        }
    }
}

/// Chooses the way to the rows of a table.
///
/// # Errors
///
/// Those of the engine.
pub fn choose(source: &RowSource<'_>, table: &Table, wanted: Wanted<'_>) -> Result<Access> {
    if wanted.conditions.contains(&Check::Const(false)) {
        return Ok(nothing());
    }
    let spans = Spans::of(&table.schema.shape, wanted.conditions);
    let mut candidates = Vec::new();
    for (by, parts) in ways(table) {
        let bounds = spans.bounds(&parts);
        let is_unique = match by {
            By::Index(index) => table.indexes[index].definition.unique,
            _ => false,
        };
        if by != By::Key && !is_complete(&parts, &bounds, is_unique) {
            continue;
        }
        let in_order = in_order(&table.schema.key, (by, &parts), &bounds, wanted);
        if bounds.bound > 0 || in_order.is_some() {
            let (given, rest) = parts.split_at(bounds.points);
            let mut order = wanted.order.iter();
            let is_given = order.any(|order| given.iter().any(|part| part.path == order.path));
            // A key whose end no condition can be asked about has fewer parts than fields.
            let is_whole_key = by == By::Key && parts.len() == table.schema.key.len();
            candidates.push(Candidate {
                by,
                finds_one: (is_whole_key || is_unique) && bounds.points > 0 && rest.is_empty(),
                orders_behind: !is_given && wanted.order.len() <= rest.len(),
                comes_once: rest.is_empty() && bounds.ranges.len() == 1,
                bounds,
                in_order,
                counted: None,
            });
        }
    }
    let known = candidates.iter_mut().filter_map(|candidate| {
        let rows = candidate.rows_max().filter(|rows| *rows <= FEW_ENTRIES)?;
        Some((rows, candidate))
    });
    if let Some((rows, candidate)) = known.min_by_key(|(rows, _)| *rows) {
        candidate.counted = Some(Counted::AtMost(rows));
        return Ok(access(candidate));
    }
    count_candidates(source, table, &mut candidates)?;
    let chosen = best(source, table, &candidates, wanted)?;
    Ok(match chosen {
        None => everything(table, wanted),
        Some(chosen) => {
            let also = intersection(&candidates, chosen);
            let mut access = access(&candidates[chosen]);
            if let Some(other) = also {
                let other = &candidates[other];
                access.covered.extend(other.bounds.covered.iter().copied());
                access.also = also_in(other);
            }
            access
        }
    })
}

/// Counts what candidates find, those with the most given values first: no further than what has been found costs, and
/// none that could only save a row or two.
fn count_candidates(source: &RowSource<'_>, table: &Table, candidates: &mut [Candidate]) -> Result<()> {
    let bound = |candidate: &&mut Candidate| candidate.bounds.bound > 0;
    let mut bound: Vec<&mut Candidate> = candidates.iter_mut().filter(bound).collect();
    bound.sort_by_key(|candidate| {
        let (bounds, is_by_key) = (&candidate.bounds, candidate.by == By::Key);
        let finds_one = (candidate.finds_one, candidate.finds_one && is_by_key);
        Reverse((
            finds_one,
            bounds.points,
            bounds.bound,
            candidate.in_order.is_some(),
        ))
    });
    let mut cost = DIVE_ENTRIES_MAX;
    for candidate in bound {
        let counted = count(source, table, candidate.by, &candidate.bounds.ranges, cost)?;
        candidate.counted = Some(counted);
        if let Counted::Exactly(entries) = counted {
            cost = cost.min(candidate.cost_of(entries));
        }
        if cost <= ROW_BY_KEY {
            break;
        }
    }
    Ok(())
}

fn access(candidate: &Candidate) -> Access {
    Access {
        by: candidate.by,
        ranges: candidate.bounds.ranges.clone(),
        covered: candidate.bounds.covered.clone(),
        in_order: candidate.in_order,
        comes_once: candidate.comes_once,
        finds_one: candidate.finds_one,
        ordered_behind: candidate.orders_behind.then(|| candidate.bounds.prefix.clone()),
        counted: candidate.counted,
        also: None,
    }
}

fn also_in(other: &Candidate) -> Option<Also> {
    match (other.by, other.counted) {
        (By::Index(index), Some(counted)) => Some(Also {
            index,
            ranges: other.bounds.ranges.clone(),
            counted: counted.entries(),
        }),
        _ => None,
    }
}

fn nothing() -> Access {
    Access {
        by: By::Nothing,
        ranges: Vec::new(),
        covered: BTreeSet::new(),
        in_order: Some(Direction::Forward),
        comes_once: true,
        finds_one: false,
        ordered_behind: None,
        counted: None,
        also: None,
    }
}

fn everything(table: &Table, wanted: Wanted<'_>) -> Access {
    let (by, parts) = key_way(table);
    let bounds = Spans::default().bounds(&parts);
    Access {
        by,
        in_order: in_order(&table.schema.key, (by, &parts), &bounds, wanted),
        ranges: bounds.ranges,
        covered: BTreeSet::new(),
        comes_once: true,
        finds_one: false,
        ordered_behind: None,
        counted: None,
        also: None,
    }
}

/// Lists the ways to the rows of a table: by key first.
fn ways(table: &Table) -> Vec<(By, Vec<Part>)> {
    let mut ways = vec![key_way(table)];
    for (position, index) in table.indexes.iter().enumerate() {
        let forms = index.projection().forms();
        let parts = index.definition.fields.iter().zip(forms);
        let parts = parts.map(|(field, (is_tagged, is_many))| Part {
            path: field.path.clone(),
            way: field.way,
            is_tagged,
            is_many,
        });
        ways.push((By::Index(position), parts.collect()));
    }
    ways
}

fn key_way(table: &Table) -> (By, Vec<Part>) {
    let shape = &table.schema.shape;
    let parts = table.schema.key.iter().map_while(|name| {
        let field = shape.fields().iter().find(|field| field.name == *name)?;
        let is_tagged = match shape.node(field.node) {
            // A key has a byte for each of several options in one another, an index only one.
            Node::Option(item) if matches!(shape.node(*item), Node::Option(_)) => return None,
            Node::Option(_) => true,
            _ => false,
        };
        Some(Part {
            path: name.clone(),
            way: OrderWay::Ascending,
            is_tagged,
            is_many: false,
        })
    });
    (By::Key, parts.collect())
}

/// Tells whether an index has all rows that are asked for: it has none for rows without items, and a unique one none for
/// rows without a value.
fn is_complete(parts: &[Part], bounds: &Bounds, is_unique: bool) -> bool {
    let may_lack = |part: &Part| part.is_many || is_unique && part.is_tagged;
    let mut lacking = parts.iter().enumerate().filter(|(_, part)| may_lack(part));
    lacking.all(|(position, _)| bounds.certain.contains(&position))
}

/// Says in which direction rows come in the order that is asked for, if they do.
fn in_order(
    key: &[String],
    (by, parts): (By, &[Part]),
    bounds: &Bounds,
    wanted: Wanted<'_>,
) -> Option<Direction> {
    if wanted.order.is_empty() && !wanted.needs_order {
        return Some(Direction::Forward);
    }
    // The ranges of several given values are one behind the other: what follows is in order only within each.
    let is_one = bounds.ranges.len() == 1;
    let given = if is_one { bounds.points } else { 0 };
    if parts.iter().any(|part| part.is_many) {
        return None;
    }
    let is_given = |order: &&OrderBy| is_one && parts[..given].iter().any(|part| part.path == order.path);
    let order: Vec<&OrderBy> = wanted.order.iter().filter(|order| !is_given(order)).collect();
    // Rows with equal values under an index come by their keys, the way of its last field.
    let way_behind = parts.last().map_or(OrderWay::Ascending, |part| part.way);
    let behind = if by == By::Key { &[][..] } else { key };
    let rest = parts[given..].iter().map(|part| (&part.path, part.way));
    let rest: Vec<_> = rest.chain(behind.iter().map(|path| (path, way_behind))).collect();
    let follows = order
        .iter()
        .zip(&rest)
        .all(|(order, (path, _))| order.path == **path);
    // Rows that are equal so far have to come by their keys.
    let ends_in_key = by == By::Key || order.len() >= parts.len() - given;
    let way = wanted.order.last().map_or(OrderWay::Ascending, |order| order.way);
    let direction = direction_of(way_behind, way);
    let mut ways = order.iter().zip(&rest);
    let is_one_direction = ways.all(|(order, (_, way))| direction_of(*way, order.way) == direction);
    let fits = follows && is_one_direction && order.len() <= rest.len() && ends_in_key;
    fits.then_some(direction)
}

/// Returns the direction in which values that are stored one way come the other, or the same.
fn direction_of(stored: OrderWay, wanted: OrderWay) -> Direction {
    if stored == wanted {
        Direction::Forward
    } else {
        Direction::Backward
    }
}

/// Picks the cheapest way; none if that is to read everything.
fn best(
    source: &RowSource<'_>,
    table: &Table,
    candidates: &[Candidate],
    wanted: Wanted<'_>,
) -> Result<Option<usize>> {
    let counted = candidates
        .iter()
        .enumerate()
        .filter_map(|(position, candidate)| Some((position, candidate, candidate.counted?)));
    let rank = |(_, candidate, counted): &(usize, &Candidate, Counted)| {
        let bound = usize::MAX - candidate.bounds.bound;
        (
            matches!(counted, Counted::MoreThan(_)),
            candidate.cost_of(counted.entries()),
            bound,
            candidate.in_order.is_none(),
        )
    };
    let fewest = counted.min_by_key(rank);
    if let Some((position, candidate, Counted::Exactly(entries))) = fewest {
        let cost = candidate.cost_of(entries);
        let is_cheap = entries <= FEW_ENTRIES || cost <= rows_up_to(source, table, cost)?;
        return Ok(is_cheap.then_some(position));
    }
    // There are many rows: those that come in order need not all be read.
    let ordered = candidates
        .iter()
        .position(|candidate| candidate.in_order.is_some() && !wanted.order.is_empty());
    if ordered.is_some() && (wanted.limit.is_some() || fewest.is_none()) {
        return Ok(ordered);
    }
    Ok(fewest.and_then(|(position, candidate, _)| {
        // Given values are few among many; what is known of bounds is only that much lies within.
        (candidate.by == By::Key || candidate.bounds.points > 0).then_some(position)
    }))
}

/// Finds a second index that leaves fewer rows to be read.
fn intersection(candidates: &[Candidate], chosen: usize) -> Option<usize> {
    let first = &candidates[chosen];
    let Some(Counted::Exactly(entries)) = first.counted else {
        return None;
    };
    if entries <= FEW_ENTRIES || !matches!(first.by, By::Index(_)) {
        return None;
    }
    let others = candidates.iter().enumerate().filter(|(position, other)| {
        let adds = !other.bounds.covered.is_subset(&first.bounds.covered);
        *position != chosen && matches!(other.by, By::Index(_)) && other.bounds.bound > 0 && adds
    });
    let counted = others.filter_map(|(position, other)| match other.counted {
        Some(Counted::Exactly(entries)) => Some((entries, position)),
        _ => None,
    });
    counted
        .min()
        .filter(|(more, _)| *more <= 2 * entries)
        .map(|(_, position)| position)
}

fn rows_up_to(source: &RowSource<'_>, table: &Table, max: u64) -> Result<u64> {
    count(source, table, By::Key, &[IndexRange::all()], max).map(Counted::entries)
}

fn count(source: &RowSource<'_>, table: &Table, by: By, ranges: &[IndexRange], max: u64) -> Result<Counted> {
    let mut count = 0;
    for range in ranges {
        let mut cursor = source.scan(&key_range(table, by, range), Direction::Forward)?;
        while cursor.next()?.is_some() {
            if count == max {
                return Ok(Counted::MoreThan(max));
            }
            count += 1;
        }
    }
    Ok(Counted::Exactly(count))
}
