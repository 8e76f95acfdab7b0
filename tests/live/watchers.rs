//! What watches beside a good account's trail: AWS Config, GuardDuty, Security Hub; and the
//! replies for what no server has of these and of CloudTrail Lake.

use aws_sdk_config::types as config;
use serde_json::{Value, json};

use super::account::{Account, HOME};
use super::good::Good;
use super::relay::Documented;

/// The Regions that are watched.
const REGIONS: [&str; 2] = [HOME, "eu-west-1"];

/// The managed rules of AWS's conformance pack for CloudTrail, which are named like this
/// but for the case.
/// <https://docs.aws.amazon.com/config/latest/developerguide/security-best-practices-for-cloudtrail.html>
const RULES: [&str; 7] = [
    "cloud-trail-cloud-watch-logs-enabled",
    "cloud-trail-enabled",
    "cloud-trail-encryption-enabled",
    "cloud-trail-log-file-validation-enabled",
    "cloudtrail-s3-dataevents-enabled",
    "cloudtrail-security-trail-enabled",
    "multi-region-cloud-trail-enabled",
];

impl Good {
    /// AWS Config: a recorder that records all there is, a channel, rules about the trail.
    pub(super) fn record(&self) {
        for region in REGIONS {
            self.record_in(region);
        }
        let (account, client) = (&self.account, self.account.config(HOME));
        for name in RULES {
            let identifier = match name {
                "multi-region-cloud-trail-enabled" => "MULTI_REGION_CLOUD_TRAIL_ENABLED".to_owned(),
                name => name.replace('-', "_").to_uppercase(),
            };
            let source = config::Source::builder()
                .owner(config::Owner::Aws)
                .source_identifier(identifier)
                .build()
                .expect("complete");
            let rule = config::ConfigRule::builder()
                .config_rule_name(name)
                .source(source);
            let call = client.put_config_rule().config_rule(rule.build());
            account.wait(call.send()).expect("PutConfigRule");
        }
    }

    fn record_in(&self, region: &'static str) {
        let (account, client) = (&self.account, self.account.config(region));
        let everything = config::RecordingGroup::builder()
            .all_supported(true)
            .include_global_resource_types(true);
        let recorder = config::ConfigurationRecorder::builder()
            .name("default")
            .role_arn(format!("arn:aws:iam::{}:role/config", account.id))
            .recording_group(everything.build());
        let call = client
            .put_configuration_recorder()
            .configuration_recorder(recorder.build());
        account.wait(call.send()).expect("PutConfigurationRecorder");
        let channel = config::DeliveryChannel::builder()
            .name("default")
            .s3_bucket_name(self.access_log_bucket());
        let call = client
            .put_delivery_channel()
            .delivery_channel(channel.build());
        account.wait(call.send()).expect("PutDeliveryChannel");
        let call = client
            .start_configuration_recorder()
            .configuration_recorder_name("default");
        account
            .wait(call.send())
            .expect("StartConfigurationRecorder");
    }

    /// Lets AWS Config no longer record.
    pub(super) fn stop_recording(&self) {
        let call = self
            .account
            .config(HOME)
            .stop_configuration_recorder()
            .configuration_recorder_name("default");
        self.account
            .wait(call.send())
            .expect("StopConfigurationRecorder");
    }

    /// GuardDuty and Security Hub, where the crates to ask them are there.
    #[cfg(feature = "full")]
    pub(super) fn companions(&self) {
        let account = &self.account;
        for region in REGIONS {
            let call = account.guardduty(region).create_detector().enable(true);
            account.wait(call.send()).expect("CreateDetector");
            let call = account.securityhub(region).enable_security_hub();
            account.wait(call.send()).expect("EnableSecurityHub");
        }
    }

    /// Nothing: this build cannot ask GuardDuty and Security Hub, nor its tests set them up.
    #[cfg(not(feature = "full"))]
    #[expect(clippy::unused_self, reason = "the same as with the feature `full`")]
    pub(super) fn companions(&self) {}
}

impl Account {
    fn config(&self, region: &'static str) -> aws_sdk_config::Client {
        aws_sdk_config::Client::new(&self.sdk(region))
    }

    #[cfg(feature = "full")]
    fn guardduty(&self, region: &'static str) -> aws_sdk_guardduty::Client {
        aws_sdk_guardduty::Client::new(&self.sdk(region))
    }

    #[cfg(feature = "full")]
    fn securityhub(&self, region: &'static str) -> aws_sdk_securityhub::Client {
        aws_sdk_securityhub::Client::new(&self.sdk(region))
    }
}

/// Every rule found everything in order; one event data store, at home; a history in which
/// nothing happened.
/// <https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeComplianceByConfigRule.html>
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/lake-eds-cli.html>
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
pub(super) fn documented() -> Vec<Documented> {
    let found = RULES.map(
        |name| json!({ "ConfigRuleName": name, "Compliance": { "ComplianceType": "COMPLIANT" } }),
    );
    let found = json!({ "ComplianceByConfigRules": found });
    let arn = "arn:aws:cloudtrail:us-east-1:123456789012:eventdatastore/\
               EXAMPLE-f852-4e8f-8bd1-bcf6cEXAMPLE";
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let store = json!({ "EventDataStoreArn": arn, "Name": "my-store", "Status": "ENABLED",
        "MultiRegionEnabled": true, "OrganizationEnabled": false, "RetentionPeriod": 2557,
        "TerminationProtectionEnabled": true, "KmsKeyId": key });
    let json = |to, body: Value| Documented::json(to, body.to_string());
    vec![
        json(&["DescribeComplianceByConfigRule"], found),
        json(
            &["_20131101.ListEventDataStores", "/us-east-1/cloudtrail/"],
            json!({ "EventDataStores": [{ "EventDataStoreArn": arn, "Name": "my-store" }] }),
        ),
        json(
            &["_20131101.ListEventDataStores"],
            json!({ "EventDataStores": [] }),
        ),
        json(&["_20131101.GetEventDataStore"], store),
        json(&["_20131101.LookupEvents"], json!({ "Events": [] })),
    ]
}
