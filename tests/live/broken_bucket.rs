//! The log bucket and its key, broken one setting at a time on moto: who can reach them,
//! and who can delete what is in there.

use aws_sdk_s3::types as s3;
use serde_json::json;

use super::account::HOME;
use super::accounts::TWO_REGIONS;
use super::broken::breaking;
use super::good::{Good, TRAIL};
use super::run::{Trailcheck, text};

// Access.

#[test]
fn a_public_policy_behind_a_block_is_no_exposure() {
    breaking(
        |good| good.policy(&[public_read(good)]),
        // What the policy grants it grants, whatever voids it for now.
        &["bucket-least-privilege us-east-1 logs-ACCOUNT: pass -> fail"],
    );
}

#[test]
fn a_public_policy_without_a_block_is_an_exposure() {
    let report = breaking(
        |good| {
            good.policy(&[public_read(good)]);
            good.block_public_access(false);
        },
        &[
            "bucket-block-public-access us-east-1 logs-ACCOUNT: pass -> fail",
            "bucket-least-privilege us-east-1 logs-ACCOUNT: pass -> fail",
            "bucket-not-public us-east-1 logs-ACCOUNT: pass -> fail",
        ],
    );
    let finding = report.the("bucket-not-public");
    assert_eq!(text(finding, "severity"), "critical");
}

#[test]
fn an_account_wide_block_makes_up_for_a_bucket_without_one() {
    breaking(
        |good| {
            good.policy(&[public_read(good)]);
            good.block_public_access(false);
            good.account.block_public_access(true);
        },
        &["bucket-least-privilege us-east-1 logs-ACCOUNT: pass -> fail"],
    );
}

#[test]
fn a_public_acl_counts_once_the_block_is_off_and_acls_are_on() {
    breaking(
        |good| {
            good.block_public_access(false);
            good.ownership(s3::ObjectOwnership::ObjectWriter);
            let s3 = good.account.s3();
            let call = s3
                .put_bucket_acl()
                .bucket(good.bucket())
                .acl(s3::BucketCannedAcl::PublicRead);
            good.account.wait(call.send()).expect("PutBucketAcl");
        },
        &[
            "bucket-block-public-access us-east-1 logs-ACCOUNT: pass -> fail",
            "bucket-least-privilege us-east-1 logs-ACCOUNT: pass -> fail",
            "bucket-not-public us-east-1 logs-ACCOUNT: pass -> fail",
            "bucket-ownership-enforced us-east-1 logs-ACCOUNT: pass -> fail",
        ],
    );
}

#[test]
fn a_bucket_without_access_logging_fails_that_rule_alone() {
    breaking(
        |good| {
            let s3 = good.account.s3();
            let call = s3
                .put_bucket_logging()
                .bucket(good.bucket())
                .bucket_logging_status(s3::BucketLoggingStatus::builder().build());
            good.account.wait(call.send()).expect("PutBucketLogging");
        },
        &["bucket-access-logging us-east-1 logs-ACCOUNT: pass -> fail"],
    );
}

#[test]
fn a_disabled_key_is_not_usable() {
    breaking(
        |good| {
            let kms = good.account.kms();
            let call = kms.disable_key().key_id(&good.key);
            good.account.wait(call.send()).expect("DisableKey");
        },
        &["key-usable us-east-1 key/KEY: pass -> fail"],
    );
}

#[test]
fn a_key_that_waits_for_its_deletion_is_not_usable_and_the_date_is_named() {
    let good = Good::on_moto();
    let kms = good.account.kms();
    let call = kms.schedule_key_deletion().key_id(&good.key);
    let scheduled = good.account.wait(call.send()).expect("ScheduleKeyDeletion");
    let date = scheduled.deletion_date().expect("a date").to_string();
    let report = Trailcheck::on(&good.account).audit(TWO_REGIONS);
    let finding = report.the("key-usable");
    assert_eq!(text(finding, "status"), "fail");
    assert_eq!(text(finding, "severity"), "critical");
    let (day, _) = date.split_once('T').expect("a time stamp");
    assert!(text(finding, "message").contains(day), "{day}: {finding:#}");
}

#[test]
fn a_key_that_does_not_rotate_fails_that_rule_alone() {
    breaking(
        |good| {
            let kms = good.account.kms();
            let call = kms.disable_key_rotation().key_id(&good.key);
            good.account.wait(call.send()).expect("DisableKeyRotation");
        },
        &["key-rotation us-east-1 key/KEY: pass -> fail"],
    );
}

#[test]
fn a_key_outside_the_bucket_s_region_is_not_usable() {
    let good = Good::on_moto();
    let s3 = good.account.s3();
    let call = s3.delete_bucket().bucket(good.bucket());
    good.account.wait(call.send()).expect("DeleteBucket");
    let ireland = s3::CreateBucketConfiguration::builder()
        .location_constraint(s3::BucketLocationConstraint::EuWest1)
        .build();
    let call = s3
        .create_bucket()
        .bucket(good.bucket())
        .create_bucket_configuration(ireland);
    good.account.wait(call.send()).expect("CreateBucket");
    let report = Trailcheck::on(&good.account).audit(TWO_REGIONS);
    let finding = report.the("key-usable");
    assert_eq!(text(finding, "status"), "fail", "{finding:#}");
    let message = text(finding, "message");
    assert!(
        message.contains("us-east-1") && message.contains("eu-west-1"),
        "{message}"
    );
    assert_eq!(text(report.the("bucket-versioning"), "region"), "eu-west-1");
}

#[test]
fn a_key_that_the_trail_names_by_its_alias_is_judged_like_any_other() {
    breaking(
        |good| {
            let alias = format!("alias/trail-{}", good.account.id);
            let kms = good.account.kms();
            let call = kms
                .create_alias()
                .alias_name(&alias)
                .target_key_id(&good.key);
            good.account.wait(call.send()).expect("CreateAlias");
            let cloudtrail = good.account.cloudtrail(HOME);
            let call = cloudtrail.update_trail().name(TRAIL).kms_key_id(alias);
            good.account.wait(call.send()).expect("UpdateTrail");
        },
        &[],
    );
}

// Deletion.

/// AWS would refuse this on a bucket with Object Lock; moto does not.
#[test]
fn suspended_versioning_fails_although_it_was_once_enabled() {
    let report = breaking(
        |good| good.versioning(s3::BucketVersioningStatus::Suspended),
        &["bucket-versioning us-east-1 logs-ACCOUNT: pass -> fail"],
    );
    let message = text(report.the("bucket-versioning"), "message");
    assert!(message.to_lowercase().contains("suspended"), "{message}");
}

#[test]
fn logs_that_expire_after_a_month_fail_log_retention() {
    let report = breaking(
        |good| good.expire_after(30),
        &["log-retention us-east-1 logs-ACCOUNT: pass -> fail"],
    );
    let message = text(report.the("log-retention"), "message");
    assert!(message.contains("30 days"), "{message}");
}

#[test]
fn a_lock_in_governance_mode_protects_nothing_from_those_who_may_bypass_it() {
    breaking(
        |good| good.object_lock(s3::ObjectLockRetentionMode::Governance),
        &[
            "deletion-protection us-east-1 logs-ACCOUNT: pass -> fail",
            "object-lock us-east-1 logs-ACCOUNT: pass -> fail",
        ],
    );
}

fn public_read(good: &Good) -> serde_json::Value {
    json!({ "Sid": "PublicRead", "Effect": "Allow", "Principal": "*",
        "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{}/*", good.bucket()) })
}
