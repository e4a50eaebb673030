//! The order in which pairs are gone.

use crate::error::{Error, Result};
use crate::history::HistoryDocument;

use super::super::law::{Counterexample, Law};
use super::super::run::Rehearsal;
use super::build::{Built, build, refusals};
use super::report::{BrokenPair, PairsReport, Reasons, SourceReport};
use super::source::{Broken, Clearing, Lawful, Source, check_whole};
use super::then::RowKeys;
use super::walk::{Pair, Rest, Stepped, Walk};

/// Goes from every version of a history to every other one, and back, with generated rows, and compares every value.
///
/// One store in memory is brought to one version after the other, and rows are written at each: a table that is in all
/// of them gets `rows` rows. For every ordered pair of versions, a fork of it that stands at the first goes to the
/// second at once, and back, with a sweep in between and without. Nothing is written meanwhile, so every row has to be
/// what it was. Step by step has to give the same as at once. Rows that can't be at a version are refused by name; such
/// a pair is gone again without them.
///
/// ```
/// use quanta_core::HistoryDocument;
/// use quanta_core::rehearse::{Rehearsal, rehearse_pairs};
///
/// let history = HistoryDocument::from_json(r#"{"format": "quanta-history/1", "name": "shop", "versions": [
///     {"label": "1", "tables": [{"name": "users", "key": ["id"],
///       "fields": [{"name": "id", "type": "i64"}, {"name": "age", "type": "i64"}]}]},
///     {"label": "2", "tables": [{"name": "users", "key": ["id"],
///       "fields": [{"name": "id", "type": "i64"}]}]}]}"#)?;
/// let report = rehearse_pairs(&history, &Rehearsal { rows: 10, ..Rehearsal::default() })?;
/// assert!(report.is_good(), "{report}");
/// assert_eq!(report.total().intact, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`rehearse`](super::super::rehearse).
pub fn rehearse_pairs(document: &HistoryDocument, rehearsal: &Rehearsal) -> Result<PairsReport> {
    rehearse_pairs_with(document, rehearsal, &mut |_| {})
}

/// As [`rehearse_pairs`], calling `progress` with the number of versions that all pairs were gone from.
///
/// # Errors
///
/// As [`rehearse_pairs`].
pub fn rehearse_pairs_with(
    document: &HistoryDocument,
    rehearsal: &Rehearsal,
    progress: &mut dyn FnMut(usize),
) -> Result<PairsReport> {
    let built = build(&document.versions, rehearsal)?;
    let mut found = Found {
        built: &built,
        reasons: Reasons::default(),
        broken: Vec::new(),
        above: None,
    };
    let mut sources = Vec::new();
    for from in (0..built.stops.len()).rev() {
        sources.push(found.all_from(from));
        progress(sources.len());
    }
    sources.reverse();
    Ok(PairsReport {
        name: document.name.clone(),
        rows: rehearsal.rows,
        seed: rehearsal.seed,
        versions: document.versions.len(),
        sources,
        reasons: found.reasons.list(),
        broken: found.broken,
        left_out: built.left_out,
    })
}

/// What was found so far.
struct Found<'b> {
    built: &'b Built,
    reasons: Reasons,
    broken: Vec<BrokenPair>,
    /// The source of the version above, and the rows that were deleted for it.
    above: Option<(Source, RowKeys)>,
}

/// A store that is to be the source of pairs.
enum Start {
    /// It stands there, without these rows.
    At(Source, RowKeys),
    Refused(Error),
}

impl Found<'_> {
    /// Goes all pairs from one version.
    fn all_from(&mut self, from: usize) -> SourceReport {
        let stops = &self.built.stops;
        let mut report = SourceReport {
            from: stops[from].label.clone(),
            ..SourceReport::default()
        };
        let start = match self.start(from) {
            Ok(Start::At(source, deleted)) => (source, deleted),
            Ok(Start::Refused(refused)) => {
                for to in (0..stops.len()).filter(|to| *to != from) {
                    let labels = (&*stops[from].label, &*stops[to].label);
                    self.reasons.add(labels, refusals(&refused));
                    report.refused += 1;
                }
                return report;
            }
            Err(broken) => {
                report.broken = stops.len() as u64 - 1;
                self.add_broken(from, from, broken);
                return report;
            }
        };
        report.rows_left_out = start.1.values().map(|keys| keys.len() as u64).sum();
        report.rows = start.0.standing.image.rows();
        self.walk(from, &start, &mut (from + 1..stops.len()), &mut report);
        self.walk(from, &start, &mut (0..from).rev(), &mut report);
        self.above = Some(start);
        report
    }

    /// Takes a fork of the store to a version, without the rows that can't be there, and compares it with what was
    /// there. Where rows that stand in the way are not in the last version, it goes from the version above.
    fn start(&mut self, from: usize) -> Lawful<Start> {
        let failed = |broken| (Law::Down, broken);
        let failing = |error: Error| failed(Counterexample::from(error));
        let mut last = Source::of(self.built.store.fork()).map_err(failing)?;
        let (there, deleted) = match last.clear(self.built, from).map_err(failed)? {
            Clearing::Went(there, deleted) => (there, deleted),
            Clearing::Barred(refused) => {
                let Some((above, mut deleted)) = self.above.take() else {
                    return Ok(Start::Refused(refused));
                };
                let mut above = above;
                match above.clear(self.built, from).map_err(failed)? {
                    Clearing::Went(there, more) => {
                        for (table, keys) in more {
                            deleted.entry(table).or_default().extend(keys);
                        }
                        (there, deleted)
                    }
                    Clearing::Barred(refused) => return Ok(Start::Refused(refused)),
                }
            }
        };
        let source = Source::of(there).map_err(failing)?;
        let place = self.built.stops[from].place.check_place(&source.standing);
        place.map_err(|broken| (Law::Inverse, broken.when("gone back from the last version")))?;
        let then = self.built.then.check(from, &source.standing, &deleted);
        then.map_err(|broken| failed(broken.when("gone back from the last version")))?;
        check_whole(&source.store)?;
        Ok(Start::At(source, deleted))
    }

    fn walk(
        &mut self,
        from: usize,
        source: &(Source, RowKeys),
        targets: &mut dyn Iterator<Item = usize>,
        report: &mut SourceReport,
    ) {
        let stops = &self.built.stops;
        let mut walk = Walk::new(self.built, from, source);
        for to in targets {
            match walk.pair(to) {
                Ok(Pair::Intact { stepped, turns }) => {
                    report.intact += 1;
                    report.turns += u64::from(turns.taken);
                    report.stepless += u64::from(stepped == Stepped::No);
                }
                Ok(Pair::Refused(refusals, rest)) => {
                    let labels = (&*stops[from].label, &*stops[to].label);
                    self.reasons.add(labels, &refusals);
                    report.refused += 1;
                    report.refused_rest_intact += u64::from(rest == Rest::Intact);
                }
                Err(broken) => {
                    report.broken += 1;
                    self.add_broken(from, to, broken);
                }
            }
        }
        for broken in walk.stores().filter_map(|store| check_whole(store).err()) {
            self.add_broken(from, from, broken);
        }
    }

    fn add_broken(&mut self, from: usize, to: usize, (law, counterexample): Broken) {
        self.broken.push(BrokenPair {
            from: self.built.stops[from].label.clone(),
            to: self.built.stops[to].label.clone(),
            law,
            counterexample,
        });
    }
}
