//! What watches over the trails: the log groups' metric filters, alarms, event rules, and the
//! topics that they tell.

use std::collections::{BTreeMap, BTreeSet};

use super::alarms::{self, Alarms};
use super::event_rules::{self, Asked, Rules};
use super::log_groups;
use super::session::Shared;
use super::topics;
use crate::snapshot::{LogGroup, RegionFacts, Topic, Trail};

/// What was seen.
pub(super) struct Watch {
    pub(super) log_groups: Vec<LogGroup>,
    alarms: Alarms,
    event_rules: Rules,
    /// What alarms and rules tell, topics or not.
    told: BTreeSet<String>,
    /// The topics among that which no trail notifies.
    topics: Vec<Topic>,
}

/// Asks for everything that watches, and waits for the rules that are asked for already.
/// Alarms are of interest only where they can see metrics of a trail's log group, and that is
/// in its own Region and account.
pub(super) async fn of(
    session: &Shared,
    trails: &[Trail],
    account: &str,
    audited: &BTreeSet<String>,
    rules: Asked,
) -> Watch {
    let mut regions = log_groups::regions(trails, account);
    regions.retain(|region| audited.contains(*region));
    let (log_groups, alarms, event_rules) = tokio::join!(
        log_groups::of(session, trails, account),
        alarms::of(session, regions, account),
        rules.answered(),
    );
    let mut told = alarms::actions(&alarms, &log_groups);
    told.extend(event_rules::targets(&event_rules));
    let mut others = told.clone();
    for topic in trails
        .iter()
        .filter_map(|trail| trail.sns_topic_arn.as_ref())
    {
        others.remove(topic);
    }
    Watch {
        topics: topics::among(session, others).await,
        log_groups,
        alarms,
        event_rules,
        told,
    }
}

impl Watch {
    /// Puts what is told by Region where it belongs.
    pub(super) fn hand_out(&mut self, regions: &mut BTreeMap<String, RegionFacts>) {
        for (region, facts) in regions {
            if let Some(alarms) = self.alarms.remove(region) {
                facts.alarms = alarms.into();
            }
            if let Some(rules) = self.event_rules.remove(region) {
                facts.event_rules = rules.into();
            }
        }
    }

    /// Every topic that alarms and rules tell, sorted by ARN; those that trails notify, too,
    /// have been read with `of_trails`.
    pub(super) fn topics(&self, of_trails: &[Topic]) -> Vec<Topic> {
        let read = of_trails
            .iter()
            .filter(|topic| self.told.contains(&topic.arn));
        let mut topics: Vec<Topic> = self.topics.iter().chain(read).cloned().collect();
        topics.sort_by(|a, b| a.arn.cmp(&b.arn));
        topics
    }
}
