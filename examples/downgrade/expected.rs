//! What each row is after each stop, written out by hand.

use super::apps::{newer, older};

/// What happens to a row on the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fate {
    Untouched,
    NewerChanges,
    OlderChanges,
    BothChange,
    NewerDeletes,
    OlderDeletes,
    /// The newer program deletes it, and the older one inserts another row under its key.
    InsertedAgain,
    /// The older program deletes it, and inserts another row under its key.
    OlderReplaces,
    NewerInserts,
    OlderInserts,
    /// The newer program inserts it, and the older one changes it.
    InsertedAndChanged,
}

/// Of so many rows of the beginning, one meets each fate; the others are left alone.
const FATES_PERIOD: u64 = 40;
/// Rows that each of the two programs adds, and rows that both have to do with.
const ADDED_EACH: u64 = 10;

/// How many keys there are in all, with the rows that are added.
pub fn keys(loaded: u64) -> u64 {
    loaded + 3 * ADDED_EACH
}

pub fn fate(id: u64, loaded: u64) -> Fate {
    match (id.checked_sub(loaded), id % FATES_PERIOD) {
        (Some(added), _) if added < ADDED_EACH => Fate::NewerInserts,
        (Some(added), _) if added < 2 * ADDED_EACH => Fate::OlderInserts,
        (Some(_), _) => Fate::InsertedAndChanged,
        (None, 1) => Fate::NewerChanges,
        (None, 2) => Fate::OlderChanges,
        (None, 3) => Fate::BothChange,
        (None, 4) => Fate::NewerDeletes,
        (None, 5) => Fate::OlderDeletes,
        (None, 6) => Fate::InsertedAgain,
        (None, 7) => Fate::OlderReplaces,
        (None, _) => Fate::Untouched,
    }
}

/// The row after each stop; none where there is no such row.
#[derive(Debug)]
pub struct Stops {
    /// As the newer program finds it.
    pub migrated: Option<newer::Flight>,
    /// As the newer program leaves it.
    pub newer_left: Option<newer::Flight>,
    /// As the older program finds it, whether it only reads or takes the store back.
    pub older_found: Option<older::Flight>,
    /// As the older program leaves it.
    pub older_left: Option<older::Flight>,
    /// As the newer program finds it again.
    pub newer_found: Option<newer::Flight>,
}

pub fn stops(id: u64, loaded: &[older::Flight]) -> Stops {
    use Fate::{
        BothChange, InsertedAgain, InsertedAndChanged, NewerChanges, NewerDeletes, NewerInserts,
        OlderChanges, OlderDeletes, OlderInserts, OlderReplaces, Untouched,
    };
    let first = usize::try_from(id).ok().and_then(|id| loaded.get(id));
    let fate = fate(id, loaded.len() as u64);
    let migrated = first.map(migrated);
    let newer_left = match fate {
        NewerChanges | BothChange => migrated.clone().map(changed_by_newer),
        NewerInserts | InsertedAndChanged => Some(inserted_by_newer(id)),
        NewerDeletes | InsertedAgain => None,
        _ => migrated.clone(),
    };
    let older_found = newer_left.as_ref().map(|row| taken_back(row, first));
    let older_left = match fate {
        OlderChanges | BothChange | InsertedAndChanged => older_found.clone().map(changed_by_older),
        OlderInserts | InsertedAgain | OlderReplaces => Some(inserted_by_older(id)),
        OlderDeletes => None,
        Untouched | NewerChanges | NewerDeletes | NewerInserts => older_found.clone(),
    };
    // What the older program inserted has nothing of the row that had the key before.
    let known = newer_left.as_ref().filter(|_| fate != OlderReplaces);
    let newer_found = older_left.as_ref().map(|row| taken_up(row, known));
    Stops {
        migrated,
        newer_left,
        older_found,
        older_left,
        newer_found,
    }
}

fn migrated(row: &older::Flight) -> newer::Flight {
    newer::Flight {
        id: row.id,
        carrier: row.carrier.clone(),
        number: row.number.into(),
        tail_number: row.tailnum.clone(),
        route: newer::Route {
            origin: row.route.origin.clone(),
            destination: row.route.dest.clone(),
            country: "US".to_owned(),
        },
        dep_delay: row.dep_delay.map(i32::from),
        arr_delay: row.arr_delay.map(i32::from),
        status: newer::Status::Flown,
        service: None,
        kilometres: narrow(row.kilometres),
        hour: row.hour.clone(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "to round is what the newer program asks for"
)]
fn narrow(number: f64) -> f32 {
    number as f32
}

fn changed_by_newer(row: newer::Flight) -> newer::Flight {
    newer::Flight {
        status: newer::Status::Diverted { stops: 2 },
        service: Some(newer::Service { meals: 1, wifi: true }),
        route: newer::Route {
            country: "CA".to_owned(),
            ..row.route
        },
        tail_number: Some("NEWER".to_owned()),
        ..row
    }
}

fn inserted_by_newer(id: u64) -> newer::Flight {
    newer::Flight {
        id,
        carrier: "NN".to_owned(),
        number: 7,
        tail_number: None,
        route: newer::Route {
            origin: "EWR".to_owned(),
            destination: "YUL".to_owned(),
            country: "CA".to_owned(),
        },
        dep_delay: Some(-3),
        arr_delay: None,
        status: newer::Status::Diverted { stops: 1 },
        service: None,
        kilometres: 0.1,
        hour: "2014-01-01T05:00:00Z".to_owned(),
    }
}

fn changed_by_older(row: older::Flight) -> older::Flight {
    older::Flight {
        carrier: "OO".to_owned(),
        air_time: Some(1),
        kilometres: row.kilometres + 0.1,
        route: older::Route {
            dest: "OLD".to_owned(),
            ..row.route
        },
        ..row
    }
}

fn inserted_by_older(id: u64) -> older::Flight {
    older::Flight {
        id,
        carrier: "OO".to_owned(),
        number: 8,
        tailnum: Some("OLDER".to_owned()),
        route: older::Route {
            origin: "JFK".to_owned(),
            dest: "OLD".to_owned(),
        },
        dep_delay: None,
        arr_delay: Some(99),
        air_time: Some(77),
        kilometres: 0.2,
        hour: "2014-02-02T05:00:00Z".to_owned(),
    }
}

/// A row of the newer program in the older one: what was dropped and cut off is there again, if it was ever there.
fn taken_back(row: &newer::Flight, first: Option<&older::Flight>) -> older::Flight {
    let fits = "the newer program writes no larger numbers here";
    older::Flight {
        id: row.id,
        carrier: row.carrier.clone(),
        number: u16::try_from(row.number).expect(fits),
        tailnum: row.tail_number.clone(),
        route: older::Route {
            origin: row.route.origin.clone(),
            dest: row.route.destination.clone(),
        },
        dep_delay: row.dep_delay.map(|delay| i16::try_from(delay).expect(fits)),
        arr_delay: row.arr_delay.map(|delay| i16::try_from(delay).expect(fits)),
        air_time: first.and_then(|first| first.air_time),
        kilometres: first.map_or(row.kilometres.into(), |first| first.kilometres),
        hour: row.hour.clone(),
    }
}

/// A row of the older program in the newer one: what only that one knows is there again, if it was ever there.
fn taken_up(row: &older::Flight, known: Option<&newer::Flight>) -> newer::Flight {
    let fresh = migrated(row);
    match known {
        None => fresh,
        Some(known) => newer::Flight {
            status: known.status,
            service: known.service.clone(),
            route: newer::Route {
                country: known.route.country.clone(),
                ..fresh.route
            },
            ..fresh
        },
    }
}
