//! Records that a quiet store doesn't hold, and the canonical encoding of a schema.

use super::document;
use super::hex::{dump, hex};
use super::scenario::UserV1;
use crate::catalog::keys;
use crate::codec::encode_record;
use crate::model::QuantaEntity;
use crate::plan::{WorkRecord, WorkTask};
use crate::schema::{Fingerprint, canonical};

#[test]
fn work_records() {
    let mut text = String::new();
    let cursor = vec![0x81, 0x07];
    for (what, key, task) in [
        ("sweep", keys::sweep(1), WorkTask::Sweep { table: 1, cursor }),
        ("build", keys::work(1), WorkTask::Build { space: 2 }),
        ("retire", keys::work(1), WorkTask::Retire { space: 1 }),
    ] {
        let record = encode_record(&WorkRecord { epoch: 300, task }).unwrap();
        text.push_str(&format!("{what:<7} {}  ->  {}\n", hex(&key), hex(&record)));
    }
    document::check("format.md", "work", &document::fenced(&text));
}

#[test]
fn canonical_encoding() {
    let declared = UserV1::declaration().declared.as_ref().unwrap();
    let text = format!(
        "{}fingerprint {}\n",
        dump("", &canonical(&declared.schema)),
        Fingerprint::of(&declared.schema)
    );
    document::check("format.md", "canonical", &document::fenced(&text));
}
