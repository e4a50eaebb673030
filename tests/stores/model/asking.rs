//! Asks one question of a store in every way, and holds the answers against those of the model.

use std::collections::BTreeSet;
use std::fmt::Debug;

use quantadb::{
    Cursor, Database, DynamicQuery, Filter, Order, Page, QuantaEntity, Query, Result, TransactionHandle,
    Value,
};

use super::asked::{Asked, Column};
use super::datum::{Datum, Real};
use super::history::{Cell, Record};
use super::question::{Condition, Question, Turn, View, groups};

/// Of whom a question is asked.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    Store(&'a Database),
    Transaction(&'a Database, &'a TransactionHandle<'a>),
}

/// A question and what the model answers.
pub struct Expected<'q> {
    pub question: &'q Question,
    pub views: &'q [View],
    /// In their order.
    pub rows: Vec<Cell>,
    /// The same as programs read them.
    pub texts: Vec<String>,
    /// How many fields the key has: the first columns.
    pub key_fields: usize,
}

impl<'a> Source<'a> {
    pub fn db(self) -> &'a Database {
        match self {
            Self::Store(db) | Self::Transaction(db, _) => db,
        }
    }

    pub fn typed<R: QuantaEntity>(self) -> Query<'a, R> {
        match self {
            Self::Store(db) => db.query(),
            Self::Transaction(_, transaction) => transaction.query(),
        }
    }

    pub fn dynamic(self) -> DynamicQuery<'a> {
        match self {
            Self::Store(db) => db.table("rows").unwrap().query(),
            Self::Transaction(_, transaction) => transaction.table("rows").unwrap().query(),
        }
    }
}

impl Expected<'_> {
    fn data(&self, at: usize) -> Vec<Datum> {
        let read = &self.views[at].read;
        self.rows.iter().map(|row| read(row).remove(0)).collect()
    }

    /// What tells rows apart, in the order of the answer.
    fn keys(&self) -> Vec<Vec<Datum>> {
        let key = |row| {
            self.views[..self.key_fields]
                .iter()
                .map(|view| (view.read)(row).remove(0))
                .collect()
        };
        self.rows.iter().map(key).collect()
    }

    fn window<T: Clone>(&self, all: &[T]) -> Vec<T> {
        let rows = all.iter().skip(self.question.offset).take(self.question.limit);
        rows.cloned().collect()
    }

    /// Compares rows: without an order they come in any.
    fn check<T: Ord + Clone + Debug>(&self, found: Vec<T>, expected: &[T], what: &str) {
        let (mut found, mut expected) = (found, expected.to_vec());
        if self.question.order.is_empty() {
            found.sort();
            expected.sort();
        }
        assert_eq!(found, expected, "{what}");
    }

    /// Compares some of the rows: without an order they may be any.
    fn check_window<T: Ord + Clone + Debug>(&self, found: Vec<T>, all: &[T], what: &str) {
        let expected = self.window(all);
        if !self.question.order.is_empty() {
            return assert_eq!(found, expected, "{what}, a window");
        }
        assert_eq!(found.len(), expected.len(), "{what}, a window");
        let mut left = all.to_vec();
        for row in found {
            let position = left.iter().position(|other| *other == row);
            left.swap_remove(position.unwrap_or_else(|| panic!("{what}: {row:?} is found once too often")));
        }
    }
}

/// Reads all pages.
fn pages<T>(mut read: impl FnMut(Option<&Cursor>) -> Result<Page<T>>) -> Vec<T> {
    let (mut rows, mut seen) = (Vec::new(), BTreeSet::new());
    let mut after: Option<Cursor> = None;
    loop {
        let page = read(after.as_ref()).unwrap();
        rows.extend(page.rows);
        let Some(next) = page.next else { return rows };
        assert!(seen.insert(next.to_string()), "pages go round in a circle");
        after = Some(next.to_string().parse().unwrap());
    }
}

/// Asks without Rust types.
pub fn ask_dynamic(source: Source<'_>, expected: &Expected<'_>, text: &dyn Fn(&Value) -> Option<String>) {
    let Expected { question, views, .. } = expected;
    let condition = question.condition.as_ref().map(|condition| condition.said(views));
    let order = question.said_order(views);
    let query = || {
        let query = source.dynamic();
        let query = condition.iter().fold(query, |query, text| query.filter(text));
        match order.as_str() {
            "" => query,
            order => query.order_by(order),
        }
    };
    let explained = query()
        .explain()
        .unwrap_or_else(|error| panic!("{}: {error}", question.said(views)));
    let what = format!("{}\n{explained}", question.said(views));
    let found = query().collect().unwrap();
    assert_eq!(found.len(), expected.rows.len(), "{what}");
    if let Some(texts) = found.iter().map(text).collect::<Option<Vec<String>>>() {
        expected.check(texts, &expected.texts, &what);
    }
    assert_eq!(query().count().unwrap(), expected.rows.len() as u64, "{what}");
    assert_eq!(query().exists().unwrap(), !expected.rows.is_empty(), "{what}");
    let data = |rows: Vec<Vec<Value>>| -> Vec<Vec<Datum>> {
        rows.iter()
            .map(|row| row.iter().map(Datum::of).collect())
            .collect()
    };
    let single: Vec<usize> = (0..views.len()).filter(|at| !views[*at].is_list).collect();
    let paths: Vec<&str> = single.iter().map(|at| views[*at].path).collect();
    let read = |row: &Cell| single.iter().map(|at| (views[*at].read)(row).remove(0)).collect();
    let rows: Vec<Vec<Datum>> = expected.rows.iter().map(read).collect();
    expected.check(data(query().select(&paths).collect().unwrap()), &rows, &what);
    let window = query()
        .offset(question.offset as u64)
        .limit(question.limit as u64);
    expected.check_window(data(window.select(&paths).collect().unwrap()), &rows, &what);
    let grouped = query().group_by(&[views[question.column].path]).count().unwrap();
    let grouped: Vec<(Datum, u64)> = grouped
        .iter()
        .map(|(by, count)| (Datum::of(&by[0]), *count))
        .collect();
    assert_eq!(grouped, groups(&views[question.column], &expected.rows), "{what}");
    let paged = pages(|after| {
        let query = query().limit(question.page as u64);
        after.into_iter().fold(query, DynamicQuery::after).page()
    });
    let key = |row: &Value| {
        (0..expected.key_fields)
            .map(|at| Datum::of(row.get(views[at].path).unwrap()))
            .collect()
    };
    assert_eq!(
        paged.iter().map(key).collect::<Vec<Vec<Datum>>>(),
        expected.keys(),
        "{what}, in pages"
    );
}

/// Makes a typed condition.
pub fn filter<R: QuantaEntity>(columns: &[Column<R>], condition: &Condition) -> Filter<R> {
    match condition {
        Condition::Is(at, reach, test) => {
            let typed = columns[*at].typed.as_ref().expect("entities have typed columns");
            (typed.asks)(*reach, test)
        }
        Condition::Not(condition) => !filter(columns, condition),
        Condition::Both(one, other) => filter(columns, one) & filter(columns, other),
        Condition::Either(one, other) => filter(columns, one) | filter(columns, other),
    }
}

/// Makes a typed query.
pub fn typed_query<'a, R: QuantaEntity>(
    source: Source<'a>,
    columns: &[Column<R>],
    question: &Question,
) -> Query<'a, R> {
    let orders = question.order.iter().map(|(at, turn)| {
        let one = columns[*at].typed.as_ref().and_then(|typed| typed.one.as_ref());
        let one = one.expect("orders are by columns with one value");
        match turn {
            Turn::Ascending => (one.ascending)(),
            Turn::Descending => (one.descending)(),
        }
    });
    let (orders, query): (Vec<Order<R>>, _) = (orders.collect(), source.typed::<R>());
    let query = question.condition.iter().fold(query, |query, condition| {
        query.filter(|_| filter(columns, condition))
    });
    if orders.is_empty() {
        query
    } else {
        query.order_by(|_| orders)
    }
}

/// Asks with the types of an entity.
pub fn ask_typed<R: Record + Asked + QuantaEntity>(source: Source<'_>, expected: &Expected<'_>) {
    let columns = R::columns();
    let Expected {
        question,
        views,
        rows,
        texts: expected_texts,
        ..
    } = expected;
    let query = || typed_query(source, &columns, question);
    let explained = query()
        .explain()
        .unwrap_or_else(|error| panic!("{}: {error}", question.said(views)));
    let what = format!("{}\n{explained}", question.said(views));
    let texts = |rows: Vec<R>| rows.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>();
    expected.check(texts(query().collect().unwrap()), expected_texts, &what);
    assert_eq!(query().count().unwrap(), rows.len() as u64, "{what}");
    assert_eq!(query().exists().unwrap(), !rows.is_empty(), "{what}");
    assert_eq!(query().first().unwrap().is_some(), !rows.is_empty(), "{what}");
    if let Source::Store(db) = source {
        let view = db.read().unwrap().query::<R>();
        let condition = question.condition.iter();
        let seen = condition.fold(view, |query, condition| {
            query.filter(|_| filter(&columns, condition))
        });
        assert_eq!(seen.count().unwrap(), rows.len() as u64, "{what}, in a view");
    }
    let window = query()
        .offset(question.offset as u64)
        .limit(question.limit as u64);
    expected.check_window(texts(window.collect().unwrap()), expected_texts, &what);
    let paged = pages(|after| {
        let query = query().limit(question.page as u64);
        after.into_iter().fold(query, Query::after).page()
    });
    assert_eq!(texts(paged), *expected_texts, "{what}, in pages");
    check_column(&query, &columns[question.column], expected, &what);
}

fn check_column<'a, R>(
    query: &dyn Fn() -> Query<'a, R>,
    column: &Column<R>,
    expected: &Expected<'_>,
    what: &str,
) {
    let one = column.typed.as_ref().and_then(|typed| typed.one.as_ref());
    let one = one.expect("the column has one value");
    let data = expected.data(expected.question.column);
    expected.check((one.select)(query()).unwrap(), &data, what);
    let grouped = groups(&expected.views[expected.question.column], &expected.rows);
    assert_eq!((one.groups)(query()).unwrap(), grouped, "{what}");
    let there: Vec<&Datum> = data.iter().filter(|datum| **datum != Datum::None).collect();
    let end = |datum: Option<&&Datum>| datum.map_or(Datum::None, |datum| (**datum).clone());
    let ends = [end(there.iter().min()), end(there.iter().max())];
    assert_eq!(
        (one.ends)(query()).unwrap(),
        ends,
        "{what}, the lowest and the highest value"
    );
    let Some(tally) = (one.tally)(query()) else { return };
    let (sum, mean) = tally.unwrap();
    let numbers: Vec<f64> = there.iter().map(|datum| as_float(datum)).collect();
    if let Datum::Number(sum) = sum {
        let parts = there.iter().map(|datum| match datum {
            Datum::Number(number) => *number,
            other => panic!("{other:?} is no number"),
        });
        assert_eq!(sum, parts.sum::<i128>(), "{what}, added up");
    }
    check_near(as_float(&sum), &numbers, 1.0, what);
    assert_eq!(mean.is_some(), !numbers.is_empty(), "{what}, the mean");
    if let Some(mean) = mean {
        #[expect(clippy::cast_precision_loss, reason = "rows are few")]
        check_near(mean, &numbers, numbers.len() as f64, what);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a mean is a float")]
fn as_float(datum: &Datum) -> f64 {
    match datum {
        Datum::Number(number) => *number as f64,
        Datum::Real(Real(number)) => *number,
        other => panic!("{other:?} is no number"),
    }
}

/// Compares a sum, or a part of it: floats are added up in the order in which rows are found.
fn check_near(found: f64, numbers: &[f64], parts: f64, what: &str) {
    let sum: f64 = numbers.iter().sum();
    let size: f64 = numbers.iter().map(|number| number.abs()).sum();
    let expected = sum / parts;
    let is_near = found.to_bits() == expected.to_bits()
        || expected.is_nan() && found.is_nan()
        || (found - expected).abs() <= size * 1e-12;
    assert!(is_near, "{what}, added up: {found} is not {expected}");
}
