//! From one version to all others in one direction.

use crate::diff::Refusal;
use crate::error::Error;

use super::super::law::{Counterexample, Law};
use super::super::resolve::outline;
use super::super::scratch::Scratch;
use super::build::{Built, refusals};
use super::source::{Checked, Clearing, Lawful, Source};
use super::steps::Steps;
use super::then::RowKeys;
use super::turns::Turns;

/// What came of a pair that is not broken.
pub(super) enum Pair {
    /// Every value came back.
    Intact { stepped: Stepped, turns: Turns },
    /// It was refused.
    Refused(Vec<Refusal>, Rest),
}

/// Whether the way could be gone step by step too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stepped {
    Yes,
    No,
}

/// Whether a pair that was refused could be gone without the rows that were named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    Intact,
    Unchecked,
}

/// The way from one version, in one direction: targets come in order.
pub(super) struct Walk<'s> {
    built: &'s Built,
    from: usize,
    source: &'s Source,
    /// Whether no row was deleted for the source.
    is_whole: bool,
    steps: Steps,
    /// As source and steps, without the rows that stood in the way so far.
    rest: Option<(Source, Steps)>,
}

impl<'s> Walk<'s> {
    pub fn new(built: &'s Built, from: usize, (source, deleted): &'s (Source, RowKeys)) -> Self {
        Self {
            is_whole: deleted.is_empty(),
            built,
            from,
            source,
            steps: Steps::new(&source.store, from),
            rest: None,
        }
    }

    /// Goes to a version and back, at once, swept and step by step.
    pub fn pair(&mut self, to: usize) -> Lawful<Pair> {
        let failed = |error: Error| (Law::LazyPath, Counterexample::from(error));
        let direct = self.source.store.fork();
        let refused = self.built.go(&direct, to).map_err(failed)?;
        let stepped = self.steps.advance(self.built, to).map_err(failed)?;
        if let Some(refused) = refused {
            check_named(&refused)?;
            // Rows of tables that were not there may refer to rows that were deleted; they are looked at where a key of
            // the other table moves on the way.
            if stepped && self.is_whole {
                let problem = format!(
                    "at once it is refused, step by step it isn't: {}",
                    outline(&refused)
                );
                return Err((Law::LazyPath, Counterexample::new(problem)));
            }
            return Ok(Pair::Refused(refusals(&refused).to_vec(), self.without(to)?));
        }
        let steps = Some(&self.steps.store).filter(|_| stepped);
        let stepped = if stepped { Stepped::Yes } else { Stepped::No };
        Ok(
            match self.source.check(self.built, (self.from, to), &direct, steps)? {
                Checked::Intact(turns) => Pair::Intact { stepped, turns },
                Checked::BackRefused(refused) => Pair::Refused(refusals(&refused).to_vec(), Rest::Unchecked),
            },
        )
    }

    /// Goes to a version and back without the rows that stand in the way.
    fn without(&mut self, to: usize) -> Lawful<Rest> {
        let failed = |broken| (Law::LazyPath, broken);
        let (mut source, mut steps) = match self.rest.take() {
            Some(rest) => rest,
            None => {
                let source = Source::of(self.source.store.fork()).map_err(|error| failed(error.into()))?;
                let steps = Steps::new(&source.store, self.from);
                (source, steps)
            }
        };
        let Clearing::Went(there, deleted) = source.clear(self.built, to).map_err(failed)? else {
            return Ok(Rest::Unchecked);
        };
        if !deleted.is_empty() {
            steps = Steps::new(&source.store, self.from);
        }
        let stepped = steps
            .advance(self.built, to)
            .map_err(|error| failed(error.into()))?;
        let (source, steps) = self.rest.insert((source, steps));
        let stepping = Some(&steps.store).filter(|_| stepped);
        Ok(
            match source.check(self.built, (self.from, to), &there, stepping)? {
                Checked::Intact(_) => Rest::Intact,
                Checked::BackRefused(_) => Rest::Unchecked,
            },
        )
    }

    /// Returns the stores that went step by step.
    pub fn stores(&self) -> impl Iterator<Item = &Scratch> {
        let rest = self.rest.iter().map(|(_, steps)| &steps.store);
        rest.chain([&self.steps.store])
    }
}

/// Checks that a refusal says what stands in the way.
fn check_named(refused: &Error) -> Lawful {
    let is_named = |refusal: &Refusal| !refusal.table.is_empty() && !refusal.problem.is_empty();
    match refusals(refused).iter().find(|refusal| !is_named(refusal)) {
        Some(refusal) => {
            let problem = format!("the refusal names nothing that stands in the way: {refusal}");
            Err((Law::Refusal, Counterexample::new(problem)))
        }
        None => Ok(()),
    }
}
