//! Pairing indexes: by what they are about, then by name. What is about the same values keeps its id.

use crate::schema::IndexDef;

use super::super::step::{Change, Step};
use super::Side;
use super::image::Image;

/// Ids of indexes, by position in the schema, and the counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// The ids.
    pub ids: Vec<u32>,
    /// The counter afterwards.
    pub next: u32,
}

/// Pairs the indexes of both sides of a change of the table of that name. An index over the same values keeps its id,
/// whatever it and its fields are called; every other one of the new side gets a new id.
#[must_use]
pub fn pair_indexes(
    table: &str,
    (old, old_ids): (Side<'_>, &[u32]),
    new: Side<'_>,
    next: u32,
) -> (Vec<Step>, Numbered) {
    let mut pairing = Indexes {
        old,
        new,
        partners: vec![None; new.schema.indexes.len()],
    };
    pairing.pair(|pairing, old, new| goes_same_ways(old, new) && pairing.has_same_slots(old, new));
    pairing.pair(|_, old, new| old.name == new.name);
    pairing.pair(Indexes::has_same_slots);
    let keeps_keys = Image::of(old, &old.schema.key)
        .zip(Image::of(new, &new.schema.key))
        .is_some_and(|(old, new)| old.becomes_same(&new));
    let mut steps = Vec::new();
    let mut numbered = Numbered {
        ids: Vec::new(),
        next,
    };
    for (position, (index, partner)) in new.schema.indexes.iter().zip(&pairing.partners).enumerate() {
        let partner = partner.map(|partner| (partner, &old.schema.indexes[partner]));
        let kept = partner
            .filter(|(_, before)| keeps_keys && pairing.becomes_same(before, index))
            .and_then(|(position, _)| old_ids.get(position));
        if let Some(id) = kept {
            numbered.ids.push(*id);
            continue;
        }
        numbered.ids.push(numbered.next);
        numbered.next += 1;
        steps.push(Step::new(
            table,
            pairing.change(position, partner.map(|(_, before)| before)),
        ));
    }
    let gone = old.schema.indexes.iter().enumerate();
    let gone = gone.filter(|(position, _)| !pairing.partners.contains(&Some(*position)));
    steps.extend(gone.map(|(_, index)| Step::new(table, Change::DropIndex { index: index.clone() })));
    (steps, numbered)
}

struct Indexes<'a> {
    old: Side<'a>,
    new: Side<'a>,
    /// For each new index the old one that it was.
    partners: Vec<Option<usize>>,
}

impl Indexes<'_> {
    /// Pairs what is left on both sides and belongs together.
    fn pair(&mut self, belongs: impl Fn(&Self, &IndexDef, &IndexDef) -> bool) {
        for (position, index) in self.new.schema.indexes.iter().enumerate() {
            if self.partners[position].is_none() {
                let mut free = self.old.schema.indexes.iter().enumerate();
                let partner = free.find(|(old, before)| {
                    !self.partners.contains(&Some(*old)) && belongs(self, before, index)
                });
                self.partners[position] = partner.map(|(partner, _)| partner);
            }
        }
    }

    fn images(&self, before: &IndexDef, after: &IndexDef) -> Option<(Image, Image)> {
        Image::of(self.old, before.paths()).zip(Image::of(self.new, after.paths()))
    }

    fn has_same_slots(&self, before: &IndexDef, after: &IndexDef) -> bool {
        let images = self.images(before, after);
        before.unique == after.unique && images.is_some_and(|(old, new)| old.has_same_slots(&new))
    }

    fn becomes_same(&self, before: &IndexDef, after: &IndexDef) -> bool {
        let images = self.images(before, after);
        before.unique == after.unique
            && goes_same_ways(before, after)
            && images.is_some_and(|(old, new)| old.becomes_same(&new))
    }

    fn change(&self, position: usize, before: Option<&IndexDef>) -> Change {
        let index = self.new.schema.indexes[position].clone();
        match before {
            Some(before) => Change::AlterIndex {
                from: before.clone(),
                to: index,
            },
            None => Change::BuildIndex { index },
        }
    }
}

fn goes_same_ways(before: &IndexDef, after: &IndexDef) -> bool {
    before.ways().eq(after.ways())
}

#[cfg(test)]
mod tests;
