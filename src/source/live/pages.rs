//! Answers that come in pages.

use std::collections::BTreeSet;

use super::convert::setting;
use super::gap;
use crate::snapshot::{Action, Gap};

/// The pages of one answer. What is left of it when a page is missing is no answer.
#[derive(Debug)]
pub(super) struct Pages {
    action: Action,
    seen: BTreeSet<String>,
}

impl Pages {
    /// Before the first page of `action`'s answer.
    pub(super) fn of(action: Action) -> Self {
        Pages {
            action,
            seen: BTreeSet::new(),
        }
    }

    /// The token to ask for the next page with; `None` after the last. Some services send
    /// `""` with the last page.
    ///
    /// # Errors
    /// A gap if that page was there before, or one would read it for ever.
    pub(super) fn after(&mut self, token: Option<String>) -> Result<Option<String>, Gap> {
        let Some(token) = setting(token) else {
            return Ok(None);
        };
        if self.seen.insert(token.clone()) {
            Ok(Some(token))
        } else {
            let detail = "the pages of the answer repeat";
            Err(gap::malformed(self.action, detail))
        }
    }

    /// The same where the service says beside the token, called `member`, whether there are
    /// more pages.
    ///
    /// # Errors
    /// A gap also if there are more and nothing tells how to ask for them.
    pub(super) fn after_truncated(
        &mut self,
        truncated: bool,
        token: Option<String>,
        member: &str,
    ) -> Result<Option<String>, Gap> {
        let next = self.after(token)?;
        if truncated && next.is_none() {
            return Err(gap::without(self.action, member));
        }
        Ok(next)
    }
}
