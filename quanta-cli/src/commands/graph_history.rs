//! The revisions of a store as a tree: `quanta graph --history`.

use std::collections::BTreeMap;

use quanta_core::History;
use quanta_core::plan::LedgerRecord;
use serde_json::{Value, json};

use super::graph::line;

/// The revisions of a store.
pub(super) struct Tree {
    current: u64,
    /// Of each revision, in their order.
    revisions: BTreeMap<u64, Revision>,
}

struct Revision {
    parent: Option<u64>,
    /// Its names, and what it did.
    label: String,
    children: Vec<u64>,
}

impl Tree {
    pub(super) fn of(history: &History) -> Self {
        let mut revisions: BTreeMap<u64, Revision> = BTreeMap::new();
        for record in history
            .records
            .iter()
            .filter(|record| record.kind.makes_revision())
        {
            let made = Revision {
                parent: record.from_revision,
                label: label(record, history),
                children: Vec::new(),
            };
            revisions.insert(record.revision, made);
            let parent = record.from_revision.and_then(|parent| revisions.get_mut(&parent));
            if let Some(parent) = parent {
                parent.children.push(record.revision);
            }
        }
        Self {
            current: history.revision,
            revisions,
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let revisions = self.revisions.iter().map(|(number, revision)| {
            json!({ "revision": number, "parent": revision.parent, "does": revision.label })
        });
        json!({ "current": self.current, "revisions": revisions.collect::<Vec<_>>() })
    }

    fn roots(&self) -> impl Iterator<Item = u64> {
        let is_root = |revision: &Revision| {
            revision
                .parent
                .is_none_or(|parent| !self.revisions.contains_key(&parent))
        };
        self.revisions
            .iter()
            .filter(move |(_, revision)| is_root(revision))
            .map(|(number, _)| *number)
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Each with the depth that it stands at: the last child goes on at that of its parent.
        let mut next: Vec<(u64, usize)> = self.roots().map(|root| (root, 0)).collect();
        next.reverse();
        while let Some((number, depth)) = next.pop() {
            let revision = &self.revisions[&number];
            let mark = if number == self.current { "*" } else { "o" };
            line(
                &mut text,
                format_args!("{}{mark} {number}  {}", "| ".repeat(depth), revision.label),
            );
            if let Some((last, branches)) = revision.children.split_last() {
                next.push((*last, depth));
                next.extend(branches.iter().rev().map(|branch| (*branch, depth + 1)));
            }
        }
        text
    }

    pub(super) fn in_mermaid(&self) -> String {
        let mut text = "flowchart TD\n".to_owned();
        for (number, revision) in &self.revisions {
            let label = revision.label.replace('"', "'");
            let shape = if number == &self.current {
                ("([", "])")
            } else {
                ("[", "]")
            };
            line(
                &mut text,
                format_args!("    r{number}{}\"{number}  {label}\"{}", shape.0, shape.1),
            );
            if let Some(parent) = revision
                .parent
                .filter(|parent| self.revisions.contains_key(parent))
            {
                line(&mut text, format_args!("    r{parent} --> r{number}"));
            }
        }
        text
    }
}

fn label(record: &LedgerRecord, history: &History) -> String {
    let names = history.names_of(record.revision);
    let names = match names.as_slice() {
        [] => String::new(),
        names => format!("({}) ", names.join(", ")),
    };
    let steps = record.effects.iter().flat_map(|effect| &effect.up);
    let mut steps = steps.map(ToString::to_string);
    let first = steps.next().unwrap_or_else(|| record.kind.name().to_owned());
    match steps.count() {
        0 => format!("{names}{first}"),
        more => format!("{names}{first}, and {more} more"),
    }
}
