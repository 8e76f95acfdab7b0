//! An account with many trails on moto, each with a bucket, a policy, a key, a log group, a
//! topic, metric filters and alarms of its own, and event rules in every Region.

use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic};
use aws_sdk_cloudwatchlogs::types::MetricTransformation;
use aws_sdk_eventbridge::types::Target;
use aws_sdk_s3::types as s3;
use serde_json::json;

use super::account::{Account, HOME};
use super::relay::{Documented, Relay};

/// The Regions that need no opt-in.
/// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>
const REGIONS: [&str; 17] = [
    HOME,
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Where the trails of a fleet are.
#[derive(Clone, Copy)]
pub(crate) enum Spread {
    /// One Region after the other, the first trail of each multi-Region.
    Apart,
    /// All in one Region, all of them multi-Region.
    Together,
}

/// The account, and a relay in front of moto that knows what moto does not: the Regions.
pub(crate) struct Fleet {
    pub(crate) account: Account,
    pub(crate) relay: Relay,
}

impl Fleet {
    /// Makes an account with that many trails.
    pub(crate) fn new(trails: usize, spread: Spread) -> Self {
        let account = Account::on_moto();
        let relay = Relay::start(Some(account.port()), vec![list_regions()]);
        let fleet = Fleet { account, relay };
        for number in 0..trails {
            match spread {
                Spread::Apart => {
                    fleet.trail(number, REGIONS[number % REGIONS.len()], number == 0);
                }
                Spread::Together => fleet.trail(number, HOME, true),
            }
        }
        fleet
    }

    fn trail(&self, number: usize, region: &'static str, multi_region: bool) {
        let account = &self.account;
        let name = format!("trail-{number}");
        let bucket = format!("fleet-{}-{number}", account.id);
        self.bucket(&bucket, region);
        let key = self.key(region);
        let group = self.log_group(&name, region);
        let topic = self.topic(&name, region);
        self.alarms(&name, region, &topic);
        self.event_rule(&name, region, &topic);
        let cloudtrail = account.cloudtrail(region);
        let call = cloudtrail
            .create_trail()
            .name(&name)
            .s3_bucket_name(bucket)
            .sns_topic_name(&name)
            .kms_key_id(key)
            .cloud_watch_logs_log_group_arn(group)
            .cloud_watch_logs_role_arn(format!("arn:aws:iam::{}:role/delivery", account.id))
            .is_multi_region_trail(multi_region)
            .include_global_service_events(true)
            .enable_log_file_validation(true);
        account.wait(call.send()).expect("CreateTrail");
        let call = cloudtrail.start_logging().name(&name);
        account.wait(call.send()).expect("StartLogging");
    }

    fn bucket(&self, name: &str, region: &'static str) {
        let (account, s3) = (&self.account, self.account.s3_in(region));
        let mut call = s3.create_bucket().bucket(name);
        if region != HOME {
            let place = s3::BucketLocationConstraint::from(region);
            let place = s3::CreateBucketConfiguration::builder().location_constraint(place);
            call = call.create_bucket_configuration(place.build());
        }
        account.wait(call.send()).expect("CreateBucket");
        let service = json!({ "Service": "cloudtrail.amazonaws.com" });
        let arn = format!("arn:aws:s3:::{name}");
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl",
              "Resource": arn },
            { "Effect": "Allow", "Principal": service, "Action": "s3:PutObject",
              "Resource": format!("{arn}/AWSLogs/{}/*", account.id),
              "Condition": { "StringEquals": { "aws:SourceAccount": account.id } } }] });
        let call = s3
            .put_bucket_policy()
            .bucket(name)
            .policy(policy.to_string());
        account.wait(call.send()).expect("PutBucketPolicy");
        let on = s3::VersioningConfiguration::builder()
            .status(s3::BucketVersioningStatus::Enabled)
            .build();
        let call = s3
            .put_bucket_versioning()
            .bucket(name)
            .versioning_configuration(on);
        account.wait(call.send()).expect("PutBucketVersioning");
    }

    fn key(&self, region: &'static str) -> String {
        let call = self.account.kms_in(region).create_key();
        let created = self.account.wait(call.send()).expect("CreateKey");
        let key = created.key_metadata().expect("key metadata");
        key.arn().expect("an ARN").to_owned()
    }

    /// A topic with a subscriber.
    fn topic(&self, trail: &str, region: &'static str) -> String {
        let account = &self.account;
        let sns = aws_sdk_sns::Client::new(&account.sdk(region));
        let created = account.wait(sns.create_topic().name(trail).send());
        let topic = created.expect("CreateTopic").topic_arn.expect("an ARN");
        let queue = format!("arn:aws:sqs:{region}:{}:queue", account.id);
        let call = sns
            .subscribe()
            .topic_arn(&topic)
            .protocol("sqs")
            .endpoint(queue);
        account.wait(call.send()).expect("Subscribe");
        topic
    }

    /// A metric filter and an alarm for every alarm that CIS asks for.
    fn alarms(&self, trail: &str, region: &'static str, topic: &str) {
        let account = &self.account;
        let logs = account.logs_in(region);
        let cloudwatch = aws_sdk_cloudwatch::Client::new(&account.sdk(region));
        for control in trailcheck::pattern::control::table().controls() {
            let metric = format!("{trail}-{}", control.rule);
            let transformation = MetricTransformation::builder()
                .metric_namespace("trails")
                .metric_name(&metric)
                .metric_value("1");
            let call = logs
                .put_metric_filter()
                .log_group_name(format!("/cloudtrail/{trail}"))
                .filter_name(control.rule)
                .filter_pattern(control.filter_pattern())
                .metric_transformations(transformation.build().expect("complete"));
            account.wait(call.send()).expect("PutMetricFilter");
            let call = cloudwatch
                .put_metric_alarm()
                .alarm_name(&metric)
                .namespace("trails")
                .metric_name(&metric)
                .statistic(Statistic::Sum)
                .period(300)
                .evaluation_periods(1)
                .threshold(1.0)
                .comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold)
                .alarm_actions(topic);
            account.wait(call.send()).expect("PutMetricAlarm");
        }
    }

    fn event_rule(&self, trail: &str, region: &'static str, topic: &str) {
        let account = &self.account;
        let events = aws_sdk_eventbridge::Client::new(&account.sdk(region));
        let control = trailcheck::pattern::control::table().control("alarm-cloudtrail-changes");
        let pattern = control.expect("a control").event_pattern();
        let call = events.put_rule().name(trail).event_pattern(pattern);
        account.wait(call.send()).expect("PutRule");
        let target = Target::builder().id("topic").arn(topic).build();
        let call = events
            .put_targets()
            .rule(trail)
            .targets(target.expect("complete"));
        account.wait(call.send()).expect("PutTargets");
    }

    fn log_group(&self, trail: &str, region: &'static str) -> String {
        let group = format!("/cloudtrail/{trail}");
        let logs = self.account.logs_in(region);
        let call = logs.create_log_group().log_group_name(&group);
        self.account.wait(call.send()).expect("CreateLogGroup");
        format!(
            "arn:aws:logs:{region}:{}:log-group:{group}:*",
            self.account.id
        )
    }
}

/// <https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html>
fn list_regions() -> Documented {
    let enabled = |region| json!({ "RegionName": region, "RegionOptStatus": "ENABLED_BY_DEFAULT" });
    let regions = json!({ "Regions": REGIONS.map(enabled) });
    Documented::json(&["POST /listRegions"], regions.to_string())
}
