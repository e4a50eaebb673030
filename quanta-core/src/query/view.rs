//! Views: named projections of rows, as structs of the program.

use std::marker::PhantomData;

use crate::codec::DecodeError;
use crate::model::{DeclaredView, Field, Place, QuantaEntity, QuantaType, ViewDeclaration};
use crate::schema::{ACROSS, Column, NodeId, Shape, ViewFilter, ViewSchema};

use super::across::Asked;
use super::compile::compile;
use super::expr::Expr;
use super::filter::Filter;
use super::place::Located;
use super::select::{FieldReader, Selection};
use super::text::parse_filter;
use super::typed::{FieldsOf, fields_of};
use super::written::{paths_of, written};

/// A named, typed, read-only projection of the rows of one entity, and of rows that they refer to. Derived, with
/// `#[derive(QuantaView)]`.
///
/// ```
/// use quantadb::{Engine, Options, QuantaEntity, QuantaView, Ref};
///
/// #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// struct Carrier {
///     #[quanta(id)]
///     code: String,
///     name: String,
/// }
///
/// #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// struct Flight {
///     #[quanta(id)]
///     id: u64,
///     carrier: Ref<Carrier>,
///     delay: i32,
/// }
///
/// #[derive(QuantaView, Debug, PartialEq)]
/// #[quanta(of = Flight, filter = |f| f.delay.ge(60))]
/// # #[quanta(register = false)]
/// struct LateFlight {
///     id: u64,
///     #[quanta(path = carrier.row().name)]
///     carrier: String,
/// }
///
/// let db = Options::new().engine(Engine::memory()).entities::<(Carrier, Flight)>().open("flights")?;
/// db.collection::<Carrier>().insert(&Carrier { code: "UA".into(), name: "United".into() })?;
/// for (id, delay) in [(1, 75), (2, 5), (3, 200)] {
///     db.collection::<Flight>().insert(&Flight { id, carrier: Ref::new("UA".into()), delay })?;
/// }
/// let late = db.view::<LateFlight>().order_by(|f| f.delay.desc()).collect()?;
/// assert_eq!(late, [3, 1].map(|id| LateFlight { id, carrier: "United".into() }));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no view",
    label = "expected a struct that derives `QuantaView`"
)]
pub trait QuantaView: Sized + 'static {
    /// The entity whose rows it reads.
    type Of: QuantaEntity;

    /// Its name.
    const NAME: &'static str;

    /// Says which rows it reads; all of them if it is none.
    fn condition() -> Option<Filter<Self::Of>> {
        None
    }

    /// Goes through the columns: lists them, or reads them all.
    #[doc(hidden)]
    fn visit(columns: &mut Columns<'_, '_, '_>) -> Result<Option<Self>, DecodeError>;

    /// Returns what the struct says of the view.
    fn declaration() -> &'static ViewDeclaration;
}

/// What goes through the columns of a view. Generated code shows them.
#[derive(Debug)]
pub struct Columns<'c, 'b, 'r>(Work<'c, 'b, 'r>);

#[derive(Debug)]
enum Work<'c, 'b, 'r> {
    List(&'c mut Vec<(&'static str, Asked)>),
    Read(&'c mut FieldReader<'b, 'r>),
}

impl Columns<'_, '_, '_> {
    /// Shows a column: its storage name, and the field that it reads. Returns its value if rows are read.
    ///
    /// # Errors
    ///
    /// If the row is damaged.
    pub fn column<E: QuantaEntity, P: Place<Row = E>, T: QuantaType>(
        &mut self,
        name: &'static str,
        field: impl FnOnce(&'static FieldsOf<E>) -> Field<P, T>,
    ) -> Result<Option<P::Read<T>>, DecodeError> {
        let field = field(fields_of::<E>());
        match &mut self.0 {
            Work::List(columns) => {
                columns.push((name, Asked::of(field)));
                Ok(None)
            }
            Work::Read(fields) => Selection::<E>::read(&field, fields).map(Some),
        }
    }
}

/// What a column reads, as the type of its field: the same, or an option for an option of an option.
#[diagnostic::on_unimplemented(
    message = "a field of type `{V}` can't hold what the view reads: `{Self}`",
    label = "what is read is `{Self}`"
)]
pub trait ReadAs<V> {
    /// Turns it into that.
    #[doc(hidden)]
    fn read_as(self) -> V;
}

impl<V> ReadAs<V> for V {
    fn read_as(self) -> V {
        self
    }
}

impl<V> ReadAs<Option<V>> for Option<Option<V>> {
    fn read_as(self) -> Option<V> {
        self.flatten()
    }
}

/// Takes the condition of a view. Generated code calls it.
#[doc(hidden)]
pub fn view_condition<E: QuantaEntity>(
    condition: impl FnOnce(&'static FieldsOf<E>) -> Filter<E>,
) -> Option<Filter<E>> {
    Some(condition(fields_of::<E>()))
}

/// Lists the columns of a view by their names.
fn columns_of<V: QuantaView>() -> Vec<(&'static str, Asked)> {
    let mut columns = Vec::new();
    let listed = V::visit(&mut Columns(Work::List(&mut columns)));
    debug_assert!(matches!(listed, Ok(None)), "listing reads nothing");
    columns
}

/// The columns of a view, as what a query reads of each row.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, QuantaView, query::{As, Selected}};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
/// # #[derive(QuantaView, Debug, PartialEq)]
/// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
/// # struct LateFlight { id: u64, to: String }
/// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
/// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
/// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
/// # }
/// fn late_or_not(db: &quantadb::Database) -> Selected<'static, Flight, As<LateFlight>> {
///     db.query::<Flight>().select_as()
/// }
/// assert_eq!(late_or_not(&db).collect()?.len(), 3);
/// # Ok::<(), quantadb::Error>(())
/// ```
pub struct As<V>(PhantomData<fn() -> V>);

impl<V> As<V> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<V: QuantaView> Selection<V::Of> for As<V> {
    type Output = V;

    fn paths(&self) -> Vec<Asked> {
        columns_of::<V>().into_iter().map(|(_, asked)| asked).collect()
    }

    fn read(&self, fields: &mut FieldReader<'_, '_>) -> Result<V, DecodeError> {
        let read = V::visit(&mut Columns(Work::Read(fields)))?;
        read.ok_or_else(|| DecodeError {
            problem: format!("the view {} reads no value of a column", V::NAME),
            bytes_left: 0,
        })
    }
}

/// Declares a view. Generated code calls it.
#[doc(hidden)]
#[must_use]
pub fn declare_view<V: QuantaView>(rust_name: &'static str) -> ViewDeclaration {
    ViewDeclaration {
        name: V::NAME.to_owned(),
        rust_name: rust_name.into(),
        declared: schema_of::<V>().map(DeclaredView::of),
    }
}

fn schema_of<V: QuantaView>() -> Result<ViewSchema, String> {
    let columns = columns_of::<V>().into_iter().map(|(name, asked)| {
        let (shape, path) = end_of::<V>(&asked)?;
        let place = Located::find(shape, NodeId::ROOT, path)?;
        Ok(Column {
            name: name.to_owned(),
            shape: shape.sub_shape(place.leaf),
            path: asked.path,
        })
    });
    let columns = columns.collect::<Result<_, String>>()?;
    let filter = V::condition().map(|filter| filter_of::<V>(&filter.into_expr()));
    ViewSchema::new(V::Of::TABLE.to_owned(), columns, filter.transpose()?)
}

/// Returns the shape of the rows that a path ends in, and the path there.
fn end_of<V: QuantaView>(asked: &Asked) -> Result<(&'static Shape, &str), String> {
    let declaration = match asked.behind.last() {
        Some(behind) => behind,
        None => V::Of::declaration(),
    };
    let declared = declaration.declared.as_ref();
    let declared = declared.map_err(|problem| format!("entity {}: {problem}", declaration.rust_name))?;
    let path = asked.path.rsplit_once(ACROSS);
    let path = path.map_or(asked.path.as_str(), |(_, behind)| behind);
    Ok((&declared.schema.shape, path))
}

/// Writes a condition as text, and makes sure that it is read as the same.
fn filter_of<V: QuantaView>(expr: &Expr) -> Result<ViewFilter, String> {
    let own = Asked::text(String::new());
    let (shape, _) = end_of::<V>(&own)?;
    let in_filter = |problem: String| format!("its filter: {problem}");
    let check = compile(shape, NodeId::ROOT, expr).map_err(in_filter)?;
    let text = written(shape, NodeId::ROOT, expr).map_err(in_filter)?.to_string();
    let read = parse_filter(&text).map_err(|error| in_filter(error.to_string()))?;
    if compile(shape, NodeId::ROOT, &read).as_ref() != Ok(&check) {
        return Err(in_filter(format!("as text it would be another one: {text}")));
    }
    Ok(ViewFilter {
        paths: paths_of(expr),
        text,
    })
}

/// A tuple of views, for `Options::views`.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, QuantaView};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct Flight { #[quanta(id)] id: u64, to: String, delay: i32 }
/// # #[derive(QuantaView, Debug, PartialEq)]
/// # #[quanta(of = Flight, filter = |f| f.delay.ge(60), register = false)]
/// # struct LateFlight { id: u64, to: String }
/// # let db = Options::new().engine(Engine::memory()).entities::<(Flight,)>().open("flights")?;
/// # for (id, to, delay) in [(1, "Oslo", 75), (2, "Oslo", 5), (3, "Turku", 200)] {
/// #     db.collection::<Flight>().insert(&Flight { id, to: to.into(), delay })?;
/// # }
/// let options = Options::new().engine(Engine::memory()).entities::<(Flight,)>();
/// let db = options.views::<(LateFlight,)>().open("flights")?;
/// assert_eq!(db.view::<LateFlight>().count()?, 0);
/// # Ok::<(), quantadb::Error>(())
/// ```
pub trait Views {
    /// Lists the declarations in the order of the tuple.
    fn declarations() -> Vec<&'static ViewDeclaration>;
}

impl Views for () {
    fn declarations() -> Vec<&'static ViewDeclaration> {
        Vec::new()
    }
}

macro_rules! views {
    ($($name:ident)+) => {
        impl<$($name: QuantaView),+> Views for ($($name,)+) {
            fn declarations() -> Vec<&'static ViewDeclaration> {
                vec![$($name::declaration()),+]
            }
        }
    };
}

views! { A }
views! { A B }
views! { A B C }
views! { A B C D }
views! { A B C D E }
views! { A B C D E F }
views! { A B C D E F G }
views! { A B C D E F G H }
