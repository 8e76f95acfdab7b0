//! Fixture accounts for tests, as stories. A test takes the story nearest to its case
//! and changes the one fact it is about.

use serde_json::{Value, json};

use super::{Account, Bucket, Key, LogGroup, Snapshot, Trail, TrailStatus};
use crate::config::Settings;
use crate::rule::{Check, Context, Judgement, Rule};

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
        region.trails = super::Observed::Known(Vec::new());
    }
    account.trails.clear();
    account.buckets.clear();
    account.keys.clear();
    account.log_groups.clear();
    account
}

/// The same account with every fact denied: each `known` becomes an `access-denied` gap.
/// Trails, buckets, keys and log groups stay listed.
pub fn denied_account() -> Account {
    let mut json = serde_json::to_value(pristine_account()).unwrap();
    deny(&mut json);
    serde_json::from_value(json).unwrap()
}

/// Turns every fact below `value` into a gap.
fn deny(value: &mut Value) {
    match value {
        Value::Object(map) if map.len() == 1 && map.contains_key("known") => {
            *value = json!({"gap": {
                "action": "service:Action",
                "kind": "access-denied",
                "detail": "not authorized to perform this action",
            }});
        }
        Value::Object(map) => map.values_mut().for_each(deny),
        Value::Array(items) => items.iter_mut().for_each(deny),
        _ => {}
    }
}

/// A gap such as a denied call leaves.
pub fn denied<T>(action: super::Action) -> super::Observed<T> {
    super::Observed::Gap(super::Gap::new(
        action,
        super::GapKind::AccessDenied,
        "not authorized to perform this action",
    ))
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
        Check::Bucket(check) => check(&context, account.buckets.first().unwrap()),
        Check::Key(check) => check(&context, account.keys.first().unwrap()),
        Check::LogGroup(check) => check(&context, account.log_groups.first().unwrap()),
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

    /// The first log group, to change.
    pub fn log_group_mut(&mut self) -> &mut LogGroup {
        self.log_groups.first_mut().unwrap()
    }
}

impl Trail {
    /// The status in one Region, to change.
    pub fn status_mut(&mut self, region: &str) -> &mut TrailStatus {
        match self.status.get_mut(region) {
            Some(super::Observed::Known(status)) => status,
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
