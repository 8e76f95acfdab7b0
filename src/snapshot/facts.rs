//! Every fact of a snapshot in turn, to count them and to list the gaps.

use super::{
    Account, Action, Bucket, Gap, GapKind, Key, LogGroup, Observed, RegionFacts, Snapshot, Topic,
    Trail,
};

/// One fact's place and whether it could be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fact<'a> {
    /// The account it was read in.
    pub account: &'a str,
    /// The resource it is about: an ARN, a bucket name, a Region, or the account id.
    pub subject: &'a str,
    /// The call that fills it in.
    pub action: Action,
    /// The call before that, without which nobody knows what to ask about, if it is not one
    /// of those that are always made.
    pub by_way_of: Option<Action>,
    /// Why it is missing; `None` if it was read.
    pub gap: Option<&'a Gap>,
}

impl Snapshot {
    /// Every fact that was asked for, in the snapshot's order. Facts that nobody tried to
    /// read (`not-collected`) are left out.
    pub fn facts(&self) -> Vec<Fact<'_>> {
        let mut facts = Vec::new();
        for account in &self.accounts {
            let told_by = |by_way_of| {
                move |subject, action, gap| Fact {
                    account: account.id.as_str(),
                    subject,
                    action,
                    by_way_of,
                    gap,
                }
            };
            let seen = told_by(None);
            account.visit(&mut |subject, action, gap| facts.push(seen(subject, action, gap)));
            let seen = told_by(Some(Action::GetTopicAttributes));
            let topics = account.topics.iter().chain(&account.alarm_topics);
            for key in topics.filter_map(|topic| topic.key.as_ref()) {
                key.visit(&mut |subject, action, gap| facts.push(seen(subject, action, gap)));
            }
        }
        facts.retain(|fact| fact.gap.is_none_or(|gap| gap.kind != GapKind::NotCollected));
        facts
    }
}

type Visitor<'v, 'a> = &'v mut dyn FnMut(&'a str, Action, Option<&'a Gap>);

fn see<'a, T>(visit: Visitor<'_, 'a>, subject: &'a str, action: Action, fact: &'a Observed<T>) {
    visit(subject, action, fact.gap());
}

impl Account {
    fn visit<'a>(&'a self, visit: Visitor<'_, 'a>) {
        see(visit, &self.id, Action::ListAccountAliases, &self.alias);
        see(visit, &self.id, Action::ListRegions, &self.enabled_regions);
        for (region, facts) in &self.regions {
            facts.visit(region, visit);
        }
        for trail in &self.trails {
            trail.visit(visit);
        }
        for bucket in &self.buckets {
            bucket.visit(visit);
        }
        for key in &self.keys {
            key.visit(visit);
        }
        for group in &self.log_groups {
            group.visit(visit);
        }
        see(
            visit,
            &self.id,
            Action::GetAccountPublicAccessBlock,
            &self.public_access_block,
        );
        see(visit, &self.id, Action::GetAccountSummary, &self.summary);
        for topic in &self.topics {
            topic.visit(visit);
        }
        let identities = Action::GetAccountAuthorizationDetails;
        see(visit, &self.id, identities, &self.identities);
        let organization = Action::DescribeOrganization;
        see(visit, &self.id, organization, &self.organization);
        let levels = Action::ListPoliciesForTarget;
        see(visit, &self.id, levels, &self.service_control_policies);
        see(visit, &self.id, levels, &self.resource_control_policies);
        for topic in &self.alarm_topics {
            topic.visit(visit);
        }
        for store in &self.data_stores {
            see(visit, &store.arn, Action::GetEventDataStore, &store.details);
        }
        let trusted = Action::ListServiceAccess;
        see(visit, &self.id, trusted, &self.trusted_services);
        let administrators = Action::ListDelegatedAdministrators;
        see(
            visit,
            &self.id,
            administrators,
            &self.cloudtrail_administrators,
        );
    }
}

impl RegionFacts {
    fn visit<'a>(&'a self, region: &'a str, visit: Visitor<'_, 'a>) {
        see(visit, region, Action::DescribeTrails, &self.trails);
        see(visit, region, Action::DescribeAlarms, &self.alarms);
        see(visit, region, Action::ListEventRules, &self.event_rules);
        for rule in self.event_rules.if_known().into_iter().flatten() {
            see(visit, &rule.arn, Action::ListTargetsByRule, &rule.targets);
        }
        let recorders = Action::DescribeConfigurationRecorders;
        see(visit, region, recorders, &self.recorders);
        for recorder in self.recorders.if_known().into_iter().flatten() {
            let status = Action::DescribeConfigurationRecorderStatus;
            see(visit, &recorder.name, status, &recorder.recording);
        }
        let channels = Action::DescribeDeliveryChannels;
        see(visit, region, channels, &self.delivery_channels);
        see(
            visit,
            region,
            Action::DescribeConfigRules,
            &self.config_rules,
        );
        for rule in self.config_rules.if_known().into_iter().flatten() {
            let compliance = Action::DescribeComplianceByConfigRule;
            see(visit, &rule.arn, compliance, &rule.compliance);
        }
        see(
            visit,
            region,
            Action::ListEventDataStores,
            &self.data_stores,
        );
        see(visit, region, Action::LookupEvents, &self.history);
        see(visit, region, Action::ListDetectors, &self.detectors);
        for detector in self.detectors.if_known().into_iter().flatten() {
            let status = Action::GetDetector;
            see(visit, &detector.id, status, &detector.detector_status);
        }
        see(visit, region, Action::DescribeHub, &self.security_hub);
    }
}

impl Trail {
    fn visit<'a>(&'a self, visit: Visitor<'_, 'a>) {
        let arn = &self.arn;
        see(visit, arn, Action::DescribeTrails, &self.multi_region);
        see(visit, arn, Action::DescribeTrails, &self.organization);
        see(
            visit,
            arn,
            Action::DescribeTrails,
            &self.global_service_events,
        );
        see(
            visit,
            arn,
            Action::DescribeTrails,
            &self.log_file_validation,
        );
        see(visit, arn, Action::DescribeTrails, &self.bucket);
        for status in self.status.values() {
            see(visit, arn, Action::GetTrailStatus, status);
        }
        see(visit, arn, Action::GetEventSelectors, &self.selectors);
        see(visit, arn, Action::GetInsightSelectors, &self.insights);
        see(visit, arn, Action::ListTags, &self.tags);
    }
}

impl Bucket {
    fn visit<'a>(&'a self, visit: Visitor<'_, 'a>) {
        let name = &self.name;
        see(visit, name, Action::HeadBucket, &self.existence);
        see(visit, name, Action::HeadBucket, &self.region);
        see(visit, name, Action::HeadBucket, &self.owner);
        see(visit, name, Action::GetBucketPolicy, &self.policy);
        see(
            visit,
            name,
            Action::GetBucketPolicyStatus,
            &self.policy_is_public,
        );
        see(visit, name, Action::GetBucketAcl, &self.acl);
        see(
            visit,
            name,
            Action::GetBucketPublicAccessBlock,
            &self.public_access_block,
        );
        see(
            visit,
            name,
            Action::GetBucketOwnershipControls,
            &self.ownership,
        );
        see(visit, name, Action::GetBucketVersioning, &self.versioning);
        see(
            visit,
            name,
            Action::GetObjectLockConfiguration,
            &self.object_lock,
        );
        see(visit, name, Action::GetBucketLifecycle, &self.lifecycle);
        see(visit, name, Action::GetBucketEncryption, &self.encryption);
        see(visit, name, Action::GetBucketLogging, &self.access_logging);
        let payment = Action::GetBucketRequestPayment;
        see(visit, name, payment, &self.requester_pays);
        let notification = Action::GetBucketNotification;
        see(visit, name, notification, &self.notifications);
    }
}

impl Key {
    fn visit<'a>(&'a self, visit: Visitor<'_, 'a>) {
        let name = self.name();
        see(visit, name, Action::DescribeKey, &self.description);
        see(visit, name, Action::GetKeyRotationStatus, &self.rotation);
        see(visit, name, Action::GetKeyPolicy, &self.policy);
        see(visit, name, Action::ListGrants, &self.grants);
    }
}

impl LogGroup {
    fn visit<'a>(&'a self, visit: Visitor<'_, 'a>) {
        see(
            visit,
            &self.arn,
            Action::DescribeLogGroups,
            &self.description,
        );
        let policies = Action::DescribeResourcePolicies;
        see(visit, &self.arn, policies, &self.resource_policies);
        let filters = Action::DescribeMetricFilters;
        see(visit, &self.arn, filters, &self.metric_filters);
    }
}

impl Topic {
    fn visit<'a>(&'a self, visit: Visitor<'_, 'a>) {
        let attributes = Action::GetTopicAttributes;
        see(visit, &self.arn, attributes, &self.attributes);
        let subscriptions = Action::ListSubscriptionsByTopic;
        see(visit, &self.arn, subscriptions, &self.subscriptions);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::snapshot::story;

    /// Facts as they stand in the JSON: every object that is `{"known": …}` or `{"gap": …}`.
    fn count(value: &Value) -> usize {
        match value {
            Value::Object(map) => {
                let own = usize::from(
                    map.len() == 1 && (map.contains_key("known") || map.contains_key("gap")),
                );
                own + map.values().map(count).sum::<usize>()
            }
            Value::Array(items) => items.iter().map(count).sum(),
            _ => 0,
        }
    }

    #[test]
    fn no_fact_of_a_snapshot_is_left_out_of_the_count() {
        let mut snapshot = story::pristine();
        let account = &mut snapshot.accounts[0];
        account.topics[0].key = account.keys.first().cloned();
        let json = serde_json::to_value(&snapshot).unwrap();
        assert_eq!(snapshot.facts().len(), count(&json));
    }
}
