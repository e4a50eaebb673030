//! Attributes of a field.

use syn::{Attribute, Expr, ExprPath, Ident, LitStr, Path};

use super::admit::admitted;
use super::entry::{Entry, Value, entries};
use super::index::IndexAttr;
use super::known::Place;
use super::reference::{self, OnDelete};
use super::value::{self, Resolution};
use crate::ctxt::Ctxt;

#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) id: Option<Id>,
    /// That keys are given out; the attribute's name where it is written.
    pub(crate) auto: Option<Ident>,
    pub(crate) name: Option<LitStr>,
    pub(crate) renamed_from: Vec<LitStr>,
    pub(crate) is_new: bool,
    pub(crate) fill: Fill,
    pub(crate) serde: Option<LitStr>,
    pub(crate) is_skipped: bool,
    pub(crate) conversion: Option<Conversion>,
    pub(crate) on_failure: Option<Resolution>,
    /// At most one of a sound field.
    pub(crate) indexes: Vec<IndexAttr>,
    /// The entity that the field refers to by its key.
    pub(crate) references: Option<Path>,
    pub(crate) on_delete: Option<OnDelete>,
}

/// The mark of a key field.
pub(crate) struct Id {
    /// The attribute's name where it is written, for messages.
    pub(crate) key: Ident,
    pub(crate) position: Position,
}

pub(crate) enum Position {
    Unstated,
    Stated(usize),
    /// Already reported: positions of this key can't be judged.
    Unreadable,
}

/// What rows get that were written before the field was there.
#[derive(Default)]
pub(crate) enum Fill {
    /// The natural zero of the type.
    #[default]
    Natural,
    /// The type's own `Default`; the attribute's name where it is written.
    Trait(Ident),
    Value(Expr),
    With(OwnCode),
    Init(OwnCode),
}

/// A function of the user's, and its path as written.
pub(crate) struct OwnCode {
    pub(crate) path: ExprPath,
    pub(crate) text: String,
}

/// Functions of the user's that convert values: to the field's type, and back.
pub(crate) struct Conversion {
    pub(crate) up: OwnCode,
    pub(crate) down: Option<OwnCode>,
}

impl FieldAttrs {
    pub(crate) fn read(ctxt: &mut Ctxt, attrs: &[Attribute], place: Place) -> Self {
        let mut read = FieldAttrs::default();
        for entry in admitted(ctxt, attrs, place) {
            read.take(ctxt, entry);
        }
        read
    }

    fn take(&mut self, ctxt: &mut Ctxt, entry: Entry) {
        match entry.key.to_string().as_str() {
            "id" => self.id = Some(read_id(ctxt, entry)),
            "auto" => {
                value::flag(ctxt, &entry);
                self.auto = Some(entry.key);
            }
            "name" => self.name = value::string(ctxt, &entry),
            "renamed_from" => self.renamed_from = value::names(ctxt, &entry),
            "new" => self.is_new = value::flag(ctxt, &entry),
            "default" => self.fill = read_default(ctxt, entry),
            "default_with" => self.fill = value::function(ctxt, &entry).map_or(Fill::Natural, Fill::With),
            "init_with" => self.fill = value::function(ctxt, &entry).map_or(Fill::Natural, Fill::Init),
            "convert_with" => self.conversion = value::conversion(ctxt, &entry),
            "on_failure" => self.on_failure = value::resolution(ctxt, &entry),
            "index" | "unique" => self.indexes.extend(IndexAttr::of_field(ctxt, &entry)),
            "references" => self.references = reference::entity(ctxt, &entry),
            "on_delete" => self.on_delete = reference::on_delete(ctxt, &entry),
            "serde" => self.serde = value::string(ctxt, &entry),
            "skip" => self.is_skipped = value::flag(ctxt, &entry),
            other => unreachable!("`{other}` is admitted on a field and read nowhere"),
        }
    }
}

fn read_id(ctxt: &mut Ctxt, entry: Entry) -> Id {
    let position = match &entry.value {
        Value::Flag => Position::Unstated,
        Value::Assign(expr) => {
            value::position(ctxt, &entry, expr).map_or(Position::Unreadable, Position::Stated)
        }
        Value::List(_) => {
            ctxt.error_at(
                &entry.key,
                "`id` takes no list: write `id`, or `id = 0` in a composite key",
            );
            Position::Unreadable
        }
    };
    Id {
        key: entry.key,
        position,
    }
}

fn read_default(ctxt: &mut Ctxt, entry: Entry) -> Fill {
    match entry.value {
        Value::Flag => Fill::Trait(entry.key),
        Value::Assign(expr) => Fill::Value(value::ungrouped(&expr).clone()),
        Value::List(_) => {
            ctxt.error_at(
                &entry.key,
                "`default` takes no list: write `default`, or `default = value`",
            );
            Fill::Natural
        }
    }
}

/// Reports every attribute on a tuple position: positions have no name that could be hinted at.
pub(crate) fn refuse_on_position(ctxt: &mut Ctxt, attrs: &[Attribute]) {
    for entry in entries(ctxt, attrs) {
        let key = &entry.key;
        ctxt.error_at(
            key,
            format!(
                "`{key}` needs a named field: a tuple position takes no attributes; write `{{ name: Type }}`"
            ),
        );
    }
}
