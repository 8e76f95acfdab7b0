//! The log bucket and its key are restricted.

mod bucket_access_logging;
mod bucket_block_public_access;
mod bucket_not_public;
mod bucket_ownership_enforced;
mod key_rotation;
mod key_usable;
mod trail_encryption;

use crate::rule::{Judgement, Rule, Ruling, Verdict};
use crate::snapshot::{Bucket, Existence, Observed};

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[
    &bucket_not_public::RULE,
    &bucket_block_public_access::RULE,
    &bucket_ownership_enforced::RULE,
    &bucket_access_logging::RULE,
    &trail_encryption::RULE,
    &key_usable::RULE,
    &key_rotation::RULE,
];

/// Judges a bucket's property, if there is a bucket to have one: on a name that nobody
/// owns the question does not arise (`log-bucket-exists` reports it), and where it could
/// not be told whether somebody does, nothing passes.
fn of_existing(bucket: &Bucket, judgement: impl FnOnce() -> Judgement) -> Judgement {
    match &bucket.existence {
        Observed::Known(Existence::Absent) => Ok(Verdict::not_applicable(format!(
            "the bucket `{}` does not exist",
            bucket.name
        ))),
        Observed::Known(_) => judgement(),
        Observed::Gap(gap) => match judgement() {
            Ok(verdict) if verdict.ruling == Ruling::Pass => Err(gap.clone()),
            other => other,
        },
    }
}
