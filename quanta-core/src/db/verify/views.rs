//! Verifying views.

use std::collections::BTreeMap;

use crate::catalog::read_view;
use crate::plan::{Presence, TablesAfter, ViewHead, ViewVersion, standing};

use super::codes::FindingCode;
use super::run::{Verification, place_of};

impl Verification<'_> {
    /// Looks at what the head says of each view, and whether what it reads is there.
    pub(super) fn views(&mut self) {
        let (mut found, mut known) = (Vec::new(), BTreeMap::new());
        for (id, head) in &self.head.views {
            let mut add = |code, problem: String| found.push((code, place(head), problem));
            match read_view(self.snapshot, *id, head) {
                Err(error) => add(FindingCode::View, error.to_string()),
                Ok(view) => {
                    known.insert(*id, view.versions.keys().copied().collect());
                    let version = view.versions.get(&head.state.version);
                    for problem in version.iter().flat_map(|version| self.view(head, version)) {
                        add(FindingCode::View, problem);
                    }
                }
            }
        }
        for (code, place, problem) in found {
            self.report.add(code, place, problem);
        }
        self.view_versions = known;
    }

    fn view(&self, head: &ViewHead, version: &ViewVersion) -> Vec<String> {
        let mut problems = Vec::new();
        let fingerprint = version.schema.fingerprint();
        if fingerprint != head.fingerprint {
            problems.push(format!(
                "the head says {}, and version {} is {fingerprint}",
                head.fingerprint, head.state.version
            ));
        }
        if version.tables() != head.tables {
            problems.push("the head says that it reads other tables".to_owned());
        }
        if head.state.presence == Presence::Live {
            let tables = self.tables_now();
            let reads = version.reads.iter().filter_map(|read| read.again(&tables).err());
            problems.extend(reads.map(|problem| format!("it reads what isn't there: {problem}")));
        }
        problems
    }

    fn tables_now(&self) -> TablesAfter<'_> {
        standing(self.tables.iter().filter_map(|(id, table)| {
            let state = &table.head.state;
            Some((*id, state, table.versions.get(&state.version)?))
        }))
    }

    /// Looks for versions of views that the head doesn't know.
    pub(super) fn view_record(&mut self, key: &[u8]) {
        let id = key[1..].first_chunk().map(|id| u32::from_be_bytes(*id));
        if !id.is_some_and(|id| self.head.views.contains_key(&id)) {
            let problem = "the head has no view of this id";
            self.report.add(FindingCode::ViewOrphan, place_of(key), problem);
        }
    }
}

fn place(head: &ViewHead) -> String {
    format!("view {}", head.state.name)
}
