//! Law 1a for programs: edges that are put together carry every row to what they make of it one after the other, up and
//! down. Takes one of 10 cases.

use std::sync::Arc;

use crate::diff::Way;
use crate::generate::{HistorySize, Seed, random_value};
use crate::history::HistoryDocument;
use crate::plan::{StoredTable, path};
use crate::program::{Crossing, Fused, NoCode};
use crate::schema::NodeId;

use super::catalogue::Catalogue;
use super::run::{Histories, Law, Outcome};

/// Rows that are carried along each way.
const ROWS: usize = 4;

type Hops = Vec<(Arc<Crossing>, Way)>;

/// Compiles the edges between two versions; none if one of them can't be put together with others.
fn hops(table: &StoredTable, from: u32, to: u32) -> Result<Option<Hops>, String> {
    let mut hops = Vec::new();
    for (child, way) in path(&table.versions, from, to)? {
        let upper = &table.versions[&child];
        let lower = &table.versions[&upper.parent.ok_or("a new version has a parent")?];
        let edge = upper.edge.as_ref().ok_or("a new version has an edge")?;
        let schemas = (lower.schema.clone().into(), upper.schema.clone().into());
        let crossing = Crossing::new(edge.lens.clone(), schemas.0, schemas.1);
        if !crossing.can_be_fused(way) {
            return Ok(None);
        }
        hops.push((Arc::new(crossing), way));
    }
    Ok(Some(hops))
}

fn edge_by_edge(hops: &Hops, row: &[u8]) -> Option<Vec<u8>> {
    hops.iter().try_fold(row.to_vec(), |row, (crossing, way)| {
        crossing.translate(*way, &row, None, &NoCode).ok()
    })
}

fn at_once(document: &HistoryDocument, seed: &mut Seed) -> Outcome {
    let mut catalogue = Catalogue::default();
    for version in &document.versions {
        if catalogue.open(version).is_err() {
            break;
        }
    }
    let mut tried = 0;
    for table in catalogue.stored.values() {
        let (first, last) = (1, table.head.state.version);
        for (from, to) in [(first, last), (last, first)] {
            let Some(hops) = hops(table, from, to)?.filter(|hops| !hops.is_empty()) else {
                continue;
            };
            let shape = &table.versions[&from].schema.shape;
            let fused = Fused::new(hops.clone());
            for _ in 0..ROWS {
                let row = random_value(shape, NodeId::ROOT, seed);
                let mut out = Vec::new();
                let found = fused.translate(&row, &mut out).then_some(out);
                let expected = edge_by_edge(&hops, &row);
                if found != expected {
                    return Err(format!(
                        "{} from version {from} to {to}: {row:x?} becomes {found:x?} at once, and {expected:x?} edge by edge",
                        table.head.state.name
                    ));
                }
                if fused.is_identity() && expected.as_ref() != Some(&row) {
                    return Err(format!(
                        "{} from version {from} to {to} is to leave rows as they are: {row:x?} becomes {expected:x?}",
                        table.head.state.name
                    ));
                }
                tried += u32::from(expected.is_some());
            }
        }
    }
    Ok(tried)
}

#[test]
fn law_1a_edges_at_once_and_one_by_one() {
    let law = Law {
        test: "law_1a_edges_at_once_and_one_by_one",
        cases: 300,
        share: 10,
        histories: Histories::Accepted,
        size: HistorySize {
            versions: 8,
            tables: 2,
            types: 3,
        },
        check: at_once,
    };
    law.hold();
}

#[test]
fn rows_that_stay_the_same_are_known() {
    let fields = |named: &str| {
        format!(r#"{{"name": "id", "type": "u64"}}, {named}, {{"name": "home", "type": "option<Home>"}}"#)
    };
    let version = |label: &str, named: &str, home: &str, hints: &str| {
        format!(
            r#"{{"label": "{label}", "types": [{{"name": "Home", "fields": [{home}]}}],
                "tables": [{{"name": "things", "key": ["id"], "fields": [{}]}}], "hints": {hints}}}"#,
            fields(named)
        )
    };
    let named = r#"{"name": "name", "type": "string"}, {"name": "size", "type": "u32"}"#;
    let home = r#"{"name": "street", "type": "string"}, {"name": "number", "type": "u16"}"#;
    // What it is called, the fields of the table and of the type in it, hints, and whether rows stay as they are.
    let cases = [
        (
            "a field is renamed",
            (
                &*named.replace("name\", \"type\": \"string", "label\", \"type\": \"string"),
                home,
            ),
            r#"{"renamed_fields": {"things": {"name": "label"}}}"#,
            true,
        ),
        (
            "a field of the type is renamed",
            (named, &*home.replace("street", "road")),
            r#"{"types": {"Home": {"renamed": {"street": "road"}}}}"#,
            true,
        ),
        ("a sign", (&*named.replace("u32", "i64"), home), "{}", false),
        (
            "a field is added",
            (
                &*format!(r#"{named}, {{"name": "is_new", "type": "bool"}}"#),
                home,
            ),
            "{}",
            false,
        ),
        (
            "a field of the type is dropped",
            (named, r#"{"name": "street", "type": "string"}"#),
            "{}",
            false,
        ),
    ];
    for (what, (named_after, home_after), hints, is_identity) in cases {
        let versions = [
            version("1", named, home, "{}"),
            version("2", named_after, home_after, hints),
        ];
        let text = format!(
            r#"{{"format": "quanta-history/1", "name": "same", "versions": [{}]}}"#,
            versions.join(",")
        );
        let document = HistoryDocument::from_json(&text).unwrap();
        let mut catalogue = Catalogue::default();
        for version in &document.versions {
            catalogue.open(version).unwrap();
        }
        let table = catalogue.stored.values().next().unwrap();
        let hops = hops(table, 1, table.head.state.version).unwrap().unwrap();
        assert_eq!(Fused::new(hops).is_identity(), is_identity, "{what}");
    }
}

#[test]
fn a_row_that_nests_too_deep_is_refused_at_once_and_edge_by_edge() {
    let next = r#"{"name": "next", "type": "option<Node>"}"#;
    let sized = |of: &str| format!(r#"{next}, {{"name": "size", "type": "{of}"}}"#);
    for (before, after, bytes_behind) in [(next.to_owned(), sized("u64"), 0), (sized("u8"), sized("u16"), 1)]
    {
        let version = |fields: &str| {
            format!(
                r#"{{"label": "1", "types": [{{"name": "Node", "fields": [{fields}]}}],
                    "tables": [{{"name": "lists", "key": ["id"], "fields": [
                        {{"name": "id", "type": "u64"}}, {{"name": "list", "type": "option<Node>"}}]}}]}}"#
            )
        };
        let versions = [version(&before), version(&after).replace(r#""1""#, r#""2""#)].join(",");
        let text = format!(r#"{{"format": "quanta-history/1", "name": "deep", "versions": [{versions}]}}"#);
        let document = HistoryDocument::from_json(&text).unwrap();
        let mut catalogue = Catalogue::default();
        for version in &document.versions {
            catalogue.open(version).unwrap();
        }
        let table = catalogue.stored.values().next().unwrap();
        let hops = hops(table, 1, 2).unwrap().unwrap();
        let fused = Fused::new(hops.clone());
        // Edge by edge, one level more may pass.
        for (levels, is_whole) in [(0, true), (10, true), (63, true), (66, false), (1_000_000, false)] {
            // The key, an item for each level, and none at the end.
            let mut row = vec![1; levels + 1];
            row.push(0);
            row.resize(row.len() + levels * bytes_behind, 7);
            let mut out = Vec::new();
            let found = fused.translate(&row, &mut out).then_some(out);
            assert_eq!(found.is_some(), is_whole, "{levels} levels of {before}");
            assert!(found == edge_by_edge(&hops, &row), "{levels} levels of {before}");
        }
    }
}
