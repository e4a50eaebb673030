//! Rearranging the fields of a struct in one pass: what a program does where edges add, drop and rename fields.
//!
//! The source is read once, from its first field to its last. Fields that stand next to each other on both sides are copied
//! together, values that are added next to each other are one run of bytes, and only a field that comes later in the target
//! than in the source is noted on the way.

use crate::codec::Pass;

use super::fused::StepId;

/// What is done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Move {
    /// The next fields of the source are copied as they are.
    Copy(Vec<Pass>),
    /// The next fields of the source are left out.
    Skip(Vec<Pass>),
    /// It is noted where the next field of the source stands, for later.
    Note(Pass),
    /// The next field of the source goes through a step.
    Carry(StepId),
    /// A field that was noted goes through a step. They are counted from 0.
    CarryNoted(usize, StepId),
    /// These bytes are put in.
    Insert(Vec<u8>),
}

/// Where a field of the target comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A field of the source, through a step, and whether that only copies it.
    Field(usize, StepId, bool),
    /// This encoded value.
    Value(Vec<u8>),
}

/// Orders what has to be done so that the source, of whose fields it is known how they end, is read once.
pub(super) fn moves(source: &[Pass], target: Vec<Target>) -> Vec<Move> {
    let mut last_use = vec![None; source.len()];
    for (position, field) in target.iter().enumerate() {
        if let Target::Field(from, ..) = field {
            last_use[*from] = Some(position);
        }
    }
    let mut moves = Moves::default();
    let mut noted = vec![None; source.len()];
    let mut next = 0;
    for (position, field) in target.into_iter().enumerate() {
        let (from, step, is_copied) = match field {
            Target::Value(bytes) => {
                moves.insert(bytes);
                continue;
            }
            Target::Field(from, step, is_copied) => (from, step, is_copied),
        };
        while next <= from {
            let is_wanted_later = last_use[next].is_some_and(|last| last > position || next < from);
            if is_wanted_later {
                noted[next] = Some(moves.note(source[next]));
            } else if next < from {
                moves.skip(source[next]);
            } else if is_copied {
                moves.copy(source[next]);
            } else {
                moves.all.push(Move::Carry(step));
            }
            next += 1;
        }
        if let Some(number) = noted[from] {
            moves.all.push(Move::CarryNoted(number, step));
        }
    }
    source[next..].iter().for_each(|field| moves.skip(*field));
    moves.all
}

#[derive(Default)]
struct Moves {
    all: Vec<Move>,
    noted: usize,
}

impl Moves {
    fn copy(&mut self, field: Pass) {
        match self.all.last_mut() {
            Some(Move::Copy(fields)) => fields.push(field),
            _ => self.all.push(Move::Copy(vec![field])),
        }
    }

    fn skip(&mut self, field: Pass) {
        match self.all.last_mut() {
            Some(Move::Skip(fields)) => fields.push(field),
            _ => self.all.push(Move::Skip(vec![field])),
        }
    }

    fn insert(&mut self, bytes: Vec<u8>) {
        match self.all.last_mut() {
            Some(Move::Insert(run)) => run.extend(bytes),
            _ => self.all.push(Move::Insert(bytes)),
        }
    }

    fn note(&mut self, field: Pass) -> usize {
        self.all.push(Move::Note(field));
        self.noted += 1;
        self.noted - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of the fields of a target, `+` for one that is added; and what has to be done for it.
    #[test]
    fn the_source_is_read_once() {
        check("abc", "abc", "copy abc");
        check("abc", "ac", "copy a, skip b, copy c");
        check("abc", "a++bc+", "copy a, insert 2, copy bc, insert 1");
        check("abc", "cab", "note a, note b, copy c, noted 0, noted 1");
        check("abc", "bca", "note a, copy bc, noted 0");
        check("abcd", "bd", "skip a, copy b, skip c, copy d");
        check("abcd", "cb", "skip a, note b, copy c, noted 0, skip d");
        check("ab", "+", "insert 1, skip ab");
        // In capitals: those that go through a step of their own.
        check("aBc", "aBc", "copy a, carry, copy c");
        check("aBc", "caB", "note a, note B, copy c, noted 0, noted 1");
        // One field for two.
        check("ab", "aba", "note a, noted 0, copy b, noted 0");
    }

    fn check(source: &str, target: &str, expected: &str) {
        let letters: Vec<char> = source.chars().collect();
        let fields: Vec<Pass> = (0..letters.len()).map(Pass::Bytes).collect();
        let of = |letter: char| letters.iter().position(|known| *known == letter);
        let target = target.chars().map(|letter| match of(letter) {
            None => Target::Value(vec![0]),
            Some(from) => Target::Field(from, 0, letter.is_lowercase()),
        });
        let name = |field: &Pass| {
            fields
                .iter()
                .position(|known| known == field)
                .map(|at| letters[at])
        };
        let names = |fields: &[Pass]| -> String { fields.iter().filter_map(name).collect() };
        let done = moves(&fields, target.collect());
        let done = done.iter().map(|next| match next {
            Move::Copy(fields) => format!("copy {}", names(fields)),
            Move::Skip(fields) => format!("skip {}", names(fields)),
            Move::Note(field) => format!("note {}", names(&[*field])),
            Move::Carry(_) => "carry".to_owned(),
            Move::CarryNoted(number, _) => format!("noted {number}"),
            Move::Insert(bytes) => format!("insert {}", bytes.len()),
        });
        assert_eq!(done.collect::<Vec<_>>().join(", "), expected, "{source}");
    }
}
