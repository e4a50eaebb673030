//! Records that a quiet store doesn't hold, and the canonical encoding of a schema.

use super::document;
use super::hex::{dump, hex};
use super::scenario::UserV1;
use crate::catalog::keys;
use crate::codec::encode_record;
use crate::diff::Way;
use crate::model::QuantaEntity;
use crate::plan::{
    BuildProgress, Forgotten, ForgottenPart, LedgerKind, LedgerRecord, ReadPath, ReadStep, Usage,
    VictimRecord, ViewVersion, WorkRecord, WorkTask,
};
use crate::schema::{Column, Fingerprint, ViewFilter, ViewSchema, canonical};
use crate::txn::{decoded_counter, encoded_counter};

#[test]
fn work_records() {
    let mut text = String::new();
    let cursor = vec![0x81, 0x07];
    let build = WorkTask::Build {
        space: 2,
        digest: [7; 32],
        progress: BuildProgress {
            cursor: cursor.clone(),
            rows: 1000,
            rows_lost: vec![3],
            rows_dropped: 1,
            restored: Default::default(),
        },
    };
    for (what, key, task) in [
        ("sweep", keys::sweep(1), WorkTask::Sweep { table: 1, cursor }),
        ("build", keys::work(1), build),
        ("retire", keys::work(1), WorkTask::Retire { space: 1 }),
        (
            "forget",
            keys::work(1),
            WorkTask::Forget {
                space: 1,
                edges: [2, 3].into(),
            },
        ),
    ] {
        let record = encode_record(&WorkRecord { epoch: 300, task }).unwrap();
        text.push_str(&format!("{what:<7} {}  ->  {}\n", hex(&key), hex(&record)));
    }
    document::check("format.md", "work", &document::fenced(&text));
}

#[test]
fn victims() {
    let record = VictimRecord {
        body: vec![1, 2, 3],
        kept: vec![(2, Way::Up, vec![9])],
    };
    let key = keys::victim(1, 3, &[0x81, 0x07]);
    let text = format!(
        "{}  ->  {}\n",
        hex(&key),
        hex(&encode_record(&vec![record]).unwrap())
    );
    document::check("format.md", "victim", &document::fenced(&text));
}

#[test]
fn counters() {
    let mut text = String::new();
    for (table, number) in [(1, 7), (2, 300), (3, u128::MAX)] {
        let (key, value) = (keys::counter(table), encoded_counter(number));
        text.push_str(&format!("{}  ->  {}\n", hex(&key), hex(&value)));
        assert_eq!(decoded_counter(&value), Some(number));
    }
    document::check("format.md", "counter", &document::fenced(&text));
}

#[test]
fn views() {
    let text: crate::schema::Shape = "string".parse().unwrap();
    let column = |name: &str, path: &str| Column {
        name: name.to_owned(),
        path: path.to_owned(),
        shape: text.clone(),
    };
    let filter = ViewFilter {
        text: "age >= 18".to_owned(),
        paths: vec!["age".to_owned()],
    };
    let columns = vec![column("team", "team->name"), column("city", "home.city")];
    let schema = ViewSchema::new("users".to_owned(), columns, Some(filter)).unwrap();
    let read = |steps: &[ReadStep], shape: &str| ReadPath {
        steps: steps.to_vec(),
        shape: shape.parse().unwrap(),
    };
    let [users, teams] = [ReadStep::Row(1), ReadStep::Row(2)];
    let version = ViewVersion {
        schema,
        reads: vec![
            read(
                &[users, ReadStep::Slot(3), ReadStep::Some, ReadStep::Slot(4)],
                "string",
            ),
            read(&[users, ReadStep::Slot(5), teams, ReadStep::Slot(7)], "string"),
            read(&[users, ReadStep::Slot(2)], "u8"),
        ],
    };
    let shown = format!(
        "{}\n{}fingerprint {}\n",
        hex(&keys::view_version(1, 2)),
        dump("    ", &encode_record(&version).unwrap()),
        version.schema.fingerprint()
    );
    document::check("format.md", "view", &document::fenced(&shown));
}

#[test]
fn repair() {
    let record = LedgerRecord {
        sequence: 5,
        previous_hash: [3; 32],
        kind: LedgerKind::Repair,
        revision: 2,
        from_revision: Some(2),
        plan_digest: [4; 32],
        time_ms: 1_767_225_600_000,
        app_version: "1.2.3".to_owned(),
        rows_checked: 300,
        rows_built: 7,
        effects: Vec::new(),
        migrations: Vec::new(),
        release: None,
        forgotten: Vec::new(),
        views: Vec::new(),
        file: None,
    };
    let text = dump("    ", &encode_record(&record).unwrap());
    let text = format!("{}\n{text}\n", hex(&keys::ledger(5)));
    document::check("format.md", "repair", &document::fenced(&text));
}

#[test]
fn forgotten() {
    let usage = |records, bytes| Usage { records, bytes };
    let edge = ForgottenPart::Edge {
        edge: 2,
        up: usage(300, 9000),
        down: usage(0, 0),
        victims: usage(1, 20),
    };
    let rows = ForgottenPart::Rows {
        rows: usage(3, 60),
        kept: usage(2, 40),
        victims: usage(0, 0),
    };
    let mut text = String::new();
    for (what, part) in [("edge", edge), ("rows", rows)] {
        let record = encode_record(&Forgotten { table: 1, part }).unwrap();
        text.push_str(&format!("{what}  {}\n", hex(&record)));
    }
    document::check("format.md", "forgotten", &document::fenced(&text));
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
