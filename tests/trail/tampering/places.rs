//! Log files that are not where they belong, or that do not belong at all.

use jiff::Timestamp;

use super::super::objects::Object;
use super::super::setup::HOUR;
use super::{Case, Reach};

pub(super) const CASES: &[Case] = &[
    Case::stored("log-deleted", "A log file is gone.", |scene, truth| {
        let object = scene.log(0).object;
        scene.delete(&object);
        truth.note("log-missing", object);
    }),
    Case::stored(
        "logs-deleted",
        "All log files of an hour are gone.",
        |scene, truth| {
            for log in scene.digest().logs.clone() {
                scene.delete(&log.object);
                truth.note("log-missing", log.object);
            }
        },
    ),
    Case::stored(
        "log-moved",
        "A log file has another name.",
        |scene, truth| {
            let object = scene.log(0).object;
            let to = object.beside(object.key.replace(".json.gz", "-old.json.gz"));
            scene.rename(&object, &to);
            truth.note("log-missing", object);
            truth.note("log-unreferenced", to);
        },
    ),
    Case::stored(
        "log-moved-to-other-day",
        "A log file lies in the folder of another day.",
        |scene, truth| {
            let object = scene.log(0).object;
            let day = |time: Timestamp| time.strftime("/%Y/%m/%d/").to_string();
            let digests = &scene.chain().digests;
            let before = day(digests[0].start - HOUR);
            let behind = day(digests[digests.len() - 1].end);
            let (own, other) = match object.key.contains(&before) {
                true => (before, behind),
                false => (behind, before),
            };
            assert_ne!(own, other, "the case needs a trail that touches two days");
            let to = object.beside(object.key.replace(&own, &other));
            scene.rename(&object, &to);
            truth.note("log-missing", object);
            truth.note("log-unreferenced", to);
        },
    ),
    Case::stored(
        "log-moved-to-other-region",
        "A log file lies in another Region's folder, with that Region in its name.",
        |scene, truth| {
            let object = scene.log(0).object;
            let (from, to) = (
                &scene.chain().place.region,
                &scene.other_chain().place.region,
            );
            let to = object.beside(object.key.replace(from.as_str(), to));
            scene.rename(&object, &to);
            truth.note("log-missing", object);
            truth.note("log-unreferenced", to);
        },
    )
    .two_regions()
    // The other chain may begin later, and end earlier.
    .reach(Reach::Around(1, 1)),
    Case::stored(
        "log-extra",
        "A forged log file lies in an hour whose digest does not name it.",
        |scene, truth| {
            let (object, stored) = scene.unknown_log(12, "extra");
            scene.put(&object, stored);
            truth.note("log-unreferenced", object);
        },
    ),
    Case::stored(
        "log-odd-name",
        "A forged log file has a line break and a control character in its name.",
        |scene, truth| {
            let (object, stored) = scene.unknown_log(12, "odd");
            let odd = object.beside(object.key.replace(".json.gz", "\n\u{1b}[2K.json.gz"));
            scene.put(&odd, stored);
            truth.note("log-unreferenced", odd);
        },
    ),
    Case::stored(
        "log-duplicated",
        "A log file is there twice; no digest names the copy.",
        |scene, truth| {
            let object = scene.log(0).object;
            let stem = object.key.len() - "0123456789abcdef.json.gz".len();
            let to = object.beside(format!("{}{}.json.gz", &object.key[..stem], "B".repeat(16)));
            scene.copy(&object, &to);
            truth.note("log-unreferenced", to);
        },
    ),
    Case::stored(
        "logs-undigested",
        "Two log files were delivered after the newest digest, as is usual.",
        |scene, truth| {
            let hours = (scene.chain().digests.len() - scene.hour()) as i64;
            let bucket = scene.chain().digests[scene.chain().digests.len() - 1]
                .bucket
                .clone();
            for part in 1..=2 {
                let (object, stored) = scene.unknown_log(hours * 60 + 6 * part, "late");
                let object = Object::new(&bucket, object.key);
                scene.put(&object, stored);
                truth.note("log-not-yet-digested", object);
            }
        },
    )
    .benign()
    .reach(Reach::Newest(1)),
];
