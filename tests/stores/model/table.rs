//! The model of a table: its rows, what is kept of them at each edge, and those that are out.

use std::collections::{BTreeMap, BTreeSet};

use super::history::{Cell, Edge, History, Key, Way};
use super::travel::{Counts, Refused};

/// What a row may be: its value where it was written or swept last, and the rows that were kept of it, each as it was
/// on the other side of an edge.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub at: usize,
    pub value: Cell,
    pub kept: BTreeMap<(usize, Way), Cell>,
}

impl State {
    /// Carries the row over one edge; none if it doesn't fit.
    pub fn cross(&self, history: &History, (edge, way): (usize, Way)) -> Option<Self> {
        let rows = history.rows(edge);
        let carry = match way {
            Way::Up => &rows.up,
            Way::Down => &rows.down,
        };
        let mut kept = self.kept.clone();
        let original = kept.remove(&(edge, way.back()));
        let value = carry(&self.value, original.as_ref())?;
        kept.insert((edge, way), self.value.clone());
        let at = history.end((edge, way));
        Some(Self { at, value, kept })
    }

    pub fn carried(&self, history: &History, to: usize) -> Option<Self> {
        let way = history.way(self.at, to);
        way.into_iter()
            .try_fold(self.clone(), |state, hop| state.cross(history, hop))
    }
}

/// All that one row may be.
///
/// There is one state, or several: where a visit to another generation wrote nothing, it is left open whether the row
/// was rewritten there ("A kept original may outlive a visit that wrote nothing", ARCHITECTURE.md). All have one value
/// as long as nobody writes.
pub type Row = Vec<State>;

#[derive(Debug, Clone, Default)]
pub struct Table {
    pub at: usize,
    pub rows: BTreeMap<Key, Row>,
    /// Rows that an edge took out, by their key below it: the one that comes back first is the first.
    pub out: BTreeMap<(usize, Key), Vec<Row>>,
}

/// Adds a state unless it is there.
pub fn add(row: &mut Row, state: State) {
    if !row.contains(&state) {
        row.push(state);
    }
}

impl Table {
    pub fn new(at: usize) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    /// Lists the values that a row may have now.
    pub fn values(&self, history: &History, row: &Row) -> Vec<Cell> {
        let carried = row.iter().map(|state| state.carried(history, self.at));
        carried
            .map(|state| state.expect("a row that is here can be read").value)
            .collect()
    }

    /// Tells whether another row has what this one has in the unique index.
    pub fn has_value_of(&self, history: &History, row: &Cell) -> bool {
        let value = history.generations[self.at]
            .unique
            .map(|value| (value, value(row)));
        let Some((value_of, Some(value))) = value else {
            return false;
        };
        let mut others = self.rows.iter().filter(|(key, _)| **key != row.key);
        others.any(|(_, other)| value_of(&self.values(history, other)[0]).as_ref() == Some(&value))
    }

    /// Tells whether a row refers to a team that isn't there.
    pub fn dangles(&self, history: &History, teams: &BTreeSet<u8>, row: &Cell) -> Option<u8> {
        let reference = history.generations[self.at].reference?;
        (reference.team)(row).filter(|team| !teams.contains(team))
    }

    /// Lists the rows that refer to teams which aren't there, and these.
    pub fn dangling(&self, history: &History, teams: &BTreeSet<u8>) -> Vec<(Key, u8)> {
        let rows = self.cells(history).into_iter();
        rows.filter_map(|row| Some((row.key.clone(), self.dangles(history, teams, &row)?)))
            .collect()
    }

    /// Takes note of the value that a row was found to have.
    pub fn found(&mut self, history: &History, key: &Key, has: impl Fn(&Cell) -> bool) {
        let at = self.at;
        let row = self.rows.get_mut(key).expect("it is the key of a row");
        row.retain(|state| state.carried(history, at).is_some_and(|state| has(&state.value)));
        assert!(
            !row.is_empty(),
            "none of the values that {key:?} may have was found"
        );
    }

    /// Writes a row: what is kept of the one that was there stays.
    pub fn put(&mut self, history: &History, value: &Cell) {
        let at = self.at;
        let written = |state: State| State {
            value: value.clone(),
            ..state
        };
        let old = self.rows.remove(&value.key).unwrap_or_default();
        let mut row = Row::new();
        for state in old {
            let state = state
                .carried(history, at)
                .expect("a row that is here can be read");
            add(&mut row, written(state));
        }
        if row.is_empty() {
            row.push(State {
                at,
                value: value.clone(),
                kept: BTreeMap::new(),
            });
        }
        self.rows.insert(value.key.clone(), row);
    }

    /// A delete leaves nothing of the row.
    pub fn delete(&mut self, key: &Key) -> bool {
        self.rows.remove(key).is_some()
    }

    /// Rewrites all rows to the present generation.
    pub fn sweep(&mut self, history: &History) {
        let at = self.at;
        for row in self.rows.values_mut() {
            let mut swept = Row::new();
            for state in row.iter() {
                let state = state.carried(history, at);
                add(&mut swept, state.expect("a row that is here can be read"));
            }
            *row = swept;
        }
    }
}

/// The model of a store: one table, which may be gone, and those that were left where they were.
#[derive(Debug, Clone, Default)]
pub struct Model {
    pub at: usize,
    pub table: Option<Table>,
    /// The teams that are there, if there may be any.
    pub teams: BTreeSet<u8>,
    aside: BTreeMap<(usize, Way), Table>,
}

impl Model {
    pub fn new() -> Self {
        Self {
            table: Some(Table::new(0)),
            ..Self::default()
        }
    }

    /// Goes to another generation.
    pub fn travel(&self, history: &History, to: usize) -> Result<(Self, Counts), Refused> {
        let mut model = self.clone();
        let mut counts = Counts::default();
        let mut ahead = Vec::new();
        for hop in history.way(self.at, to) {
            let (edge, way) = hop;
            let goes = matches!(
                (&history.generations[edge].edge, way),
                (Edge::Drop, Way::Up) | (Edge::Create, Way::Down)
            );
            match &history.generations[edge].edge {
                Edge::Rows(_) => ahead.push(hop),
                _ if goes => {
                    counts.add(model.go(history, &std::mem::take(&mut ahead))?);
                    let table = model.table.take().expect("there is a table to go");
                    model.aside.insert((edge, way), table);
                }
                Edge::Drop => model.table = model.aside.remove(&(edge, Way::Up)),
                _ => {
                    let kept = model.aside.remove(&(edge, Way::Down));
                    model.table = Some(kept.unwrap_or_else(|| Table::new(edge)));
                }
            }
        }
        counts.add(model.go(history, &ahead)?);
        model.at = to;
        let dangling = model
            .table
            .iter()
            .flat_map(|table| table.dangling(history, &model.teams));
        let dangling: Vec<(Key, u8)> = dangling.collect();
        if !dangling.is_empty() {
            return Err(Refused {
                dangling,
                ..Refused::default()
            });
        }
        Ok((model, counts))
    }

    fn go(&mut self, history: &History, way: &[(usize, Way)]) -> Result<Counts, Refused> {
        let Some(table) = self.table.as_ref().filter(|_| !way.is_empty()) else {
            return Ok(Counts::default());
        };
        let (table, counts) = table.travel(history, way)?;
        self.table = Some(table);
        Ok(counts)
    }
}
