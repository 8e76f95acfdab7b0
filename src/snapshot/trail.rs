//! Trails as `DescribeTrails`, `GetTrailStatus`, `GetEventSelectors` and
//! `GetInsightSelectors` describe them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Account, Action, Gap, GapKind, Observed,
    arn::{self, Arn},
};

/// One trail, at its home Region.
///
/// A flag that `DescribeTrails` leaves out is a gap, not `false`: AWS always sends
/// them, so an absent one is a truncated reply. Settings that are optional by design
/// (`kms_key_id`, ...) are `None` when not configured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Trail {
    /// The trail's ARN; its account is the owner, which for an organization trail is
    /// the management account.
    pub arn: String,
    /// The trail's name, unique within its Region only.
    pub name: String,
    /// Where it was created and can be changed.
    pub home_region: String,
    /// `IsMultiRegionTrail`.
    pub multi_region: Observed<bool>,
    /// `IsOrganizationTrail`.
    pub organization: Observed<bool>,
    /// `IncludeGlobalServiceEvents`.
    pub global_service_events: Observed<bool>,
    /// `LogFileValidationEnabled`.
    pub log_file_validation: Observed<bool>,
    /// The log bucket, `S3BucketName`.
    pub bucket: Observed<String>,
    /// `S3KeyPrefix`.
    pub key_prefix: Option<String>,
    /// `KmsKeyId` as the trail spells it: key id, key ARN, alias or alias ARN.
    pub kms_key_id: Option<String>,
    /// `CloudWatchLogsLogGroupArn`, as AWS spells it (usually ending in `:*`).
    pub log_group_arn: Option<String>,
    /// `CloudWatchLogsRoleArn`.
    pub log_role_arn: Option<String>,
    /// `SnsTopicARN`.
    pub sns_topic_arn: Option<String>,
    /// `RecursiveLogging`; `None` if AWS leaves it out, which means true.
    #[serde(default)]
    pub recursive_logging: Option<bool>,
    /// `GetTrailStatus` by Region: the home Region, and for a multi-Region trail every
    /// audited Region, because AWS "returns trail status from a single Region".
    pub status: BTreeMap<String, Observed<TrailStatus>>,
    /// What the trail records.
    pub selectors: Observed<Selectors>,
    /// Which Insights it records; empty if none.
    pub insights: Observed<Vec<InsightSelector>>,
    /// The trail's tags.
    pub tags: Observed<BTreeMap<String, String>>,
}

/// A trail's status in one Region. Times and errors that AWS leaves out are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrailStatus {
    /// `IsLogging`; meaningful at the home Region. A reply without it is a gap.
    pub is_logging: bool,
    /// `StartLoggingTime`.
    pub started_logging: Option<Timestamp>,
    /// `StopLoggingTime`.
    pub stopped_logging: Option<Timestamp>,
    /// `LatestDeliveryTime`, of log files to the bucket.
    pub delivery_time: Option<Timestamp>,
    /// `LatestDeliveryError`; sticky, so compare times.
    pub delivery_error: Option<String>,
    /// `LatestDeliveryAttemptTime`, if AWS sends one that is a time: when the last
    /// attempt was made, which is the error's time if it failed.
    pub delivery_attempt: Option<Timestamp>,
    /// `LatestDigestDeliveryTime`.
    pub digest_time: Option<Timestamp>,
    /// `LatestDigestDeliveryError`.
    pub digest_error: Option<String>,
    /// `LatestCloudWatchLogsDeliveryTime`.
    pub log_group_time: Option<Timestamp>,
    /// `LatestCloudWatchLogsDeliveryError`.
    pub log_group_error: Option<String>,
    /// `LatestNotificationTime`.
    pub notification_time: Option<Timestamp>,
    /// `LatestNotificationError`.
    pub notification_error: Option<String>,
}

impl TrailStatus {
    /// Whether the reply says anything of deliveries. One that does not is what a member
    /// account gets of its organization's trail: evidence is missing, nothing has failed.
    pub fn tells_of_deliveries(&self) -> bool {
        let nothing = TrailStatus {
            is_logging: self.is_logging,
            started_logging: self.started_logging,
            stopped_logging: self.stopped_logging,
            ..TrailStatus::default()
        };
        *self != nothing
    }
}

/// A trail's event selectors: basic or advanced, never both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Selectors {
    /// `EventSelectors`; empty means AWS's default, one selector for all management events.
    Basic(Vec<BasicSelector>),
    /// `AdvancedEventSelectors`.
    Advanced(Vec<AdvancedSelector>),
}

/// An `EventSelector`. Absent members have AWS's documented defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BasicSelector {
    /// `ReadWriteType`; default `All`.
    pub read_write: ReadWriteType,
    /// `IncludeManagementEvents`; default true.
    pub management_events: bool,
    /// `ExcludeManagementEventSources`.
    pub excluded_sources: Vec<String>,
    /// `DataResources`.
    pub data_resources: Vec<DataResource>,
}

/// `ReadWriteType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum ReadWriteType {
    /// Read and write events.
    All,
    /// Read events only.
    ReadOnly,
    /// Write events only.
    WriteOnly,
}

/// A `DataResource` of a basic selector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DataResource {
    /// For example `AWS::S3::Object`.
    #[serde(rename = "type")]
    pub kind: String,
    /// ARNs or ARN prefixes, as AWS documents for the type.
    pub values: Vec<String>,
}

/// An `AdvancedEventSelector`: all its field selectors must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AdvancedSelector {
    /// A free label; never evidence of anything.
    pub name: Option<String>,
    /// The conditions, all of which must hold.
    pub fields: Vec<FieldSelector>,
}

/// An `AdvancedFieldSelector`. Operators that are not used are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FieldSelector {
    /// For example `eventCategory`, `readOnly`, `resources.ARN`.
    pub field: String,
    /// `Equals`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<String>,
    /// `NotEquals`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_equals: Vec<String>,
    /// `StartsWith`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub starts_with: Vec<String>,
    /// `NotStartsWith`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_starts_with: Vec<String>,
    /// `EndsWith`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ends_with: Vec<String>,
    /// `NotEndsWith`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_ends_with: Vec<String>,
}

/// An `InsightSelector`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InsightSelector {
    /// `InsightType`.
    pub insight_type: InsightType,
    /// `EventCategories`, for example `Management`; empty when AWS leaves it out, which
    /// means management events.
    pub event_categories: Vec<String>,
}

/// `InsightType`; a type this build does not know keeps its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum InsightType {
    /// Unusual rates of write management calls.
    ApiCallRateInsight,
    /// Unusual rates of errors.
    ApiErrorRateInsight,
    /// Something newer than this build.
    #[serde(untagged)]
    Other(String),
}

impl Trail {
    /// Whether the trail logs, which only its home Region can tell.
    ///
    /// # Errors
    /// The gap in the home Region's status.
    pub fn is_logging(&self) -> Result<bool, Gap> {
        Ok(self.home_status()?.is_logging)
    }

    /// The status at the home Region.
    ///
    /// # Errors
    /// The gap in its place.
    pub fn home_status(&self) -> Result<&TrailStatus, Gap> {
        self.status_in(&self.home_region)
    }

    /// The status in every audited Region that the trail covers: its home Region, and
    /// for a multi-Region trail all that were audited. Where it cannot be told whether the
    /// trail covers more than these, the last entry is that gap.
    pub fn covered_status<'a>(
        &'a self,
        account: &'a Account,
    ) -> Vec<(&'a str, Result<&'a TrailStatus, Gap>)> {
        let home = self.home_region.as_str();
        let mut covered = vec![(home, self.home_status())];
        let beyond = match self.multi_region.known() {
            Ok(false) => None,
            Ok(true) => {
                let audited = account.regions.keys().map(String::as_str);
                let others = audited.filter(|region| *region != home);
                covered.extend(others.map(|region| (region, self.status_in(region))));
                account.regions_known().err()
            }
            Err(gap) => Some(gap),
        };
        covered.extend(beyond.map(|gap| ("other Regions", Err(gap))));
        covered
    }

    fn status_in(&self, region: &str) -> Result<&TrailStatus, Gap> {
        match self.status.get(region) {
            Some(status) => status.known(),
            None => Err(Gap::new(
                Action::GetTrailStatus,
                GapKind::NotCollected,
                format!("the trail's status in {region} is not in the snapshot"),
            )),
        }
    }

    /// The ARN of the key or alias that `kms_key_id` means: a reference without a Region
    /// means the trail's home Region, one without an account the trail's owner. `None` if
    /// the trail has no key, or names something that cannot be one.
    pub fn key_arn(&self) -> Option<String> {
        let owner = Arn {
            region: &self.home_region,
            ..arn::parse(&self.arn)?
        };
        arn::of_key(self.kms_key_id.as_deref()?, owner)
    }

    /// The account that owns the trail: for an organization trail the management account.
    pub fn owner_account(&self) -> &str {
        arn::parse(&self.arn).map_or("", |arn| arn.account)
    }
}
