//! Rows that refer to rows which a change moves or takes out, in tables to which nothing happens.

use std::sync::Arc;

use quanta_core::HistoryDocument;
use quantadb::{ErrorKind, Options};
use serde_json::{Value as Json, json};

use super::support::{Small, custom, verify};

const TEAMS: &str = "id: u64, number: u64, size: string";

fn table(name: &str, key: &str, fields: &str, references: &Json) -> Json {
    let fields = fields.split(", ").map(|field| {
        let (name, ty) = field.split_once(": ").unwrap();
        json!({"name": name, "type": ty})
    });
    let fields: Vec<Json> = fields.collect();
    json!({"name": name, "key": [key], "fields": fields, "references": references})
}

fn users(to: &str) -> Json {
    let references = json!([{"fields": ["team"], "table": "teams", "to": [to]}]);
    table("users", "id", "id: u64, team: u64", &references)
}

/// A store of two versions: in the first, rows of users refer to those of teams.
struct Store {
    small: Small,
    /// With the program that made the store.
    before: HistoryDocument,
    /// With the one that changes teams.
    after: HistoryDocument,
}

fn document(tables: &[Json], hints: &Json) -> HistoryDocument {
    let before = tables.iter().map(|table| match table["name"].as_str() {
        Some("teams") => self::table("teams", "id", TEAMS, &json!([])),
        _ => users("id"),
    });
    let before: Vec<Json> = before.collect();
    let text = json!({"format": "quanta-history/1", "name": "test", "versions": [
        {"label": "1", "tables": before},
        {"label": "2", "tables": tables, "hints": hints},
    ]});
    HistoryDocument::from_json(&text.to_string()).unwrap()
}

impl Store {
    fn new(after: &[Json], hints: &Json) -> Self {
        let store = Self {
            small: Small::default(),
            before: document(
                &[table("teams", "id", TEAMS, &json!([])), users("id")],
                &json!({}),
            ),
            after: document(after, hints),
        };
        store.fill(&[
            ("teams", json!({"id": 1, "number": 10, "size": "5"})),
            ("teams", json!({"id": 2, "number": 1, "size": "many"})),
        ]);
        store
    }

    fn options(&self, version: &quanta_core::HistoryVersion) -> Options {
        custom(Arc::new(self.small.clone()))
            .release_hold()
            .tables_of(version)
    }

    fn fill(&self, rows: &[(&str, Json)]) {
        let db = self.options(&self.before.versions[0]).open("").unwrap();
        for (table, row) in rows {
            let table = db.table(table).unwrap();
            table.put(&table.from_json(row).unwrap()).unwrap();
        }
        verify(&db);
    }

    /// Opens with the change, which is refused as long as users refer to what goes, and goes back again.
    #[track_caller]
    fn check(&self, dangling: &[(&str, Json)], refusal: &str, mended: &[(&str, Json)]) {
        self.fill(dangling);
        let before = self.small.digest();
        let change = self.options(&self.after.versions[1]);
        let error = change.open("").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert!(error.to_string().contains(refusal), "{error}");
        assert!(self.small.digest() == before, "a refusal changed the store");
        self.fill(mended);
        let db = self.options(&self.after.versions[1]).open("").unwrap();
        verify(&db);
        db.rollback(1).unwrap();
        verify(&self.options(&self.before.versions[0]).open("").unwrap());
    }
}

fn user(id: u64, team: u64) -> (&'static str, Json) {
    ("users", json!({"id": id, "team": team}))
}

#[test]
fn rows_that_refer_to_what_is_taken_out_refuse_it() {
    let smaller = || table("teams", "id", "id: u64, number: u64, size: u8", &json!([]));
    let hints = json!({"on_failure": {"teams": {"size": "drop_row"}}});
    let refusal = "users.team: 2 rows refer to rows of teams that aren't there\n    7\n    8\n";
    // Users are declared as they are, or have no entity.
    for tables in [vec![smaller(), users("id")], vec![smaller()]] {
        let store = Store::new(&tables, &hints);
        let dangling = [user(6, 1), user(7, 2), user(8, 2)];
        store.check(&dangling, refusal, &[user(7, 1), user(8, 1)]);
    }
}

/// The number of a team stands in the other's id: what is looked up under the new key would be there.
#[test]
fn rows_without_an_entity_that_refer_by_a_key_of_other_fields_refuse_it() {
    let store = Store::new(&[table("teams", "number", TEAMS, &json!([]))], &json!({}));
    store.fill(&[user(6, 1)]);
    let before = store.small.digest();
    let error = store.options(&store.after.versions[1]).open("").unwrap_err();
    let refusal = "users.team: 1 rows refer to rows of teams by a key that it has no longer\n    6\n";
    assert!(error.to_string().contains(refusal), "{error}");
    assert!(store.small.digest() == before);
    let plan = store.options(&store.after.versions[1]).plan("").unwrap();
    assert!(plan.to_string().contains(refusal.trim_end()), "{plan}");
}

/// A change that takes no rows out and moves none looks at no row that refers to them.
#[test]
fn other_changes_of_what_is_referred_to_look_at_no_rows() {
    let renamed = table("teams", "id", "id: u64, code: u64, size: string", &json!([]));
    let hints = json!({"renamed_fields": {"teams": {"number": "code"}}});
    let store = Store::new(&[renamed], &hints);
    store.fill(&[user(6, 1)]);
    let db = store.options(&store.after.versions[1]).open("").unwrap();
    assert_eq!(db.open_report().to_json()["rows_checked"], 0);
}
