//! The programs that carry rows between versions, as they were compiled.

use std::fmt;

use crate::catalog::read_versions;
use crate::diff::Way;
use crate::error::Result;
use crate::plan::{Presence, TableEffect, TableState};
use crate::txn::{RouteProgram, Routes};

use super::database::Database;

/// A program that carries rows of a table from one version to another: see [`Database::effect_programs`].
///
/// Its text has a line for each thing that is done with a row, in the order in which it is done. Fields stand in the order of
/// their storage names: `copy` and `skip` take the next ones of the row as it is, `note` remembers where one stands that is
/// written later, `noted` writes it, and `insert` puts bytes in. What is indented is done with the value named above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProgram {
    /// The versions: from the first to the last.
    pub versions: Vec<u32>,
    /// What else is done than moving bytes.
    pub notes: Vec<String>,
    /// The program, line by line.
    pub lines: Vec<String>,
}

impl RowProgram {
    fn new(from: u32, programs: &[RouteProgram], parent: impl Fn(u32) -> Option<u32>) -> Vec<Self> {
        let mut at = from;
        let programs = programs.iter().map(|program| {
            let mut versions = vec![at];
            for (edge, way) in &program.edges {
                at = match way {
                    Way::Up => *edge,
                    Way::Down => parent(*edge).unwrap_or(at),
                };
                versions.push(at);
            }
            Self {
                versions,
                notes: program.notes.iter().map(|note| (*note).to_owned()).collect(),
                lines: program.lines.clone(),
            }
        });
        programs.collect()
    }
}

impl fmt::Display for RowProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<String> = self.versions.iter().map(u32::to_string).collect();
        writeln!(f, "version {}:", versions.join(" to "))?;
        for line in &self.lines {
            writeln!(f, "  {line}")?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "  ({note})"))
    }
}

impl Database {
    /// Returns the programs that carry rows over what a revision did to a table, there and back. Several edges are one
    /// program where rows need nothing but themselves to cross them.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String, people: u32 }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(renamed_from = "people")] citizens: u32, #[quanta(default = 7)] area: u8 }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # options().entities::<(Before,)>().open("cities")?;
    /// // `people` is called `citizens` now, and `area` is new.
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// let history = db.history()?;
    /// let effect = &history.records[1].effects[0];
    /// let [up, down] = db.effect_programs(effect)?;
    /// assert_eq!(up[0].lines, ["insert 07", "note name", "copy people", "noted name"]);
    /// assert_eq!(down[0].lines, ["skip area", "note citizens", "copy name", "noted citizens"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a version is missing or damaged.
    pub fn effect_programs(&self, effect: &TableEffect) -> Result<[Vec<RowProgram>; 2]> {
        let live = |state: &&TableState| state.presence == Presence::Live;
        let Some(before) = effect.before.as_ref().filter(live) else {
            return Ok([Vec::new(), Vec::new()]);
        };
        let snapshot = self.core().snapshot()?;
        let versions = read_versions(snapshot.as_ref(), effect.table)?;
        let head = self.head();
        let kept = head.tables.get(&effect.table).map(|table| table.kept.clone());
        let kept = kept.unwrap_or_default();
        let mut routes = Routes::new(&before.name, &versions, &kept);
        let parent = |version: u32| versions.get(&version).and_then(|version| version.parent);
        let mut between = |from: u32, to: u32| -> Result<Vec<RowProgram>> {
            let route = routes.between(from, to)?;
            Ok(RowProgram::new(from, &route.programs(), parent))
        };
        let (lower, upper) = (before.version, effect.after.version);
        Ok([between(lower, upper)?, between(upper, lower)?])
    }
}
