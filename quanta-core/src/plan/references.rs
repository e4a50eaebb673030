//! Where the references of all tables lead once a change is made, and what would lead nowhere.

use std::collections::BTreeMap;

use crate::diff::{Refusal, RefusalKind, Target, orders_alike};
use crate::schema::{FieldPath, Reference, Schema};

use super::decide::DeclaredTable;
use super::matching::Matches;
use super::policy::Policy;
use super::stored::{Presence, StoredTable};

/// The tables that are there after a change.
pub(super) struct After<'a> {
    /// By name: the id, if there is one already, and the schema.
    tables: BTreeMap<&'a str, (Option<u32>, &'a Schema)>,
    /// Stored tables that go.
    dropped: Vec<&'a StoredTable>,
    /// Stored tables that stay without being declared.
    left_alone: Vec<&'a StoredTable>,
}

impl<'a> After<'a> {
    pub(super) fn of(
        stored: &'a BTreeMap<u32, StoredTable>,
        declared: &[DeclaredTable<'a>],
        matches: &Matches,
        policy: &Policy,
    ) -> Self {
        let undeclared = stored.values().filter(|table| {
            table.head.state.presence == Presence::Live && !matches.tables.contains(&Some(table.id))
        });
        let (dropped, left_alone): (Vec<_>, Vec<_>) =
            undeclared.partition(|table| policy.drop_tables.contains(&table.head.state.name));
        let mut tables: BTreeMap<&str, (Option<u32>, &Schema)> = BTreeMap::new();
        for table in &left_alone {
            if let Some(version) = table.versions.get(&table.head.state.version) {
                tables.insert(&table.head.state.name, (Some(table.id), &version.schema));
            }
        }
        for (declaration, id) in declared.iter().zip(&matches.tables) {
            tables.insert(declaration.name, (*id, declaration.schema));
        }
        Self {
            tables,
            dropped,
            left_alone,
        }
    }

    /// Says where each reference leads; none where the table has no id yet, or the reference is refused.
    pub(super) fn targets(&self, schema: &Schema) -> Vec<Option<Target>> {
        let target = |reference: &Reference| {
            let (id, parent) = self.tables.get(reference.table.as_str())?;
            Some(Target {
                table: (*id)?,
                key_positions: key_positions(reference, parent)?,
            })
        };
        schema.references.iter().map(target).collect()
    }

    /// Refuses references that would lead nowhere.
    pub(super) fn refusals(&self, declared: &[DeclaredTable<'_>], policy: &Policy) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        for declaration in declared {
            for reference in &declaration.schema.references {
                let problem = self.problem(declaration.schema, reference, policy);
                refusals.extend(problem.map(|(problem, fix)| {
                    let fixes = vec![fix, "take the reference out of the struct".to_owned()];
                    refusal(declaration.name, reference, problem, fixes)
                }));
            }
        }
        for referrer in &self.left_alone {
            refusals.extend(self.still_refers(referrer));
        }
        refusals
    }

    /// Says what is wrong with a declared reference, and what else to do about it.
    fn problem(&self, schema: &Schema, reference: &Reference, policy: &Policy) -> Option<(String, String)> {
        let Reference {
            fields, table, to, ..
        } = reference;
        let Some((_, parent)) = self.tables.get(table.as_str()) else {
            return Some(if policy.drop_tables.contains(table) {
                let problem = format!("it refers to {table}, which is to be dropped");
                (problem, format!("leave `drop_table(\"{table}\")` out"))
            } else {
                let problem = format!("it refers to {table}, and there is no such table");
                (problem, format!("open the store with the entity of {table}"))
            });
        };
        if key_positions(reference, parent).is_none() {
            let (named, key) = (to.join(", "), parent.key.join(", "));
            let problem = format!("it refers to ({named}) of {table}, whose key is ({key})");
            return Some((problem, format!("refer to ({key})")));
        }
        fields.iter().zip(to).find_map(|(from, to)| {
            let path = FieldPath::resolve(&schema.shape, from)
                .ok()?
                .into_value(&schema.shape);
            let own = schema.shape.sub_shape(path.leaf);
            let theirs = parent.shape.sub_shape(parent.field(to)?.node);
            if orders_alike(&own, &theirs) {
                return None;
            }
            let problem = format!("`{from}` is {own}, and the key field `{to}` of {table} is {theirs}");
            Some((problem, format!("make `{from}` {theirs}")))
        })
    }

    /// Refuses to drop what a table without an entity refers to.
    fn still_refers(&self, referrer: &StoredTable) -> Vec<Refusal> {
        let name = &referrer.head.state.name;
        let Some(version) = referrer.versions.get(&referrer.head.state.version) else {
            return Vec::new();
        };
        let references = version.schema.references.iter().zip(&version.targets);
        let dropped = references.filter_map(|(reference, target)| {
            let dropped = self.dropped.iter().find(|dropped| dropped.id == target.table)?;
            Some((reference, &dropped.head.state.name))
        });
        dropped
            .map(|(reference, table)| {
                let fixes = vec![
                    format!("leave `drop_table(\"{table}\")` out"),
                    format!("drop {name} too: `drop_table(\"{name}\")`"),
                    format!("open the store with the entity of {name}, without the reference"),
                ];
                let problem = format!("it refers to {table}, which is to be dropped");
                refusal(name, reference, problem, fixes)
            })
            .collect()
    }
}

/// Says where each reference of a schema leads, by the id and schema of the table of each name; none if one leads nowhere.
pub fn targets<'p>(
    schema: &Schema,
    parent: impl Fn(&str) -> Option<(u32, &'p Schema)>,
) -> Option<Vec<Target>> {
    let target = |reference: &Reference| {
        let (table, parent) = parent(&reference.table)?;
        Some(Target {
            table,
            key_positions: key_positions(reference, parent)?,
        })
    };
    schema.references.iter().map(target).collect()
}

/// Finds for each field of a reference what it refers to; none unless that is exactly the key.
pub fn key_positions(reference: &Reference, parent: &Schema) -> Option<Vec<u32>> {
    let position = |name: &String| parent.key.iter().position(|key| key == name);
    let positions: Vec<usize> = reference.to.iter().map(position).collect::<Option<_>>()?;
    let is_whole = positions.len() == parent.key.len()
        && (0..parent.key.len()).all(|position| positions.contains(&position));
    let narrow = |position: usize| u32::try_from(position).ok();
    is_whole.then(|| positions.into_iter().map(narrow).collect())?
}

fn refusal(table: &str, reference: &Reference, problem: String, fixes: Vec<String>) -> Refusal {
    Refusal {
        kind: RefusalKind::Reference,
        table: table.to_owned(),
        path: reference.fields.join(", "),
        problem,
        fixes,
    }
}
