//! Trails: which ones there are, seen from every audited Region.

use std::collections::BTreeMap;

use aws_sdk_cloudtrail::types::Trail as Description;

use super::convert::setting;
use super::gap;
use super::regions::well_formed;
use super::session::{Shared, all};
use crate::snapshot::{Action, Gap, GapKind, Observed, RegionFacts, Trail, arn};

const ACTION: Action = Action::DescribeTrails;

/// Asks every Region for its trails, shadow trails included, and folds the answers by
/// ARN.
pub(super) async fn visible(
    session: &Shared,
    regions: impl Iterator<Item = &String>,
) -> (BTreeMap<String, RegionFacts>, Vec<Trail>) {
    let asked = regions.map(|region| {
        let (session, region) = (session.clone(), region.clone());
        async move {
            let answer = describe(&session, &region).await;
            (region, answer)
        }
    });
    fold(all(asked).await)
}

async fn describe(session: &Shared, region: &str) -> Result<Vec<Trail>, Gap> {
    let call = session
        .cloudtrail(region)
        .describe_trails()
        .include_shadow_trails(true)
        .send();
    let answer = session
        .ask(ACTION, region, call)
        .await?
        .map_err(|error| gap::of(ACTION, &error))?;
    answer
        .trail_list
        .ok_or_else(|| gap::without(ACTION, "trailList"))?
        .into_iter()
        .map(trail)
        .collect()
}

/// The trail that an entry of `trailList` describes.
fn trail(entry: Description) -> Result<Trail, Gap> {
    let arn = setting(entry.trail_arn).ok_or_else(|| gap::without(ACTION, "TrailARN"))?;
    let parsed = arn::parse(&arn)
        .filter(|arn| well_formed(arn.region))
        .ok_or_else(|| gap::malformed(ACTION, format!("`{arn}` is not a trail's ARN")))?;
    let home_region = entry
        .home_region
        .unwrap_or_else(|| parsed.region.to_owned());
    if !well_formed(&home_region) {
        return Err(gap::malformed(
            ACTION,
            format!("`{home_region}` is not a Region"),
        ));
    }
    let name = setting(entry.name)
        .or_else(|| parsed.resource.strip_prefix("trail/").map(str::to_owned))
        .ok_or_else(|| gap::without(ACTION, "Name"))?;
    Ok(Trail {
        name,
        home_region,
        multi_region: required(entry.is_multi_region_trail, "IsMultiRegionTrail"),
        organization: required(entry.is_organization_trail, "IsOrganizationTrail"),
        global_service_events: required(
            entry.include_global_service_events,
            "IncludeGlobalServiceEvents",
        ),
        log_file_validation: required(
            entry.log_file_validation_enabled,
            "LogFileValidationEnabled",
        ),
        bucket: required(setting(entry.s3_bucket_name), "S3BucketName"),
        key_prefix: setting(entry.s3_key_prefix),
        kms_key_id: setting(entry.kms_key_id),
        log_group_arn: setting(entry.cloud_watch_logs_log_group_arn),
        log_role_arn: setting(entry.cloud_watch_logs_role_arn),
        sns_topic_arn: setting(entry.sns_topic_arn),
        recursive_logging: entry.recursive_logging,
        status: BTreeMap::new(),
        selectors: not_yet(Action::GetEventSelectors),
        insights: not_yet(Action::GetInsightSelectors),
        tags: not_yet(Action::ListTags),
        arn,
    })
}

fn required<T>(member: Option<T>, name: &str) -> Observed<T> {
    member.ok_or_else(|| gap::without(ACTION, name)).into()
}

fn not_yet<T>(action: Action) -> Observed<T> {
    Observed::Gap(Gap::new(
        action,
        GapKind::NotCollected,
        "nobody asked for this yet",
    ))
}

/// One entry per trail, from its home Region's answer if that Region answered, as a
/// shadow trail's description may lag behind.
fn fold(
    answers: Vec<(String, Result<Vec<Trail>, Gap>)>,
) -> (BTreeMap<String, RegionFacts>, Vec<Trail>) {
    let mut regions = BTreeMap::new();
    let mut trails: BTreeMap<String, (bool, Trail)> = BTreeMap::new();
    for (region, answer) in answers {
        let visible = answer.map(|found| {
            let mut arns: Vec<String> = found.iter().map(|trail| trail.arn.clone()).collect();
            arns.sort();
            arns.dedup();
            for trail in found {
                let at_home = trail.home_region == region;
                match trails.get(&trail.arn) {
                    Some((true, _)) => {}
                    Some((false, _)) if !at_home => {}
                    _ => {
                        trails.insert(trail.arn.clone(), (at_home, trail));
                    }
                }
            }
            arns
        });
        regions.insert(region, RegionFacts::of_trails(visible.into()));
    }
    let trails = trails.into_values().map(|(_, trail)| trail).collect();
    (regions, trails)
}
