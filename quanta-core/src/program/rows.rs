//! Own migrations of whole rows. What is kept of a row is the row, behind a hash of what it became.

use crate::codec::{Decoder, skip};
use crate::diff::{ROW_PATH, RowCode, Way};
use crate::schema::{NodeId, Schema};

use super::crossing::{Crossing, Failure, FailureKind, Migrated, OwnCodeTable, RowCall, whole_row};
use super::kept::{IMAGE_HASH_BYTES, image_hash};

impl Crossing {
    /// Carries a row across own migrations. One that was not changed since it came returns as it was.
    pub(super) fn migrate(
        &self,
        rows: &RowCode,
        (way, body): (Way, &[u8]),
        kept: Option<&[u8]>,
        code: &dyn OwnCodeTable,
    ) -> Result<Vec<u8>, Vec<Failure>> {
        let original = kept
            .map(|kept| split_kept(kept).map_err(|failure| vec![failure]))
            .transpose()?;
        if let Some((hash, original)) = original
            && hash == image_hash(body)
        {
            return Ok(original.to_vec());
        }
        let result = match way {
            Way::Up => self.migrate_up(rows, body, code),
            Way::Down => {
                let Some(down) = &rows.down else {
                    let problem = "the row was changed since, and the migration has no inverse".to_owned();
                    return Err(vec![own_code(problem)]);
                };
                self.migrate_down(rows, down, (body, original.map(|(_, original)| original)), code)
            }
        };
        result.and_then(|row| self.whole(way, row))
    }

    fn migrate_up(
        &self,
        rows: &RowCode,
        body: &[u8],
        code: &dyn OwnCodeTable,
    ) -> Result<Vec<u8>, Vec<Failure>> {
        let (lower, upper) = (self.lower.as_ref(), self.upper.as_ref());
        let mut now = if rows.replaces_arms {
            (lower, body.to_vec())
        } else {
            (upper, self.run_arms(Way::Up, body, None, code)?)
        };
        for name in &rows.up {
            now.1 = called(code, name, ((lower, body), (now.0, &now.1), upper))?;
            now.0 = upper;
        }
        Ok(now.1)
    }

    fn migrate_down(
        &self,
        rows: &RowCode,
        down: &[String],
        (body, original): (&[u8], Option<&[u8]>),
        code: &dyn OwnCodeTable,
    ) -> Result<Vec<u8>, Vec<Failure>> {
        let (lower, upper) = (self.lower.as_ref(), self.upper.as_ref());
        let mut now = body.to_vec();
        for (position, name) in down.iter().enumerate() {
            let is_last = rows.replaces_arms && position + 1 == down.len();
            let wanted = if is_last { lower } else { upper };
            now = called(code, name, ((upper, body), (upper, &now), wanted))?;
        }
        if rows.replaces_arms {
            return Ok(now);
        }
        // The arms take back what they took, from the row that was there before; it became another one since.
        let lost = original.and_then(|original| self.keep_by_arms(Way::Up, original, &[]).ok().flatten());
        self.run_arms(Way::Down, &now, lost.as_deref(), code)
    }

    /// Returns what is kept of a row that crosses own migrations.
    pub(super) fn keep_row(body: &[u8], image: &[u8]) -> Vec<u8> {
        let mut entry = image_hash(image).to_vec();
        entry.extend(body);
        entry
    }

    /// Checks that an entry that was kept on `way` holds a row of the side it comes from.
    pub(super) fn check_kept_row(&self, way: Way, entry: &[u8]) -> Result<(), Failure> {
        let (_, original) = split_kept(entry)?;
        let schema = match way {
            Way::Up => &self.lower,
            Way::Down => &self.upper,
        };
        check_row(schema, original).map_err(whole_row)
    }

    fn whole(&self, way: Way, row: Vec<u8>) -> Result<Vec<u8>, Vec<Failure>> {
        let schema = match way {
            Way::Up => &self.upper,
            Way::Down => &self.lower,
        };
        check_row(schema, &row)
            .map(|()| row)
            .map_err(|problem| vec![own_code(format!("the migration gave no row: {problem}"))])
    }
}

type Side<'a> = (&'a Schema, &'a [u8]);

fn called(
    code: &dyn OwnCodeTable,
    name: &str,
    (before, now, wanted): (Side<'_>, Side<'_>, &Schema),
) -> Result<Vec<u8>, Vec<Failure>> {
    let call = RowCall {
        name,
        before,
        now,
        wanted,
    };
    let (path, problem) = match code.migrate(call).map_err(|problem| vec![own_code(problem)])? {
        Migrated::Row(row) => return Ok(row),
        Migrated::TakenOut => (ROW_PATH, "it is taken out".to_owned()),
        Migrated::Declined(problem) => ("", format!("the migration `{name}` gives no row: {problem}")),
    };
    Err(vec![Failure {
        path: path.to_owned(),
        problem,
        kind: FailureKind::Unfit,
    }])
}

/// Returns the row in what was kept of it.
pub(super) fn kept_row(entry: &[u8]) -> Result<&[u8], Failure> {
    split_kept(entry).map(|(_, row)| row)
}

fn split_kept(entry: &[u8]) -> Result<([u8; IMAGE_HASH_BYTES], &[u8]), Failure> {
    let parts = entry.split_first_chunk::<IMAGE_HASH_BYTES>();
    let (hash, original) = parts.ok_or_else(|| whole_row("the kept row is damaged".to_owned()))?;
    Ok((*hash, original))
}

fn check_row(schema: &Schema, row: &[u8]) -> Result<(), String> {
    let mut input = Decoder::new(row);
    skip(&schema.shape, NodeId::ROOT, &mut input)
        .and_then(|()| input.finish())
        .map_err(|error| error.to_string())
}

fn own_code(problem: String) -> Failure {
    Failure {
        path: String::new(),
        problem,
        kind: FailureKind::OwnCode,
    }
}
