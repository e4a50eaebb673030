//! The kinds of contradictions, and what a repair does about each.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::remedy::Remedy;

/// The kinds of contradictions: see [`VerifyReport::totals`](super::VerifyReport::totals).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingCode {
    /// The marker among the records is not that of the store.
    Marker,
    /// The head or the epoch can't be read.
    Head,
    /// The epoch is missing, or behind what was written under it.
    Epoch,
    /// An id was used that the head's counters have not given out.
    Counter,
    /// The head gives one thing to two tables: a space, a name or the id of an index.
    Shared,
    /// The rows of a table don't lie where the ledger left them.
    Space,
    /// The head's fingerprint is not that of the version it names.
    Fingerprint,
    /// The head doesn't say that rows of a table may be at its current version.
    Stamps,
    /// The tables don't stand as the ledger says of the current revision.
    Revision,
    /// A record of the ledger can't be read or stands in the wrong place.
    LedgerRecord,
    /// A record of the ledger doesn't name the one before it.
    LedgerChain,
    /// The ledger doesn't end as the head says.
    LedgerHead,
    /// A record of the ledger begins elsewhere than the records before it end.
    LedgerWay,
    /// A release has no name, the name of another one, or a revision that no record makes.
    Release,
    /// A version can't be read, or contradicts itself.
    Version,
    /// The versions of a table make no tree, one has no way from its parent, or not all are those of the ledger.
    VersionTree,
    /// A version of a table that the head doesn't know.
    VersionOrphan,
    /// The record of a current schema is missing or is another one.
    Schema,
    /// The record of a current schema has no live table.
    SchemaOrphan,
    /// Rows lie where neither a table nor unfinished work has a space.
    RowOrphan,
    /// A row is stamped with a version that its table may not carry.
    RowStamp,
    /// A row is no row of the version that it is stamped with, or its bytes are not those that a writer gives them.
    RowBody,
    /// A row lies under another key than its own.
    RowKey,
    /// A row can't be brought to the current version.
    RowTranslation,
    /// A kept value lies where neither a table nor unfinished work has a space.
    KeptOrphan,
    /// A kept value belongs to an edge that its table doesn't have or doesn't keep anything for.
    KeptEdge,
    /// A kept value belongs to no row.
    KeptRow,
    /// A kept value belongs to a row on the side that can hold the value itself.
    KeptSide,
    /// A kept value can't be read.
    KeptEntry,
    /// A record of unfinished work can't be read, or would take away what the head names.
    Work,
    /// Index entries lie where neither an index nor unfinished work has a space.
    IndexOrphan,
    /// A row has no entry in an index for a value that it has.
    IndexMissing,
    /// An index has an entry that no row has.
    IndexSurplus,
    /// A row refers to a row that isn't there.
    Dangling,
    /// A version of a view is missing or can't be read, or it reads what isn't there.
    View,
    /// A version of a view that the head doesn't know.
    ViewOrphan,
    /// A counter of keys can't be read, is of no table, or is below a key of its table.
    KeyCounter,
    /// Rows that were taken out, in a space of no table and no unfinished work.
    VictimOrphan,
    /// A row that was taken out can't be read, or comes from no edge that took rows out.
    Victim,
    /// A record in no known area of the key space.
    UnknownArea,
}

/// What there is to say of a kind: what is wrong, what is done about it, and why nothing is, or when.
struct Account {
    what: &'static str,
    done: Option<&'static str>,
    not_done: Option<&'static str>,
}

impl FindingCode {
    /// All kinds, in the order of the table in docs/tools.md.
    pub const ALL: [Self; 40] = [
        Self::Marker,
        Self::Head,
        Self::Epoch,
        Self::Counter,
        Self::Shared,
        Self::Space,
        Self::Fingerprint,
        Self::Stamps,
        Self::Revision,
        Self::LedgerRecord,
        Self::LedgerChain,
        Self::LedgerHead,
        Self::LedgerWay,
        Self::Release,
        Self::Version,
        Self::VersionTree,
        Self::VersionOrphan,
        Self::Schema,
        Self::SchemaOrphan,
        Self::RowOrphan,
        Self::RowStamp,
        Self::RowBody,
        Self::RowKey,
        Self::RowTranslation,
        Self::KeptOrphan,
        Self::KeptEdge,
        Self::KeptRow,
        Self::KeptSide,
        Self::KeptEntry,
        Self::Work,
        Self::IndexOrphan,
        Self::IndexMissing,
        Self::IndexSurplus,
        Self::Dangling,
        Self::View,
        Self::ViewOrphan,
        Self::KeyCounter,
        Self::VictimOrphan,
        Self::Victim,
        Self::UnknownArea,
    ];

    /// Says what is wrong where there is such a finding.
    #[must_use]
    pub fn what(self) -> &'static str {
        self.account().what
    }

    /// Says what a repair does about such findings; none if it never does anything.
    #[must_use]
    pub fn repaired_by(self) -> Option<&'static str> {
        self.account().done
    }

    /// Says why a repair does nothing about such findings, or about which of them; none if all are put in order.
    #[must_use]
    pub fn not_repaired(self) -> Option<&'static str> {
        self.account().not_done
    }

    /// Returns what is done about such a finding, unless something stands against it.
    pub(super) fn remedy(self) -> Remedy {
        let account = self.account();
        match (account.done, account.not_done) {
            (Some(done), _) => Remedy::Repair(done),
            (None, why) => Remedy::Refuse(why.unwrap_or_default()),
        }
    }

    /// Returns why nothing is done about such a finding, where there are others about which something is.
    pub(super) fn refusal(self) -> Remedy {
        Remedy::Refuse(self.account().not_done.unwrap_or_default())
    }

    fn account(self) -> Account {
        let (what, done, not_done) = match self {
            Self::Marker => (
                "The marker among the records is not that of the store",
                None,
                Some("which of both stores the records are of can't be told"),
            ),
            Self::Head => (
                "The head or the epoch can't be read",
                None,
                Some("nothing else says what the head said: restore a backup"),
            ),
            Self::Epoch => (
                "The epoch is missing, or behind what was written under it",
                Some("it is set past everything that was written"),
                None,
            ),
            Self::Counter => (
                "An id was used that the head's counters have not given out",
                Some("the counter is set past it"),
                None,
            ),
            Self::Shared => (
                "The head gives one thing to two tables: a space, a name or the id of an index",
                None,
                Some("whose it is can't be told"),
            ),
            Self::Space => (
                "The rows of a table don't lie where the ledger left them",
                None,
                Some("where they are can't be told"),
            ),
            Self::Fingerprint => (
                "The head's fingerprint is not that of the version it names",
                None,
                Some("which of both is right can't be told"),
            ),
            Self::Stamps => (
                "The head doesn't say that rows of a table may be at its current version",
                Some("it is written down: every write makes such rows"),
                None,
            ),
            Self::Revision => (
                "The tables don't stand as the ledger says of the current revision",
                None,
                Some("which of both is right can't be told"),
            ),
            Self::LedgerRecord => (
                "A record of the ledger can't be read or stands in the wrong place",
                None,
                Some("the ledger is never rewritten: restore a backup"),
            ),
            Self::LedgerChain => (
                "A record of the ledger doesn't name the one before it",
                None,
                Some("the ledger is never rewritten: restore a backup"),
            ),
            Self::LedgerHead => (
                "The ledger doesn't end as the head says",
                None,
                Some("the ledger is never rewritten: restore a backup"),
            ),
            Self::LedgerWay => (
                "A record of the ledger begins elsewhere than the records before it end",
                None,
                Some("the ledger is never rewritten: restore a backup"),
            ),
            Self::Release => (
                "A release has no name, the name of another one, or a revision that no record makes",
                None,
                Some("the ledger is never rewritten: restore a backup"),
            ),
            Self::Version => (
                "A version can't be read, or contradicts itself",
                None,
                Some("nothing else says what it said: restore a backup"),
            ),
            Self::VersionTree => (
                "The versions of a table make no tree, one has no way from its parent, or not all are those of the ledger",
                None,
                Some("nothing else says what is missing: restore a backup"),
            ),
            Self::VersionOrphan => (
                "A version of a table that the head doesn't know",
                None,
                Some("versions are never deleted: the head may have lost the table"),
            ),
            Self::Schema => (
                "The record of a current schema is missing or is another one",
                Some("it is written again, from the current version"),
                None,
            ),
            Self::SchemaOrphan => (
                "The record of a current schema has no live table",
                Some("it is deleted: nothing reads it"),
                None,
            ),
            Self::RowOrphan => (
                "Rows lie where neither a table nor unfinished work has a space",
                Some("they are deleted: no table has lain there since the last change"),
                None,
            ),
            Self::RowStamp => (
                "A row is stamped with a version that its table may not carry",
                None,
                Some("which shape it has can't be told"),
            ),
            Self::RowBody => (
                "A row is no row of the version that it is stamped with, or its bytes are not those that a writer gives them",
                None,
                Some("what it held can't be told: restore a backup"),
            ),
            Self::RowKey => (
                "A row lies under another key than its own",
                None,
                Some("which of both is right can't be told"),
            ),
            Self::RowTranslation => (
                "A row can't be brought to the current version",
                None,
                Some("what it should become can't be told"),
            ),
            Self::KeptOrphan => (
                "A kept value lies where neither a table nor unfinished work has a space",
                Some("it is deleted: no row can reach it"),
                None,
            ),
            Self::KeptEdge => (
                "A kept value belongs to an edge that its table doesn't have or doesn't keep anything for",
                Some("it is deleted, if there is no such edge or the edge was forgotten"),
                Some("else the head may have lost that something is kept there"),
            ),
            Self::KeptRow => (
                "A kept value belongs to no row",
                Some("it is deleted: a later row of that key would inherit it"),
                None,
            ),
            Self::KeptSide => (
                "A kept value belongs to a row on the side that can hold the value itself",
                Some("it is deleted: the row holds the value"),
                None,
            ),
            Self::KeptEntry => (
                "A kept value can't be read",
                None,
                Some("what was kept can't be told: restore a backup"),
            ),
            Self::Work => (
                "A record of unfinished work can't be read, or would take away what the head names",
                Some("it is deleted: it holds nothing, and work begins anew without it"),
                None,
            ),
            Self::IndexOrphan => (
                "Index entries lie where neither an index nor unfinished work has a space",
                Some("they are deleted: no index has lain there since the last change"),
                None,
            ),
            Self::IndexMissing => (
                "A row has no entry in an index for a value that it has",
                Some("it is written, from the row"),
                Some("unless another row has the value in a unique index"),
            ),
            Self::IndexSurplus => (
                "An index has an entry that no row has",
                Some("it is deleted"),
                None,
            ),
            Self::Dangling => (
                "A row refers to a row that isn't there",
                None,
                Some("which of both rows is wrong can't be told"),
            ),
            Self::View => (
                "A version of a view is missing or can't be read, or it reads what isn't there",
                None,
                Some("declare the view again, or drop it"),
            ),
            Self::ViewOrphan => (
                "A version of a view that the head doesn't know",
                None,
                Some("versions are never deleted: the head may have lost the view"),
            ),
            Self::KeyCounter => (
                "A counter of keys can't be read, is of no table, or is below a key of its table",
                Some("it is set to the highest key, or deleted if there is no table"),
                Some("one that can't be read may have given out more: only the program knows"),
            ),
            Self::VictimOrphan => (
                "Rows that were taken out, in a space of no table and no unfinished work",
                Some("they are deleted: no rollback can reach them"),
                None,
            ),
            Self::Victim => (
                "A row that was taken out can't be read, or comes from no edge that took rows out",
                None,
                Some("what it held can't be told: restore a backup"),
            ),
            Self::UnknownArea => (
                "A record in no known area of the key space",
                None,
                Some("what it is for isn't known"),
            ),
        };
        Account { what, done, not_done }
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The derived names are the ones in JSON.
        match serde_json::to_value(self) {
            Ok(Value::String(name)) => f.pad(&name),
            _ => f.pad("unknown"),
        }
    }
}
