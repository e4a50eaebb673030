//! The same answers by going through the files: no store, no entity, no query.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use csv::StringRecord;

use super::Outcome;
use super::answers::{Answers, NAMED, Named, OLD_BEFORE};

/// A file: where each column is, and the lines.
struct Table {
    columns: BTreeMap<String, usize>,
    lines: Vec<StringRecord>,
}

/// One line of a file.
#[derive(Clone, Copy)]
struct Line<'t> {
    table: &'t Table,
    cells: &'t StringRecord,
}

impl Table {
    fn read(path: &Path) -> Outcome<Self> {
        let mut reader =
            csv::Reader::from_path(path).map_err(|problem| format!("{}: {problem}", path.display()))?;
        let columns = reader.headers()?.iter().map(str::to_owned).zip(0..).collect();
        let lines = reader.records().collect::<Result<_, _>>()?;
        Ok(Self { columns, lines })
    }

    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.lines.iter().map(|cells| Line { table: self, cells })
    }

    /// Maps one column to another one.
    fn pairs(&self, from: &str, to: &str) -> BTreeMap<&str, &str> {
        self.lines()
            .map(|line| (line.text(from), line.text(to)))
            .collect()
    }
}

impl<'t> Line<'t> {
    fn text(self, column: &str) -> &'t str {
        &self.cells[self.table.columns[column]]
    }

    /// Reads a number; none where it is missing.
    fn number(self, column: &str) -> Outcome<Option<i64>> {
        match self.text(column) {
            "NA" => Ok(None),
            text => Ok(Some(text.parse()?)),
        }
    }

    fn whole<N: TryFrom<i64>>(self, column: &str) -> Outcome<N> {
        let number = self.number(column)?.ok_or("a number is missing")?;
        N::try_from(number).map_err(|_| format!("{column}: {number} is too large").into())
    }

    /// What flights are ordered by: times are written so that their order is that of their texts.
    fn key(self) -> Outcome<(&'t str, &'t str, i64)> {
        Ok((
            self.text("time_hour"),
            self.text("carrier"),
            self.whole("flight")?,
        ))
    }
}

/// A sum, and of how many.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: i64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: Option<i64>) {
        self.sum += value.unwrap_or_default();
        self.count += u32::from(value.is_some());
    }

    #[expect(clippy::cast_precision_loss, reason = "a mean is rounded")]
    fn value(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / f64::from(self.count))
    }
}

/// Goes through the files of a folder.
pub fn compute(folder: &Path) -> Outcome<Answers> {
    let read = |name: &str| Table::read(&folder.join(name));
    let [airlines, airports] = [read("airlines.csv")?, read("airports.csv")?];
    let [planes, weather] = [read("planes.csv")?, read("weather.csv")?];
    let flights = read("flights.csv")?;
    let names = Names {
        airlines: airlines.pairs("carrier", "name"),
        airports: airports.pairs("faa", "name"),
    };
    let mut answers = Answers::default();
    count_flights(&flights, &names, &mut answers)?;
    means(&flights, &names, &mut answers)?;
    answers.old_planes = old_planes(&planes, &flights)?;
    single_flights(&flights, &names, &mut answers)?;
    answers.delay_in_rain = delay_in_rain(&weather, &flights)?;
    Ok(answers)
}

struct Names<'t> {
    airlines: BTreeMap<&'t str, &'t str>,
    airports: BTreeMap<&'t str, &'t str>,
}

impl Names<'_> {
    fn named(&self, flight: Line<'_>) -> Outcome<Named> {
        let airport = |column| {
            let code = flight.text(column);
            self.airports.get(code).map_or(code, |name| name).to_owned()
        };
        Ok(Named {
            month: flight.whole("month")?,
            day: flight.whole("day")?,
            carrier: flight.text("carrier").to_owned(),
            flight: flight.whole("flight")?,
            from: airport("origin"),
            to: airport("dest"),
        })
    }
}

fn count_flights(flights: &Table, names: &Names<'_>, answers: &mut Answers) -> Outcome<()> {
    let mut routes: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut months: BTreeMap<(u8, String), u64> = BTreeMap::new();
    let mut laguardia: BTreeMap<&str, u64> = BTreeMap::new();
    for flight in flights.lines() {
        let origin = flight.text("origin");
        *routes.entry((origin, flight.text("dest"))).or_default() += 1;
        *months
            .entry((flight.whole("month")?, origin.to_owned()))
            .or_default() += 1;
        if origin == "LGA" {
            *laguardia.entry(flight.text("carrier")).or_default() += 1;
        }
        answers.cancelled.0 += u64::from(flight.text("dep_time") == "NA");
        answers.cancelled.1 += 1;
    }
    let most = routes.values().max();
    let busiest = routes.iter().find(|(_, count)| Some(*count) == most);
    answers.busiest_route = busiest.map(|((from, to), count)| ((*from).to_owned(), (*to).to_owned(), *count));
    answers.flights_per_month = months.into_iter().collect();
    answers.carriers_at_laguardia = laguardia
        .into_iter()
        .map(|(carrier, count)| (names.airlines[carrier].to_owned(), count))
        .collect();
    Ok(())
}

fn means(flights: &Table, names: &Names<'_>, answers: &mut Answers) -> Outcome<()> {
    let mut carriers: BTreeMap<&str, Mean> = BTreeMap::new();
    let mut hours: BTreeMap<u8, Mean> = BTreeMap::new();
    for flight in flights.lines() {
        let carrier = carriers.entry(flight.text("carrier")).or_default();
        carrier.add(flight.number("arr_delay")?);
        let hour = hours.entry(flight.whole("hour")?).or_default();
        hour.add(flight.number("dep_delay")?);
    }
    answers.delay_by_carrier = carriers
        .into_iter()
        .map(|(carrier, mean)| (names.airlines[carrier].to_owned(), mean.value()))
        .collect();
    for (hour, mean) in hours {
        let Some(mean) = mean.value() else { continue };
        if answers.worst_hour.is_none_or(|(_, worst)| mean > worst) {
            answers.worst_hour = Some((hour, mean));
        }
    }
    Ok(())
}

fn old_planes(planes: &Table, flights: &Table) -> Outcome<Vec<(String, u16, u64)>> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for flight in flights.lines() {
        *counts.entry(flight.text("tailnum")).or_default() += 1;
    }
    let mut old = Vec::new();
    for plane in planes.lines() {
        let tailnum = plane.text("tailnum");
        if plane
            .number("year")?
            .is_some_and(|year| year < i64::from(OLD_BEFORE))
        {
            let count = counts.get(tailnum).copied().unwrap_or_default();
            old.push((tailnum.to_owned(), plane.whole("year")?, count));
        }
    }
    old.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    Ok(old)
}

fn single_flights(flights: &Table, names: &Names<'_>, answers: &mut Answers) -> Outcome<()> {
    let mut longest = None;
    let mut reaching_chicago = BTreeMap::new();
    for flight in flights.lines() {
        let key = flight.key()?;
        if let Some(minutes) = flight.number("air_time")? {
            let this = (minutes, key);
            if longest.is_none_or(|(most, _)| this > most) {
                longest = Some((this, flight));
            }
        }
        let airport = names.airports.get(flight.text("dest"));
        if airport.is_some_and(|name| name.starts_with("Chicago ")) {
            reaching_chicago.insert(key, flight);
        }
    }
    if let Some((_, flight)) = longest {
        answers.longest_flight = Some((names.named(flight)?, flight.whole("air_time")?));
    }
    let first = reaching_chicago.values().take(NAMED);
    answers.reaching_chicago = (
        reaching_chicago.len() as u64,
        first.map(|flight| names.named(*flight)).collect::<Outcome<_>>()?,
    );
    Ok(())
}

fn delay_in_rain(weather: &Table, flights: &Table) -> Outcome<(Option<f64>, Option<f64>)> {
    let mut rainy = BTreeSet::new();
    for hour in weather.lines() {
        if hour.text("precip").parse::<f64>()? > 0.0 {
            rainy.insert((hour.text("origin"), hour.text("time_hour")));
        }
    }
    let (mut in_rain, mut others) = (Mean::default(), Mean::default());
    for flight in flights.lines() {
        let hour = (flight.text("origin"), flight.text("time_hour"));
        let mean = if rainy.contains(&hour) {
            &mut in_rain
        } else {
            &mut others
        };
        mean.add(flight.number("dep_delay")?);
    }
    Ok((in_rain.value(), others.value()))
}
