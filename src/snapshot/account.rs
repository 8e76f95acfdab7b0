//! One audited account: who it is, its Regions, and everything found in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Action, Alarm, Bucket, ConfigRecorder, ConfigRule, DataStore, Detector, EventRule, Gap,
    GapKind, Identities, Key, LogGroup, Observed, Organization, PolicyLevel, PublicAccessBlock,
    RecordedEvent, Topic, Trail,
};

/// What was seen of one account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Account {
    /// The 12-digit account id.
    pub id: String,
    /// The partition, from the caller's ARN: `aws`, `aws-cn`, `aws-us-gov`, ...
    pub partition: String,
    /// The ARN that asked.
    pub caller: String,
    /// Whether the account is in use.
    pub status: AccountStatus,
    /// The account's alias; `Known(None)` if it has none.
    pub alias: Observed<Option<String>>,
    /// Every Region enabled in the account, from `account:ListRegions`.
    pub enabled_regions: Observed<Vec<String>>,
    /// Whether the user named the Regions to audit (`--regions`).
    pub regions_named: bool,
    /// The audited Regions and what each answered about trails.
    pub regions: BTreeMap<String, RegionFacts>,
    /// Every trail visible in an audited Region, once, sorted by ARN: shadow trails
    /// are folded into the trail they mirror.
    pub trails: Vec<Trail>,
    /// Every bucket a trail delivers to, once, sorted by name.
    pub buckets: Vec<Bucket>,
    /// Every KMS key a trail encrypts with, once, sorted by its first reference.
    pub keys: Vec<Key>,
    /// Every log group a trail delivers to, once, sorted by ARN.
    pub log_groups: Vec<LogGroup>,
    /// Every SNS topic a trail notifies, once, sorted by ARN.
    #[serde(default)]
    pub topics: Vec<Topic>,
    /// Every SNS topic that an alarm or an event rule which may watch the trail notifies,
    /// once, sorted by ARN.
    #[serde(default)]
    pub alarm_topics: Vec<Topic>,
    /// Every event data store, once, sorted by ARN.
    #[serde(default)]
    pub data_stores: Vec<DataStore>,
    /// The account's block-public-access settings, organization policy included.
    pub public_access_block: Observed<PublicAccessBlock>,
    /// `iam:GetAccountSummary`, as AWS names the entries, for example
    /// `AccountMFAEnabled`.
    pub summary: Observed<BTreeMap<String, i64>>,
    /// Users, groups, roles and their policies.
    #[serde(default = "no_identities")]
    pub identities: Observed<Identities>,
    /// The organization; `Known(None)` if the account is in none.
    #[serde(default = "no_organization")]
    pub organization: Observed<Option<Organization>>,
    /// The service control policies from the organization's root down to the account;
    /// empty outside an organization and where the organization does not use them.
    #[serde(default = "no_levels")]
    pub service_control_policies: Observed<Vec<PolicyLevel>>,
    /// The resource control policies, likewise.
    #[serde(default = "no_levels")]
    pub resource_control_policies: Observed<Vec<PolicyLevel>>,
    /// The service principals that the organization trusts; AWS tells its management account
    /// and delegated administrators only. Empty outside an organization.
    #[serde(default = "no_trusted_services")]
    pub trusted_services: Observed<Vec<String>>,
    /// The ids of the accounts that administer CloudTrail for the organization, beside the
    /// management account; AWS tells them and the management account only.
    #[serde(default = "no_administrators")]
    pub cloudtrail_administrators: Observed<Vec<String>>,
}

/// Whether an account is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AccountStatus {
    /// In use.
    Active,
    /// Suspended by AWS or closed.
    Suspended,
}

/// What one audited Region answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RegionFacts {
    /// ARNs of the trails visible here: at home here, or shadows of trails elsewhere.
    pub trails: Observed<Vec<String>>,
    /// The alarms here; not collected where no trail delivers to a log group.
    #[serde(default = "no_alarms")]
    pub alarms: Observed<Vec<Alarm>>,
    /// The rules with an event pattern on the default event bus.
    #[serde(default = "no_event_rules")]
    pub event_rules: Observed<Vec<EventRule>>,
    /// The recorders of AWS Config.
    #[serde(default = "no_recorders")]
    pub recorders: Observed<Vec<ConfigRecorder>>,
    /// The names of AWS Config's delivery channels.
    #[serde(default = "no_channels")]
    pub delivery_channels: Observed<Vec<String>>,
    /// The managed rules of AWS Config.
    #[serde(default = "no_config_rules")]
    pub config_rules: Observed<Vec<ConfigRule>>,
    /// ARNs of the event data stores of CloudTrail Lake whose home is here.
    #[serde(default = "no_data_stores")]
    pub data_stores: Observed<Vec<String>>,
    /// Events of the last 90 days that may have weakened the trail, the newest first.
    #[serde(default = "no_history")]
    pub history: Observed<Vec<RecordedEvent>>,
    /// The detectors of GuardDuty.
    #[serde(default = "no_detectors")]
    pub detectors: Observed<Vec<Detector>>,
    /// Whether Security Hub is on.
    #[serde(default = "no_security_hub")]
    pub security_hub: Observed<bool>,
}

impl RegionFacts {
    /// A Region that was asked for its trails and nothing else.
    pub fn of_trails(trails: Observed<Vec<String>>) -> Self {
        RegionFacts {
            trails,
            alarms: no_alarms(),
            event_rules: no_event_rules(),
            recorders: no_recorders(),
            delivery_channels: no_channels(),
            config_rules: no_config_rules(),
            data_stores: no_data_stores(),
            history: no_history(),
            detectors: no_detectors(),
            security_hub: no_security_hub(),
        }
    }
}

impl Account {
    /// The ARN that stands for the account as a whole in findings.
    pub fn root_arn(&self) -> String {
        format!("arn:{}:iam::{}:root", self.partition, self.id)
    }

    /// The Regions whose trails could not be listed, with the reason.
    pub fn unlisted_regions(&self) -> impl Iterator<Item = (&str, &Gap)> {
        self.regions
            .iter()
            .filter_map(|(region, facts)| Some((region.as_str(), facts.trails.gap()?)))
    }

    /// All trails, if every audited Region could be asked: what a rule uses whose
    /// verdict another, unseen trail could change.
    ///
    /// # Errors
    /// The gap of the first Region whose trails could not be listed, or a `not-collected`
    /// one if no Region was asked at all.
    pub fn all_trails(&self) -> Result<&[Trail], Gap> {
        if self.regions.is_empty() {
            return Err(no_region_was_audited(Action::DescribeTrails));
        }
        match self.unlisted_regions().next() {
            None => Ok(&self.trails),
            Some((region, gap)) => Err(Gap {
                detail: format!("the trails of {region} could not be listed: {}", gap.detail),
                ..gap.clone()
            }),
        }
    }

    /// All event data stores, if every audited Region could be asked for them.
    ///
    /// # Errors
    /// The gap of the first Region whose event data stores could not be listed, or a
    /// `not-collected` one if a listed store is not in the snapshot or Regions are missing.
    pub fn all_data_stores(&self) -> Result<&[DataStore], Gap> {
        self.regions_known()?;
        for (region, facts) in &self.regions {
            let listed = facts.data_stores.known().map_err(|gap| Gap {
                detail: format!(
                    "the event data stores of {region} could not be listed: {}",
                    gap.detail
                ),
                ..gap
            })?;
            let known = |arn: &&String| self.data_stores.iter().any(|store| store.arn == **arn);
            if let Some(missing) = listed.iter().find(|arn| !known(arn)) {
                let what = format!("event data store `{missing}`");
                return Err(not_collected(Action::GetEventDataStore, &what));
            }
        }
        Ok(&self.data_stores)
    }

    /// Whether the audited Regions are what the user asked for: named by the user, or
    /// every Region that AWS lists as enabled.
    ///
    /// # Errors
    /// When nobody named Regions, the gap in the list of enabled ones, or a `not-collected`
    /// one if one of them, or every one, was not audited. A rule whose pass rests on every
    /// Region being covered one by one must not pass then.
    pub fn regions_known(&self) -> Result<(), Gap> {
        if self.regions.is_empty() {
            return Err(no_region_was_audited(Action::ListRegions));
        }
        if self.regions_named {
            return Ok(());
        }
        let enabled = self.enabled_regions.known()?;
        let missed = enabled
            .iter()
            .find(|region| !self.regions.contains_key(*region));
        missed.map_or(Ok(()), |region| {
            Err(Gap::new(
                Action::ListRegions,
                GapKind::NotCollected,
                format!("{region} is enabled but was not audited"),
            ))
        })
    }

    /// The log bucket of that name.
    ///
    /// # Errors
    /// A `not-collected` gap if the snapshot holds no such bucket.
    pub fn bucket(&self, name: &str) -> Result<&Bucket, Gap> {
        self.buckets
            .iter()
            .find(|bucket| bucket.name == name)
            .ok_or_else(|| not_collected(Action::HeadBucket, &format!("bucket `{name}`")))
    }

    /// The key that `reference` (a `KmsKeyId` as a trail spells it) stands for.
    ///
    /// # Errors
    /// A `not-collected` gap if the snapshot holds no such key.
    pub fn key(&self, reference: &str) -> Result<&Key, Gap> {
        self.keys
            .iter()
            .find(|key| key.references.iter().any(|known| known == reference))
            .ok_or_else(|| not_collected(Action::DescribeKey, &format!("key `{reference}`")))
    }

    /// The key's ARN, or that of the alias by which its trails call it where the key could
    /// not be described; the bare reference if no trail makes an ARN of it.
    pub fn key_arn(&self, key: &Key) -> String {
        if let Some(description) = key.description.if_known() {
            return description.arn.clone();
        }
        let used_by = |trail: &&Trail| {
            let reference = trail.kms_key_id.as_ref();
            reference.is_some_and(|reference| key.references.contains(reference))
        };
        let mut users = self.trails.iter().filter(used_by);
        users
            .find_map(Trail::key_arn)
            .unwrap_or_else(|| key.name().to_owned())
    }

    /// The log group with that ARN (as in `CloudWatchLogsLogGroupArn`, with or without
    /// the trailing `:*`).
    ///
    /// # Errors
    /// A `not-collected` gap if the snapshot holds no such log group.
    pub fn log_group(&self, arn: &str) -> Result<&LogGroup, Gap> {
        let arn = arn.strip_suffix(":*").unwrap_or(arn);
        self.log_groups
            .iter()
            .find(|group| group.arn == arn)
            .ok_or_else(|| not_collected(Action::DescribeLogGroups, &format!("log group `{arn}`")))
    }

    /// The SNS topic with that ARN.
    ///
    /// # Errors
    /// A `not-collected` gap if the snapshot holds no such topic.
    pub fn topic(&self, arn: &str) -> Result<&Topic, Gap> {
        self.topics
            .iter()
            .find(|topic| topic.arn == arn)
            .ok_or_else(|| not_collected(Action::GetTopicAttributes, &format!("topic `{arn}`")))
    }

    /// The SNS topic with that ARN which an alarm or an event rule notifies.
    ///
    /// # Errors
    /// A `not-collected` gap if the snapshot holds no such topic.
    pub fn alarm_topic(&self, arn: &str) -> Result<&Topic, Gap> {
        self.alarm_topics
            .iter()
            .find(|topic| topic.arn == arn)
            .ok_or_else(|| not_collected(Action::GetTopicAttributes, &format!("topic `{arn}`")))
    }

    /// One entry of the IAM account summary.
    ///
    /// # Errors
    /// The summary's own gap, or a `malformed` one if AWS left the entry out.
    pub fn summary_entry(&self, name: &str) -> Result<i64, Gap> {
        let summary = self.summary.known()?;
        summary.get(name).copied().ok_or_else(|| {
            Gap::new(
                Action::GetAccountSummary,
                GapKind::Malformed,
                format!("the account summary has no entry `{name}`"),
            )
        })
    }
}

fn no_region_was_audited(action: Action) -> Gap {
    Gap::new(action, GapKind::NotCollected, "no Region was audited")
}

fn not_collected(action: Action, what: &str) -> Gap {
    Gap::new(
        action,
        GapKind::NotCollected,
        format!("{what} is not in the snapshot"),
    )
}

// What an older snapshot does not hold, nobody had asked for.

fn no_identities() -> Observed<Identities> {
    Observed::not_collected(Action::GetAccountAuthorizationDetails)
}

fn no_organization() -> Observed<Option<Organization>> {
    Observed::not_collected(Action::DescribeOrganization)
}

fn no_levels() -> Observed<Vec<PolicyLevel>> {
    Observed::not_collected(Action::ListPoliciesForTarget)
}

fn no_trusted_services() -> Observed<Vec<String>> {
    Observed::not_collected(Action::ListServiceAccess)
}

fn no_administrators() -> Observed<Vec<String>> {
    Observed::not_collected(Action::ListDelegatedAdministrators)
}

fn no_alarms() -> Observed<Vec<Alarm>> {
    Observed::not_collected(Action::DescribeAlarms)
}

fn no_event_rules() -> Observed<Vec<EventRule>> {
    Observed::not_collected(Action::ListEventRules)
}

fn no_recorders() -> Observed<Vec<ConfigRecorder>> {
    Observed::not_collected(Action::DescribeConfigurationRecorders)
}

fn no_channels() -> Observed<Vec<String>> {
    Observed::not_collected(Action::DescribeDeliveryChannels)
}

fn no_config_rules() -> Observed<Vec<ConfigRule>> {
    Observed::not_collected(Action::DescribeConfigRules)
}

fn no_data_stores() -> Observed<Vec<String>> {
    Observed::not_collected(Action::ListEventDataStores)
}

fn no_history() -> Observed<Vec<RecordedEvent>> {
    Observed::not_collected(Action::LookupEvents)
}

fn no_detectors() -> Observed<Vec<Detector>> {
    Observed::not_collected(Action::ListDetectors)
}

fn no_security_hub() -> Observed<bool> {
    Observed::not_collected(Action::DescribeHub)
}
