//! The ten questions, asked of the store.

use std::cmp::Reverse;
use std::io::Write;
use std::time::Instant;

use quantadb::{Database, Explanation, Ref};

use super::Outcome;
use super::answers::{Answers, NAMED, Named, OLD_BEFORE};
use super::entities::{Airline, Airport, Flight, Plane, Weather};

/// Asks all of them, and prints each answer, and by which way it was found.
pub fn ask(db: &Database, out: &mut dyn Write) -> Outcome<Answers> {
    let mut asking = Asking { db, out };
    Ok(Answers {
        busiest_route: asking.busiest_route()?,
        delay_by_carrier: asking.delay_by_carrier()?,
        old_planes: asking.old_planes()?,
        longest_flight: asking.longest_flight()?,
        flights_per_month: asking.flights_per_month()?,
        cancelled: asking.cancelled()?,
        worst_hour: asking.worst_hour()?,
        carriers_at_laguardia: asking.carriers_at_laguardia()?,
        reaching_chicago: asking.reaching_chicago()?,
        delay_in_rain: asking.delay_in_rain()?,
    })
}

struct Asking<'a> {
    db: &'a Database,
    out: &'a mut dyn Write,
}

impl Asking<'_> {
    /// Prints what was asked, how long the answer took, the way to it, and the first lines of it.
    fn show(&mut self, question: &str, since: Instant, way: &Explanation, answer: &[String]) -> Outcome<()> {
        const LINES: usize = 5;
        writeln!(self.out, "\n{question} ({} ms)", since.elapsed().as_millis())?;
        writeln!(self.out, "  {}", way.to_string().replace('\n', "\n  "))?;
        for line in answer.iter().take(LINES) {
            writeln!(self.out, "    {line}")?;
        }
        if answer.len() > LINES {
            writeln!(self.out, "    and {} more", answer.len() - LINES)?;
        }
        Ok(())
    }

    fn busiest_route(&mut self) -> Outcome<Option<(String, String, u64)>> {
        let since = Instant::now();
        let flights = self.db.query::<Flight>();
        let way = flights.clone().explain()?;
        // `origin` is a reference to an airport, `dest` a text.
        let routes = flights.group_by(|f| (f.origin, f.dest)).count()?;
        let busiest = routes
            .into_iter()
            .min_by_key(|(_, count)| Reverse(*count))
            .map(|((origin, dest), count)| (origin.into_key(), dest, count));
        let answer = busiest
            .iter()
            .map(|(from, to, count)| format!("{from} to {to}, {count} flights"));
        self.show(
            "Which route is the busiest?",
            since,
            &way,
            &answer.collect::<Vec<_>>(),
        )?;
        Ok(busiest)
    }

    fn delay_by_carrier(&mut self) -> Outcome<Vec<(String, Option<f64>)>> {
        let since = Instant::now();
        let flights = self.db.query::<Flight>();
        let way = flights.clone().explain()?;
        let mut delays = Vec::new();
        for (carrier, delay) in flights.group_by(|f| f.carrier).avg(|f| f.arr_delay)? {
            delays.push((self.airline(&carrier)?, delay));
        }
        let answer: Vec<_> = delays.iter().map(|(name, delay)| mean(name, *delay)).collect();
        self.show("How late does each airline arrive?", since, &way, &answer)?;
        Ok(delays)
    }

    fn old_planes(&mut self) -> Outcome<Vec<(String, u16, u64)>> {
        let since = Instant::now();
        let planes = self.db.query::<Plane>().filter(|p| p.year.lt(OLD_BEFORE));
        let way = planes.clone().explain()?;
        let mut old = Vec::new();
        // Oldest first, and the tail numbers of one year in their order: as the index has them.
        for plane in planes
            .order_by(|p| p.year.asc())
            .select(|p| (p.tailnum, p.year))
            .iter()
        {
            let (tailnum, year) = plane?;
            let flights = self.db.query::<Flight>().filter(|f| f.tailnum.eq(&tailnum));
            let count = flights.count()?;
            old.extend(year.map(|year| (tailnum, year, count)));
        }
        let answer: Vec<_> = old
            .iter()
            .map(|(tailnum, year, flights)| format!("{tailnum}, built in {year}, {flights} flights"))
            .collect();
        self.show(
            "Which planes are older than 20 years, and how often do they fly?",
            since,
            &way,
            &answer,
        )?;
        Ok(old)
    }

    fn longest_flight(&mut self) -> Outcome<Option<(Named, u16)>> {
        let since = Instant::now();
        let flights = self.db.query::<Flight>().order_by(|f| f.air_time.desc());
        let way = flights.clone().limit(1).explain()?;
        let longest = match flights.first()? {
            Some(flight) => flight.air_time.zip(Some(self.named(flight)?)),
            None => None,
        };
        let longest = longest.map(|(minutes, named)| (named, minutes));
        let answer = longest
            .iter()
            .map(|(flight, minutes)| format!("{}, {minutes} minutes", line(flight)));
        self.show(
            "Which flight is the longest in the air?",
            since,
            &way,
            &answer.collect::<Vec<_>>(),
        )?;
        Ok(longest)
    }

    fn flights_per_month(&mut self) -> Outcome<Vec<((u8, String), u64)>> {
        let since = Instant::now();
        let flights = self.db.query::<Flight>();
        let way = flights.clone().explain()?;
        let months = flights.group_by(|f| (f.month, f.origin)).count()?;
        let months: Vec<_> = months
            .into_iter()
            .map(|((month, origin), count)| ((month, origin.into_key()), count))
            .collect();
        let answer: Vec<_> = months
            .iter()
            .map(|((month, origin), count)| format!("month {month}, {origin}: {count}"))
            .collect();
        self.show(
            "How many flights start in each month, and where?",
            since,
            &way,
            &answer,
        )?;
        Ok(months)
    }

    fn cancelled(&mut self) -> Outcome<(u64, u64)> {
        let since = Instant::now();
        let cancelled = self.db.query::<Flight>().filter(|f| f.dep_time.is_none());
        let way = cancelled.clone().explain()?;
        let counts = (cancelled.count()?, self.db.query::<Flight>().count()?);
        let answer = [format!("{} of {} flights", counts.0, counts.1)];
        self.show("What share is cancelled?", since, &way, &answer)?;
        Ok(counts)
    }

    fn worst_hour(&mut self) -> Outcome<Option<(u8, f64)>> {
        let since = Instant::now();
        let flights = self.db.query::<Flight>();
        let way = flights.clone().explain()?;
        let hours = flights.group_by(|f| f.hour).avg(|f| f.dep_delay)?;
        let worst = hours
            .into_iter()
            .filter_map(|(hour, delay)| Some((hour, delay?)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let answer = worst
            .iter()
            .map(|(hour, delay)| mean(&format!("{hour} o'clock"), Some(*delay)));
        self.show(
            "In which hour do flights leave latest?",
            since,
            &way,
            &answer.collect::<Vec<_>>(),
        )?;
        Ok(worst)
    }

    fn carriers_at_laguardia(&mut self) -> Outcome<Vec<(String, u64)>> {
        let since = Instant::now();
        let flights = self.db.query::<Flight>().filter(|f| f.origin.eq("LGA"));
        let way = flights.clone().explain()?;
        let mut carriers = Vec::new();
        for (carrier, count) in flights.group_by(|f| f.carrier).count()? {
            carriers.push((self.airline(&carrier)?, count));
        }
        let answer: Vec<_> = carriers
            .iter()
            .map(|(name, count)| format!("{name}: {count} flights"))
            .collect();
        self.show("Who flies from LaGuardia?", since, &way, &answer)?;
        Ok(carriers)
    }

    fn reaching_chicago(&mut self) -> Outcome<(u64, Vec<Named>)> {
        let since = Instant::now();
        let airports = self
            .db
            .query::<Airport>()
            .filter(|a| a.name.starts_with("Chicago "));
        let codes = airports.select(|a| a.faa).collect()?;
        let flights = self.db.query::<Flight>().filter(|f| f.dest.is_in(codes));
        // The first are those with the lowest keys, which begin with the time. A page knows where the next one begins.
        let in_order = flights
            .clone()
            .order_by(|f| (f.time_hour.asc(), f.carrier.asc(), f.flight.asc()));
        let way = in_order.clone().limit(NAMED as u64).explain()?;
        let page = in_order.limit(NAMED as u64).page()?;
        let mut first = Vec::new();
        for flight in page.rows {
            first.push(self.named(flight)?);
        }
        let count = flights.count()?;
        let mut answer = vec![format!("{count} flights, from")];
        answer.extend(first.iter().map(line));
        self.show("Which flights go to Chicago?", since, &way, &answer)?;
        Ok((count, first))
    }

    fn delay_in_rain(&mut self) -> Outcome<(Option<f64>, Option<f64>)> {
        let since = Instant::now();
        let delayed = || self.db.query::<Flight>().filter(|f| f.dep_delay.is_some());
        let rainy = self.db.query::<Weather>().filter(|w| w.precip.gt(0.0));
        let (mut flights, mut minutes) = (0, 0);
        let mut way = rainy.clone().explain()?;
        for hour in rainy.select(|w| (w.origin, w.time_hour)).iter() {
            let (origin, time_hour) = hour?;
            let then = delayed().filter(|f| f.origin.eq(origin) & f.time_hour.eq(time_hour));
            if flights == 0 {
                way = then.clone().explain()?;
            }
            for delay in then.select(|f| f.dep_delay).iter() {
                flights += 1;
                minutes += i128::from(delay?.unwrap_or_default());
            }
        }
        let others = delayed().count()? - flights;
        let minutes_of_others = delayed().sum(|f| f.dep_delay)? - minutes;
        let means = (quotient(minutes, flights), quotient(minutes_of_others, others));
        let answer = [mean("in rain", means.0), mean("else", means.1)];
        self.show(
            "How much later do flights leave when it rains?",
            since,
            &way,
            &answer,
        )?;
        Ok(means)
    }

    fn airline(&self, carrier: &Ref<Airline>) -> Outcome<String> {
        let airline = carrier.get(self.db)?;
        Ok(airline.ok_or_else(|| format!("there is no {carrier:?}"))?.name)
    }

    /// Joins the names of the airports: that of the destination may be missing.
    fn named(&self, flight: Flight) -> Outcome<Named> {
        let from = flight.origin.get(self.db)?;
        let from = from.ok_or_else(|| format!("there is no {:?}", flight.origin))?;
        let to = self.db.collection::<Airport>().get(&flight.dest)?;
        Ok(Named {
            month: flight.month,
            day: flight.day,
            carrier: flight.carrier.into_key(),
            flight: flight.flight,
            from: from.name,
            to: to.map_or(flight.dest, |airport| airport.name),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a mean is rounded")]
fn quotient(sum: i128, count: u64) -> Option<f64> {
    (count > 0).then(|| sum as f64 / count as f64)
}

fn mean(of: &str, minutes: Option<f64>) -> String {
    minutes.map_or_else(
        || format!("{of}: no flight"),
        |minutes| format!("{of}: {minutes:.1} minutes"),
    )
}

fn line(flight: &Named) -> String {
    let Named {
        month,
        day,
        carrier,
        flight,
        from,
        to,
    } = flight;
    format!("{carrier} {flight} on {month}/{day}: {from} to {to}")
}
