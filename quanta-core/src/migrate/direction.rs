//! Where an open may not go: down without being told to, or up from where it is held.

use std::sync::Arc;

use crate::diff::{Refusal, RefusalKind};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Decision, OnOlder};

use super::open::Open;
use super::request::Hold;

/// Where a store that is newer than the program is told of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Explain {
    AsError,
    InPlan,
}

impl Open<'_> {
    /// Refuses to go where the program may not go: down without being told to, or up from where it is held.
    pub(super) fn explain_direction(&self, decision: &mut Decision, explain: Explain) -> Result<()> {
        let may_go_down = self.request.policy.on_older == OnOlder::RollBack;
        if !decision.older.is_empty() && !may_go_down {
            let account = decision.older.join("\n");
            let fixes = vec![
                "run the newer program".to_owned(),
                "Options::on_older(OnOlder::RollBack) takes the store back; what the old shape can't hold is kept"
                    .to_owned(),
                "Options::on_older(OnOlder::ReadOnly) reads it as it was, and writes nothing".to_owned(),
                "Options::forward() if a field was removed on purpose: that makes a new version".to_owned(),
            ];
            self.tell(
                decision,
                explain,
                ErrorKind::Older,
                ("the store is newer than this program", &account, fixes),
            )?;
        }
        if !decision.held.is_empty() && self.request.hold == Hold::Respect {
            let tables = decision.held.join(", ");
            let account = format!("a rollback by hand holds {tables} where it stands");
            let fixes =
                vec!["Options::release_hold(), or `quanta release-hold`, takes it up again".to_owned()];
            self.tell(
                decision,
                explain,
                ErrorKind::Held,
                ("the store is held", &account, fixes),
            )?;
        }
        Ok(())
    }

    fn tell(
        &self,
        decision: &mut Decision,
        explain: Explain,
        kind: ErrorKind,
        (title, account, fixes): (&str, &str, Vec<String>),
    ) -> Result<()> {
        let refusal_kind = if kind == ErrorKind::Older {
            RefusalKind::Older
        } else {
            RefusalKind::Held
        };
        let refusal = Refusal {
            kind: refusal_kind,
            table: title.to_owned(),
            path: String::new(),
            problem: account.to_owned(),
            fixes,
        };
        match explain {
            Explain::AsError => {
                let error = Error::new(kind, refusal.to_string());
                Err(error.with_detail(Arc::new(decision.plan.clone())))
            }
            Explain::InPlan => {
                decision.plan.refusals.push(refusal);
                Ok(())
            }
        }
    }
}
