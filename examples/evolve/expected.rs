//! What every row must be in every generation, computed from the line of the file and never from the store.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::str::FromStr;

use quantadb::QuantaEntity;

use super::data::{AirportLine, Lines, PlaneLine};
use super::generations::{gen1, gen2, gen3, gen4, gen5};

/// A struct of one generation.
pub trait Shape: QuantaEntity<Key = String> + Clone + PartialEq + Debug {
    /// The line that its rows come from.
    type Line: Clone;
    /// The same row in all generations.
    type All;

    /// Computes the row from its line.
    fn expected(line: &Self::Line) -> Self;
    /// Picks this generation.
    fn of(all: &Self::All) -> &Self;
    /// Returns the key.
    fn key(&self) -> &str;
}

/// A table as it must be: the lines, and the rows that were written since.
#[derive(Debug)]
pub struct Expected<L, A> {
    pub lines: Lines<L>,
    key: fn(&L) -> &str,
    /// By key: the row in all generations, or none if it was deleted.
    written: BTreeMap<String, Option<A>>,
    /// Rows with keys that no line has; they sort behind all lines.
    born: BTreeMap<String, A>,
}

impl<L: Clone, A> Expected<L, A> {
    pub fn new(lines: Lines<L>, key: fn(&L) -> &str) -> Self {
        Self {
            lines,
            key,
            written: BTreeMap::new(),
            born: BTreeMap::new(),
        }
    }

    /// Lists the rows in the order of their keys.
    pub fn rows<S: Shape<Line = L, All = A>>(&self) -> impl Iterator<Item = S> {
        let of_lines = self
            .lines
            .iter()
            .filter_map(|line| match self.written.get((self.key)(&line)) {
                None => Some(S::expected(&line)),
                Some(written) => written.as_ref().map(|all| S::of(all).clone()),
            });
        of_lines.chain(self.born.values().map(|all| S::of(all).clone()))
    }

    /// Notes that a line's row was changed, and returns its key.
    pub fn change(&mut self, number: u64, change: impl FnOnce(&mut A)) -> String
    where
        A: for<'l> From<&'l L>,
    {
        let line = self.lines.get(number);
        let key = (self.key)(&line).to_owned();
        let all = self
            .written
            .entry(key.clone())
            .or_insert_with(|| Some(A::from(&line)));
        change(all.as_mut().expect("no deleted row is changed"));
        key
    }

    /// Notes that a line's row was deleted, and returns its key.
    pub fn delete(&mut self, number: u64) -> String {
        let key = (self.key)(&self.lines.get(number)).to_owned();
        self.written.insert(key.clone(), None);
        key
    }

    /// Notes that a row was inserted whose key sorts behind all lines.
    pub fn insert(&mut self, key: &str, all: A) {
        self.born.insert(key.to_owned(), all);
    }
}

pub type Airports = Expected<AirportLine, AirportInAll>;
pub type Planes = Expected<PlaneLine, PlaneInAll>;

/// An airport in all generations.
#[derive(Debug)]
pub struct AirportInAll {
    pub in1: gen1::Airport,
    pub in2: gen2::Airport,
    pub in3: gen3::Airport,
    pub in4: gen4::Airport,
    pub in5: gen5::Airport,
}

/// A plane in all generations.
#[derive(Debug)]
pub struct PlaneInAll {
    pub in1: gen1::Plane,
    pub in2: gen2::Plane,
    pub in3: gen3::Plane,
    pub in4: gen4::Plane,
    pub in5: gen5::Plane,
}

impl From<&AirportLine> for AirportInAll {
    fn from(line: &AirportLine) -> Self {
        Self {
            in1: Shape::expected(line),
            in2: Shape::expected(line),
            in3: Shape::expected(line),
            in4: Shape::expected(line),
            in5: Shape::expected(line),
        }
    }
}

impl From<&PlaneLine> for PlaneInAll {
    fn from(line: &PlaneLine) -> Self {
        Self {
            in1: Shape::expected(line),
            in2: Shape::expected(line),
            in3: Shape::expected(line),
            in4: Shape::expected(line),
            in5: Shape::expected(line),
        }
    }
}

macro_rules! shape {
    ($generation:ident::$entity:ident, $line:ident, $all:ident.$field:ident, $key:ident, $expected:expr) => {
        impl Shape for $generation::$entity {
            type Line = $line;
            type All = $all;

            fn expected(line: &$line) -> Self {
                let expected: fn(&$line) -> Self = $expected;
                expected(line)
            }

            fn of(all: &$all) -> &Self {
                &all.$field
            }

            fn key(&self) -> &str {
                &self.$key
            }
        }
    };
}

shape!(gen1::Airport, AirportLine, AirportInAll.in1, faa, |line| {
    gen1::Airport {
        faa: line.faa.clone(),
        name: line.name.clone(),
        lat: line.lat.clone(),
        lon: line.lon.clone(),
        alt: line.alt.clone(),
        tz: line.tz.clone(),
        dst: line.dst.clone(),
        tzone: known(&line.tzone),
    }
});

shape!(gen2::Airport, AirportLine, AirportInAll.in2, faa, |line| {
    gen2::Airport {
        faa: line.faa.clone(),
        name: line.name.clone(),
        lat: number(&line.lat),
        lon: number(&line.lon),
        alt: number(&line.alt),
        tz: number(&line.tz),
        dst: line.dst.clone(),
        tzone: known(&line.tzone),
    }
});

shape!(gen3::Airport, AirportLine, AirportInAll.in3, faa, |line| {
    gen3::Airport {
        faa: line.faa.clone(),
        name: line.name.clone(),
        country: "US".to_owned(),
        time_zone: known(&line.tzone),
        tz: number(&line.tz),
        dst: line.dst.clone(),
        lat: number(&line.lat),
        lon: number(&line.lon),
        alt: number(&line.alt),
    }
});

shape!(gen4::Airport, AirportLine, AirportInAll.in4, faa, |line| {
    gen4::Airport {
        faa: line.faa.clone(),
        name: line.name.clone(),
        country: "US".to_owned(),
        time_zone: known(&line.tzone),
        tz: number(&line.tz),
        dst: match line.dst.as_str() {
            "A" => gen4::Dst::American,
            "N" => gen4::Dst::NotObserved,
            _ => gen4::Dst::Unknown,
        },
        position: gen4::Position {
            lat: number(&line.lat),
            lon: number(&line.lon),
        },
        alt: number(&line.alt),
    }
});

shape!(gen5::Airport, AirportLine, AirportInAll.in5, faa, |line| {
    gen5::Airport {
        faa: line.faa.clone(),
        name: line.name.clone(),
        country: "US".to_owned(),
        time_zone: known(&line.tzone),
        tz: number(&line.tz),
        position: gen5::Position {
            latitude: rounded(&line.lat),
            longitude: rounded(&line.lon),
            datum: "WGS84".to_owned(),
        },
        alt: number(&line.alt),
    }
});

shape!(gen1::Plane, PlaneLine, PlaneInAll.in1, tailnum, |line| {
    gen1::Plane {
        tailnum: line.tailnum.clone(),
        year: known(&line.year),
        r#type: line.r#type.clone(),
        manufacturer: line.manufacturer.clone(),
        model: line.model.clone(),
        engines: line.engines.clone(),
        seats: line.seats.clone(),
        speed: known(&line.speed),
        engine: line.engine.clone(),
    }
});

shape!(gen2::Plane, PlaneLine, PlaneInAll.in2, tailnum, |line| {
    gen2::Plane {
        tailnum: line.tailnum.clone(),
        year: known(&line.year).map(|year| number(&year)),
        r#type: line.r#type.clone(),
        manufacturer: line.manufacturer.clone(),
        model: line.model.clone(),
        engines: number(&line.engines),
        seats: number(&line.seats),
        speed: known(&line.speed).map(|speed| number(&speed)),
        engine: line.engine.clone(),
    }
});

shape!(gen3::Plane, PlaneLine, PlaneInAll.in3, tail_number, |line| {
    gen3::Plane {
        tail_number: line.tailnum.clone(),
        maker: line.manufacturer.clone(),
        model: line.model.clone(),
        year: known(&line.year).map(|year| number(&year)),
        in_service: true,
        r#type: line.r#type.clone(),
        engine: line.engine.clone(),
        engines: number(&line.engines),
        seats: number(&line.seats),
        speed: known(&line.speed).map(|speed| number(&speed)),
    }
});

shape!(gen4::Plane, PlaneLine, PlaneInAll.in4, tail_number, |line| {
    gen4::Plane {
        tail_number: line.tailnum.clone(),
        maker: line.manufacturer.clone(),
        model: line.model.clone(),
        year: known(&line.year).map(|year| number(&year)),
        in_service: true,
        kind: kind(&line.r#type),
        power: power(&line.engine),
        engines: number(&line.engines),
        seats: number(&line.seats),
        speed: known(&line.speed).map(|speed| number(&speed)),
    }
});

shape!(gen5::Plane, PlaneLine, PlaneInAll.in5, tail_number, |line| {
    gen5::Plane {
        tail_number: line.tailnum.clone(),
        maker: line.manufacturer.clone(),
        model: line.model.clone(),
        year: known(&line.year).map(|year| number(&year)),
        in_service: true,
        kind: kind(&line.r#type),
        power: power(&line.engine),
        engines: number(&line.engines),
        seats: number(&line.seats),
    }
});

fn known(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| text != "NA")
}

fn number<N: FromStr<Err: Debug>>(text: &str) -> N {
    text.parse().expect("the column holds numbers of this type")
}

/// Rounds as the store does: first to 64 bits, which generation 2 has, and then to 32.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is expected")]
fn rounded(text: &str) -> f32 {
    number::<f64>(text) as f32
}

fn kind(text: &str) -> gen4::Kind {
    match text.split(' ').nth(2) {
        Some("single") => gen4::Kind::SingleEngine,
        Some(_) => gen4::Kind::MultiEngine,
        None => gen4::Kind::Rotorcraft,
    }
}

fn power(text: &str) -> gen4::Power {
    match text.strip_prefix("Turbo-") {
        Some("fan") => gen4::Power::TurboFan,
        Some("jet") => gen4::Power::TurboJet,
        Some("prop") => gen4::Power::TurboProp,
        Some(_) => gen4::Power::TurboShaft,
        None => gen4::Power::Piston,
    }
}
