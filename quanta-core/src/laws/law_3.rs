//! Laws 3 and 4 along whole histories: a row that goes up any part of a path and down again is what it was, and what
//! goes up once more is what it was above; with what each edge keeps, and nothing computed again. Takes one of 10 cases.

use std::sync::Arc;

use crate::diff::Way;
use crate::generate::{HistorySize, Seed, random_value};
use crate::history::HistoryDocument;
use crate::program::{Crossing, NoCode};
use crate::schema::NodeId;

use super::catalogue::Catalogue;
use super::run::{Histories, Law, Outcome};

/// A row, and what each edge keeps of it.
struct Row {
    body: Vec<u8>,
    kept: Vec<Option<Vec<u8>>>,
}

impl Row {
    /// Carries the row over an edge; none if it doesn't fit.
    fn cross(&mut self, edge: usize, crossing: &Crossing, way: Way) -> Result<bool, String> {
        let kept = self.kept[edge].take();
        let Ok(image) = crossing.translate(way, &self.body, kept.as_deref(), &NoCode) else {
            self.kept[edge] = kept;
            return Ok(false);
        };
        let keep = crossing.keep(way, &self.body, &image);
        self.kept[edge] = keep.map_err(|failure| format!("what is lost can't be told: {failure}"))?;
        if self.kept[edge].is_some() && !crossing.keeps(way) {
            return Err("something is kept where nothing should be".to_owned());
        }
        self.body = image;
        Ok(true)
    }
}

fn edges(document: &HistoryDocument) -> Vec<Vec<Crossing>> {
    let mut catalogue = Catalogue::default();
    for version in &document.versions {
        if catalogue.open(version).is_err() {
            break;
        }
    }
    let tables = catalogue.stored.values().map(|table| {
        let versions: Vec<_> = table.versions.values().collect();
        let crossing = |pair: &[&crate::plan::Version]| {
            let lens = pair[1]
                .edge
                .as_ref()
                .map(|edge| edge.lens.clone())
                .unwrap_or_default();
            Crossing::new(
                lens,
                Arc::new(pair[0].schema.clone()),
                Arc::new(pair[1].schema.clone()),
            )
        };
        versions.windows(2).map(crossing).collect()
    });
    tables.collect()
}

/// Carries a row along the edges as far as it fits, back, and there again; how many edges it passed.
fn journey(edges: &[Crossing], way: Way, seed: &mut Seed) -> Outcome {
    let order: Vec<usize> = match way {
        Way::Up => (0..edges.len()).collect(),
        Way::Down => (0..edges.len()).rev().collect(),
    };
    let Some(first) = order.first() else { return Ok(0) };
    let body = random_value(edges[*first].source_shape(way), NodeId::ROOT, seed);
    let mut row = Row {
        body: body.clone(),
        kept: vec![None; edges.len()],
    };
    let mut passed = Vec::new();
    for edge in order {
        if !row.cross(edge, &edges[edge], way)? {
            break;
        }
        passed.push(edge);
    }
    let there = row.body.clone();
    for edge in passed.iter().rev() {
        if !row.cross(*edge, &edges[*edge], way.back())? {
            return Err(format!(
                "{way:?}: a row that nobody wrote doesn't come back over edge {edge}"
            ));
        }
    }
    if row.body != body {
        return Err(format!("{way:?}, law 3: {body:?} comes back as {:?}", row.body));
    }
    for edge in &passed {
        if !row.cross(*edge, &edges[*edge], way)? {
            return Err(format!("{way:?}: a row doesn't go over edge {edge} again"));
        }
    }
    if row.body != there {
        return Err(format!(
            "{way:?}, law 4: {there:?} is {:?} the second time",
            row.body
        ));
    }
    u32::try_from(passed.len()).map_err(|error| error.to_string())
}

fn rows_come_back(document: &HistoryDocument, seed: &mut Seed) -> Outcome {
    let mut passed = 0;
    for edges in edges(document) {
        for way in [Way::Up, Way::Down] {
            for start in 0..edges.len() {
                let part = match way {
                    Way::Up => &edges[start..],
                    Way::Down => &edges[..=start],
                };
                passed += journey(part, way, seed)?;
            }
        }
    }
    Ok(passed.min(1))
}

#[test]
fn law_3_and_4_rows_come_back_along_histories() {
    let law = Law {
        test: "law_3_and_4_rows_come_back_along_histories",
        cases: 60,
        share: 10,
        histories: Histories::Accepted,
        size: HistorySize::default(),
        check: rows_come_back,
    };
    law.hold();
}
