//! The table of flights, with an index that isn't unique.

use std::path::Path;

use structsy::{Structsy, StructsyTx};
use structsy_derive::{Persistent, queries};

use super::super::same_fields;
use super::{BATCH_ROWS, open};
use crate::error::Outcome;
use crate::flights::{Flight, FlightStore};

#[derive(Debug, Clone, Persistent)]
struct FlightV1 {
    #[index(mode = "exclusive")]
    id: u64,
    #[index(mode = "cluster")]
    tailnum: String,
    month: u8,
    day: u8,
    dep_time: Option<u16>,
    dep_delay: Option<i16>,
    arr_time: Option<u16>,
    arr_delay: Option<i16>,
    carrier: String,
    flight: u16,
    origin: String,
    dest: String,
    air_time: Option<u16>,
    distance: u16,
    time_hour: String,
}

same_fields!(
    Flight,
    FlightV1 {
        id,
        tailnum,
        month,
        day,
        dep_time,
        dep_delay,
        arr_time,
        arr_delay,
        carrier,
        flight,
        origin,
        dest,
        air_time,
        distance,
        time_hour,
    }
);

#[queries(FlightV1)]
trait FlightQueries {
    fn by_plane(self, tailnum: String) -> Self;
}

pub fn flights(path: &Path) -> Outcome<Box<dyn FlightStore>> {
    let db = open(path)?;
    db.define::<FlightV1>()?;
    Ok(Box::new(Flights(db)))
}

struct Flights(Structsy);

impl FlightStore for Flights {
    fn load(&self, flights: &mut dyn Iterator<Item = Flight>) -> Outcome<()> {
        let mut flights = flights.peekable();
        while flights.peek().is_some() {
            let mut transaction = self.0.begin()?;
            for flight in flights.by_ref().take(BATCH_ROWS) {
                transaction.insert(&FlightV1::from(flight))?;
            }
            transaction.commit()?;
        }
        Ok(())
    }

    fn scan(&self, each: &mut dyn FnMut(Flight)) -> Outcome<()> {
        for (_, flight) in self.0.scan::<FlightV1>()? {
            each(flight.into());
        }
        Ok(())
    }

    fn of_plane(&self, tailnum: &str, each: &mut dyn FnMut(Flight)) -> Outcome<()> {
        for (_, flight) in self.0.query::<FlightV1>().by_plane(tailnum.to_owned()) {
            each(flight.into());
        }
        Ok(())
    }
}
