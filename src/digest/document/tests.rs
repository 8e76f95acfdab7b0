use serde_json::{Value, json};

use super::*;
use crate::audit::fuzz::fuzz;

fn digest() -> Value {
    json!({
        "awsAccountId": "111122223333",
        "digestStartTime": "2026-03-01T00:12:00Z",
        "digestEndTime": "2026-03-01T01:12:00Z",
        "digestS3Bucket": "logs",
        "digestS3Object": "AWSLogs/x.json.gz",
        "digestPublicKeyFingerprint": "31e8b5433410dfb61a9dc45cc65b22ff",
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": null,
        "oldestEventTime": null,
        "previousDigestS3Bucket": "logs",
        "previousDigestS3Object": "AWSLogs/w.json.gz",
        "previousDigestHashValue": "AB",
        "previousDigestHashAlgorithm": "SHA-256",
        "previousDigestSignature": "cd",
        "logFiles": [{
            "s3Bucket": "logs", "s3Object": "AWSLogs/\u{e9}\n", "hashValue": "ab".repeat(32),
            "hashAlgorithm": "SHA-256", "newestEventTime": "2026-03-01T00:15:00Z",
            "oldestEventTime": "2026-03-01T00:13:00Z"
        }]
    })
}

fn reason(digest: &str) -> String {
    head(digest.as_bytes()).unwrap_err()
}

#[test]
fn a_digest_says_what_aws_documents() {
    let text = digest().to_string();
    let head = head(text.as_bytes()).unwrap();
    assert_eq!(head.end_text, "2026-03-01T01:12:00Z");
    assert_eq!(head.previous.unwrap().sha256, "ab");
    assert_eq!(head.logs, 1);
    let mut keys = Vec::new();
    log_files(text.as_bytes(), &mut |entry| {
        assert_eq!(entry.sha256, Some([0xab; 32]));
        keys.push(entry.key.into_owned());
    })
    .unwrap();
    assert_eq!(keys, ["AWSLogs/\u{e9}\n"]);
}

#[test]
fn the_first_of_a_chain_names_none_before_it() {
    let mut digest = digest();
    for name in PREVIOUS {
        digest[name] = Value::Null;
    }
    assert_eq!(head(digest.to_string().as_bytes()).unwrap().previous, None);
    digest[PREVIOUS[2]] = json!("ab");
    assert_eq!(
        reason(&digest.to_string()),
        "it names the digest before it only in part"
    );
}

#[test]
fn what_is_missing_twice_or_odd_is_named() {
    for name in digest().as_object().unwrap().keys() {
        let mut without = digest();
        without.as_object_mut().unwrap().remove(name);
        let read = head(without.to_string().as_bytes());
        if name.ends_with("EventTime") {
            assert!(read.is_ok());
        } else {
            assert_eq!(read.unwrap_err(), format!("it has no `{name}`"));
        }
    }
    let text = digest().to_string();
    for odd in [
        "",
        "[]",
        "{",
        "null",
        "{} {}",
        "\u{feff}{}",
        "{\"logFiles\":{}}",
    ] {
        assert!(head(odd.as_bytes()).is_err(), "{odd}");
    }
    for (name, value) in digest().as_object().unwrap() {
        let twice = text.replacen('{', &format!("{{\"{name}\":{value},"), 1);
        let said = reason(&twice);
        assert!(
            said.starts_with(&format!("it has `{name}` twice")),
            "{said}"
        );
    }
    let twice = text.replacen("\"s3Object\"", r#""s3Object":"","s3Object""#, 1);
    assert!(reason(&twice).starts_with("duplicate field `s3Object`"));
    let mut bytes = text.replacen('{', r#"{"x":"?","#, 1).into_bytes();
    assert!(head(&bytes).is_ok());
    *bytes.iter_mut().find(|byte| **byte == b'?').unwrap() = 0xff;
    assert_eq!(head(&bytes).unwrap_err(), "it is not UTF-8");
    for number in ["NaN", "1e999999", "-", "01"] {
        let odd = text.replacen("\"111122223333\"", number, 1);
        assert!(head(odd.as_bytes()).is_err(), "{number}");
    }
    assert!(head(format!("{text}x").as_bytes()).is_err());
    assert!(head(&text.as_bytes()[..text.len() - 1]).is_err());
    let mut backwards = digest();
    backwards["digestStartTime"] = backwards["digestEndTime"].clone();
    assert!(reason(&backwards.to_string()).starts_with("it begins at"));
}

#[test]
fn depth_and_length_are_no_danger() {
    let deep = format!("{{\"x\":{}", "[".repeat(1 << 20));
    assert!(reason(&deep).starts_with("EOF"), "{}", reason(&deep));
    let nested = deep.replacen("\"x\"", "\"awsAccountId\"", 1);
    assert!(
        reason(&nested).starts_with("invalid type"),
        "{}",
        reason(&nested)
    );
    let long = format!("{{\"digestEndTime\":\"{}\"}}", "9".repeat(1 << 20));
    assert!(reason(&long).len() < 1000);
}

/// Everything a digest says, or why it is none; it may not depend on who asks.
fn all(json: &[u8]) -> Result<(Head, Vec<LogEntry<'static>>), String> {
    let head = head(json)?;
    let mut entries = Vec::new();
    log_files(json, &mut |entry| {
        entries.push(LogEntry {
            bucket: entry.bucket.into_owned().into(),
            key: entry.key.into_owned().into(),
            algorithm: entry.algorithm.into_owned().into(),
            ..entry
        });
    })?;
    assert_eq!(entries.len() as u64, head.logs);
    Ok((head, entries))
}

#[test]
fn no_changed_digest_makes_it_panic_or_say_two_things() {
    // What stands in one place may stand in another.
    let text = digest().to_string();
    let parts: Vec<&str> = text
        .split_inclusive([',', ':', '{', '}', '[', ']'])
        .collect();
    fuzz(|random| {
        let mut changed = parts.clone();
        for _ in 0..random.int_in_range(0..=2)? {
            let at = random.choose_index(changed.len())?;
            match random.int_in_range(0..=3)? {
                0 => drop(changed.remove(at)),
                1 => changed.insert(at, *random.choose(&parts)?),
                2 => {
                    let other = random.choose_index(changed.len())?;
                    changed.swap(at, other);
                }
                _ => changed[at] = *random.choose(&ODD)?,
            }
        }
        let mut json = changed.concat().into_bytes();
        for _ in 0..random.int_in_range(0..=2)? {
            let at = random.choose_index(json.len())?;
            json[at] = random.arbitrary()?;
        }
        let said = all(&json);
        assert_eq!(said, all(&json));
        if let Err(reason) = &said {
            assert!(reason.chars().count() <= 300, "{reason}");
        }
        Ok(said.is_ok())
    });
}

const ODD: [&str; 12] = [
    "null",
    "null,",
    "\"\",",
    "1e999,",
    "-0,",
    "[[[[",
    "\"\\ud800\",",
    "\"\\u0000\",",
    "true,",
    "\"9999-99-99T99:99:99Z\",",
    "\"-009999-01-01T00:00:00Z\",",
    "{}",
];
