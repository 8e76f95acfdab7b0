//! What an administrator or CloudTrail itself does, and what looks like it.

use super::super::objects::{Object, Stored};
use super::super::setup::HOUR;
use super::super::signing::{Key, Listed};
use jiff::SignedDuration;

use super::{Case, Reach, Scene, Truth};

/// No digests for two hours, and a new chain behind them; returns what they would have named.
fn stop(scene: &mut Scene<'_>, truth: &mut Truth) -> Vec<Object> {
    let mut unnamed = Vec::new();
    for offset in 0..2 {
        let digest = scene.digest_at_mut(offset);
        digest.written = false;
        unnamed.extend(digest.logs.drain(..).map(|log| log.object));
    }
    scene.digest_at_mut(2).starts_chain = true;
    truth.note("chain-start", scene.object_at(2));
    unnamed
}

pub(super) const CASES: &[Case] = &[
    Case::signed(
        "chain-restarted",
        "A digest begins a chain in the second in which the one before it ended.",
        |scene, truth| {
            scene.digest_mut().starts_chain = true;
            truth.note("chain-start", scene.object());
        },
    )
    .reach(Reach::Around(1, 0)),
    Case::signed(
        "restart-deleted",
        "The digest that began a new chain is gone; the next one names it.",
        |scene, truth| {
            let digest = scene.digest_mut();
            digest.starts_chain = true;
            digest.fate = |_| None;
            truth.note("digest-missing", scene.object());
        },
    )
    .reach(Reach::Around(1, 1)),
    Case::signed(
        "digest-before-restart-deleted",
        "The last digest before a new chain is gone; nothing names it any more.",
        |scene, truth| {
            scene.digest_mut().starts_chain = true;
            truth.note("chain-start", scene.object());
            let lost = scene.digest_at_mut(-1);
            lost.fate = |_| None;
            // It looks as if validation had been off for an hour.
            for log in lost.logs.clone() {
                truth.note_either("log-unreferenced", &["log-digest-missing"], log.object);
            }
        },
    )
    .reach(Reach::Around(2, 0)),
    Case::signed(
        "logging-stopped",
        "Logging was off for two hours: no digests, no log files, then a new chain.",
        |scene, truth| {
            for object in stop(scene, truth) {
                scene.delete(&object);
            }
        },
    )
    .reach(Reach::Around(1, 2)),
    Case::signed(
        "validation-stopped",
        "Validation was off for two hours: log files, no digests, then a new chain.",
        |scene, truth| {
            for object in stop(scene, truth) {
                truth.note("log-unreferenced", object);
            }
        },
    )
    .reach(Reach::Around(1, 2)),
    Case::signed(
        "log-digested-twice",
        "Two digests in a row name the same log file with the same hash.",
        |scene, _| {
            let log = scene.log(0);
            scene.digest_at_mut(-1).logs.push(log);
        },
    )
    .benign()
    .reach(Reach::Around(1, 0)),
    Case::signed(
        "log-listed-twice",
        "A digest names the same log file twice with the same hash.",
        |scene, _| {
            let log = scene.log(0);
            scene.digest_mut().logs.push(log);
        },
    )
    .benign(),
    Case::signed(
        "empty-hours",
        "Two hours without events: their digests name no log file.",
        |scene, _| {
            for offset in [-1, 0] {
                for log in std::mem::take(&mut scene.digest_at_mut(offset).logs) {
                    scene.delete(&log.object);
                }
            }
        },
    )
    .benign()
    .reach(Reach::Around(1, 0)),
    Case::laid("key-rotated", "CloudTrail took another key.", |scene, _| {
        let from = scene.digest().start - HOUR;
        let days = SignedDuration::from_hours(30 * 24);
        let region = scene.digest().place.region.clone();
        let key = Key::new(&format!("{region}, the second"), from, from + days);
        scene.keys.get_mut(&region).unwrap().push(key.clone());
        let hour = scene.hour();
        for digest in &mut scene.chain_mut().digests[hour..] {
            digest.key = key.clone();
        }
    })
    .benign()
    .reach(Reach::Onwards),
    Case::laid(
        "key-as-subject-public-key-info",
        "The Region's key is listed in the other of the two encodings.",
        |scene, _| {
            let region = scene.chain().place.region.clone();
            let listed = scene.keys.get_mut(&region).unwrap().iter_mut();
            let chains = scene.chains.iter_mut();
            let digests = chains
                .filter(|chain| chain.place.region == region)
                .flat_map(|chain| &mut chain.digests);
            let keys = listed.chain(digests.map(|digest| &mut digest.key));
            keys.for_each(|key| key.listed = Listed::Spki);
        },
    )
    .benign()
    .reach(Reach::All),
    Case::laid(
        "bucket-changed",
        "The trail was pointed at another bucket; what is older lies in the old one.",
        |scene, _| {
            let hour = scene.hour();
            for index in 0..hour {
                let digest = &mut scene.chain_mut().digests[index];
                digest.bucket += "-old";
                let bucket = digest.bucket.clone();
                let moved: Vec<(Object, Object)> = digest
                    .logs
                    .iter_mut()
                    .map(|log| {
                        let to = Object::new(&bucket, log.object.key.clone());
                        (std::mem::replace(&mut log.object, to.clone()), to)
                    })
                    .collect();
                for (from, to) in moved {
                    scene.rename(&from, &to);
                }
            }
        },
    )
    .benign()
    .reach(Reach::All),
    Case::stored(
        "folder-markers",
        "Consoles left empty objects for folders, and Insights events lie beside the log files.",
        |scene, _| {
            let place = scene.chain().place.clone();
            let root = scene.setup.root(&place.account);
            for folder in ["CloudTrail", "CloudTrail-Digest"] {
                for key in [
                    format!("{root}/{folder}/"),
                    format!("{root}/{folder}/{}/", place.region),
                ] {
                    let marker = Object::new(&scene.setup.bucket, key);
                    scene.put(&marker, Stored::plain(Vec::new()));
                }
            }
            let log = scene.log(0).object;
            let insight = log.key.replace("CloudTrail", "CloudTrail-Insight");
            let body = scene.get(&log).body.clone();
            scene.put(&log.beside(insight), Stored::plain(body));
        },
    )
    .benign(),
];
