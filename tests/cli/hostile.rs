//! Names that somebody else chose: they reach no terminal raw and break no report.

use serde_json::{Value, json};

use super::{home, save, trailcheck, unvalidated};

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
