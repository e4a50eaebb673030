//! What the program writes between its releases, and what each of these writes must look like in every generation.
//!
//! Each row is changed once at most. A comment says what a rollback makes of the change, wherever it isn't plain.

use quantadb::{Database, Result};

use super::expected::{AirportInAll, Airports, PlaneInAll, Planes};
use super::generations::{gen1, gen2, gen3, gen4, gen5};

/// Key of an airport that is born in generation 3; small letters sort behind all lines.
const SNOWHILL: &str = "xsh";
/// Key of an airport that is born in generation 5.
const TROLL: &str = "xtr";
/// Key of a plane that is born in generation 5.
const HELICOPTER: &str = "xlyra";

pub fn in_gen2(db: &Database, airports: &mut Airports, planes: &mut Planes) -> Result<()> {
    let resurveyed = airports.change(1, |all| {
        all.in1.alt = "2000".to_owned();
        all.in2.alt = 2_000;
        all.in3.alt = 2_000;
        all.in4.alt = 2_000;
        all.in5.alt = 2_000;
    });
    let refitted = planes.change(1, |all| {
        all.in1.seats = "99".to_owned();
        all.in2.seats = 99;
        all.in3.seats = 99;
        all.in4.seats = 99;
        all.in5.seats = 99;
    });
    db.write(|tx| {
        tx.collection::<gen2::Airport>()
            .update(&resurveyed, |airport| airport.alt = 2_000)?;
        tx.collection::<gen2::Plane>()
            .update(&refitted, |plane| plane.seats = 99)?;
        Ok(())
    })
}

pub fn in_gen3(db: &Database, airports: &mut Airports, planes: &mut Planes) -> Result<()> {
    let snowhill = snowhill();
    let closed = airports.delete(2);
    let grounded = planes.change(2, |all| {
        // Generation 2 has no such field; going up again must know it all the same.
        all.in3.in_service = false;
        all.in4.in_service = false;
        all.in5.in_service = false;
    });
    db.write(|tx| {
        tx.collection::<gen3::Airport>().insert(&snowhill.in3)?;
        tx.collection::<gen3::Airport>().delete(&closed)?;
        tx.collection::<gen3::Plane>()
            .update(&grounded, |plane| plane.in_service = false)?;
        Ok(())
    })?;
    airports.insert(SNOWHILL, snowhill);
    Ok(())
}

fn snowhill() -> AirportInAll {
    let (faa, name, country) = (SNOWHILL.to_owned(), "Snow Hill".to_owned(), "AQ".to_owned());
    AirportInAll {
        // It never was a text: going back writes the numbers as the shortest texts that read back the same.
        in1: gen1::Airport {
            faa: faa.clone(),
            name: name.clone(),
            lat: "-64.5".to_owned(),
            lon: "-57.0".to_owned(),
            alt: "180".to_owned(),
            tz: "-3".to_owned(),
            dst: "N".to_owned(),
            tzone: None,
        },
        in2: gen2::Airport {
            faa: faa.clone(),
            name: name.clone(),
            lat: -64.5,
            lon: -57.0,
            alt: 180,
            tz: -3,
            dst: "N".to_owned(),
            tzone: None,
        },
        in3: gen3::Airport {
            faa: faa.clone(),
            name: name.clone(),
            country: country.clone(),
            time_zone: None,
            tz: -3,
            dst: "N".to_owned(),
            lat: -64.5,
            lon: -57.0,
            alt: 180,
        },
        in4: gen4::Airport {
            faa: faa.clone(),
            name: name.clone(),
            country: country.clone(),
            time_zone: None,
            tz: -3,
            dst: gen4::Dst::NotObserved,
            position: gen4::Position {
                lat: -64.5,
                lon: -57.0,
            },
            alt: 180,
        },
        in5: gen5::Airport {
            faa,
            name,
            country,
            time_zone: None,
            tz: -3,
            position: gen5::Position {
                latitude: -64.5,
                longitude: -57.0,
                datum: "WGS84".to_owned(),
            },
            alt: 180,
        },
    }
}

pub fn in_gen4(db: &Database, airports: &mut Airports, planes: &mut Planes) -> Result<()> {
    let renamed = airports.change(3, |all| {
        all.in1.name = "Municipal".to_owned();
        all.in2.name = "Municipal".to_owned();
        all.in3.name = "Municipal".to_owned();
        all.in4.name = "Municipal".to_owned();
        all.in5.name = "Municipal".to_owned();
    });
    let without_dst = airports.change(4, |all| {
        all.in1.dst = "N".to_owned();
        all.in2.dst = "N".to_owned();
        all.in3.dst = "N".to_owned();
        all.in4.dst = gen4::Dst::NotObserved;
    });
    // A position is computed from `lat` and `lon`, which were dropped: going back returns them as they were.
    let moved = airports.change(5, |all| {
        all.in4.position.lat = 10.5;
        all.in5.position.latitude = 10.5;
    });
    let converted = planes.change(3, |all| {
        all.in4.power = gen4::Power::TurboProp;
        all.in5.power = gen4::Power::TurboProp;
    });
    db.write(|tx| {
        let airports = tx.collection::<gen4::Airport>();
        airports.update(&renamed, |airport| airport.name = "Municipal".to_owned())?;
        airports.update(&without_dst, |airport| airport.dst = gen4::Dst::NotObserved)?;
        airports.update(&moved, |airport| airport.position.lat = 10.5)?;
        tx.collection::<gen4::Plane>()
            .update(&converted, |plane| plane.power = gen4::Power::TurboProp)?;
        Ok(())
    })
}

pub fn in_gen5(db: &Database, airports: &mut Airports, planes: &mut Planes) -> Result<()> {
    let (troll, helicopter) = (troll(), helicopter());
    let lowered = airports.change(6, |all| {
        all.in1.alt = "7".to_owned();
        all.in2.alt = 7;
        all.in3.alt = 7;
        all.in4.alt = 7;
        all.in5.alt = 7;
    });
    // Only the longitude was changed: the latitude returns with all its digits.
    let moved = airports.change(7, |all| {
        all.in4.position.lon = 20.25;
        all.in5.position.longitude = 20.25;
        all.in5.position.datum = "NAD27".to_owned();
    });
    let scrapped = planes.delete(4);
    db.write(|tx| {
        let airports = tx.collection::<gen5::Airport>();
        airports.update(&lowered, |airport| airport.alt = 7)?;
        airports.update(&moved, |airport| {
            airport.position.longitude = 20.25;
            airport.position.datum = "NAD27".to_owned();
        })?;
        airports.insert(&troll.in5)?;
        let planes = tx.collection::<gen5::Plane>();
        planes.delete(&scrapped)?;
        planes.insert(&helicopter.in5)
    })?;
    airports.insert(TROLL, troll);
    planes.insert(HELICOPTER, helicopter);
    Ok(())
}

/// What was dropped before a row was born comes back with the field's default, or else with its natural zero.
fn troll() -> AirportInAll {
    let (faa, name, country) = (TROLL.to_owned(), "Troll".to_owned(), "AQ".to_owned());
    AirportInAll {
        in1: gen1::Airport {
            faa: faa.clone(),
            name: name.clone(),
            lat: "0.0".to_owned(),
            lon: "0.0".to_owned(),
            alt: "1270".to_owned(),
            tz: "0".to_owned(),
            dst: "U".to_owned(),
            tzone: Some("Antarctica/Troll".to_owned()),
        },
        in2: gen2::Airport {
            faa: faa.clone(),
            name: name.clone(),
            lat: 0.0,
            lon: 0.0,
            alt: 1_270,
            tz: 0,
            dst: "U".to_owned(),
            tzone: Some("Antarctica/Troll".to_owned()),
        },
        in3: gen3::Airport {
            faa: faa.clone(),
            name: name.clone(),
            country: country.clone(),
            time_zone: Some("Antarctica/Troll".to_owned()),
            tz: 0,
            dst: "U".to_owned(),
            lat: 0.0,
            lon: 0.0,
            alt: 1_270,
        },
        in4: gen4::Airport {
            faa: faa.clone(),
            name: name.clone(),
            country: country.clone(),
            time_zone: Some("Antarctica/Troll".to_owned()),
            tz: 0,
            dst: gen4::Dst::Unknown,
            position: gen4::Position { lat: -72.0, lon: 2.5 },
            alt: 1_270,
        },
        in5: gen5::Airport {
            faa,
            name,
            country,
            time_zone: Some("Antarctica/Troll".to_owned()),
            tz: 0,
            position: gen5::Position {
                latitude: -72.0,
                longitude: 2.5,
                datum: "WGS84".to_owned(),
            },
            alt: 1_270,
        },
    }
}

fn helicopter() -> PlaneInAll {
    let (key, maker, model) = (HELICOPTER.to_owned(), "BELL".to_owned(), "412".to_owned());
    PlaneInAll {
        in1: gen1::Plane {
            tailnum: key.clone(),
            year: Some("1981".to_owned()),
            r#type: String::new(),
            manufacturer: maker.clone(),
            model: model.clone(),
            engines: "2".to_owned(),
            seats: "15".to_owned(),
            speed: None,
            engine: String::new(),
        },
        in2: gen2::Plane {
            tailnum: key.clone(),
            year: Some(1981),
            r#type: String::new(),
            manufacturer: maker.clone(),
            model: model.clone(),
            engines: 2,
            seats: 15,
            speed: None,
            engine: String::new(),
        },
        in3: gen3::Plane {
            tail_number: key.clone(),
            maker: maker.clone(),
            model: model.clone(),
            year: Some(1981),
            in_service: false,
            r#type: String::new(),
            engine: String::new(),
            engines: 2,
            seats: 15,
            speed: None,
        },
        in4: gen4::Plane {
            tail_number: key.clone(),
            maker: maker.clone(),
            model: model.clone(),
            year: Some(1981),
            in_service: false,
            kind: gen4::Kind::Rotorcraft,
            power: gen4::Power::TurboShaft,
            engines: 2,
            seats: 15,
            speed: None,
        },
        in5: gen5::Plane {
            tail_number: key,
            maker,
            model,
            year: Some(1981),
            in_service: false,
            kind: gen4::Kind::Rotorcraft,
            power: gen4::Power::TurboShaft,
            engines: 2,
            seats: 15,
        },
    }
}
