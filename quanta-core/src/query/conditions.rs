//! What can be asked of a field.

use crate::model::QuantaType;

use super::expr::{Comparison, Expr, Is, Literal, Quantifier, Test, TextTest};
use super::field_types::{Contains, Keyed, Many, Measured, Text};
use super::filter::Filter;
use super::operand::{Operand, encoded};
use super::order::Order;
use crate::model::{Field, Place, Start, Variant, Varied, path_of};

impl<P: Place, T: QuantaType> Field<P, T> {
    fn is(self, test: Test) -> Filter<P::Root> {
        Filter::new(Expr::Is(Is {
            path: self.path(),
            test,
        }))
    }

    fn with<V>(self, operand: impl Operand<V>, test: impl FnOnce(Literal) -> Test) -> Filter<P::Root> {
        match encoded(operand) {
            Ok(bytes) => self.is(test(Literal::Encoded(bytes))),
            Err(problem) => Filter::new(Expr::Wrong(format!("a value for `{}`: {problem}", self.path()))),
        }
    }

    fn ordered(self, comparison: Comparison, operand: impl Operand<T>) -> Filter<P::Root> {
        self.with(operand, |literal| Test::Ordered(comparison, literal))
    }

    /// The value is this one; none if the operand is none, and so is an option in an option that holds none. Equal is what
    /// is stored in the same way, so that floats are by their bits; only decimals are
    /// equal that differ in trailing zeros.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// assert_eq!(db.query::<Book>().filter(|b| b.pages.eq(474)).one()?.title, "Emma");
    /// // An option is compared with what may be in it.
    /// assert_eq!(db.query::<Book>().filter(|b| b.series.eq("Dune")).one()?.title, "Dune");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn eq(self, operand: impl Operand<T>) -> Filter<P::Root> {
        self.with(operand, |literal| Test::OneOf(vec![literal]))
    }

    /// The value is another one, or there is none: the opposite of [`Field::eq`].
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// // "Emma" and "Ubik" are of no series.
    /// let others = db.query::<Book>().filter(|b| b.series.ne("Dune"));
    /// assert_eq!(others.select(|b| b.title).collect()?, ["Emma", "Ubik"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn ne(self, operand: impl Operand<T>) -> Filter<P::Root> {
        !self.eq(operand)
    }

    /// The value is one of these.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// assert_eq!(db.query::<Book>().filter(|b| b.title.is_in(["Emma", "Ubik", "Ulysses"])).count()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn is_in<O: Operand<T>>(self, operands: impl IntoIterator<Item = O>) -> Filter<P::Root> {
        let literals = operands
            .into_iter()
            .map(|operand| encoded(operand).map(Literal::Encoded));
        match literals.collect() {
            Ok(literals) => self.is(Test::OneOf(literals)),
            Err(problem) => Filter::new(Expr::Wrong(format!("a value for `{}`: {problem}", self.path()))),
        }
    }

    /// The value is below this one, in the order of keys: floats in total order, enums by the names of their variants.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// // They have 612, 474 and 202 pages.
    /// assert_eq!(db.query::<Book>().filter(|b| b.pages.lt(474)).one()?.title, "Ubik");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn lt(self, operand: impl Operand<T>) -> Filter<P::Root> {
        self.ordered(Comparison::Less, operand)
    }

    /// The value is below this one, or equal.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// // They have 612, 474 and 202 pages.
    /// assert_eq!(db.query::<Book>().filter(|b| b.pages.le(474)).count()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn le(self, operand: impl Operand<T>) -> Filter<P::Root> {
        self.ordered(Comparison::LessOrEqual, operand)
    }

    /// The value is above this one.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// // They have 612, 474 and 202 pages.
    /// assert_eq!(db.query::<Book>().filter(|b| b.pages.gt(474)).one()?.title, "Dune");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn gt(self, operand: impl Operand<T>) -> Filter<P::Root> {
        self.ordered(Comparison::Greater, operand)
    }

    /// The value is above this one, or equal.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// // They have 612, 474 and 202 pages.
    /// assert_eq!(db.query::<Book>().filter(|b| b.pages.ge(474)).count()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn ge(self, operand: impl Operand<T>) -> Filter<P::Root> {
        self.ordered(Comparison::GreaterOrEqual, operand)
    }

    /// The value is not below `low` and not above `high`.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// // They have 612, 474 and 202 pages.
    /// assert_eq!(db.query::<Book>().filter(|b| b.pages.between(202, 474)).count()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn between(self, low: impl Operand<T>, high: impl Operand<T>) -> Filter<P::Root> {
        self.ge(low) & self.le(high)
    }

    /// The text begins with this one, byte for byte.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// assert_eq!(db.query::<Book>().filter(|b| b.title.starts_with("Du")).one()?.pages, 612);
    /// assert!(!db.query::<Book>().filter(|b| b.title.starts_with("du")).exists()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn starts_with(self, text: impl Into<String>) -> Filter<P::Root>
    where
        T: Text,
    {
        self.is(Test::Text(TextTest::StartsWith, text.into()))
    }

    /// The text ends with this one, byte for byte.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// assert_eq!(db.query::<Book>().filter(|b| b.title.ends_with("k")).one()?.title, "Ubik");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn ends_with(self, text: impl Into<String>) -> Filter<P::Root>
    where
        T: Text,
    {
        self.is(Test::Text(TextTest::EndsWith, text.into()))
    }

    /// The text contains this one, byte for byte; the list, set or array has this item.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// assert_eq!(db.query::<Book>().filter(|b| b.title.contains("mm")).one()?.title, "Emma");
    /// // "Dune" has the tags "desert" and "space", "Ubik" has "space".
    /// assert_eq!(db.query::<Book>().filter(|b| b.tags.contains("space")).count()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn contains<Q>(self, part: Q) -> Filter<P::Root>
    where
        T: Contains<Q>,
    {
        match T::test(part) {
            Ok(test) => self.is(test),
            Err(problem) => Filter::new(Expr::Wrong(format!("a value for `{}`: {problem}", self.path()))),
        }
    }

    /// There is no value: it is none, or an option on the way is, or an enum on the way is another variant.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// let single = db.query::<Book>().filter(|b| b.series.is_none());
    /// assert_eq!(single.select(|b| b.title).collect()?, ["Emma", "Ubik"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn is_none(self) -> Filter<P::Root> {
        self.is(Test::None)
    }

    /// There is a value.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// assert_eq!(db.query::<Book>().filter(|b| b.series.is_some()).one()?.title, "Dune");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn is_some(self) -> Filter<P::Root> {
        !self.is_none()
    }

    /// An item satisfies the condition.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// let dry = db.query::<Book>().filter(|b| b.tags.any(|tag| tag.eq("desert") | tag.starts_with("dry ")));
    /// assert_eq!(dry.one()?.title, "Dune");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn any(
        self,
        condition: impl FnOnce(Field<Start<Item<T::Item>>, T::Item>) -> Filter<Item<T::Item>>,
    ) -> Filter<P::Root>
    where
        T: Many,
    {
        let inner = condition(Field::NEW).into_expr();
        self.is(Test::Items(Quantifier::Any, Box::new(inner)))
    }

    /// Every item satisfies the condition, or there is none.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// // "Dune" has the tags "desert" and "space", "Emma" has none, "Ubik" has "space".
    /// let only_space = db.query::<Book>().filter(|b| b.tags.all(|tag| tag.eq("space")));
    /// assert_eq!(only_space.select(|b| b.title).collect()?, ["Emma", "Ubik"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn all(
        self,
        condition: impl FnOnce(Field<Start<Item<T::Item>>, T::Item>) -> Filter<Item<T::Item>>,
    ) -> Filter<P::Root>
    where
        T: Many,
    {
        let inner = condition(Field::NEW).into_expr();
        self.is(Test::Items(Quantifier::All, Box::new(inner)))
    }

    /// There are no items, entries or characters.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// assert_eq!(db.query::<Book>().filter(|b| b.tags.is_empty()).one()?.title, "Emma");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn is_empty(self) -> Filter<P::Root>
    where
        T: Measured,
    {
        self.is(Test::Length(Comparison::Equal, 0))
    }

    /// The map has this key.
    ///
    /// ```
    /// # use std::collections::BTreeMap;
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Article { #[quanta(id)] id: u64, prices: BTreeMap<String, u32> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Article,)>().open("articles")?;
    /// let prices = BTreeMap::from([("EUR".to_owned(), 5), ("NOK".to_owned(), 60)]);
    /// db.collection::<Article>().insert(&Article { id: 1, prices })?;
    /// assert!(db.query::<Article>().filter(|a| a.prices.contains_key("NOK")).exists()?);
    /// assert!(!db.query::<Article>().filter(|a| a.prices.contains_key("SEK")).exists()?);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn contains_key<K>(self, key: impl Operand<K>) -> Filter<P::Root>
    where
        T: Keyed<Key = K>,
    {
        self.with(key, Test::HasKey)
    }

    /// Lowest values first, rows without a value before them.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// let books = db.query::<Book>().order_by(|b| (b.series.asc(), b.pages.asc()));
    /// assert_eq!(books.select(|b| b.title).collect()?, ["Ubik", "Emma", "Dune"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn asc(self) -> Order<P::Root> {
        Order::ascending(self.path())
    }

    /// Highest values first, rows without a value behind them.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
    /// # for (title, pages, series, tags) in [
    /// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
    /// #     ("Emma", 474, None, vec![]),
    /// #     ("Ubik", 202, None, vec!["space"]),
    /// # ] {
    /// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
    /// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
    /// # }
    /// let books = db.query::<Book>().order_by(|b| (b.series.desc(), b.pages.desc()));
    /// assert_eq!(books.select(|b| b.title).collect()?, ["Dune", "Emma", "Ubik"]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn desc(self) -> Order<P::Root> {
        Order::descending(self.path())
    }
}

impl<P: Place, S: Varied, F, const N: usize> Variant<P, S, F, N> {
    /// The value is this variant.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, QuantaType};
    /// #[derive(QuantaType)]
    /// enum Shape {
    ///     Circle { radius: f64 },
    ///     Dot,
    /// }
    ///
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Mark { #[quanta(id)] id: u64, shape: Shape }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Mark,)>().open("marks")?;
    /// # db.collection::<Mark>().insert(&Mark { id: 1, shape: Shape::Circle { radius: 2.0 } })?;
    /// # db.collection::<Mark>().insert(&Mark { id: 2, shape: Shape::Dot })?;
    /// assert_eq!(db.query::<Mark>().filter(|m| m.shape.Dot.is()).one()?.id, 2);
    /// assert_eq!(db.query::<Mark>().filter(|m| !m.shape.Dot.is()).one()?.id, 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn is(self) -> Filter<P::Root> {
        Filter::new(Expr::Is(Is {
            path: path_of::<P>(),
            test: Test::Variant(S::VARIANTS[N].to_owned()),
        }))
    }
}

/// An item of a list, set or array: what the conditions of [`Field::any`] and [`Field::all`] are about.
///
/// ```
/// # use quantadb::{Engine, Field, Filter, Options, QuantaEntity, query::{Item, Start}};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
/// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
/// # for (title, pages, series, tags) in [
/// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
/// #     ("Emma", 474, None, vec![]),
/// #     ("Ubik", 202, None, vec!["space"]),
/// # ] {
/// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
/// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
/// # }
/// fn is_dry(tag: Field<Start<Item<String>>, String>) -> Filter<Item<String>> {
///     tag.eq("desert") | tag.starts_with("dry ")
/// }
/// assert_eq!(db.query::<Book>().filter(|b| b.tags.any(is_dry)).one()?.title, "Dune");
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug)]
pub struct Item<T>(std::marker::PhantomData<fn() -> T>);
