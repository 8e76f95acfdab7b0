use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use super::super::{BUDGET, Evidence, IN_FLIGHT};
use super::server::{Answer, Asked, serve, serve_within};
use crate::digest::object::Object;
use crate::digest::store::{Body, Metadata, Store, Unreadable, UnreadableKind};

type Taken = BTreeMap<u64, Result<Body, Unreadable>>;

fn objects(count: u64) -> impl Iterator<Item = (u64, Object)> {
    (0..count).map(|number| (number, Object::new("logs", format!("key/{number}"))))
}

/// Everything that is taken; each number once.
fn read(evidence: &Evidence, count: u64) -> Taken {
    let taken = Mutex::new(Taken::new());
    evidence.read(&mut objects(count), &|number, object, result| {
        assert_eq!(object.key, format!("key/{number}"));
        let before = taken.lock().unwrap().insert(number, result);
        assert_eq!(before, None, "{number} was taken twice");
    });
    taken.into_inner().unwrap()
}

fn read_one(
    answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
) -> (Result<Body, Unreadable>, usize) {
    let (evidence, seen) = serve(answer);
    let result = read(&evidence, 1).remove(&0).unwrap();
    (result, seen.targets().len())
}

/// The kind and the words of an object that was asked for once.
fn refused(answer: Answer) -> (UnreadableKind, String) {
    let (result, asked) = read_one(move |_| answer.clone());
    assert_eq!(asked, 1);
    let why = result.unwrap_err();
    (why.kind, why.detail)
}

#[test]
fn what_a_proxy_sends_in_the_place_of_an_object_is_not_the_object() {
    for page in ["", "<html>Sign in to go on.</html>"] {
        let (result, asked) = read_one(|_| Answer::of_a_proxy(page));
        let why = result.unwrap_err();
        assert_eq!(why.kind, UnreadableKind::Transient);
        assert!(why.detail.contains("`ETag`"), "{}", why.detail);
        assert_eq!(asked, 3);
    }
}

#[test]
fn every_object_is_asked_for_exactly_once_over_few_connections() {
    let (evidence, seen) = serve(|asked| Answer::new(200, asked.target.clone()));
    let taken = read(&evidence, 1000);
    assert_eq!(taken.len(), 1000);
    for (number, result) in taken {
        let expected = format!("/logs/key/{number}?x-id=GetObject");
        assert_eq!(result.unwrap().bytes, expected.into_bytes());
    }
    assert_eq!(seen.targets().len(), 1000);
    let connections = seen.connections.load(Ordering::SeqCst);
    assert!(connections <= IN_FLIGHT, "{connections}");
}

#[test]
fn many_objects_are_in_flight_but_not_more_than_the_limit_over_all_readings() {
    // After the first, which finds the bucket, nobody is answered until all turns are taken.
    let (begun, all_begun) = (Mutex::new(0), Condvar::new());
    let (evidence, seen) = serve(move |_| {
        let mut begun = begun.lock().unwrap();
        *begun += 1;
        if *begun > 1 {
            all_begun.notify_all();
            drop(
                all_begun
                    .wait_while(begun, |begun| *begun <= IN_FLIGHT)
                    .unwrap(),
            );
        }
        Answer::new(200, "x")
    });
    read(&evidence, 1);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| read(&evidence, 200));
        }
    });
    assert_eq!(seen.peak.load(Ordering::SeqCst), IN_FLIGHT);
}

#[test]
fn the_bytes_are_those_stored_and_the_metadata_is_known() {
    let (result, _) = read_one(|_| {
        Answer::new(200, b"\x1f\x8b\x08garbage".to_vec())
            .with("Content-Encoding", "gzip")
            .with("X-AMZ-Meta-Signature", "abc")
            .with("x-amz-meta-signature-algorithm", "SHA256withRSA")
    });
    let body = result.unwrap();
    assert_eq!(body.bytes, b"\x1f\x8b\x08garbage");
    let expected = Metadata::Known {
        signature: Some("abc".to_owned()),
        algorithm: Some("SHA256withRSA".to_owned()),
        backfilled: None,
    };
    assert_eq!(body.metadata, expected);
}

#[test]
fn a_body_that_breaks_off_is_asked_for_again() {
    for broken in [0, 1, 99] {
        let (result, asked) = read_one(move |asked| {
            let whole = Answer::new(200, vec![7; 100]);
            match asked.before {
                0 | 1 => whole.cut_after(broken),
                _ => whole,
            }
        });
        assert_eq!(result.unwrap().bytes, vec![7; 100]);
        assert_eq!(asked, 3);
    }
}

#[test]
fn a_body_that_always_breaks_off_is_never_handed_over() {
    let (result, asked) = read_one(|_| Answer::new(200, vec![7; 100]).cut_after(99));
    let why = result.unwrap_err();
    assert_eq!(why.kind, UnreadableKind::Transient);
    assert!(why.detail.contains("99 of 100 bytes"), "{}", why.detail);
    assert_eq!(asked, 3);
}

#[test]
fn a_body_that_does_not_come_ends_with_the_time_for_one_call() {
    let limit = Duration::from_millis(300);
    let (evidence, seen) = serve_within(limit, None, |asked| {
        let whole = Answer::new(200, vec![7; 100]);
        match asked.before {
            0 => whole.stalled_after(50),
            _ => whole,
        }
    });
    let body = read(&evidence, 1).remove(&0).unwrap().unwrap();
    assert_eq!((body.bytes.len(), seen.targets().len()), (100, 2));
}

#[test]
fn refusals_say_what_they_are() {
    use UnreadableKind::{Denied, Missing, Other, Throttled, Transient};
    for (status, code, kind) in [
        (404, "NoSuchKey", Missing),
        (404, "NoSuchBucket", Missing),
        (404, "NoSuchUpload", Other),
        (403, "AccessDenied", Denied),
        (403, "ExpiredToken", Denied),
        (403, "AllAccessDisabled", Denied),
        (400, "KMS.DisabledException", Denied),
        (400, "KMS.NotFoundException", Denied),
        (400, "KMS.KMSInvalidStateException", Denied),
        (400, "KMS.ThrottlingException", Throttled),
        (400, "KMS.KMSInternalException", Transient),
        (503, "SlowDown", Throttled),
        (503, "ServiceUnavailable", Throttled),
        (500, "InternalError", Transient),
        (400, "RequestTimeout", Transient),
        (400, "InvalidRequest", Other),
        (405, "MethodNotAllowed", Other),
    ] {
        let (found, detail) = refused(Answer::error(status, code));
        assert_eq!(found, kind, "{code}: {detail}");
        assert!(detail.contains("so says the service"), "{detail}");
        assert!(detail.contains(code), "{detail}");
    }
    let (kind, detail) = refused(Answer::new(404, "<html>not here</html>"));
    assert_eq!(kind, Other, "{detail}");
}

#[test]
fn a_denial_says_what_to_grant() {
    let (_, detail) = refused(Answer::error(403, "AccessDenied"));
    assert!(
        detail.contains("`s3:GetObject` on `s3://logs/key/0`"),
        "{detail}"
    );
    assert!(detail.contains("`kms:Decrypt`"), "{detail}");
}

#[test]
fn an_archived_object_names_its_storage_class() {
    let body = "<Error><Code>InvalidObjectState</Code><Message>no</Message>\
                <StorageClass>DEEP_ARCHIVE</StorageClass></Error>";
    let (kind, detail) = refused(Answer::new(403, body));
    assert_eq!(kind, UnreadableKind::Archived);
    assert!(
        detail.contains("`DEEP_ARCHIVE`") && detail.contains("restored"),
        "{detail}"
    );
}

#[test]
fn a_delete_marker_is_missing_and_mentioned() {
    let hidden = Answer::error(404, "NoSuchKey").with("x-amz-delete-marker", "true");
    let (kind, detail) = refused(hidden);
    assert_eq!(kind, UnreadableKind::Missing);
    assert!(detail.contains("delete marker"), "{detail}");
}

#[test]
fn what_is_too_large_or_has_no_length_is_not_read() {
    let huge = Answer {
        head: format!(
            "HTTP/1.1 200 OK\r\nETag: \"0\"\r\nContent-Length: {}\r\n",
            (1_u64 << 30) + 1
        ),
        stall: true,
        ..Answer::default()
    };
    let (kind, detail) = refused(huge);
    assert_eq!(kind, UnreadableKind::TooLarge, "{detail}");
    assert!(detail.contains("1073741825"), "{detail}");
    let endless = Answer {
        head: "HTTP/1.1 200 OK\r\nETag: \"0\"\r\nTransfer-Encoding: chunked\r\n".to_owned(),
        body: b"1\r\nx\r\n0\r\n\r\n".to_vec(),
        ..Answer::default()
    };
    assert_eq!(refused(endless).0, UnreadableKind::Other);
}

#[test]
fn bytes_held_are_bounded_and_what_is_larger_than_the_bound_is_read_alone() {
    let sizes = |number: u64| match number {
        5 => BUDGET as usize + 1,
        _ => 2 << 20,
    };
    let (evidence, _) = serve(move |asked| {
        let number = asked.target.split(['/', '?']).nth(3).unwrap();
        Answer::new(200, vec![0; sizes(number.parse().unwrap())])
    });
    let (held, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
    evidence.read(&mut objects(20), &|number, _, result| {
        let bytes = result.unwrap().bytes;
        assert_eq!(bytes.len(), sizes(number));
        let now = held.fetch_add(bytes.len(), Ordering::SeqCst) + bytes.len();
        assert!(number != 5 || now == bytes.len(), "{now}");
        std::thread::sleep(Duration::from_millis(5));
        held.fetch_sub(bytes.len(), Ordering::SeqCst);
        let free = evidence.asker.bytes.available_permits();
        assert!(
            free + bytes.len().min(BUDGET as usize) <= BUDGET as usize,
            "{free}"
        );
        taken.fetch_add(1, Ordering::SeqCst);
    });
    assert_eq!(taken.into_inner(), 20);
    assert_eq!(evidence.asker.bytes.available_permits(), BUDGET as usize);
    assert_eq!(evidence.asker.gets.available_permits(), IN_FLIGHT);
}

#[test]
fn after_the_deadline_everything_is_taken_as_unreadable() {
    let timeout = Duration::from_millis(400);
    let (evidence, _) = serve_within(Duration::from_secs(20), Some(timeout), |asked| {
        let stalls = asked.target.contains("/1?");
        let whole = Answer::new(200, "whole");
        if stalls {
            whole.stalled_after(1)
        } else {
            whole
        }
    });
    let mut taken = read(&evidence, 3);
    let why = taken.remove(&1).unwrap().unwrap_err();
    assert_eq!(why.kind, UnreadableKind::Transient);
    assert!(why.detail.contains("--timeout"), "{}", why.detail);
    assert!(taken.into_values().all(|result| result.is_ok()));
    let late = read(&evidence, 1000);
    assert_eq!(late.len(), 1000);
    assert!(late.into_values().all(|result| result.is_err()));
}

#[test]
fn stopping_ends_what_waits() {
    let (evidence, seen) = serve(|_| Answer::new(200, "whole").stalled_after(1));
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| read(&evidence, 200));
        while seen.connections.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        evidence.stop();
        let taken = reading.join().unwrap();
        assert_eq!(taken.len(), 200);
        for result in taken.into_values() {
            assert!(result.unwrap_err().detail.contains("interrupted"));
        }
    });
}

#[test]
fn a_panic_of_who_takes_ends_the_reading_and_is_passed_on() {
    let (evidence, _) = serve(|asked| {
        let whole = Answer::new(200, "whole");
        match asked.target.contains("/3?") {
            true => whole,
            false => whole.stalled_after(1),
        }
    });
    let panic = catch_unwind(AssertUnwindSafe(|| {
        evidence.read(&mut objects(500), &|number, _, _| panic!("at {number}"));
    }))
    .unwrap_err();
    assert_eq!(panic.downcast_ref::<String>().unwrap(), "at 3");
}

#[test]
fn a_panic_of_what_is_wanted_is_passed_on() {
    let (evidence, _) = serve(|_| Answer::new(200, "whole"));
    let mut wanted = objects(10).inspect(|(number, _)| assert_ne!(*number, 5, "five"));
    catch_unwind(AssertUnwindSafe(|| {
        evidence.read(&mut wanted, &|_, _, _| {})
    }))
    .unwrap_err();
}

#[test]
fn the_first_refusal_tells_where_the_bucket_is_and_the_others_ask_there() {
    for (status, code) in [
        (301, "PermanentRedirect"),
        (400, "AuthorizationHeaderMalformed"),
    ] {
        let (evidence, seen) = serve(move |asked| match asked.region.as_str() {
            "eu-west-1" => Answer::new(200, "whole"),
            _ if status == 301 => {
                Answer::error(status, code).with("x-amz-bucket-region", "eu-west-1")
            }
            _ => Answer::new(
                status,
                format!(
                    "<Error><Code>{code}</Code><Message>no</Message>\
                     <Region>eu-west-1</Region></Error>"
                ),
            ),
        });
        assert!(
            read(&evidence, 100)
                .into_values()
                .all(|result| result.is_ok())
        );
        let regions = seen.regions();
        let astray = regions.iter().filter(|region| *region == "us-east-1");
        assert_eq!((regions.len(), astray.count()), (101, 1), "{code}");
    }
}

#[test]
fn a_key_may_hold_what_a_path_would_not() {
    for key in [
        "a/../b",
        "a//b",
        "/a",
        "a b+c%2Fd?e=f&g#h",
        "./a",
        "line\nbreak\u{1}",
        "ä",
    ] {
        let (evidence, seen) = serve(|_| Answer::new(200, "whole"));
        let mut wanted = [(0, Object::new("logs", key))].into_iter();
        evidence.read(&mut wanted, &|_, _, result| {
            assert!(result.is_ok(), "{result:?}")
        });
        let target = seen.targets().remove(0);
        let path = target
            .strip_prefix("/logs/")
            .unwrap()
            .split('?')
            .next()
            .unwrap();
        let decoded = percent_encoding::percent_decode_str(path)
            .decode_utf8()
            .unwrap();
        assert_eq!(decoded, key, "{target}");
    }
}
