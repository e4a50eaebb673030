//! Pairing the slots of two nodes: hints first, then names, and never a guess.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::SlotHint;

/// Which slots of two nodes are the same slot.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NamePairs {
    /// Old and new position of each slot that goes on, ordered by new position.
    pub carried: Vec<(usize, usize)>,
    /// Old positions without a successor.
    pub gone: Vec<usize>,
    /// New positions without a predecessor.
    pub come: Vec<usize>,
    /// New positions that claim an old slot which another one claimed first.
    pub clashes: Vec<(usize, String)>,
}

/// One slot of the new node, as pairing sees it.
pub struct NewSlot<'a> {
    /// Storage name.
    pub name: &'a str,
    /// Its hint.
    pub hint: &'a SlotHint,
    /// Old names in the hint that were consumed by an earlier version.
    pub consumed: &'a BTreeSet<String>,
}

/// Pairs the slots of two nodes. The leftmost name in a hint that the old node has and nobody claimed wins; what no
/// hint claims goes by its own name.
#[must_use]
pub fn pair_names(old: &[&str], new: &[NewSlot<'_>]) -> NamePairs {
    let mut claimed: BTreeMap<usize, usize> = BTreeMap::new();
    let mut paired: BTreeMap<usize, usize> = BTreeMap::new();
    let mut clashes = Vec::new();
    for (position, slot) in new.iter().enumerate() {
        let active = slot
            .hint
            .renamed_from
            .iter()
            .filter(|name| !slot.consumed.contains(*name));
        let live: Vec<usize> = active
            .filter_map(|name| old.iter().position(|old| old == name))
            .collect();
        match live.iter().find(|candidate| !claimed.contains_key(candidate)) {
            Some(candidate) => {
                claimed.insert(*candidate, position);
                paired.insert(position, *candidate);
            }
            None => clashes.extend(live.first().map(|taken| (position, old[*taken].to_owned()))),
        }
    }
    for (position, slot) in new.iter().enumerate() {
        if paired.contains_key(&position) {
            continue;
        }
        let same = old
            .iter()
            .position(|old| *old == slot.name)
            .filter(|same| !claimed.contains_key(same));
        if let Some(same) = same {
            claimed.insert(same, position);
            paired.insert(position, same);
        }
    }
    NamePairs {
        carried: paired.iter().map(|(new, old)| (*old, *new)).collect(),
        gone: (0..old.len())
            .filter(|position| !claimed.contains_key(position))
            .collect(),
        come: (0..new.len())
            .filter(|position| !paired.contains_key(position))
            .collect(),
        clashes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &[(&str, &[&str])], carried: &[(&str, &str)], come: &str) {
        let old: Vec<&str> = old.split_whitespace().collect();
        let hints: Vec<SlotHint> = new
            .iter()
            .map(|(_, from)| SlotHint {
                renamed_from: from.iter().map(|name| (*name).to_owned()).collect(),
                ..SlotHint::default()
            })
            .collect();
        let none = BTreeSet::new();
        let slots: Vec<NewSlot<'_>> = new
            .iter()
            .zip(&hints)
            .map(|((name, _), hint)| NewSlot {
                name,
                hint,
                consumed: &none,
            })
            .collect();
        let pairs = pair_names(&old, &slots);
        let shown: Vec<(&str, &str)> = pairs
            .carried
            .iter()
            .map(|(from, to)| (old[*from], new[*to].0))
            .collect();
        assert_eq!(shown, carried);
        let shown: Vec<&str> = pairs.come.iter().map(|position| new[*position].0).collect();
        assert_eq!(shown.join(" "), come);
    }

    #[test]
    fn d1_hint_wins_over_nothing() {
        check("nick", &[("name", &["nick"])], &[("nick", "name")], "");
    }

    #[test]
    fn d7_swap_is_a_permutation() {
        check(
            "a b",
            &[("a", &["b"]), ("b", &["a"])],
            &[("b", "a"), ("a", "b")],
            "",
        );
    }

    #[test]
    fn d8_chain_moves_every_value() {
        check(
            "a b",
            &[("b", &["a"]), ("c", &["b"])],
            &[("a", "b"), ("b", "c")],
            "",
        );
    }

    #[test]
    fn d9_retired_name_is_a_new_field() {
        check("a", &[("a", &[]), ("b", &["a"])], &[("a", "b")], "a");
    }

    #[test]
    fn leftmost_live_name_wins() {
        check(
            "x y",
            &[("z", &["w", "y", "x"]), ("x", &[])],
            &[("y", "z"), ("x", "x")],
            "",
        );
    }
}
