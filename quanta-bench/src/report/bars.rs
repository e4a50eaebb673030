//! What was promised, and what came of it.

use super::numbers;
use crate::results::{Cell, Results, Unit};

/// One figure against its bar.
pub struct Verdict {
    /// What was measured.
    pub what: &'static str,
    /// On which store, and against which.
    pub on: String,
    /// How many rows.
    pub rows: u64,
    /// The bar.
    pub bar: String,
    /// The figure.
    pub figure: String,
    /// Whether it was met.
    pub is_met: bool,
}

#[derive(Clone, Copy)]
enum Bar {
    AtMost(f64),
    AtLeast(f64),
}

impl Bar {
    fn verdict(self, what: &'static str, on: String, rows: u64, (figure, unit): (f64, Unit)) -> Verdict {
        let (is_met, sign, bar) = match self {
            Self::AtMost(bar) => (figure <= bar, "<=", bar),
            Self::AtLeast(bar) => (figure >= bar, ">=", bar),
        };
        Verdict {
            what,
            on,
            rows,
            bar: format!("{sign} {}", numbers::value(bar, unit)),
            figure: numbers::value(figure, unit),
            is_met,
        }
    }
}

/// Bars of comparisons within one process: the metric, what it is called, and its bar.
const RATIOS: [(&str, &str, Bar, Unit); 14] = [
    ("get", "get / bare get and decode", Bar::AtMost(1.15), Unit::Times),
    (
        "scan",
        "scan / bare scan and decode",
        Bar::AtMost(1.3),
        Unit::Times,
    ),
    (
        "blind put, buffered",
        "blind put / bare batch of one, buffered",
        Bar::AtMost(1.15),
        Unit::Times,
    ),
    (
        "blind put, synced",
        "blind put / bare batch of one, synced",
        Bar::AtMost(1.15),
        Unit::Times,
    ),
    (
        "put that reads, buffered",
        "put that must read / bare get and batch of two, buffered",
        Bar::AtMost(1.15),
        Unit::Times,
    ),
    (
        "put that reads, synced",
        "put that must read / bare get and batch of two, synced",
        Bar::AtMost(1.15),
        Unit::Times,
    ),
    (
        "unswept get",
        "get of an unswept row / of a swept one",
        Bar::AtMost(1.15),
        Unit::Times,
    ),
    (
        "unswept scan",
        "scan of unswept rows / of swept ones",
        Bar::AtMost(1.5),
        Unit::Times,
    ),
    (
        "get with a kept value",
        "get with a kept value / of a swept row",
        Bar::AtMost(2.2),
        Unit::Times,
    ),
    (
        "sweep speed, nothing kept",
        "rows a second of the sweep / of a bare scan and rewrite, nothing kept",
        Bar::AtLeast(0.7),
        Unit::Times,
    ),
    (
        "sweep speed, values kept",
        "rows a second of the sweep / of a bare scan and rewrite, values kept",
        Bar::AtLeast(0.5),
        Unit::Times,
    ),
    (
        "durable commits, 16 threads over 1",
        "durable commits a second, 16 threads / 1",
        Bar::AtLeast(4.0),
        Unit::Times,
    ),
    (
        "open, lazy change: our part",
        "our part of an open with a lazy change, not the first of its process",
        Bar::AtMost(5e6),
        Unit::Nanos,
    ),
    (
        "open, 100 entities, nothing changed: our part",
        "our part of an open, 100 entities, nothing changed, not the first of its process",
        Bar::AtMost(1e6),
        Unit::Nanos,
    ),
];

const MIB: f64 = 1_048_576.0;
const ENGINES: [&str; 3] = ["fjall", "sled", "redb"];

/// Everything that can be held against a bar.
pub fn all(results: &Results) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (metric, what, bar, unit) in RATIOS {
        for cell in results.cells.iter().filter(|cell| cell.workload == "ratios") {
            let figure = cell.spread(metric).map(|spread| (spread.median, unit));
            verdicts.extend(figure.map(|figure| bar.verdict(what, cell.store.clone(), cell.rows, figure)));
        }
    }
    for rows in results.rows() {
        let at = At { results, rows };
        at.opens(&mut verdicts);
        at.migrations(&mut verdicts);
        at.peers(&mut verdicts);
    }
    verdicts
}

/// The cells of one number of rows.
struct At<'r> {
    results: &'r Results,
    rows: u64,
}

impl At<'_> {
    fn cell(&self, workload: &str, store: &str) -> Option<&Cell> {
        let mut cells = self.results.cells.iter();
        cells.find(|cell| cell.workload == workload && cell.store == store && cell.rows == self.rows)
    }

    fn median(&self, workload: &str, store: &str, metric: &str) -> Option<f64> {
        Some(self.cell(workload, store)?.spread(metric)?.median)
    }

    fn add(
        &self,
        verdicts: &mut Vec<Verdict>,
        (bar, what): (Bar, &'static str),
        on: String,
        figure: Option<(f64, Unit)>,
    ) {
        verdicts.extend(figure.map(|figure| bar.verdict(what, on, self.rows, figure)));
    }

    fn opens(&self, verdicts: &mut Vec<Verdict>) {
        for engine in ENGINES {
            let store = format!("quanta/{engine}");
            let ours = self
                .median("open-100", &store, "our part")
                .map(|nanos| (nanos, Unit::Nanos));
            let what = "our part of an open, 100 entities, nothing changed, first of its process";
            self.add(verdicts, (Bar::AtMost(1e6), what), store, ours);
        }
        if self.rows >= 1_000_000 {
            let store = "quanta/fjall";
            let whole = self
                .median("open", store, "open")
                .map(|nanos| (nanos, Unit::Nanos));
            self.add(
                verdicts,
                (Bar::AtMost(50e6), "whole open, the engine included"),
                store.to_owned(),
                whole,
            );
        }
    }

    fn migrations(&self, verdicts: &mut Vec<Verdict>) {
        for engine in ENGINES {
            let store = format!("quanta/{engine}");
            let metric = |store: &str, metric: &str| self.median("evolve", store, metric);
            let opened = metric(&store, "open, our part").map(|nanos| (nanos, Unit::Nanos));
            let what = "our part of an open with a lazy change, first of its process";
            self.add(verdicts, (Bar::AtMost(5e6), what), store.clone(), opened);
            let memory = metric(&store, "peak memory").zip(metric(engine, "peak memory"));
            let above = memory.map(|(ours, bare)| ((ours - bare).max(0.0), Unit::Bytes));
            let what = "memory of a migration above the bare engine's";
            self.add(verdicts, (Bar::AtMost(64.0 * MIB), what), store.clone(), above);
            let before = metric(&store, "disk before");
            for (name, what, bar) in [
                (
                    "disk at the peak",
                    "disk at the peak of a migration / before",
                    2.3,
                ),
                (
                    "disk compacted",
                    "disk after a migration, compacted / before",
                    1.3,
                ),
            ] {
                let times = metric(&store, name)
                    .zip(before)
                    .map(|(after, before)| (after / before, Unit::Times));
                self.add(verdicts, (Bar::AtMost(bar), what), store.clone(), times);
            }
        }
    }

    fn peers(&self, verdicts: &mut Vec<Verdict>) {
        let ours = "quanta/fjall";
        let done = "until every row is rewritten";
        for (peer, bar) in [("native_db", 20.0), ("structsy", 5.0), ("sqlite", 0.5)] {
            let times = self
                .median("evolve", peer, done)
                .zip(self.median("evolve", ours, done));
            let times = times.map(|(peer, ours)| (peer / ours, Unit::Times));
            let what = "evolve until every row is rewritten: how many times as fast as the peer";
            self.add(
                verdicts,
                (Bar::AtLeast(bar), what),
                format!("{ours}, against {peer}"),
                times,
            );
        }
        for (workload, metric, what) in [
            ("get", "each", "random gets: best engine against native_db"),
            ("scan", "each row", "full scan: best engine against native_db"),
            ("load", "each row", "bulk load: best engine against native_db"),
            (
                "put-1",
                "each",
                "durable single writes: best engine against native_db",
            ),
        ] {
            let stores = ENGINES.map(|engine| format!("quanta/{engine}"));
            let best = stores
                .into_iter()
                .filter_map(|store| Some((self.median(workload, &store, metric)?, store)))
                .min_by(|(one, _), (other, _)| one.total_cmp(other));
            if let Some((ours, store)) = best {
                let times = self
                    .median(workload, "native_db", metric)
                    .map(|peer| (peer / ours, Unit::Times));
                self.add(verdicts, (Bar::AtLeast(1.0), what), store, times);
            }
        }
    }
}
