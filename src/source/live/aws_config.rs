//! AWS Config in one Region: what records, where that goes, and what AWS's own rules found.

use std::collections::HashMap;

use aws_sdk_config::types as sdk;

use super::convert::setting;
use super::gap;
use super::pages::Pages;
use super::session::Session;
use crate::snapshot::{
    Action, ConfigRecorder, ConfigRule, Gap, Observed, Recording, RecordingScope,
};

/// The managed rules that judge trails, their buckets or event data stores: of these it is
/// worth knowing what they found.
/// <https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html>
const ABOUT_TRAILS: &[&str] = &[
    "CLOUDTRAIL_ALL_READ_S3_DATA_EVENT_CHECK",
    "CLOUDTRAIL_ALL_WRITE_S3_DATA_EVENT_CHECK",
    "CLOUDTRAIL_S3_BUCKET_ACCESS_LOGGING",
    "CLOUDTRAIL_S3_BUCKET_PUBLIC_ACCESS_PROHIBITED",
    "CLOUDTRAIL_S3_DATAEVENTS_ENABLED",
    "CLOUDTRAIL_SECURITY_TRAIL_ENABLED",
    "CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED",
    "CLOUD_TRAIL_ENABLED",
    "CLOUD_TRAIL_ENCRYPTION_ENABLED",
    "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
    "EVENT_DATA_STORE_CMK_ENCRYPTION_ENABLED",
    "MULTI_REGION_CLOUD_TRAIL_ENABLED",
];

/// As many rules as one `DescribeComplianceByConfigRule` may name.
/// <https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeComplianceByConfigRule.html>
const RULES_A_CALL: usize = 25;

/// The recorders and whether they record, sorted by name.
pub(super) async fn recorders(session: &Session, region: &str) -> Result<Vec<ConfigRecorder>, Gap> {
    // Each without the other tells nothing to ask the next call for: both at once.
    let (recorders, statuses) = tokio::join!(
        Box::pin(described(session, region)),
        Box::pin(statuses(session, region))
    );
    let mut recorders: Vec<ConfigRecorder> = recorders?
        .into_iter()
        .map(|entry| recorder(entry, &statuses))
        .collect::<Result<_, Gap>>()?;
    recorders.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(recorders)
}

async fn described(
    session: &Session,
    region: &str,
) -> Result<Vec<sdk::ConfigurationRecorder>, Gap> {
    let action = Action::DescribeConfigurationRecorders;
    let call = session
        .config(region)
        .describe_configuration_recorders()
        .send();
    session
        .ask(action, region, call)
        .await?
        .map_err(|error| gap::of(action, &error))?
        .configuration_recorders
        .ok_or_else(|| gap::without(action, "ConfigurationRecorders"))
}

fn recorder(
    entry: sdk::ConfigurationRecorder,
    statuses: &Result<HashMap<String, Recording>, Gap>,
) -> Result<ConfigRecorder, Gap> {
    let without = |member| gap::without(Action::DescribeConfigurationRecorders, member);
    let name = setting(entry.name).ok_or_else(|| without("name"))?;
    let recording = match statuses {
        Ok(statuses) => statuses.get(&name).cloned().ok_or_else(|| {
            let detail = format!("DescribeConfigurationRecorderStatus tells nothing of `{name}`");
            gap::malformed(Action::DescribeConfigurationRecorderStatus, detail)
        }),
        Err(gap) => Err(gap.clone()),
    };
    Ok(ConfigRecorder {
        name,
        service_principal: setting(entry.service_principal),
        records: scope(
            entry
                .recording_group
                .ok_or_else(|| without("recordingGroup"))?,
        )?,
        recording: recording.into(),
    })
}

/// What a recording group comes to. A strategy goes before the older `allSupported`, which
/// is false beside one that excludes.
/// <https://docs.aws.amazon.com/config/latest/APIReference/API_RecordingGroup.html>
fn scope(group: sdk::RecordingGroup) -> Result<RecordingScope, Gap> {
    let names = |types: Option<Vec<sdk::ResourceType>>, member| {
        let types =
            types.ok_or_else(|| gap::without(Action::DescribeConfigurationRecorders, member))?;
        Ok(types.iter().map(|one| one.as_str().to_owned()).collect())
    };
    let strategy = group
        .recording_strategy
        .and_then(|strategy| strategy.use_only);
    match strategy {
        Some(sdk::RecordingStrategyType::ExclusionByResourceTypes) => {
            let excluded = group.exclusion_by_resource_types;
            names(
                excluded.and_then(|excluded| excluded.resource_types),
                "exclusionByResourceTypes",
            )
            .map(RecordingScope::AllBut)
        }
        Some(sdk::RecordingStrategyType::AllSupportedResourceTypes) => Ok(RecordingScope::All),
        None if group.all_supported => Ok(RecordingScope::All),
        Some(_) | None => names(group.resource_types, "resourceTypes").map(RecordingScope::Only),
    }
}

/// Which recorders record, by name.
async fn statuses(session: &Session, region: &str) -> Result<HashMap<String, Recording>, Gap> {
    let action = Action::DescribeConfigurationRecorderStatus;
    let call = session
        .config(region)
        .describe_configuration_recorder_status()
        .send();
    session
        .ask(action, region, call)
        .await?
        .map_err(|error| gap::of(action, &error))?
        .configuration_recorders_status
        .ok_or_else(|| gap::without(action, "ConfigurationRecordersStatus"))?
        .into_iter()
        .map(|status| {
            let name = setting(status.name).ok_or_else(|| gap::without(action, "name"))?;
            let error = [status.last_error_code, status.last_error_message];
            let error: Vec<String> = error.into_iter().filter_map(setting).collect();
            let recording = Recording {
                on: status.recording,
                last_status: status.last_status.map(|status| spelled(status.as_str())),
                last_error: (!error.is_empty()).then(|| error.join(": ")),
            };
            Ok((name, recording))
        })
        .collect()
}

/// The status as the API reference spells it. AWS answers in capitals, as its examples show.
/// <https://docs.aws.amazon.com/cli/latest/reference/configservice/describe-configuration-recorder-status.html>
fn spelled(status: &str) -> String {
    let bare = status.replace('_', "");
    let known = sdk::RecorderStatus::values()
        .iter()
        .find(|known| known.eq_ignore_ascii_case(&bare));
    (*known.unwrap_or(&status)).to_owned()
}

/// The names of the delivery channels, sorted.
pub(super) async fn delivery_channels(session: &Session, region: &str) -> Result<Vec<String>, Gap> {
    let action = Action::DescribeDeliveryChannels;
    let call = session.config(region).describe_delivery_channels().send();
    let mut names = session
        .ask(action, region, call)
        .await?
        .map_err(|error| gap::of(action, &error))?
        .delivery_channels
        .ok_or_else(|| gap::without(action, "DeliveryChannels"))?
        .into_iter()
        .map(|channel| setting(channel.name).ok_or_else(|| gap::without(action, "name")))
        .collect::<Result<Vec<String>, Gap>>()?;
    names.sort();
    Ok(names)
}

/// The managed rules, sorted by ARN, and what those about trails found.
pub(super) async fn rules(session: &Session, region: &str) -> Result<Vec<ConfigRule>, Gap> {
    let mut rules = managed(session, region).await?;
    let asked: Vec<String> = rules
        .iter()
        .filter(|rule| is_about_trails(rule))
        .map(|rule| rule.name.clone())
        .collect();
    for names in asked.chunks(RULES_A_CALL) {
        let found = compliance(session, region, names).await;
        for rule in rules.iter_mut().filter(|rule| names.contains(&rule.name)) {
            rule.compliance = of_rule(&found, &rule.name).into();
        }
    }
    rules.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(rules)
}

fn is_about_trails(rule: &ConfigRule) -> bool {
    ABOUT_TRAILS.contains(&rule.identifier.as_str())
}

fn of_rule(found: &Result<HashMap<String, String>, Gap>, name: &str) -> Result<String, Gap> {
    let found = found.as_ref().map_err(Gap::clone)?;
    found.get(name).cloned().ok_or_else(|| {
        let detail = format!("DescribeComplianceByConfigRule tells nothing of `{name}`");
        gap::malformed(Action::DescribeComplianceByConfigRule, detail)
    })
}

async fn managed(session: &Session, region: &str) -> Result<Vec<ConfigRule>, Gap> {
    let action = Action::DescribeConfigRules;
    let client = session.config(region);
    let mut rules = Vec::new();
    let mut pages = Pages::of(action);
    let mut token = None;
    loop {
        let call = client.describe_config_rules().set_next_token(token).send();
        let page = session
            .ask(action, region, call)
            .await?
            .map_err(|error| gap::of(action, &error))?;
        for entry in page.config_rules.unwrap_or_default() {
            rules.extend(rule(entry)?);
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            return Ok(rules);
        }
    }
}

/// The rule, if AWS manages it.
fn rule(entry: sdk::ConfigRule) -> Result<Option<ConfigRule>, Gap> {
    let without = |member| gap::without(Action::DescribeConfigRules, member);
    let source = entry.source.ok_or_else(|| without("Source"))?;
    if source.owner != sdk::Owner::Aws {
        return Ok(None);
    }
    Ok(Some(ConfigRule {
        name: setting(entry.config_rule_name).ok_or_else(|| without("ConfigRuleName"))?,
        arn: setting(entry.config_rule_arn).ok_or_else(|| without("ConfigRuleArn"))?,
        identifier: setting(source.source_identifier).ok_or_else(|| without("SourceIdentifier"))?,
        parameters: setting(entry.input_parameters),
        state: entry
            .config_rule_state
            .ok_or_else(|| without("ConfigRuleState"))?
            .as_str()
            .to_owned(),
        compliance: Observed::not_collected(Action::DescribeComplianceByConfigRule),
    }))
}

/// What the rules of these names found, by name.
async fn compliance(
    session: &Session,
    region: &str,
    names: &[String],
) -> Result<HashMap<String, String>, Gap> {
    let action = Action::DescribeComplianceByConfigRule;
    let client = session.config(region);
    let mut found = HashMap::new();
    let mut pages = Pages::of(action);
    let mut token = None;
    loop {
        let call = client
            .describe_compliance_by_config_rule()
            .set_config_rule_names(Some(names.to_vec()))
            .set_next_token(token)
            .send();
        let page = session
            .ask(action, region, call)
            .await?
            .map_err(|error| gap::of(action, &error))?;
        for entry in page.compliance_by_config_rules.unwrap_or_default() {
            let name = setting(entry.config_rule_name)
                .ok_or_else(|| gap::without(action, "ConfigRuleName"))?;
            let compliance = entry
                .compliance
                .and_then(|compliance| compliance.compliance_type)
                .ok_or_else(|| gap::without(action, "ComplianceType"))?;
            found.insert(name, compliance.as_str().to_owned());
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests;
