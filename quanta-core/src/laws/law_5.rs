//! Law 5: a row that is read lazily equals the row rewritten, and a store of mixed stamps reads like a swept one, through
//! writes, rollbacks and going on again. Takes one of 100 cases.

use crate::generate::{HistorySize, Seed};
use crate::history::{HistoryDocument, HistoryVersion};

use super::run::{Histories, Law, Outcome};
use super::stores::{Store, open_alike, same, write_alike};

fn mixed_reads_like_swept(document: &HistoryDocument, seed: &mut Seed) -> Outcome {
    let (mut mixed, mut swept) = (Store::new(), Store::new());
    let mut before: Option<&HistoryVersion> = None;
    let mut steps = 0;
    for version in &document.versions {
        let Some(standing) = open_alike(&mut [&mut mixed, &mut swept], version, before)? else {
            break;
        };
        steps += u32::from(standing.bodies.values().any(|rows| !rows.is_empty()));
        same("mixed and swept, after an open", &[mixed.rows()?, swept.rows()?])?;
        swept.sweep()?;
        write_alike(&[&mixed, &swept], seed, 3)?;
        same("mixed and swept, after writes", &[mixed.rows()?, swept.rows()?])?;
        before = Some(version);
        if seed.one_in(4) && !there_and_back(&mut mixed, &mut swept, version, seed)? {
            break;
        }
    }
    mixed.sweep()?;
    swept.sweep()?;
    same("swept later and at once", &[mixed.rows()?, swept.rows()?])?;
    for table in mixed.tables() {
        same("bytes", &[mixed.bodies(&table)?, swept.bodies(&table)?])?;
    }
    Ok(steps)
}

/// Goes back, writes there, and goes on again, where rows allow it. False if they don't.
fn there_and_back(
    mixed: &mut Store,
    swept: &mut Store,
    version: &HistoryVersion,
    seed: &mut Seed,
) -> Result<bool, String> {
    let revision = mixed.db().head().revision;
    if revision < 2 {
        return Ok(true);
    }
    let back = |store: &mut Store, to: u64| {
        let result = store
            .take()
            .migrate_to(to)
            .map(|_| ())
            .map_err(|error| error.to_string());
        store.open_as_it_is().map_err(|error| error.to_string())?;
        Ok::<_, String>(result)
    };
    let to = 1 + seed.below(usize::try_from(revision - 1).unwrap_or(1)) as u64;
    let went = [back(mixed, to)?, back(swept, to)?];
    same("going back", &went)?;
    same("mixed and swept, gone back", &[mixed.rows()?, swept.rows()?])?;
    if went[0].is_ok() {
        swept.sweep()?;
        write_alike(&[mixed, swept], seed, 2)?;
        same("mixed and swept, written there", &[mixed.rows()?, swept.rows()?])?;
        let on = [back(mixed, revision)?, back(swept, revision)?];
        same("going on", &on)?;
        same("mixed and swept, gone on", &[mixed.rows()?, swept.rows()?])?;
        if on[0].is_err() {
            return Ok(false);
        }
    }
    for store in [mixed, swept] {
        store
            .open(version, None)
            .map_err(|error| format!("opening it again: {error}"))?;
    }
    Ok(true)
}

#[test]
fn law_5_mixed_stamps_read_like_swept_ones() {
    let law = Law {
        test: "law_5_mixed_stamps_read_like_swept_ones",
        cases: 40,
        share: 100,
        histories: Histories::Accepted,
        size: HistorySize {
            versions: 6,
            tables: 2,
            types: 3,
        },
        check: mixed_reads_like_swept,
    };
    law.hold();
}
