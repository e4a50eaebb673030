//! Naming what a kept entry holds: the account of a lossy change, row by row.

use std::collections::BTreeSet;

use crate::codec::Decoder;
use crate::diff::{ArmId, ArmKind, ROW_PATH, Way};

use super::crossing::{Crossing, Failure, NoCode, Row, RowState, whole_row};
use super::kept::IMAGE_HASH_BYTES;
use super::op::{Op, VariantTarget};

impl Crossing {
    /// Lists the paths of what a row left behind in an entry that was taken from it on that way.
    ///
    /// A container that is kept whole has one path, whatever it lost inside.
    ///
    /// # Errors
    ///
    /// If the entry is none of this edge.
    pub fn lost(&self, way: Way, entry: &[u8]) -> Result<BTreeSet<&str>, Failure> {
        let mut paths = self.withdrawn(way, entry)?;
        let Some(entry) = self.edge_part(entry)? else {
            return Ok(paths);
        };
        // A row that is kept whole loses no field by itself.
        if let Some(rows) = &self.lens.rows {
            paths.extend(Some(ROW_PATH).filter(|_| rows.is_edits()));
            return Ok(paths);
        }
        let mut entry = Decoder::new(entry);
        if self.keeps_for_unchanged(way) {
            entry
                .raw(IMAGE_HASH_BYTES)
                .map_err(|error| whole_row(error.to_string()))?;
        }
        let row = Row {
            crossing: self,
            way,
            body: &[],
            code: &NoCode,
            state: RowState::Unsure,
            gathered: None,
        };
        row.lost_at(ArmId(0), &mut entry, &mut paths)?;
        Ok(paths)
    }
}

impl<'a> Row<'a> {
    /// Walks an entry as it was written.
    fn lost_at(
        &self,
        arm: ArmId,
        entry: &mut Decoder<'_>,
        paths: &mut BTreeSet<&'a str>,
    ) -> Result<(), Failure> {
        if !self.crossing.arm_keeps(self.way, arm) {
            return Ok(());
        }
        let path = self.crossing.lens.arm(arm).path.as_str();
        let flag = |entry: &mut Decoder<'_>| entry.is_some().map_err(|error| self.corrupt(arm, &error));
        match &self.crossing.ops(self.way)[arm.0 as usize] {
            Op::Copy(_) | Op::VariantToText(_) | Op::TextToVariant(_) => {}
            Op::Wrap(item, _) | Op::Unguard(item) => self.lost_at(*item, entry, paths)?,
            Op::Option(item) | Op::Pick(item, _) => {
                if flag(entry)? {
                    self.lost_at(*item, entry, paths)?;
                }
            }
            Op::Unwrap(item, _) => {
                if flag(entry)? {
                    self.lost_at(*item, entry, paths)?;
                } else {
                    paths.insert(path);
                }
            }
            Op::Variants(targets) => {
                let index = entry.variant().map_err(|error| self.corrupt(arm, &error))?;
                match targets.get(index as usize) {
                    Some(VariantTarget::Carried(_, payload)) => self.lost_at(*payload, entry, paths)?,
                    Some(VariantTarget::Replaced(_)) => {
                        paths.insert(path);
                        let payload = self.source_payload(arm, index)?;
                        self.source_bytes(payload, entry)
                            .map_err(|error| self.corrupt(arm, &error))?;
                    }
                    Some(VariantTarget::Gone) => {}
                    None => return Err(self.failure(arm, "there is no such variant")),
                }
            }
            Op::Resize(arrays) => {
                (0..arrays.shared()).try_for_each(|_| self.lost_at(arrays.item, entry, paths))?;
                if arrays.is_shorter() && flag(entry)? {
                    paths.insert(path);
                    self.spare_bytes(arm, arrays, self.way, entry)?;
                }
            }
            Op::Convert(..)
            | Op::Numbers(_)
            | Op::Items(..)
            | Op::Entries(..)
            | Op::Guard(..)
            | Op::Own(_) => {
                if flag(entry)? {
                    paths.insert(path);
                    self.source_bytes(self.source_node(arm), entry)
                        .map_err(|error| self.corrupt(arm, &error))?;
                }
            }
            Op::Fields(fields) => {
                for (position, field) in fields.source.iter().enumerate() {
                    if let Some(arm) = field.arm {
                        self.lost_at(arm, entry, paths)?;
                    } else if flag(entry)? {
                        paths.insert(self.orphan_path(arm, position));
                        self.source_bytes(field.node, entry)
                            .map_err(|error| self.corrupt(arm, &error))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Finds the path of a source field that has no counterpart.
    fn orphan_path(&self, arm: ArmId, position: usize) -> &'a str {
        let arm = self.crossing.lens.arm(arm);
        let orphans = match (&arm.kind, self.way) {
            (ArmKind::Fields { dropped, .. }, Way::Up) => dropped.as_slice(),
            (ArmKind::Fields { added, .. }, Way::Down) => added.as_slice(),
            _ => &[],
        };
        let orphan = orphans.iter().find(|orphan| orphan.position as usize == position);
        orphan.map_or(arm.path.as_str(), |orphan| orphan.path.as_str())
    }
}
