//! The two programs on one store, one after the other.

use std::fmt::{self, Debug, Display};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use quantadb::{Database, Entities, Error, ErrorKind, OnOlder, Options, QuantaEntity, Sweep};

use super::Outcome;
use super::apps::{newer, older};
use super::expected::{Fate, Stops, fate, keys, stops};

/// Rows of one transaction: each transaction is one sync.
const ROWS_PER_TRANSACTION: usize = 4_000;

pub struct Journey<'a> {
    path: &'a Path,
    loaded: &'a [older::Flight],
    out: &'a mut dyn Write,
}

/// A write of one of the programs.
enum Change<E> {
    Put(E),
    Delete(u64),
    /// Deletes a row, and inserts this one under its key.
    Replace(u64, E),
}

/// Rows that are as they must be.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    /// All rows.
    rows: u64,
    /// Rows that nobody ever wrote to since they were loaded, and a hash of them.
    untouched: u64,
    digest: u64,
}

/// Options of one of the programs. Rows are not rewritten until it asks for that, so that every read translates.
fn options<E: QuantaEntity>() -> Options
where
    (E,): Entities,
{
    Options::new().entities::<(E,)>().sweep(Sweep::Off)
}

impl<'a> Journey<'a> {
    pub fn new(path: &'a Path, loaded: &'a [older::Flight], out: &'a mut dyn Write) -> Self {
        Self { path, loaded, out }
    }

    pub fn run(&mut self) -> Outcome<()> {
        let db = self.timed("older program creates", options::<older::Flight>())?;
        self.write(&db, self.loaded.iter().cloned().map(Change::Put))?;
        drop(db);
        let migrated = self.newer_migrates()?;
        self.older_is_refused()?;
        let read = self.older_reads()?;
        let taken_back = self.older_takes_back()?;
        self.same(
            "what a rollback gives is what was read before it",
            &read,
            &taken_back,
        )?;
        let found = self.newer_comes_back()?;
        let untouched = |found: Found| (found.untouched, found.digest);
        let what = "untouched rows are in the newer program as before the older one came";
        self.same(what, &untouched(migrated), &untouched(found))
    }

    /// The newer program takes the store over, and writes.
    fn newer_migrates(&mut self) -> Outcome<Found> {
        let db = self.timed("newer program migrates", options::<newer::Flight>())?;
        writeln!(self.out, "{}", indented(db.open_report()))?;
        let found = self.verify(&db, |stops| stops.migrated)?;
        let all = 0..keys(self.loaded.len() as u64);
        let loaded = self.loaded;
        let changes = all.filter_map(|id| {
            let left = stops(id, loaded).newer_left;
            match fate(id, loaded.len() as u64) {
                Fate::NewerChanges | Fate::BothChange | Fate::NewerInserts | Fate::InsertedAndChanged => {
                    left.map(Change::Put)
                }
                Fate::NewerDeletes | Fate::InsertedAgain => Some(Change::Delete(id)),
                _ => None,
            }
        });
        self.write(&db, changes)?;
        self.verify(&db, |stops| stops.newer_left)?;
        let start = Instant::now();
        let swept = db.sweep().wait()?;
        let took = start.elapsed();
        writeln!(
            self.out,
            "  rewritten: {} rows in {took:.1?}",
            swept.rows_rewritten
        )?;
        self.verify(&db, |stops| stops.newer_left)?;
        Ok(found)
    }

    /// Without a word, the older program gets no further than an account of what it doesn't know.
    fn older_is_refused(&mut self) -> Outcome<()> {
        let start = Instant::now();
        let refused = options::<older::Flight>().open(self.path);
        let took = start.elapsed();
        match refused {
            Err(error) if error.kind() == ErrorKind::Older => {
                writeln!(self.out, "older program is refused: {took:.1?}")?;
                writeln!(self.out, "{}", indented(&error))?;
                Ok(())
            }
            Err(error) => Err(error.into()),
            Ok(_) => Err("the older program was let in without a word".into()),
        }
    }

    /// Reading only: every row in the older shape, and no write.
    fn older_reads(&mut self) -> Outcome<Found> {
        let reading = options::<older::Flight>().on_older(OnOlder::ReadOnly);
        let db = self.timed("older program reads only", reading)?;
        let before = db.history()?.records.len();
        let found = self.verify(&db, |stops| stops.older_found)?;
        let refused = db.collection::<older::Flight>().delete(&0);
        if refused.as_ref().map_err(Error::kind) != Err(ErrorKind::ReadOnly) {
            return Err(format!("a write of a program that only reads gave {refused:?}").into());
        }
        drop(db);
        let db = options::<newer::Flight>().read_only().open(self.path)?;
        self.verify(&db, |stops| stops.newer_left)?;
        self.same("reading left no record", &before, &db.history()?.records.len())?;
        Ok(found)
    }

    /// The older program takes the store back, and writes.
    fn older_takes_back(&mut self) -> Outcome<Found> {
        let back = options::<older::Flight>().on_older(OnOlder::RollBack);
        let db = self.timed("older program takes the store back", back)?;
        let found = self.verify(&db, |stops| stops.older_found)?;
        let all = 0..keys(self.loaded.len() as u64);
        let loaded = self.loaded;
        let changes = all.filter_map(|id| {
            let left = stops(id, loaded).older_left;
            match fate(id, loaded.len() as u64) {
                Fate::OlderChanges
                | Fate::BothChange
                | Fate::InsertedAndChanged
                | Fate::OlderInserts
                | Fate::InsertedAgain => left.map(Change::Put),
                Fate::OlderReplaces => left.map(|row| Change::Replace(id, row)),
                Fate::OlderDeletes => Some(Change::Delete(id)),
                _ => None,
            }
        });
        self.write(&db, changes)?;
        self.verify(&db, |stops| stops.older_left)?;
        Ok(found)
    }

    /// The newer program needs no word: it goes along the recorded edge again.
    fn newer_comes_back(&mut self) -> Outcome<Found> {
        let db = self.timed("newer program comes back", options::<newer::Flight>())?;
        let found = self.verify(&db, |stops| stops.newer_found)?;
        db.sweep().wait()?;
        let swept = self.verify(&db, |stops| stops.newer_found)?;
        self.same("rewritten rows are the same", &found, &swept)?;
        let findings = db.verify()?.findings;
        if !findings.is_empty() {
            return Err(format!("{findings:#?}").into());
        }
        Ok(found)
    }

    fn timed(&mut self, what: &str, options: Options) -> Outcome<Database> {
        let start = Instant::now();
        let db = options.open(self.path)?;
        let took = start.elapsed();
        let ours = db.open_report().spans.total;
        writeln!(self.out, "{what}: opened in {took:.1?}, of which {ours:.1?} ours")?;
        Ok(db)
    }

    fn write<E: QuantaEntity<Key = u64>>(
        &mut self,
        db: &Database,
        changes: impl Iterator<Item = Change<E>>,
    ) -> Outcome<()> {
        let (start, mut count) = (Instant::now(), 0_u64);
        let mut changes = changes.peekable();
        while changes.peek().is_some() {
            db.write(|tx| {
                let flights = tx.collection::<E>();
                for change in changes.by_ref().take(ROWS_PER_TRANSACTION) {
                    count += 1;
                    match change {
                        Change::Put(row) => flights.put(&row)?,
                        Change::Delete(id) => drop(flights.delete(&id)?),
                        Change::Replace(id, row) => {
                            flights.delete(&id)?;
                            flights.insert(&row)?;
                        }
                    }
                }
                Ok(())
            })?;
        }
        writeln!(self.out, "  wrote: {count} rows in {:.1?}", start.elapsed())?;
        Ok(())
    }

    /// Compares every row with what it must be, in order.
    fn verify<E: QuantaEntity<Key = u64> + Debug + PartialEq>(
        &mut self,
        db: &Database,
        pick: fn(Stops) -> Option<E>,
    ) -> Outcome<Found> {
        let start = Instant::now();
        let loaded = self.loaded.len() as u64;
        let mut rows = db.collection::<E>().iter();
        let mut found = Found {
            rows: 0,
            untouched: 0,
            digest: FNV_OFFSET,
        };
        for id in 0..keys(loaded) {
            let Some(wanted) = pick(stops(id, self.loaded)) else {
                continue;
            };
            let row = rows.next().transpose()?;
            if row.as_ref() != Some(&wanted) {
                return Err(format!("expected {wanted:#?}\nfound {row:#?}").into());
            }
            found.rows += 1;
            if fate(id, loaded) == Fate::Untouched {
                found.untouched += 1;
                found.digest = hashed(found.digest, &row);
            }
        }
        if let Some(row) = rows.next().transpose()? {
            return Err(format!("this row should not be there: {row:?}").into());
        }
        let (
            took,
            Found {
                rows,
                untouched,
                digest,
            },
        ) = (start.elapsed(), found);
        let what = format!("{rows} rows, {untouched} of them untouched with digest {digest:016x}");
        writeln!(self.out, "  verified: {what} ({took:.1?})")?;
        Ok(found)
    }

    fn same<T: PartialEq + Debug>(&mut self, what: &str, one: &T, two: &T) -> Outcome<()> {
        if one != two {
            return Err(format!("not so: {what}: {one:?}, {two:?}").into());
        }
        writeln!(self.out, "  {what}")?;
        Ok(())
    }
}

fn indented(text: &impl Display) -> String {
    let text = text.to_string();
    let lines = text.lines().map(|line| format!("    {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// Goes on with a hash (FNV-1a) over the debug form of a row.
fn hashed(hash: u64, row: &impl Debug) -> u64 {
    let mut hasher = Fnv(hash);
    fmt::write(&mut hasher, format_args!("{row:?}")).expect("hashing never fails");
    hasher.0
}

struct Fnv(u64);

impl fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}
