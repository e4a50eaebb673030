//! Attributes of views.

use syn::{Attribute, Expr, LitStr, Path};

use super::admit::admitted;
use super::entry::{Entry, Value};
use super::known::Place;
use super::value::{self, ungrouped};
use crate::ctxt::Ctxt;

/// Attributes of the struct.
pub(crate) struct ViewAttrs {
    pub(crate) crate_path: Option<Path>,
    pub(crate) name: Option<LitStr>,
    /// The entity whose rows are read.
    pub(crate) of: Of,
    /// What makes the condition, of the fields of the entity.
    pub(crate) filter: Option<Expr>,
    pub(crate) registers: bool,
}

/// The entity of a view.
pub(crate) enum Of {
    Unstated,
    Stated(Path),
    /// Already reported.
    Unreadable,
}

impl ViewAttrs {
    pub(crate) fn read(ctxt: &mut Ctxt, attrs: &[Attribute]) -> Self {
        let mut read = ViewAttrs {
            crate_path: None,
            name: None,
            of: Of::Unstated,
            filter: None,
            registers: true,
        };
        for entry in admitted(ctxt, attrs, Place::View) {
            match entry.key.to_string().as_str() {
                "crate" => read.crate_path = value::crate_path(ctxt, &entry),
                "filter" => read.filter = filter(ctxt, &entry),
                "name" => read.name = value::string(ctxt, &entry),
                "of" => read.of = of(ctxt, &entry),
                "register" => read.registers = value::boolean(ctxt, &entry).unwrap_or(true),
                other => unreachable!("`{other}` is admitted on a view and read nowhere"),
            }
        }
        read
    }
}

/// Attributes of a field.
pub(crate) struct ColumnAttrs {
    pub(crate) name: Option<LitStr>,
    /// What leads to the field that is read.
    pub(crate) path: Option<Expr>,
}

impl ColumnAttrs {
    pub(crate) fn read(ctxt: &mut Ctxt, attrs: &[Attribute]) -> Self {
        let mut read = ColumnAttrs {
            name: None,
            path: None,
        };
        for entry in admitted(ctxt, attrs, Place::Column) {
            match entry.key.to_string().as_str() {
                "name" => read.name = value::string(ctxt, &entry),
                "path" => read.path = path(ctxt, &entry),
                other => unreachable!("`{other}` is admitted on a field of a view and read nowhere"),
            }
        }
        read
    }
}

/// Reads `of = Flight`.
fn of(ctxt: &mut Ctxt, entry: &Entry) -> Of {
    if let Value::Assign(expr) = &entry.value
        && let Expr::Path(path) = ungrouped(expr)
        && path.qself.is_none()
    {
        return Of::Stated(path.path.clone());
    }
    ctxt.error_at(
        &entry.key,
        "`of` takes the entity whose rows the view reads: `of = Entity`",
    );
    Of::Unreadable
}

/// Reads `filter = |f| ..` or `filter = path::to::function`.
fn filter(ctxt: &mut Ctxt, entry: &Entry) -> Option<Expr> {
    if let Value::Assign(expr) = &entry.value
        && let Expr::Closure(_) | Expr::Path(_) = ungrouped(expr)
    {
        return Some(expr.clone());
    }
    ctxt.error_at(
        &entry.key,
        "`filter` takes what makes the condition: `filter = |row| row.age.ge(18)`, or the path of a function",
    );
    None
}

/// Reads `path = address.city`, `path = team.row().name` or `path = |f| f.team.row().name`.
fn path(ctxt: &mut Ctxt, entry: &Entry) -> Option<Expr> {
    if let Value::Assign(expr) = &entry.value
        && is_path(expr)
    {
        return Some(expr.clone());
    }
    ctxt.error_at(
        &entry.key,
        "`path` takes what leads to the field: `path = address.city`, `path = team.row().name`, or \
         `path = |f| f.team.row().name`",
    );
    None
}

fn is_path(expr: &Expr) -> bool {
    match ungrouped(expr) {
        Expr::Closure(_) => true,
        Expr::Path(path) => path.path.get_ident().is_some(),
        Expr::Field(field) => is_chain(&field.base),
        Expr::MethodCall(call) => is_chain(&call.receiver),
        _ => false,
    }
}

fn is_chain(expr: &Expr) -> bool {
    !matches!(ungrouped(expr), Expr::Closure(_)) && is_path(expr)
}
