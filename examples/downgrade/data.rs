//! Where the flights come from: a file of flights, or the planes and airports beside the examples.

use std::path::Path;

use serde::Deserialize;

use super::Outcome;
use super::apps::older::{Flight, Route};

/// What is needed of a line of a flights file. `NA` is a value that is missing.
#[derive(Debug, Deserialize)]
struct FlightLine {
    carrier: String,
    flight: u16,
    tailnum: String,
    origin: String,
    dest: String,
    dep_delay: String,
    arr_delay: String,
    air_time: String,
    distance: f64,
    time_hour: String,
}

#[derive(Debug, Deserialize)]
struct AirportLine {
    faa: String,
}

#[derive(Debug, Deserialize)]
struct PlaneLine {
    tailnum: String,
    seats: u16,
}

const KILOMETRES_PER_MILE: f64 = 1.609_344;

pub fn flights_of_file(path: &Path) -> Outcome<Vec<Flight>> {
    let lines = csv::Reader::from_path(path)?.into_deserialize::<FlightLine>();
    (0..).zip(lines).map(|(id, line)| flight(id, line?)).collect()
}

fn flight(id: u64, line: FlightLine) -> Outcome<Flight> {
    Ok(Flight {
        id,
        carrier: line.carrier,
        number: line.flight,
        tailnum: Some(line.tailnum).filter(|text| text != "NA"),
        route: Route {
            origin: line.origin,
            dest: line.dest,
        },
        dep_delay: there(&line.dep_delay).map(str::parse).transpose()?,
        arr_delay: there(&line.arr_delay).map(str::parse).transpose()?,
        air_time: there(&line.air_time).map(str::parse).transpose()?,
        kilometres: line.distance * KILOMETRES_PER_MILE,
        hour: line.time_hour,
    })
}

fn there(text: &str) -> Option<&str> {
    Some(text).filter(|text| *text != "NA")
}

/// Makes one flight for each plane, to one airport after the other.
pub fn small_flights() -> Outcome<Vec<Flight>> {
    let airports: Vec<AirportLine> = parsed(include_str!("../data/airports.csv"))?;
    let planes: Vec<PlaneLine> = parsed(include_str!("../data/planes.csv"))?;
    let flights = (0_u16..).zip(planes).zip(airports.iter().cycle());
    Ok(flights
        .map(|((number, plane), airport)| Flight {
            id: number.into(),
            carrier: plane.tailnum[..2].to_owned(),
            number,
            route: Route {
                origin: "EWR".to_owned(),
                dest: airport.faa.clone(),
            },
            dep_delay: i16::try_from(number % 90).ok().filter(|delay| *delay != 13),
            arr_delay: i16::try_from(number % 70).ok().map(|delay| delay - 30),
            air_time: Some(plane.seats).filter(|minutes| *minutes != 2),
            kilometres: f64::from(number) * KILOMETRES_PER_MILE,
            hour: format!("2013-01-{:02}T05:00:00Z", 1 + number % 31),
            tailnum: Some(plane.tailnum),
        })
        .collect())
}

fn parsed<L: for<'de> Deserialize<'de>>(text: &str) -> Outcome<Vec<L>> {
    Ok(csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()?)
}
