//! The documented keys of the JSON.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::fixture::Store;

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Checks that an object has exactly these keys.
#[track_caller]
fn check(value: &Value, expected: &str) {
    assert_eq!(keys(value), expected.split_whitespace().collect(), "{value:#}");
}

#[test]
fn inspect() {
    let json = Store::new().json("inspect");
    check(
        &json,
        "engine format store_id disk_bytes revision ledger_records held tables work left_over",
    );
    let users = &json["tables"][1];
    let table = "id name presence held versions version fingerprint rows row_bytes rows_damaged unswept_rows \
                 sweep_pending stamps versions_alike kept indexes";
    check(users, table);
    assert_eq!((&users["rows"], &users["unswept_rows"]), (&6.into(), &4.into()));
    check(&users["stamps"][0], "version rows");
    check(&users["kept"][0], "edge way entries bytes");
    assert_eq!(users["kept"][0]["way"], "up");
    check(&json["work"], "records bytes");
}

#[test]
fn schema_history_show_and_diff() {
    let store = Store::new();
    let schema = store.json("schema");
    assert_eq!(schema["tables"].as_array().unwrap().len(), 2);
    check(&schema["tables"][0], "table version fingerprint schema");
    assert!(schema["tables"][0]["schema"]["tables"][0]["fields"].is_array());
    let history = store.json("history");
    check(&history, "revision records");
    let record = "sequence kind revision from_revision time time_ms app_version plan_digest rows_checked rows_built \
                  migrations tables views release forgotten";
    check(&history["records"][1], record);
    check(
        &history["records"][1]["tables"][0],
        "id name version presence steps",
    );
    let show = store.json("show 2");
    check(&show, "revision is_current record tables later");
    check(
        &show["tables"][0],
        "id name from_version version diff up down kept programs",
    );
    assert_eq!(show["tables"][0]["programs"], Value::Null);
    let programs = &store.json("show 2 --program")["tables"][0]["programs"];
    check(programs, "up down");
    check(&programs["up"][0], "versions lines notes");
    check(&show["tables"][0]["up"][0], "change class cost sentence");
    let diff = store.json("diff users 1 2");
    check(&diff, "table from to diff steps");
    check(&diff["steps"][0], "change class cost sentence");
}

#[test]
fn rows_are_one_object_on_each_line() {
    let printed = Store::new().printed("rows users --json");
    let rows: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 6);
    check(&rows[0], "id name score joined");
}

#[test]
fn verify_and_rollback() {
    let store = Store::new();
    let verify = store.json("verify");
    check(&verify, "sound findings totals counts");
    check(
        &verify["counts"],
        "tables versions ledger_records rows index_entries kept work",
    );
    let dry = store.json("rollback --dry-run");
    check(&dry, "dry_run refused revision held swept_rows plan");
    assert_eq!((&dry["dry_run"], &dry["revision"]), (&true.into(), &Value::Null));
    check(
        &dry["plan"],
        "class cost files tables views refusals unregistered notes",
    );
    let done = store.json("rollback --sweep");
    assert_eq!((&done["revision"], &done["swept_rows"]), (&2.into(), &4.into()));
}

#[test]
fn forget_and_erase() {
    let store = Store::new();
    let report = "dry_run sequence rows_swept erasure total parts";
    let planned = store.json("forget --all --dry-run");
    check(&planned, report);
    let part = "id table revision time_ms steps consequences edge up down taken_out";
    check(&planned["parts"][0], part);
    check(&planned["parts"][0]["up"], "records bytes");
    assert!(planned["sequence"].is_null() && planned["erasure"].is_null());
    let done = store.json("erase --revision 2");
    check(&done, report);
    assert_eq!(planned["parts"], done["parts"]);
    assert_eq!(
        (&done["sequence"], &done["erasure"]),
        (&3.into(), &"files_rewritten".into())
    );
    let record = &store.json("history")["records"][3];
    assert_eq!(
        (&record["kind"], &record["revision"]),
        (&"forget".into(), &3.into())
    );
    assert_eq!(record["forgotten"][0]["part"]["edge"]["edge"], 2);
}
