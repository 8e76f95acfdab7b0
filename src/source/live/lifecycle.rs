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

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> sdk::builders::LifecycleRuleBuilder {
        sdk::LifecycleRule::builder().status(sdk::ExpirationStatus::Enabled)
    }

    fn folded(filter: sdk::LifecycleRuleFilter) -> LifecycleFilter {
        rule(base().filter(filter).build().unwrap()).unwrap().filter
    }

    fn tag(key: &str) -> sdk::Tag {
        sdk::Tag::builder().key(key).value("1").build().unwrap()
    }

    fn both(key: &str) -> (String, String) {
        (key.to_owned(), "1".to_owned())
    }

    #[test]
    fn every_form_of_a_filter_folds_into_one() {
        let prefix = sdk::LifecycleRuleFilter::builder().prefix("AWSLogs/");
        assert_eq!(folded(prefix.build()).prefix.as_deref(), Some("AWSLogs/"));
        let tagged = sdk::LifecycleRuleFilter::builder().tag(tag("a"));
        assert_eq!(folded(tagged.build()).tags, [both("a")]);
        let and = sdk::LifecycleRuleAndOperator::builder()
            .prefix("AWSLogs/")
            .tags(tag("a"))
            .tags(tag("b"))
            .object_size_greater_than(1)
            .object_size_less_than(9)
            .build();
        let filter = sdk::LifecycleRuleFilter::builder().and(and).build();
        assert_eq!(
            folded(filter),
            LifecycleFilter {
                prefix: Some("AWSLogs/".to_owned()),
                tags: vec![both("a"), both("b")],
                larger_than: Some(1),
                smaller_than: Some(9),
            }
        );
        #[expect(deprecated, reason = "that old rules have it is what is tested")]
        let old = base().prefix("old/").build().unwrap();
        assert_eq!(rule(old).unwrap().filter.prefix.as_deref(), Some("old/"));
    }

    #[test]
    fn an_empty_filter_or_prefix_is_the_whole_bucket() {
        let empty = sdk::LifecycleRuleFilter::builder();
        assert_eq!(folded(empty.clone().build()), LifecycleFilter::default());
        assert_eq!(folded(empty.prefix("").build()), LifecycleFilter::default());
    }

    #[test]
    fn expirations_keep_what_they_say_and_what_says_nothing_is_malformed() {
        let expiration = sdk::LifecycleExpiration::builder();
        let of = |expiration: sdk::LifecycleExpiration| {
            rule(base().expiration(expiration).build().unwrap()).map(|rule| rule.expiration)
        };
        assert_eq!(
            of(expiration.clone().days(90).build()),
            Ok(Some(LifecycleExpiry::Days(90)))
        );
        assert_eq!(
            of(expiration
                .clone()
                .expired_object_delete_marker(true)
                .build()),
            Ok(Some(LifecycleExpiry::DeleteMarkersOnly))
        );
        let day = aws_smithy_types::DateTime::from_secs(86_400);
        assert!(matches!(
            of(expiration.clone().date(day).build()),
            Ok(Some(LifecycleExpiry::Date(_)))
        ));
        assert!(of(expiration.build()).is_err());
    }

    #[test]
    fn a_disabled_rule_is_kept_as_disabled_and_an_unknown_status_is_malformed() {
        let of = |status: &str| {
            rule(
                sdk::LifecycleRule::builder()
                    .status(status.into())
                    .build()
                    .unwrap(),
            )
            .map(|rule| rule.enabled)
        };
        assert_eq!(of("Enabled"), Ok(true));
        assert_eq!(of("Disabled"), Ok(false));
        assert!(of("Paused").is_err());
    }
}
