//! The way that rows of one stamp take to the current version.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::diff::Way;
use crate::error::{Error, Result};
use crate::plan::{Hop, Version, path};
use crate::program::{Crossing, Fused, RestoreSource};
use crate::schema::Schema;

/// One edge on a route, compiled.
#[derive(Debug, Clone)]
pub struct RouteHop {
    /// The child version that the edge belongs to.
    pub edge: u32,
    /// The direction.
    pub way: Way,
    /// The compiled edge.
    pub crossing: Arc<Crossing>,
    /// Whether a row may have left something when it crossed the other way.
    pub may_return: bool,
    /// Where the values come from that are given back here, in the order of the fields. Rows that cross here do so
    /// before the switch: no read needs them.
    pub sources: Vec<Arc<RestoreSource>>,
}

impl RouteHop {
    /// Tells whether a row may leave something behind here.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.crossing.keeps(self.way)
    }
}

/// The way that rows of one stamp take to another version.
#[derive(Debug, Clone, Default)]
pub struct Route {
    /// The edges, in order.
    pub hops: Vec<RouteHop>,
    /// How rows are read along it: put together when the first one is.
    legs: OnceLock<Vec<Leg>>,
    is_identity: OnceLock<bool>,
}

/// A part of a route.
#[derive(Debug, Clone)]
pub enum Leg {
    /// One edge: the position. The program is for rows of which nothing was kept there, if such need nothing else.
    Edge(usize, Option<Fused>),
    /// Edges at once: the positions of the first, and of the one behind the last.
    Fused(Range<usize>, Fused),
}

impl RouteHop {
    /// Tells whether a row of which nothing was kept needs nothing but itself to be read across.
    fn can_be_fused(&self) -> bool {
        self.sources.is_empty() && self.crossing.can_be_fused(self.way)
    }
}

/// What is done with rows on a part of a route, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteProgram {
    /// The edges that are crossed at once, each by its child version.
    pub edges: Vec<(u32, Way)>,
    /// What else is done there than moving bytes.
    pub notes: Vec<&'static str>,
    /// The program, line by line.
    pub lines: Vec<String>,
}

impl RouteHop {
    fn notes(&self) -> Vec<&'static str> {
        let crossing = &self.crossing;
        let notes = [
            (self.keeps(), "what the other side can't hold is kept"),
            (self.may_return, "what was kept of a row is merged in"),
            (
                !self.sources.is_empty(),
                "values that another edge kept are given back",
            ),
            (
                crossing.needs_own_code(self.way),
                "functions of the program take part, before the switch",
            ),
            (
                crossing.can_fail(self.way),
                "a row may not fit: all are checked before anything changes",
            ),
        ];
        notes
            .into_iter()
            .filter_map(|(holds, note)| holds.then_some(note))
            .collect()
    }
}

impl Route {
    /// Takes edges in the order in which rows cross them.
    #[must_use]
    pub fn new(hops: Vec<RouteHop>) -> Self {
        Self {
            hops,
            legs: OnceLock::new(),
            is_identity: OnceLock::new(),
        }
    }

    /// Returns the parts in which rows are read along the route: edges that need nothing but the row are crossed at once.
    pub(super) fn legs(&self) -> &[Leg] {
        self.legs.get_or_init(|| {
            let mut legs = Vec::new();
            let mut at = 0;
            while at < self.hops.len() {
                let alone = |hop: &&RouteHop| !hop.may_return && hop.can_be_fused();
                let alike = self.hops[at..].iter().take_while(alone).count();
                if alike == 0 {
                    let hop = &self.hops[at];
                    legs.push(Leg::Edge(
                        at,
                        hop.can_be_fused().then(|| fused(&self.hops[at..=at])),
                    ));
                    at += 1;
                    continue;
                }
                let hops = at..at + alike;
                legs.push(Leg::Fused(hops.clone(), fused(&self.hops[hops])));
                at += alike;
            }
            legs
        })
    }

    /// Tells whether rows are the same at both ends, byte for byte, and leave and get nothing on the way.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        *self.is_identity.get_or_init(|| match self.legs() {
            [] => true,
            [Leg::Fused(_, program)] => self.is_blind() && program.is_identity(),
            _ => false,
        })
    }

    /// Lists its programs as text, in the order in which rows are read along them.
    #[must_use]
    pub fn programs(&self) -> Vec<RouteProgram> {
        let programs = self.legs().iter().map(|leg| {
            let (hops, made) = match leg {
                Leg::Fused(hops, program) => (hops.clone(), Some(program.listing())),
                Leg::Edge(at, program) => (*at..at + 1, program.as_ref().map(Fused::listing)),
            };
            let hops = &self.hops[hops];
            RouteProgram {
                edges: hops.iter().map(|hop| (hop.edge, hop.way)).collect(),
                notes: hops.iter().flat_map(RouteHop::notes).collect(),
                // One that is not run as a whole does the same, and more.
                lines: made.unwrap_or_else(|| fused(hops).listing()),
            }
        });
        programs.collect()
    }

    /// Tells whether a write may skip reading the old row: nothing is left behind, and nothing was.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.hops.iter().all(|hop| !hop.keeps() && !hop.may_return)
    }

    /// Tells whether rows get values back on the way, which can't wait.
    #[must_use]
    pub fn gives_back(&self) -> bool {
        self.hops.iter().any(|hop| !hop.sources.is_empty())
    }

    /// Tells whether reading a row needs more than the row itself.
    #[must_use]
    pub fn reads_kept(&self) -> bool {
        self.hops
            .iter()
            .any(|hop| hop.may_return || !hop.sources.is_empty())
    }
}

fn fused(hops: &[RouteHop]) -> Fused {
    let hops = hops.iter().map(|hop| (Arc::clone(&hop.crossing), hop.way));
    Fused::new(hops.collect())
}

/// Compiles the edges of one table, each once.
#[derive(Debug)]
pub struct Routes<'a> {
    table: &'a str,
    versions: &'a BTreeMap<u32, Version>,
    crossings: BTreeMap<u32, Arc<Crossing>>,
    kept: &'a BTreeSet<(u32, Way)>,
}

impl<'a> Routes<'a> {
    /// Starts with nothing compiled.
    #[must_use]
    pub fn new(table: &'a str, versions: &'a BTreeMap<u32, Version>, kept: &'a BTreeSet<(u32, Way)>) -> Self {
        Self {
            table,
            versions,
            crossings: BTreeMap::new(),
            kept,
        }
    }

    /// Compiles the route from one version to another.
    ///
    /// # Errors
    ///
    /// If a version or edge on the way is missing.
    pub fn between(&mut self, from: u32, to: u32) -> Result<Route> {
        let hops = path(self.versions, from, to).map_err(|problem| self.damaged(&problem))?;
        self.along(&hops)
    }

    /// Compiles the route along given edges.
    ///
    /// # Errors
    ///
    /// If an edge is missing.
    pub fn along(&mut self, hops: &[Hop]) -> Result<Route> {
        let hops = hops.iter().map(|(edge, way)| {
            let crossing = self.crossing(*edge)?;
            Ok(RouteHop {
                edge: *edge,
                way: *way,
                sources: self.sources(*edge, *way)?,
                crossing,
                may_return: self.kept.contains(&(*edge, way.back())),
            })
        });
        Ok(Route::new(hops.collect::<Result<_>>()?))
    }

    fn crossing(&mut self, child: u32) -> Result<Arc<Crossing>> {
        if let Some(crossing) = self.crossings.get(&child) {
            return Ok(Arc::clone(crossing));
        }
        let upper = self.version(child)?;
        let parent = upper
            .parent
            .ok_or_else(|| self.damaged(&format!("version {child} has no parent")))?;
        let edge = upper
            .edge
            .as_ref()
            .ok_or_else(|| self.damaged(&format!("version {child} has no edge")))?;
        let lower = self.version(parent)?;
        let schemas = (Arc::new(lower.schema.clone()), Arc::new(upper.schema.clone()));
        let crossing = Arc::new(compile(&edge.lens, schemas).map_err(|problem| self.damaged(&problem))?);
        self.crossings.insert(child, Arc::clone(&crossing));
        Ok(crossing)
    }

    /// Compiles where the values come from that are given back on the way up.
    fn sources(&mut self, child: u32, way: Way) -> Result<Vec<Arc<RestoreSource>>> {
        let upper = self.version(child)?;
        let Some(edge) = upper.edge.as_ref().filter(|_| way == Way::Up) else {
            return Ok(Vec::new());
        };
        let sources = edge.lens.restores.iter().map(|restore| {
            let from = self.crossing(restore.edge)?;
            let source = RestoreSource::new(restore, from, &upper.schema.shape);
            source.map(Arc::new).map_err(|problem| self.damaged(&problem))
        });
        sources.collect()
    }

    fn version(&self, number: u32) -> Result<&'a Version> {
        self.versions
            .get(&number)
            .ok_or_else(|| self.damaged(&format!("version {number} is missing")))
    }

    fn damaged(&self, problem: &str) -> Error {
        Error::corrupt(format!("the version tree of table {}", self.table), problem)
    }
}

fn compile(
    lens: &crate::diff::Lens,
    (lower, upper): (Arc<Schema>, Arc<Schema>),
) -> std::result::Result<Crossing, String> {
    lens.check(&lower.shape, &upper.shape)?;
    Ok(Crossing::new(lens.clone(), lower, upper))
}
