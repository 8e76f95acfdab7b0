//! Names that somebody else chose: they reach no terminal raw and break no report.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{home, pristine, save, trailcheck, unvalidated};

/// An escape sequence, a bidi override, a line break, a NUL, a C1 control and a quote.
const NAME: &str = "evil\u{1b}[2J\u{202e}txt\n\r\u{0}\u{9b}31m\"é";

/// The unvalidated account with that name wherever AWS lets a stranger choose one, and
/// with a gap whose message has it too.
fn hostile() -> Value {
    let mut snapshot = unvalidated();
    let account = &mut snapshot["accounts"][0];
    account["alias"] = json!({"known": NAME});
    let trail = &mut account["trails"][0];
    trail["name"] = json!(NAME);
    trail["arn"] = json!(format!(
        "arn:aws:cloudtrail:us-east-1:111122223333:trail/{NAME}"
    ));
    trail["bucket"] = json!({"known": NAME});
    trail["tags"] = json!({"gap": {
        "action": "cloudtrail:ListTags",
        "kind": "access-denied",
        "detail": NAME,
    }});
    account["buckets"][0]["name"] = json!(NAME);
    snapshot
}

/// Whether a terminal would do anything with `text` but show it.
fn acts(text: &str) -> bool {
    text.chars().any(|c| {
        (c.is_control() && c != '\n') || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

#[test]
fn no_table_passes_a_name_on_raw() {
    let home = home();
    save(&home, &hostile());
    for flags in [
        &["--verbose", "--details"][..],
        &["--verbose", "--no-details"],
        &["--view", "trusted-advisor"],
    ] {
        for locale in ["C", "C.UTF-8"] {
            let output = trailcheck(&home)
                .args(["audit", "--snapshot", "snapshot.json"])
                .args(flags)
                .env("LC_ALL", locale)
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(1));
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(!acts(&text), "{flags:?} {locale}: {text:?}");
            assert!(locale != "C" || text.is_ascii(), "{text:?}");
        }
    }
}

#[test]
fn no_name_breaks_a_report_for_programs() {
    let home = home();
    save(&home, &hostile());
    for format in ["json", "sarif"] {
        let output = trailcheck(&home)
            .args(["audit", "--snapshot", "snapshot.json", "--format", format])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        serde_json::from_slice::<Value>(&output.stdout).unwrap();
        assert!(!output.stdout.contains(&0x1b));
    }
}

#[test]
fn no_error_message_passes_a_name_on_raw() {
    let home = home();
    let mut snapshot = hostile();
    snapshot["accounts"][0]["status"] = json!(NAME);
    save(&home, &snapshot);
    let output = trailcheck(&home)
        .args(["audit", "--snapshot", "snapshot.json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("evil"), "{text:?}");
    assert!(!acts(&text) && text.lines().count() == 1, "{text:?}");
}

#[cfg(unix)]
#[test]
fn a_file_name_on_the_command_line_is_shown_safely_too() {
    let output = trailcheck(&home())
        .args(["audit", "--snapshot", "a\u{1b}[31mb\u{202e}c"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!acts(&String::from_utf8(output.stderr).unwrap()));
}

/// What a spreadsheet, a browser and a terminal would each do something with.
const PAYLOAD: &str = "=cmd()|' /C calc'!A0<script>alert(1)</script>\u{1b}]0;x\u{7}\u{2066}é監";

/// The texts of each field in turn, whatever it is for, go on with something hostile.
/// Either the file is refused with one clean sentence, or every report of it is clean.
#[test]
fn no_text_of_a_snapshot_reaches_a_terminal_raw_in_any_format() {
    let snapshot = unvalidated();
    let mut fields = BTreeSet::new();
    each_text("", &mut snapshot.clone(), &mut |field, _| {
        fields.insert(field.to_owned());
    });
    let mut reported = Vec::new();
    for field in &fields {
        let mut changed = snapshot.clone();
        each_text("", &mut changed, &mut |found, text| {
            if found == field {
                text.push_str(PAYLOAD);
            }
        });
        let home = home();
        save(&home, &changed);
        let output = trailcheck(&home)
            .args(["audit", "--snapshot", "snapshot.json", "--details"])
            .args(["--verbose", "--report", "json=r.json"])
            .args(["--report", "sarif=r.sarif", "--sarif-profile", "full"])
            .args(["--report", "markdown=r.md", "--report", "github=r.log"])
            .args(["--report", "junit=r.xml", "--report", "csv=r.csv"])
            .args(["--report", "html=r.html"])
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap();
        let mut texts = vec![output.stdout, output.stderr];
        match output.status.code() {
            Some(2) => {}
            Some(0 | 1 | 3) => {
                reported.push(field);
                for name in [
                    "r.json", "r.sarif", "r.md", "r.log", "r.xml", "r.csv", "r.html",
                ] {
                    let text = std::fs::read_to_string(home.path().join(name)).unwrap();
                    // The values' lines end as RFC 4180 wants it.
                    texts.push(text.replace("\r\n", "\n").into_bytes());
                }
            }
            other => panic!("exit {other:?} for `{field}`: {:?}", texts[1]),
        }
        for text in texts {
            let text = String::from_utf8(text).unwrap();
            assert!(!acts(&text), "`{field}`: {text:?}");
        }
    }
    assert!(reported.len() > 20, "only {reported:?} of {fields:?}");
}

/// Shows `see` every text below `value` and the field that it belongs to.
fn each_text(field: &str, value: &mut Value, see: &mut dyn FnMut(&str, &mut String)) {
    match value {
        Value::String(text) => see(field, text),
        Value::Array(items) => {
            for item in items {
                each_text(field, item, see);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let field = if name == "known" { field } else { name };
                each_text(field, member, see);
            }
        }
        _ => {}
    }
}

#[test]
fn a_program_reads_a_hostile_name_back_as_it_was() {
    let home = home();
    let mut snapshot = unvalidated();
    let arn = format!("arn:aws:cloudtrail:us-east-1:111122223333:trail/{PAYLOAD}");
    snapshot["accounts"][0]["trails"][0]["arn"] = json!(arn);
    save(&home, &snapshot);
    let output = trailcheck(&home)
        .args(["audit", "--snapshot", "snapshot.json", "--format", "json"])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["resource"] == arn));
}

/// What an audit of the pristine account says where its bucket has that policy: the finding
/// of `deletion-protection`.
fn with_policy(policy: &str) -> Value {
    let home = home();
    let mut snapshot = pristine();
    let bucket = &mut snapshot["accounts"][0]["buckets"][0];
    // Without MFA delete and Object Lock only the policy protects.
    bucket["object_lock"] = json!({"known": null});
    bucket["versioning"]["known"]["mfa_delete"] = json!(false);
    bucket["policy"] = json!({"known": policy});
    save(&home, &snapshot);
    let output = trailcheck(&home)
        .args(["audit", "--snapshot", "snapshot.json", "--format", "json"])
        .args(["--fail-on", "never", "--rule", "deletion-protection"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{:?}", output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report["findings"][0].clone()
}

fn deny(resource: &str) -> String {
    json!({"Effect": "Deny", "Principal": "*", "Resource": resource,
        "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"]})
    .to_string()
}

#[test]
fn a_policy_of_ten_thousand_statements_and_ten_megabytes_is_weighed_to_its_last_statement() {
    let stars = "*a".repeat(500);
    let mut statements: Vec<String> = (0..10_000)
        .map(|at| deny(&format!("arn:aws:s3:::example-trail-logs/{stars}{at}/*")))
        .collect();
    let text = |statements: &[String]| format!("{{\"Statement\": [{}]}}", statements.join(","));
    assert!(text(&statements).len() > 10_000_000);
    assert_eq!(with_policy(&text(&statements))["status"], "fail");
    statements.push(deny("arn:aws:s3:::example-trail-logs/*"));
    let finding = with_policy(&text(&statements));
    assert_eq!(finding["status"], "pass", "{finding:#}");
    assert!(
        finding["message"]
            .as_str()
            .unwrap()
            .contains("statement 10001")
    );
}

#[test]
fn a_pattern_of_ten_thousand_stars_is_matched() {
    let stars = "*".repeat(10_000);
    let finding = with_policy(&format!("{{\"Statement\": {}}}", deny(&stars)));
    assert_ne!(finding["status"], "unknown", "{finding:#}");
    let below = format!("arn:aws:s3:::example-trail-logs/{stars}");
    let finding = with_policy(&format!("{{\"Statement\": {}}}", deny(&below)));
    assert_eq!(finding["status"], "pass", "{finding:#}");
}

#[test]
fn a_policy_too_deep_to_read_is_unknown_and_no_overflow() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [200, 1_000_000] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let statement =
                deny("*").replace("\"Deny\"", &format!("\"Deny\",\"Condition\":{deep}"));
            let finding = with_policy(&format!("{{\"Statement\": {statement}}}"));
            assert_eq!(finding["status"], "unknown", "{finding:#}");
            assert_eq!(finding["gap"]["kind"], "malformed");
        }
    }
}

#[test]
fn a_snapshot_too_deep_to_read_is_refused_and_no_overflow() {
    let home = home();
    let path = save(&home, &pristine());
    let whole = std::fs::read_to_string(&path).unwrap();
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(1_000_000), close.repeat(1_000_000));
        for text in [
            deep.clone(),
            format!("{{\"x\": {deep}, {}", &whole[1..]),
            whole.replacen("\"accounts\":[", &format!("\"accounts\":[{deep},"), 1),
            whole.replacen("{\"known\":", &format!("{{\"known\":{deep},\"known\":"), 1),
        ] {
            assert_ne!(text, whole);
            std::fs::write(&path, &text).unwrap();
            let output = trailcheck(&home)
                .args(["audit", "--snapshot", "snapshot.json"])
                .output()
                .unwrap();
            // Refused, or read where what is deep is nothing that we read.
            assert!(matches!(output.status.code(), Some(0 | 2)), "{output:?}");
        }
    }
}

#[test]
fn ten_thousand_lifecycle_rules_and_tags_are_read_to_the_last() {
    let home = home();
    let mut snapshot = pristine();
    let account = &mut snapshot["accounts"][0];
    let rule = |at: usize, days: u32| {
        json!({"id": format!("{PAYLOAD}{at}"), "enabled": true,
            "filter": {"prefix": format!("{}{at}/", "*?".repeat(100)), "tags": [],
                "larger_than": null, "smaller_than": null},
            "expiration": {"days": days}, "noncurrent_expiration_days": null,
            "newer_noncurrent_versions": null, "transitions": [], "noncurrent_transitions": []})
    };
    let mut rules: Vec<Value> = (0..10_000).map(|at| rule(at, 1)).collect();
    let mut last = rule(0, 7);
    last["id"] = json!("the-last");
    last["filter"]["prefix"] = json!("AWSLogs/");
    rules.push(last);
    account["buckets"][0]["lifecycle"] = json!({"known": rules});
    let tags: serde_json::Map<String, Value> = (0..10_000)
        .map(|at| (format!("é監\u{202e}{at}"), json!(PAYLOAD)))
        .collect();
    account["trails"][0]["tags"] = json!({"known": tags});
    save(&home, &snapshot);
    let output = trailcheck(&home)
        .args(["audit", "--snapshot", "snapshot.json", "--verbose"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("`the-last`") && !acts(&text), "{text:?}");
}
