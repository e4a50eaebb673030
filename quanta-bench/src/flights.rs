//! Real rows: the flights of nycflights13, from an uncompressed CSV file.

use std::path::Path;

use bincode::{Decode, Encode};
use quantadb::QuantaEntity;

use crate::error::Outcome;

/// A flight; of the columns that follow from others, none.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, QuantaEntity)]
#[quanta(table = "flights", register = false)]
pub struct Flight {
    /// The number of its line.
    #[quanta(id)]
    pub id: u64,
    /// The plane: the secondary index, which isn't unique.
    #[quanta(index)]
    pub tailnum: String,
    pub month: u8,
    pub day: u8,
    pub dep_time: Option<u16>,
    pub dep_delay: Option<i16>,
    pub arr_time: Option<u16>,
    pub arr_delay: Option<i16>,
    pub carrier: String,
    pub flight: u16,
    pub origin: String,
    pub dest: String,
    pub air_time: Option<u16>,
    pub distance: u16,
    pub time_hour: String,
}

/// A store with one table of flights.
pub trait FlightStore {
    /// Loads flights in the order in which they come. They last at the end.
    fn load(&self, flights: &mut dyn Iterator<Item = Flight>) -> Outcome<()>;

    /// Reads all flights.
    fn scan(&self, each: &mut dyn FnMut(Flight)) -> Outcome<()>;

    /// Reads the flights of a plane.
    fn of_plane(&self, tailnum: &str, each: &mut dyn FnMut(Flight)) -> Outcome<()>;
}

/// Reads a file.
pub fn read(path: &Path) -> Outcome<Vec<Flight>> {
    let mut reader = csv::Reader::from_path(path)
        .map_err(|error| format!("{}: {error}; it has to be there, and unpacked", path.display()))?;
    let header = reader.headers()?.clone();
    let place = |name: &str| {
        let place = header.iter().position(|column| column == name);
        place.ok_or_else(|| format!("{} has no column {name}; is it unpacked?", path.display()))
    };
    let names = [
        "tailnum",
        "month",
        "day",
        "dep_time",
        "dep_delay",
        "arr_time",
        "arr_delay",
        "carrier",
        "flight",
        "origin",
        "dest",
        "air_time",
        "distance",
        "time_hour",
    ];
    let places = names.map(place).into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut flights = Vec::new();
    for (id, line) in reader.records().enumerate() {
        let line = line?;
        let mut texts = places.iter().map(|place| line.get(*place).unwrap_or_default());
        let mut next = || texts.next().unwrap_or_default();
        flights.push(Flight {
            id: id as u64,
            tailnum: next().to_owned(),
            month: next().parse()?,
            day: next().parse()?,
            dep_time: number(next())?,
            dep_delay: number(next())?,
            arr_time: number(next())?,
            arr_delay: number(next())?,
            carrier: next().to_owned(),
            flight: next().parse()?,
            origin: next().to_owned(),
            dest: next().to_owned(),
            air_time: number(next())?,
            distance: next().parse()?,
            time_hour: next().to_owned(),
        });
    }
    Ok(flights)
}

/// A number that may be missing.
fn number<T: std::str::FromStr<Err = std::num::ParseIntError>>(text: &str) -> Outcome<Option<T>> {
    match text {
        "NA" => Ok(None),
        text => Ok(Some(text.parse()?)),
    }
}
