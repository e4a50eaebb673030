//! Carrying lists, sets, arrays and maps, item by item.
//!
//! What was kept of a container is the whole original. Where the container was changed since, map entries find their
//! original by key, and items of lists and sets take the first unused original that looks like them from this side.

use std::collections::{BTreeMap, VecDeque};

use crate::codec::{Decoder, Encoder, convert};
use crate::diff::ArmId;

use super::crossing::{Failure, Row};
use super::op::{Container, Entries, NumbersOp};

impl Row<'_> {
    pub(super) fn run_items(
        &self,
        arm: ArmId,
        item: ArmId,
        (from, to): (Container, Container),
        input: &mut Decoder<'_>,
        original: Option<&[u8]>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        let mut spare = match original {
            Some(original) => self.original_items(arm, item, to, original)?,
            None => BTreeMap::new(),
        };
        let count = self.count(arm, from, input)?;
        let mut items = Vec::new();
        for _ in 0..count {
            let start = input.rest();
            let present = self
                .source_bytes(self.source_node(item), &mut Decoder::new(start))
                .map_err(|error| self.corrupt(arm, &error))?;
            match spare.get_mut(present).and_then(VecDeque::pop_front) {
                Some(original) => {
                    items.push(original.to_vec());
                    *input = Decoder::new(&start[present.len()..]);
                }
                None => {
                    let mut one = Encoder::default();
                    self.run(item, input, None, &mut one)?;
                    items.push(one.finish().map_err(|problem| self.failure(item, problem))?);
                }
            }
        }
        self.write_items(arm, to, items, out)
    }

    /// Converts number by number.
    pub(super) fn run_numbers(
        &self,
        arm: ArmId,
        numbers: NumbersOp,
        input: &mut Decoder<'_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        let ((from, source), (to, target)) = (numbers.from, numbers.to);
        let mut items = Vec::new();
        for _ in 0..self.count(arm, from, input)? {
            let mut one = Encoder::default();
            convert::convert(source, target, input, &mut one)
                .map_err(|problem| self.failure(arm, problem))?;
            items.push(one.finish().map_err(|problem| self.failure(arm, problem))?);
        }
        self.write_items(arm, to, items, out)
    }

    fn write_items(
        &self,
        arm: ArmId,
        to: Container,
        mut items: Vec<Vec<u8>>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        match to {
            Container::Set => {
                items.sort();
                items.dedup();
                out.count(items.len());
            }
            Container::List => out.count(items.len()),
            Container::Array(length) if length as usize != items.len() => {
                let problem = format!("{} items where exactly {length} are required", items.len());
                return Err(self.failure(arm, problem));
            }
            Container::Array(_) => {}
        }
        items.iter().for_each(|item| out.raw(item));
        Ok(())
    }

    /// Finds the items of a kept container by how they look on this side, in their order.
    fn original_items<'k>(
        &self,
        arm: ArmId,
        item: ArmId,
        container: Container,
        original: &'k [u8],
    ) -> Result<OriginalItems<'k>, Failure> {
        let back = self.turned();
        let mut input = Decoder::new(original);
        let count = self.count(arm, container, &mut input)?;
        let mut items = OriginalItems::new();
        for _ in 0..count {
            let node = back.source_node(item);
            let original = back
                .source_bytes(node, &mut input)
                .map_err(|error| self.corrupt(arm, &error))?;
            // An item that can't be seen from this side by itself is none that could be recognised.
            if let Ok(image) = self.image_back(item, original) {
                items.entry(image).or_default().push_back(original);
            }
        }
        Ok(items)
    }

    pub(super) fn run_entries(
        &self,
        arm: ArmId,
        (key, value): (ArmId, ArmId),
        sides: Entries,
        input: &mut Decoder<'_>,
        original: Option<&[u8]>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        let originals = match original {
            Some(original) => self.original_entries(arm, (key, value), original)?,
            None => BTreeMap::new(),
        };
        let count = self.count(arm, Container::List, input)?;
        let mut entries: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for _ in 0..count {
            let start = input.rest();
            let (mut new_key, mut new_value) = (Encoder::default(), Encoder::default());
            self.run(key, input, None, &mut new_key)?;
            let present = &start[..start.len() - input.rest().len()];
            let kept = originals.get(present);
            let mut kept_value = kept
                .and_then(|entry| entry.kept_value.as_deref())
                .map(Decoder::new);
            self.run(value, input, kept_value.as_mut(), &mut new_value)?;
            let new_key = match kept {
                Some(entry) => entry.key.to_vec(),
                None => new_key.finish().map_err(|problem| self.failure(key, problem))?,
            };
            entries.push((
                new_key,
                new_value
                    .finish()
                    .map_err(|problem| self.failure(value, problem))?,
            ));
        }
        if sides.to_map {
            entries.sort();
            if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
                return Err(self.failure(arm, "two keys of the map become one"));
            }
        }
        out.count(entries.len());
        for (key, value) in &entries {
            out.raw(key);
            out.raw(value);
        }
        Ok(())
    }

    fn original_entries<'k>(
        &self,
        arm: ArmId,
        (key, value): (ArmId, ArmId),
        original: &'k [u8],
    ) -> Result<BTreeMap<Vec<u8>, OriginalEntry<'k>>, Failure> {
        let back = self.turned();
        let mut input = Decoder::new(original);
        let count = self.count(arm, Container::List, &mut input)?;
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let (key_node, value_node) = (back.source_node(key), back.source_node(value));
            let damaged = |error| self.corrupt(arm, &error);
            let original_key = back.source_bytes(key_node, &mut input).map_err(damaged)?;
            let original_value = back.source_bytes(value_node, &mut input).map_err(damaged)?;
            if let Ok(key_image) = self.image_back(key, original_key) {
                let kept_value = back.keep_at(value, &mut Decoder::new(original_value));
                entries.entry(key_image).or_insert(OriginalEntry {
                    key: original_key,
                    kept_value: kept_value.unwrap_or_default(),
                });
            }
        }
        Ok(entries)
    }

    fn count(&self, arm: ArmId, container: Container, input: &mut Decoder<'_>) -> Result<usize, Failure> {
        match container {
            Container::Array(length) => Ok(length as usize),
            Container::List | Container::Set => input.count().map_err(|error| self.corrupt(arm, &error)),
        }
    }
}

/// Items of a kept list or set by how they look on this side: the original bytes of each.
type OriginalItems<'a> = BTreeMap<Vec<u8>, VecDeque<&'a [u8]>>;

/// One entry of a kept map.
struct OriginalEntry<'a> {
    key: &'a [u8],
    kept_value: Option<Vec<u8>>,
}
