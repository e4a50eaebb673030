//! A program as text: what is done with a row, in the order in which it is done.

use crate::schema::{Node, NodeId, Scalar, Shape};

use super::fused::{Fused, Step, StepId};
use super::moves::Move;
use super::op::{Container, FieldsOp, Op, TargetField, VariantTarget};

/// Bytes of a value that are shown.
const BYTES_SHOWN: usize = 16;

impl Fused {
    /// Lists what the program does: a line each, indented by two spaces for what belongs to the line above.
    ///
    /// `copy`, `skip` and `note` take the next fields of the source, in the order of storage names; `insert` puts bytes in;
    /// `noted` writes a field that was noted before; a field with lines of its own below it is carried by these.
    #[must_use]
    pub fn listing(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut listing = Listing {
            fused: self,
            lines: &mut lines,
            open: Vec::new(),
        };
        listing.step(self.root, 0);
        lines
    }
}

struct Listing<'a> {
    fused: &'a Fused,
    lines: &'a mut Vec<String>,
    /// Steps that are being listed: types that contain themselves come round again.
    open: Vec<StepId>,
}

impl Listing<'_> {
    fn line(&mut self, depth: usize, text: impl AsRef<str>) {
        self.lines
            .push(format!("{}{}", "  ".repeat(depth), text.as_ref()));
    }

    fn step(&mut self, step: StepId, depth: usize) {
        if self.open.contains(&step) {
            self.line(depth, "again as above, one level down");
            return;
        }
        self.open.push(step);
        match &self.fused.steps[step] {
            Step::Copy { .. } => self.line(depth, "copy all"),
            Step::Chain(arms) => {
                for (hop, arm) in arms {
                    let (crossing, way) = &self.fused.hops[*hop];
                    let op = &crossing.ops(*way)[arm.0 as usize];
                    self.line(depth, told(op));
                }
            }
            Step::Fields {
                hop, source, moves, ..
            } => {
                let (crossing, way) = &self.fused.hops[*hop];
                let names = names(crossing.source_shape(*way), *source);
                self.moves(moves, &names, depth);
            }
            Step::Option(item) => {
                self.line(depth, "if there is a value");
                self.step(*item, depth + 1);
            }
        }
        self.open.pop();
    }

    fn moves(&mut self, moves: &[Move], names: &[String], depth: usize) {
        let name = |at: usize| names.get(at).map_or("?", String::as_str);
        let mut next = 0;
        let mut noted = Vec::new();
        for done in moves {
            let from = next;
            match done {
                Move::Copy(fields) | Move::Skip(fields) => {
                    next += fields.len();
                    let fields: Vec<&str> = (from..next).map(name).collect();
                    let verb = if matches!(done, Move::Copy(_)) {
                        "copy"
                    } else {
                        "skip"
                    };
                    self.line(depth, format!("{verb} {}", fields.join(", ")));
                }
                Move::Note(_) => {
                    next += 1;
                    noted.push(from);
                    self.line(depth, format!("note {}", name(from)));
                }
                Move::Carry(step) => {
                    next += 1;
                    self.carry(name(from), *step, depth);
                }
                Move::CarryNoted(number, step) => {
                    let field = noted.get(*number).map_or("?", |at| name(*at));
                    self.carry(&format!("noted {field}"), *step, depth);
                }
                Move::Insert(bytes) => self.line(depth, format!("insert {}", shown(bytes))),
            }
        }
    }

    fn carry(&mut self, what: &str, step: StepId, depth: usize) {
        self.line(depth, what);
        if !matches!(self.fused.steps[step], Step::Copy { .. }) {
            self.step(step, depth + 1);
        }
    }
}

/// Names the fields of a struct, or the positions of a tuple.
fn names(shape: &Shape, node: NodeId) -> Vec<String> {
    match shape.node(node) {
        Node::Struct { fields, .. } => fields.iter().map(|field| field.name.clone()).collect(),
        Node::Tuple(items) => (0..items.len()).map(|position| position.to_string()).collect(),
        _ => Vec::new(),
    }
}

fn shown(bytes: &[u8]) -> String {
    let hex: Vec<String> = bytes
        .iter()
        .take(BYTES_SHOWN)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let rest = bytes.len().saturating_sub(BYTES_SHOWN);
    let more = if rest > 0 {
        format!(" and {rest} more bytes")
    } else {
        String::new()
    };
    format!("{}{more}", hex.join(" "))
}

fn told(op: &Op) -> String {
    match op {
        Op::Copy(_) => "copy".to_owned(),
        Op::Convert(from, to) => format!("convert {} to {}", from.name(), to.name()),
        Op::VariantToText(_) => "write the name of the variant".to_owned(),
        Op::TextToVariant(_) => "find the variant by its name".to_owned(),
        Op::Numbers(numbers) => {
            let [from, to] = [numbers.from.1, numbers.to.1].map(Scalar::name);
            format!("convert each {from} to {to}")
        }
        Op::Fields(fields) => told_fields(fields),
        Op::Variants(targets) => told_variants(targets),
        Op::Option(_) => "if there is a value, carry it".to_owned(),
        Op::Wrap(..) => "make an option of it".to_owned(),
        Op::Unwrap(_, Some(fill)) => format!("take the value of the option, or else {}", shown(fill)),
        Op::Unwrap(_, None) => "take the value of the option, which must have one".to_owned(),
        Op::Items(_, from, to) => format!("carry each item, {} to {}", container(*from), container(*to)),
        Op::Entries(..) => "carry each key and value".to_owned(),
        Op::Pick(..) => "take the only item".to_owned(),
        Op::Resize(arrays) => format!(
            "carry the items that arrays of {} and {} share",
            arrays.from, arrays.to
        ),
        Op::Guard(_, fill) => format!("carry it, or else {}", shown(fill)),
        Op::Unguard(_) => "carry it".to_owned(),
        Op::Own(Some(function)) => format!("call `{function}`"),
        Op::Own(None) => "take what was kept".to_owned(),
    }
}

fn told_fields(fields: &FieldsOp) -> String {
    let filled = fields
        .target
        .iter()
        .filter(|field| matches!(field, TargetField::Filled { .. }));
    format!(
        "rearrange {} fields, of which {} are filled",
        fields.target.len(),
        filled.count()
    )
}

fn told_variants(targets: &[VariantTarget]) -> String {
    let count = |what: fn(&VariantTarget) -> bool| targets.iter().filter(|target| what(target)).count();
    let carried = count(|target| matches!(target, VariantTarget::Carried(..)));
    let replaced = count(|target| matches!(target, VariantTarget::Replaced(_)));
    let gone = count(|target| matches!(target, VariantTarget::Gone));
    format!("by the variant: {carried} are carried, {replaced} replaced, {gone} refused")
}

fn container(container: Container) -> String {
    match container {
        Container::List => "list".to_owned(),
        Container::Set => "set".to_owned(),
        Container::Array(length) => format!("array of {length}"),
    }
}
