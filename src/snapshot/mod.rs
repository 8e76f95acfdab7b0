//! What was seen: plain data, no I/O, no opinions.
//!
//! A snapshot is what a source collected from one or more accounts. It is saved as
//! versioned JSON (`docs/schema/trailcheck-snapshot-1.json`), and judging it later
//! gives the report that judging it at once gave.

mod account;
mod action;
mod alarm;
pub mod arn;
mod aws_config;
mod bucket;
mod companion;
mod data_store;
mod event_rule;
mod facts;
mod history;
mod identity;
mod key;
mod log_group;
mod metric_filter;
mod observed;
mod organization;
#[cfg(test)]
pub mod story;
mod topic;
mod trail;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use account::{Account, AccountStatus, RegionFacts};
pub use action::Action;
pub use alarm::{Alarm, Metric, MetricCondition, Watched};
pub use aws_config::{ConfigRecorder, ConfigRule, Recording, RecordingScope};
pub use bucket::{
    AccessLogging, AclGrant, Bucket, BucketEncryption, BucketNotification, BucketNotifications,
    BucketOwner, Existence, LifecycleExpiry, LifecycleFilter, LifecycleRule, LifecycleTransition,
    LockMode, LockRetention, ObjectLock, ObjectOwnership, PublicAccessBlock, RetentionPeriod,
    Versioning, VersioningStatus,
};
pub use companion::Detector;
pub use data_store::{DataStore, DataStoreDetails};
pub use event_rule::{EventRule, EventTarget};
pub use facts::Fact;
pub use history::RecordedEvent;
pub use identity::{Group, Identities, InlinePolicy, ManagedPolicy, Role, User};
pub use key::{Key, KeyDescription, KeyGrant, KeyManager};
pub use log_group::{LogGroup, LogGroupClass, LogGroupDescription, LogResourcePolicy};
pub use metric_filter::{MetricFilter, MetricTransformation};
pub use observed::{Gap, GapKind, Observed};
pub use organization::{Organization, OrganizationPolicy, PolicyLevel};
pub use topic::{Subscription, Topic, TopicAttributes};
pub use trail::{
    AdvancedSelector, BasicSelector, DataResource, FieldSelector, InsightSelector, InsightType,
    ReadWriteType, Selectors, Trail, TrailStatus,
};

/// The version of the snapshot format that this build writes, and the newest it reads.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that was seen of the audited accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Snapshot {
    /// Version of this format, [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Version of the trailcheck that collected it.
    pub tool_version: String,
    /// When collecting began.
    pub started_at: Timestamp,
    /// When collecting ended; the `now` of every rule that judges this snapshot.
    pub finished_at: Timestamp,
    /// One entry per account; one today, an organization's later.
    pub accounts: Vec<Account>,
}
