//! The table of flights, with an index that isn't unique. It has no integers below four bytes.

use std::path::Path;

use microrm::ConnectionPool;
use microrm::prelude::*;

use super::config;
use crate::error::Outcome;
use crate::flights::{Flight, FlightStore};

#[derive(Clone, Entity)]
pub struct Flown {
    #[key]
    pub number: u64,
    pub tailnum: String,
    pub month: u32,
    pub day: u32,
    pub dep_time: Option<u32>,
    pub dep_delay: Option<i32>,
    pub arr_time: Option<u32>,
    pub arr_delay: Option<i32>,
    pub carrier: String,
    pub flight: u32,
    pub origin: String,
    pub dest: String,
    pub air_time: Option<u32>,
    pub distance: u32,
    pub time_hour: String,
}

#[derive(Clone, Schema)]
pub struct Flying {
    pub flights: microrm::IDMap<Flown>,
    #[expect(dead_code, reason = "microrm makes the index because the field is there")]
    pub by_plane: microrm::SearchIndex<Flown, index_cols![Flown::tailnum]>,
}

impl From<Flight> for Flown {
    fn from(flight: Flight) -> Self {
        Self {
            number: flight.id,
            tailnum: flight.tailnum,
            month: flight.month.into(),
            day: flight.day.into(),
            dep_time: flight.dep_time.map(u32::from),
            dep_delay: flight.dep_delay.map(i32::from),
            arr_time: flight.arr_time.map(u32::from),
            arr_delay: flight.arr_delay.map(i32::from),
            carrier: flight.carrier,
            flight: flight.flight.into(),
            origin: flight.origin,
            dest: flight.dest,
            air_time: flight.air_time.map(u32::from),
            distance: flight.distance.into(),
            time_hour: flight.time_hour,
        }
    }
}

impl TryFrom<Flown> for Flight {
    type Error = std::num::TryFromIntError;

    fn try_from(flown: Flown) -> Result<Self, Self::Error> {
        Ok(Self {
            id: flown.number,
            tailnum: flown.tailnum,
            month: flown.month.try_into()?,
            day: flown.day.try_into()?,
            dep_time: flown.dep_time.map(u16::try_from).transpose()?,
            dep_delay: flown.dep_delay.map(i16::try_from).transpose()?,
            arr_time: flown.arr_time.map(u16::try_from).transpose()?,
            arr_delay: flown.arr_delay.map(i16::try_from).transpose()?,
            carrier: flown.carrier,
            flight: flown.flight.try_into()?,
            origin: flown.origin,
            dest: flown.dest,
            air_time: flown.air_time.map(u16::try_from).transpose()?,
            distance: flown.distance.try_into()?,
            time_hour: flown.time_hour,
        })
    }
}

pub fn flights(path: &Path) -> Outcome<Box<dyn FlightStore>> {
    let (pool, db) = ConnectionPool::open::<Flying>(config(path)?)?;
    Ok(Box::new(Flights { pool, db }))
}

struct Flights {
    pool: ConnectionPool,
    db: Flying,
}

impl FlightStore for Flights {
    fn load(&self, flights: &mut dyn Iterator<Item = Flight>) -> Outcome<()> {
        let mut transaction = self.pool.start()?;
        for flight in flights {
            self.db.flights.insert(&mut transaction, flight.into())?;
        }
        Ok(transaction.commit()?)
    }

    fn scan(&self, each: &mut dyn FnMut(Flight)) -> Outcome<()> {
        let mut transaction = self.pool.start()?;
        for flown in self.db.flights.iter(&mut transaction)? {
            each(flown?.wrapped().try_into()?);
        }
        Ok(())
    }

    fn of_plane(&self, tailnum: &str, each: &mut dyn FnMut(Flight)) -> Outcome<()> {
        let mut transaction = self.pool.start()?;
        let plane = tailnum.to_owned();
        let flights = self.db.flights.with(Flown::Tailnum, &plane);
        for flown in flights.iter(&mut transaction)? {
            each(flown?.wrapped().try_into()?);
        }
        Ok(())
    }
}
