//! Views against the same in plain Rust: what they read, which rows, in which order and how many at once; what they declare;
//! and what is said where the store has no such rows.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use quanta_core::ViewDeclaration;
use quantadb::{Database, ErrorKind, Filter, QuantaEntity, QuantaType, QuantaView, Ref, ViewQuery, Views};

use crate::support::Small;

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "carriers")]
struct Carrier {
    #[quanta(id)]
    code: String,
    #[quanta(name = "title")]
    name: String,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "planes")]
struct Plane {
    #[quanta(id)]
    tail: String,
    year: Option<i32>,
    owner: Ref<Carrier>,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Stop {
    airport: String,
    minutes: u16,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Kind {
    Charter,
    Line { number: u16 },
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "flights")]
struct Flight {
    #[quanta(id)]
    id: u64,
    #[quanta(index)]
    carrier: Ref<Carrier>,
    delay: Option<i32>,
    from: Stop,
    to: Option<Stop>,
    stops: Vec<Stop>,
    plane: Option<Ref<Plane>>,
    #[quanta(name = "sort")]
    kind: Kind,
}

/// More than are read at once.
const FLIGHTS: u64 = 600;
const PLANES: u64 = 40;

fn carrier(id: u64) -> Carrier {
    let code = ["AA", "BB", "CC"][usize::try_from(id % 3).unwrap()].to_owned();
    let name = format!("Carrier {code}");
    Carrier { code, name }
}

fn plane(id: u64) -> Plane {
    Plane {
        tail: format!("N{id}"),
        year: (!id.is_multiple_of(4)).then(|| 1990 + i32::try_from(id).unwrap()),
        owner: Ref::new(carrier(id / 2).code),
    }
}

fn plane_of(id: u64) -> Option<Plane> {
    (!id.is_multiple_of(5)).then(|| plane(id % PLANES))
}

fn stop(id: u64) -> Stop {
    Stop {
        airport: format!("A{}", id % 7),
        minutes: u16::try_from(id % 90).unwrap(),
    }
}

fn flight(id: u64) -> Flight {
    Flight {
        id,
        carrier: Ref::new(carrier(id).code),
        delay: (!id.is_multiple_of(10)).then(|| i32::try_from(id * 7 % 200).unwrap() - 50),
        from: stop(id),
        to: (!id.is_multiple_of(6)).then(|| stop(id + 1)),
        stops: (0..id % 3).map(stop).collect(),
        plane: plane_of(id).map(|plane| Ref::new(plane.tail)),
        kind: match id % 4 {
            0 => Kind::Charter,
            number => Kind::Line {
                number: u16::try_from(number).unwrap(),
            },
        },
    }
}

fn open() -> Database {
    let db = Small::default().open::<(Carrier, Plane, Flight)>().unwrap();
    let written = db.write(|tx| {
        (0..3).try_for_each(|id| tx.collection().put(&carrier(id)))?;
        (0..PLANES).try_for_each(|id| tx.collection().put(&plane(id)))?;
        (0..FLIGHTS).try_for_each(|id| tx.collection().put(&flight(id)))
    });
    written.unwrap();
    db
}

#[derive(QuantaView, Debug, Clone, PartialEq)]
#[quanta(of = Flight, register = false, filter = |f| f.delay.ge(60) & !f.carrier.eq("BB"))]
struct LateFlight {
    id: u64,
    delay: Option<i32>,
    #[quanta(path = from.airport)]
    from: String,
    #[quanta(path = to.airport)]
    to: Option<String>,
    #[quanta(path = carrier.row().name)]
    carrier: String,
    #[quanta(path = |f| f.plane.row().year)]
    built: Option<i32>,
    #[quanta(path = plane.row().owner.row().name, name = "owned_by")]
    owner: Option<String>,
    #[quanta(path = kind.Line.number)]
    number: Option<u16>,
}

fn late(id: u64) -> Option<LateFlight> {
    let flight = flight(id);
    let is_late = flight.delay.is_some_and(|delay| delay >= 60) && id % 3 != 1;
    let plane = plane_of(id);
    is_late.then(|| LateFlight {
        id,
        delay: flight.delay,
        from: flight.from.airport,
        to: flight.to.map(|to| to.airport),
        carrier: carrier(id).name,
        built: plane.as_ref().and_then(|plane| plane.year),
        owner: plane.map(|plane| format!("Carrier {}", plane.owner.key())),
        number: match flight.kind {
            Kind::Charter => None,
            Kind::Line { number } => Some(number),
        },
    })
}

/// A view that reads all rows, and nothing of other ones.
#[derive(QuantaView, Debug, PartialEq)]
#[quanta(of = Flight, register = false, name = "flights_and_their_keys")]
struct Plain {
    #[quanta(name = "key")]
    id: u64,
    stops: Vec<Stop>,
}

/// A view whose condition is made by a function.
#[derive(QuantaView, Debug, PartialEq)]
#[quanta(of = Flight, register = false, filter = with_stops)]
struct Stopping {
    id: u64,
}

fn with_stops(flight: &quantadb::query::FieldsOf<Flight>) -> Filter<Flight> {
    flight
        .stops
        .any(|stop| stop.minutes.ge(1) & stop.airport.is_in(["A1", "it's \"A2\""]))
        | flight.from.eq(Stop {
            airport: "A0".to_owned(),
            minutes: 7,
        })
        | flight.kind.Charter.is() & flight.kind.eq(Kind::Line { number: 3 })
}

fn check(views: impl Fn() -> ViewQuery<'static, LateFlight>) {
    let all: Vec<LateFlight> = (0..FLIGHTS).filter_map(late).collect();
    assert!(all.len() > 50);
    assert_eq!(views().collect().unwrap(), all);
    assert!(views().iter().map(Result::unwrap).eq(all.iter().cloned()));
    assert_eq!(views().count().unwrap(), all.len() as u64);
    assert!(views().exists().unwrap());
    assert_eq!(views().first().unwrap().as_ref(), all.first());

    // By a field that the view doesn't have.
    let some = || {
        views()
            .filter(|f| f.from.minutes.lt(30))
            .order_by(|f| f.id.desc())
    };
    let expected: Vec<LateFlight> = {
        let rows = all.iter().rev().filter(|row| flight(row.id).from.minutes < 30);
        rows.cloned().collect()
    };
    assert_eq!(some().collect().unwrap(), expected);
    assert_eq!(some().offset(2).limit(3).collect().unwrap(), expected[2..5]);
    let one = || views().filter(|f| f.id.eq(all[7].id));
    assert_eq!(one().one().unwrap(), all[7]);
    assert_eq!(
        one().filter(|f| f.carrier.eq("BB")).one().unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(views().one().unwrap_err().kind(), ErrorKind::Query);
    assert!(!one().filter(|f| f.delay.is_none()).exists().unwrap());

    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let mut query = views().order_by(|f| f.delay.desc()).limit(17);
        if let Some(cursor) = &after {
            query = query.after(cursor);
        }
        let page = query.page().unwrap();
        found.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut expected = all;
    expected.sort_by_key(|row| (std::cmp::Reverse(row.delay), std::cmp::Reverse(row.id)));
    assert_eq!(found, expected);
}

#[test]
fn views_read_what_they_say() {
    let db = open();
    check(|| db.view());
    let snapshot = db.read().unwrap();
    let written = db.write(|tx| {
        tx.collection::<Flight>().delete(&0)?;
        tx.collection::<Carrier>()
            .update(&"AA".to_owned(), |carrier| carrier.name.clear())?;
        let ids = |rows: Vec<LateFlight>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
        let late: Vec<LateFlight> = (1..FLIGHTS).filter_map(late).collect();
        assert_eq!(ids(tx.view().collect()?), ids(late));
        assert!(
            tx.view::<LateFlight>()
                .iter()
                .any(|row| row.unwrap().carrier.is_empty())
        );
        Ok(())
    });
    written.unwrap();
    check(|| snapshot.view());
    assert!(
        db.view::<LateFlight>()
            .iter()
            .any(|row| row.unwrap().carrier.is_empty())
    );
}

#[test]
fn a_view_without_a_filter_reads_all_rows_and_queries_read_as_views() {
    let db = open();
    let all: Vec<Plain> = (0..FLIGHTS)
        .map(|id| Plain {
            id,
            stops: flight(id).stops,
        })
        .collect();
    assert_eq!(db.view::<Plain>().collect().unwrap(), all);
    assert_eq!(db.query::<Flight>().select_as::<Plain>().collect().unwrap(), all);

    // The condition of the view is not asked.
    let of_one = db
        .query::<Flight>()
        .filter(|f| f.carrier.eq("BB"))
        .select_as::<LateFlight>();
    let of_one = of_one.collect().unwrap();
    assert!(
        of_one
            .iter()
            .map(|row| row.id)
            .eq((0..FLIGHTS).filter(|id| id % 3 == 1))
    );

    let is_stopping = |id: &u64| {
        let Flight { stops, from, .. } = flight(*id);
        let stops = stops.iter().any(|stop| stop.minutes >= 1 && stop.airport == "A1");
        stops || (from.airport == "A0" && from.minutes == 7)
    };
    let found: Vec<u64> = db.view::<Stopping>().iter().map(|row| row.unwrap().id).collect();
    assert_eq!(found, (0..FLIGHTS).filter(is_stopping).collect::<Vec<_>>());
}

/// The text of a view's filter finds the same rows.
#[test]
fn filters_say_in_text_what_they_are() {
    fn ids<V: QuantaView<Of = Flight>>(db: &Database) -> [Vec<u64>; 2] {
        let condition = V::condition().unwrap();
        let typed = db
            .query::<Flight>()
            .filter(|_| condition)
            .select(|f| f.id)
            .collect()
            .unwrap();
        let declared = V::declaration().declared.as_ref().unwrap();
        let text = &declared.schema.filter.as_ref().unwrap().text;
        let flights = db.table("flights").unwrap();
        let by_text = flights.query().filter(text).iter().map(|row| {
            let id = row.unwrap().get("id").unwrap().to_string();
            id.parse().unwrap()
        });
        [typed, by_text.collect()]
    }
    let db = open();
    for [typed, by_text] in [ids::<LateFlight>(&db), ids::<Stopping>(&db)] {
        assert!(!typed.is_empty());
        assert_eq!(typed, by_text);
    }
}

#[test]
fn declarations_say_what_a_view_is() {
    #[track_caller]
    fn check(declaration: &ViewDeclaration, expected: &Expect) {
        let schema = &declaration.declared.as_ref().unwrap().schema;
        let columns = schema.columns.iter();
        let columns: Vec<String> = columns
            .map(|column| format!("  {}: {} = {}\n", column.name, column.shape, column.path))
            .collect();
        let filter = schema.filter.as_ref().map_or_else(String::new, |filter| {
            format!("where {}\nasks {}\n", filter.text, filter.paths.join(", "))
        });
        let ViewDeclaration { name, rust_name, .. } = declaration;
        expected.assert_eq(&format!(
            "{name} ({rust_name}) of {}\n{}{filter}",
            schema.table,
            columns.concat()
        ));
    }
    let declarations = <(LateFlight, Plain, Stopping)>::declarations();
    check(
        declarations[0],
        &expect![[r#"
        late_flight (stores::views::LateFlight) of flights
          built: option<i32> = plane->year
          carrier: string = carrier->title
          delay: option<i32> = delay
          from: string = from.airport
          id: u64 = id
          number: u16 = sort::Line.number
          owned_by: string = plane->owner->title
          to: string = to.airport
        where delay >= 60 and carrier != "BB"
        asks carrier, delay
    "#]],
    );
    check(
        declarations[1],
        &expect![[r#"
        flights_and_their_keys (stores::views::Plain) of flights
          key: u64 = id
          stops: list<struct Stop { airport: string, minutes: u16 }> = stops
    "#]],
    );
    check(
        declarations[2],
        &expect![[r#"
        stopping (stores::views::Stopping) of flights
          id: u64 = id
        where any stops[] (minutes >= 1 and airport in ("A1", "it's \"A2\"")) or from = json "{\"airport\":\"A0\",\"minutes\":7}" or (sort is Charter and sort = json "{\"Line\":{\"number\":3}}")
        asks from, sort, stops[].airport, stops[].minutes
    "#]],
    );
    assert_eq!(LateFlight::NAME, "late_flight");
}

/// What the store notes by ids has the names that were declared.
#[test]
fn a_store_shows_views_as_they_were_declared() {
    let options = Small::default().options::<(Carrier, Plane, Flight)>();
    let db = options
        .views::<(LateFlight, Plain, Stopping)>()
        .open("memory")
        .unwrap();
    let shown = db.views().unwrap();
    assert_eq!(shown.len(), 3);
    for declaration in <(LateFlight, Plain, Stopping)>::declarations() {
        let stored = shown.iter().find(|view| view.name == declaration.name).unwrap();
        assert_eq!(stored.schema, declaration.declared.as_ref().unwrap().schema);
        assert!(stored.filter_is_current, "{}", stored.name);
    }
}

#[test]
fn a_view_that_can_not_be_declared() {
    /// The condition asks a path that can't be compared.
    #[derive(QuantaView, Debug)]
    #[quanta(of = Maps, register = false, filter = |m| m.by_name.eq(BTreeMap::new()) | m.by_name.lt(BTreeMap::new()))]
    struct Wrong {
        #[expect(dead_code, reason = "nothing is read")]
        id: u64,
    }

    #[derive(QuantaEntity)]
    #[quanta(register = false, lock = "off")]
    struct Maps {
        #[quanta(id)]
        id: u64,
        by_name: BTreeMap<String, u8>,
    }

    let problem = Wrong::declaration().declared.as_ref().unwrap_err();
    expect!["its filter: `by_name` is of a type without an order, map<string,u8>"].assert_eq(problem);
}

#[test]
fn stores_that_have_no_such_rows() {
    mod other {
        use super::*;

        #[derive(QuantaEntity)]
        #[quanta(register = false, lock = "off", table = "carriers")]
        pub struct Carrier {
            #[quanta(id)]
            pub code: String,
            pub size: u8,
            #[quanta(name = "title")]
            pub name: String,
        }
    }

    /// A view of another generation of the rows it leads to.
    #[derive(QuantaView, Debug)]
    #[quanta(of = Plane, register = false)]
    #[expect(dead_code, reason = "nothing is read")]
    struct Owned {
        #[quanta(path = owner.row().name)]
        owner: String,
    }

    let db = Small::default().open::<(Carrier, Plane)>().unwrap();
    let [by_view, by_query] = [
        db.view::<LateFlight>().collect().map(drop).unwrap_err(),
        db.query::<Flight>().collect().map(drop).unwrap_err(),
    ];
    assert_eq!(
        (by_view.kind(), by_view.to_string()),
        (by_query.kind(), by_query.to_string())
    );
    assert!(db.view::<Owned>().collect().unwrap().is_empty());

    let engine = Small::default();
    drop(engine.open::<(Carrier, Plane)>().unwrap());
    let db = engine.open::<(other::Carrier,)>().unwrap();
    let error = db.view::<Owned>().collect().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Declaration);
    expect!["stores::views::Carrier is another shape than the one the table carriers was opened with: open with Options::entities::<(..)>() of the generation that is meant"].assert_eq(&error.to_string());
}
