//! Trails feed CloudWatch Logs, where alarms can watch them.

mod alarm_trail_tampering;
pub mod alarms;
pub(super) mod chain;
mod cloudwatch_logs_delivery;
mod cloudwatch_logs_integration;
mod delivery_role;
mod log_group_alive;
mod log_group_encryption;
mod log_group_not_public;
mod log_group_retention;
mod role;

use crate::rule::{Context, Rule, Verdict};
use crate::snapshot::{Gap, LogGroup, Trail, arn};

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[
    &cloudwatch_logs_integration::RULE,
    &cloudwatch_logs_delivery::RULE,
    &log_group_alive::RULE,
    &log_group_retention::RULE,
    &log_group_encryption::RULE,
    &log_group_not_public::RULE,
    &delivery_role::RULE,
    &alarm_trail_tampering::RULE,
];

/// The ARN of the log group that the trail feeds, if it feeds one.
fn log_group_arn(trail: &Trail) -> Option<&str> {
    trail.log_group_arn.as_deref().filter(|arn| !arn.is_empty())
}

/// A log group's name: what follows `log-group:` in its ARN.
fn log_group_name(text: &str) -> &str {
    let name = arn::parse(text)
        .and_then(|arn| arn.resource.strip_prefix("log-group:"))
        .unwrap_or(text);
    name.strip_suffix(":*").unwrap_or(name)
}

/// The verdict on a log group of another account that an organization trail of another
/// account feeds: only that account can describe it, so only an audit there can judge it.
/// `None` for every other log group.
///
/// # Errors
/// The gap that leaves open whether it is an organization trail that feeds the group.
fn owned_elsewhere(context: &Context<'_>, group: &LogGroup) -> Result<Option<Verdict>, Gap> {
    let account = &context.account.id;
    let Some(owner) = foreign_account(&group.arn, account) else {
        return Ok(None);
    };
    let feeding = context.account.trails.iter().filter(|trail| {
        let arn = log_group_arn(trail).map(|arn| arn.strip_suffix(":*").unwrap_or(arn));
        arn == Some(&group.arn) && trail.owner_account() != account
    });
    for trail in feeding {
        if *trail.organization.known()? {
            return Ok(Some(elsewhere(owner)));
        }
    }
    // The organization's trail may be one that nobody saw.
    context.account.all_trails()?;
    Ok(None)
}

/// The account in a log group's ARN, if it is another than the audited one.
fn foreign_account<'a>(arn: &'a str, audited: &str) -> Option<&'a str> {
    arn::parse(arn)
        .map(|arn| arn.account)
        .filter(|owner| *owner != audited)
}

fn elsewhere(owner: &str) -> Verdict {
    Verdict::not_applicable(format!(
        "the log group of the organization's trail belongs to account {owner}; audit that account"
    ))
    .evidence("owner_account", owner)
}

/// The verdict on the properties of a log group that does not exist.
fn gone() -> Verdict {
    Verdict::not_applicable("the log group does not exist")
}
