use std::time::Duration;

use jiff::Timestamp;

use super::super::{Evidence, EvidenceRequest};
use super::server::{Answer, Asked, serve};
use crate::digest::keys::KeySource;
use crate::digest::store::UnreadableKind;
use crate::error::Error;
use crate::source::live::Progress;

const ARN: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main";

fn trail(members: &str) -> Answer {
    Answer::new(
        200,
        format!(
            r#"{{"trailList":[{{"TrailARN":"{ARN}","Name":"main","HomeRegion":"eu-west-1",
            "IsOrganizationTrail":false,"IsMultiRegionTrail":true,
            "LogFileValidationEnabled":true{members}}}]}}"#
        ),
    )
}

fn denied() -> Answer {
    let body = r#"{"__type":"AccessDeniedException","message":"not you"}"#;
    Answer::new(400, body)
}

fn described(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Evidence {
    serve(answer).0
}

#[test]
fn opening_asks_nobody_and_refuses_what_the_caller_can_mend() {
    let mut request = EvidenceRequest {
        profile: None,
        region: Some("us-east-1".to_owned()),
        endpoint_url: Some("http://127.0.0.1:1".to_owned()),
        allow_http: false,
        role_arn: None,
        external_id: None,
        call_timeout: Duration::from_secs(1),
        timeout: None,
    };
    let progress = Progress::default();
    assert!(Evidence::open(&request, &progress).is_ok());
    assert_eq!(progress.stats().total().sent, 0);
    request.endpoint_url = Some("http://example.com".to_owned());
    let refused = Evidence::open(&request, &progress);
    assert!(matches!(refused, Err(Error::Usage(_))), "{refused:?}");
}

#[test]
fn a_trail_is_described_at_home() {
    let (evidence, seen) = serve(|asked| match asked.operation.as_str() {
        "DescribeTrails" => trail(r#","S3BucketName":"logs","S3KeyPrefix":"audit/""#),
        _ => Answer::new(200, r#"{"IsLogging":true,"StartLoggingTime":1700000000}"#),
    });
    let trail = evidence.trail(ARN).unwrap();
    assert_eq!(
        (trail.bucket.as_str(), trail.name.as_str()),
        ("logs", "main")
    );
    assert_eq!(trail.prefix.as_deref(), Some("audit"));
    assert!(trail.is_multi_region && trail.validation_enabled && !trail.is_organization);
    let started = trail.started_logging.map(Timestamp::as_second);
    assert_eq!(
        (started, trail.stopped_logging),
        (Some(1_700_000_000), None)
    );
    assert_eq!(trail.notes, [""; 0]);
    assert_eq!(seen.regions(), ["eu-west-1", "eu-west-1"]);
}

#[test]
fn without_its_status_a_trail_has_a_note() {
    let evidence = described(|asked| match asked.operation.as_str() {
        "DescribeTrails" => trail(r#","S3BucketName":"logs""#),
        _ => denied(),
    });
    let trail = evidence.trail(ARN).unwrap();
    assert_eq!((trail.prefix, trail.started_logging), (None, None));
    let [note] = trail.notes.as_slice() else {
        panic!("{:?}", trail.notes);
    };
    assert!(
        note.contains("GetTrailStatus") && note.contains("not you"),
        "{note}"
    );
}

#[test]
fn a_trail_that_cannot_be_described_names_the_other_way() {
    for answer in [
        denied(),
        Answer::new(200, r#"{"trailList":[]}"#),
        Answer::new(200, ""),
        trail(""),
    ] {
        let evidence = described(move |_| answer.clone());
        let error = evidence.trail(ARN).unwrap_err();
        assert!(matches!(error, Error::Refused(_)), "{error}");
        let words = error.to_string();
        assert!(
            words.contains("--s3-uri") || words.contains("S3BucketName"),
            "{words}"
        );
    }
}

#[test]
fn what_is_no_trail_is_not_asked_for() {
    for arn in [
        "main",
        "arn:aws:s3:::logs",
        "arn:aws:cloudtrail:evil.example:111122223333:trail/main",
        "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/x",
    ] {
        let (evidence, seen) = serve(|_| denied());
        assert!(matches!(evidence.trail(arn), Err(Error::Usage(_))), "{arn}");
        assert!(seen.targets().is_empty());
    }
}

#[test]
fn keys_come_from_all_pages_of_their_region() {
    let (evidence, seen) = serve(|asked| {
        let key = |name: &str| {
            format!(
                r#"{{"Value":"AAEC","ValidityStartTime":1700000000,
                "ValidityEndTime":1700000001,"Fingerprint":"{name}"}}"#
            )
        };
        Answer::new(
            200,
            match asked.body.contains("NextToken") {
                false => format!(r#"{{"PublicKeyList":[{}],"NextToken":"t"}}"#, key("a")),
                true => format!(r#"{{"PublicKeyList":[{}]}}"#, key("b")),
            },
        )
    });
    let [from, to] = [1_700_000_000, 1_700_003_600].map(|s| Timestamp::from_second(s).unwrap());
    let keys = evidence.keys("ap-northeast-1", from, to).unwrap();
    let names: Vec<&str> = keys.iter().map(|key| key.fingerprint.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(keys[0].value, "AAEC");
    assert_eq!(seen.regions(), ["ap-northeast-1", "ap-northeast-1"]);
    let asked = seen.asked.lock().unwrap()[0].body.clone();
    assert!(
        asked.contains("1700000000") && asked.contains("1700003600"),
        "{asked}"
    );
}

#[test]
fn keys_that_cannot_be_had_say_why() {
    let at = Timestamp::UNIX_EPOCH;
    for (answer, kind) in [
        (denied(), UnreadableKind::Denied),
        (Answer::new(200, "{}"), UnreadableKind::Other),
        (
            Answer::new(200, r#"{"PublicKeyList":[],"NextToken":"same"}"#),
            UnreadableKind::Other,
        ),
        (
            Answer::new(200, r#"{"PublicKeyList":[{"Value":"AAEC"}]}"#),
            UnreadableKind::Other,
        ),
    ] {
        let evidence = described(move |_| answer.clone());
        let why = evidence.keys("us-east-1", at, at).unwrap_err();
        assert_eq!(why.kind, kind, "{why:?}");
    }
    let (evidence, seen) = serve(|_| denied());
    evidence.keys("evil.example", at, at).unwrap_err();
    assert!(seen.targets().is_empty());
}
