//! The good account: everything the rules ask for, as far as a server can hold it.

use aws_sdk_cloudtrail::types as trail;
use aws_sdk_kms::types::KeySpec;
use aws_sdk_s3::types as s3;
use serde_json::json;

use super::account::{Account, HOME};
use super::actors::TOPIC;

/// What a good account is made of. A test that breaks one thing gets the rest from here.
pub(super) struct Good {
    pub(super) account: Account,
    /// The KMS key's id.
    pub(super) key: String,
    /// Whether the bucket policy denies plain HTTP, which is all that the servers speak:
    /// one that enforces bucket policies would let nobody in.
    pub(super) tls_only: bool,
}

/// The trail's name.
pub(super) const TRAIL: &str = "audit";

impl Good {
    pub(super) fn on_moto() -> Self {
        let good = Good::foundation(Account::on_moto(), true);
        good.organization();
        good.companions();
        good.alarms();
        good.listeners();
        good.trail(true);
        good.watch();
        good
    }

    /// With one alarm in place of all, no event rule and no organization.
    pub(super) fn on_moto_with_one_alarm(rule: &str) -> Self {
        let good = Good::foundation(Account::on_moto(), true);
        good.watch_for(rule);
        good.trail(true);
        good
    }

    /// ministack knows no Insights, and drops the log group from `CreateTrail`.
    pub(super) fn on_ministack() -> Self {
        let good = Good::foundation(Account::on_ministack(), true);
        good.trail(true);
        good
    }

    pub(super) fn on_ministack_with_iam() -> Self {
        let good = Good::foundation(Account::on_ministack_with_iam(), false);
        good.trail(true);
        good
    }

    /// Good but for the trail, which does not know the log group.
    pub(super) fn on_moto_without_log_group() -> Self {
        let good = Good::foundation(Account::on_moto(), true);
        good.companions();
        good.alarms();
        good.listeners();
        good.trail(false);
        good.watch();
        good
    }

    pub(super) fn bucket(&self) -> String {
        format!("logs-{}", self.account.id)
    }

    pub(super) fn access_log_bucket(&self) -> String {
        format!("access-{}", self.account.id)
    }

    pub(super) fn log_group(&self) -> String {
        format!("/cloudtrail/{}", self.account.id)
    }

    pub(super) fn trail_arn(&self) -> String {
        format!(
            "arn:aws:cloudtrail:{HOME}:{}:trail/{TRAIL}",
            self.account.id
        )
    }

    /// What the bucket, the key and the log group need before there can be a trail.
    fn foundation(account: Account, tls_only: bool) -> Self {
        let kms = account.kms();
        let created = account
            .wait(
                kms.create_key()
                    .key_spec(KeySpec::SymmetricDefault)
                    .policy(key_policy(&account.id).to_string())
                    .send(),
            )
            .expect("CreateKey");
        let key = created
            .key_metadata()
            .expect("key metadata")
            .key_id()
            .to_owned();
        account
            .wait(kms.enable_key_rotation().key_id(&key).send())
            .expect("EnableKeyRotation");
        let good = Good {
            account,
            key,
            tls_only,
        };
        good.make_bucket();
        good.harden_bucket();
        good.make_log_group();
        good.actors();
        good.topic();
        good.record();
        good
    }

    fn make_bucket(&self) {
        let (account, s3, bucket) = (&self.account, self.account.s3(), self.bucket());
        account
            .wait(s3.create_bucket().bucket(self.access_log_bucket()).send())
            .expect("CreateBucket");
        account
            .wait(
                s3.create_bucket()
                    .bucket(&bucket)
                    .object_lock_enabled_for_bucket(true)
                    .send(),
            )
            .expect("CreateBucket");
        self.versioning(s3::BucketVersioningStatus::Enabled);
        self.object_lock(s3::ObjectLockRetentionMode::Compliance);
        let rule = s3::ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(
                s3::ServerSideEncryptionByDefault::builder()
                    .sse_algorithm(s3::ServerSideEncryption::AwsKms)
                    .kms_master_key_id(&self.key)
                    .build()
                    .expect("complete"),
            )
            .build();
        let encryption = s3::ServerSideEncryptionConfiguration::builder().rules(rule);
        account
            .wait(
                s3.put_bucket_encryption()
                    .bucket(&bucket)
                    .server_side_encryption_configuration(encryption.build().expect("complete"))
                    .send(),
            )
            .expect("PutBucketEncryption");
        self.expire_after(731);
    }

    fn harden_bucket(&self) {
        let (account, s3, bucket) = (&self.account, self.account.s3(), self.bucket());
        self.block_public_access(true);
        self.ownership(s3::ObjectOwnership::BucketOwnerEnforced);
        self.policy(&[]);
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "Service": "logging.s3.amazonaws.com" },
              "Action": "s3:PutObject",
              "Resource": format!("arn:aws:s3:::{}/log-bucket/*", self.access_log_bucket()) }] });
        account
            .wait(
                s3.put_bucket_policy()
                    .bucket(self.access_log_bucket())
                    .policy(policy.to_string())
                    .send(),
            )
            .expect("PutBucketPolicy");
        let target = s3::LoggingEnabled::builder()
            .target_bucket(self.access_log_bucket())
            .target_prefix("log-bucket/")
            .build()
            .expect("complete");
        account
            .wait(
                s3.put_bucket_logging()
                    .bucket(&bucket)
                    .bucket_logging_status(
                        s3::BucketLoggingStatus::builder()
                            .logging_enabled(target)
                            .build(),
                    )
                    .send(),
            )
            .expect("PutBucketLogging");
    }

    fn make_log_group(&self) {
        let (account, logs) = (&self.account, self.account.logs());
        let key = format!("arn:aws:kms:{HOME}:{}:key/{}", account.id, self.key);
        account
            .wait(
                logs.create_log_group()
                    .log_group_name(self.log_group())
                    .kms_key_id(key)
                    .send(),
            )
            .expect("CreateLogGroup");
        self.log_retention(400);
    }

    fn trail(&self, with_log_group: bool) {
        let (account, cloudtrail) = (&self.account, self.account.cloudtrail(HOME));
        let mut call = cloudtrail
            .create_trail()
            .name(TRAIL)
            .s3_bucket_name(self.bucket())
            .sns_topic_name(TOPIC)
            .kms_key_id(format!(
                "arn:aws:kms:{HOME}:{}:key/{}",
                account.id, self.key
            ))
            .is_multi_region_trail(true)
            .include_global_service_events(true)
            .enable_log_file_validation(true);
        if with_log_group {
            call = call
                .cloud_watch_logs_log_group_arn(format!(
                    "arn:aws:logs:{HOME}:{}:log-group:{}:*",
                    account.id,
                    self.log_group()
                ))
                .cloud_watch_logs_role_arn(format!("arn:aws:iam::{}:role/delivery", account.id));
        }
        account.wait(call.send()).expect("CreateTrail");
        account
            .wait(cloudtrail.start_logging().name(TRAIL).send())
            .expect("StartLogging");
        self.select(vec![
            selector("management", &[("eventCategory", "Management")]),
            data_selector("AWS::S3::Object"),
            data_selector("AWS::Lambda::Function"),
        ]);
    }

    fn watch(&self) {
        let insights = [
            trail::InsightType::ApiCallRateInsight,
            trail::InsightType::ApiErrorRateInsight,
        ]
        .map(|kind| trail::InsightSelector::builder().insight_type(kind).build());
        let cloudtrail = self.account.cloudtrail(HOME);
        self.account
            .wait(
                cloudtrail
                    .put_insight_selectors()
                    .trail_name(TRAIL)
                    .set_insight_selectors(Some(insights.to_vec()))
                    .send(),
            )
            .expect("PutInsightSelectors");
    }

    /// Sets what the trail records.
    pub(super) fn select(&self, selectors: Vec<trail::AdvancedEventSelector>) {
        let cloudtrail = self.account.cloudtrail(HOME);
        self.account
            .wait(
                cloudtrail
                    .put_event_selectors()
                    .trail_name(TRAIL)
                    .set_advanced_event_selectors(Some(selectors))
                    .send(),
            )
            .expect("PutEventSelectors");
    }

    /// Sets the bucket's own block-public-access settings, all four.
    pub(super) fn block_public_access(&self, on: bool) {
        let settings = s3::PublicAccessBlockConfiguration::builder()
            .block_public_acls(on)
            .ignore_public_acls(on)
            .block_public_policy(on)
            .restrict_public_buckets(on);
        self.account
            .wait(
                self.account
                    .s3()
                    .put_public_access_block()
                    .bucket(self.bucket())
                    .public_access_block_configuration(settings.build())
                    .send(),
            )
            .expect("PutPublicAccessBlock");
    }

    pub(super) fn ownership(&self, ownership: s3::ObjectOwnership) {
        let rule = s3::OwnershipControlsRule::builder().object_ownership(ownership);
        let controls = s3::OwnershipControls::builder().rules(rule.build().expect("complete"));
        self.account
            .wait(
                self.account
                    .s3()
                    .put_bucket_ownership_controls()
                    .bucket(self.bucket())
                    .ownership_controls(controls.build().expect("complete"))
                    .send(),
            )
            .expect("PutBucketOwnershipControls");
    }

    /// The policy that AWS's console writes for a trail, TLS for everybody, and `more` statements.
    pub(super) fn policy(&self, more: &[serde_json::Value]) {
        let bucket = format!("arn:aws:s3:::{}", self.bucket());
        let only_this_trail = json!({ "aws:SourceArn": self.trail_arn() });
        let mut statements = vec![
            json!({ "Sid": "AWSCloudTrailAclCheck", "Effect": "Allow",
                "Principal": { "Service": "cloudtrail.amazonaws.com" },
                "Action": "s3:GetBucketAcl", "Resource": bucket,
                "Condition": { "StringEquals": only_this_trail } }),
            json!({ "Sid": "AWSCloudTrailWrite", "Effect": "Allow",
                "Principal": { "Service": "cloudtrail.amazonaws.com" },
                "Action": "s3:PutObject",
                "Resource": format!("{bucket}/AWSLogs/{}/*", self.account.id),
                "Condition": { "StringEquals": only_this_trail } }),
        ];
        let tls_only = json!({ "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*",
            "Action": "s3:*", "Resource": [bucket, format!("{bucket}/*")],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } } });
        statements.extend(self.tls_only.then_some(tls_only));
        statements.extend_from_slice(more);
        let policy = json!({ "Version": "2012-10-17", "Statement": statements });
        self.account
            .wait(
                self.account
                    .s3()
                    .put_bucket_policy()
                    .bucket(self.bucket())
                    .policy(policy.to_string())
                    .send(),
            )
            .expect("PutBucketPolicy");
    }

    pub(super) fn versioning(&self, status: s3::BucketVersioningStatus) {
        let versioning = s3::VersioningConfiguration::builder().status(status);
        self.account
            .wait(
                self.account
                    .s3()
                    .put_bucket_versioning()
                    .bucket(self.bucket())
                    .versioning_configuration(versioning.build())
                    .send(),
            )
            .expect("PutBucketVersioning");
    }

    /// Locks new objects for a year.
    pub(super) fn object_lock(&self, mode: s3::ObjectLockRetentionMode) {
        let retention = s3::DefaultRetention::builder().mode(mode).days(365).build();
        let rule = s3::ObjectLockRule::builder().default_retention(retention);
        let lock = s3::ObjectLockConfiguration::builder()
            .object_lock_enabled(s3::ObjectLockEnabled::Enabled)
            .rule(rule.build());
        self.account
            .wait(
                self.account
                    .s3()
                    .put_object_lock_configuration()
                    .bucket(self.bucket())
                    .object_lock_configuration(lock.build())
                    .send(),
            )
            .expect("PutObjectLockConfiguration");
    }

    /// Lets every object expire after that many days.
    pub(super) fn expire_after(&self, days: i32) {
        let rule = s3::LifecycleRule::builder()
            .id("expire")
            .status(s3::ExpirationStatus::Enabled)
            .filter(s3::LifecycleRuleFilter::builder().prefix("").build())
            .expiration(s3::LifecycleExpiration::builder().days(days).build())
            .build()
            .expect("complete");
        let rules = s3::BucketLifecycleConfiguration::builder().rules(rule);
        self.account
            .wait(
                self.account
                    .s3()
                    .put_bucket_lifecycle_configuration()
                    .bucket(self.bucket())
                    .lifecycle_configuration(rules.build().expect("complete"))
                    .send(),
            )
            .expect("PutBucketLifecycleConfiguration");
    }

    /// Keeps log events for that many days.
    pub(super) fn log_retention(&self, days: i32) {
        let logs = self.account.logs();
        let call = logs
            .put_retention_policy()
            .log_group_name(self.log_group())
            .retention_in_days(days);
        self.account.wait(call.send()).expect("PutRetentionPolicy");
    }
}

/// An advanced event selector that wants each field to equal its value.
pub(super) fn selector(name: &str, fields: &[(&str, &str)]) -> trail::AdvancedEventSelector {
    let mut selector = trail::AdvancedEventSelector::builder().name(name);
    for (field, value) in fields {
        selector = selector.field_selectors(
            trail::AdvancedFieldSelector::builder()
                .field(*field)
                .equals(*value)
                .build()
                .expect("complete"),
        );
    }
    selector.build().expect("complete")
}

/// An advanced event selector for all data events of a resource type.
pub(super) fn data_selector(resource_type: &str) -> trail::AdvancedEventSelector {
    selector(
        resource_type,
        &[("eventCategory", "Data"), ("resources.type", resource_type)],
    )
}

/// The policy of the key that encrypts log files and notifications: AWS's example for
/// CloudTrail, bound to the trail.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html>
fn key_policy(account: &str) -> serde_json::Value {
    let trail = format!("arn:aws:cloudtrail:{HOME}:{account}:trail/{TRAIL}");
    json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "Administer", "Effect": "Allow",
          "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
          "Action": "kms:*", "Resource": "*" },
        { "Sid": "CloudTrail", "Effect": "Allow",
          "Principal": { "Service": "cloudtrail.amazonaws.com" },
          "Action": ["kms:GenerateDataKey*", "kms:Decrypt", "kms:DescribeKey"], "Resource": "*",
          "Condition": { "StringEquals": { "aws:SourceArn": trail } } },
    ] })
}
