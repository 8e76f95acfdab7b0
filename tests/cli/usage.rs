//! What the command line accepts, and what it says where it does not.

use predicates::prelude::*;
use predicates::str::{contains, is_empty};

use super::{home, pristine, save, trailcheck};

/// Runs with `args`, which must end as a usage error, and returns what it says.
fn refusal(args: &[&str]) -> String {
    let home = home();
    let assert = trailcheck(&home).args(args).assert().code(2);
    let output = assert.stdout(is_empty()).get_output().clone();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("error: "), "{text}");
    text
}

#[test]
fn help_and_version_are_no_failures() {
    let home = home();
    for args in [
        &["--help"][..],
        &["-h"],
        &["help"],
        &["help", "rules", "explain"],
        &["audit", "--help"],
        &["audit", "-h"],
        &["snapshot", "--help"],
        &["rules", "--help"],
        &["rules", "explain", "--help"],
        &["rules", "permissions", "--help"],
    ] {
        trailcheck(&home)
            .args(args)
            .assert()
            .code(0)
            .stdout(contains("Usage: trailcheck"))
            .stderr(is_empty());
    }
    trailcheck(&home)
        .arg("--version")
        .assert()
        .code(0)
        .stdout(contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_help_of_audit_lists_every_exit_code() {
    let home = home();
    let mut assert = trailcheck(&home).args(["audit", "--help"]).assert();
    for (code, meaning) in trailcheck::cli::text::exit_codes() {
        // Compared word by word, because the help is wrapped.
        let first: Vec<&str> = meaning.split(' ').take(3).collect();
        assert = assert.stdout(contains(format!("{code:>3}  {}", first.join(" "))));
    }
}

#[test]
fn no_command_at_all_is_a_usage_error() {
    let home = home();
    trailcheck(&home)
        .assert()
        .code(2)
        .stderr(contains("Usage: trailcheck"));
}

#[test]
fn an_unknown_flag_or_command_is_a_usage_error() {
    assert!(refusal(&["audit", "--nonsense"]).contains("--nonsense"));
    assert!(refusal(&["adit"]).contains("audit"));
}

#[test]
fn an_unknown_rule_is_met_with_the_nearest_one() {
    for flag in ["--rule", "--skip-rule"] {
        assert_eq!(
            refusal(&["audit", "--demo", flag, "log-file-validaton"]),
            "error: there is no rule `log-file-validaton`; did you mean `log-file-validation`?\n"
        );
    }
    assert!(refusal(&["rules", "explain", "xyzzy"]).contains("`trailcheck rules` lists them"));
    assert!(refusal(&["audit", "--demo", "--rule", "log-file-validation,"]).contains("rule ``"));
}

#[test]
fn an_unknown_practice_severity_or_format_is_met_with_the_known_ones() {
    let text = refusal(&["audit", "--demo", "--practice", "integrty"]);
    assert!(
        text.contains("a similar value exists: 'integrity'"),
        "{text}"
    );
    let text = refusal(&["audit", "--demo", "--fail-on", "nonsense"]);
    assert!(
        text.contains("critical, high, medium, low, never"),
        "{text}"
    );
    let text = refusal(&["audit", "--demo", "--format", "pdf"]);
    assert!(text.contains("table, json, sarif"), "{text}");
    let text = refusal(&["audit", "--demo", "--report", "pdf=x"]);
    assert!(text.contains("`pdf` is no format"), "{text}");
}

#[test]
fn a_limit_on_time_needs_a_unit() {
    for flag in ["--timeout", "--call-timeout"] {
        let text = refusal(&["audit", flag, "30"]);
        assert!(text.contains("`30s`"), "{text}");
    }
}

#[test]
fn a_source_that_needs_no_connection_takes_no_connection_flag() {
    for (flag, value) in [
        ("--profile", Some("prod")),
        ("--region", Some("us-east-1")),
        ("--regions", Some("us-east-1")),
        ("--endpoint-url", Some("http://127.0.0.1:1")),
        ("--allow-http", None),
        ("--role-arn", Some("arn:aws:iam::111122223333:role/auditor")),
        ("--call-timeout", Some("3s")),
        ("--timeout", Some("3s")),
    ] {
        for source in [&["--demo"][..], &["--snapshot", "x.json"]] {
            let mut args = vec!["audit"];
            args.extend(source);
            args.push(flag);
            args.extend(value);
            let text = refusal(&args);
            assert!(text.contains("cannot be used with"), "{text}");
            assert!(text.contains(flag), "{text}");
        }
    }
    refusal(&["audit", "--demo", "--snapshot", "x.json"]);
}

#[test]
fn a_selection_that_leaves_no_rule_is_a_usage_error() {
    let text = refusal(&[
        "audit",
        "--demo",
        "--rule",
        "log-file-validation",
        "--skip-rule",
        "log-file-validation",
    ]);
    assert!(text.contains("no rule is left"), "{text}");
}

#[test]
fn an_anchor_outside_the_repository_is_refused() {
    for anchor in ["../x.tf", "/etc/passwd"] {
        let args = [
            "audit",
            "--demo",
            "--format",
            "sarif",
            "--sarif-anchor",
            anchor,
        ];
        assert!(refusal(&args).contains("from the root of the repository"));
    }
}

#[test]
fn a_flag_that_shapes_a_report_nobody_asked_for_is_a_usage_error() {
    for (flags, reason) in [
        (&["--sarif-anchor", "x.tf"][..], "none is asked for"),
        (&["--anchor", "x.tf"], "none is asked for"),
        (
            &["--format", "html", "--anchor", "x.tf"],
            "none is asked for",
        ),
        (
            &["--format", "github", "--sarif-profile", "full"],
            "none is asked for",
        ),
        (&["--format", "html", "--details"], "no table is asked for"),
        (&["--sarif-profile", "full"], "none is asked for"),
        (
            &["--format", "json", "--view", "trusted-advisor"],
            "no table is asked for",
        ),
        (&["--format", "json", "--details"], "no table is asked for"),
        (
            &["--report", "json=-", "--no-details"],
            "no table is asked for",
        ),
        (&["--format", "sarif", "--verbose"], "no table is asked for"),
        (
            &["--view", "trusted-advisor", "--details"],
            "`--view` asks for another one",
        ),
        (
            &["--view", "trusted-advisor", "-v"],
            "`--view` asks for another one",
        ),
    ] {
        let text = refusal(&[&["audit", "--demo"], flags].concat());
        assert!(text.contains(reason), "{flags:?}: {text}");
    }
}

#[test]
fn completions_exist_for_every_shell_and_know_the_rules() {
    let home = home();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        trailcheck(&home)
            .args(["completions", shell])
            .assert()
            .code(0)
            .stdout(contains("trailcheck").and(contains("snapshot")));
    }
    trailcheck(&home)
        .args(["completions", "zsh"])
        .assert()
        .stdout(contains("log-file-validation"));
    assert!(refusal(&["completions", "tcsh"]).contains("bash"));
}

#[test]
fn every_command_has_a_manual_page() {
    let home = home();
    for path in [
        &[][..],
        &["audit"],
        &["snapshot"],
        &["rules"],
        &["rules", "explain"],
        &["rules", "permissions"],
    ] {
        trailcheck(&home)
            .arg("man")
            .args(path)
            .assert()
            .code(0)
            .stdout(contains(".TH"));
    }
    assert!(refusal(&["man", "rules", "nonsense"]).contains("no command `nonsense`"));
}

#[test]
fn the_statistics_of_a_run_that_asked_aws_nothing_are_one_sentence() {
    let home = home();
    let saved = save(&home, &pristine());
    let offline = ["--snapshot", saved.to_str().unwrap()];
    for source in [&["--demo"][..], &offline] {
        let audit = || {
            let mut command = trailcheck(&home);
            command.args(["audit", "--fail-on", "never"]).args(source);
            command
        };
        audit()
            .arg("--stats")
            .assert()
            .code(0)
            .stderr("no request was made to AWS\n");
        audit().assert().code(0).stderr(is_empty());
    }
    // Without credentials, or without the feature `live`, nothing is asked either.
    let text = trailcheck(&home)
        .args(["audit", "--stats"])
        .output()
        .unwrap();
    assert_eq!(text.status.code(), Some(2));
    let said = String::from_utf8(text.stderr).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert_eq!(lines[0], "no request was made to AWS");
    assert!(lines[1].starts_with("error: "), "{said}");
}
