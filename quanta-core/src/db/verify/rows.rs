//! Verifying rows and what is kept of them.

use crate::catalog::keys::{self, ROW_PREFIX_BYTES};
use crate::codec::{Decoder, Encoder, decode_record, row_key, skip};
use crate::diff::Way;
use crate::error::Result;
use crate::plan::VictimRecord;
use crate::program::NoCode;
use crate::schema::{NodeId, Shape};
use crate::txn::{CarryError, translate};
use crate::value::{decode_value, encode_value, show_key};

use super::codes::FindingCode;
use super::entries::Missing;
use super::run::{Verification, place_of};
use super::table::TableCheck;

/// One contradiction about a row.
pub(super) type Problem = (FindingCode, String);

impl Verification<'_> {
    /// Looks at one row: its stamp, its body, its key, and its way to the current version.
    pub fn row(&mut self, table: u32, key: &[u8], value: &[u8]) -> Result<()> {
        self.report.counts.rows += 1;
        let row_key = &key[ROW_PREFIX_BYTES..];
        let Some(table) = self.tables.get(&table) else {
            return Ok(());
        };
        let place = place_of_row(table, row_key);
        let (problems, missing) = match row_problem(table, row_key, value) {
            Ok((stamp, body)) => self.translation_problems(table, row_key, stamp, body)?,
            Err(problem) => (vec![problem], Missing::default()),
        };
        for (code, problem) in problems {
            self.report.add(code, &place, problem);
        }
        self.add_missing(&place, missing);
        Ok(())
    }

    fn translation_problems(
        &self,
        table: &TableCheck,
        row_key: &[u8],
        stamp: u32,
        body: &[u8],
    ) -> Result<(Vec<Problem>, Missing)> {
        // Without a way the version tree is damaged, which has been found already.
        let Some(route) = table.routes.get(&stamp) else {
            return Ok(Default::default());
        };
        let space = table.head.state.space;
        match translate(self.snapshot, space, row_key, route, body, &NoCode) {
            Ok(body) => {
                let missing = self.missing_entries(table, row_key, &body)?;
                Ok((self.dangling(table, &body)?, missing))
            }
            Err(CarryError::Engine(error)) => Err(error),
            Err(CarryError::Row(stopped)) => {
                let problems: Vec<String> = stopped.failures.iter().map(ToString::to_string).collect();
                let to = table.head.state.version;
                let way = format!("from version {stamp} to {to}: {}", problems.join("; "));
                Ok((vec![(FindingCode::RowTranslation, way)], Missing::default()))
            }
        }
    }

    /// Looks at one kept value: its edge, its row, on which side that is, and its bytes.
    pub fn kept(&mut self, table: u32, key: &[u8], value: &[u8]) -> Result<()> {
        self.report.counts.kept += 1;
        let Some(table) = self.tables.get(&table) else {
            return Ok(());
        };
        let Some((space, edge, way, row_key)) = keys::kept_place(&key[1..]) else {
            let problem = "the key holds no edge and way";
            self.report.add(FindingCode::KeptEntry, place_of(key), problem);
            return Ok(());
        };
        if self.is_forgotten(space, edge) {
            return Ok(());
        }
        let mut row = None;
        self.snapshot.get(&keys::row(space, row_key), &mut |value| {
            row = Some(Decoder::new(value).primitive::<u32>().ok());
        })?;
        let place = format!(
            "what is kept of {} on edge {edge} {}",
            place_of_row(table, row_key),
            name(way)
        );
        let problems = kept_problems(table, (edge, way), row, value);
        let is_gone = !table.versions.contains_key(&edge) || self.was_forgotten(space, edge);
        for (code, problem) in problems {
            match code {
                FindingCode::KeptEntry => self.report.add(code, &place, problem),
                FindingCode::KeptEdge if !is_gone => {
                    self.report.add_with(code, &place, problem, code.refusal());
                }
                _ => {
                    if self.add_certain(code, place.clone(), problem) {
                        self.mending.delete(key);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Verification<'_> {
    /// Tells whether the ledger says that what was kept on an edge was deleted on purpose.
    fn was_forgotten(&self, space: u32, edge: u32) -> bool {
        let table = self.spaces.get(&space);
        table.is_some_and(|table| self.forgotten.contains(&(*table, edge)))
    }

    /// Looks at one row that was taken out: its edge, its body as of below the edge, its key.
    pub fn victim(&mut self, table: u32, key: &[u8], value: &[u8]) {
        let Some(table) = self.tables.get(&table) else {
            return;
        };
        let problem = match keys::victim_place(&key[1..]) {
            None => Some("the key holds no edge".to_owned()),
            Some((space, edge, _)) if self.is_forgotten(space, edge) => None,
            Some((_, edge, row_key)) => victim_problem(table, edge, row_key, value),
        };
        if let Some(problem) = problem {
            let place = format!("{}, taken out of table {}", place_of(key), table.head.state.name);
            self.report.add(FindingCode::Victim, place, problem);
        }
    }
}

fn victim_problem(table: &TableCheck, edge: u32, key: &[u8], value: &[u8]) -> Option<String> {
    if !table.head.victims.contains(&edge) {
        return Some(format!("the head doesn't say that edge {edge} took rows out"));
    }
    let records: Vec<VictimRecord> = match decode_record(value) {
        Ok(records) => records,
        Err(problem) => return Some(problem),
    };
    if records.is_empty() {
        return Some("there is no row".to_owned());
    }
    // Without the version below the edge the tree is damaged, which has been found already.
    let parent = table.versions.get(&edge)?.parent?;
    let schema = &table.versions.get(&parent)?.schema;
    records.iter().find_map(|record| {
        let mut input = Decoder::new(&record.body);
        let whole = skip(&schema.shape, NodeId::ROOT, &mut input).and_then(|()| input.finish());
        match whole.and_then(|()| row_key(schema, &record.body)) {
            Ok(own) if own == key => victim_kept_problem(table, record),
            Ok(own) => Some(format!("its own key is {}", show_key(schema, &own))),
            Err(error) => Some(format!("it is no row of version {parent}: {error}")),
        }
    })
}

/// Looks at what was kept of a row on other edges when it was taken out.
fn victim_kept_problem(table: &TableCheck, record: &VictimRecord) -> Option<String> {
    record.kept.iter().find_map(|(edge, way, entry)| {
        let Some(crossing) = table.crossings.get(edge) else {
            // An edge that can't be used has been found already.
            let is_known = table.versions.contains_key(edge);
            return (!is_known)
                .then(|| format!("something is kept of it on edge {edge}, which the table doesn't have"));
        };
        let failure = crossing.check_kept(*way, entry).err()?;
        Some(format!("what is kept of it on edge {edge}: {failure}"))
    })
}

/// Takes a row apart: its stamp, and its body; or what is wrong with it.
pub(super) fn row_problem<'v>(
    table: &TableCheck,
    key: &[u8],
    value: &'v [u8],
) -> std::result::Result<(u32, &'v [u8]), Problem> {
    let mut input = Decoder::new(value);
    let stamp = input
        .primitive::<u32>()
        .map_err(|error| (FindingCode::RowStamp, format!("it has no stamp: {error}")))?;
    if !table.may_carry(stamp) {
        let problem = format!("no row of the table should be at version {stamp}");
        return Err((FindingCode::RowStamp, problem));
    }
    let body = input.rest();
    let Some(version) = table.versions.get(&stamp) else {
        return Ok((stamp, body));
    };
    let schema = &version.schema;
    skip(&schema.shape, NodeId::ROOT, &mut input)
        .and_then(|()| input.finish())
        .map_err(|error| {
            (
                FindingCode::RowBody,
                format!("it is no row of version {stamp}: {error}"),
            )
        })?;
    if table.sorts.contains(&stamp) && !is_sorted(&schema.shape, body) {
        let problem = format!("a set or map in it is not sorted as rows of version {stamp} are");
        return Err((FindingCode::RowBody, problem));
    }
    match row_key(schema, body) {
        Ok(own) if own == key => Ok((stamp, body)),
        Ok(own) => Err((
            FindingCode::RowKey,
            format!("its own key is {}", show_key(schema, &own)),
        )),
        Err(error) => Err((FindingCode::RowKey, format!("it has no key: {error}"))),
    }
}

/// Tells whether a body has the bytes that a writer gives it: sets and maps are sorted, and hold each item once.
fn is_sorted(shape: &Shape, body: &[u8]) -> bool {
    let value = decode_value(shape, NodeId::ROOT, &mut Decoder::new(body));
    let written = value.map(|value| {
        let mut out = Encoder::default();
        let encoded = encode_value(shape, NodeId::ROOT, &value, &mut out);
        encoded.is_ok() && out.finish().is_ok_and(|bytes| bytes == body)
    });
    written.unwrap_or(false)
}

/// Looks at a kept value. `row` is none without a row, and holds none for one without a readable stamp.
fn kept_problems(
    table: &TableCheck,
    (edge, way): (u32, Way),
    row: Option<Option<u32>>,
    value: &[u8],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !table.head.kept.contains(&(edge, way)) {
        let problem =
            "the head doesn't say that anything is kept there: a delete would leave it behind".to_owned();
        problems.push((FindingCode::KeptEdge, problem));
    }
    match row {
        None => problems.push((FindingCode::KeptRow, "there is no such row".to_owned())),
        Some(None) => {}
        Some(Some(stamp)) => {
            let is_above = table.is_below(stamp, edge);
            if is_above.is_some_and(|is_above| is_above != (way == Way::Up)) {
                let problem = format!("the row is at version {stamp}, which can hold the value itself");
                problems.push((FindingCode::KeptSide, problem));
            }
        }
    }
    // Without a compiled edge the version tree is damaged, which has been found already.
    let failure = table
        .crossings
        .get(&edge)
        .and_then(|crossing| crossing.check_kept(way, value).err());
    problems.extend(failure.map(|failure| (FindingCode::KeptEntry, failure.to_string())));
    problems
}

pub(super) fn place_of_row(table: &TableCheck, row_key: &[u8]) -> String {
    let version = table.versions.get(&table.head.state.version);
    let key = version.map_or_else(|| place_of(row_key), |version| show_key(&version.schema, row_key));
    format!("row {key} of table {}", table.head.state.name)
}

fn name(way: Way) -> &'static str {
    match way {
        Way::Up => "up",
        Way::Down => "down",
    }
}
