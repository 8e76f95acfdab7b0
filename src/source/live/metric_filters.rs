//! Metric filters of log groups that trails deliver to.

use aws_sdk_cloudwatchlogs::types as sdk;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::convert::setting;
use super::gap;
use super::pages::Pages;
use super::session::Session;
use crate::snapshot::{Action, Gap, MetricFilter, MetricTransformation};

const ACTION: Action = Action::DescribeMetricFilters;

/// The filters of one group, sorted by name.
pub(super) async fn of(
    session: &Session,
    region: &str,
    group: &str,
) -> Result<Vec<MetricFilter>, Gap> {
    let client = session.logs(region);
    let mut filters = Vec::new();
    let mut pages = Pages::of(ACTION);
    let mut token = None;
    loop {
        let call = client
            .describe_metric_filters()
            .log_group_name(group)
            .set_next_token(token)
            .send();
        let page = match session.ask(ACTION, region, call).await? {
            Ok(page) => page,
            // What is not there has no filter. Whether it is there is told elsewhere.
            Err(error) if error.code() == Some("ResourceNotFoundException") => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(gap::of(ACTION, &error)),
        };
        for entry in page.metric_filters.unwrap_or_default() {
            filters.push(filter(entry)?);
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            filters.sort_by(|a, b| a.name.cmp(&b.name));
            return Ok(filters);
        }
    }
}

fn filter(entry: sdk::MetricFilter) -> Result<MetricFilter, Gap> {
    let without = |member| gap::without(ACTION, member);
    let metrics = entry
        .metric_transformations
        .ok_or_else(|| without("metricTransformations"))?;
    Ok(MetricFilter {
        name: setting(entry.filter_name).ok_or_else(|| without("filterName"))?,
        // The empty pattern is one, and matches everything.
        pattern: entry
            .filter_pattern
            .ok_or_else(|| without("filterPattern"))?,
        metrics: metrics
            .into_iter()
            .map(transformation)
            .collect::<Result<_, _>>()?,
        field_selection: setting(entry.field_selection_criteria),
        on_transformed: entry.apply_on_transformed_logs,
        system_dimensions: entry.emit_system_field_dimensions.unwrap_or_default(),
    })
}

fn transformation(entry: sdk::MetricTransformation) -> Result<MetricTransformation, Gap> {
    // The SDK puts `""` where a required member is missing.
    let required = |text, member| setting(Some(text)).ok_or_else(|| gap::without(ACTION, member));
    Ok(MetricTransformation {
        namespace: required(entry.metric_namespace, "metricNamespace")?,
        name: required(entry.metric_name, "metricName")?,
        value: required(entry.metric_value, "metricValue")?,
        default_value: entry.default_value,
        dimensions: entry.dimensions.unwrap_or_default().into_iter().collect(),
        unit: entry.unit.map(|unit| unit.as_str().to_owned()),
    })
}

#[cfg(test)]
mod tests;
