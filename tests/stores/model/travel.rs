//! A whole table on its way: every row crosses an edge before any crosses the next one.

use std::collections::{BTreeMap, BTreeSet};

use super::history::{History, Key, Unable, Way};
use super::table::{Row, Table, add};

/// How many rows were taken out, came back, and stayed out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub dropped: u64,
    pub returned: u64,
    pub left_out: u64,
    /// Whether rows have one key between, and other ones at the end. Edge by edge that refuses the way; at once it may.
    pub meets_between: bool,
}

impl Counts {
    pub fn add(&mut self, other: Self) {
        self.dropped += other.dropped;
        self.returned += other.returned;
        self.left_out += other.left_out;
        self.meets_between |= other.meets_between;
    }
}

/// Why a table can't go, in keys as of before the journey.
#[derive(Debug, Default)]
pub struct Refused {
    /// Rows that don't fit.
    pub unfit: Vec<Key>,
    /// Rows that meet: of each group, one may stay.
    pub meeting: Vec<Vec<Key>>,
    /// Rows that refer to teams which aren't there, and these. The keys are those of after the journey.
    pub dangling: Vec<(Key, u8)>,
    /// Whether rows don't fit, or meet: some may come back on the way, and have no key before it.
    pub is_unfit: bool,
    pub has_met: bool,
    /// As [`Counts::meets_between`].
    pub meets_between: bool,
}

/// A row on its way.
#[derive(Debug)]
struct Walker {
    /// Its key before the journey; none if it was out.
    start: Option<Key>,
    key: Key,
    row: Row,
    /// Its key and itself below the edge that it has just crossed upwards.
    below: (Key, Row),
}

impl Walker {
    fn new(start: Option<Key>, key: Key, row: Row) -> Self {
        let below = (key.clone(), row.clone());
        Self {
            start,
            key,
            row,
            below,
        }
    }
}

/// A table on its way.
struct Journey<'a> {
    history: &'a History,
    /// In the order of their keys.
    walkers: Vec<Walker>,
    out: BTreeMap<(usize, Key), Vec<Row>>,
    counts: Counts,
    refused: Refused,
}

impl Table {
    /// Goes along edges over which rows go.
    pub fn travel(&self, history: &History, way: &[(usize, Way)]) -> Result<(Self, Counts), Refused> {
        let mut journey = Journey {
            history,
            walkers: self.walkers(history, way),
            out: self.out.clone(),
            counts: Counts::default(),
            refused: Refused::default(),
        };
        for (position, (edge, direction)) in way.iter().enumerate() {
            match direction {
                Way::Up => journey.up(*edge),
                Way::Down => journey.down(*edge),
            }
            let meets = !journey.groups(|_, walker| Some(walker.key.clone())).is_empty();
            journey.counts.meets_between |= meets && position + 1 < way.len();
        }
        journey.arrive(
            self.at,
            history.end(*way.last().expect("there is an edge to cross")),
        );
        if journey.refused.is_unfit || journey.refused.has_met {
            journey.refused.meets_between = journey.counts.meets_between;
            return Err(journey.refused);
        }
        let rekeys = way.iter().any(|(edge, _)| history.rows(*edge).rekeys.is_some());
        let counts = journey.counts;
        // Where rows move, go or come, all are rewritten. Else a row may stay as it was until it is swept.
        let is_built = rekeys || counts.dropped + counts.returned > 0;
        let mut rows = BTreeMap::new();
        for mut walker in journey.walkers {
            if !is_built {
                let old = walker.start.as_ref().and_then(|start| self.rows.get(start));
                old.into_iter()
                    .flatten()
                    .for_each(|state| add(&mut walker.row, state.clone()));
            }
            rows.insert(walker.key, walker.row);
        }
        let at = history.end(*way.last().expect("there is an edge to cross"));
        let out = journey.out;
        Ok((Self { at, rows, out }, counts))
    }

    /// Has all rows stand where they join the way.
    fn walkers(&self, history: &History, way: &[(usize, Way)]) -> Vec<Walker> {
        let ends = way.iter().map(|hop| history.end(*hop));
        let places: BTreeSet<usize> = ends.chain([self.at]).collect();
        let to = history.end(*way.last().expect("there is an edge to cross"));
        let join = |row: &Row| {
            let mut joined = Row::new();
            for state in row {
                let mut state = state.clone();
                for hop in history.way(state.at, to) {
                    if places.contains(&state.at) {
                        break;
                    }
                    state = state.cross(history, hop).expect("a row that is here can be read");
                }
                add(&mut joined, state);
            }
            joined
        };
        let walker = |(key, row): (&Key, &Row)| Walker::new(Some(key.clone()), key.clone(), join(row));
        self.rows.iter().map(walker).collect()
    }
}

impl Journey<'_> {
    /// Carries all rows over an edge, and returns those that don't fit as they were.
    fn cross(&mut self, hop: (usize, Way)) -> Vec<Walker> {
        let (mut across, mut unfit) = (Vec::new(), Vec::new());
        for walker in std::mem::take(&mut self.walkers) {
            let mut row = Row::new();
            let mut stopped = 0;
            for state in &walker.row {
                // What joins the way further on has nothing to cross here.
                let is_here =
                    self.history.end(hop) != state.at && self.history.end((hop.0, hop.1.back())) == state.at;
                match is_here.then(|| state.cross(self.history, hop)) {
                    Some(Some(state)) => add(&mut row, state),
                    Some(None) => stopped += 1,
                    None => add(&mut row, state.clone()),
                }
            }
            assert!(
                stopped == 0 || row.is_empty(),
                "whether it fits has to be the same for all that a row may be: {walker:?}"
            );
            if stopped == 0 {
                across.push(Walker { row, ..walker });
            } else {
                unfit.push(walker);
            }
        }
        self.walkers = across;
        unfit
    }

    fn up(&mut self, edge: usize) {
        let rows = self.history.rows(edge);
        for walker in &mut self.walkers {
            walker.below = (walker.key.clone(), walker.row.clone());
        }
        let unfit = self.cross((edge, Way::Up));
        match rows.unfit {
            Unable::DropRow => unfit.into_iter().for_each(|walker| self.take_out(edge, walker)),
            Unable::Refuse => unfit.into_iter().for_each(|walker| self.refuse(walker)),
        }
        if rows.unique == Some(Unable::DropRow) {
            self.drop_later(edge, |journey, walker| journey.unique_value(edge, walker));
        }
        if let Some(meeting) = rows.rekeys {
            if meeting == Unable::DropRow {
                self.drop_later(edge, |_, walker| Some(walker.row[0].value.key.clone()));
            }
            self.move_all();
        }
    }

    fn down(&mut self, edge: usize) {
        let unfit = self.cross((edge, Way::Down));
        unfit.into_iter().for_each(|walker| self.refuse(walker));
        if self.history.rows(edge).rekeys.is_some() {
            self.move_all();
        }
        self.bring_back(edge);
    }

    /// Rows must not meet where they are in the end: not in their key, and not in an index that is built there.
    fn arrive(&mut self, from: usize, to: usize) {
        let mut groups = self.groups(|_, walker| Some(walker.key.clone()));
        if self.history.unique_since(to) != self.history.unique_since(from) {
            groups.extend(self.groups(|journey, walker| journey.unique_value(to, walker)));
        }
        for group in groups {
            self.refused.has_met = true;
            let starts = group.into_iter().filter_map(|at| self.walkers[at].start.clone());
            self.refused.meeting.push(starts.collect());
        }
    }

    /// Brings back the rows that an edge took out, but for those whose key, or value under a unique index, a live row has.
    fn bring_back(&mut self, edge: usize) {
        let parent = self.history.end((edge, Way::Down));
        let (returning, rest) = std::mem::take(&mut self.out)
            .into_iter()
            .partition(|((from, _), _)| *from == edge);
        self.out = rest;
        for ((_, key), rows) in returning {
            for row in rows {
                let walker = Walker::new(None, key.clone(), row);
                let value = self.unique_value(parent, &walker);
                let meets = |live: &Walker| {
                    live.key == walker.key || value.is_some() && self.unique_value(parent, live) == value
                };
                if self.walkers.iter().any(meets) {
                    self.counts.left_out += 1;
                    self.out.entry((edge, walker.key)).or_default().push(walker.row);
                } else {
                    self.counts.returned += 1;
                    self.walkers.push(walker);
                }
            }
        }
        self.sort();
    }

    /// Returns what a row has in the unique index of a generation.
    fn unique_value(&self, generation: usize, walker: &Walker) -> Option<Key> {
        let values = self.history.generations[generation].unique?;
        let state = walker.row[0].carried(self.history, generation)?;
        Some(vec![values(&state.value)?])
    }

    /// Groups rows that have one value: where they stand, that with the lowest key first.
    fn groups(&self, value: impl Fn(&Self, &Walker) -> Option<Key>) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (at, walker) in self.walkers.iter().enumerate() {
            if let Some(value) = value(self, walker) {
                groups.entry(value).or_default().push(at);
            }
        }
        groups.into_values().filter(|group| group.len() > 1).collect()
    }

    /// Of the rows that have one value, takes out all but that with the lowest key.
    fn drop_later(&mut self, edge: usize, value: impl Fn(&Self, &Walker) -> Option<Key>) {
        let groups = self.groups(value).into_iter();
        let later: BTreeSet<usize> = groups.flat_map(|group| group.into_iter().skip(1)).collect();
        for (at, walker) in std::mem::take(&mut self.walkers).into_iter().enumerate() {
            if later.contains(&at) {
                self.take_out(edge, walker);
            } else {
                self.walkers.push(walker);
            }
        }
    }

    /// Takes a row out: the last one of its key comes back first.
    fn take_out(&mut self, edge: usize, walker: Walker) {
        let (key, row) = walker.below;
        self.counts.dropped += 1;
        self.out.entry((edge, key)).or_default().insert(0, row);
    }

    fn refuse(&mut self, walker: Walker) {
        self.refused.is_unfit = true;
        self.refused.unfit.extend(walker.start);
    }

    /// Gives every row the key that it has now.
    fn move_all(&mut self) {
        for walker in &mut self.walkers {
            walker.key.clone_from(&walker.row[0].value.key);
            assert!(walker.row.iter().all(|state| state.value.key == walker.key));
        }
        self.sort();
    }

    fn sort(&mut self) {
        self.walkers.sort_by(|left, right| left.key.cmp(&right.key));
    }
}
