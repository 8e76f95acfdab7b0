//! What is asked of every audited Region beside its trails.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::data_stores::{self, Stores};
use super::session::{Session, Shared, all};
use super::{aws_config, companions, history};
use crate::snapshot::{
    ConfigRecorder, ConfigRule, DataStore, Detector, Observed, RecordedEvent, RegionFacts,
};

/// What every Region answered, and the event data stores that it led to.
#[derive(Debug)]
pub(super) struct Beside {
    regions: BTreeMap<String, Answers>,
    stores: Stores,
}

/// What one Region answered.
#[derive(Debug)]
struct Answers {
    recorders: Observed<Vec<ConfigRecorder>>,
    delivery_channels: Observed<Vec<String>>,
    config_rules: Observed<Vec<ConfigRule>>,
    history: Observed<Vec<RecordedEvent>>,
    detectors: Observed<Vec<Detector>>,
    security_hub: Observed<bool>,
}

/// Asks all Regions side by side.
pub(super) async fn of(session: &Shared, regions: &BTreeSet<String>, now: Timestamp) -> Beside {
    let asked = regions.iter().cloned().map(|region| {
        let session = session.clone();
        async move {
            let answers = answers(&session, &region, now).await;
            (region, answers)
        }
    });
    let (answers, stores) = tokio::join!(all(asked), data_stores::of(session, regions));
    Beside {
        regions: answers.into_iter().collect(),
        stores,
    }
}

async fn answers(session: &Session, region: &str, now: Timestamp) -> Answers {
    let (recorders, delivery_channels, config_rules, history, detectors, security_hub) = tokio::join!(
        Box::pin(aws_config::recorders(session, region)),
        Box::pin(aws_config::delivery_channels(session, region)),
        Box::pin(aws_config::rules(session, region)),
        Box::pin(history::of(session, region, now)),
        Box::pin(companions::detectors(session, region)),
        Box::pin(companions::security_hub(session, region)),
    );
    Answers {
        recorders: recorders.into(),
        delivery_channels: delivery_channels.into(),
        config_rules: config_rules.into(),
        history: history.into(),
        detectors: detectors.into(),
        security_hub: security_hub.into(),
    }
}

impl Beside {
    /// Puts the answers with what else is known of the Regions, and gives the stores.
    pub(super) fn join(mut self, regions: &mut BTreeMap<String, RegionFacts>) -> Vec<DataStore> {
        for (region, facts) in regions {
            if let Some(answers) = self.regions.remove(region) {
                facts.recorders = answers.recorders;
                facts.delivery_channels = answers.delivery_channels;
                facts.config_rules = answers.config_rules;
                facts.history = answers.history;
                facts.detectors = answers.detectors;
                facts.security_hub = answers.security_hub;
            }
            if let Some(listed) = self.stores.listed.remove(region) {
                facts.data_stores = listed;
            }
        }
        self.stores.stores
    }
}
