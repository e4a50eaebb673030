//! From the cells of a CSV record to a row.

use crate::codec::Encoder;
use crate::schema::{Node, Shape};
use crate::txn::Table;
use crate::value::{encode_value, from_flat};

use super::layout::{Cell, Slot};
use super::options::{Import, OnNone};
use super::report::LineError;

/// The cells of a record, unescaped.
pub(super) struct Record<'r> {
    pub(super) line: u64,
    pub(super) bytes: &'r [u8],
    /// Where each cell ends.
    pub(super) ends: &'r [usize],
}

impl Record<'_> {
    fn cell(&self, column: usize) -> &[u8] {
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[column]]
    }
}

/// Writes what a record says of a row. Adds every cell that can't be read to `errors`; the row is of no use then.
pub(super) fn encode_slot(
    (table, import): (&Table, &Import),
    slot: &Slot,
    record: &Record<'_>,
    out: &mut Encoder,
    errors: &mut Vec<LineError>,
) {
    match slot {
        Slot::Group(slots) => {
            out.enter();
            for slot in slots {
                encode_slot((table, import), slot, record, out, errors);
            }
            out.leave();
        }
        Slot::Filled(bytes) => out.raw(bytes),
        Slot::Cell(cell) => {
            if let Err(problem) = encode_cell((&table.schema.shape, import), cell, record, out) {
                let error = LineError::new(record.line, problem);
                errors.push(error.in_column(cell.column).of_field(&cell.field));
            }
        }
    }
}

fn encode_cell(
    (shape, import): (&Shape, &Import),
    cell: &Cell,
    record: &Record<'_>,
    out: &mut Encoder,
) -> Result<(), String> {
    let bytes = record.cell(cell.column);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        format!(
            "the cell is not UTF-8: byte {} of it is 0x{:02x}",
            at + 1,
            bytes[at]
        )
    })?;
    if import.is_none(text) {
        let is_option = matches!(shape.node(cell.node), Node::Option(_));
        match &cell.default {
            Some(default) if import.on_none == OnNone::Default => {
                out.raw(default);
                return Ok(());
            }
            _ if is_option => {
                out.raw(&[0]);
                return Ok(());
            }
            _ if !text.is_empty() => {
                return Err(format!("{text} stands for none, and the field is no option"));
            }
            // The empty text, if the field holds texts.
            _ => {}
        }
    }
    let value = from_flat(shape, cell.node, text)?;
    encode_value(shape, cell.node, &value, out)
}
