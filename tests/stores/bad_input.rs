//! Guards what is refused: the text says where and what helps, and the store is as it was, by its digest.

use std::fmt::Debug;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use quanta_storage::{
    Batch, Commit, Durability, Engine as RawEngine, MARKER_KEY, Marker, Memory, StoreId, dump_digest,
};
use quantadb::{Database, Engine, Entities, ErrorKind, OnOlder, Options, QuantaEntity, QuantaType};

use crate::generations::{one, row_one, row_two, three, two};
use crate::support::{Small, custom, filled, rows, sweep_and_check};

/// Makes one generation of a table.
macro_rules! generation {
    ($name:ident { $($fields:tt)* }) => {
        generation! { $name "rows" { $($fields)* } }
    };
    ($name:ident $table:literal { $($fields:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = $table, register = false)]
        struct $name { $($fields)* }
    };
}

mod ambiguous;
mod backward;
mod damaged;
mod plans;
mod unfit;
mod writes;

/// Checks that opening is refused, that the text holds all of `parts`, and that the old program still reads all.
fn check_refused<O, N>(old: &[O], kind: ErrorKind, parts: &[&str])
where
    O: QuantaEntity + Debug + PartialEq,
    N: QuantaEntity,
    (O,): Entities,
    (N,): Entities,
{
    let engine = filled(old);
    let digest = engine.digest();
    let error = engine.open::<(N,)>().unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert_eq!(engine.digest(), digest, "a refused change changed the store");
    let plan = engine.options::<(N,)>().plan("memory").unwrap();
    let in_plan = plan
        .refusals
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    for part in parts {
        assert!(in_plan.contains(part), "{part:?} is not in the plan\n{in_plan}");
    }
    assert_eq!(engine.digest(), digest, "a plan changed the store");
    let db = engine.open::<(O,)>().unwrap();
    assert_eq!(
        db.collection::<O>()
            .iter()
            .collect::<Result<Vec<O>, _>>()
            .unwrap(),
        old
    );
    assert_eq!(engine.digest(), digest);
}
