//! Lifecycle rules: three ways to say which objects, folded into one.

use aws_sdk_s3::types as sdk;

use super::convert::{count, timestamp};
use super::gap;
use crate::snapshot::{
    Action, Gap, LifecycleExpiry, LifecycleFilter, LifecycleRule, LifecycleTransition,
};

const ACTION: Action = Action::GetBucketLifecycle;

/// A lifecycle rule as the snapshot spells it.
pub(super) fn rule(rule: sdk::LifecycleRule) -> Result<LifecycleRule, Gap> {
    let enabled = match &rule.status {
        sdk::ExpirationStatus::Enabled => true,
        sdk::ExpirationStatus::Disabled => false,
        other => {
            let detail = format!("`{}` is not a lifecycle rule's status", other.as_str());
            return Err(gap::malformed(ACTION, detail));
        }
    };
    let noncurrent = rule.noncurrent_version_expiration;
    let transitions: Result<Vec<_>, Gap> = rule
        .transitions
        .unwrap_or_default()
        .into_iter()
        .map(|transition| {
            Ok(LifecycleTransition {
                days: days(transition.days, "Days")?,
                date: date(transition.date.as_ref())?,
                storage_class: storage_class(transition.storage_class)?,
            })
        })
        .collect();
    let noncurrent_transitions: Result<Vec<_>, Gap> = rule
        .noncurrent_version_transitions
        .unwrap_or_default()
        .into_iter()
        .map(|transition| {
            Ok(LifecycleTransition {
                days: days(transition.noncurrent_days, "NoncurrentDays")?,
                date: None,
                storage_class: storage_class(transition.storage_class)?,
            })
        })
        .collect();
    #[expect(
        deprecated,
        reason = "rules from before 2016 still carry their prefix here"
    )]
    let prefix = rule.prefix;
    Ok(LifecycleRule {
        id: rule.id,
        enabled,
        filter: filter(prefix, rule.filter),
        expiration: rule.expiration.map(expiry).transpose()?,
        noncurrent_expiration_days: count(
            noncurrent
                .as_ref()
                .and_then(|expiry| expiry.noncurrent_days),
        ),
        newer_noncurrent_versions: count(
            noncurrent
                .as_ref()
                .and_then(|expiry| expiry.newer_noncurrent_versions),
        ),
        transitions: transitions?,
        noncurrent_transitions: noncurrent_transitions?,
    })
}

/// The older top-level prefix, a single condition, or several under `And`. An empty
/// prefix is every key.
fn filter(prefix: Option<String>, filter: Option<sdk::LifecycleRuleFilter>) -> LifecycleFilter {
    let mut folded = LifecycleFilter {
        prefix,
        ..LifecycleFilter::default()
    };
    if let Some(filter) = filter {
        folded.prefix = filter.prefix.or(folded.prefix);
        folded
            .tags
            .extend(filter.tag.map(|tag| (tag.key, tag.value)));
        folded.larger_than = filter.object_size_greater_than;
        folded.smaller_than = filter.object_size_less_than;
        if let Some(and) = filter.and {
            folded.prefix = and.prefix.or(folded.prefix);
            let tags = and.tags.unwrap_or_default();
            folded
                .tags
                .extend(tags.into_iter().map(|tag| (tag.key, tag.value)));
            folded.larger_than = and.object_size_greater_than.or(folded.larger_than);
            folded.smaller_than = and.object_size_less_than.or(folded.smaller_than);
        }
    }
    folded.prefix = folded.prefix.filter(|prefix| !prefix.is_empty());
    folded
}

fn expiry(expiration: sdk::LifecycleExpiration) -> Result<LifecycleExpiry, Gap> {
    if let Some(days) = count(expiration.days) {
        return Ok(LifecycleExpiry::Days(days));
    }
    if let Some(date) = date(expiration.date.as_ref())? {
        return Ok(LifecycleExpiry::Date(date));
    }
    if expiration.expired_object_delete_marker == Some(true) {
        return Ok(LifecycleExpiry::DeleteMarkersOnly);
    }
    Err(gap::malformed(
        ACTION,
        "an expiration has neither days nor a date",
    ))
}

/// Days of a transition, which may be zero.
fn days(days: Option<i32>, member: &str) -> Result<Option<u32>, Gap> {
    days.map(|days| {
        u32::try_from(days)
            .map_err(|_| gap::malformed(ACTION, format!("`{days}` is not a number of `{member}`")))
    })
    .transpose()
}

fn date(date: Option<&aws_smithy_types::DateTime>) -> Result<Option<jiff::Timestamp>, Gap> {
    date.map(|date| {
        timestamp(date).ok_or_else(|| gap::malformed(ACTION, "a date lies outside of time"))
    })
    .transpose()
}

fn storage_class(class: Option<sdk::TransitionStorageClass>) -> Result<String, Gap> {
    class
        .map(|class| class.as_str().to_owned())
        .ok_or_else(|| gap::without(ACTION, "StorageClass"))
}
