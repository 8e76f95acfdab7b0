//! CloudWatch alarms of the Regions in which trails' log groups lie.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::types as sdk;

use super::convert::{count, setting};
use super::gap;
use super::pages::Pages;
use super::session::{Session, Shared, all};
use crate::snapshot::{Action, Alarm, Gap, LogGroup, Metric, MetricCondition, Watched, arn};

const ACTION: Action = Action::DescribeAlarms;

/// What each Region that was asked answered.
pub(super) type Alarms = BTreeMap<String, Result<Vec<Alarm>, Gap>>;

/// The alarms of each of the Regions.
pub(super) async fn of(session: &Shared, regions: BTreeSet<&str>, account: &str) -> Alarms {
    let asked = regions.into_iter().map(|region| {
        let (session, region, account) = (session.clone(), region.to_owned(), account.to_owned());
        async move {
            let alarms = list(&session, &region, &account).await;
            (region, alarms)
        }
    });
    all(asked).await.into_iter().collect()
}

async fn list(session: &Session, region: &str, account: &str) -> Result<Vec<Alarm>, Gap> {
    let client = session.cloudwatch(region);
    let mut alarms = Vec::new();
    let mut pages = Pages::of(ACTION);
    let mut token = None;
    loop {
        // "If you omit this parameter, only metric alarms are returned": composite alarms
        // have to be asked for.
        // <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html>
        let call = client
            .describe_alarms()
            .alarm_types(sdk::AlarmType::MetricAlarm)
            .alarm_types(sdk::AlarmType::CompositeAlarm)
            .set_next_token(token)
            .send();
        let page = session
            .ask(ACTION, region, call)
            .await?
            .map_err(|error| gap::of(ACTION, &error))?;
        if page.metric_alarms.is_none() && page.composite_alarms.is_none() {
            return Err(gap::without(ACTION, "MetricAlarms"));
        }
        for alarm in page.metric_alarms.unwrap_or_default() {
            alarms.push(of_metric(alarm, account)?);
        }
        for alarm in page.composite_alarms.unwrap_or_default() {
            alarms.push(composite(alarm)?);
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            alarms.sort_by(|a, b| a.arn.cmp(&b.arn));
            return Ok(alarms);
        }
    }
}

fn required<T>(member: Option<T>, name: &str) -> Result<T, Gap> {
    member.ok_or_else(|| gap::without(ACTION, name))
}

fn of_metric(alarm: sdk::MetricAlarm, account: &str) -> Result<Alarm, Gap> {
    Ok(Alarm {
        watches: watched(&alarm, account)?,
        arn: required(setting(alarm.alarm_arn), "AlarmArn")?,
        name: required(setting(alarm.alarm_name), "AlarmName")?,
        actions_enabled: required(alarm.actions_enabled, "ActionsEnabled")?,
        actions: alarm.alarm_actions.unwrap_or_default(),
    })
}

fn composite(alarm: sdk::CompositeAlarm) -> Result<Alarm, Gap> {
    Ok(Alarm {
        watches: Watched::Composite(required(setting(alarm.alarm_rule), "AlarmRule")?),
        arn: required(setting(alarm.alarm_arn), "AlarmArn")?,
        name: required(setting(alarm.alarm_name), "AlarmName")?,
        actions_enabled: required(alarm.actions_enabled, "ActionsEnabled")?,
        actions: alarm.alarm_actions.unwrap_or_default(),
    })
}

fn watched(alarm: &sdk::MetricAlarm, account: &str) -> Result<Watched, Gap> {
    let queries = alarm.metrics();
    if alarm.metric_name.is_some() {
        let statistic = alarm
            .statistic
            .as_ref()
            .map(|name| name.as_str().to_owned());
        let statistic = statistic.or_else(|| setting(alarm.extended_statistic.clone()));
        let metric = metric(&alarm.namespace, &alarm.metric_name, alarm.dimensions())?;
        return condition(alarm, metric, statistic, alarm.period, alarm.unit.as_ref());
    }
    if let [query] = queries
        && let Some(stat) = &query.metric_stat
        && is_of(query, account)
    {
        let metric = of_stat(stat)?;
        let statistic = setting(stat.stat.clone());
        return condition(alarm, metric, statistic, stat.period, stat.unit.as_ref());
    }
    if queries.is_empty() && alarm.evaluation_criteria.is_none() {
        return Err(gap::without(ACTION, "MetricName"));
    }
    let metrics = queries
        .iter()
        .filter(|query| is_of(query, account))
        .filter_map(|query| query.metric_stat.as_ref())
        .map(of_stat)
        .collect::<Result<_, Gap>>()?;
    Ok(Watched::Math(metrics))
}

/// Whether the metric that is asked for is the account's own: an alarm of a monitoring
/// account can look at those of others.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html>
fn is_of(query: &sdk::MetricDataQuery, account: &str) -> bool {
    let of = query.account_id.as_deref();
    of.is_none_or(|of| of.is_empty() || of == account)
}

fn of_stat(stat: &sdk::MetricStat) -> Result<Metric, Gap> {
    let named = stat.metric.as_ref();
    let named = named.ok_or_else(|| gap::without(ACTION, "Metric"))?;
    metric(&named.namespace, &named.metric_name, named.dimensions())
}

fn metric(
    namespace: &Option<String>,
    name: &Option<String>,
    dimensions: &[sdk::Dimension],
) -> Result<Metric, Gap> {
    let dimension = |dimension: &sdk::Dimension| {
        Ok((
            required(setting(dimension.name.clone()), "Name")?,
            required(dimension.value.clone(), "Value")?,
        ))
    };
    Ok(Metric {
        namespace: required(setting(namespace.clone()), "Namespace")?,
        name: required(setting(name.clone()), "MetricName")?,
        dimensions: dimensions
            .iter()
            .map(dimension)
            .collect::<Result<_, Gap>>()?,
    })
}

fn condition(
    alarm: &sdk::MetricAlarm,
    metric: Metric,
    statistic: Option<String>,
    period: Option<i32>,
    unit: Option<&sdk::StandardUnit>,
) -> Result<Watched, Gap> {
    let comparison = alarm.comparison_operator.as_ref();
    Ok(Watched::Metric(MetricCondition {
        metric,
        statistic,
        period: required(count(period), "Period")?,
        evaluation_periods: required(count(alarm.evaluation_periods), "EvaluationPeriods")?,
        datapoints_to_alarm: count(alarm.datapoints_to_alarm),
        comparison: required(comparison, "ComparisonOperator")?
            .as_str()
            .to_owned(),
        threshold: alarm.threshold,
        missing_data: setting(alarm.treat_missing_data.clone()),
        unit: unit.map(|unit| unit.as_str().to_owned()),
    }))
}

/// What the alarms do that may watch a metric of one of the log groups' filters: directly,
/// or by way of others, which the rule of a composite alarm names. An account can have
/// thousands of other alarms, whose topics are none of ours.
pub(super) fn actions(alarms: &Alarms, groups: &[LogGroup]) -> BTreeSet<String> {
    let mut actions = BTreeSet::new();
    for (region, alarms) in alarms {
        let fed = fed(groups, region);
        for alarm in alarms.iter().flatten() {
            if may_watch(&alarm.watches, fed.as_ref()) {
                actions.extend(alarm.actions.iter().cloned());
            }
        }
    }
    actions
}

/// Namespace and name of every metric that filters of the groups in the Region feed; `None`
/// if that is not known.
fn fed<'a>(groups: &'a [LogGroup], region: &str) -> Option<BTreeSet<(&'a str, &'a str)>> {
    let mut fed = BTreeSet::new();
    for group in groups {
        if arn::parse(&group.arn).is_none_or(|arn| arn.region != region) {
            continue;
        }
        let filters = group.metric_filters.if_known()?;
        let metrics = filters.iter().flat_map(|filter| &filter.metrics);
        fed.extend(metrics.map(|metric| (metric.namespace.as_str(), metric.name.as_str())));
    }
    Some(fed)
}

fn may_watch(watched: &Watched, fed: Option<&BTreeSet<(&str, &str)>>) -> bool {
    let is_fed = |metric: &Metric| {
        fed.is_none_or(|fed| fed.contains(&(metric.namespace.as_str(), metric.name.as_str())))
    };
    match watched {
        Watched::Metric(condition) => is_fed(&condition.metric),
        Watched::Composite(_) => true,
        Watched::Math(metrics) => metrics.iter().any(is_fed),
    }
}

#[cfg(test)]
mod tests;
