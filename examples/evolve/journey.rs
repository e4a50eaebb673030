//! The way up through the generations and back again, with every row compared at every stop.

use std::io::Write;
use std::time::{Duration, Instant};

use quantadb::{Database, ErrorKind, Options, Sweep};

use super::Outcome;
use super::data::{AirportLine, Lines, PlaneLine};
use super::expected::{AirportInAll, Airports, Expected, PlaneInAll, Planes, Shape};
use super::generations::{gen1, gen2, gen3, gen4, gen5, hasty};
use super::place::Place;
use super::verify::verify;
use super::writes;

/// Rows of one transaction while a table is loaded: each transaction is one sync.
const ROWS_PER_TRANSACTION: usize = 4_000;

/// One generation of the program: its two entities.
pub trait Generation {
    type Airport: Shape<Line = AirportLine, All = AirportInAll>;
    type Plane: Shape<Line = PlaneLine, All = PlaneInAll>;
    const NUMBER: usize;
    const CHANGE: &str;

    /// Opens the store as this generation of the program would. Rows are not rewritten until the program asks for it,
    /// so that every read here really translates.
    fn open(place: &Place) -> quantadb::Result<Database> {
        Self::options(place).open(place.path())
    }

    fn options(place: &Place) -> Options {
        place
            .options()
            .entities::<(Self::Airport, Self::Plane)>()
            .sweep(Sweep::Off)
    }
}

macro_rules! generation {
    ($name:ident, $number:literal, $module:ident, $change:literal) => {
        #[derive(Debug)]
        pub struct $name;

        impl Generation for $name {
            type Airport = $module::Airport;
            type Plane = $module::Plane;
            const NUMBER: usize = $number;
            const CHANGE: &str = $change;
        }
    };
}

generation!(Gen1, 1, gen1, "everything is text, as in the files");
generation!(Gen2, 2, gen2, "numbers instead of text");
generation!(Gen3, 3, gen3, "renames, a new field in each table, another order");
generation!(Gen4, 4, gen4, "a position of two numbers, enums of texts");
generation!(
    Gen5,
    5,
    gen5,
    "narrower, wider, dropped, and more inside of the position"
);

/// A journey on its way.
pub struct Journey<'a> {
    place: &'a Place,
    airports: Airports,
    planes: Planes,
    out: &'a mut dyn Write,
}

impl<'a> Journey<'a> {
    pub fn new(
        place: &'a Place,
        airports: Lines<AirportLine>,
        planes: Lines<PlaneLine>,
        out: &'a mut dyn Write,
    ) -> Self {
        let airports = Expected::new(airports, |line: &AirportLine| line.faa.as_str());
        let planes = Expected::new(planes, |line: &PlaneLine| line.tailnum.as_str());
        Self {
            place,
            airports,
            planes,
            out,
        }
    }

    /// Goes up to the newest generation, sweeps, goes back to the first, and up again in one step.
    pub fn run(mut self) -> Outcome<()> {
        self.first()?;
        self.try_hasty()?;
        self.up::<Gen2>(writes::in_gen2)?;
        self.up::<Gen3>(writes::in_gen3)?;
        self.up::<Gen4>(writes::in_gen4)?;
        self.up::<Gen5>(writes::in_gen5)?;
        self.sweep::<Gen5>()?;
        self.back::<Gen5, Gen4>()?;
        self.back::<Gen4, Gen3>()?;
        self.back::<Gen3, Gen2>()?;
        self.back::<Gen2, Gen1>()?;
        self.all_the_way_up()
    }

    fn first(&mut self) -> Outcome<()> {
        let db = Gen1::open(self.place)?;
        self.describe::<Gen1>(&db)?;
        let started = Instant::now();
        load::<gen1::Airport>(&db, &self.airports.lines)?;
        load::<gen1::Plane>(&db, &self.planes.lines)?;
        let rows = self.airports.lines.len() + self.planes.lines.len();
        writeln!(self.out, "  loaded: {}", rate(rows, started.elapsed()))?;
        self.verify::<Gen1>(&db)
    }

    /// Shows that what doesn't fit is refused before anything changes.
    fn try_hasty(&mut self) -> Outcome<()> {
        let options = self.place.options().entities::<(hasty::Plane,)>();
        let refused = options
            .open(self.place.path())
            .err()
            .ok_or("the hasty generation was let through")?;
        if refused.kind() != ErrorKind::Refused {
            return Err(refused.into());
        }
        writeln!(self.out, "\nfirst try at generation 2: planes without options")?;
        Ok(write_indented(self.out, &refused.to_string())?)
    }

    fn up<G: Generation>(
        &mut self,
        write: fn(&Database, &mut Airports, &mut Planes) -> quantadb::Result<()>,
    ) -> Outcome<()> {
        let db = G::open(self.place)?;
        self.describe::<G>(&db)?;
        self.verify::<G>(&db)?;
        write(&db, &mut self.airports, &mut self.planes)?;
        writeln!(self.out, "  wrote in between; all rows again:")?;
        self.verify::<G>(&db)
    }

    fn sweep<G: Generation>(&mut self) -> Outcome<()> {
        let db = G::open(self.place)?;
        let started = Instant::now();
        let progress = db.sweep().wait()?;
        let speed = rate(progress.rows_seen, started.elapsed());
        writeln!(
            self.out,
            "\nswept: {speed}, {} rewritten; all rows again:",
            progress.rows_rewritten
        )?;
        self.verify::<G>(&db)
    }

    fn back<From: Generation, To: Generation>(&mut self) -> Outcome<()> {
        let started = Instant::now();
        let report = From::open(self.place)?.rollback(1)?;
        writeln!(
            self.out,
            "\nback from generation {} to {}",
            From::NUMBER,
            To::NUMBER
        )?;
        write_indented(self.out, &report.to_string())?;
        writeln!(self.out, "  took {:.1} ms", millis(started.elapsed()))?;
        let db = To::open(self.place)?;
        self.verify::<To>(&db)
    }

    /// Ends at the newest generation, from the first in one step. The hold that the rollbacks left must be taken off.
    fn all_the_way_up(&mut self) -> Outcome<()> {
        let held = Gen5::open(self.place)
            .err()
            .ok_or("the store is not held after a rollback")?;
        if held.kind() != ErrorKind::Held {
            return Err(held.into());
        }
        let db = Gen5::options(self.place).release_hold().open(self.place.path())?;
        writeln!(self.out, "\nup again from generation 1 to 5 in one step")?;
        write_indented(self.out, &db.open_report().to_string())?;
        self.write_timings(&db)?;
        self.verify::<Gen5>(&db)?;
        self.write_history(&db)?;
        Ok(writeln!(
            self.out,
            "\nevery row was as it had to be, in every generation"
        )?)
    }

    /// Lists what moved the store. The steps of each were told when they were taken.
    fn write_history(&mut self, db: &Database) -> Outcome<()> {
        writeln!(self.out, "\nhistory")?;
        for record in db.history()?.records {
            let (sequence, kind) = (record.sequence, record.kind.name());
            writeln!(
                self.out,
                "  {sequence:>2} {kind:<8} to revision {}",
                record.revision
            )?;
        }
        Ok(())
    }

    fn describe<G: Generation>(&mut self, db: &Database) -> Outcome<()> {
        writeln!(self.out, "\ngeneration {}: {}", G::NUMBER, G::CHANGE)?;
        write_indented(self.out, &db.open_report().to_string())?;
        self.write_timings(db)
    }

    fn write_timings(&mut self, db: &Database) -> Outcome<()> {
        let spans = &db.open_report().spans;
        if spans.rows_checked > 0 {
            writeln!(self.out, "  checked: {}", rate(spans.rows_checked, spans.checks))?;
        }
        if spans.rows_built > 0 {
            writeln!(self.out, "  built: {}", rate(spans.rows_built, spans.builds))?;
        }
        Ok(())
    }

    fn verify<G: Generation>(&mut self, db: &Database) -> Outcome<()> {
        let started = Instant::now();
        let airports = verify::<G::Airport>(db, &self.airports)?;
        let planes = verify::<G::Plane>(db, &self.planes)?;
        let speed = rate(airports.rows + planes.rows, started.elapsed());
        writeln!(self.out, "  verified: {airports}")?;
        Ok(writeln!(self.out, "  verified: {planes} ({speed})")?)
    }
}

/// Writes all lines of a table, some thousand in each transaction.
pub fn load<S: Shape>(db: &Database, lines: &Lines<S::Line>) -> Outcome<()> {
    let mut lines = lines.iter().peekable();
    while lines.peek().is_some() {
        db.write(|tx| {
            let rows = tx.collection::<S>();
            lines
                .by_ref()
                .take(ROWS_PER_TRANSACTION)
                .try_for_each(|line| rows.insert(&S::expected(&line)))
        })?;
    }
    Ok(())
}

fn write_indented(out: &mut dyn Write, text: &str) -> std::io::Result<()> {
    text.lines().try_for_each(|line| writeln!(out, "  {line}"))
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}

/// Says how many rows took how long.
#[expect(clippy::cast_precision_loss, reason = "a speed has few digits")]
pub fn rate(rows: u64, span: Duration) -> String {
    let per_second = rows as f64 / span.as_secs_f64().max(1e-9);
    format!("{rows} rows in {:.1} ms, {per_second:.0} rows/s", millis(span))
}
