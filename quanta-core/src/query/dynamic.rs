//! Queries of rows without a Rust type: filters and orders are texts, and rows are values.

mod selected;

use std::sync::Arc;

use crate::collection::{DynamicCollection, DynamicTransactionCollection, decoded_value};
use crate::error::{Error, ErrorKind, Result};
use crate::txn::Table;
use crate::value::Value;

use super::across::Asked;
use super::explain::Explanation;
use super::expr::Expr;
use super::origin::Origin;
use super::page::{Cursor, Page};
use super::question::{Question, Which};
use super::rows::QueryRows;
use super::select::Places;
use super::text::{filter_of, order_of, path_of};

pub use selected::{DynamicGroups, DynamicSelected};

/// A question about the rows of a table, as [`Query`](super::Query) without the types: filters and orders are texts, and
/// rows are [`Value`]s. What is wrong with a text is the answer's error, with a caret under the place.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, Value};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, country: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
/// # }
/// let cities = db.table("city")?;
/// let large = cities.query().filter("country = 'NO' and people > 250000").order_by("people desc");
/// assert_eq!(large.clone().count()?, 2);
/// let names = large.select(&["name"]).collect()?;
/// assert_eq!(names, [[Value::from("Oslo")], [Value::from("Bergen")]]);
///
/// let error = cities.query().filter("people >").count().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "a query of table city: the filter, column 9: expected a value, found the end\n  people >\n          ^"
/// );
/// # Ok::<(), quantadb::Error>(())
/// ```
#[must_use = "a query does nothing before it is asked for its answer"]
#[derive(Clone)]
pub struct DynamicQuery<'a> {
    question: Question<'a>,
    table: Arc<Table>,
}

impl DynamicCollection {
    /// Asks about the rows, as they are when the answer is asked for.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// assert_eq!(db.table("city")?.query().filter("people < 300000").count()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn query(&self) -> DynamicQuery<'static> {
        DynamicQuery::new(Origin::Latest(Arc::clone(self.core())), self.table())
    }
}

impl<'h> DynamicTransactionCollection<'h, '_> {
    /// Asks about the rows, as the transaction sees them when the answer is asked for.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// db.write(|tx| {
    ///     let cities = tx.table("city")?;
    ///     cities.query().filter("country = 'NO'").delete()?;
    ///     assert_eq!(cities.query().count()?, 1);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn query(&self) -> DynamicQuery<'h> {
        let (transaction, table) = self.parts();
        DynamicQuery::new(Origin::Transaction(transaction), table)
    }
}

impl<'a> DynamicQuery<'a> {
    fn new(origin: Origin<'a>, table: &Arc<Table>) -> Self {
        Self {
            question: Question::new(origin, Which::Known(Arc::clone(table))),
            table: Arc::clone(table),
        }
    }

    /// Keeps the rows that satisfy a condition: `age >= 18 and city = "Oslo"`. Several filters have to hold all.
    ///
    /// | what is written | which rows |
    /// | --- | --- |
    /// | `age = 18`, `!= < <= > >=` | the field compares so with the value; `!=` holds also where there is none |
    /// | `age in (1, 2)`, `age not in (1, 2)` | it is one of these, or not |
    /// | `age between 18 and 30` | both ends included |
    /// | `name starts with "Os"`, `ends with`, `contains` | the text is so, byte for byte |
    /// | `age is none`, `age is some` | there is no value, or one |
    /// | `shape is Circle`, `shape is not Circle` | the enum is that variant, or not |
    /// | `address.city`, `pair.0`, `shape::Circle.radius` | paths: fields of structs, positions of tuples, parts of variants |
    /// | `tags[] = "x"`, `all tags[] = "x"` | an item is so, or all are |
    /// | `tags[].name = "x"`, `tags[] (name = "x" and . is some)` | about parts of an item; `.` is the item itself |
    /// | `prices{key} = "x"` | the map has the key |
    /// | `length(name) > 3` | characters of a text, bytes, items or entries |
    /// | `not`, `and`, `or`, `( )`, `true`, `false` | `not` binds tightest, then `and` |
    ///
    /// Values are numbers, texts in either quotes, `true`, `false` and `none`. Dates, identifiers, decimals and bytes are texts,
    /// in the form that JSON has them; `json "[1, 2]"` is a value of any type. Words of filters may be in any case; a field
    /// that is named like one stands in backticks.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let cities = db.table("city")?;
    /// let large = cities.query().filter("people > 250000").filter("not name starts with 'B'");
    /// assert_eq!(large.select(&["name"]).collect()?, [["Oslo".into()]]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn filter(mut self, text: &str) -> Self {
        self.question.request.filters.push(filter_of(text));
        self
    }

    /// Orders the rows: `age desc, name`. See [`Query::order_by`](super::Query::order_by).
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let cities = db.table("city")?.query().order_by("country, people desc");
    /// let names = cities.select(&["name"]).collect()?;
    /// assert_eq!(names, [["Turku".into()], ["Oslo".into()], ["Bergen".into()]]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn order_by(mut self, text: &str) -> Self {
        match order_of(text) {
            Ok(order) => self.question.request.order = order,
            Err(problem) => self.question.request.filters.push(Expr::Wrong(problem)),
        }
        self
    }

    /// Ends after so many rows.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let largest = db.table("city")?.query().order_by("people desc").limit(2);
    /// assert_eq!(largest.count()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn limit(mut self, rows: u64) -> Self {
        self.question.request.limit = Some(rows);
        self
    }

    /// Passes over so many rows. Each is found all the same: [`after`](DynamicQuery::after) costs less.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let second = db.table("city")?.query().order_by("people desc").offset(1);
    /// assert_eq!(second.select(&["name"]).first()?, Some(vec!["Bergen".into()]));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn offset(mut self, rows: u64) -> Self {
        self.question.request.offset = rows;
        self
    }

    /// Begins behind the place where a [`page`](DynamicQuery::page) ended.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let query = db.table("city")?.query().order_by("people desc");
    /// let page = query.clone().limit(2).page()?;
    /// if let Some(next) = &page.next {
    ///     assert_eq!(query.after(next).select(&["name"]).collect()?, [["Turku".into()]]);
    /// }
    /// # assert!(page.next.is_some());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn after(mut self, cursor: &Cursor) -> Self {
        self.question.request.after = Some(cursor.clone());
        self
    }

    /// Iterates over the rows.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let cities = db.table("city")?;
    /// for row in cities.query().filter("country = 'FI'").iter() {
    ///     assert_eq!(cities.to_json(&row?)["name"], "Turku");
    /// }
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn iter(self) -> QueryRows<'a, Value> {
        self.question
            .rows(Box::new(|table, row| decoded_value(table, &row.key, &row.body)))
    }

    /// Reads all rows.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let cities = db.table("city")?;
    /// let rows = cities.query().filter("country = 'FI'").collect()?;
    /// assert_eq!(cities.to_json(&rows[0])["people"], 206_073);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Query`] if a text can't be read, or a field can't be asked that; if a row is damaged, the schema has
    /// moved, or the engine fails.
    pub fn collect(self) -> Result<Vec<Value>> {
        self.iter().collect()
    }

    /// Reads the first row; none if there is none.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let cities = db.table("city")?;
    /// assert!(cities.query().order_by("people desc").first()?.is_some());
    /// assert_eq!(cities.query().filter("country = 'SE'").first()?, None);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicQuery::collect`].
    pub fn first(mut self) -> Result<Option<Value>> {
        self.question.request.end_within(1);
        self.iter().next().transpose()
    }

    /// Reads up to [`limit`](DynamicQuery::limit) rows (100 if it wasn't said), in a strict order, and says where the next
    /// page begins.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let page = db.table("city")?.query().limit(2).page()?;
    /// assert_eq!(page.rows.len(), 2);
    /// assert!(page.next.is_some(), "there are three");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicQuery::collect`].
    pub fn page(self) -> Result<Page<Value>> {
        self.question
            .page(|table, row| decoded_value(table, &row.key, &row.body))
    }

    /// Counts the rows; where an index has all that is asked, without reading them.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// assert_eq!(db.table("city")?.query().filter("country in ('NO', 'SE')").count()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicQuery::collect`].
    pub fn count(self) -> Result<u64> {
        self.question.count()
    }

    /// Tells whether there is a row.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// assert!(!db.table("city")?.query().filter("people > 1000000").exists()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicQuery::collect`].
    pub fn exists(self) -> Result<bool> {
        self.question.exists()
    }

    /// Removes each row, all in one transaction, and counts them.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let cities = db.table("city")?;
    /// assert_eq!(cities.query().filter("people < 300000").delete()?, 2);
    /// assert_eq!(cities.len()?, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicQuery::collect`] and [`DynamicCollection::delete`].
    pub fn delete(self) -> Result<u64> {
        self.question.delete()
    }

    /// Says by which way the rows are found, and what is done to them.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let large = db.table("city")?.query().filter("country = 'NO' and people > 500000");
    /// let explained = large.explain()?;
    /// assert_eq!((explained.indexes, explained.asked), (vec!["city_country".into()], vec!["people".into()]));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`DynamicQuery::collect`].
    pub fn explain(self) -> Result<Explanation> {
        self.question.explain()
    }

    /// Reads the values at these paths of each row instead of all of it. Where something on the way to a value may be
    /// missing, it is an option. Behind a field that refers to a row, `->` leads on into that: `team->name`,
    /// `boss->address.city`.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Ref, Value};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct Team { #[quanta(id)] id: u64, name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct User { #[quanta(id)] id: u64, team: Ref<Team> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Team, User)>().open("people")?;
    /// # db.collection().insert(&Team { id: 1, name: "red".into() })?;
    /// # db.collection().insert_many([7, 8].map(|id| User { id, team: Ref::new(1) }))?;
    /// let users = db.table("user")?;
    /// let rows = users.query().filter("id = 7").select(&["id", "team->name"]).collect()?;
    /// assert_eq!(rows, [[Value::UInt(7), "red".into()]]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn select(self, paths: &[&str]) -> DynamicSelected<'a> {
        let places = self.read(paths).and_then(|paths| self.places(&paths));
        DynamicSelected { query: self, places }
    }

    /// Puts the rows into groups that have equal values at these paths, as [`select`](DynamicQuery::select) has them.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
    /// # }
    /// let countries = db.table("city")?.query().group_by(&["country"]).count()?;
    /// assert_eq!(countries, [(vec!["FI".into()], 1), (vec!["NO".into()], 2)]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn group_by(self, paths: &[&str]) -> DynamicGroups<'a> {
        let paths = self.read(paths);
        DynamicGroups { query: self, paths }
    }

    fn read(&self, paths: &[&str]) -> Result<Vec<Asked>> {
        let wrong = |problem| {
            Error::new(
                ErrorKind::Query,
                format!("a query of table {}: {problem}", self.table.name),
            )
        };
        let paths = paths
            .iter()
            .map(|path| path_of(path).map(Asked::text).map_err(wrong));
        paths.collect()
    }

    fn places(&self, paths: &[Asked]) -> Result<Places> {
        Places::new(self.question.core(), &self.table, paths)
    }
}

impl std::fmt::Debug for DynamicQuery<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DynamicQuery")
            .field("table", &self.table.name)
            .field("request", &self.question.request)
            .finish()
    }
}
