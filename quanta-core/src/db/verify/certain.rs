//! What is certain about findings: only what nothing speaks against is written or deleted.

use crate::plan::Head;

use super::codes::FindingCode;
use super::remedy::Remedy;
use super::run::Verification;

/// Why nothing is deleted while the catalogue contradicts itself.
pub(super) const UNTRUSTED: Remedy = Remedy::Refuse(
    "the catalogue or the ledger contradicts itself, so that what belongs to whom isn't known",
);

/// What makes the catalogue one that nothing can be held against.
const DISTRUST: [FindingCode; 15] = [
    FindingCode::Marker,
    FindingCode::Head,
    FindingCode::Shared,
    FindingCode::Space,
    FindingCode::Fingerprint,
    FindingCode::Revision,
    FindingCode::LedgerRecord,
    FindingCode::LedgerChain,
    FindingCode::LedgerHead,
    FindingCode::LedgerWay,
    FindingCode::Version,
    FindingCode::VersionTree,
    FindingCode::VersionOrphan,
    FindingCode::View,
    FindingCode::ViewOrphan,
];

impl Verification<'_> {
    /// Tells whether nothing was found that would make the head a bad witness of what belongs to whom.
    pub(super) fn trusts_catalogue(&self) -> bool {
        !DISTRUST.iter().any(|code| self.report.totals.contains_key(code))
    }

    /// Adds a finding about which something certain can be done, if the catalogue can be trusted. Returns whether.
    pub(super) fn add_certain(&mut self, code: FindingCode, place: String, problem: String) -> bool {
        let is_certain = self.trusts_catalogue();
        let remedy = if is_certain { code.remedy() } else { UNTRUSTED };
        self.report.add_with(code, place, problem, remedy);
        is_certain
    }

    /// Returns the head as it should be.
    pub(super) fn mended_head(&mut self) -> &mut Head {
        let head = &self.head;
        self.mending.head.get_or_insert_with(|| head.clone())
    }

    /// Notes that the epoch must not be lower.
    pub(super) fn least_epoch(&mut self, least: u64) {
        let known = self.mending.epoch.unwrap_or(0);
        self.mending.epoch = Some(known.max(least));
    }

    /// Looks whether there is an epoch, and it is not behind: every record of the ledger came with a new one.
    pub(super) fn epoch_record(&mut self) {
        let records = self.head.ledger_records;
        let problem = match self.epoch {
            None if records == 0 && self.head == Head::empty() => return,
            None => "it is missing, or has not 8 bytes".to_owned(),
            Some(epoch) if epoch < records => format!("it is {epoch}, and the ledger has {records} records"),
            Some(_) => return,
        };
        self.report.add(FindingCode::Epoch, "the epoch", problem);
        self.least_epoch(records);
    }
}
