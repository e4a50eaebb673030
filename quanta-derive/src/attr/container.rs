//! Attributes of the struct or enum itself.

use syn::{Attribute, LitStr, Path};

use super::admit::admitted;
use super::field::OwnCode;
use super::index::IndexAttr;
use super::known::Place;
use super::on_failure::TakenOut;
use super::reference::ReferenceAttr;
use super::value;
use crate::ctxt::Ctxt;

pub(crate) struct ContainerAttrs {
    pub(crate) crate_path: Option<Path>,
    pub(crate) table: Option<LitStr>,
    pub(crate) renamed_from: Vec<LitStr>,
    pub(crate) is_new: bool,
    pub(crate) registers: bool,
    /// Where rows may meet of which all but one are taken out.
    pub(crate) taken_out: TakenOut,
    pub(crate) lock: LockUse,
    pub(crate) indexes: Vec<IndexAttr>,
    /// Says whether a row is valid.
    pub(crate) validate: Option<OwnCode>,
    pub(crate) references: Vec<ReferenceAttr>,
}

/// Whether names are compared with those of `quanta.lock`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LockUse {
    On,
    Off,
}

impl ContainerAttrs {
    pub(crate) fn read(ctxt: &mut Ctxt, attrs: &[Attribute], place: Place) -> Self {
        let mut read = ContainerAttrs {
            crate_path: None,
            table: None,
            renamed_from: Vec::new(),
            is_new: false,
            registers: true,
            taken_out: TakenOut::default(),
            lock: LockUse::On,
            indexes: Vec::new(),
            validate: None,
            references: Vec::new(),
        };
        for entry in admitted(ctxt, attrs, place) {
            match entry.key.to_string().as_str() {
                "crate" => read.crate_path = value::crate_path(ctxt, &entry),
                "table" => read.table = value::string(ctxt, &entry),
                "renamed_from" => read.renamed_from = value::names(ctxt, &entry),
                "new" => read.is_new = value::flag(ctxt, &entry),
                "on_failure" => read.taken_out = TakenOut::read(ctxt, &entry),
                "index" | "unique" => read.indexes.extend(IndexAttr::of_entity(ctxt, &entry)),
                "lock" => read.lock = value::lock_use(ctxt, &entry),
                "references" => read.references.extend(ReferenceAttr::of_entity(ctxt, &entry)),
                "register" => read.registers = value::boolean(ctxt, &entry).unwrap_or(true),
                "validate_with" => read.validate = value::function(ctxt, &entry),
                other => unreachable!("`{other}` is admitted on a container and read nowhere"),
            }
        }
        read
    }
}
