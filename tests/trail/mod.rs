//! Makes trails to verify: log files, signed chains of digests and public keys, intact or
//! tampered with, together with the truth of what a verifier should find.
//!
//! `generate` holds a trail in memory, for the tests; `stream` hands on one of any size,
//! file by file, for the benchmarks.

mod chain;
mod events;
mod expected;
pub(crate) mod folder;
mod log_files;
mod objects;
mod packing;
mod pairs;
mod random;
mod setup;
mod signing;
mod stream;
mod tampering;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) use chain::Chain;
pub(crate) use folder::Folder;
pub(crate) use objects::{Object, Stored};
pub(crate) use pairs::pairs;
pub(crate) use setup::Setup;
pub(crate) use signing::Key;
pub(crate) use stream::stream;
pub(crate) use tampering::{Truth, case, cases};

use log_files::deliver;
use tampering::{Scene, When};

/// A trail and all that lies in its buckets.
#[derive(Debug, Clone)]
pub(crate) struct Trail {
    pub(crate) setup: Setup,
    pub(crate) objects: BTreeMap<Object, Stored>,
    /// By Region: what `ListPublicKeys` answers there.
    pub(crate) keys: BTreeMap<String, Vec<Key>>,
    /// What CloudTrail wrote, before anything was done to it.
    pub(crate) chains: Vec<Chain>,
    /// In the order of the cases asked for.
    pub(crate) truths: Vec<Truth>,
}

/// Makes a trail, and does to it what the cases name, each in the middle of the home Region's
/// chain unless it tells another hour.
pub(crate) fn generate(setup: &Setup, asked: &[(&str, Option<usize>)]) -> Trail {
    let mut scene = Scene {
        setup,
        objects: BTreeMap::new(),
        chains: setup
            .places()
            .iter()
            .map(|place| Chain::plan(setup, place))
            .collect(),
        keys: BTreeMap::new(),
        asked: None,
    };
    for chain in &mut scene.chains {
        let key = chain.digests[0].key.clone();
        scene
            .keys
            .entry(chain.place.region.clone())
            .or_insert(vec![key]);
        for digest in &mut chain.digests {
            let delivery = deliver(
                setup,
                &chain.place,
                digest.start,
                setup.files_per_hour,
                "hour",
            );
            digest.logs = delivery.iter().map(|(log, _)| log.clone()).collect();
            let stored = delivery
                .iter()
                .map(|(log, stored)| (log.object.clone(), stored.clone()));
            scene.objects.extend(stored);
        }
    }
    let mut truths = BTreeMap::new();
    for when in [When::Laid, When::Signed, When::Stored] {
        if when == When::Stored {
            sign(&mut scene);
        }
        for (index, (name, hour)) in asked.iter().enumerate() {
            let case = case(name);
            if case.when == when {
                scene.asked = *hour;
                truths.insert(index, case.run(&mut scene));
            }
        }
    }
    Trail {
        setup: setup.clone(),
        objects: scene.objects,
        keys: scene.keys,
        chains: scene.chains,
        truths: truths.into_values().collect(),
    }
}

/// Signs all digests and stores them.
fn sign(scene: &mut Scene<'_>) {
    let (setup, objects) = (scene.setup, &mut scene.objects);
    for chain in &mut scene.chains {
        chain.backfills.sort_by_key(|digest| digest.end);
        chain.write(setup, &mut |object, stored| {
            objects.insert(object, stored);
        });
    }
}

impl Trail {
    /// The trail's ARN.
    pub(crate) fn arn(&self) -> String {
        self.setup.arn()
    }

    /// When the first digest begins.
    pub(crate) fn start(&self) -> Timestamp {
        let digests = self.chains.iter().flat_map(|chain| &chain.digests);
        digests.map(|digest| digest.start).min().unwrap()
    }

    /// When the last digest ends.
    pub(crate) fn end(&self) -> Timestamp {
        let digests = self.chains.iter().flat_map(|chain| &chain.digests);
        digests.map(|digest| digest.end).max().unwrap()
    }

    /// What `ListPublicKeys` answers in a Region.
    pub(crate) fn public_keys(&self, region: &str) -> Value {
        listed(self.keys.get(region).into_iter().flatten())
    }

    /// The keys of all Regions in the same shape.
    pub(crate) fn all_public_keys(&self) -> Value {
        listed(self.keys.values().flatten())
    }

    /// What `DescribeTrails` answers.
    pub(crate) fn describe_trails(&self) -> Value {
        let setup = &self.setup;
        let mut trail = json!({
            "Name": setup.trail_name,
            "S3BucketName": setup.bucket,
            "IncludeGlobalServiceEvents": true,
            "IsMultiRegionTrail": setup.regions.len() > 1,
            "HomeRegion": setup.home_region,
            "TrailARN": self.arn(),
            "LogFileValidationEnabled": true,
            "HasCustomEventSelectors": false,
            "HasInsightSelectors": false,
            "IsOrganizationTrail": !setup.organization_id.is_empty(),
        });
        if !setup.prefix.is_empty() {
            trail["S3KeyPrefix"] = setup.prefix.clone().into();
        }
        json!({ "trailList": [trail] })
    }
}

fn listed<'a>(keys: impl Iterator<Item = &'a Key>) -> Value {
    json!({ "PublicKeyList": keys.map(Key::as_listed).collect::<Vec<_>>() })
}
