//! Where the rows come from: the files beside the examples, or a generator.

use std::borrow::Cow;

use serde::Deserialize;

use super::Outcome;

/// A line of `airports.csv`, as it stands there.
#[derive(Debug, Clone, Deserialize)]
pub struct AirportLine {
    pub faa: String,
    pub name: String,
    pub lat: String,
    pub lon: String,
    pub alt: String,
    pub tz: String,
    pub dst: String,
    pub tzone: String,
}

/// A line of `planes.csv`, as it stands there.
#[derive(Debug, Clone, Deserialize)]
pub struct PlaneLine {
    pub tailnum: String,
    pub year: String,
    pub r#type: String,
    pub manufacturer: String,
    pub model: String,
    pub engines: String,
    pub seats: String,
    pub speed: String,
    pub engine: String,
}

/// Lines in the order of their keys. Generated ones are made when they are asked for: memory doesn't grow with them.
#[derive(Debug)]
pub enum Lines<L> {
    File(Vec<L>),
    Generated { rows: u64, line: fn(u64) -> L },
}

impl<L: Clone> Lines<L> {
    pub fn len(&self) -> u64 {
        match self {
            Self::File(lines) => lines.len() as u64,
            Self::Generated { rows, .. } => *rows,
        }
    }

    pub fn get(&self, number: u64) -> Cow<'_, L> {
        match self {
            Self::File(lines) => {
                Cow::Borrowed(&lines[usize::try_from(number).expect("a file fits into memory")])
            }
            Self::Generated { line, .. } => Cow::Owned(line(number)),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, L>> {
        (0..self.len()).map(|number| self.get(number))
    }
}

pub fn airports_of_file() -> Outcome<Lines<AirportLine>> {
    let mut lines: Vec<AirportLine> = parsed(include_str!("../data/airports.csv"))?;
    lines.sort_by(|one, two| one.faa.cmp(&two.faa));
    Ok(Lines::File(lines))
}

pub fn planes_of_file() -> Outcome<Lines<PlaneLine>> {
    let mut lines: Vec<PlaneLine> = parsed(include_str!("../data/planes.csv"))?;
    lines.sort_by(|one, two| one.tailnum.cmp(&two.tailnum));
    Ok(Lines::File(lines))
}

fn parsed<L: for<'de> Deserialize<'de>>(text: &str) -> Outcome<Vec<L>> {
    Ok(csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()?)
}

pub fn generated_airports(rows: u64) -> Lines<AirportLine> {
    Lines::Generated {
        rows,
        line: generated_airport,
    }
}

pub fn generated_planes(rows: u64) -> Lines<PlaneLine> {
    Lines::Generated {
        rows,
        line: generated_plane,
    }
}

fn generated_airport(number: u64) -> AirportLine {
    let mut dice = Dice(number);
    AirportLine {
        faa: format!("A{number:09}"),
        name: format!(
            "{} {}",
            dice.one_of(&["North", "South", "East", "West", "Old", "New"]),
            dice.up_to(10_000)
        ),
        lat: format!("{}.{:06}", dice.up_to(90), dice.up_to(1_000_000)),
        lon: format!("-{}.{:06}", dice.up_to(180), dice.up_to(1_000_000)),
        alt: dice.up_to(9_000).to_string(),
        tz: format!("-{}", 5 + dice.up_to(6)),
        dst: dice.one_of(&["A", "N", "U"]).to_owned(),
        tzone: dice
            .one_of(&["America/New_York", "America/Chicago", "America/Denver", "NA"])
            .to_owned(),
    }
}

fn generated_plane(number: u64) -> PlaneLine {
    let mut dice = Dice(number);
    let year = 1956 + dice.up_to(60);
    let speed = 90 + dice.up_to(400);
    PlaneLine {
        tailnum: format!("N{number:09}"),
        year: if dice.up_to(50) == 0 {
            "NA".to_owned()
        } else {
            year.to_string()
        },
        r#type: dice
            .one_of(&[
                "Fixed wing multi engine",
                "Fixed wing single engine",
                "Rotorcraft",
            ])
            .to_owned(),
        manufacturer: dice
            .one_of(&["AIRBUS", "BOEING", "CESSNA", "EMBRAER", "PIPER"])
            .to_owned(),
        model: format!("{}-{}", dice.up_to(1_000), dice.up_to(300)),
        engines: (1 + dice.up_to(4)).to_string(),
        seats: (2 + dice.up_to(449)).to_string(),
        speed: if dice.up_to(100) == 0 {
            speed.to_string()
        } else {
            "NA".to_owned()
        },
        engine: dice
            .one_of(&[
                "4 Cycle",
                "Reciprocating",
                "Turbo-fan",
                "Turbo-jet",
                "Turbo-shaft",
            ])
            .to_owned(),
    }
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn up_to(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        let index = self.up_to(texts.len() as u64);
        texts[usize::try_from(index).expect("an index fits")]
    }
}
