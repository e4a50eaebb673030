//! Edges as one program: what they do to a value is put together once, and a row crosses all of them in one pass.
//!
//! Fields are looked up through every edge at once, values that an edge adds are carried over those behind it ahead of
//! time, and what all edges leave alone is copied. Only where several edges do something to one value, it is carried from one
//! to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::codec::{Decoder, Encoder, Pass};
use crate::diff::{ArmId, Fill, Way};
use crate::schema::NodeId;

use super::crossing::{Crossing, Failure, NoCode, Row, RowState, whole_row};
use super::moves::{Move, Target, moves};
use super::op::{FieldsOp, Op, TargetField};
use super::run::value_bytes;

/// Edges, one behind the other, as one program for rows of which nothing was kept at any of them.
#[derive(Debug, Clone)]
pub struct Fused {
    pub(super) hops: Vec<(Arc<Crossing>, Way)>,
    pub(super) steps: Vec<Step>,
    pub(super) root: StepId,
}

/// A position among the steps.
pub(super) type StepId = usize;

/// What is done with a value.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Its bytes are copied. It has the type that it has before that edge.
    Copy { hop: usize, node: NodeId },
    /// It is carried across edges, by these arms of theirs.
    Chain(Vec<(usize, ArmId)>),
    /// The fields of a struct are rearranged. It has the type that it has before that edge.
    Fields {
        hop: usize,
        source: NodeId,
        /// Whether it counts as a level of nesting.
        nests: bool,
        moves: Vec<Move>,
    },
    /// The item of an option goes on.
    Option(StepId),
}

/// Where fields stand that are written later, as bytes before the end of the row. Most rows have few such.
#[derive(Debug, Default)]
struct Noted {
    few: [usize; NOTED_FEW],
    count: usize,
    more: Vec<usize>,
}

const NOTED_FEW: usize = 8;

impl Noted {
    fn push(&mut self, place: usize) {
        match self.few.get_mut(self.count) {
            Some(free) => *free = place,
            None => self.more.push(place),
        }
        self.count += 1;
    }

    fn get(&self, number: usize) -> usize {
        match self.few.get(number) {
            Some(place) => *place,
            None => self.more[number - NOTED_FEW],
        }
    }
}

/// What each edge does to one value: its arm, or nothing.
type Arms = Vec<Option<ArmId>>;

impl Crossing {
    /// Tells whether an edge can be one of several that are crossed at once: a row needs nothing but itself there, and always
    /// gets over it. One that doesn't has to stop there, even if what is wrong with it goes at the next edge.
    #[must_use]
    pub fn can_be_fused(&self, way: Way) -> bool {
        let is_alone = self.lens.rows.is_none() && self.lens.restores.is_empty();
        is_alone && !self.needs_own_code(way) && !self.can_fail(way)
    }
}

impl Fused {
    /// Puts edges together, each of which [can be fused](Crossing::can_be_fused).
    #[must_use]
    pub fn new(hops: Vec<(Arc<Crossing>, Way)>) -> Self {
        let mut fuser = Fuser {
            hops: &hops,
            steps: Vec::new(),
            known: BTreeMap::new(),
        };
        let root = fuser.step(vec![Some(ArmId(0)); hops.len()], (0, NodeId::ROOT));
        let steps = fuser.steps;
        Self { hops, steps, root }
    }

    /// Tells whether a row comes out as it went in.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.copies(self.root, &mut BTreeSet::new())
    }

    /// Tells whether a value comes out as it went in. Types that contain themselves come round to steps `above`.
    fn copies(&self, step: StepId, above: &mut BTreeSet<StepId>) -> bool {
        if !above.insert(step) {
            return true;
        }
        match &self.steps[step] {
            Step::Copy { .. } => true,
            Step::Chain(_) => false,
            Step::Option(item) => self.copies(*item, above),
            Step::Fields { moves, .. } => moves.iter().all(|next| match next {
                Move::Copy(_) => true,
                Move::Carry(step) => self.copies(*step, above),
                Move::Skip(_) | Move::Note(_) | Move::CarryNoted(..) | Move::Insert(_) => false,
            }),
        }
    }

    /// Carries a row body across all edges, and appends what comes out to `out`; false if it is damaged: edge by edge, it can
    /// be told where. What `out` holds then is of no use. Texts that are copied are not looked at: whoever reads them does.
    #[must_use]
    pub fn translate(&self, body: &[u8], out: &mut Vec<u8>) -> bool {
        out.reserve(body.len() + 16);
        let mut written = Encoder::new(std::mem::take(out));
        let mut input = Decoder::new(body);
        let is_whole = self.run(self.root, body, &mut input, &mut written).is_ok() && input.finish().is_ok();
        match written.finish() {
            Ok(written) => *out = written,
            Err(_) => return false,
        }
        is_whole
    }

    fn run(
        &self,
        step: StepId,
        body: &[u8],
        input: &mut Decoder<'_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        match &self.steps[step] {
            Step::Copy { hop, node } => {
                out.raw(self.bytes(*hop, *node, input)?);
                Ok(())
            }
            Step::Chain(arms) => run_chain(&self.hops, arms, input, out),
            Step::Fields {
                hop, nests, moves, ..
            } => {
                // A damaged row of a type that contains itself may claim any number of levels.
                if *nests {
                    input.enter().map_err(|error| whole_row(error.to_string()))?;
                }
                self.run_moves((*hop, moves), body, input, out)?;
                if *nests {
                    input.leave();
                }
                Ok(())
            }
            Step::Option(item) => {
                let is_some = input.is_some().map_err(|error| whole_row(error.to_string()))?;
                out.raw(&[u8::from(is_some)]);
                if is_some {
                    self.run(*item, body, input, out)
                } else {
                    Ok(())
                }
            }
        }
    }

    fn run_moves(
        &self,
        (hop, moves): (usize, &[Move]),
        body: &[u8],
        input: &mut Decoder<'_>,
        out: &mut Encoder,
    ) -> Result<(), Failure> {
        let mut noted = Noted::default();
        for next in moves {
            match next {
                Move::Copy(fields) => {
                    let start = input.rest();
                    self.pass(hop, fields, input)?;
                    out.raw(&start[..start.len() - input.rest().len()]);
                }
                Move::Skip(fields) => self.pass(hop, fields, input)?,
                Move::Note(field) => {
                    noted.push(input.rest().len());
                    self.pass(hop, &[*field], input)?;
                }
                Move::Carry(step) => self.run(*step, body, input, out)?,
                Move::CarryNoted(number, step) => {
                    let mut field = Decoder::new(&body[body.len() - noted.get(*number)..]);
                    self.run(*step, body, &mut field, out)?;
                }
                Move::Insert(bytes) => out.raw(bytes),
            }
        }
        Ok(())
    }

    /// Steps over fields.
    fn pass(&self, hop: usize, fields: &[Pass], input: &mut Decoder<'_>) -> Result<(), Failure> {
        let (crossing, way) = &self.hops[hop];
        let shape = crossing.source_shape(*way);
        let passed = fields.iter().try_for_each(|field| field.over(shape, input));
        passed.map_err(|error| whole_row(error.to_string()))
    }

    fn bytes<'i>(&self, hop: usize, node: NodeId, input: &mut Decoder<'i>) -> Result<&'i [u8], Failure> {
        let (crossing, way) = &self.hops[hop];
        value_bytes(crossing.source_shape(*way), node, input).map_err(|error| whole_row(error.to_string()))
    }
}

/// Carries a value across edges, one after the other.
fn run_chain(
    hops: &[(Arc<Crossing>, Way)],
    arms: &[(usize, ArmId)],
    input: &mut Decoder<'_>,
    out: &mut Encoder,
) -> Result<(), Failure> {
    let Some(((first, rest), (last, _))) = arms.split_first().zip(arms.split_last()) else {
        return Ok(());
    };
    if rest.is_empty() {
        return run_arm(hops, *first, input, out);
    }
    let mut value = Encoder::default();
    run_arm(hops, *first, input, &mut value)?;
    for arm in &rest[..rest.len() - 1] {
        let bytes = value.finish().map_err(whole_row)?;
        value = Encoder::default();
        run_arm(hops, *arm, &mut Decoder::new(&bytes), &mut value)?;
    }
    let bytes = value.finish().map_err(whole_row)?;
    run_arm(hops, *last, &mut Decoder::new(&bytes), out)
}

fn run_arm(
    hops: &[(Arc<Crossing>, Way)],
    (hop, arm): (usize, ArmId),
    input: &mut Decoder<'_>,
    out: &mut Encoder,
) -> Result<(), Failure> {
    let (crossing, way) = &hops[hop];
    let row = Row {
        crossing,
        way: *way,
        body: &[],
        code: &NoCode,
        state: RowState::First,
        gathered: None,
    };
    row.run(arm, input, None, out)
}

/// Puts the arms of several edges together.
struct Fuser<'a> {
    hops: &'a [(Arc<Crossing>, Way)],
    steps: Vec<Step>,
    /// Types that contain themselves come round again.
    known: BTreeMap<Arms, StepId>,
}

impl Fuser<'_> {
    fn op(&self, hop: usize, arm: ArmId) -> &Op {
        let (crossing, way) = &self.hops[hop];
        &crossing.ops(*way)[arm.0 as usize]
    }

    /// Returns the step of a value, which has the type of a node before an edge.
    fn step(&mut self, arms: Arms, (hop, node): (usize, NodeId)) -> StepId {
        let acts =
            |(hop, arm): (usize, Option<ArmId>)| arm.filter(|arm| !matches!(self.op(hop, *arm), Op::Copy(_)));
        let arms: Arms = arms.into_iter().enumerate().map(acts).collect();
        if arms.iter().all(Option::is_none) {
            self.steps.push(Step::Copy { hop, node });
            return self.steps.len() - 1;
        }
        if let Some(known) = self.known.get(&arms) {
            return *known;
        }
        let id = self.steps.len();
        self.steps.push(Step::Chain(Vec::new()));
        self.known.insert(arms.clone(), id);
        self.steps[id] = match self.composed(&arms) {
            Step::Fields { moves, .. } if matches!(moves.as_slice(), [Move::Copy(_)]) => {
                Step::Copy { hop, node }
            }
            step => step,
        };
        id
    }

    fn composed(&mut self, arms: &Arms) -> Step {
        let active = arms.iter().enumerate();
        let active: Vec<(usize, ArmId)> = active.filter_map(|(hop, arm)| Some((hop, (*arm)?))).collect();
        if !active.is_empty() {
            if let Some(fields) = self.fields(&active) {
                return fields;
            }
            if let Some(item) = self.option_items(&active) {
                // What is in an option has its own place in the bytes: no step of it is a copy of nothing.
                let (hop, arm) = active[0];
                let node = self.item_node(hop, arm);
                return Step::Option(self.step(item, (hop, node)));
            }
        }
        Step::Chain(active)
    }

    /// Puts edges together that all rearrange fields; none if one of them doesn't, or has no value for one.
    fn fields(&mut self, active: &[(usize, ArmId)]) -> Option<Step> {
        let mut ops: Vec<(usize, FieldsOp)> = Vec::new();
        for (hop, arm) in active {
            let Op::Fields(fields) = self.op(*hop, *arm) else {
                return None;
            };
            ops.push((*hop, fields.clone()));
        }
        let (first, last) = (ops.first()?, ops.last()?);
        let source: Vec<NodeId> = first.1.source.iter().map(|field| field.node).collect();
        let traced: Option<Vec<Traced>> = (0..last.1.target.len())
            .map(|position| self.trace(&ops, position))
            .collect();
        let target = traced?.into_iter().map(|traced| match traced {
            Traced::Value(bytes) => Target::Value(bytes),
            Traced::Field(position, arms) => {
                let step = self.step(arms, (first.0, source[position]));
                Target::Field(position, step, matches!(self.steps[step], Step::Copy { .. }))
            }
        });
        let target = target.collect();
        let (crossing, way) = &self.hops[first.0];
        let shape = crossing.source_shape(*way);
        let passes: Vec<Pass> = source.iter().map(|field| Pass::of(shape, *field)).collect();
        let node = self.source_node(active[0]);
        Some(Step::Fields {
            hop: first.0,
            source: node,
            nests: shape.node(node).nests(),
            moves: moves(&passes, target),
        })
    }

    /// Follows a field of the target back through all edges.
    fn trace(&self, ops: &[(usize, FieldsOp)], position: usize) -> Option<Traced> {
        let mut position = position;
        let mut arms: Arms = vec![None; self.hops.len()];
        for (hop, fields) in ops.iter().rev() {
            match &fields.target[position] {
                TargetField::Carried { source, arm } => {
                    arms[*hop] = Some(*arm);
                    position = *source;
                }
                TargetField::Filled {
                    fill: Fill::Value(bytes),
                    ..
                } => return self.carried_on(bytes, &arms).map(Traced::Value),
                TargetField::Filled { .. } => return None,
            }
        }
        Some(Traced::Field(position, arms))
    }

    /// Carries a value that an edge adds across those behind it.
    fn carried_on(&self, bytes: &[u8], arms: &Arms) -> Option<Vec<u8>> {
        let arms = arms.iter().enumerate();
        let arms: Vec<(usize, ArmId)> = arms.filter_map(|(hop, arm)| Some((hop, (*arm)?))).collect();
        if arms.is_empty() {
            return Some(bytes.to_vec());
        }
        let mut out = Encoder::default();
        run_chain(self.hops, &arms, &mut Decoder::new(bytes), &mut out).ok()?;
        out.finish().ok()
    }

    /// Lists the arms of the items of options, if all edges go on with those.
    fn option_items(&self, active: &[(usize, ArmId)]) -> Option<Arms> {
        let mut items: Arms = vec![None; self.hops.len()];
        for (hop, arm) in active {
            let Op::Option(item) = self.op(*hop, *arm) else {
                return None;
            };
            items[*hop] = Some(*item);
        }
        Some(items)
    }

    /// Returns the node of the item of the option that an arm goes on with.
    fn item_node(&self, hop: usize, arm: ArmId) -> NodeId {
        let (crossing, way) = &self.hops[hop];
        let node = self.source_node((hop, arm));
        let children = crossing.source_shape(*way).node(node).children();
        children.first().copied().unwrap_or(node)
    }

    /// Returns the node of the value that an arm takes.
    fn source_node(&self, (hop, arm): (usize, ArmId)) -> NodeId {
        let (crossing, way) = &self.hops[hop];
        let arm = crossing.lens.arm(arm);
        match way {
            Way::Up => arm.lower,
            Way::Down => arm.upper,
        }
    }
}

/// Where a field of the target comes from.
enum Traced {
    Field(usize, Arms),
    Value(Vec<u8>),
}
