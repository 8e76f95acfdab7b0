//! Trails cover everything: all Regions, and what matters in them.

mod global_service_events;
mod insights;
mod lambda_data_events;
mod management_event_sources;
mod management_events;
mod multi_region_trail;
mod region_coverage;
mod s3_data_events_read;
mod s3_data_events_write;
mod single_management_copy;
mod trail_exists;
mod trail_logging;

use crate::rule::{Context, Judgement, Rule, Verdict};
use crate::selector::{Access, Coverage, DataCoverage, DataKind, Recorder, Truth};
use crate::snapshot::{Account, Trail};

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[
    &trail_exists::RULE,
    &trail_logging::RULE,
    &region_coverage::RULE,
    &multi_region_trail::RULE,
    &management_events::RULE,
    &management_event_sources::RULE,
    &global_service_events::RULE,
    &s3_data_events_write::RULE,
    &s3_data_events_read::RULE,
    &lambda_data_events::RULE,
    &insights::RULE,
    &single_management_copy::RULE,
];

/// Names in backticks: `a`, `b`.
fn names<'a>(trails: impl IntoIterator<Item = &'a Trail>) -> String {
    let names: Vec<String> = trails
        .into_iter()
        .map(|trail| format!("`{}`", trail.name))
        .collect();
    names.join(", ")
}

/// The ARNs of trails, as evidence.
fn arns<'a>(trails: impl IntoIterator<Item = &'a Trail>) -> Vec<String> {
    let arns = trails.into_iter().map(|trail| trail.arn.clone());
    arns.collect()
}

/// Adds the trail that the remedy changes, if there is one: a multi-Region trail before
/// others.
fn with_trail_to_mend(verdict: Verdict, account: &Account) -> Verdict {
    let multi_region = |trail: &&Trail| trail.multi_region.if_known() == Some(&true);
    let trails = &account.trails;
    match trails.iter().find(multi_region).or(trails.first()) {
        None => verdict,
        Some(trail) => verdict
            .evidence("trail_arn", trail.arn.as_str())
            .evidence("home_region", trail.home_region.as_str()),
    }
}

/// Why no trail will do, trail by trail: `` `a` is not logging, `b` is single-Region ``.
/// `shortcoming` is asked of trails that are known to log.
fn shortcomings<'a>(
    recorders: &[Recorder<'a>],
    shortcoming: impl Fn(&Recorder<'a>) -> Option<String>,
) -> String {
    let each: Vec<String> = recorders
        .iter()
        .filter_map(|one| {
            let why = match one.logging() {
                Truth::No => "is not logging".to_owned(),
                _ => shortcoming(one)?,
            };
            Some(format!("`{}` {why}", one.trail.name))
        })
        .collect();
    if recorders.is_empty() {
        return "no trail is visible to this account".to_owned();
    }
    each.join(", ")
}

/// Judges whether the logging multi-Region trails together record all data events of a
/// kind; `subject` is the kind in words.
fn judge_data_events(
    context: &Context<'_>,
    kind: DataKind,
    accesses: &[Access],
    subject: &str,
) -> Judgement {
    let account = context.account;
    let coverage = Coverage::of(account);
    let (mut recording, mut doubt) = (Vec::new(), None);
    for access in accesses {
        let data = coverage.data(kind, *access);
        match data.all {
            Ok(true) => recording.extend(data.some),
            Err(gap) => doubt = doubt.or(Some(gap)),
            Ok(false) => {
                let message = not_all(&coverage, &data, *access, subject);
                let verdict = Verdict::fail(message).evidence("trails", arns(&account.trails));
                return Ok(with_trail_to_mend(verdict, account));
            }
        }
    }
    if let Some(gap) = doubt {
        return Err(gap);
    }
    recording.sort_by(|a, b| a.arn.cmp(&b.arn));
    recording.dedup();
    let message = format!(
        "all {subject} are recorded by {}",
        names(recording.iter().copied())
    );
    Ok(Verdict::pass(message).evidence("trails", arns(recording)))
}

/// What is missing, and why what there is does not do.
fn not_all(
    coverage: &Coverage<'_>,
    data: &DataCoverage<'_>,
    access: Access,
    subject: &str,
) -> String {
    let access = access.as_str();
    if data.some.is_empty() {
        let why = shortcomings(&coverage.recorders, |one| {
            Some(match one.multi_region() {
                Truth::No => "is single-Region".to_owned(),
                _ => format!("records no {access} events of that kind"),
            })
        });
        return format!("no logging multi-Region trail records {subject} ({access}): {why}");
    }
    let some = names(data.some.iter().copied());
    let example = match &data.example {
        Some(example) => format!(", for example not those with {example}"),
        None => ", and not those of resources they do not name".to_owned(),
    };
    format!("not all {subject} ({access}) are recorded: only some by {some}{example}")
}
