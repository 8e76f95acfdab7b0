//! Digests for what the regular ones missed.

use super::super::chain::Digest;
use super::super::packing::{gunzip, gzip};
use super::super::setup::HOUR;
use super::super::signing::Key;
use super::scene::forge;
use super::{Case, Reach, Scene};

const REACH: Reach = Reach::Around(1, 0);

/// Takes the last log file of the hour and of the one before it out of their digests, and
/// has a backfill digest name each; returns where these two are.
fn add(scene: &mut Scene<'_>) -> (usize, usize) {
    for offset in [-1, 0] {
        let late = scene.digest_at_mut(offset);
        let log = late.logs.pop().expect("the case needs log files");
        let backfill = Digest {
            logs: vec![log],
            backfill: true,
            starts_chain: false,
            ..late.clone()
        };
        scene.chain_mut().backfills.push(backfill);
    }
    let count = scene.chain().backfills.len();
    (count - 2, count - 1)
}

pub(super) const CASES: &[Case] = &[
    Case::signed(
        "backfill",
        "Late log files are named by backfill digests, a chain of their own.",
        |scene, _| {
            add(scene);
        },
    )
    .benign()
    .reach(REACH),
    Case::signed(
        "backfill-newer-key",
        "Backfill digests were made hours later, with the key that CloudTrail had by then.",
        |scene, _| {
            let (first, last) = add(scene);
            let chain = scene.chain();
            let region = chain.place.region.clone();
            let from = chain.backfills[last].end + HOUR * 4;
            let newer = Key::new("newer", from, from + HOUR * 24 * 30);
            for backfill in &mut scene.chain_mut().backfills[first..=last] {
                backfill.key = newer.clone();
            }
            scene.keys.get_mut(&region).unwrap().push(newer);
        },
    )
    .benign()
    .reach(REACH),
    Case::signed(
        "backfill-log-modified",
        "A log file that a backfill digest names was rewritten.",
        |scene, truth| {
            let (_, last) = add(scene);
            let object = scene.chain().backfills[last].logs[0].object.clone();
            truth.note("log-modified", scene.change(&object, forge));
        },
    )
    .reach(REACH),
    Case::signed(
        "backfill-wrong-key",
        "A backfill digest names CloudTrail's key and is signed with another.",
        |scene, truth| {
            let (_, last) = add(scene);
            let setup = scene.setup;
            let backfill = &mut scene.chain_mut().backfills[last];
            backfill.claims = Some(backfill.key.fingerprint());
            backfill.key = backfill.key.labelled("attacker");
            truth.note("digest-bad-signature", backfill.object(setup));
        },
    )
    .reach(REACH),
    Case::signed(
        "backfill-modified",
        "A backfill digest names another log file than it did.",
        |scene, truth| {
            let (_, last) = add(scene);
            let setup = scene.setup;
            let backfill = &mut scene.chain_mut().backfills[last];
            backfill.fate = |mut stored| {
                let text = String::from_utf8(gunzip(&stored.body)).unwrap();
                let other = text.replacen("\"s3Object\":\"", "\"s3Object\":\"not/", 1);
                stored.body = gzip(other.as_bytes(), 6);
                Some(stored)
            };
            truth.note("digest-bad-signature", backfill.object(setup));
        },
    )
    .reach(REACH),
    Case::signed(
        "backfill-deleted",
        "A backfill digest is gone that the next one names.",
        |scene, truth| {
            let (first, _) = add(scene);
            let setup = scene.setup;
            let backfill = &mut scene.chain_mut().backfills[first];
            backfill.fate = |_| None;
            let log = backfill.logs[0].object.clone();
            truth.note("digest-missing", backfill.object(setup));
            // The regular digest of its time is there and does not name the log file.
            truth.note_either("log-unreferenced", &["log-digest-missing"], log);
        },
    )
    .reach(REACH),
    Case::signed(
        "newest-backfill-deleted",
        "The newest backfill digest is gone, so that nothing names it, nor its log file.",
        |scene, truth| {
            let (_, last) = add(scene);
            let backfill = &mut scene.chain_mut().backfills[last];
            backfill.fate = |_| None;
            let log = backfill.logs[0].object.clone();
            truth.note("log-unreferenced", log);
        },
    )
    .reach(REACH),
];
