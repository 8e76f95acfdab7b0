//! Log files cannot be deleted before their time.

mod bucket_mfa_delete;
mod bucket_versioning;
mod deletion_protection;
mod log_retention;
mod object_lock;
mod root_mfa;

use crate::rule::{Rule, Verdict};
use crate::snapshot::{Bucket, Existence};

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[
    &bucket_mfa_delete::RULE,
    &bucket_versioning::RULE,
    &deletion_protection::RULE,
    &object_lock::RULE,
    &log_retention::RULE,
    &root_mfa::RULE,
];

/// The verdict on a bucket that is known not to exist: whoever claims its name sets its
/// properties, so there is nothing to judge but that, which `log-bucket-exists` does.
fn absent(bucket: &Bucket) -> Option<Verdict> {
    (bucket.existence.if_known() == Some(&Existence::Absent)).then(|| {
        Verdict::not_applicable(format!("the log bucket `{}` does not exist", bucket.name))
    })
}
