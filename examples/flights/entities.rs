//! The tables. Fields are called as the columns of the files are, so that no import has to map names.

use std::time::SystemTime;

use quantadb::{Options, QuantaEntity, Ref};

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "airlines", register = false)]
pub struct Airline {
    #[quanta(id)]
    pub carrier: String,
    pub name: String,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "airports", register = false)]
pub struct Airport {
    /// The code of the Federal Aviation Administration.
    #[quanta(id)]
    pub faa: String,
    pub name: String,
    /// Degrees.
    pub lat: f64,
    /// Degrees.
    pub lon: f64,
    /// Feet.
    pub alt: i32,
    /// Hours from UTC.
    pub tz: i8,
    pub dst: String,
    pub tzone: Option<String>,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "planes", register = false)]
pub struct Plane {
    #[quanta(id)]
    pub tailnum: String,
    /// When it was built.
    #[quanta(index)]
    pub year: Option<u16>,
    pub r#type: String,
    pub manufacturer: String,
    pub model: String,
    pub engines: u8,
    pub seats: u16,
    /// Cruising speed in miles per hour.
    pub speed: Option<u16>,
    pub engine: String,
}

/// What was measured at an airport in one hour. The local hour is no key: one comes twice when summer time ends.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "weather", register = false)]
pub struct Weather {
    #[quanta(id = 0)]
    pub origin: Ref<Airport>,
    #[quanta(id = 1)]
    pub time_hour: SystemTime,
    pub year: u16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    /// Degrees Fahrenheit, as is the dew point.
    pub temp: Option<f64>,
    pub dewp: Option<f64>,
    /// Percent.
    pub humid: Option<f64>,
    /// Degrees.
    pub wind_dir: Option<u16>,
    /// Miles per hour.
    pub wind_speed: Option<f64>,
    pub wind_gust: Option<f64>,
    /// Inches of rain, or of what melted to it.
    #[quanta(index)]
    pub precip: f64,
    /// Millibars.
    pub pressure: Option<f64>,
    /// Miles that one could see.
    pub visib: f64,
}

/// A flight that was planned. `tailnum` and `dest` are no references, as the files lack planes and airports that flights
/// name: a store that held to them would have to turn those flights away.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(
    table = "flights",
    register = false,
    index(name = "flights_route", fields(origin, dest))
)]
pub struct Flight {
    /// The hour of the planned departure.
    #[quanta(id = 0)]
    pub time_hour: SystemTime,
    #[quanta(id = 1, index)]
    pub carrier: Ref<Airline>,
    #[quanta(id = 2)]
    pub flight: u16,
    pub year: u16,
    pub month: u8,
    pub day: u8,
    /// Local times as hours times 100 plus minutes. None: it never left, or never arrived.
    #[quanta(index)]
    pub dep_time: Option<u16>,
    pub sched_dep_time: u16,
    /// Minutes; below 0 it was early.
    pub dep_delay: Option<i16>,
    pub arr_time: Option<u16>,
    pub sched_arr_time: u16,
    pub arr_delay: Option<i16>,
    #[quanta(index)]
    pub tailnum: Option<String>,
    pub origin: Ref<Airport>,
    #[quanta(index)]
    pub dest: String,
    /// Minutes.
    #[quanta(index)]
    pub air_time: Option<u16>,
    /// Miles.
    pub distance: u16,
    pub hour: u8,
    pub minute: u8,
}

/// How the store is opened.
pub fn options() -> Options {
    Options::new().entities::<(Airline, Airport, Plane, Weather, Flight)>()
}
