//! Guards that steps say all that happens: applied to one schema they give the other, both ways.

use expect_test::{Expect, expect};

use super::*;
use crate::codec::Classes;
use crate::diff::{Cost, Fill};

fn schema(row: &str) -> Schema {
    Schema::new(row.parse().unwrap(), vec!["id".to_owned()]).unwrap()
}

fn step(change: Change) -> Step {
    Step::classed("t", change, Classes::EXACT)
}

fn add(path: &str, ty: &str) -> Change {
    Change::AddField {
        path: path.to_owned(),
        ty: ty.to_owned(),
        fill: Fill::Missing,
    }
}

fn drop_field(path: &str) -> Change {
    Change::DropField {
        path: path.to_owned(),
        ty: "u8".to_owned(),
        fill: Fill::Missing,
    }
}

fn rename(path: &str, from: &str) -> Change {
    Change::RenameField {
        path: path.to_owned(),
        from: from.to_owned(),
    }
}

fn check(row: &str, changes: Vec<Change>, expected: &Expect) {
    let lower = schema(row);
    let steps: Vec<Step> = changes.into_iter().map(step).collect();
    let shown = match apply(&lower, &steps, Way::Up) {
        Ok(upper) => {
            let back: Vec<Step> = steps.iter().rev().map(Step::inverse).collect();
            let again = apply(&upper, &back, Way::Down).unwrap();
            assert_eq!(
                (again.shape.to_string(), again.key),
                (lower.shape.to_string(), lower.key)
            );
            format!("{} key {}", upper.shape, upper.key.join(" "))
        }
        Err(problem) => problem,
    };
    expected.assert_eq(&shown);
    assert!(steps.iter().all(|step| step.cost() <= Cost::Lazy));
}

#[test]
fn steps_of_one_edge_are_one_change() {
    check(
        "struct { a: u8, b: string, id: u64 }",
        vec![rename("a", "b"), rename("b", "a")],
        &expect!["struct { a: string, b: u8, id: u64 } key id"],
    );
    check(
        "struct { a: u8, b: u8, id: u64 }",
        vec![
            rename("key", "id"),
            rename("b", "a"),
            drop_field("b"),
            add("a", "f64"),
        ],
        &expect!["struct { a: f64, b: u8, key: u64 } key key"],
    );
    check(
        "struct { home: struct Home { town: string }, id: u64, tags: list<tuple<u8>> }",
        vec![
            rename("address", "home"),
            rename("address.city", "town"),
            add("tags[].1", "u8"),
            add("tags[].2", "bool"),
        ],
        &expect![
            "struct { address: struct Home { city: string }, id: u64, tags: list<tuple<u8,u8,bool>> } key id"
        ],
    );
    check(
        "struct { id: u64, shape: enum Shape { Dot, Line(u8) } }",
        vec![Change::AddVariant {
            path: "shape::Box".to_owned(),
            ty: "struct { a: u8 }".to_owned(),
        }],
        &expect!["struct { id: u64, shape: enum Shape { Box { a: u8 }, Dot, Line(u8) } } key id"],
    );
}

#[test]
fn a_change_of_type_says_what_happens_inside() {
    let change = Change::ChangeType {
        path: "home".to_owned(),
        from: "struct Home { town: string }".to_owned(),
        to: "option<struct Home { town: string, zip: u8 }>".to_owned(),
        fill: None,
        by: None,
        on_failure: None,
    };
    check(
        "struct { home: struct Home { town: string }, id: u64 }",
        vec![add("home.zip", "u8"), change],
        &expect!["struct { home: option<struct Home { town: string, zip: u8 }>, id: u64 } key id"],
    );
}

#[test]
fn steps_that_name_nothing_are_refused() {
    check(
        "struct { id: u64 }",
        vec![drop_field("a")],
        &expect!["drop t.a: u8; its values are kept: there is no `a`"],
    );
    check(
        "struct { id: u64, node: struct Node { next: option<Node> } }",
        vec![add("node.next.size", "u8")],
        &expect![
            "add t.node.next.size: u8, with no value for rows born in between: the path leads through a type into itself"
        ],
    );
}
