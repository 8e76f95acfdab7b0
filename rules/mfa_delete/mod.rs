//! Log files cannot be deleted before their time.

mod bucket_mfa_delete;
mod bucket_versioning;
mod deletion_protection;
mod log_retention;
mod object_lock;
mod root_mfa;

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[
    &bucket_mfa_delete::RULE,
    &bucket_versioning::RULE,
    &deletion_protection::RULE,
    &object_lock::RULE,
    &log_retention::RULE,
    &root_mfa::RULE,
];

#[cfg(test)]
mod tests {
    //! One property over everything that decides whether evidence can be destroyed: taking
    //! facts away never makes a finding better.

    use std::collections::BTreeMap;

    use arbtest::arbitrary::{Result, Unstructured};
    use arbtest::arbtest;
    use serde_json::{Value, json};

    use crate::audit::audit;
    use crate::config::{LogArchiveAccount, Settings};
    use crate::finding::{Finding, Status};
    use crate::rule::Rule;
    use crate::rules::{access, aggregation, integrity, mfa_delete, monitoring};
    use crate::snapshot::{
        Account, Action, Bucket, BucketOwner, Existence, LifecycleExpiry, LifecycleFilter,
        LifecycleRule, LifecycleTransition, LockMode, LockRetention, LogGroupClass, ObjectLock,
        Observed, RetentionPeriod, Snapshot, Trail, Versioning, VersioningStatus, story,
    };

    const OTHER: &str = "999988887777";

    fn maybe(u: &mut Unstructured<'_>) -> Result<bool> {
        u.ratio(1, 3)
    }

    fn lifecycle_rule(u: &mut Unstructured<'_>) -> Result<LifecycleRule> {
        let prefixes = [
            None,
            Some("AWSLogs/"),
            Some("AWSLogs/111122223333/CloudTrail/"),
            Some("AWSLogs/111122223333/CloudTrail-Digest/"),
            Some("AWSLogs/o-a1b2c3d4e5/"),
            Some("second/"),
            Some("tmp/"),
        ];
        let class = *u.choose(&["GLACIER", "STANDARD_IA", "PERMAFROST"])?;
        Ok(LifecycleRule {
            id: None,
            enabled: !maybe(u)?,
            filter: LifecycleFilter {
                prefix: u.choose(&prefixes)?.map(str::to_owned),
                tags: maybe(u)?
                    .then(|| ("k".to_owned(), "v".to_owned()))
                    .into_iter()
                    .collect(),
                larger_than: maybe(u)?.then_some(9),
                smaller_than: maybe(u)?.then_some(9),
            },
            expiration: *u.choose(&[
                None,
                Some(LifecycleExpiry::Days(30)),
                Some(LifecycleExpiry::Days(400)),
                Some(LifecycleExpiry::DeleteMarkersOnly),
                Some(LifecycleExpiry::Date(
                    "2027-01-01T00:00:00Z".parse().unwrap(),
                )),
            ])?,
            noncurrent_expiration_days: *u.choose(&[None, None, Some(30), Some(400)])?,
            newer_noncurrent_versions: None,
            transitions: maybe(u)?
                .then(|| LifecycleTransition {
                    days: Some(90),
                    date: None,
                    storage_class: class.to_owned(),
                })
                .into_iter()
                .collect(),
            noncurrent_transitions: Vec::new(),
        })
    }

    fn policy(u: &mut Unstructured<'_>) -> Result<Option<String>> {
        if maybe(u)? {
            return Ok(None);
        }
        let mut statements = Vec::new();
        for _ in 0..u.int_in_range(0..=3)? {
            let below = *u.choose(&["*", "AWSLogs/*", "AWSLogs/o-a1b2c3d4e5/*", "second/*"])?;
            let mut statement = json!({
                "Effect": *u.choose(&["Deny", "Deny", "Deny", "Allow"])?,
                "Principal": *u.choose(&["*", "*", "111122223333"])?,
                "Action": *u.choose(&["s3:Delete*", "s3:DeleteObject", "s3:DeleteObjectVersion"])?,
                "Resource": format!("arn:aws:s3:::example-trail-logs/{below}"),
            });
            if statement["Principal"] != "*" {
                statement["Principal"] = json!({"AWS": "111122223333"});
            }
            if maybe(u)? {
                statement["Condition"] = json!({"Bool": {"aws:SecureTransport": "false"}});
            }
            statements.push(statement);
        }
        Ok(Some(json!({ "Statement": statements }).to_string()))
    }

    fn shake_bucket(bucket: &mut Bucket, u: &mut Unstructured<'_>) -> Result<()> {
        let rules = u.int_in_range(0..=3)?;
        let rules: Result<Vec<_>> = (0..rules).map(|_| lifecycle_rule(u)).collect();
        bucket.lifecycle = Observed::Known(rules?);
        bucket.policy = Observed::Known(policy(u)?);
        bucket.versioning = Observed::Known(Versioning {
            status: *u.choose(&[
                VersioningStatus::Enabled,
                VersioningStatus::Suspended,
                VersioningStatus::NeverEnabled,
            ])?,
            mfa_delete: maybe(u)?,
        });
        let retention = LockRetention {
            mode: *u.choose(&[LockMode::Compliance, LockMode::Governance])?,
            period: *u.choose(&[RetentionPeriod::Days(30), RetentionPeriod::Years(2)])?,
        };
        bucket.object_lock = Observed::Known(maybe(u)?.then_some(ObjectLock {
            default_retention: Some(retention),
        }));
        bucket.owner = Observed::Known(match u.ratio(1, 2)? {
            true => BucketOwner::Account("111122223333".to_owned()),
            false => BucketOwner::NotAccount("111122223333".to_owned()),
        });
        // A bucket that does not exist answers no other question.
        if u.ratio(1, 10)? {
            bucket.existence = Observed::Known(Existence::Absent);
            bucket.lifecycle = story::denied(Action::GetBucketLifecycle);
            bucket.policy = story::denied(Action::GetBucketPolicy);
            bucket.versioning = story::denied(Action::GetBucketVersioning);
            bucket.object_lock = story::denied(Action::GetObjectLockConfiguration);
        }
        Ok(())
    }

    fn shake_trail(trail: &mut Trail, u: &mut Unstructured<'_>) -> Result<()> {
        trail.organization = Observed::Known(maybe(u)?);
        trail.log_file_validation = Observed::Known(!maybe(u)?);
        trail.multi_region = Observed::Known(!maybe(u)?);
        if maybe(u)? {
            trail.arn = trail.arn.replace("111122223333", OTHER);
            let group = format!("arn:aws:logs:us-east-1:{OTHER}:log-group:trail-main");
            trail.log_group_arn = Some(group);
        }
        let times = ["2026-11-22T11:00:00Z", "2026-11-20T00:00:00Z"];
        for region in ["us-east-1", "eu-west-1"] {
            let status = trail.status_mut(region);
            status.is_logging = u.ratio(4, 5)?;
            for time in [
                &mut status.started_logging,
                &mut status.delivery_time,
                &mut status.digest_time,
                &mut status.log_group_time,
            ] {
                *time = maybe(u)?.then_some(u.choose(&times)?.parse().unwrap());
            }
            status.delivery_attempt = None;
            status.delivery_error = maybe(u)?.then(|| "NoSuchBucket".to_owned());
            status.digest_error = u.ratio(1, 9)?.then(|| "NoSuchBucket".to_owned());
        }
        Ok(())
    }

    fn shaken_account(u: &mut Unstructured<'_>) -> Result<Account> {
        let mut account = story::pristine_account();
        shake_bucket(account.bucket_mut(), u)?;
        shake_trail(account.trail_mut(), u)?;
        if maybe(u)? {
            let mut second = story::pristine_account()
                .trail_mut()
                .twin("second", "eu-west-1");
            shake_trail(&mut second, u)?;
            second.key_prefix = Some("second".to_owned());
            second.multi_region = Observed::Known(false);
            if maybe(u)? {
                let mut elsewhere = account.bucket_mut().clone();
                elsewhere.name = "elsewhere".to_owned();
                elsewhere.region = Observed::Known("eu-west-1".to_owned());
                second.bucket = Observed::Known(elsewhere.name.clone());
                account.buckets.push(elsewhere);
            }
            account.trails.push(second);
        }
        let seen: Vec<(String, String)> = account
            .trails
            .iter()
            .map(|trail| (trail.home_region.clone(), trail.arn.clone()))
            .collect();
        for (region, facts) in &mut account.regions {
            let here = seen.iter().filter(|(home, _)| home == region);
            facts.trails = Observed::Known(here.map(|(_, arn)| arn.clone()).collect());
        }
        if let Some(group) = account.trail_mut().log_group_arn.clone() {
            let arn = group.strip_suffix(":*").unwrap_or(&group).to_owned();
            account.log_group_mut().arn = arn;
        }
        if let Observed::Known(Some(group)) = &mut account.log_group_mut().description {
            group.retention_days = *u.choose(&[None, Some(30), Some(400)])?;
            group.class = match maybe(u)? {
                true => LogGroupClass::Delivery,
                false => LogGroupClass::Standard,
            };
        }
        let mut summary = BTreeMap::new();
        for entry in [
            "AccountMFAEnabled",
            "AccountAccessKeysPresent",
            "AccountPasswordPresent",
        ] {
            summary.insert(entry.to_owned(), u.int_in_range(0..=1)?);
        }
        account.summary = Observed::Known(summary);
        Ok(account)
    }

    /// Turns facts below `value` into gaps, as chance has it.
    fn take_away(value: &mut Value, u: &mut Unstructured<'_>) -> Result<()> {
        let fact =
            value.as_object().is_some_and(|map| map.len() == 1) && value.get("known").is_some();
        if fact && u.ratio(1, 4)? {
            *value = json!({"gap": {
                "action": "service:Action", "kind": "transient", "detail": "timed out",
            }});
        }
        match value {
            // Within a fact there are no others to take away.
            _ if fact => {}
            Value::Object(map) => {
                for value in map.values_mut() {
                    take_away(value, u)?;
                }
            }
            Value::Array(items) => {
                for item in items {
                    take_away(item, u)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The account with facts taken away, and with them the trails of Regions that did not
    /// answer and that no other Region showed.
    fn with_less(account: &Account, u: &mut Unstructured<'_>) -> Result<Account> {
        let mut json = serde_json::to_value(account).unwrap();
        take_away(&mut json, u)?;
        let mut less: Account = serde_json::from_value(json).unwrap();
        let regions = &less.regions;
        less.trails.retain(|trail| {
            regions.values().any(|facts| {
                let here = facts.trails.if_known();
                here.is_some_and(|arns| arns.contains(&trail.arn))
            })
        });
        Ok(less)
    }

    fn judged(account: Account, settings: &Settings) -> Vec<Finding> {
        let rules: Vec<&'static Rule> = [
            integrity::RULES,
            aggregation::RULES,
            access::RULES,
            mfa_delete::RULES,
            monitoring::RULES,
        ]
        .concat();
        let snapshot = Snapshot {
            accounts: vec![account],
            ..story::pristine()
        };
        audit(&snapshot, &rules, settings)
    }

    #[test]
    fn taking_evidence_away_never_makes_a_finding_better() {
        arbtest(|u| {
            let settings = Settings {
                log_archive_account: LogArchiveAccount {
                    account: maybe(u)?.then(|| OTHER.to_owned()),
                },
                ..Settings::default()
            };
            let account = shaken_account(u)?;
            let less = with_less(&account, u)?;
            let before = judged(account.clone(), &settings);
            for after in judged(less.clone(), &settings) {
                let Some(before) = before
                    .iter()
                    .find(|before| before.rule == after.rule && before.resource == after.resource)
                else {
                    assert_ne!(after.status, Status::Pass, "{after:#?}");
                    continue;
                };
                let better = match (before.status, after.status) {
                    (Status::Pass, _) | (_, Status::Unknown) => false,
                    (Status::Fail, Status::Fail) => after.severity < before.severity,
                    (before, after) => before != after && after != Status::Fail,
                };
                assert!(!better, "{before:#?}\n{after:#?}\n{account:#?}\n{less:#?}");
            }
            Ok(())
        })
        .size_min(1024)
        .budget_ms(1_000);
    }
}
