//! What is signed, and not as it should be: only who has a key can do it.

use jiff::{SignedDuration, Timestamp};

use super::super::chain::{Document, Plan};
use super::super::packing::{gunzip, gzip, sha256};
use super::super::setup::{HOUR, iso};
use super::super::signing::{Key, Listed};
use super::{Case, Reach, Scene, Truth};

/// The label of a key that is not CloudTrail's.
const ATTACKER: &str = "attacker";

/// Changes the hour's digest before it is signed.
fn to_digest(
    scene: &mut Scene<'_>,
    truth: &mut Truth,
    kind: &'static str,
    edit: fn(&mut Document, &Plan<'_>),
) {
    scene.digest_mut().edits.push(edit);
    truth.note(kind, scene.object());
}

/// Lets the digest begin so many minutes later.
fn begin_later(document: &mut Document, minutes: i64) {
    let start: Timestamp = document.digest_start_time.parse().unwrap();
    document.digest_start_time = iso(start + SignedDuration::from_mins(minutes));
}

/// A digest that an attacker adds behind the newest one, ending so much later.
fn forged_after_newest(scene: &mut Scene<'_>, truth: &mut Truth, later: SignedDuration) {
    let mut forged = scene.chain().digests.last().unwrap().clone();
    forged.start = forged.end;
    forged.end += later;
    forged.logs.clear();
    forged.key = forged.key.labelled(ATTACKER);
    let plan = Plan {
        setup: scene.setup,
        before: &[],
    };
    let stored = forged.write(&plan, scene.chain().digests.last());
    let object = forged.object(scene.setup);
    scene.put(&object, stored);
    truth.note("digest-unknown-key", object);
}

pub(super) const CASES: &[Case] = &[
    Case::signed(
        "event-of-another-account",
        "A log file holds an event of another account, and its digest has the hash of it.",
        |scene, _| {
            let log = scene.log(0);
            let (account, other) = (&log.object.key, "999988887777");
            let account = account.split('/').find(|part| part.len() == 12).unwrap();
            let ours = format!(r#""recipientAccountId":"{account}""#);
            let text = String::from_utf8(gunzip(&scene.get(&log.object).body)).unwrap();
            let odd = text.replacen(&ours, &format!(r#""recipientAccountId":"{other}""#), 1);
            assert_ne!(odd, text, "the case needs log files with events");
            scene.digest_mut().logs[0].sha256 = sha256(odd.as_bytes());
            scene.change(&log.object, |_| gzip(odd.as_bytes(), 6));
        },
    )
    .benign(),
    Case::signed(
        "previous-hash-wrong",
        "A genuine digest has a wrong hash of the one before it.",
        |scene, truth| {
            to_digest(scene, truth, "digest-broken-link", |document, _| {
                document.previous_digest_hash_value = Some("0".repeat(64));
            });
        },
    )
    .reach(Reach::Around(1, 0)),
    Case::signed(
        "previous-signature-wrong",
        "A genuine digest has a wrong signature of the one before it.",
        |scene, truth| {
            to_digest(scene, truth, "digest-broken-link", |document, _| {
                document.previous_digest_signature = Some("ab".repeat(256));
            });
        },
    )
    .reach(Reach::Around(1, 0)),
    Case::signed(
        "previous-skipped",
        "A genuine digest names the one before the one before it.",
        |scene, truth| {
            to_digest(scene, truth, "digest-broken-link", |document, plan| {
                let older = &plan.before[plan.before.len() - 2];
                document.previous_key = Some(older.key.clone());
            });
            truth.note("digest-unreferenced", scene.object_at(-1));
        },
    )
    .reach(Reach::Around(2, 0)),
    Case::signed(
        "time-hole",
        "A digest begins twenty minutes after the one that it names ended.",
        |scene, truth| {
            let later = |document: &mut Document, _: &Plan<'_>| begin_later(document, 20);
            to_digest(scene, truth, "digest-time-hole", later);
        },
    )
    .reach(Reach::Around(1, 0)),
    Case::signed(
        "time-overlap",
        "A digest begins twenty minutes before the one that it names ended.",
        |scene, truth| {
            let earlier = |document: &mut Document, _: &Plan<'_>| begin_later(document, -20);
            to_digest(scene, truth, "digest-time-hole", earlier);
        },
    )
    .reach(Reach::Around(1, 0)),
    Case::signed(
        "wrong-key",
        "A digest names CloudTrail's key and is signed with another.",
        |scene, truth| {
            let digest = scene.digest_mut();
            digest.claims = Some(digest.key.fingerprint());
            digest.key = digest.key.labelled(ATTACKER);
            truth.note("digest-bad-signature", scene.object());
        },
    ),
    Case::signed(
        "forged-digest",
        "A digest is signed with a key that CloudTrail does not know.",
        |scene, truth| {
            let digest = scene.digest_mut();
            digest.key = digest.key.labelled(ATTACKER);
            truth.note("digest-unknown-key", scene.object());
        },
    ),
    Case::signed(
        "forged-chain",
        "All digests from an hour on are signed with a key that CloudTrail does not know.",
        |scene, truth| {
            let (hour, setup) = (scene.hour(), scene.setup);
            for digest in &mut scene.chain_mut().digests[hour..] {
                digest.key = digest.key.labelled(ATTACKER);
                truth.note("digest-unknown-key", digest.object(setup));
            }
        },
    )
    .reach(Reach::Onwards),
    Case::stored(
        "forged-digest-added",
        "A forged digest lies an hour behind the newest; it names that one rightly.",
        |scene, truth| forged_after_newest(scene, truth, HOUR),
    )
    .reach(Reach::Newest(1)),
    Case::stored(
        "forged-digest-off-beat",
        "A forged digest lies forty minutes behind the newest, where none ends.",
        |scene, truth| forged_after_newest(scene, truth, SignedDuration::from_mins(40)),
    )
    .reach(Reach::Newest(1)),
    Case::signed(
        "other-regions-key",
        "A digest is signed with CloudTrail's key of another Region.",
        |scene, truth| {
            let region = scene.other_chain().place.region.clone();
            let digest = scene.digest_mut();
            digest.key = digest.key.labelled(&region);
            truth.note("digest-unknown-key", scene.object());
        },
    )
    .two_regions(),
    Case::signed(
        "expired-key",
        "A digest is signed with a key of CloudTrail's that it had ceased to use.",
        |scene, truth| {
            let start = scene.setup.start;
            let old = Key::new("old", start - HOUR * 24 * 60, start + HOUR / 2);
            let region = scene.digest().place.region.clone();
            scene.keys.get_mut(&region).unwrap().push(old.clone());
            scene.digest_mut().key = old;
            truth.note("digest-expired-key", scene.object());
        },
    )
    .reach(Reach::Around(1, 0)),
    Case::laid(
        "key-inconsistent",
        "The Region's key is listed with the value of another, so that its fingerprint is wrong.",
        |scene, _| {
            let region = scene.chain().place.region.clone();
            for key in scene.keys.get_mut(&region).unwrap() {
                key.listed = Listed::Inconsistent;
            }
        },
    )
    .benign()
    .reach(Reach::All),
    Case::signed(
        "log-digested-with-two-hashes",
        "Two digests name a log file, the earlier one with a wrong hash.",
        |scene, truth| {
            let mut log = scene.log(0);
            log.sha256 = "5".repeat(64);
            truth.note("log-modified", log.object.clone());
            scene.digest_at_mut(-1).logs.push(log);
        },
    )
    .reach(Reach::Around(1, 0)),
    Case::signed(
        "log-never-digested",
        "CloudTrail delivered a log file late, and no digest names it.",
        |scene, truth| {
            truth.note("log-unreferenced", scene.digest_mut().logs.remove(0).object);
        },
    ),
    Case::signed(
        "log-extra-in-empty-hour",
        "A forged log file lies in an hour whose digest names none.",
        |scene, truth| {
            for log in std::mem::take(&mut scene.digest_mut().logs) {
                scene.delete(&log.object);
            }
            let (object, stored) = scene.unknown_log(12, "extra");
            scene.put(&object, stored);
            truth.note("log-unreferenced", object);
        },
    ),
];
