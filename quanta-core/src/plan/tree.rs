//! Ways through a version tree.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::{Consumed, Way};
use crate::schema::Fingerprint;

use super::stored::Version;

/// One edge on a way: the child version it belongs to, and the direction.
pub type Hop = (u32, Way);

/// Returns the edges from one version to another: down to their nearest common ancestor, then up.
///
/// # Errors
///
/// If a version on the way is missing or has no common ancestor with the other: the tree is damaged.
pub fn path(versions: &BTreeMap<u32, Version>, from: u32, to: u32) -> Result<Vec<Hop>, String> {
    let up_from = ancestors(versions, from)?;
    let up_to = ancestors(versions, to)?;
    let meeting = up_from.iter().find(|version| up_to.contains(version));
    let meeting = *meeting.ok_or_else(|| format!("versions {from} and {to} have no common ancestor"))?;
    let down = up_from
        .into_iter()
        .take_while(|version| *version != meeting)
        .map(|version| (version, Way::Down));
    let mut up: Vec<Hop> = up_to
        .into_iter()
        .take_while(|version| *version != meeting)
        .map(|version| (version, Way::Up))
        .collect();
    up.reverse();
    Ok(down.chain(up).collect())
}

/// Lists a version and its ancestors up to the root.
///
/// # Errors
///
/// If one is missing, or is older than its parent: the tree is damaged.
fn ancestors(versions: &BTreeMap<u32, Version>, from: u32) -> Result<Vec<u32>, String> {
    let mut list = vec![from];
    let mut current = from;
    loop {
        let version = versions
            .get(&current)
            .ok_or_else(|| format!("version {current} is missing"))?;
        match version.parent {
            // Numbers are never reused, so that a parent is always older than its child.
            Some(parent) if parent < current => list.push(parent),
            Some(parent) => return Err(format!("version {current} names {parent} as its parent")),
            None => return Ok(list),
        }
        current = *list.last().expect("the list holds what was pushed");
    }
}

/// Where a fingerprint stands, seen from the current version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is current.
    Current,
    /// Below the current version: the recorded edges lead up to it.
    Ahead(u32),
    /// Elsewhere in the tree: the way to it has an edge down.
    Elsewhere(u32),
    /// This store never had it.
    Unknown,
}

/// Finds a fingerprint in a version tree: the nearest match, then the highest number.
///
/// # Errors
///
/// If the tree is damaged.
pub fn find(
    versions: &BTreeMap<u32, Version>,
    current: u32,
    fingerprint: Fingerprint,
) -> Result<Standing, String> {
    let mut best: Option<(bool, usize, u32)> = None;
    for (number, version) in versions {
        if Fingerprint::of(&version.schema) != fingerprint {
            continue;
        }
        let hops = path(versions, current, *number)?;
        if hops.is_empty() {
            return Ok(Standing::Current);
        }
        let goes_down = hops.iter().any(|(_, way)| *way == Way::Down);
        let candidate = (goes_down, hops.len(), *number);
        let is_better = best.is_none_or(|(down, length, other)| {
            (candidate.0, candidate.1, std::cmp::Reverse(candidate.2))
                < (down, length, std::cmp::Reverse(other))
        });
        if is_better {
            best = Some(candidate);
        }
    }
    Ok(match best {
        None => Standing::Unknown,
        Some((false, _, number)) => Standing::Ahead(number),
        Some((true, _, number)) => Standing::Elsewhere(number),
    })
}

/// Returns every own migration that ran, or was not needed, from the root to a version.
///
/// # Errors
///
/// If the tree is damaged.
pub fn migrations_run(versions: &BTreeMap<u32, Version>, version: u32) -> Result<BTreeSet<String>, String> {
    let path = ancestors(versions, version)?;
    Ok(path
        .iter()
        .flat_map(|number| versions[number].migrations.iter().cloned())
        .collect())
}

/// Returns every hint that was consumed from the root to a version.
///
/// # Errors
///
/// If the tree is damaged.
pub fn consumed(versions: &BTreeMap<u32, Version>, version: u32) -> Result<Consumed, String> {
    let path = ancestors(versions, version)?;
    Ok(path
        .iter()
        .flat_map(|number| versions[number].consumed.iter().cloned())
        .collect())
}
