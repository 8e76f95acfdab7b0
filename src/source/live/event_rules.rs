//! EventBridge rules with an event pattern on the default event bus, which is the one that
//! AWS's services send to.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_eventbridge::types as sdk;
use tokio::task::JoinSet;

use super::convert::setting;
use super::gap;
use super::pages::Pages;
use super::session::{Session, Shared, all, finished};
use crate::pattern::event::Pattern;
use crate::snapshot::{Action, EventRule, EventTarget, Gap, Observed};

const LIST: Action = Action::ListEventRules;
const TARGETS: Action = Action::ListTargetsByRule;

/// What each Region answered.
pub(super) type Rules = BTreeMap<String, Result<Vec<EventRule>, Gap>>;

/// Rules that are being asked for.
pub(super) struct Asked(JoinSet<(String, Result<Vec<EventRule>, Gap>)>);

/// Begins to ask for the rules of the Regions, which hang on nothing else.
pub(super) fn begin(session: &Shared, regions: &BTreeSet<String>) -> Asked {
    let asked = regions.iter().cloned().map(|region| {
        let session = session.clone();
        async move {
            let rules = of(&session, &region).await;
            (region, rules)
        }
    });
    Asked(asked.collect())
}

impl Asked {
    /// Waits for all of them.
    pub(super) async fn answered(self) -> Rules {
        finished(self.0).await.into_iter().collect()
    }
}

/// What the rules hand their events to.
pub(super) fn targets(rules: &Rules) -> BTreeSet<String> {
    let rules = rules.values().flatten().flatten();
    let targets = rules.filter_map(|rule| rule.targets.if_known()).flatten();
    targets.map(|target| target.arn.clone()).collect()
}

/// The rules of a Region with their targets, sorted by ARN.
async fn of(session: &Shared, region: &str) -> Result<Vec<EventRule>, Gap> {
    let rules = list(session, region).await?.into_iter().map(|mut rule| {
        let (session, region) = (session.clone(), region.to_owned());
        async move {
            if may_be_told(&rule) {
                rule.targets = targets_of(&session, &region, &rule.name).await.into();
            }
            rule
        }
    });
    let mut rules = all(rules).await;
    rules.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(rules)
}

/// Whether an event that CloudTrail records may reach the rule's targets, or one of S3 about
/// a new log file. A pattern that is not understood may see anything.
fn may_be_told(rule: &EventRule) -> bool {
    let of_s3 = ["aws.s3", "Object Created"];
    rule.state != sdk::RuleState::Disabled.as_str()
        && (of_s3.iter().any(|text| rule.pattern.contains(text))
            || Pattern::parse(&rule.pattern).map_or(true, |pattern| pattern.may_see_cloudtrail()))
}

async fn list(session: &Session, region: &str) -> Result<Vec<EventRule>, Gap> {
    let client = session.events(region);
    let mut rules = Vec::new();
    let mut pages = Pages::of(LIST);
    let mut token = None;
    loop {
        let call = client.list_rules().set_next_token(token).send();
        let page = session
            .ask(LIST, region, call)
            .await?
            .map_err(|error| gap::of(LIST, &error))?;
        for entry in page.rules.unwrap_or_default() {
            rules.extend(rule(entry)?);
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            return Ok(rules);
        }
    }
}

/// The rule, unless it has no pattern and so runs on a schedule only.
fn rule(entry: sdk::Rule) -> Result<Option<EventRule>, Gap> {
    let Some(pattern) = setting(entry.event_pattern) else {
        return Ok(None);
    };
    let without = |member| gap::without(LIST, member);
    Ok(Some(EventRule {
        arn: setting(entry.arn).ok_or_else(|| without("Arn"))?,
        name: setting(entry.name).ok_or_else(|| without("Name"))?,
        pattern,
        state: entry
            .state
            .ok_or_else(|| without("State"))?
            .as_str()
            .to_owned(),
        targets: Observed::not_collected(TARGETS),
    }))
}

async fn targets_of(session: &Session, region: &str, rule: &str) -> Result<Vec<EventTarget>, Gap> {
    let client = session.events(region);
    let mut targets = Vec::new();
    let mut pages = Pages::of(TARGETS);
    let mut token = None;
    loop {
        let call = client
            .list_targets_by_rule()
            .rule(rule)
            .set_next_token(token)
            .send();
        let page = session
            .ask(TARGETS, region, call)
            .await?
            .map_err(|error| gap::of(TARGETS, &error))?;
        for target in page.targets.unwrap_or_default() {
            targets.push(EventTarget {
                // The SDK puts `""` where a required member is missing.
                arn: setting(Some(target.arn)).ok_or_else(|| gap::without(TARGETS, "Arn"))?,
                role: setting(target.role_arn),
            });
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            targets.sort_by(|a, b| (&a.arn, &a.role).cmp(&(&b.arn, &b.role)));
            return Ok(targets);
        }
    }
}

#[cfg(test)]
mod tests;
