//! Paths that lead along references, and the rows that are found at their ends.

use std::sync::Arc;

use crate::collection::{RowSource, table_of_declaration};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Declaration, Field, Place, QuantaType};
use crate::schema::{ACROSS, FieldPath, Node, NodeId, PathStep, Shape};
use crate::txn::{Core, Link, Table, row_place};

use super::known::{Known, dangling};
use super::place::Located;
use super::stream::RowBytes;

/// A path that is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The path; references on it stand before a `->`.
    pub path: String,
    /// The entities that its references lead to, as far as they are said.
    pub behind: Vec<&'static Declaration>,
}

impl Asked {
    /// Asks for a field.
    pub fn of<P: Place, T: QuantaType>(field: Field<P, T>) -> Self {
        Self {
            path: field.path(),
            behind: field.behind(),
        }
    }

    /// Asks for what a text names.
    pub fn text(path: String) -> Self {
        Self {
            path,
            behind: Vec::new(),
        }
    }
}

/// The references that paths lead along, each once. What they lead to is counted from 1: 0 is the row itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Ways {
    steps: Vec<Step>,
}

/// A reference that paths lead along.
#[derive(Debug, Clone)]
struct Step {
    /// The row that refers.
    from: usize,
    /// The path of the reference in it.
    path: String,
    link: Link,
    target: Arc<Table>,
    may_be_missing: bool,
    /// Whether a row that isn't there is the same as no reference: so it is read of an option.
    is_optional: bool,
}

/// A row, by its table, its key and its body.
#[derive(Debug, Clone, Copy)]
pub struct RowAt<'r> {
    pub(super) table: &'r Table,
    pub(super) key: &'r [u8],
    pub(super) body: &'r [u8],
}

/// A row, and those that references of it lead to, in the order of the ways.
#[derive(Debug)]
pub struct Reached<'r> {
    pub(super) row: RowAt<'r>,
    pub(super) behind: Vec<Option<RowAt<'r>>>,
}

impl<'r> Reached<'r> {
    /// Takes a row for itself.
    pub fn alone(table: &'r Table, row: &'r RowBytes) -> Self {
        Self {
            row: RowAt {
                table,
                key: &row.key,
                body: &row.body,
            },
            behind: Vec::new(),
        }
    }

    /// Returns the shape of the row itself.
    pub fn shape(&self) -> &'r Shape {
        &self.row.table.schema.shape
    }
}

impl Ways {
    /// Tells whether there is none: all paths end in the row itself.
    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Follows a path. Returns the row that it ends in, and the path there.
    pub(super) fn follow<'p>(
        &mut self,
        core: &Core,
        table: &Table,
        asked: &'p Asked,
    ) -> Result<(usize, &'p str)> {
        let mut at = 0;
        let mut rest = asked.path.as_str();
        let mut declared = asked.behind.iter();
        while let Some((path, behind)) = rest.split_once(ACROSS) {
            let known = |step: &Step| step.from == at && step.path == path;
            at = match self.steps.iter().position(known) {
                Some(known) => known + 1,
                None => {
                    let step = Step::new(core, at, self.table(table, at), path)
                        .map_err(|problem| wrong(table, &asked.path, problem))?;
                    self.steps.push(step);
                    self.steps.len()
                }
            };
            if let Some(declaration) = declared.next() {
                let meant = table_of_declaration(core, declaration)?;
                let found = self.table(table, at);
                if meant.id != found.id {
                    let problem = format!("leads to the table {}, not to {}", found.name, meant.name);
                    return Err(wrong(table, &asked.path, problem.into()));
                }
            }
            rest = behind;
        }
        Ok((at, rest))
    }

    /// Returns the table of a row. `own` is that of the row itself.
    pub(super) fn table<'t>(&'t self, own: &'t Table, at: usize) -> &'t Table {
        match at.checked_sub(1) {
            None => own,
            Some(step) => &self.steps[step].target,
        }
    }

    /// Returns the shape of a row. `own` is that of the row itself.
    pub(super) fn shape<'t>(&'t self, own: &'t Shape, at: usize) -> &'t Shape {
        match at.checked_sub(1) {
            None => own,
            Some(step) => &self.steps[step].target.schema.shape,
        }
    }

    /// Tells whether there may be no such row.
    pub(super) fn may_be_missing(&self, at: usize) -> bool {
        at.checked_sub(1).is_some_and(|step| {
            let step = &self.steps[step];
            step.may_be_missing || self.may_be_missing(step.from)
        })
    }

    /// Reads what rows lead to: of each table what isn't known yet, each row once and in the order of their keys. What is
    /// wrong with one row is no error of the others.
    pub(super) fn reach<'r>(
        &'r self,
        known: &'r mut Vec<Known>,
        source: &RowSource<'_>,
        table: &'r Table,
        rows: &'r [RowBytes],
    ) -> Result<Vec<Result<Reached<'r>>>> {
        known.resize_with(self.steps.len(), Known::default);
        let mut keys: Vec<Result<Keys>> = rows.iter().map(|_| Ok(Vec::new())).collect();
        for (position, step) in self.steps.iter().enumerate() {
            let (before, behind) = known.split_at_mut(position);
            for (row, keys) in rows.iter().zip(&mut keys) {
                step.refer(self, table, (row, before), keys);
            }
            let wanted = keys.iter().flatten().filter_map(|keys| keys[position].clone());
            let learned = &mut behind[0];
            learned.learn(source, &step.target, wanted.collect())?;
            for (row, keys) in rows.iter().zip(&mut keys) {
                step.hold(self, table, (row, learned), keys);
            }
        }
        let known = &*known;
        let reached = rows.iter().zip(keys).map(|(row, keys)| {
            let behind = keys?
                .into_iter()
                .zip(&self.steps)
                .zip(known)
                .map(|((key, step), known)| {
                    let (key, body) = known.row(&key?)?;
                    let table = &*step.target;
                    Some(RowAt { table, key, body })
                });
            let behind = behind.collect();
            Ok(Reached {
                behind,
                ..Reached::alone(table, row)
            })
        });
        Ok(reached.collect())
    }

    /// Names a row for messages.
    fn place(&self, table: &Table, at: usize, row: &RowBytes, keys: &Keys) -> String {
        let key = at.checked_sub(1).and_then(|step| keys[step].as_ref());
        row_place(self.table(table, at), key.unwrap_or(&row.key))
    }
}

/// The key of each row that a row leads to, as far as there is one.
type Keys = Vec<Option<Vec<u8>>>;

impl Step {
    fn new(core: &Core, from: usize, table: &Table, path: &str) -> std::result::Result<Self, Problem> {
        let shape = &table.schema.shape;
        let place = Located::find(shape, NodeId::ROOT, path)?;
        let link = link_of(&table.links, path)?;
        let fields = link.reference.fields.iter();
        let fields = fields.map(|field| FieldPath::resolve(shape, field));
        let fields: Vec<FieldPath> = fields.collect::<std::result::Result<_, String>>()?;
        let is_option = |node| matches!(shape.node(node), Node::Option(_));
        let goes_through_one = |field: &FieldPath| field.steps.contains(&PathStep::Some);
        let is_optional = is_option(place.leaf) || fields.iter().any(|field| is_option(field.leaf));
        Ok(Self {
            from,
            path: path.to_owned(),
            link: link.clone(),
            target: core.table_of_id(link.target).map_err(Problem::Other)?,
            may_be_missing: is_optional || place.may_be_missing(shape) || fields.iter().any(goes_through_one),
            is_optional,
        })
    }

    /// Notes the key of the row that this reference of a row leads to.
    fn refer(
        &self,
        ways: &Ways,
        table: &Table,
        (row, known): (&RowBytes, &[Known]),
        reached: &mut Result<Keys>,
    ) {
        let Ok(keys) = reached else { return };
        let body = match self.from.checked_sub(1) {
            None => Some(row.body.as_slice()),
            Some(step) => keys[step].as_ref().and_then(|key| known[step].body(key)),
        };
        let found = body.map(|body| self.link.keys(body)).transpose();
        match found {
            // A path to one value has one key at most.
            Ok(found) => keys.push(found.and_then(|found| found.into_iter().next())),
            Err(error) => *reached = Err(Error::corrupt(ways.place(table, self.from, row, keys), error)),
        }
    }

    /// Holds a row to it that what it refers to is there.
    fn hold(
        &self,
        ways: &Ways,
        table: &Table,
        (row, known): (&RowBytes, &Known),
        reached: &mut Result<Keys>,
    ) {
        let Ok(keys) = reached else { return };
        let Some(key) = keys.last().and_then(Option::as_ref) else {
            return;
        };
        if known.body(key).is_some() {
            return;
        }
        if self.is_optional {
            *keys.last_mut().expect("it has one") = None;
            return;
        }
        let from = ways.place(table, self.from, row, keys);
        let to = row_place(&self.target, key);
        *reached = Err(dangling(&from, &self.path, &to, "a path behind it"));
    }
}

/// Why a path can't be followed.
enum Problem {
    /// What is said of the path.
    Said(String),
    Other(Error),
}

impl From<String> for Problem {
    fn from(problem: String) -> Self {
        Self::Said(problem)
    }
}

fn wrong(table: &Table, path: &str, problem: Problem) -> Error {
    match problem {
        Problem::Other(error) => error,
        Problem::Said(problem) => Error::new(
            ErrorKind::Query,
            format!("a query of table {}: `{path}`: {problem}", table.name),
        ),
    }
}

/// Finds the reference that is stored at a path: in its value, or in all of its parts.
fn link_of<'l>(links: &'l [Link], path: &str) -> std::result::Result<&'l Link, String> {
    let is_value = |link: &&Link| link.reference.fields == [path];
    let is_of_parts = |link: &&Link| {
        let fields = &link.reference.fields;
        let is_part = |field: &String| field.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        fields.len() > 1 && fields.iter().all(is_part)
    };
    let values: Vec<&Link> = links.iter().filter(is_value).collect();
    let parts: Vec<&Link> = links.iter().filter(is_of_parts).collect();
    match (values.as_slice(), parts.as_slice()) {
        ([link], _) | ([], [link]) => Ok(link),
        ([one, other, ..], _) | ([], [one, other, ..]) => Err(format!(
            "`{path}` refers to several rows, of {} and {}: `->` follows a reference to one",
            one.reference.table, other.reference.table
        )),
        ([], []) => {
            let mut fields = links.iter().flat_map(|link| &link.reference.fields);
            let is_many = |rest: &str| rest.starts_with(['[', '{']);
            if fields.any(|field| field.strip_prefix(path).is_some_and(is_many)) {
                return Err(format!(
                    "`{path}` may refer to several rows, and `->` follows a reference to one: `with` loads them"
                ));
            }
            Err(match followed(links).as_slice() {
                [] => format!("`{path}` is no reference, nor is another field of the table"),
                paths => format!(
                    "`{path}` is no reference: `->` may stand behind {}",
                    paths.join(", ")
                ),
            })
        }
    }
}

/// Lists the paths that refer to one row, as far as they are known from the fields.
fn followed(links: &[Link]) -> Vec<&str> {
    let fields = links
        .iter()
        .filter_map(|link| match link.reference.fields.as_slice() {
            [field] => Some(field.as_str()),
            [first, ..] => first.rsplit_once('.').map(|(path, _)| path),
            [] => None,
        });
    let mut paths: Vec<&str> = fields.filter(|path| !path.contains(['[', '{'])).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}
