//! The table of flights, with an index that isn't unique.

use std::path::Path;
use std::sync::LazyLock;

use native_db::{Database, Models, ToKey, native_db};
use native_model::{Model, native_model};
use serde::{Deserialize, Serialize};

use super::super::same_fields;
use super::{BATCH_ROWS, open};
use crate::error::Outcome;
use crate::flights::{Flight, FlightStore};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[native_model(id = 2, version = 1)]
#[native_db]
struct FlightV1 {
    #[primary_key]
    id: u64,
    #[secondary_key]
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

static MODELS: LazyLock<Models> = LazyLock::new(|| {
    let mut models = Models::new();
    models.define::<FlightV1>().expect("the model is valid");
    models
});

pub fn flights(path: &Path) -> Outcome<Box<dyn FlightStore>> {
    Ok(Box::new(Flights(open(path, &MODELS)?)))
}

struct Flights(Database<'static>);

impl FlightStore for Flights {
    fn load(&self, flights: &mut dyn Iterator<Item = Flight>) -> Outcome<()> {
        let mut flights = flights.peekable();
        while flights.peek().is_some() {
            let transaction = self.0.rw_transaction()?;
            for flight in flights.by_ref().take(BATCH_ROWS) {
                transaction.insert(FlightV1::from(flight))?;
            }
            transaction.commit()?;
        }
        Ok(())
    }

    fn scan(&self, each: &mut dyn FnMut(Flight)) -> Outcome<()> {
        let transaction = self.0.r_transaction()?;
        for flight in transaction.scan().primary::<FlightV1>()?.all()? {
            each(flight?.into());
        }
        Ok(())
    }

    fn of_plane(&self, tailnum: &str, each: &mut dyn FnMut(Flight)) -> Outcome<()> {
        let transaction = self.0.r_transaction()?;
        let by_plane = transaction.scan().secondary::<FlightV1>(FlightV1Key::tailnum)?;
        for flight in by_plane.range(tailnum..=tailnum)? {
            each(flight?.into());
        }
        Ok(())
    }
}
