//! Lifecycle rules, evaluated: how long a bucket keeps the objects under a prefix.
//!
//! Two things are put together here: the keys under which trails store their files
//! ([`deliveries`], [`Keys`]), and what enabled lifecycle rules take away
//! ([`removals`], [`Removal`]).
//!
//! How a rule's filter meets a key prefix:
//!
//! * By prefix either way round: a rule on `AWSLogs/1111` and one on
//!   `AWSLogs/111122223333/CloudTrail/eu-west-1/2020` both touch that account's log files.
//! * By size: log files and digests have any size, so a size condition excludes them only
//!   if no object at all can meet it.
//! * By tag: such a rule touches only objects that carry the tag. CloudTrail tags nothing,
//!   so by itself the rule leaves its files alone; but S3 then deletes whatever somebody
//!   else tags, and tagging (`s3:PutObjectTagging`) is granted far more freely than deleting.
//!   The filter is therefore held to overlap, and [`Removal::needs_a_tag`] lets the rules
//!   weigh it less.
//!   <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html>

mod keys;

use jiff::Timestamp;

pub use keys::{Delivery, Folder, Keys, deliveries, delivery};

use crate::snapshot::{LifecycleExpiry, LifecycleFilter, LifecycleRule};

/// Which versions of an object a lifecycle rule removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The current one. In a versioned bucket it becomes noncurrent.
    Current,
    /// Those that were replaced or deleted.
    Noncurrent,
}

/// When a lifecycle rule removes an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At this age.
    Days(u32),
    /// From this day on, whatever its age.
    Date(Timestamp),
}

impl When {
    /// Whether what is removed at this time is gone no later than what is removed at `other`.
    fn no_later_than(self, other: When, now: Timestamp) -> bool {
        match (self, other) {
            (When::Days(this), When::Days(other)) => this <= other,
            (When::Date(this), When::Date(other)) => this <= other,
            (When::Date(this), When::Days(_)) => this <= now,
            (When::Days(this), When::Date(_)) => this == 0,
        }
    }
}

/// One thing that an enabled lifecycle rule removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal<'a> {
    /// The rule.
    pub rule: &'a LifecycleRule,
    /// Which versions.
    pub version: Version,
    /// When.
    pub when: When,
}

impl Removal<'_> {
    /// The least age at which an object can be removed. From an expiration date on every
    /// object is removed however young, so that is zero days whenever the date is.
    pub fn days(&self) -> u32 {
        match self.when {
            When::Days(days) => days,
            When::Date(_) => 0,
        }
    }

    /// How many versions of each object stay, however old: the newest noncurrent ones, if
    /// the rule says so.
    fn spared(&self) -> u32 {
        match self.version {
            Version::Current => 0,
            Version::Noncurrent => self.rule.newer_noncurrent_versions.unwrap_or(0),
        }
    }

    /// Whether only objects that carry a tag are removed.
    pub fn needs_a_tag(&self) -> bool {
        !self.rule.filter.tags.is_empty()
    }

    /// Whether objects with these keys are among those removed.
    pub fn touches(&self, keys: &Keys) -> bool {
        touches(self.rule, keys)
    }

    /// Whether this removes digests that still have log files to vouch for: no removal among
    /// `all` takes every one of those log files by then.
    pub fn outlived_by_logs(&self, digests: &Keys, all: &[Removal<'_>], now: Timestamp) -> bool {
        let Some(met) = overlap(&self.rule.filter, digests) else {
            return false;
        };
        let logs = digests.vouched_for(&met);
        !all.iter().any(|other| {
            other.version == self.version
                && other.spared() <= self.spared()
                && covers(&other.rule.filter, &logs)
                && other.when.no_later_than(self.when, now)
        })
    }

    /// A sentence such as "lifecycle rule `tidy` deletes objects after 30 days".
    pub fn sentence(&self) -> String {
        let versions = match (self.version, self.spared()) {
            (Version::Current, _) => "objects".to_owned(),
            (Version::Noncurrent, 0) => "noncurrent versions".to_owned(),
            (Version::Noncurrent, spared) => {
                format!("all but the newest {spared} noncurrent versions")
            }
        };
        let rule = rule_name(self.rule);
        let tagged = self
            .rule
            .filter
            .tags
            .first()
            .map(|(key, value)| format!(" tagged `{key}={value}`"))
            .unwrap_or_default();
        match self.when {
            When::Days(days) => {
                format!("{rule} deletes {versions}{tagged} after {}", in_days(days))
            }
            When::Date(date) => format!(
                "{rule} deletes every object{tagged}, however young, from {} on",
                date.strftime("%Y-%m-%d")
            ),
        }
    }
}

/// What the enabled rules remove, the soonest first.
pub fn removals(rules: &[LifecycleRule]) -> Vec<Removal<'_>> {
    let mut removals: Vec<Removal<'_>> = rules
        .iter()
        .filter(|rule| rule.enabled)
        .flat_map(|rule| {
            let current = match rule.expiration {
                Some(LifecycleExpiry::Days(days)) => Some(When::Days(days)),
                Some(LifecycleExpiry::Date(date)) => Some(When::Date(date)),
                // Delete markers without versions are no files of ours.
                Some(LifecycleExpiry::DeleteMarkersOnly) | None => None,
            };
            let noncurrent = rule.noncurrent_expiration_days.map(When::Days);
            [
                (Version::Current, current),
                (Version::Noncurrent, noncurrent),
            ]
            .into_iter()
            .filter_map(move |(version, when)| {
                Some(Removal {
                    rule,
                    version,
                    when: when?,
                })
            })
        })
        .collect();
    removals.sort_by_key(Removal::days);
    removals
}

/// Whether an enabled rule is about some objects with these keys.
pub fn touches(rule: &LifecycleRule, keys: &Keys) -> bool {
    rule.enabled && overlap(&rule.filter, keys).is_some()
}

/// A period as messages tell it.
pub fn in_days(days: u32) -> String {
    match days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// A rule as messages call it.
pub fn rule_name(rule: &LifecycleRule) -> String {
    match &rule.id {
        Some(id) => format!("lifecycle rule `{id}`"),
        None => "a lifecycle rule without an id".to_owned(),
    }
}

fn overlap(filter: &LifecycleFilter, keys: &Keys) -> Option<String> {
    if matches_nothing(filter) {
        return None;
    }
    keys.meet(filter.prefix.as_deref().unwrap_or_default())
}

/// Whether every object below `prefix` meets the filter.
fn covers(filter: &LifecycleFilter, prefix: &str) -> bool {
    filter.tags.is_empty()
        && filter.larger_than.is_none()
        && filter.smaller_than.is_none()
        && prefix.starts_with(filter.prefix.as_deref().unwrap_or_default())
}

/// Whether no size at all is both larger and smaller than the filter asks.
fn matches_nothing(filter: &LifecycleFilter) -> bool {
    let least = filter
        .larger_than
        .map_or(0, |size| size.saturating_add(1).max(0));
    filter.smaller_than.is_some_and(|size| size <= least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Action, Observed, Trail, story};

    fn filter(prefix: &str) -> LifecycleFilter {
        LifecycleFilter {
            prefix: Some(prefix.to_owned()),
            ..LifecycleFilter::default()
        }
    }

    fn touched(trail: &Trail, folder: Folder, filter: &LifecycleFilter) -> bool {
        delivery(trail, folder)
            .holds(|keys| overlap(filter, keys).is_some())
            .unwrap()
    }

    fn organization_trail() -> Trail {
        let mut account = story::pristine_account();
        account.trail_mut().organization = Observed::Known(true);
        account.trail_mut().clone()
    }

    #[test]
    fn prefixes_overlap_either_way_round() {
        let trail = story::pristine_account().trail_mut().clone();
        for prefix in [
            "",
            "A",
            "AWSLogs/",
            "AWSLogs/1111",
            "AWSLogs/111122223333/CloudTrail",
            "AWSLogs/111122223333/CloudTrail/",
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2020",
        ] {
            assert!(touched(&trail, Folder::Logs, &filter(prefix)), "{prefix}");
        }
        for prefix in [
            "tmp/",
            "awslogs/",
            "AWSLogs/2",
            "AWSLogs/444455556666/",
            "AWSLogs/111122223333/Config/",
            "AWSLogs/111122223333/CloudTrail-Digest/",
        ] {
            assert!(!touched(&trail, Folder::Logs, &filter(prefix)), "{prefix}");
        }
        let digests = filter("AWSLogs/111122223333/CloudTrail-D");
        assert!(touched(&trail, Folder::Digests, &digests));
    }

    #[test]
    fn the_trails_own_prefix_comes_first() {
        let mut trail = story::pristine_account().trail_mut().clone();
        trail.key_prefix = Some("audit".to_owned());
        assert!(touched(&trail, Folder::Logs, &filter("audit/AWSLogs/1")));
        assert!(touched(&trail, Folder::Logs, &filter("au")));
        assert!(!touched(&trail, Folder::Logs, &filter("AWSLogs/")));
    }

    #[test]
    fn an_organization_trail_has_many_accounts_below_an_unknown_id() {
        let trail = organization_trail();
        for prefix in [
            "AWSLogs/",
            "AWSLogs/o",
            "AWSLogs/o-a1b2c3d4e5/",
            "AWSLogs/o-a1b2c3d4e5/9999",
            "AWSLogs/o-a1b2c3d4e5/999988887777/Cloud",
            "AWSLogs/o-a1b2c3d4e5/999988887777/CloudTrail/us-east-1/",
        ] {
            assert!(touched(&trail, Folder::Logs, &filter(prefix)), "{prefix}");
        }
        for prefix in [
            "AWSLogs/111122223333/",
            "AWSLogs/o-a1b2c3d4e5/tmp",
            "AWSLogs/o-a1b2c3d4e5/999988887777/Config/",
        ] {
            assert!(!touched(&trail, Folder::Logs, &filter(prefix)), "{prefix}");
        }
    }

    #[test]
    fn whether_it_is_an_organization_trail_matters_only_where_the_places_differ() {
        let mut account = story::pristine_account();
        account.trail_mut().organization = story::denied(Action::DescribeTrails);
        let delivery = delivery(account.trail_mut(), Folder::Logs);
        let hits = |prefix| delivery.holds(|keys| overlap(&filter(prefix), keys).is_some());
        assert_eq!(hits("AWSLogs/"), Ok(true));
        assert_eq!(hits("tmp/"), Ok(false));
        assert!(hits("AWSLogs/111122223333/").is_err());
        assert!(hits("AWSLogs/o-a1b2c3d4e5/").is_err());
    }

    #[test]
    fn a_size_that_no_object_has_excludes_everything_and_any_other_nothing() {
        let trail = story::pristine_account().trail_mut().clone();
        let sized = |larger_than, smaller_than| LifecycleFilter {
            larger_than,
            smaller_than,
            ..filter("AWSLogs/")
        };
        for (larger, smaller) in [(Some(9), Some(9)), (Some(9), Some(10)), (None, Some(0))] {
            assert!(!touched(&trail, Folder::Logs, &sized(larger, smaller)));
        }
        for (larger, smaller) in [(Some(9), Some(11)), (Some(i64::MAX), None), (None, Some(1))] {
            assert!(touched(&trail, Folder::Logs, &sized(larger, smaller)));
        }
    }

    /// A rule that deletes the noncurrent versions below `prefix` after 30 days, but for the
    /// newest `spared` of each object.
    fn sparing(prefix: &str, spared: Option<u32>) -> LifecycleRule {
        LifecycleRule {
            id: Some("tidy".to_owned()),
            enabled: true,
            filter: filter(prefix),
            noncurrent_expiration_days: Some(30),
            newer_noncurrent_versions: spared,
            ..LifecycleRule::default()
        }
    }

    #[test]
    fn log_files_whose_newest_versions_are_spared_outlive_digests_that_are_not() {
        let trail = story::pristine_account().trail_mut().clone();
        let digests = delivery(&trail, Folder::Digests);
        let now = Timestamp::UNIX_EPOCH;
        for (of_logs, of_digests, outlived) in [
            (Some(5), None, true),
            (Some(5), Some(4), true),
            (Some(5), Some(5), false),
            (None, Some(5), false),
            (None, None, false),
        ] {
            let rules = [
                sparing("AWSLogs/111122223333/CloudTrail/", of_logs),
                sparing("AWSLogs/111122223333/CloudTrail-Digest/", of_digests),
            ];
            let all = removals(&rules);
            let found = all.iter().any(|removal| {
                let outlived = digests.holds(|keys| removal.outlived_by_logs(keys, &all, now));
                outlived.unwrap()
            });
            assert_eq!(found, outlived, "{of_logs:?} {of_digests:?}");
        }
    }

    #[test]
    fn a_removal_says_which_versions_it_spares_and_counts_in_good_english() {
        let mut rule = sparing("", Some(5));
        let said = |rule: &LifecycleRule| removals(std::slice::from_ref(rule))[0].sentence();
        assert_eq!(
            said(&rule),
            "lifecycle rule `tidy` deletes all but the newest 5 noncurrent versions after 30 days"
        );
        rule.newer_noncurrent_versions = None;
        rule.noncurrent_expiration_days = Some(1);
        assert_eq!(
            said(&rule),
            "lifecycle rule `tidy` deletes noncurrent versions after 1 day"
        );
    }

    #[test]
    fn a_disabled_rule_and_one_for_delete_markers_remove_nothing() {
        let rule = LifecycleRule {
            enabled: true,
            expiration: Some(LifecycleExpiry::Days(7)),
            noncurrent_expiration_days: Some(3),
            ..LifecycleRule::default()
        };
        let days = |rule: &LifecycleRule| -> Vec<u32> {
            removals(std::slice::from_ref(rule))
                .iter()
                .map(Removal::days)
                .collect()
        };
        assert_eq!(days(&rule), [3, 7]);
        let off = LifecycleRule {
            enabled: false,
            ..rule.clone()
        };
        assert!(days(&off).is_empty());
        let markers = LifecycleRule {
            expiration: Some(LifecycleExpiry::DeleteMarkersOnly),
            noncurrent_expiration_days: None,
            ..rule
        };
        assert!(days(&markers).is_empty());
    }
}
