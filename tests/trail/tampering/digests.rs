//! Digests that were touched after they were signed.

use jiff::SignedDuration;

use super::super::objects::Object;
use super::super::packing::{bomb, gunzip, gzip, sha256};
use super::super::setup::HOUR;
use super::scene::forge;
use super::{Case, Reach, Scene, Truth};

/// Does that to the bytes of the hour's digest.
fn to_digest(
    scene: &mut Scene<'_>,
    truth: &mut Truth,
    kind: &'static str,
    edit: impl FnOnce(Vec<u8>) -> Vec<u8>,
) {
    truth.note(kind, scene.change(&scene.object(), edit));
}

fn delete(scene: &mut Scene<'_>, truth: &mut Truth, object: Object) {
    scene.delete(&object);
    truth.note("digest-missing", object);
}

/// A JSON text that nests so deep.
fn nested(depth: usize) -> Vec<u8> {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes()
}

pub(super) const CASES: &[Case] = &[
    Case::stored("digest-deleted", "A digest is gone.", |scene, truth| {
        delete(scene, truth, scene.object());
    }),
    Case::stored(
        "digest-run-deleted",
        "Three digests in a row are gone.",
        |scene, truth| {
            for offset in -1..=1 {
                delete(scene, truth, scene.object_at(offset));
            }
        },
    )
    .reach(Reach::Around(1, 1)),
    Case::stored(
        "digest-and-logs-deleted",
        "A digest is gone with all log files that it names.",
        |scene, truth| {
            for log in scene.digest().logs.clone() {
                scene.delete(&log.object);
                truth.note("log-missing", log.object);
            }
            delete(scene, truth, scene.object());
        },
    ),
    Case::stored(
        "digest-head-deleted",
        "The two newest digests are gone.",
        |scene, truth| {
            let digests = &scene.chain().digests;
            let newest: Vec<Object> = digests[digests.len() - 2..]
                .iter()
                .map(|digest| digest.object(scene.setup))
                .collect();
            for object in newest {
                delete(scene, truth, object);
            }
        },
    )
    .reach(Reach::Newest(2)),
    Case::stored(
        "digest-tail-deleted",
        "The oldest digest is gone.",
        |scene, truth| {
            delete(scene, truth, scene.chain().digests[0].object(scene.setup));
        },
    )
    .reach(Reach::Oldest),
    Case::stored(
        "digest-all-deleted",
        "All digests of the Region are gone; the log files are not.",
        |scene, truth| {
            let all: Vec<Object> = scene
                .chain()
                .written()
                .map(|digest| digest.object(scene.setup))
                .collect();
            for object in all {
                delete(scene, truth, object);
            }
        },
    )
    .reach(Reach::All),
    Case::stored(
        "digest-modified",
        "A digest does not name one of its log files any more.",
        |scene, truth| {
            let object = scene.edit(|document| drop(document.log_files.remove(0)));
            truth.note("digest-bad-signature", object);
        },
    ),
    Case::stored(
        "digest-and-log-modified",
        "A log file was rewritten, and its digest has the new hash.",
        |scene, truth| {
            let log = scene.log(0).object;
            scene.change(&log, forge);
            let hash = sha256(&gunzip(&scene.get(&log).body));
            let object = scene.edit(|document| document.log_files[0].hash_value = hash);
            truth.note("digest-bad-signature", object);
            truth.note("log-modified", log);
        },
    ),
    Case::stored(
        "digest-reformatted",
        "A digest says the same in other bytes than those that were signed.",
        |scene, truth| {
            to_digest(scene, truth, "digest-bad-signature", |body| {
                let text = String::from_utf8(gunzip(&body)).unwrap();
                gzip(text.replace("\",\"", "\",\n\"").as_bytes(), 6)
            });
        },
    ),
    Case::stored(
        "digest-member-twice",
        "A digest has a second, empty list of log files, so that readers disagree about it.",
        |scene, truth| {
            let object = scene.change(&scene.object(), |body| {
                let text = String::from_utf8(gunzip(&body)).unwrap();
                let text = text.strip_suffix('}').unwrap();
                gzip(format!("{text},\"logFiles\":[]}}").as_bytes(), 6)
            });
            truth.note_either("digest-bad-signature", &["digest-bad-format"], object);
        },
    ),
    Case::stored(
        "digest-recompressed",
        "A digest was packed anew; its content is the same.",
        |scene, _| {
            scene.change(&scene.object(), |body| gzip(&gunzip(&body), 9));
        },
    )
    .benign(),
    Case::stored(
        "digest-signature-wrong",
        "A digest's signature differs from the genuine one in a bit.",
        |scene, truth| {
            let signature = scene.metadata().get_mut("signature").unwrap();
            let last = if signature.ends_with('0') { '1' } else { '0' };
            signature.pop();
            signature.push(last);
            truth.note("digest-bad-signature", scene.object());
        },
    ),
    Case::stored(
        "digest-signature-missing",
        "A digest has lost its metadata, as copies do.",
        |scene, truth| {
            scene.metadata().clear();
            truth.note("digest-no-signature", scene.object());
        },
    ),
    Case::stored(
        "newest-signature-missing",
        "The newest digest has lost its metadata; no later one has its signature.",
        |scene, truth| {
            let object = scene.chain().digests.last().unwrap().object(scene.setup);
            scene.objects.get_mut(&object).unwrap().metadata.clear();
            truth.note("digest-no-signature", object);
        },
    )
    .reach(Reach::Newest(1)),
    Case::stored(
        "digest-signature-not-hex",
        "What a digest has for a signature is no hexadecimal number.",
        |scene, truth| {
            let signature = "signed, the administrator".to_owned();
            scene.metadata().insert("signature".to_owned(), signature);
            truth.note("digest-bad-signature", scene.object());
        },
    ),
    Case::stored(
        "digest-signature-swapped",
        "A digest has the genuine signature of the one before it.",
        |scene, truth| {
            let signature = scene.digest_at(-1).signature().to_owned();
            scene.metadata().insert("signature".to_owned(), signature);
            truth.note("digest-bad-signature", scene.object());
        },
    )
    .reach(Reach::Around(1, 0)),
    Case::stored(
        "digest-signature-uppercase",
        "A digest's signature is spelled in capitals; the number is the same.",
        |scene, _| {
            scene
                .metadata()
                .get_mut("signature")
                .unwrap()
                .make_ascii_uppercase();
        },
    )
    .benign(),
    Case::stored(
        "digest-algorithm-changed",
        "A digest's metadata names another algorithm than CloudTrail's.",
        |scene, truth| {
            let name = "signature-algorithm".to_owned();
            scene.metadata().insert(name, "SHA1withRSA".to_owned());
            truth.note("digest-bad-signature", scene.object());
        },
    ),
    Case::stored(
        "digest-moved",
        "A digest's name tells seven minutes less.",
        |scene, truth| {
            let (digest, object) = (scene.digest(), scene.object());
            let end = digest.end - SignedDuration::from_mins(7);
            let to = object.beside(scene.setup.digest_key(&digest.place, end, false));
            scene.rename(&object, &to);
            truth.note("digest-missing", object);
            truth.note("digest-moved", to);
        },
    ),
    Case::stored(
        "digest-replayed",
        "In a digest's place lies a genuine older one, with its signature.",
        |scene, truth| {
            scene.copy(&scene.object_at(-2), &scene.object());
            truth.note("digest-moved", scene.object());
        },
    )
    .reach(Reach::Around(2, 0)),
    Case::stored(
        "digest-replayed-as-newest",
        "A copy of an old digest has the name of a newest one.",
        |scene, truth| {
            let last = scene.chain().digests.last().unwrap();
            let key = scene
                .setup
                .digest_key(&last.place, last.end + HOUR / 2, false);
            let copy = Object::new(&last.bucket, key);
            scene.copy(&scene.object(), &copy);
            truth.note("digest-moved", copy);
        },
    )
    .reach(Reach::Onwards),
    Case::stored(
        "digest-copied-to-other-region",
        "A copy of a digest lies in another Region's folder, with that Region in its name.",
        |scene, truth| {
            let (digest, object) = (scene.digest(), scene.object());
            let other = &scene.other_chain().place;
            let copy = object.beside(scene.setup.digest_key(other, digest.end, false));
            scene.copy(&object, &copy);
            truth.note("digest-moved", copy);
        },
    )
    .two_regions(),
    Case::stored(
        "digest-truncated",
        "The second half of a digest is gone.",
        |scene, truth| {
            to_digest(scene, truth, "digest-bad-format", |mut body| {
                body.truncate(body.len() / 2);
                body
            });
        },
    ),
    Case::stored(
        "digest-trailer-cut",
        "A digest says all that it did, but its CRC and length are gone.",
        |scene, truth| {
            to_digest(scene, truth, "digest-bad-format", |mut body| {
                body.truncate(body.len() - 8);
                body
            });
        },
    ),
    Case::stored("digest-empty", "A digest has no bytes.", |scene, truth| {
        to_digest(scene, truth, "digest-bad-format", |_| Vec::new());
    }),
    Case::stored(
        "digest-not-gzip",
        "A digest lies there unpacked.",
        |scene, truth| {
            to_digest(scene, truth, "digest-bad-format", |body| gunzip(&body));
        },
    ),
    Case::stored(
        "digest-not-json",
        "A digest is packed text that is no JSON.",
        |scene, truth| {
            to_digest(scene, truth, "digest-bad-format", |_| {
                gzip(b"All is well.", 6)
            });
        },
    ),
    Case::stored(
        "digest-nested",
        "A digest is JSON, nested 100,000 deep.",
        |scene, truth| {
            to_digest(scene, truth, "digest-bad-format", |_| {
                gzip(&nested(100_000), 6)
            });
        },
    ),
    Case::stored(
        "digest-gzip-bomb",
        "A digest unpacks to 256 MiB of nothing.",
        |scene, truth| {
            let object = scene.change(&scene.object(), |_| bomb());
            // A digest may be larger than a verifier reads, which proves nothing.
            truth.note_either("digest-unreadable", &["digest-bad-format"], object);
        },
    ),
    Case::stored(
        "digest-field-missing",
        "A digest does not tell its end.",
        |scene, truth| {
            to_digest(scene, truth, "digest-bad-format", |body| {
                let mut json: serde_json::Value = serde_json::from_slice(&gunzip(&body)).unwrap();
                json.as_object_mut().unwrap().remove("digestEndTime");
                gzip(json.to_string().as_bytes(), 6)
            });
        },
    ),
    Case::stored(
        "digest-appended-member",
        "A second gzip member follows a digest.",
        |scene, truth| {
            to_digest(scene, truth, "digest-trailing-data", |body| {
                [body, gzip(br#"{"logFiles":[]}"#, 6)].concat()
            });
        },
    ),
    Case::stored(
        "digest-appended-garbage",
        "Bytes that are no gzip follow a digest.",
        |scene, truth| {
            to_digest(scene, truth, "digest-trailing-data", |body| {
                [body, vec![0; 64]].concat()
            });
        },
    ),
    Case::stored(
        "digest-archived",
        "A digest was moved to GLACIER, from which nothing can be read at once.",
        |scene, truth| {
            let object = scene.object();
            scene.objects.get_mut(&object).unwrap().storage_class = "GLACIER".to_owned();
            truth.note("digest-unreadable", object);
        },
    )
    .benign(),
];
