//! Generations of a table and the edges between them, as data.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use quanta_core::Seed;
use quantadb::QuantaType;

use super::face::Face;

/// One field of a key, as engines order it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Number(i128),
    Text(String),
}

/// The key of a row: its fields in their order.
pub type Key = Vec<Part>;

impl fmt::Debug for Part {
    /// As errors show it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// What rows have for a key.
pub trait Id {
    fn key(&self) -> Key;
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl Id for $number {
            fn key(&self) -> Key {
                vec![Part::Number((*self).into())]
            }
        })*
    };
}

numbers! { u8 u16 u32 i64 }

impl Id for String {
    fn key(&self) -> Key {
        vec![Part::Text(self.clone())]
    }
}

impl<A: Id, B: Id> Id for (A, B) {
    fn key(&self) -> Key {
        [self.0.key(), self.1.key()].concat()
    }
}

/// The rows of one generation.
pub trait Record: fmt::Debug + Clone + 'static {
    type Id: Id + QuantaType;

    fn row_id(&self) -> Self::Id;

    fn random(seed: &mut Seed) -> Self;

    /// Changes a field that is not of the key.
    fn touch(&mut self, seed: &mut Seed);
}

/// A row of whichever generation. Two are equal if they are bit for bit.
#[derive(Clone)]
pub struct Cell {
    row: Rc<dyn Any>,
    pub key: Key,
    pub text: String,
}

impl Cell {
    pub fn new<R: Record>(row: R) -> Self {
        Self {
            key: row.row_id().key(),
            text: format!("{row:?}"),
            row: Rc::new(row),
        }
    }

    pub fn of<R: Record>(&self) -> &R {
        self.row.downcast_ref().expect("it is a row of that generation")
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Which way a row goes over an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    Up,
    Down,
}

impl Way {
    pub fn back(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// What becomes of rows that an edge can't carry up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unable {
    /// They refuse the change.
    #[default]
    Refuse,
    /// They are taken out.
    DropRow,
}

/// Carries a row over an edge, with the row of the other side that was kept of it; none if it doesn't fit.
type Carry = Box<dyn Fn(&Cell, Option<&Cell>) -> Option<Cell>>;

/// What an edge does to rows.
pub struct Rows {
    pub up: Carry,
    pub down: Carry,
    /// What becomes of rows that don't fit.
    pub unfit: Unable,
    /// Whether rows get other keys, and what becomes of those that meet in one.
    pub rekeys: Option<Unable>,
    /// What becomes of rows that meet in a value of a unique index that comes with this generation.
    pub unique: Option<Unable>,
}

/// How a generation comes from its parent.
pub enum Edge {
    /// It is the first one.
    Root,
    /// Rows change.
    Rows(Rows),
    /// The table is dropped.
    Drop,
    /// A table is made: a new one, though the name may be old.
    Create,
}

/// What happens to a row when the team goes that it refers to.
#[derive(Clone, Copy)]
pub enum Then {
    Restrict,
    Cascade,
    /// It is written without the reference.
    SetNull(fn(&Cell) -> Cell),
}

/// That rows refer to teams.
#[derive(Clone, Copy)]
pub struct Reference {
    pub team: fn(&Cell) -> Option<u8>,
    pub then: Then,
}

/// One generation of the table.
pub struct Generation {
    pub parent: Option<usize>,
    pub edge: Edge,
    /// How programs use it; none where there is no table.
    pub face: Option<Box<dyn Face>>,
    /// What a row has in the unique index of this generation.
    pub unique: Option<fn(&Cell) -> Option<Part>>,
    pub reference: Option<Reference>,
}

/// Whether there is a table of teams beside that of the rows.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Teams {
    #[default]
    None,
    Beside,
}

/// A tree of generations.
#[derive(Default)]
pub struct History {
    pub generations: Vec<Generation>,
    pub teams: Teams,
}

/// Carries rows of one generation to those of another, in Rust; none where a row doesn't fit.
pub type Crossing<From, To> = fn(&From, Option<&To>) -> Option<To>;

fn carry<From: Record, To: Record>(crossing: Crossing<From, To>) -> Carry {
    Box::new(move |row, kept| crossing(row.of(), kept.map(Cell::of)).map(Cell::new))
}

impl Rows {
    pub fn new<Lower: Record, Upper: Record>(
        up: Crossing<Lower, Upper>,
        down: Crossing<Upper, Lower>,
    ) -> Self {
        Self {
            up: carry(up),
            down: carry(down),
            unfit: Unable::Refuse,
            rekeys: None,
            unique: None,
        }
    }

    /// Rows that don't fit are taken out.
    pub fn unfit_are_dropped(self) -> Self {
        Self {
            unfit: Unable::DropRow,
            ..self
        }
    }

    /// Rows get other keys.
    pub fn rekeyed(self, meeting: Unable) -> Self {
        Self {
            rekeys: Some(meeting),
            ..self
        }
    }

    /// Values become unique.
    pub fn unique(self, meeting: Unable) -> Self {
        Self {
            unique: Some(meeting),
            ..self
        }
    }
}

impl History {
    pub fn with(mut self, parent: Option<usize>, edge: Edge, face: Option<Box<dyn Face>>) -> Self {
        self.generations.push(Generation {
            parent,
            edge,
            face,
            unique: None,
            reference: None,
        });
        self
    }

    /// Says what the unique index of the generation that was added last holds.
    pub fn unique(mut self, values: fn(&Cell) -> Option<Part>) -> Self {
        self.generations.last_mut().expect("there is a generation").unique = Some(values);
        self
    }

    /// Says what the generation that was added last refers to.
    pub fn refers(mut self, reference: Reference) -> Self {
        self.generations
            .last_mut()
            .expect("there is a generation")
            .reference = Some(reference);
        self
    }

    /// Puts a table of teams beside that of the rows.
    pub fn beside_teams(self) -> Self {
        Self {
            teams: Teams::Beside,
            ..self
        }
    }

    /// Lists a generation and those below it.
    fn ancestors(&self, from: usize) -> Vec<usize> {
        std::iter::successors(Some(from), |at| self.generations[*at].parent).collect()
    }

    /// Lists the edges from one generation to another, each by the generation above it.
    pub fn way(&self, from: usize, to: usize) -> Vec<(usize, Way)> {
        let (down, up) = (self.ancestors(from), self.ancestors(to));
        let is_left = |at: &&usize| !up.contains(at);
        let is_reached = |at: &&usize| !down.contains(at);
        let down = down.iter().filter(is_left).map(|at| (*at, Way::Down));
        let up = up.iter().filter(is_reached).map(|at| (*at, Way::Up));
        down.chain(up.rev()).collect()
    }

    /// Returns the generation that an edge leads to.
    pub fn end(&self, (edge, way): (usize, Way)) -> usize {
        match way {
            Way::Up => edge,
            Way::Down => self.generations[edge].parent.expect("the root has no edge"),
        }
    }

    /// Tells whether programs get from one generation to another by being opened there.
    pub fn is_by_rows(&self, from: usize, to: usize) -> bool {
        let way = self.way(from, to);
        way.iter()
            .all(|(edge, _)| matches!(self.generations[*edge].edge, Edge::Rows(_)))
    }

    /// Returns the generation with which the unique index of this one came; none if it has none.
    pub fn unique_since(&self, at: usize) -> Option<usize> {
        let ancestors = self.ancestors(at).into_iter();
        ancestors
            .take_while(|at| self.generations[*at].unique.is_some())
            .last()
    }

    pub fn rows(&self, edge: usize) -> &Rows {
        match &self.generations[edge].edge {
            Edge::Rows(rows) => rows,
            _ => panic!("no row crosses the edge {edge}"),
        }
    }
}
