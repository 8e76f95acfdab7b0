use super::alarms::{ACTION, CRITERIA, READS, RESOURCES, remedies};
use super::chain;
use crate::rule::{Check, Control, Practice, Remedies, Rule, Severity};
use crate::snapshot::Action;

/// Whose a log bucket is decides whose trail records what is done to it.
const READS_WITH_BUCKETS: [Action; READS.len() + 1] = {
    let mut reads = [Action::HeadBucket; READS.len() + 1];
    let (own, _) = reads.split_at_mut(READS.len());
    own.copy_from_slice(READS);
    reads
};

/// Whatever stops, blinds or empties the trail raises an alarm.
pub(super) const RULE: Rule = Rule {
    id: "alarm-trail-tampering",
    title: "Tampering with the trail or its bucket raises an alarm",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Monitoring,
    description: "There are quieter ways to silence a trail than to stop it: event selectors that \
        leave out what matters, a bucket policy that refuses the log files, a lifecycle rule \
        that deletes them after a day, versioning switched off before objects are removed. The \
        benchmarks ask for alarms on some of these calls; this rule asks for all of them, as \
        each leaves the audit with a hole that shows only when the log is needed.",
    criteria: CRITERIA,
    action: ACTION,
    resources: RESOURCES,
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &READS_WITH_BUCKETS,
    remedies: remedies!(
        "alarm-trail-tampering",
        r#"{ (($.eventSource = "cloudtrail.amazonaws.com") && (($.eventName = "StopLogging") || ($.eventName = "DeleteTrail") || ($.eventName = "UpdateTrail") || ($.eventName = "PutEventSelectors") || ($.eventName = "PutInsightSelectors") || ($.eventName = "DeleteEventDataStore") || ($.eventName = "StopEventDataStoreIngestion"))) || (($.eventSource = "s3.amazonaws.com") && (($.eventName = "PutBucketPolicy") || ($.eventName = "DeleteBucketPolicy") || ($.eventName = "PutBucketLifecycle") || ($.eventName = "PutBucketVersioning") || ($.eventName = "DeleteBucket"))) }"#
    ),
    check: Check::Account(|context| {
        chain::judge(
            context,
            "alarm-trail-tampering",
            "tampering with the trail or its log bucket",
        )
    }),
};
