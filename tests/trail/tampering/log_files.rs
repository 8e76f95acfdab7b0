//! Log files whose content was touched.

use super::super::packing::{bomb, claiming, empty_member, gunzip, gzip, gzip_as_others_do};
use super::scene::forge;
use super::{Case, Scene, Truth};

/// Does that to the bytes of the hour's first log file.
fn to_log(
    scene: &mut Scene<'_>,
    truth: &mut Truth,
    kind: &'static str,
    edit: impl FnOnce(Vec<u8>) -> Vec<u8>,
) {
    let object = scene.log(0).object;
    truth.note(kind, scene.change(&object, edit));
}

pub(super) const CASES: &[Case] = &[
    Case::stored(
        "log-modified",
        "A log file's events were rewritten.",
        |scene, truth| {
            to_log(scene, truth, "log-modified", forge);
        },
    ),
    Case::stored(
        "log-swapped",
        "Two log files changed places.",
        |scene, truth| {
            let (one, other) = (scene.log(0).object, scene.log(1).object);
            let (first, second) = (scene.get(&one).clone(), scene.get(&other).clone());
            scene.put(&one, second);
            scene.put(&other, first);
            truth.note("log-modified", one);
            truth.note("log-modified", other);
        },
    ),
    Case::stored(
        "log-swapped-across-regions",
        "Two log files of different Regions changed places.",
        |scene, truth| {
            let hour = scene.hour();
            let (one, other) = (
                scene.log(0).object,
                scene.other_chain().digests[hour].logs[0].object.clone(),
            );
            let (first, second) = (scene.get(&one).clone(), scene.get(&other).clone());
            scene.put(&one, second);
            scene.put(&other, first);
            truth.note("log-modified", one);
            truth.note("log-modified", other);
        },
    )
    .two_regions(),
    Case::stored(
        "log-truncated",
        "The second half of a log file is gone.",
        |scene, truth| {
            to_log(scene, truth, "log-modified", |mut body| {
                body.truncate(body.len() / 2);
                body
            });
        },
    ),
    Case::stored(
        "log-trailer-cut",
        "A log file has all its events, but not the CRC and the length at its end.",
        |scene, truth| {
            to_log(scene, truth, "log-bad-gzip", |mut body| {
                body.truncate(body.len() - 8);
                body
            });
        },
    ),
    Case::stored(
        "log-crc-broken",
        "A log file has all its events, but the CRC at its end is another.",
        |scene, truth| {
            to_log(scene, truth, "log-bad-gzip", |mut body| {
                let crc = body.len() - 8;
                body[crc..crc + 4].iter_mut().for_each(|byte| *byte ^= 0xff);
                body
            });
        },
    ),
    Case::stored(
        "log-length-claims-1gb",
        "A log file has all its events, but the length at its end is a gigabyte.",
        |scene, truth| {
            to_log(scene, truth, "log-bad-gzip", |body| claiming(body, 1 << 30));
        },
    ),
    Case::stored(
        "log-appended-member",
        "A second gzip member with forged events follows a log file.",
        |scene, truth| {
            let (_, more) = scene.unknown_log(0, "appended");
            to_log(scene, truth, "log-trailing-data", |body| {
                [body, more.body].concat()
            });
        },
    ),
    Case::stored(
        "log-appended-empty-member",
        "A second gzip member of no bytes follows a log file.",
        |scene, truth| {
            to_log(scene, truth, "log-trailing-data", |body| {
                [body, empty_member()].concat()
            });
        },
    ),
    Case::stored(
        "log-appended-garbage",
        "Bytes that are no gzip follow a log file.",
        |scene, truth| {
            to_log(scene, truth, "log-trailing-data", |body| {
                [body, vec![0; 64]].concat()
            });
        },
    ),
    Case::stored(
        "log-appended-trailer",
        "Bytes follow a log file, the last eight of which are its own CRC and length again.",
        |scene, truth| {
            to_log(scene, truth, "log-trailing-data", |body| {
                let trailer = body[body.len() - 8..].to_vec();
                [body, b"not what was delivered".to_vec(), trailer].concat()
            });
        },
    ),
    Case::stored(
        "log-not-gzip",
        "A log file lies there unpacked.",
        |scene, truth| {
            to_log(scene, truth, "log-bad-gzip", |body| gunzip(&body));
        },
    ),
    Case::stored("log-empty", "A log file has no bytes.", |scene, truth| {
        to_log(scene, truth, "log-modified", |_| Vec::new());
    }),
    Case::stored(
        "log-gzip-bomb",
        "A log file unpacks to 256 MiB of nothing.",
        |scene, truth| {
            let object = scene.log(0).object;
            let object = scene.change(&object, |_| bomb());
            truth.note_either("log-modified", &["log-unreadable"], object);
        },
    ),
    Case::stored(
        "log-recompressed",
        "A log file was packed anew; its content is the same.",
        |scene, _| {
            let object = scene.log(0).object;
            scene.change(&object, |body| gzip(&gunzip(&body), 9));
        },
    )
    .benign(),
    Case::stored(
        "log-repacked-with-name",
        "A log file was packed anew, with a name and a time before the same content.",
        |scene, _| {
            let object = scene.log(0).object;
            scene.change(&object, |body| gzip_as_others_do(&gunzip(&body)));
        },
    )
    .benign(),
    Case::stored(
        "log-archived",
        "A log file was moved to GLACIER, from which nothing can be read at once.",
        |scene, truth| {
            let object = scene.log(0).object;
            let mut stored = scene.get(&object).clone();
            stored.storage_class = "GLACIER".to_owned();
            scene.put(&object, stored);
            truth.note("log-unreadable", object);
        },
    )
    .benign(),
];
