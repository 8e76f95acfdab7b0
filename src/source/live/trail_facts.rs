//! What a trail's own calls tell: status, selectors, Insights, tags.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::operation::get_trail_status::GetTrailStatusOutput;
use aws_sdk_cloudtrail::types as sdk;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::convert::{setting, timestamp};
use super::gap;
use super::session::{Session, Shared, all};
use crate::snapshot::{
    Action, AdvancedSelector, BasicSelector, DataResource, FieldSelector, Gap, InsightSelector,
    InsightType, Observed, ReadWriteType, Selectors, Trail, TrailStatus,
};

/// Fills in what `DescribeTrails` leaves open. Everything is asked at the home Region, by
/// ARN, because elsewhere AWS does not know the trail by its name; the status of a
/// multi-Region trail is asked in every audited Region as well, because each tells only
/// of its own deliveries.
pub(super) async fn complete(session: &Shared, trail: Trail, audited: &BTreeSet<String>) -> Trail {
    let mut status_regions = BTreeSet::from([trail.home_region.clone()]);
    if trail.multi_region.if_known() == Some(&true) {
        status_regions.extend(audited.iter().cloned());
    }
    let (arn, home) = (trail.arn.as_str(), trail.home_region.as_str());
    let (status, selectors, insights, tags) = tokio::join!(
        statuses(session, arn, status_regions),
        selectors(session, arn, home),
        insights(session, arn, home),
        tags(session, arn, home),
    );
    Trail {
        status,
        selectors: selectors.into(),
        insights: insights.into(),
        tags: tags.into(),
        ..trail
    }
}

async fn statuses(
    session: &Shared,
    arn: &str,
    regions: BTreeSet<String>,
) -> BTreeMap<String, Observed<TrailStatus>> {
    let asked = regions.into_iter().map(|region| {
        let (session, arn) = (session.clone(), arn.to_owned());
        async move {
            let status = status(&session, &arn, &region).await;
            (region, status.into())
        }
    });
    all(asked).await.into_iter().collect()
}

async fn status(session: &Session, arn: &str, region: &str) -> Result<TrailStatus, Gap> {
    let action = Action::GetTrailStatus;
    let call = session
        .cloudtrail(region)
        .get_trail_status()
        .name(arn)
        .send();
    let answer = session
        .ask(action, region, call)
        .await?
        .map_err(|error| gap::of(action, &error))?;
    trail_status(answer).ok_or_else(|| gap::without(action, "IsLogging"))
}

fn trail_status(answer: GetTrailStatusOutput) -> Option<TrailStatus> {
    let time = |time: Option<aws_smithy_types::DateTime>| time.as_ref().and_then(timestamp);
    Some(TrailStatus {
        is_logging: answer.is_logging?,
        started_logging: time(answer.start_logging_time),
        stopped_logging: time(answer.stop_logging_time),
        delivery_time: time(answer.latest_delivery_time),
        delivery_error: setting(answer.latest_delivery_error),
        // A free string in AWS's model; sometimes a time.
        delivery_attempt: answer
            .latest_delivery_attempt_time
            .and_then(|text| text.parse().ok()),
        digest_time: time(answer.latest_digest_delivery_time),
        digest_error: setting(answer.latest_digest_delivery_error),
        log_group_time: time(answer.latest_cloud_watch_logs_delivery_time),
        log_group_error: setting(answer.latest_cloud_watch_logs_delivery_error),
        notification_time: time(answer.latest_notification_time),
        notification_error: setting(answer.latest_notification_error),
    })
}

async fn selectors(session: &Session, arn: &str, home: &str) -> Result<Selectors, Gap> {
    let action = Action::GetEventSelectors;
    let call = session
        .cloudtrail(home)
        .get_event_selectors()
        .trail_name(arn)
        .send();
    let answer = session
        .ask(action, home, call)
        .await?
        .map_err(|error| gap::of(action, &error))?;
    event_selectors(answer)
}

/// Basic or advanced. AWS sends one of the two; a trail that never had any set is
/// answered with the default, or by some with two empty lists.
fn event_selectors(answer: GetEventSelectorsOutput) -> Result<Selectors, Gap> {
    let action = Action::GetEventSelectors;
    let named = answer.trail_arn.is_some();
    let advanced = answer.advanced_event_selectors.unwrap_or_default();
    let basic = answer.event_selectors.unwrap_or_default();
    if !advanced.is_empty() {
        let selectors = advanced.into_iter().map(advanced_selector).collect();
        return Ok(Selectors::Advanced(selectors));
    }
    if basic.is_empty() && !named {
        return Err(gap::without(action, "TrailARN"));
    }
    let selectors: Result<_, Gap> = basic.into_iter().map(basic_selector).collect();
    Ok(Selectors::Basic(selectors?))
}

fn basic_selector(selector: sdk::EventSelector) -> Result<BasicSelector, Gap> {
    let action = Action::GetEventSelectors;
    let read_write = match selector.read_write_type {
        None | Some(sdk::ReadWriteType::All) => ReadWriteType::All,
        Some(sdk::ReadWriteType::ReadOnly) => ReadWriteType::ReadOnly,
        Some(sdk::ReadWriteType::WriteOnly) => ReadWriteType::WriteOnly,
        Some(other) => {
            let detail = format!("`{}` is not a ReadWriteType", other.as_str());
            return Err(gap::malformed(action, detail));
        }
    };
    let data_resources: Result<Vec<DataResource>, Gap> = selector
        .data_resources
        .unwrap_or_default()
        .into_iter()
        .map(|resource| {
            let kind = resource
                .r#type
                .ok_or_else(|| gap::without(action, "DataResources.Type"))?;
            let values = resource.values.unwrap_or_default();
            Ok(DataResource { kind, values })
        })
        .collect();
    Ok(BasicSelector {
        read_write,
        management_events: selector.include_management_events.unwrap_or(true),
        excluded_sources: selector
            .exclude_management_event_sources
            .unwrap_or_default(),
        data_resources: data_resources?,
    })
}

fn advanced_selector(selector: sdk::AdvancedEventSelector) -> AdvancedSelector {
    AdvancedSelector {
        name: setting(selector.name),
        fields: selector
            .field_selectors
            .into_iter()
            .map(field_selector)
            .collect(),
    }
}

fn field_selector(selector: sdk::AdvancedFieldSelector) -> FieldSelector {
    FieldSelector {
        field: selector.field,
        equals: selector.equals.unwrap_or_default(),
        not_equals: selector.not_equals.unwrap_or_default(),
        starts_with: selector.starts_with.unwrap_or_default(),
        not_starts_with: selector.not_starts_with.unwrap_or_default(),
        ends_with: selector.ends_with.unwrap_or_default(),
        not_ends_with: selector.not_ends_with.unwrap_or_default(),
    }
}

async fn insights(session: &Session, arn: &str, home: &str) -> Result<Vec<InsightSelector>, Gap> {
    let action = Action::GetInsightSelectors;
    let call = session
        .cloudtrail(home)
        .get_insight_selectors()
        .trail_name(arn)
        .send();
    let answer = match session.ask(action, home, call).await? {
        Ok(answer) => answer,
        // AWS's way to say "none".
        Err(error) if error.code() == Some("InsightNotEnabledException") => return Ok(Vec::new()),
        Err(error) => return Err(gap::of(action, &error)),
    };
    if answer.trail_arn.is_none() && answer.insight_selectors.is_none() {
        return Err(gap::without(action, "InsightSelectors"));
    }
    answer
        .insight_selectors
        .unwrap_or_default()
        .into_iter()
        .map(|selector| {
            let insight_type = selector
                .insight_type
                .ok_or_else(|| gap::without(action, "InsightType"))?;
            Ok(InsightSelector {
                insight_type: insight_type_of(&insight_type),
                event_categories: selector
                    .event_categories
                    .unwrap_or_default()
                    .iter()
                    .map(|category| category.as_str().to_owned())
                    .collect(),
            })
        })
        .collect()
}

fn insight_type_of(insight: &sdk::InsightType) -> InsightType {
    match insight {
        sdk::InsightType::ApiCallRateInsight => InsightType::ApiCallRateInsight,
        sdk::InsightType::ApiErrorRateInsight => InsightType::ApiErrorRateInsight,
        other => InsightType::Other(other.as_str().to_owned()),
    }
}

async fn tags(session: &Session, arn: &str, home: &str) -> Result<BTreeMap<String, String>, Gap> {
    let action = Action::ListTags;
    let client = session.cloudtrail(home);
    let mut tags = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut token = None;
    loop {
        let call = client
            .list_tags()
            .resource_id_list(arn)
            .set_next_token(token)
            .send();
        let page = session
            .ask(action, home, call)
            .await?
            .map_err(|error| gap::of(action, &error))?;
        let entry = page
            .resource_tag_list
            .unwrap_or_default()
            .into_iter()
            .find(|entry| entry.resource_id.as_deref() == Some(arn))
            .ok_or_else(|| gap::malformed(action, "the answer has no entry for the trail"))?;
        tags.extend(
            entry
                .tags_list
                .unwrap_or_default()
                .into_iter()
                .map(|tag| (tag.key, tag.value.unwrap_or_default())),
        );
        match page.next_token.filter(|token| !token.is_empty()) {
            None => return Ok(tags),
            Some(next) if !seen.insert(next.clone()) => {
                return Err(gap::malformed(action, "the pages of the answer repeat"));
            }
            Some(next) => token = Some(next),
        }
    }
}
