use serde_json::json;

use crate::retention::{self, Delivery, Folder, Removal};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, of_existing,
};
use crate::snapshot::{Action, Gap, GapKind, LifecycleRule, LifecycleTransition, Trail};

/// Digests last as long as the log files they vouch for, where they can be read.
pub(super) const RULE: Rule = Rule {
    id: "digest-retention",
    title: "Digest files last as long as the log files",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Integrity,
    description: "Log files can be proven genuine only with the digests that were made of them. A \
        lifecycle rule that removes digests earlier than log files leaves logs that nobody can \
        validate any more, so an intruder need only wait to forge them; one that moves digests to \
        an archive class makes validation fail until each digest has been restored by hand, in \
        the middle of an investigation. Both are easily done by a rule meant to save money, \
        though digests take next to no space.",
    criteria: "Fails if an enabled lifecycle rule of the log bucket removes digest files (current \
        or noncurrent versions) and no rule removes all log files they vouch for by then, or if \
        one moves current digests to GLACIER (Glacier Flexible Retrieval) or DEEP_ARCHIVE; \
        GLACIER_IR can be read at once, and the archive tiers of INTELLIGENT_TIERING cannot be \
        seen here. A rule whose tag filter only meets digests that somebody tags fails at low \
        severity. S3 leaves objects under 128 KB in place by default since September 2024, unless \
        the rule or the bucket says otherwise; that is not relied on. Unknown if the lifecycle \
        rules, the bucket or the kind of trail could not be read, or for a storage class that is \
        not known. Not applicable if validation is off, or if the bucket does not exist.",
    action: "Keep digests at least as long as log files: let the lifecycle rules that expire them \
        name a prefix that holds both, such as AWSLogs/, and keep transitions to archive classes \
        to prefixes that hold no digests.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::HeadBucket, Action::GetBucketLifecycle],
    remedies: Remedies {
        cli: "aws s3api get-bucket-lifecycle-configuration --bucket {bucket} --query '{Rules: Rules}' > lifecycle.json\n\
            # change the rule that removes or archives CloudTrail-Digest/ and keep the others in\n\
            # the file: all that the bucket has are replaced by\n\
            aws s3api put-bucket-lifecycle-configuration --bucket {bucket} --lifecycle-configuration file://lifecycle.json",
        terraform: "resource \"aws_s3_bucket_lifecycle_configuration\" \"logs\" {\n  bucket = \"{bucket}\"\n  \
            rule {\n    id     = \"logs-and-digests\"\n    status = \"Enabled\"\n    \
            filter {\n      prefix = \"AWSLogs/\"\n    }\n    expiration {\n      days = 400\n    }\n  }\n}",
        cloudformation: "Type: AWS::S3::Bucket\nProperties:\n  BucketName: {bucket}\n  LifecycleConfiguration:\n    Rules:\n      \
            - Id: logs-and-digests\n        Status: Enabled\n        Prefix: AWSLogs/\n        ExpirationInDays: 400",
    },
    check: Check::Trail(check),
};

/// Storage classes whose objects can be read at once.
const READABLE: &[&str] = &[
    "STANDARD",
    "STANDARD_IA",
    "ONEZONE_IA",
    "REDUCED_REDUNDANCY",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "EXPRESS_ONEZONE",
];

/// Storage classes whose objects must be restored first.
const ARCHIVED: &[&str] = &["GLACIER", "DEEP_ARCHIVE"];

fn check(context: &Context<'_>, trail: &Trail) -> Judgement {
    if !*trail.log_file_validation.known()? {
        return Ok(Verdict::not_applicable(
            "log file validation is off, so there are no digests",
        ));
    }
    let name = trail.bucket.known()?;
    let bucket = context.account.bucket(name)?;
    of_existing(bucket, || {
        let rules = bucket.lifecycle.known()?;
        let digests = retention::delivery(trail, Folder::Digests);
        let verdict = judge(context, rules, &digests)?;
        Ok(verdict.evidence("bucket", name.as_str()))
    })
}

fn judge(context: &Context<'_>, rules: &[LifecycleRule], digests: &Delivery<'_>) -> Judgement {
    let removals = retention::removals(rules);
    let mut open = None;
    let mut tagged = None;
    for removal in &removals {
        match digests.holds(|keys| removal.outlived_by_logs(keys, &removals, context.now)) {
            Ok(false) => {}
            Ok(true) if !removal.needs_a_tag() => return Ok(too_early(removal)),
            Ok(true) => tagged = tagged.or(Some(too_early(removal).severity(Severity::Low))),
            Err(gap) => open = open.or(Some(gap)),
        }
    }
    for (rule, moved) in moves(rules) {
        match (
            digests.holds(|keys| retention::touches(rule, keys)),
            unreadable(moved),
        ) {
            (Ok(false), _) | (_, Ok(false)) => {}
            (Err(gap), _) | (_, Err(gap)) => open = open.or(Some(gap)),
            (Ok(true), Ok(true)) if rule.filter.tags.is_empty() => {
                return Ok(archived(rule, moved));
            }
            (Ok(true), Ok(true)) => {
                tagged = tagged.or(Some(archived(rule, moved).severity(Severity::Low)));
            }
        }
    }
    match (open, tagged) {
        (Some(gap), _) => Err(gap),
        (None, Some(verdict)) => Ok(verdict),
        (None, None) => Ok(Verdict::pass(
            "no lifecycle rule removes digest files before the log files they vouch for, or \
             archives them",
        )),
    }
}

/// The moves of current versions that enabled rules make.
fn moves(rules: &[LifecycleRule]) -> impl Iterator<Item = (&LifecycleRule, &LifecycleTransition)> {
    rules
        .iter()
        .filter(|rule| rule.enabled)
        .flat_map(|rule| rule.transitions.iter().map(move |moved| (rule, moved)))
}

/// Whether objects must be restored after such a move before they can be read.
fn unreadable(moved: &LifecycleTransition) -> Result<bool, Gap> {
    let class = moved.storage_class.as_str();
    if READABLE.contains(&class) || ARCHIVED.contains(&class) {
        return Ok(ARCHIVED.contains(&class));
    }
    Err(Gap::new(
        Action::GetBucketLifecycle,
        GapKind::Unsupported,
        format!("whether objects in the storage class `{class}` can be read at once is not known"),
    ))
}

fn too_early(removal: &Removal<'_>) -> Verdict {
    let reach = if removal.needs_a_tag() {
        ", which meets every digest that somebody tags so"
    } else {
        ""
    };
    Verdict::fail(format!(
        "{}{reach}, and no rule removes all log files they vouch for by then",
        removal.sentence()
    ))
    .evidence("lifecycle_rule", removal.rule.id.as_deref())
    .evidence("removed_after_days", removal.days())
}

fn archived(rule: &LifecycleRule, moved: &LifecycleTransition) -> Verdict {
    let when = match (moved.days, moved.date) {
        (Some(days), _) => format!("after {days} days"),
        (None, Some(date)) => format!("from {} on", date.strftime("%Y-%m-%d")),
        (None, None) => "at once".to_owned(),
    };
    Verdict::fail(format!(
        "{} moves digest files to {} {when}, where they cannot be read before they are restored",
        retention::rule_name(rule),
        moved.storage_class
    ))
    .evidence("lifecycle_rule", rule.id.as_deref())
    .evidence(
        "transition",
        json!({"storage_class": moved.storage_class, "days": moved.days}),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Existence, LifecycleExpiry, LifecycleFilter, Observed, story};

    fn expiring(prefix: &str, days: u32) -> LifecycleRule {
        LifecycleRule {
            id: Some("tidy".to_owned()),
            enabled: true,
            filter: LifecycleFilter {
                prefix: Some(prefix.to_owned()),
                ..LifecycleFilter::default()
            },
            expiration: Some(LifecycleExpiry::Days(days)),
            ..LifecycleRule::default()
        }
    }

    fn moving(class: &str) -> LifecycleRule {
        LifecycleRule {
            expiration: None,
            transitions: vec![LifecycleTransition {
                days: Some(90),
                date: None,
                storage_class: class.to_owned(),
            }],
            ..expiring("", 0)
        }
    }

    fn with(rules: &[LifecycleRule]) -> Account {
        let mut account = story::pristine_account();
        account.bucket_mut().lifecycle = Observed::Known(rules.to_vec());
        account
    }

    fn ruling(rules: &[LifecycleRule]) -> Ruling {
        story::judge(&RULE, &with(rules)).unwrap().ruling
    }

    const LOGS: &str = "AWSLogs/111122223333/CloudTrail/";
    const DIGESTS: &str = "AWSLogs/111122223333/CloudTrail-Digest/";

    #[test]
    fn without_lifecycle_rules_digests_last() {
        assert_eq!(ruling(&[]), Ruling::Pass);
    }

    #[test]
    fn digests_may_go_with_their_logs_or_after_them_but_not_before() {
        assert_eq!(ruling(&[expiring("AWSLogs/", 400)]), Ruling::Pass);
        assert_eq!(
            ruling(&[expiring(LOGS, 400), expiring(DIGESTS, 400)]),
            Ruling::Pass
        );
        assert_eq!(
            ruling(&[expiring(LOGS, 400), expiring(DIGESTS, 500)]),
            Ruling::Pass
        );
        assert_eq!(
            ruling(&[expiring(LOGS, 400), expiring(DIGESTS, 399)]),
            Ruling::Fail
        );
        assert_eq!(ruling(&[expiring(DIGESTS, 4000)]), Ruling::Fail);
    }

    #[test]
    fn logs_of_one_region_that_go_earlier_do_not_excuse_all_digests() {
        let logs = format!("{LOGS}eu-west-1/");
        assert_eq!(
            ruling(&[expiring(&logs, 90), expiring(DIGESTS, 90)]),
            Ruling::Fail
        );
        let digests = format!("{DIGESTS}eu-west-1/");
        assert_eq!(
            ruling(&[expiring(&logs, 90), expiring(&digests, 90)]),
            Ruling::Pass
        );
    }

    #[test]
    fn noncurrent_digests_are_compared_with_noncurrent_logs() {
        let noncurrent = |prefix| LifecycleRule {
            expiration: None,
            noncurrent_expiration_days: Some(30),
            ..expiring(prefix, 0)
        };
        assert_eq!(ruling(&[noncurrent("")]), Ruling::Pass);
        assert_eq!(ruling(&[noncurrent(DIGESTS)]), Ruling::Fail);
        assert_eq!(
            ruling(&[noncurrent(""), expiring(DIGESTS, 400)]),
            Ruling::Fail
        );
        assert_eq!(
            ruling(&[expiring(LOGS, 1), noncurrent(DIGESTS)]),
            Ruling::Fail
        );
    }

    #[test]
    fn an_expiration_date_takes_every_digest_whatever_its_age() {
        let dated = |prefix, date: &str| LifecycleRule {
            expiration: Some(LifecycleExpiry::Date(date.parse().unwrap())),
            ..expiring(prefix, 0)
        };
        let past = "2026-01-01T00:00:00Z";
        let future = "2028-01-01T00:00:00Z";
        assert_eq!(ruling(&[dated("", future)]), Ruling::Pass);
        assert_eq!(ruling(&[dated(DIGESTS, future)]), Ruling::Fail);
        assert_eq!(
            ruling(&[dated(DIGESTS, past), dated(LOGS, future)]),
            Ruling::Fail
        );
        assert_eq!(
            ruling(&[dated(DIGESTS, past), expiring(LOGS, 1)]),
            Ruling::Fail
        );
        assert_eq!(
            ruling(&[expiring(DIGESTS, 30), dated(LOGS, past)]),
            Ruling::Pass
        );
        assert_eq!(
            ruling(&[expiring(DIGESTS, 30), dated(LOGS, future)]),
            Ruling::Fail
        );
    }

    #[test]
    fn archive_classes_fail_and_classes_that_can_be_read_at_once_pass() {
        for class in ARCHIVED {
            assert_eq!(ruling(&[moving(class)]), Ruling::Fail, "{class}");
        }
        for class in READABLE {
            assert_eq!(ruling(&[moving(class)]), Ruling::Pass, "{class}");
        }
        let logs_only = LifecycleRule {
            filter: expiring(LOGS, 0).filter,
            ..moving("DEEP_ARCHIVE")
        };
        assert_eq!(ruling(&[logs_only]), Ruling::Pass);
    }

    #[test]
    fn a_storage_class_newer_than_this_build_is_unknown() {
        let gap = story::judge(&RULE, &with(&[moving("PERMAFROST")])).unwrap_err();
        assert!(gap.detail.contains("`PERMAFROST`"));
    }

    #[test]
    fn a_disabled_rule_is_no_rule() {
        for rule in [expiring(DIGESTS, 1), moving("GLACIER")] {
            let disabled = LifecycleRule {
                enabled: false,
                ..rule
            };
            assert_eq!(ruling(&[disabled]), Ruling::Pass);
        }
    }

    #[test]
    fn a_rule_that_needs_a_tag_weighs_less_and_hides_nothing() {
        let mut tagged = expiring(DIGESTS, 1);
        tagged.filter.tags = vec![("stage".to_owned(), "old".to_owned())];
        let verdict = story::judge(&RULE, &with(std::slice::from_ref(&tagged))).unwrap();
        assert_eq!(
            (verdict.ruling, verdict.severity),
            (Ruling::Fail, Some(Severity::Low))
        );
        let account = with(&[tagged, expiring(DIGESTS, 30)]);
        assert_eq!(story::judge(&RULE, &account).unwrap().severity, None);
    }

    #[test]
    fn an_organization_trails_digests_lie_below_any_id_and_account() {
        let mut account = with(&[expiring(
            "AWSLogs/o-a1b2c3d4e5/444455556666/CloudTrail-Digest/",
            9,
        )]);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        account.trail_mut().organization = Observed::Known(true);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
        account.trail_mut().organization = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn lifecycle_rules_that_could_not_be_read_are_unknown() {
        let mut account = story::pristine_account();
        account.bucket_mut().lifecycle = story::denied(Action::GetBucketLifecycle);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn without_validation_or_bucket_the_question_does_not_arise() {
        let mut account = story::pristine_account();
        account.bucket_mut().existence = Observed::Known(Existence::Absent);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
        let mut account = story::denied_account();
        account.trail_mut().log_file_validation = Observed::Known(false);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
        account.trail_mut().log_file_validation = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
