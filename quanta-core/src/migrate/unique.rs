//! Unique indexes that a change builds: values that two rows have are refused.

use std::ops::ControlFlow;
use std::sync::Arc;

use quanta_storage::Snapshot;

use crate::codec::{DecodeError, Decoder, Encoder, Projection, decode_key_part};
use crate::diff::{Refusal, RefusalKind};
use crate::error::Result;
use crate::schema::{IndexDef, Schema};
use crate::value::{decode_value, show_value};

use super::constraints::LazyStage;
use super::duplicates::{Duplicates, Room, See, find_duplicates};
use super::objects::Candidate;

/// Lists the unique indexes that rows may not hold to yet.
///
/// # Errors
///
/// If the version tree is damaged.
pub(super) fn built_indexes(candidate: &Candidate<'_>) -> Result<Vec<IndexDef>> {
    let shift = candidate.shift;
    let schema = shift.after.labelled(shift.schema());
    let known = shift.before.as_ref().map_or(&[][..], |before| &before.index_ids);
    let numbered = schema.indexes.iter().zip(&shift.after.index_ids);
    let resolved = candidate.resolved_indexes()?;
    // Rows that come back may have a value of others under any index.
    let finds_more = candidate.is_built() || candidate.brings_back();
    let is_built = |id: &u32| finds_more || !known.contains(id);
    let built = numbered
        .filter(|(index, id)| index.unique && (shift.is_written() || is_built(id)) && !resolved.contains(id));
    Ok(built.map(|(index, _)| index.clone()).collect())
}

/// Looks for values that two rows have under each unique index that is built. Returns what is refused, and how many
/// rows were looked at. Looking for them takes what there is room for.
///
/// # Errors
///
/// Those of the engine, and damage.
pub(super) fn check_unique(
    (snapshot, room): (&Arc<dyn Snapshot>, &Room),
    candidate: &Candidate<'_>,
    built: &[IndexDef],
    stage: &mut LazyStage<'_>,
) -> Result<(Vec<Refusal>, u64)> {
    let shift = candidate.shift;
    let schema = shift.after.labelled(shift.schema());
    let (mut refusals, mut rows) = (Vec::new(), 0);
    for index in built {
        let projection =
            Projection::new(&schema, index.paths()).map_err(|problem| candidate.damaged(&problem))?;
        let mut show_all = |see: &mut See<'_>| {
            let stage = stage.again()?;
            rows = candidate.rows_afterwards(snapshot, &mut |row_key, body| {
                stage.row()?;
                let values = projection.of_row(body);
                for value in values.map_err(|error| candidate.damaged(&error.to_string()))? {
                    if see(row_key, &value)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(())
        };
        let duplicates = find_duplicates(room, &mut show_all, &mut |_| Ok(()))?;
        if duplicates.count > 0 {
            let values = Values {
                candidate,
                schema: &schema,
                projection: &projection,
            };
            refusals.push(values.refusal(&shift.after.name, index, &duplicates));
        }
    }
    Ok((refusals, rows))
}

/// The values under one index.
struct Values<'a> {
    candidate: &'a Candidate<'a>,
    schema: &'a Schema,
    projection: &'a Projection,
}

impl Values<'_> {
    fn refusal(&self, table: &str, index: &IndexDef, duplicates: &Duplicates) -> Refusal {
        let name = &index.name;
        let mut problem = format!(
            "{} rows have a value that another row has too, and the index {name} is unique",
            duplicates.count
        );
        for duplicate in &duplicates.first {
            let (key, survivor) = (
                self.candidate.show_key(&duplicate.row_key),
                self.candidate.show_key(&duplicate.survivor),
            );
            let value = duplicate.value.as_ref().map_or_else(
                || "a long value".to_owned(),
                |value| self.show(value).unwrap_or_else(|_| "a value".to_owned()),
            );
            problem.push_str(&format!("\n    {key}: {value}, as row {survivor}"));
        }
        let shown = duplicates.first.len() as u64;
        if duplicates.count > shown {
            problem.push_str(&format!("\n    and {} more", duplicates.count - shown));
        }
        Refusal {
            kind: RefusalKind::Rows,
            table: table.to_owned(),
            path: index.paths().map(String::as_str).collect::<Vec<_>>().join(", "),
            problem,
            fixes: vec![
                "Options::on_failure(Resolution::DropRow): of the rows with one value, that with the lowest key survives, and \
                 the others are kept"
                    .to_owned(),
                "change these rows with the program that wrote them".to_owned(),
                format!("leave `unique` off the index {name}"),
            ],
        }
    }

    /// Shows a value by its fields.
    fn show(&self, mut value: &[u8]) -> std::result::Result<String, DecodeError> {
        let shape = &self.schema.shape;
        let parts = self.projection.leaves().map(|leaf| {
            let mut row_form = Encoder::default();
            decode_key_part(shape, leaf, &mut value, &mut row_form)?;
            let row_form = row_form.finish().unwrap_or_default();
            decode_value(shape, leaf, &mut Decoder::new(&row_form)).map(|value| show_value(&value))
        });
        Ok(parts.collect::<std::result::Result<Vec<_>, _>>()?.join(", "))
    }
}
