use crate::retention::{self, Delivery, Removal};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Bucket, Gap};

/// No lifecycle rule removes log or digest files too soon.
pub(super) const RULE: Rule = Rule {
    id: "log-retention",
    title: "Log files are kept long enough",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::MfaDelete,
    description: "Intrusions are often found months after they began, and standards such as PCI DSS \
        ask for a year of audit logs. A lifecycle rule deletes log files on its own, whatever \
        bucket policies and MFA say, so one careless or malicious rule destroys the record: \
        PutBucketLifecycle is a known way to wipe logs without a single DeleteObject call. \
        Noncurrent versions count too, for they are all that is left of a log file that somebody \
        deleted.",
    criteria: "Fails if an enabled lifecycle rule expires current or noncurrent versions earlier \
        than retention-days (365 by default) and its filter overlaps the log or digest files of a \
        trail that delivers to the bucket, by prefix either way round. An expiration date counts \
        as zero days, because from that day on objects expire however young. A size condition \
        excludes nothing unless no size can meet it, and newer noncurrent versions that are kept \
        help nothing, because overwriting makes more. A rule with a tag filter touches only what \
        somebody tags, which CloudTrail does not, so it fails at medium severity: whoever may tag \
        log files can have them deleted. Disabled rules, and rules for expired delete markers, \
        remove nothing. No lifecycle rule means kept for ever. Unknown if the lifecycle rules \
        could not be read, or if a short-lived rule may touch a trail whose bucket or kind, or \
        whose very existence, could not be read. Not applicable if the bucket does not exist.",
    action: "Raise the expiration of the named rule to at least the period for which log files must \
        be kept, or give it a prefix that holds no log files.",
    resources: &[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::GetBucketLifecycle],
    remedies: Remedies {
        cli: "aws s3api get-bucket-lifecycle-configuration --bucket {bucket} --query '{Rules: Rules}' > lifecycle.json\n\
            # raise the days of the named rule, or give it another prefix, and keep the other\n\
            # rules in the file: all that the bucket has are replaced by\n\
            aws s3api put-bucket-lifecycle-configuration --bucket {bucket} --lifecycle-configuration file://lifecycle.json",
        terraform: "# This replaces all lifecycle rules of the bucket: name the others here, too.\n\
            resource \"aws_s3_bucket_lifecycle_configuration\" \"logs\" {\n  bucket = \"{bucket}\"\n  \
            rule {\n    id     = \"keep-a-year\"\n    status = \"Enabled\"\n    \
            filter {\n      prefix = \"AWSLogs/\"\n    }\n    \
            expiration {\n      days = 365\n    }\n    \
            noncurrent_version_expiration {\n      noncurrent_days = 365\n    }\n  }\n}",
        cloudformation: "# This replaces all lifecycle rules of the bucket: name the others here, too.\n\
            Type: AWS::S3::Bucket\nProperties:\n  BucketName: {bucket}\n  LifecycleConfiguration:\n    Rules:\n      \
            - Id: keep-a-year\n        Status: Enabled\n        Prefix: AWSLogs/\n        ExpirationInDays: 365\n        \
            NoncurrentVersionExpiration:\n          NoncurrentDays: 365",
    },
    check: Check::Bucket(check),
};

fn check(context: &Context<'_>, bucket: &Bucket) -> Judgement {
    let removals = retention::removals(bucket.lifecycle.known()?);
    let deliveries = retention::deliveries(context.account, &bucket.name);
    let demanded = context.settings.log_retention.days;
    let (short, long): (Vec<_>, Vec<_>) = removals
        .iter()
        .partition(|removal| removal.days() < demanded);

    let mut open = None;
    let mut tagged = None;
    for removal in short {
        match touched(removal, &deliveries) {
            Ok(None) => {}
            Ok(Some(by)) if !removal.needs_a_tag() => return Ok(too_short(removal, by, demanded)),
            Ok(Some(by)) => {
                let verdict = too_short(removal, by, demanded).severity(Severity::Medium);
                tagged = tagged.or(Some(verdict));
            }
            Err(gap) => open = open.or(Some(gap)),
        }
        // A trail that nobody saw may deliver to where this rule deletes.
        open = open.or(context.account.all_trails().err());
    }
    match (open, tagged) {
        (Some(gap), _) => Err(gap),
        (None, Some(verdict)) => Ok(verdict),
        (None, None) => Ok(kept(&long, &deliveries)),
    }
}

/// The first delivery that the removal certainly touches.
fn touched<'d, 'a>(
    removal: &Removal<'_>,
    deliveries: &'d [Delivery<'a>],
) -> Result<Option<&'d Delivery<'a>>, Gap> {
    let mut open = None;
    for delivery in deliveries {
        match delivery.holds(|keys| removal.touches(keys)) {
            Ok(true) => return Ok(Some(delivery)),
            Ok(false) => {}
            Err(gap) => open = open.or(Some(gap)),
        }
    }
    open.map_or(Ok(None), Err)
}

fn too_short(removal: &Removal<'_>, by: &Delivery<'_>, demanded: u32) -> Verdict {
    let files = match by.folder {
        retention::Folder::Logs => "log files",
        retention::Folder::Digests => "digest files",
    };
    let who = if removal.needs_a_tag() {
        ", so whoever may tag objects can delete them before"
    } else {
        ", earlier than the demanded"
    };
    Verdict::fail(format!(
        "{}{who} {}; it touches {files} of trail `{}`",
        removal.sentence(),
        retention::in_days(demanded),
        by.trail.name
    ))
    .evidence("lifecycle_rule", removal.rule.id.as_deref())
    .evidence("removed_after_days", removal.days())
    .evidence("prefix", removal.rule.filter.prefix.as_deref())
}

/// The pass, with the soonest removal that may touch what trails deliver, if any.
fn kept(long: &[&Removal<'_>], deliveries: &[Delivery<'_>]) -> Verdict {
    let soonest = long
        .iter()
        .find(|removal| !matches!(touched(removal, deliveries), Ok(None)));
    match soonest {
        Some(removal) => Verdict::pass(format!("log files are kept: {}", removal.sentence()))
            .evidence("removed_after_days", removal.days()),
        None => {
            Verdict::pass("no lifecycle rule removes log or digest files: they are kept for ever")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Retention, Settings};
    use crate::rule::Ruling;
    use crate::snapshot::{
        Account, Existence, LifecycleExpiry, LifecycleFilter, LifecycleRule, Observed, story,
    };

    fn expiring(prefix: Option<&str>, days: u32) -> LifecycleRule {
        LifecycleRule {
            id: Some("tidy".to_owned()),
            enabled: true,
            filter: LifecycleFilter {
                prefix: prefix.map(str::to_owned),
                ..LifecycleFilter::default()
            },
            expiration: Some(LifecycleExpiry::Days(days)),
            ..LifecycleRule::default()
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

    #[test]
    fn without_lifecycle_rules_log_files_are_kept_for_ever() {
        let verdict = story::judge(&RULE, &with(&[])).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(verdict.message.ends_with("for ever"));
    }

    #[test]
    fn an_expiration_before_the_demanded_days_fails_and_names_rule_and_days() {
        assert_eq!(ruling(&[expiring(None, 365)]), Ruling::Pass);
        let verdict = story::judge(&RULE, &with(&[expiring(None, 364)])).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "lifecycle rule `tidy` deletes objects after 364 days, earlier than the demanded 365 \
             days; it touches log files of trail `main`"
        );
        let settings = Settings {
            log_retention: Retention { days: 90 },
            ..Settings::default()
        };
        let verdict = story::judge_with(&RULE, &with(&[expiring(None, 364)]), &settings).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
    }

    #[test]
    fn noncurrent_versions_count_like_current_ones_though_the_newest_be_spared() {
        for newer_noncurrent_versions in [None, Some(5)] {
            let noncurrent = LifecycleRule {
                expiration: None,
                noncurrent_expiration_days: Some(30),
                newer_noncurrent_versions,
                ..expiring(None, 0)
            };
            assert_eq!(ruling(&[noncurrent]), Ruling::Fail);
        }
    }

    #[test]
    fn prefixes_overlap_either_way_round_and_for_digests_too() {
        for prefix in [
            "",
            "AWSLogs/1111",
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2020",
            "AWSLogs/111122223333/CloudTrail-Digest/",
        ] {
            assert_eq!(
                ruling(&[expiring(Some(prefix), 30)]),
                Ruling::Fail,
                "{prefix}"
            );
        }
        for prefix in [
            "tmp/",
            "AWSLogs/444455556666/",
            "AWSLogs/111122223333/Config/",
        ] {
            assert_eq!(
                ruling(&[expiring(Some(prefix), 30)]),
                Ruling::Pass,
                "{prefix}"
            );
        }
    }

    #[test]
    fn an_organization_trail_is_touched_below_any_account() {
        let mut account = with(&[expiring(Some("AWSLogs/o-a1b2c3d4e5/444455556666/"), 30)]);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        account.trail_mut().organization = Observed::Known(true);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
        account.trail_mut().organization = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn an_expiration_date_counts_as_zero_days_in_the_past_and_in_the_future() {
        for date in ["2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"] {
            let dated = LifecycleRule {
                expiration: Some(LifecycleExpiry::Date(date.parse().unwrap())),
                ..expiring(None, 0)
            };
            assert_eq!(ruling(&[dated]), Ruling::Fail, "{date}");
        }
    }

    #[test]
    fn a_disabled_rule_is_no_rule_and_delete_markers_are_no_log_files() {
        let disabled = LifecycleRule {
            enabled: false,
            ..expiring(None, 1)
        };
        let markers = LifecycleRule {
            expiration: Some(LifecycleExpiry::DeleteMarkersOnly),
            ..expiring(None, 0)
        };
        assert_eq!(ruling(&[disabled, markers]), Ruling::Pass);
    }

    #[test]
    fn a_size_condition_excludes_nothing_unless_no_size_meets_it() {
        let mut sized = expiring(None, 30);
        sized.filter.larger_than = Some(1_000_000);
        assert_eq!(ruling(std::slice::from_ref(&sized)), Ruling::Fail);
        sized.filter.smaller_than = Some(1_000_000);
        assert_eq!(ruling(&[sized]), Ruling::Pass);
    }

    #[test]
    fn a_rule_that_needs_a_tag_is_a_weakness_of_medium_weight_and_hides_nothing() {
        let mut tagged = expiring(None, 1);
        tagged.filter.tags = vec![("stage".to_owned(), "old".to_owned())];
        let verdict = story::judge(&RULE, &with(std::slice::from_ref(&tagged))).unwrap();
        assert_eq!(
            (verdict.ruling, verdict.severity),
            (Ruling::Fail, Some(Severity::Medium))
        );
        assert!(verdict.message.contains("whoever may tag"));
        let both = with(&[tagged.clone(), expiring(None, 30)]);
        assert_eq!(story::judge(&RULE, &both).unwrap().severity, None);
        let mut open = with(&[tagged, expiring(Some("AWSLogs/o-"), 30)]);
        open.trail_mut().organization = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &open).is_err());
    }

    #[test]
    fn every_trail_that_delivers_to_the_bucket_counts() {
        let mut account = with(&[expiring(Some("second/"), 30)]);
        let mut second = account.trail_mut().twin("second", "eu-west-1");
        second.key_prefix = Some("second".to_owned());
        account.trails.push(second);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
        account.trails.last_mut().unwrap().bucket = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
        account.trails.last_mut().unwrap().bucket = Observed::Known("other".to_owned());
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn a_short_lived_rule_is_unknown_while_a_trail_may_be_unseen() {
        let mut account = with(&[expiring(Some("second/"), 30)]);
        account.regions.get_mut("eu-west-1").unwrap().trails =
            story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
        account.bucket_mut().lifecycle = Observed::Known(vec![expiring(None, 400)]);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn unread_lifecycle_rules_are_unknown() {
        let mut account = story::pristine_account();
        account.bucket_mut().lifecycle = story::denied(Action::GetBucketLifecycle);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn a_bucket_that_does_not_exist_is_not_applicable() {
        let mut account = story::denied_account();
        account.bucket_mut().existence = Observed::Known(Existence::Absent);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }
}
