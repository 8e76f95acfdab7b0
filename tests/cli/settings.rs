//! `trailcheck.toml`: where it is looked for, what it changes, and when it is refused.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{home, pristine, save, trailcheck};

/// A rule that the pristine account passes, unless its setting asks for more.
const RETENTION: &str = "log-group-retention";

/// A settings file that asks for log events to be kept for `days`.
fn keeping(days: u32) -> String {
    format!("[rules.{RETENTION}]\nretention-days = {days}\n")
}

/// A home with the pristine account in `snapshot.json`, whose log events are kept for 400
/// days, and with `files` of settings.
fn home_with(files: &[(&str, &str)]) -> TempDir {
    let home = home();
    let mut snapshot = pristine();
    let group = &mut snapshot["accounts"][0]["log_groups"][0];
    group["description"]["known"]["retention_days"] = json!(400);
    save(&home, &snapshot);
    for (name, text) in files {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    home
}

/// Audits the saved snapshot in the folder `at` of `home`.
fn audit(home: &TempDir, at: &str, flags: &[&str]) -> Output {
    trailcheck(home)
        .current_dir(home.path().join(at))
        .args(["audit", "--rule", RETENTION, "--format", "json"])
        .args(["--fail-on", "low", "--snapshot"])
        .arg(home.path().join("snapshot.json"))
        .args(flags)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Audits with flags that end in a usage error, before anything is audited; what it says.
fn refusal(home: &TempDir, flags: &[&str]) -> String {
    let output = audit(home, ".", flags);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(output.stdout.is_empty(), "{text}");
    assert!(text.starts_with("error: "), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

/// A path in `home` as the program names it.
fn named(home: &TempDir, name: &str) -> String {
    let path = home.path().canonicalize().unwrap().join(name);
    format!("`{}`", path.display())
}

#[test]
fn a_setting_changes_the_verdict_and_the_exit_code() {
    let home = home_with(&[("strict.toml", &keeping(401)), ("lax.toml", &keeping(400))]);
    for (flags, code, status) in [
        (&[][..], 0, "pass"),
        (&["--config", "strict.toml"], 1, "fail"),
        (&["--config", "lax.toml"], 0, "pass"),
    ] {
        let output = audit(&home, ".", flags);
        assert_eq!(output.status.code(), Some(code), "{flags:?}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["findings"][0]["status"], status, "{flags:?}");
        assert!(said(&output).is_empty(), "{flags:?}");
    }
}

#[test]
fn the_nearest_file_wins_and_is_named() {
    let home = home_with(&[
        ("trailcheck.toml", &keeping(401)),
        ("a/b/trailcheck.toml", &keeping(30)),
        ("a/b/c/.keep", ""),
    ]);
    for (at, file, code) in [
        (".", "trailcheck.toml", 1),
        ("a", "trailcheck.toml", 1),
        ("a/b", "a/b/trailcheck.toml", 0),
        ("a/b/c", "a/b/trailcheck.toml", 0),
    ] {
        let output = audit(&home, at, &[]);
        assert_eq!(output.status.code(), Some(code), "{at}");
        let note = format!("the rules' settings are those in {}\n", named(&home, file));
        assert_eq!(said(&output), note);
        let quiet = audit(&home, at, &["--quiet"]);
        assert_eq!(quiet.status.code(), Some(code), "{at}");
        assert!(said(&quiet).is_empty());
        assert_eq!(quiet.stdout, output.stdout);
    }
}

#[test]
fn a_file_that_is_named_takes_the_place_of_one_that_is_near() {
    let home = home_with(&[
        ("trailcheck.toml", &keeping(401)),
        ("lax.toml", &keeping(30)),
    ]);
    assert_eq!(audit(&home, ".", &[]).status.code(), Some(1));
    for file in ["lax.toml", "/dev/null"] {
        let output = audit(&home, ".", &["--config", file]);
        assert_eq!(output.status.code(), Some(0), "{file}");
        assert!(said(&output).is_empty(), "{file}");
    }
}

#[test]
fn the_demo_takes_no_file_but_one_that_is_named() {
    let home = home_with(&[]);
    let demo = |flags: &[&str]| {
        let mut command = trailcheck(&home);
        command.args(["audit", "--demo"]).args(flags);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(said(&output).is_empty(), "{}", said(&output));
        output.stdout
    };
    let plain = demo(&[]);
    fs::write(home.path().join("trailcheck.toml"), keeping(3653)).unwrap();
    assert!(demo(&[]) == plain);
    assert!(demo(&["--config", "trailcheck.toml"]) != plain);
}

#[test]
fn a_mistake_is_named_with_file_line_and_column() {
    let home = home_with(&[
        (
            "slip.toml",
            "# ours\n[rules.log-group-retenton]\nretention-days = 1\n",
        ),
        (
            "trailcheck.toml",
            "[rules.log-group-retention]\nretention-days = '90'\n",
        ),
    ]);
    assert_eq!(
        refusal(&home, &["--config", "slip.toml"]),
        "error: cannot use the settings in `slip.toml`: line 2, column 8: there is no rule \
         `log-group-retenton`; did you mean `log-group-retention`?\n"
    );
    assert_eq!(
        refusal(&home, &[]),
        format!(
            "error: cannot use the settings in {}: line 2, column 18: invalid type: string \
             \"90\", expected a whole number of days, from 1 to 36500\n",
            named(&home, "trailcheck.toml")
        )
    );
}

#[test]
fn a_file_that_cannot_be_read_is_no_reason_to_go_on_without_it() {
    let home = home_with(&[]);
    let file = |name: &str, bytes: &[u8]| fs::write(home.path().join(name), bytes).unwrap();
    file("latin.toml", b"# l\xf6schen\n");
    file("large.toml", &vec![b'#'; (1 << 20) + 1]);
    for (name, reason) in [
        ("missing.toml", "No such file"),
        (".", "it is a folder"),
        ("latin.toml", "it is not text in UTF-8"),
        ("large.toml", "it has more than 1 MiB"),
        ("/dev/zero", "it has more than 1 MiB"),
    ] {
        let text = refusal(&home, &["--config", name]);
        assert!(text.contains(&format!("`{name}`")), "{text}");
        assert!(text.contains(reason), "{text}");
    }
    file("most.toml", &vec![b'#'; 1 << 20]);
    assert_eq!(
        audit(&home, ".", &["--config", "most.toml"]).status.code(),
        Some(0)
    );
}

#[test]
#[cfg(unix)]
fn what_only_looks_like_a_file_is_not_passed_over() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    let at = |home: &TempDir| home.path().join("trailcheck.toml");
    let linked = home_with(&[("lax.toml", &keeping(30))]);
    symlink("lax.toml", at(&linked)).unwrap();
    let text = refusal(&linked, &[]);
    assert!(text.contains("it is a symbolic link"), "{text}");
    let named = audit(&linked, ".", &["--config", "trailcheck.toml"]);
    assert_eq!(named.status.code(), Some(0));

    let folder = home_with(&[]);
    fs::create_dir(at(&folder)).unwrap();
    assert!(refusal(&folder, &[]).contains("it is a folder"));

    let socket = home_with(&[]);
    let _listener = UnixListener::bind(at(&socket)).unwrap();
    assert!(refusal(&socket, &[]).contains("it is not a regular file"));
}

/// Root may look into every folder, but not even root at a path longer than Linux takes.
#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_cannot_be_looked_into_is_not_passed_over() {
    let home = home_with(&[("trailcheck.toml", &keeping(401))]);
    let mut deep = home.path().canonicalize().unwrap();
    while deep.as_os_str().len() < 4085 {
        let left = 4085 - deep.as_os_str().len();
        deep.push("d".repeat(left.saturating_sub(1).clamp(1, 200)));
    }
    fs::create_dir_all(&deep).unwrap();
    let output = audit(&home, deep.to_str().unwrap(), &[]);
    assert_eq!(output.status.code(), Some(2));
    let text = said(&output);
    assert!(
        text.ends_with("name the file to use with `--config`\n"),
        "{text}"
    );
}

#[test]
fn no_report_takes_the_place_of_the_settings() {
    let home = home_with(&[("trailcheck.toml", &keeping(401))]);
    for flags in [
        &["--output", "trailcheck.toml"][..],
        &[
            "--config",
            "trailcheck.toml",
            "--report",
            "sarif=./trailcheck.toml",
        ],
    ] {
        let text = refusal(&home, flags);
        assert!(text.contains("is the settings file that is read"), "{text}");
    }
    let left = fs::read_to_string(home.path().join("trailcheck.toml")).unwrap();
    assert_eq!(left, keeping(401));
}

#[test]
fn a_file_is_read_for_an_audit_only() {
    let home = home_with(&[("trailcheck.toml", "no TOML")]);
    for args in [
        &["rules"][..],
        &["rules", "explain", RETENTION],
        &["audit", "--demo"],
    ] {
        trailcheck(&home).args(args).assert().code(0);
    }
    let folder: &Path = home.path();
    trailcheck(&home)
        .args(["snapshot", "--output", "x.json", "--config"])
        .arg(folder.join("trailcheck.toml"))
        .assert()
        .code(2);
}

#[test]
fn the_explanation_of_a_rule_shows_its_settings() {
    let explain = |rule: &str, format: &str| {
        let output = trailcheck(&home())
            .args(["rules", "explain", rule, "--format", format])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let text = explain(RETENTION, "text");
    assert!(
        text.contains("[rules.log-group-retention]\n    # The shortest"),
        "{text}"
    );
    assert!(text.contains("    retention-days = 365\n"), "{text}");
    let settings = |rule| -> Value {
        let json: Value = serde_json::from_str(&explain(rule, "json")).unwrap();
        json["settings"].clone()
    };
    assert_eq!(settings(RETENTION)[0]["key"], "retention-days");
    assert_eq!(settings(RETENTION)[0]["default"], 365);
    assert_eq!(settings("aggregated-bucket")[0]["default"], Value::Null);
    assert_eq!(settings("log-file-validation"), json!([]));
}

/// Audits the saved snapshot with the settings in `text`; the ids of the rules that ran.
fn rules_with(text: &str, flags: &[&str]) -> Vec<String> {
    let home = home_with(&[("ours.toml", text)]);
    let output = trailcheck(&home)
        .args([
            "audit",
            "--snapshot",
            "snapshot.json",
            "--config",
            "ours.toml",
        ])
        .args(["--fail-on", "never", "--format", "json"])
        .args(flags)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        panic!("{}", said(&output));
    });
    let rules = report["rules"].as_array().unwrap().iter();
    rules
        .map(|rule| rule["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_file_selects_rules_and_the_command_line_takes_its_place() {
    let select = "[select]\nrules = ['trail-exists']\npractices = ['integrity']\n\
                  skip-rules = ['digest-retention']";
    let [exists, valid, delivery, retention] = [
        "trail-exists",
        "log-file-validation",
        "digest-delivery",
        "digest-retention",
    ];
    for (flags, expected) in [
        (&[][..], &[exists, valid, delivery][..]),
        (&["--skip-rule", valid], &[exists, delivery]),
        (&["--rule", retention], &[retention]),
        (&["--practice", "integrity"], &[valid, delivery, retention]),
        (
            &["--practice", "integrity", "--skip-rule", valid],
            &[delivery, retention],
        ),
    ] {
        assert_eq!(rules_with(select, flags), expected, "{flags:?}");
    }
    let everything = rules_with("", &[]);
    let most = rules_with("[select]\nskip-rules = ['trail-exists']", &[]);
    assert_eq!(most.len() + 1, everything.len());
    assert!(!most.contains(&exists.to_owned()));
}

#[test]
fn a_file_that_selects_nothing_is_a_usage_error() {
    let none = "[select]\nrules = ['trail-exists']\nskip-rules = ['trail-exists']";
    let home = home_with(&[("none.toml", none)]);
    let output = trailcheck(&home)
        .args([
            "audit",
            "--snapshot",
            "snapshot.json",
            "--config",
            "none.toml",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("no rule is left"),
        "{}",
        said(&output)
    );
}

/// The exit code of an audit of `snapshot` by one rule of severity high.
fn code(snapshot: &Value, settings: &str, flags: &[&str]) -> Option<i32> {
    let home = home_with(&[("ours.toml", settings)]);
    save(&home, snapshot);
    let output = trailcheck(&home)
        .args([
            "audit",
            "--snapshot",
            "snapshot.json",
            "--config",
            "ours.toml",
        ])
        .args(["--rule", super::RULE])
        .args(flags)
        .output()
        .unwrap();
    output.status.code()
}

#[test]
fn a_severity_holds_for_fails_and_for_what_could_not_be_checked() {
    for (severity, fail, unknown) in [("critical", 1, 3), ("high", 1, 3), ("medium", 0, 0)] {
        let text = format!("[severity]\n{} = '{severity}'", super::RULE);
        assert_eq!(
            code(&super::unvalidated(), &text, &[]),
            Some(fail),
            "{severity}"
        );
        assert_eq!(
            code(&super::unread(), &text, &[]),
            Some(unknown),
            "{severity}"
        );
        let critical = ["--fail-on", "critical"];
        let held = severity == "critical";
        let expected = Some(if held { 3 } else { 0 });
        assert_eq!(
            code(&super::unread(), &text, &critical),
            expected,
            "{severity}"
        );
    }
}

#[test]
fn a_file_sets_the_gate_and_the_command_line_takes_its_place() {
    let text = "fail-on = 'never'";
    assert_eq!(code(&super::unvalidated(), text, &[]), Some(0));
    assert_eq!(
        code(&super::unvalidated(), text, &["--fail-on", "high"]),
        Some(1)
    );
    let text = "fail-on = 'critical'";
    assert_eq!(code(&super::unvalidated(), text, &[]), Some(0));
    assert_eq!(
        code(&super::unvalidated(), text, &["--fail-on", "low"]),
        Some(1)
    );
    let demo = |file: &str| {
        let home = home_with(&[("ours.toml", file)]);
        let mut command = trailcheck(&home);
        command.args(["audit", "--demo", "--config", "ours.toml"]);
        command.output().unwrap().status.code()
    };
    assert_eq!(demo(""), Some(0));
    assert_eq!(demo("fail-on = 'high'"), Some(1));
}

#[test]
#[cfg(unix)]
fn a_file_that_somebody_else_may_have_written_is_taken_only_if_it_is_named() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = home_with(&[("trailcheck.toml", &keeping(401))]);
    let path = home.path().join("trailcheck.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(
        refusal(&home, &[]),
        format!(
            "error: cannot read {}: anybody can write to it, so trailcheck takes it only if \
             `--config` names it\n",
            named(&home, "trailcheck.toml")
        )
    );
    let output = audit(&home, ".", &["--config", "trailcheck.toml"]);
    assert_eq!(output.status.code(), Some(1));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).unwrap();
    assert_eq!(audit(&home, ".", &[]).status.code(), Some(1));
    // Only root can give a file away.
    if std::os::unix::fs::chown(&path, Some(12345), None).is_ok() {
        let text = refusal(&home, &[]);
        assert!(
            text.contains("it belongs to another user, so trailcheck takes it"),
            "{text}"
        );
        let output = audit(&home, ".", &["--config", "trailcheck.toml"]);
        assert_eq!(output.status.code(), Some(1));
    }
}
