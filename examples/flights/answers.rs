//! What is answered: once by queries, once by going through the files.

/// A flight, as people name it.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    pub month: u8,
    pub day: u8,
    pub carrier: String,
    pub flight: u16,
    /// The name of the airport.
    pub from: String,
    /// The name of the airport.
    pub to: String,
}

/// The answers to the ten questions.
#[derive(Debug, Default, PartialEq)]
pub struct Answers {
    /// Codes of both airports, and flights. Of several routes, the first by its codes.
    pub busiest_route: Option<(String, String, u64)>,
    /// The airlines by the codes of carriers, and the mean of their flights' delays at the arrival, in minutes.
    pub delay_by_carrier: Vec<(String, Option<f64>)>,
    /// Tail number, year built, flights.
    pub old_planes: Vec<(String, u16, u64)>,
    /// Of flights with as many minutes in the air, the last by its key; and the minutes.
    pub longest_flight: Option<(Named, u16)>,
    /// Flights by month and code of the airport.
    pub flights_per_month: Vec<((u8, String), u64)>,
    /// Flights that never left, and all.
    pub cancelled: (u64, u64),
    /// The hour with the highest mean delay of departures, and that delay in minutes.
    pub worst_hour: Option<(u8, f64)>,
    /// Names of the airlines that start from LaGuardia, by their codes, and their flights.
    pub carriers_at_laguardia: Vec<(String, u64)>,
    /// Flights to airports of Chicago, and the first of them.
    pub reaching_chicago: (u64, Vec<Named>),
    /// Mean delays of departures in minutes: when it rained, and in other hours.
    pub delay_in_rain: (Option<f64>, Option<f64>),
}

/// Planes that were built before this year are older than 20 years.
pub const OLD_BEFORE: u16 = 2013 - 20;
/// So many flights to Chicago are named.
pub const NAMED: usize = 5;
