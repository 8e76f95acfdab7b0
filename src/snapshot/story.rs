//! Fixture accounts for tests, as stories. A test takes the story nearest to its case
//! and changes the one fact it is about.

use serde_json::{Value, json};

use super::Observed::Known;
use super::{
    Account, AclGrant, BasicSelector, Bucket, BucketOwner, Existence, Key, LifecycleExpiry,
    LifecycleFilter, LifecycleRule, LogGroup, LogGroupClass, LogResourcePolicy, ManagedPolicy,
    PublicAccessBlock, ReadWriteType, Selectors, Snapshot, Trail, TrailStatus, Versioning,
    VersioningStatus,
};
use crate::config::Settings;
use crate::rule::{Check, Context, Judgement, Rule, of_existing};

/// Everything as it should be: every rule passes.
pub fn pristine() -> Snapshot {
    read(include_str!("../../tests/stories/pristine.json"))
}

/// [`pristine`]'s one account.
pub fn pristine_account() -> Account {
    only(pristine())
}

/// An account in which nothing was ever set up.
pub fn bare_account() -> Account {
    let mut account = pristine_account();
    for region in account.regions.values_mut() {
        region.trails = Known(Vec::new());
        region.alarms = Known(Vec::new());
        region.event_rules = Known(Vec::new());
        region.recorders = Known(Vec::new());
        region.delivery_channels = Known(Vec::new());
        region.config_rules = Known(Vec::new());
        region.data_stores = Known(Vec::new());
        region.detectors = Known(Vec::new());
        region.security_hub = Known(false);
    }
    account.data_stores.clear();
    account.trails.clear();
    account.buckets.clear();
    account.keys.clear();
    account.log_groups.clear();
    account.topics.clear();
    account.alarm_topics.clear();
    account
}

/// [`pristine_account`] as the management account of its organization, with a trail for all
/// of it.
pub fn management_account() -> Account {
    let mut account = pristine_account();
    let id = account.id.clone();
    if let Known(Some(organization)) = &mut account.organization {
        organization.management_account = id;
    }
    account.trusted_services = Known(vec!["cloudtrail.amazonaws.com".to_owned()]);
    account.trail_mut().organization = Known(true);
    let bucket = account.bucket_mut();
    if let Known(Some(policy)) = &mut bucket.policy {
        let own = "\"arn:aws:s3:::example-trail-logs/AWSLogs/111122223333/*\"";
        let both = format!("[{own}, {}]", own.replace("111122223333", "o-exampleorgid"));
        *policy = policy.replace(own, &both);
    }
    account
}

/// A member account whose only trail is its organization's: AWS answers a member little about
/// it, and its bucket, key, log group and topic belong to the management account.
pub fn member_account() -> Account {
    let mut account = pristine_account();
    let json = serde_json::to_string(&account.trails).unwrap();
    account.trails = serde_json::from_str(&json.replace("111122223333", MANAGEMENT)).unwrap();
    let trail = account.trail_mut();
    trail.organization = Known(true);
    trail.selectors = denied(super::Action::GetEventSelectors);
    trail.insights = denied(super::Action::GetInsightSelectors);
    trail.tags = denied(super::Action::ListTags);
    for region in ["us-east-1", "eu-west-1"] {
        *trail.status_mut(region) = TrailStatus {
            is_logging: true,
            ..TrailStatus::default()
        };
    }
    let seen = trail.arn.clone();
    for region in account.regions.values_mut() {
        region.trails = Known(vec![seen.clone()]);
        region.alarms = Known(Vec::new());
    }
    // Alarms belong to whoever owns the log group, and event rules were never made here.
    account.alarm_topics.clear();
    hide_what_the_trail_uses(&mut account);
    account
}

/// Gives bucket, key, log group and topic to the management account, which shows a member
/// none of them.
fn hide_what_the_trail_uses(account: &mut Account) {
    let mut json = json!([
        &account.buckets,
        &account.keys,
        &account.log_groups,
        &account.topics
    ]);
    take_away(&mut json, &mut |_| Some(refusal(super::Action::HeadBucket)));
    let json = json.to_string().replace("111122223333", MANAGEMENT);
    (
        account.buckets,
        account.keys,
        account.log_groups,
        account.topics,
    ) = serde_json::from_str(&json).unwrap();
    account.bucket_mut().existence = Known(Existence::ExistsForbidden);
}

/// The management account of the organization of [`pristine_account`].
const MANAGEMENT: &str = "999999999999";

/// An account outside any organization whose trail still names a log group and a topic that
/// were deleted.
pub fn lone_account() -> Account {
    let mut account = pristine_account();
    account.organization = Known(None);
    account.service_control_policies = Known(Vec::new());
    account.resource_control_policies = Known(Vec::new());
    account.trusted_services = Known(Vec::new());
    account.cloudtrail_administrators = Known(Vec::new());
    account.log_group_mut().description = Known(None);
    account.topic_mut().attributes = Known(None);
    account
}

/// A management account whose trail feeds a log group that nobody watches.
pub fn unwatched_account() -> Account {
    let mut account = management_account();
    account.metric_filters_mut().clear();
    account.alarms_mut("us-east-1").clear();
    account.alarm_topics.clear();
    account
}

/// A trail that was set up once, badly, and never looked at again: with
/// [`bare_account`], every rule fails somewhere.
pub fn neglected_account() -> Account {
    let mut account = pristine_account();
    neglect_trail(&mut account);
    neglect_bucket(&mut account);
    neglect_policies(&mut account);
    neglect_data_store(&mut account);
    account.first_region_mut().history = Known(vec![stopped_logging()]);
    let key = account.key_mut();
    key.rotation = Known(false);
    if let Known(description) = &mut key.description {
        description.state = "Disabled".to_owned();
    }
    if let Known(Some(group)) = &mut account.log_group_mut().description {
        group.retention_days = Some(30);
        group.kms_key_id = None;
        group.class = LogGroupClass::InfrequentAccess;
    }
    for alarm in account.alarms_mut("us-east-1") {
        alarm.actions_enabled = false;
    }
    crowd_with_administrators(&mut account);
    account.public_access_block = Known(PublicAccessBlock::default());
    account.summary = Known(
        [("AccountMFAEnabled", 0), ("AccountAccessKeysPresent", 1)]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
    );
    account
}

/// A dozen roles that may do everything.
fn crowd_with_administrators(account: &mut Account) {
    let identities = account.identities_mut();
    let model = identities.roles.iter();
    let model = model.filter(|role| role.name == "administrator").cloned();
    for role in model.collect::<Vec<_>>() {
        identities.roles.extend((1..12).map(|number| super::Role {
            arn: format!("{}-{number}", role.arn),
            name: format!("{}-{number}", role.name),
            id: format!("{}{number}", role.id),
            ..role.clone()
        }));
    }
}

/// Two copies of one trail, one of them stopped, the other blind, late and failing.
fn neglect_trail(account: &mut Account) {
    let trail = account.trail_mut();
    trail.multi_region = Known(false);
    trail.global_service_events = Known(false);
    trail.log_file_validation = Known(false);
    trail.selectors = Known(Selectors::Basic(vec![BasicSelector {
        read_write: ReadWriteType::ReadOnly,
        management_events: true,
        excluded_sources: vec!["kms.amazonaws.com".to_owned()],
        data_resources: Vec::new(),
    }]));
    trail.insights = Known(Vec::new());
    trail.tags = Known(Default::default());
    let status = trail.status_mut("us-east-1");
    status.delivery_error = Some("AccessDenied".to_owned());
    status.log_group_error = Some("AccessDenied".to_owned());
    let mut unencrypted = trail.twin("second", "us-east-1");
    unencrypted.log_file_validation = Known(true);
    unencrypted.kms_key_id = None;
    unencrypted.log_group_arn = None;
    unencrypted.log_role_arn = None;
    unencrypted.sns_topic_arn = None;
    unencrypted.bucket = Known("example-lost-logs".to_owned());
    unencrypted.status_mut("us-east-1").digest_error = Some("AccessDenied".to_owned());
    let mut stopped = trail.twin("stopped", "us-east-1");
    stopped.log_file_validation = Known(true);
    stopped.recursive_logging = None;
    stopped.selectors = Known(Selectors::Basic(vec![BasicSelector {
        read_write: ReadWriteType::All,
        management_events: true,
        excluded_sources: Vec::new(),
        data_resources: vec![super::DataResource {
            kind: "AWS::S3::Object".to_owned(),
            values: vec!["arn:aws:s3".to_owned()],
        }],
    }]));
    stopped.status_mut("us-east-1").is_logging = false;
    let mut lost = account.bucket_mut().clone();
    lost.name = "example-lost-logs".to_owned();
    lost.existence = Known(Existence::Absent);
    account.trails.extend([unencrypted, stopped]);
    account.buckets.push(lost);
}

/// As CloudTrail's console wrote it long ago, and somebody else added to.
const NEGLECTED_POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "AWSCloudTrailAclCheck20131101", "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::086441151436:root"}, "Action": "s3:GetBucketAcl",
        "Resource": "arn:aws:s3:::example-trail-logs"},
    {"Sid": "AWSCloudTrailWrite20150319", "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::example-trail-logs/AWSLogs/111122223333/*"},
    {"Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "s3:*",
        "Resource": ["arn:aws:s3:::example-trail-logs", "arn:aws:s3:::example-trail-logs/*"]}]}"#;

/// A bucket open to everybody whose objects vanish after a month, digests first.
fn neglect_bucket(account: &mut Account) {
    let bucket = account.bucket_mut();
    bucket.owner = Known(BucketOwner::Account("111122223333".to_owned()));
    bucket.policy = Known(Some(NEGLECTED_POLICY.to_owned()));
    bucket.acl = Known(vec![AclGrant {
        grantee: "http://acs.amazonaws.com/groups/global/AllUsers".to_owned(),
        permission: "READ".to_owned(),
        owner: None,
    }]);
    bucket.public_access_block = Known(PublicAccessBlock::default());
    bucket.ownership = Known(None);
    bucket.versioning = Known(Versioning {
        status: VersioningStatus::Suspended,
        mfa_delete: false,
    });
    bucket.object_lock = Known(None);
    bucket.lifecycle = Known(
        [("CloudTrail/", 30), ("CloudTrail-Digest/", 7)]
            .map(|(folder, days)| LifecycleRule {
                id: Some(format!("drop-{days}")),
                enabled: true,
                filter: LifecycleFilter {
                    prefix: Some(format!("AWSLogs/111122223333/{folder}")),
                    ..LifecycleFilter::default()
                },
                expiration: Some(LifecycleExpiry::Days(days)),
                ..LifecycleRule::default()
            })
            .into(),
    );
    bucket.access_logging = Known(None);
}

/// A call that stopped the trail and succeeded.
pub fn stopped_logging() -> super::RecordedEvent {
    super::RecordedEvent {
        id: "3333cccc-44dd-55ee-66ff-777788889999".to_owned(),
        name: "StopLogging".to_owned(),
        time: "2026-11-15T03:12:09Z".parse().unwrap(),
        principal: "arn:aws:iam::111122223333:user/contractor".to_owned(),
        source_ip: Some("198.51.100.7".to_owned()),
        error_code: None,
        request: json!({ "name": "main" }),
    }
}

/// An event data store that waits for its deletion.
fn neglect_data_store(account: &mut Account) {
    let store = account.data_store_mut();
    store.status = "PENDING_DELETION".to_owned();
    store.retention_days = 7;
    store.termination_protection = false;
    store.kms_key_id = None;
}

/// Policies that somebody once copied from a tutorial: they let CloudTrail in for anybody's
/// trail.
fn neglect_policies(account: &mut Account) {
    let unbound = |action: &str| {
        json!({ "Statement": { "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" },
            "Action": action, "Resource": "*" } })
        .to_string()
    };
    account.key_mut().policy = Known(unbound("kms:GenerateDataKey*"));
    let full_access = "arn:aws:iam::aws:policy/AWSCloudTrail_FullAccess";
    let identities = account.identities_mut();
    for role in &mut identities.roles {
        role.attached.push(full_access.to_owned());
    }
    identities.policies.push(ManagedPolicy {
        arn: full_access.to_owned(),
        document:
            json!({ "Statement": { "Effect": "Allow", "Action": "cloudtrail:*", "Resource": "*" } })
                .to_string(),
    });
    if let Known(levels) = &mut account.service_control_policies {
        for level in levels {
            level
                .policies
                .retain(|policy| policy.name == "FullAWSAccess");
        }
    }
    if let Known(Some(attributes)) = &mut account.topic_mut().attributes {
        attributes.policy = unbound("sns:Publish");
    }
    account.topic_mut().subscriptions = Known(Vec::new());
    account.log_group_mut().resource_policies = Known(vec![LogResourcePolicy {
        name: "writers".to_owned(),
        document: json!({ "Statement": { "Effect": "Allow", "Principal": "*",
            "Action": "logs:PutLogEvents", "Resource": "*" } })
        .to_string(),
    }]);
}

/// The same account with every fact denied. Trails, buckets, keys and log groups stay
/// listed.
pub fn denied_account() -> Account {
    let mut json = serde_json::to_value(pristine_account()).unwrap();
    take_away(&mut json, &mut |_| {
        Some(refusal(super::Action::DescribeTrails))
    });
    serde_json::from_value(json).unwrap()
}

/// An account of which nothing at all could be read, not even which trails there are.
pub fn blind_account() -> Account {
    let mut json = serde_json::to_value(bare_account()).unwrap();
    take_away(&mut json, &mut |_| {
        Some(refusal(super::Action::DescribeTrails))
    });
    serde_json::from_value(json).unwrap()
}

/// A gap such as a denied call leaves.
pub fn denied<T>(action: super::Action) -> super::Observed<T> {
    super::Observed::Gap(refusal(action))
}

fn refusal(action: super::Action) -> super::Gap {
    super::Gap::new(
        action,
        super::GapKind::AccessDenied,
        "not authorized to perform this action",
    )
}

/// A snapshot of one account, taken when [`pristine`] was.
pub fn snapshot_of(account: Account) -> Snapshot {
    Snapshot {
        accounts: vec![account],
        ..pristine()
    }
}

/// Every story, by name.
pub fn all() -> Vec<(&'static str, Snapshot)> {
    vec![
        ("pristine", pristine()),
        ("bare", snapshot_of(bare_account())),
        ("neglected", snapshot_of(neglected_account())),
        ("management", snapshot_of(management_account())),
        ("unwatched", snapshot_of(unwatched_account())),
        ("member", snapshot_of(member_account())),
        ("lone", snapshot_of(lone_account())),
        ("denied", snapshot_of(denied_account())),
        ("blind", snapshot_of(blind_account())),
        ("demo", crate::source::demo::snapshot().unwrap()),
    ]
}

/// Turns facts below `json`, a snapshot or part of one, into gaps: those for which
/// `take` says so. It is given the name of the field and told nothing else, and returns
/// the gap to leave.
pub fn take_away(json: &mut Value, take: &mut dyn FnMut(&str) -> Option<super::Gap>) {
    take_below("", json, take);
}

fn take_below(field: &str, json: &mut Value, take: &mut dyn FnMut(&str) -> Option<super::Gap>) {
    match json {
        Value::Object(map) if map.len() == 1 && map.contains_key("known") => {
            if let Some(gap) = take(field) {
                *json = json!({ "gap": gap });
            }
        }
        Value::Object(map) => {
            for (name, value) in map {
                // Statuses are keyed by Region; their field is the map they stand in.
                let field = if field == "status" { field } else { name };
                take_below(field, value, take);
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| take_below(field, item, take)),
        _ => {}
    }
}

/// What `rule` says of the account's first subject, with default settings. The time is
/// that at which [`pristine`] was taken, 2026-11-22T12:00:00Z.
pub fn judge(rule: &Rule, account: &Account) -> Judgement {
    judge_with(rule, account, &Settings::default())
}

/// [`judge`] with other settings.
pub fn judge_with(rule: &Rule, account: &Account, settings: &Settings) -> Judgement {
    let context = Context {
        now: "2026-11-22T12:00:00Z".parse().unwrap(),
        account,
        settings,
    };
    match rule.check {
        Check::Account(check) => check(&context),
        Check::Region(check) => check(&context, account.regions.keys().next().unwrap()),
        Check::Trail(check) => check(&context, account.trails.first().unwrap()),
        Check::Bucket(check) => {
            let bucket = account.buckets.first().unwrap();
            of_existing(bucket, || check(&context, bucket))
        }
        Check::Key(check) => check(&context, account.keys.first().unwrap()),
        Check::LogGroup(check) => check(&context, account.log_groups.first().unwrap()),
        Check::Topic(check) => check(&context, account.topics.first().unwrap()),
        Check::DataStore(check) => check(&context, account.data_stores.first().unwrap()),
    }
}

impl Account {
    /// The first trail, to change.
    pub fn trail_mut(&mut self) -> &mut Trail {
        self.trails.first_mut().unwrap()
    }

    /// The first bucket, to change.
    pub fn bucket_mut(&mut self) -> &mut Bucket {
        self.buckets.first_mut().unwrap()
    }

    /// The first key, to change.
    pub fn key_mut(&mut self) -> &mut Key {
        self.keys.first_mut().unwrap()
    }

    /// The first topic, to change.
    pub fn topic_mut(&mut self) -> &mut super::Topic {
        self.topics.first_mut().unwrap()
    }

    /// What is known of the first event data store, to change.
    pub fn data_store_mut(&mut self) -> &mut super::DataStoreDetails {
        match &mut self.data_stores.first_mut().unwrap().details {
            Known(details) => details,
            gap => panic!("no known event data store: {gap:?}"),
        }
    }

    /// What the first Region answered, to change.
    pub fn first_region_mut(&mut self) -> &mut super::RegionFacts {
        self.regions.values_mut().next().unwrap()
    }

    /// The alarms of a Region, to change.
    pub fn alarms_mut(&mut self, region: &str) -> &mut Vec<super::Alarm> {
        match self.regions.get_mut(region).map(|facts| &mut facts.alarms) {
            Some(Known(alarms)) => alarms,
            other => panic!("no known alarms in {region}: {other:?}"),
        }
    }

    /// The EventBridge rules of a Region, to change.
    pub fn event_rules_mut(&mut self, region: &str) -> &mut Vec<super::EventRule> {
        match self
            .regions
            .get_mut(region)
            .map(|facts| &mut facts.event_rules)
        {
            Some(Known(rules)) => rules,
            other => panic!("no known EventBridge rules in {region}: {other:?}"),
        }
    }

    /// The metric filters of the first log group, to change.
    pub fn metric_filters_mut(&mut self) -> &mut Vec<super::MetricFilter> {
        match &mut self.log_group_mut().metric_filters {
            Known(filters) => filters,
            gap => panic!("no known metric filters: {gap:?}"),
        }
    }

    /// The first topic that alarms notify, to change.
    pub fn alarm_topic_mut(&mut self) -> &mut super::Topic {
        self.alarm_topics.first_mut().unwrap()
    }

    /// The users, groups, roles and policies, to change.
    pub fn identities_mut(&mut self) -> &mut super::Identities {
        match &mut self.identities {
            Known(identities) => identities,
            gap => panic!("no known identities: {gap:?}"),
        }
    }

    /// The first log group, to change.
    pub fn log_group_mut(&mut self) -> &mut LogGroup {
        self.log_groups.first_mut().unwrap()
    }
}

impl Trail {
    /// The status in one Region, to change.
    pub fn status_mut(&mut self, region: &str) -> &mut TrailStatus {
        match self.status.get_mut(region) {
            Some(Known(status)) => status,
            other => panic!("no known status in {region}: {other:?}"),
        }
    }

    /// A second trail like this one, elsewhere.
    pub fn twin(&self, name: &str, region: &str) -> Trail {
        let mut twin = self.clone();
        twin.name = name.to_owned();
        twin.home_region = region.to_owned();
        twin.arn = format!("arn:aws:cloudtrail:{region}:111122223333:trail/{name}");
        twin
    }
}

fn read(json: &str) -> Snapshot {
    serde_json::from_str(json).unwrap()
}

fn only(snapshot: Snapshot) -> Account {
    snapshot.accounts.into_iter().next().unwrap()
}
