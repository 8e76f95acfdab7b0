//! A fact, or the reason we lack it.

use serde::{Deserialize, Serialize};

use super::Action;

/// A fact about the account: either what AWS answered, or the [`Gap`] left by a call
/// that failed. "Not configured" is a known fact, usually `Known(None)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Observed_{T}"))]
#[serde(rename_all = "kebab-case")]
pub enum Observed<T> {
    /// What AWS answered.
    Known(T),
    /// Why there is no answer.
    Gap(Gap),
}

impl<T> Observed<T> {
    /// The fact, or the gap in its place. `?` on this is the rules' three-valued
    /// logic: a rule that needs a missing fact ends as `unknown`.
    ///
    /// # Errors
    /// The [`Gap`] that stands where the fact should be.
    pub fn known(&self) -> Result<&T, Gap> {
        match self {
            Observed::Known(fact) => Ok(fact),
            Observed::Gap(gap) => Err(gap.clone()),
        }
    }

    /// The fact if it is known; use it only where a missing fact changes nothing.
    pub fn if_known(&self) -> Option<&T> {
        match self {
            Observed::Known(fact) => Some(fact),
            Observed::Gap(_) => None,
        }
    }

    /// The gap, if the fact is missing.
    pub fn gap(&self) -> Option<&Gap> {
        match self {
            Observed::Known(_) => None,
            Observed::Gap(gap) => Some(gap),
        }
    }

    /// The gap of a fact that nobody asked for.
    pub fn not_collected(action: Action) -> Self {
        Observed::Gap(Gap::new(
            action,
            GapKind::NotCollected,
            "the snapshot was taken without it",
        ))
    }

    /// The same fact seen through `f`; a gap stays as it is.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Observed<U> {
        match self {
            Observed::Known(fact) => Observed::Known(f(fact)),
            Observed::Gap(gap) => Observed::Gap(gap),
        }
    }
}

impl<T> From<Result<T, Gap>> for Observed<T> {
    fn from(result: Result<T, Gap>) -> Self {
        match result {
            Ok(fact) => Observed::Known(fact),
            Err(gap) => Observed::Gap(gap),
        }
    }
}

/// A fact we could not read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Gap {
    /// The IAM action whose call failed, for example `s3:GetBucketPolicy`: what to
    /// grant if the kind is `access-denied`.
    pub action: String,
    /// What sort of failure it was.
    pub kind: GapKind,
    /// The service's own message, or what we expected and did not find.
    pub detail: String,
}

impl Gap {
    /// A gap left by `action`.
    pub fn new(action: Action, kind: GapKind, detail: impl Into<String>) -> Self {
        Gap {
            action: action.iam().to_owned(),
            kind,
            detail: detail.into(),
        }
    }
}

/// Why a fact is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// The caller, or an organization policy above it, is not allowed to ask.
    AccessDenied,
    /// AWS still said "slow down" after the last retry.
    Throttled,
    /// The resource that was asked for is not there.
    NotFound,
    /// This service, Region, partition or endpoint does not offer the call, or AWS answers
    /// it to another account only.
    Unsupported,
    /// A time-out, a server error, a connection that broke, a deadline that struck.
    Transient,
    /// An answer arrived but did not hold what AWS documents.
    Malformed,
    /// The account is suspended or closed.
    Suspended,
    /// The snapshot was taken for other rules, and nobody asked for this fact.
    NotCollected,
    /// A rule failed in itself: a mistake in trailcheck, not in the account.
    Internal,
}

impl GapKind {
    /// The kind as reports spell it, for example `access-denied`.
    pub fn as_str(self) -> &'static str {
        match self {
            GapKind::AccessDenied => "access-denied",
            GapKind::Throttled => "throttled",
            GapKind::NotFound => "not-found",
            GapKind::Unsupported => "unsupported",
            GapKind::Transient => "transient",
            GapKind::Malformed => "malformed",
            GapKind::Suspended => "suspended",
            GapKind::NotCollected => "not-collected",
            GapKind::Internal => "internal",
        }
    }
}

impl std::fmt::Display for GapKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
