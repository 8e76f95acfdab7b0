//! The edge cases that decide whether a verdict is right, each as a claim about every rule:
//! one test per case, on the story nearest to it. How a single rule meets a case is tested
//! beside that rule.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::catalogue;
use super::tests::actions_of;
use crate::audit::audit;
use crate::config::Settings;
use crate::finding::{Finding, Status};
use crate::rule::{Check, Rule};
use crate::snapshot::Observed::{self, Known};
use crate::snapshot::{
    Account, AccountStatus, Action, BasicSelector, Existence, Gap, GapKind, LifecycleExpiry,
    LifecycleFilter, LifecycleRule, MetricTransformation, PublicAccessBlock, ReadWriteType,
    Selectors, Snapshot, Trail, Versioning, VersioningStatus, story,
};

const HOME: &str = "us-east-1";
const OTHER: &str = "eu-west-1";

fn judge(account: &Account) -> Vec<Finding> {
    judge_snapshot(&story::snapshot_of(account.clone()))
}

fn judge_snapshot(snapshot: &Snapshot) -> Vec<Finding> {
    audit(snapshot, &catalogue(), &Settings::default())
}

/// What every rule says of every subject: the least that must stay the same where nothing
/// that matters has changed.
fn statuses(account: &Account) -> BTreeMap<(&'static str, String, String), Status> {
    judge(account)
        .into_iter()
        .map(|finding| {
            (
                (finding.rule, finding.region, finding.resource),
                finding.status,
            )
        })
        .collect()
}

/// The statuses of one rule.
fn of_rule(account: &Account, rule: &str) -> Vec<Status> {
    judge(account)
        .into_iter()
        .filter(|finding| finding.rule == rule)
        .map(|finding| finding.status)
        .collect()
}

fn rule_named(id: &str) -> &'static Rule {
    catalogue().into_iter().find(|rule| rule.id == id).unwrap()
}

/// Whether a rule is about trails or about what they use.
fn hangs_on_trails(id: &str) -> bool {
    let grains = ["trail", "bucket", "key", "log-group", "topic"];
    grains.contains(&rule_named(id).check.grain())
}

fn gap<T>(action: Action, kind: GapKind) -> Observed<T> {
    Observed::Gap(Gap::new(action, kind, "an edge case"))
}

#[test]
fn case_1_an_organization_trail_in_a_member_account_is_kept_and_no_fact_it_hides_fails() {
    let told = story::member_account();
    let mut refused = told.clone();
    for status in refused.trail_mut().status.values_mut() {
        *status = gap(Action::GetTrailStatus, GapKind::NotFound);
    }
    for (account, logging) in [(&told, Status::Pass), (&refused, Status::Unknown)] {
        assert_eq!(of_rule(account, "trail-logging"), [logging]);
        assert_eq!(of_rule(account, "trail-exists"), [Status::Pass]);
        let findings = judge(account);
        for rule in catalogue() {
            let mut own = findings.iter().filter(|finding| finding.rule == rule.id);
            if let Check::Trail(_) = rule.check {
                let arn = &account.trails.first().unwrap().arn;
                assert!(own.any(|finding| finding.resource == *arn), "{}", rule.id);
            }
        }
        for finding in findings.iter().filter(|one| hangs_on_trails(one.rule)) {
            assert_ne!(
                finding.status,
                Status::Fail,
                "{}: {}",
                finding.rule,
                finding.message
            );
        }
    }
}

#[test]
fn case_2_shadow_trails_are_one_trail_its_worst_region_counts_and_a_shared_name_is_two() {
    let mut account = story::pristine_account();
    let about_trails = |account: &Account| {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in judge(account) {
            if let Check::Trail(_) = rule_named(finding.rule).check {
                *count.entry(finding.rule).or_default() += 1;
            }
        }
        count
    };
    for (rule, findings) in about_trails(&account) {
        assert_eq!(findings, 1, "{rule} on a trail and its shadow");
    }
    let twin = account.trail_mut().twin("main", OTHER);
    let mut two = account.clone();
    two.trails.push(twin);
    for (rule, findings) in about_trails(&two) {
        assert_eq!(findings, 2, "{rule} on two trails of one name");
    }
    let status = account.trail_mut().status_mut(OTHER);
    let refused = || Some("AccessDenied".to_owned());
    status.delivery_attempt = None;
    status.delivery_error = refused();
    status.digest_error = refused();
    status.log_group_error = refused();
    status.notification_error = refused();
    for rule in [
        "log-delivery",
        "digest-delivery",
        "cloudwatch-logs-delivery",
        "sns-delivery",
    ] {
        assert_eq!(of_rule(&account, rule), [Status::Fail], "{rule}");
    }
}

#[test]
fn case_3_one_failing_call_changes_only_the_rules_that_read_its_fact() {
    let before = story::pristine_account();
    let json = serde_json::to_value(&before).unwrap();
    let kinds = [GapKind::Throttled, GapKind::AccessDenied, GapKind::NotFound];
    // By fingerprint: which Region a bucket is in is itself a fact that may be missing.
    let known: BTreeMap<String, Status> = judge(&before)
        .into_iter()
        .map(|finding| (finding.fingerprint, finding.status))
        .collect();
    let old: BTreeSet<String> = judge(&before).iter().map(whole).collect();
    for at in 0.. {
        let (mut seen, mut taken) = (0, None);
        let mut poorer = json.clone();
        story::take_away(&mut poorer, &mut |field| {
            seen += 1;
            (seen == at + 1).then(|| {
                let actions = actions_of(field);
                let kind = kinds.get(at % kinds.len()).copied().unwrap();
                let gap = Gap::new(*actions.first().unwrap(), kind, "an edge case");
                taken = Some(actions);
                gap
            })
        });
        let Some(actions) = taken else {
            assert!(at > 50, "only {at} facts were taken");
            break;
        };
        let after: Account = serde_json::from_value(poorer).unwrap();
        for finding in judge(&after)
            .iter()
            .filter(|one| !old.contains(&whole(one)))
        {
            let rule = rule_named(finding.rule);
            let reads = |action: &Action| {
                Action::ALWAYS.contains(action) || rule.actions().contains(action)
            };
            assert!(actions.iter().any(reads), "{} without {actions:?}", rule.id);
            if finding.status != Status::Unknown {
                let context = format!("{}: {}", rule.id, finding.message);
                assert_eq!(
                    known.get(&finding.fingerprint),
                    Some(&finding.status),
                    "{context}"
                );
            }
        }
    }
}

fn whole(finding: &Finding) -> String {
    serde_json::to_string(finding).unwrap()
}

#[test]
fn case_4_a_log_bucket_in_another_account_that_shows_nothing_is_unknown_with_what_to_grant() {
    let mut account = story::pristine_account();
    let mut json = serde_json::to_value(account.bucket_mut()).unwrap();
    story::take_away(&mut json, &mut |field| {
        let action = actions_of(field).first().copied()?;
        Some(Gap::new(action, GapKind::AccessDenied, "not authorized"))
    });
    *account.bucket_mut() = serde_json::from_value(json).unwrap();
    account.bucket_mut().existence = Known(Existence::ExistsForbidden);
    for finding in judge(&account) {
        let context = format!("{}: {}", finding.rule, finding.message);
        let failed = finding.status == Status::Fail;
        assert!(!failed || !hangs_on_trails(finding.rule), "{context}");
        if rule_named(finding.rule).check.grain() == "bucket" {
            assert_eq!(finding.status, Status::Unknown, "{context}");
            assert!(finding.gap.unwrap().action.starts_with("s3:"), "{context}");
        }
    }
}

/// The account with other names throughout.
fn renamed(account: &Account, names: &[(&str, &str)]) -> Account {
    let mut json = serde_json::to_string(account).unwrap();
    for (old, new) in names {
        json = json.replace(old, new);
    }
    serde_json::from_str(&json).unwrap()
}

#[test]
fn case_5_a_region_that_nobody_has_heard_of_is_judged_like_any_other() {
    const NEW: &str = "xx-nowhere-9";
    for (name, snapshot) in story::all() {
        let account = snapshot.accounts.first().unwrap();
        let count = |account: &Account| {
            let mut count: BTreeMap<(&str, Status), usize> = BTreeMap::new();
            for finding in judge(account) {
                *count.entry((finding.rule, finding.status)).or_default() += 1;
            }
            count
        };
        let heard_of = count(account);
        assert_eq!(
            count(&renamed(account, &[(OTHER, NEW)])),
            heard_of,
            "{name}"
        );
    }
}

#[test]
fn case_6_no_finding_nor_remedy_outside_the_aws_partition_speaks_of_it() {
    let twins = [
        ("aws-us-gov", "us-gov-west-1", "us-gov-east-1"),
        ("aws-cn", "cn-north-1", "cn-northwest-1"),
    ];
    for (partition, home, other) in twins {
        let arns = format!("arn:{partition}:");
        let names = [("arn:aws:", arns.as_str()), (HOME, home), (OTHER, other)];
        for (name, snapshot) in story::all() {
            let mut account = renamed(snapshot.accounts.first().unwrap(), &names);
            account.partition = partition.to_owned();
            for finding in judge(&account) {
                let said = whole(&finding);
                assert!(
                    !said.contains("arn:aws:"),
                    "`{name}` in {partition}: {said}"
                );
            }
        }
    }
    for rule in catalogue() {
        let remedies = &rule.remedies;
        for text in [remedies.cli, remedies.terraform, remedies.cloudformation] {
            assert!(!text.contains("arn:aws:"), "{}: {text}", rule.id);
        }
    }
}

#[test]
fn case_7_a_selectors_name_is_no_evidence_and_a_data_only_trail_is_no_management_trail() {
    let mut account = story::pristine_account();
    let before = statuses(&account);
    let advanced = |trail: &mut Trail, change: &mut dyn FnMut(&mut Value)| {
        let mut json = serde_json::to_value(&trail.selectors).unwrap();
        change(json.pointer_mut("/known/advanced").unwrap());
        trail.selectors = serde_json::from_value(json).unwrap();
    };
    advanced(account.trail_mut(), &mut |selectors| {
        for selector in selectors.as_array_mut().unwrap() {
            *selector.pointer_mut("/name").unwrap() = "Management events selector".into();
        }
    });
    assert_eq!(statuses(&account), before);
    advanced(account.trail_mut(), &mut |selectors| {
        let list = selectors.as_array_mut().unwrap();
        list.retain(|selector| !selector.to_string().contains("[\"Management\"]"));
        assert_eq!(list.len(), 2);
    });
    for rule in [
        "management-events",
        "management-event-sources",
        "global-service-events",
    ] {
        let said = of_rule(&account, rule);
        assert!(
            said.iter().all(|status| *status == Status::Fail),
            "{rule}: {said:?}"
        );
    }
}

#[test]
fn case_8_absent_selectors_mean_all_management_events_to_every_rule() {
    for mut account in [story::pristine_account(), story::management_account()] {
        account.trail_mut().selectors = Known(Selectors::Basic(Vec::new()));
        let absent = statuses(&account);
        account.trail_mut().selectors = Known(Selectors::Basic(vec![BasicSelector {
            read_write: ReadWriteType::All,
            management_events: true,
            excluded_sources: Vec::new(),
            data_resources: Vec::new(),
        }]));
        assert_eq!(statuses(&account), absent);
        assert_eq!(of_rule(&account, "management-events"), [Status::Pass]);
    }
}

#[test]
fn case_9_an_old_error_after_which_files_came_and_an_idle_region_change_no_verdict() {
    let before = statuses(&story::pristine_account());
    let mut account = story::pristine_account();
    let status = account.trail_mut().status_mut(HOME);
    status.delivery_error = Some("AccessDenied".to_owned());
    status.digest_error = Some(String::new());
    assert_eq!(status.delivery_attempt, status.delivery_time);
    assert_eq!(statuses(&account), before, "a sticky error");
    let status = account.trail_mut().status_mut(HOME);
    status.delivery_attempt = "2026-11-22T11:59:00Z".parse().ok();
    assert_eq!(of_rule(&account, "log-delivery"), [Status::Fail]);
    let mut account = story::pristine_account();
    let old = "2026-10-01T00:00:00Z".parse().ok();
    let status = account.trail_mut().status_mut(OTHER);
    status.delivery_time = old;
    status.delivery_attempt = old;
    status.log_group_time = old;
    status.notification_time = old;
    assert_eq!(statuses(&account), before, "an idle Region");
    account.trail_mut().status_mut(OTHER).digest_time = old;
    assert_eq!(of_rule(&account, "digest-delivery"), [Status::Fail]);
}

#[test]
fn case_10_versioning_that_never_was_or_is_suspended_is_not_enabled() {
    for status in [VersioningStatus::NeverEnabled, VersioningStatus::Suspended] {
        let mut account = story::pristine_account();
        account.bucket_mut().versioning = Known(Versioning {
            status,
            mfa_delete: false,
        });
        for rule in ["bucket-versioning", "bucket-mfa-delete"] {
            assert_eq!(of_rule(&account, rule), [Status::Fail], "{rule} {status:?}");
        }
    }
}

#[test]
fn case_11_a_lifecycle_rule_that_expires_nothing_of_the_trail_changes_no_verdict() {
    let before = statuses(&story::pristine_account());
    let with = |rule: LifecycleRule| {
        let mut account = story::pristine_account();
        match &mut account.bucket_mut().lifecycle {
            Known(rules) => rules.push(rule),
            gap => panic!("{gap:?}"),
        }
        account
    };
    let whole_bucket = LifecycleRule {
        enabled: true,
        expiration: Some(LifecycleExpiry::Days(1)),
        ..LifecycleRule::default()
    };
    let disabled = LifecycleRule {
        enabled: false,
        ..whole_bucket.clone()
    };
    let markers = LifecycleRule {
        expiration: Some(LifecycleExpiry::DeleteMarkersOnly),
        ..whole_bucket.clone()
    };
    let aside = LifecycleRule {
        filter: LifecycleFilter {
            prefix: Some("reports/".to_owned()),
            ..LifecycleFilter::default()
        },
        ..whole_bucket.clone()
    };
    for rule in [disabled, markers, aside] {
        assert_eq!(statuses(&with(rule.clone())), before, "{rule:?}");
    }
    let account = with(whole_bucket);
    assert_eq!(of_rule(&account, "log-retention"), [Status::Fail]);
}

#[test]
fn case_12_an_account_level_block_wins_over_a_bucket_that_lacks_one() {
    let before = statuses(&story::pristine_account());
    let mut account = story::pristine_account();
    account.public_access_block = Known(PublicAccessBlock {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    });
    // What `NoSuchPublicAccessBlockConfiguration` means: all four are off.
    account.bucket_mut().public_access_block = Known(PublicAccessBlock::default());
    let owned = account.id.clone();
    account.bucket_mut().owner = Known(crate::snapshot::BucketOwner::Account(owned));
    let after = statuses(&account);
    for (subject, status) in &after {
        let archive = subject.0 == "log-archive-account";
        assert!(
            archive || before.get(subject) == Some(status),
            "{subject:?}"
        );
    }
    account.public_access_block = Known(PublicAccessBlock::default());
    assert_eq!(
        of_rule(&account, "bucket-block-public-access"),
        [Status::Fail]
    );
}

#[test]
fn case_13_a_deleted_principal_in_a_policy_gives_nobody_access() {
    let before = story::pristine_account();
    let mut account = before.clone();
    if let Known(Some(policy)) = &mut account.bucket_mut().policy {
        *policy = policy.replacen(
            "\"Statement\": [",
            "\"Statement\": [{\"Sid\": \"Gone\", \"Effect\": \"Allow\", \
             \"Principal\": {\"AWS\": \"AIDACKCEVSQ6C2EXAMPLE\"}, \"Action\": \"s3:*\", \
             \"Resource\": \"arn:aws:s3:::example-trail-logs/*\"}, ",
            1,
        );
        assert!(policy.contains("Gone"));
    }
    assert_eq!(statuses(&account), statuses(&before));
    let told = judge(&account);
    assert!(
        told.iter()
            .any(|finding| whole(finding).contains("AIDACKCEVSQ6C2EXAMPLE"))
    );
}

#[test]
fn case_14_every_spelling_of_a_key_is_the_same_key_and_one_elsewhere_is_unknown() {
    let before = statuses(&story::pristine_account());
    let id = "1111aaaa-22bb-33cc-44dd-5555eeee6666";
    let key = "arn:aws:kms:us-east-1:111122223333:";
    for spelling in [
        id.to_owned(),
        "alias/trail".to_owned(),
        format!("{key}key/{id}"),
        format!("{key}alias/trail"),
    ] {
        let mut account = story::pristine_account();
        account.trail_mut().kms_key_id = Some(spelling.clone());
        account.key_mut().references = vec![spelling.clone()];
        assert_eq!(statuses(&account), before, "{spelling}");
        let key = account.key_mut();
        key.description = gap(Action::DescribeKey, GapKind::AccessDenied);
        key.rotation = gap(Action::GetKeyRotationStatus, GapKind::AccessDenied);
        key.policy = gap(Action::GetKeyPolicy, GapKind::AccessDenied);
        key.grants = gap(Action::ListGrants, GapKind::AccessDenied);
        for rule in ["key-usable", "key-policy-bound", "key-rotation"] {
            assert_eq!(
                of_rule(&account, rule),
                [Status::Unknown],
                "{rule}: {spelling}"
            );
        }
    }
}

#[test]
fn case_15_an_alarm_hears_its_own_metric_and_no_namesake_of_another_namespace_or_region() {
    let alarms: Vec<&str> = super::monitoring::alarms::RULES
        .iter()
        .map(|rule| rule.id)
        .collect();
    let pristine = story::management_account();
    let before = statuses(&pristine);
    let mut quiet = pristine.clone();
    for alarm in quiet.alarms_mut(HOME) {
        if let crate::snapshot::Watched::Metric(condition) = &mut alarm.watches {
            // A metric without data leaves it in `INSUFFICIENT_DATA` until an event comes.
            condition.missing_data = None;
        }
    }
    assert_eq!(statuses(&quiet), before, "a metric without data");
    let mut several = pristine.clone();
    for filter in several.metric_filters_mut() {
        let mut other: MetricTransformation = filter.metrics.first().unwrap().clone();
        other.name = "another".to_owned();
        filter.metrics.insert(0, other);
    }
    assert_eq!(statuses(&several), before, "a filter with several metrics");
    let mut namesake = pristine.clone();
    for alarm in namesake.alarms_mut(HOME) {
        if let crate::snapshot::Watched::Metric(condition) = &mut alarm.watches {
            condition.metric.namespace = "Elsewhere".to_owned();
        }
    }
    let mut abroad = pristine.clone();
    let moved = std::mem::take(abroad.alarms_mut(HOME));
    abroad.alarms_mut(OTHER).extend(moved);
    for account in [&namesake, &abroad] {
        for rule in &alarms {
            assert_eq!(of_rule(account, rule), [Status::Fail], "{rule}");
        }
    }
}

#[test]
fn case_16_a_reply_that_is_cut_short_is_never_an_account_without_trails() {
    for (name, snapshot) in story::all() {
        let mut account = snapshot.accounts.first().unwrap().clone();
        let before = statuses(&account);
        for region in account.regions.values_mut() {
            region.trails = gap(Action::DescribeTrails, GapKind::Malformed);
        }
        account.trails.clear();
        account.buckets.clear();
        account.keys.clear();
        account.log_groups.clear();
        account.topics.clear();
        for finding in judge(&account) {
            let context = format!("`{name}`: {}: {}", finding.rule, finding.message);
            if hangs_on_trails(finding.rule) && finding.rule != "trail-tags" {
                assert_eq!(finding.status, Status::Unknown, "{context}");
            }
            if finding.status == Status::Pass {
                let subject = (finding.rule, finding.region, finding.resource);
                assert_eq!(before.get(&subject), Some(&Status::Pass), "{context}");
            }
        }
    }
}

#[test]
fn case_17_a_suspended_account_is_told_of_by_every_rule_and_judged_by_none() {
    for (name, snapshot) in story::all() {
        let mut account = snapshot.accounts.first().unwrap().clone();
        account.status = AccountStatus::Suspended;
        let findings = judge(&account);
        let rules: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
        let expected: Vec<&str> = catalogue().iter().map(|rule| rule.id).collect();
        assert_eq!(rules, expected, "`{name}`");
        for finding in findings {
            assert_eq!(finding.status, Status::NotApplicable, "{}", finding.rule);
            assert!(finding.message.contains("suspended"), "{}", finding.message);
        }
    }
}
