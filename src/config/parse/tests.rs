use arbtest::arbtest;

use super::*;
use crate::config::{
    AggregatedBucket, BucketLeastPrivilege, CloudtrailFullAccess, LogArchiveAccount, Retention,
    Settings, TamperPrincipals, TrailTags, Until,
};
use crate::rule::{Practice, Severity};

fn read(text: &str) -> Result<Config, Mistake> {
    let rules = crate::rules::catalogue();
    let ids: Vec<&str> = rules.into_iter().map(|rule| rule.id).collect();
    parse(text, &ids)
}

/// What is wrong with `text`, of which `(line, column)` is where.
fn mistake(text: &str, (line, column): (usize, usize)) -> String {
    let mistake = read(text).unwrap_err();
    assert_eq!((mistake.line, mistake.column), (line, column), "{mistake}");
    assert!(!mistake.reason.contains('\n'), "{mistake}");
    mistake.reason
}

/// What is wrong with a value of the one setting `key` of `rule`.
fn refusal(rule: &str, key: &str, value: &str) -> String {
    let text = format!("[rules.{rule}]\n{key} = {value}");
    mistake(&text, (2, key.len() + 4))
}

#[test]
fn a_file_that_says_nothing_leaves_the_defaults() {
    for text in ["", "# nothing yet\n", "\u{feff}", "[rules]", "rules = {}"] {
        assert_eq!(read(text), Ok(Config::default()), "{text:?}");
    }
    assert_eq!(
        read("[rules.log-retention]\n[rules.tamper-principals]"),
        Ok(Config::default())
    );
}

#[test]
fn every_setting_can_be_read() {
    let text = r#"
        [rules]
        aggregated-bucket = { bucket = "Acme_logs.2016" }
        log-archive-account.account = "000000000012"
        log-retention.retention-days = 1
        data-store-retention.retention-days = 2557
        trail-tags.required = ["owner", "cost centre"]
        object-lock.retention-days = 2
        [rules.deletion-protection]
        retention-days = 36_500
        [rules.log-group-retention]
        retention-days = 0x10
        [rules.tamper-principals]
        max = 0
        allow = [
            "*:role/admin-*", # the platform team
            "*:user/break-glass-?",
        ]
        [rules.cloudtrail-full-access]
        max = 4294967295
        [rules.bucket-least-privilege]
        readers = ["999988887777"]
    "#;
    let expected = Settings {
        aggregated_bucket: AggregatedBucket {
            bucket: Some("Acme_logs.2016".to_owned()),
        },
        log_archive_account: LogArchiveAccount {
            account: Some("000000000012".to_owned()),
        },
        log_retention: Retention { days: 1 },
        object_lock: Retention { days: 2 },
        deletion_protection: Retention { days: 36_500 },
        log_group_retention: Retention { days: 16 },
        tamper_principals: TamperPrincipals {
            max: 0,
            allow: vec![
                "*:role/admin-*".to_owned(),
                "*:user/break-glass-?".to_owned(),
            ],
        },
        cloudtrail_full_access: CloudtrailFullAccess { max: u32::MAX },
        bucket_least_privilege: BucketLeastPrivilege {
            readers: vec!["999988887777".to_owned()],
        },
        data_store_retention: Retention { days: 2557 },
        trail_tags: TrailTags {
            required: vec!["owner".to_owned(), "cost centre".to_owned()],
        },
    };
    let expected = Config {
        rules: expected,
        ..Config::default()
    };
    assert_eq!(read(text), Ok(expected));
}

#[test]
fn what_a_table_leaves_out_keeps_its_default() {
    let config = read("[rules.tamper-principals]\nallow = ['*:role/x']").unwrap();
    assert_eq!(config.rules.tamper_principals.max, 5);
    assert_eq!(config.rules.log_retention.days, 365);
}

#[test]
fn a_period_is_a_number_of_days_and_not_none() {
    assert_eq!(
        refusal("log-retention", "retention-days", "0"),
        "0 days ask for nothing; write 1 or more, or leave the rule out with `--skip-rule`"
    );
    assert_eq!(
        refusal("object-lock", "retention-days", "\"90\""),
        "invalid type: string \"90\", expected a whole number of days, from 1 to 36500"
    );
    for value in ["-1", "36501", "9.5", "[90]", "true", "99999999999999999999"] {
        let text = refusal("log-group-retention", "retention-days", value);
        assert!(text.contains("from 1 to 36500"), "{text}");
    }
}

#[test]
fn a_number_of_principals_is_whole_and_not_negative() {
    for value in ["-1", "4294967296", "1.0", "'1'", "[]"] {
        let text = refusal("cloudtrail-full-access", "max", value);
        assert!(text.contains("from 0 to 4294967295"), "{text}");
    }
}

#[test]
fn the_key_of_a_tag_is_not_empty_nor_longer_than_aws_takes() {
    let long = format!("['{}']", "k".repeat(129));
    for value in ["['']", "[' owner']", "['owner ']", "[1]", &long] {
        let file = format!("[rules.trail-tags]\nrequired = {value}");
        let text = mistake(&file, (2, 13));
        assert!(text.ends_with("of 1 to 128 characters"), "{text}");
    }
    let text = refusal("trail-tags", "required", "'owner'");
    assert!(text.contains("a list of tag keys"), "{text}");
    let longest = "k".repeat(128);
    let read = read(&format!("[rules.trail-tags]\nrequired = ['{longest}']")).unwrap();
    assert_eq!(read.rules.trail_tags.required, [longest]);
}

#[test]
fn an_account_is_twelve_digits_in_quotes() {
    for value in [
        "111122223333",
        "'11112222333'",
        "'1111222233334'",
        "'1111-2222-33'",
        "''",
        "'١١١١٢٢'",
    ] {
        let text = refusal("log-archive-account", "account", value);
        assert!(text.ends_with("the 12 digits of an account id, in quotes"));
    }
}

#[test]
fn a_bucket_is_a_name_and_nothing_around_it() {
    for value in [
        "'arn:aws:s3:::acme-logs'",
        "'s3://acme-logs'",
        "'acme-logs/'",
        "' acme'",
        "'ab'",
        "3",
    ] {
        let text = refusal("aggregated-bucket", "bucket", value);
        assert!(text.contains("without a URL or an ARN around it"), "{text}");
    }
}

#[test]
fn a_pattern_that_could_match_nothing_is_refused_where_it_stands() {
    for (pattern, column) in [("['']", 10), ("['*', ' *']", 15), ("['*', 3]", 15)] {
        let text = format!("[rules.tamper-principals]\nallow = {pattern}");
        let text = mistake(&text, (2, column));
        assert!(text.contains("expected a pattern in quotes"), "{text}");
    }
    let text = refusal("bucket-least-privilege", "readers", "'*'");
    assert!(text.contains("expected a list of patterns"), "{text}");
}

#[test]
fn a_slip_in_a_name_is_met_with_the_right_one() {
    for (text, place, reason) in [
        (
            "[rules.log-retenton]\nretention-days = 90",
            (1, 8),
            "there is no rule `log-retenton`; did you mean `log-retention`?",
        ),
        (
            "[rules.xyzzy]",
            (1, 8),
            "there is no rule `xyzzy`; `trailcheck rules` lists them",
        ),
        (
            "[rules.log-retention]\nretention-day = 90",
            (2, 1),
            "rule `log-retention` has no setting `retention-day`; did you mean `retention-days`?",
        ),
        (
            "[rules.tamper-principals]\n  people = 90",
            (2, 3),
            "rule `tamper-principals` has no setting `people`; it has `allow`, `max`",
        ),
        (
            "[rule.log-retention]",
            (1, 2),
            "nothing is called `rule` here; did you mean `rules`?",
        ),
    ] {
        assert_eq!(mistake(text, place), reason);
    }
}

#[test]
fn a_rule_without_settings_says_so() {
    assert_eq!(
        mistake("[rules.log-file-validation]\nmax = 1", (1, 8)),
        "rule `log-file-validation` has no settings; take `[rules.log-file-validation]` out of \
         the file"
    );
}

#[test]
fn settings_outside_their_table_are_told_where_they_belong() {
    let belong = "the settings of rule `log-retention` belong in a table `[rules.log-retention]`";
    assert_eq!(mistake("[log-retention]", (1, 2)), belong);
    assert_eq!(mistake("[rules]\nlog-retention = 90", (2, 17)), belong);
    for (text, column) in [("rules = 3", 9), ("[[rules]]", 1)] {
        let text = mistake(text, (1, column));
        assert!(
            text.starts_with("settings belong in one table per rule"),
            "{text}"
        );
    }
    let text = mistake("retention-days = 90", (1, 1));
    assert!(
        text.starts_with("`retention-days` is in no table"),
        "{text}"
    );
}

#[test]
fn a_table_that_is_not_read_is_no_table_to_be_passed_over() {
    let text = mistake("[rules]\n[[suppressions]]\nrule = 'x'", (2, 3));
    assert!(text.contains("`suppressions`"), "{text}");
    let text = mistake("[budget]", (1, 2));
    assert!(text.starts_with("there is no table `[budget]`;"), "{text}");
}

#[test]
fn a_file_says_which_rules_run_and_what_closes_the_gate() {
    let config = read(
        "fail-on = 'never'
        regions = ['eu-west-1', 'us-gov-east-1']
        [select]
        rules = ['log-retention']
        practices = ['mfa-delete']
        skip-rules = ['object-lock']
        [severity]
        bucket-mfa-delete = 'high'",
    )
    .unwrap();
    assert_eq!(config.fail_on.unwrap().severity(), None);
    assert_eq!(config.regions, ["eu-west-1", "us-gov-east-1"]);
    assert_eq!(config.select.rules, ["log-retention"]);
    assert_eq!(config.select.practices, [Practice::MfaDelete]);
    assert_eq!(config.select.skip_rules, ["object-lock"]);
    let severity = config.severity.get("bucket-mfa-delete");
    assert_eq!(severity, Some(&Severity::High));
}

#[test]
fn what_closes_the_gate_is_checked_like_everything_else() {
    for (text, place, reason) in [
        (
            "fail-on = 'hihg'",
            (1, 11),
            "unknown variant `hihg`, expected one of `critical`, `high`",
        ),
        ("fail-on = 3", (1, 11), "wanted string"),
        (
            "regions = ['global']",
            (1, 12),
            "expected the name of a Region in quotes",
        ),
        ("regions = 'eu-west-1'", (1, 11), "expected a sequence"),
        (
            "[select]\nrules = ['log-retenton']",
            (2, 10),
            "did you mean `log-retention`?",
        ),
        (
            "[select]\nskip-rules = ['xyzzy']",
            (2, 15),
            "there is no rule `xyzzy`",
        ),
        (
            "[select]\nskip-rule = []",
            (2, 1),
            "`[select]` has no setting `skip-rule`; did you mean",
        ),
        (
            "[select]\npractices = ['acces']",
            (2, 14),
            "unknown variant `acces`",
        ),
        (
            "select = ['log-retention']",
            (1, 10),
            "belongs in a table `[select]`",
        ),
        (
            "[severity]\nlog-retenton = 'low'",
            (2, 1),
            "did you mean `log-retention`?",
        ),
        (
            "[severity]\nlog-retention = 'never'",
            (2, 17),
            "unknown variant `never`",
        ),
        (
            "severity = 'low'",
            (1, 12),
            "severities belong in a table `[severity]`",
        ),
    ] {
        let said = mistake(text, place);
        assert!(said.contains(reason), "{text}: {said}");
    }
}

#[test]
fn an_accepted_fail_has_a_reason_and_says_what_it_accepts() {
    let fingerprint = "0123456789abcdef".repeat(4);
    let config = read(&format!(
        "[[suppress]]\nrule = 'log-retention'\nreason = 'until the move'\n\n\
         [[suppress]]\nfingerprint = '{fingerprint}'\nresource = '*:trail/main'\n\
         account = '111122223333'\nregion = 'eu-west-1'\nreason = 'r'\nowner = 'us'\n\
         until = 2027-01-31\naccept-unknown = true"
    ))
    .unwrap();
    let [first, second] = config.suppress.as_slice() else {
        panic!("{config:?}");
    };
    assert_eq!((first.line, second.line), (1, 5));
    assert_eq!(first.resource, "*");
    assert_eq!((&first.until, first.accept_unknown), (&None, false));
    assert_eq!(second.fingerprint, Some(fingerprint));
    assert_eq!(second.until, Some(Until::read("2027-01-31")));
    assert!(second.accept_unknown);
}

#[test]
fn an_accepted_fail_is_checked_like_everything_else() {
    for (text, place, reason) in [
        (
            "reason = 'r'",
            (1, 1),
            "it needs a `rule` or a `fingerprint`",
        ),
        (
            "rule = 'log-retention'",
            (1, 1),
            "this `[[suppress]]` has no `reason`",
        ),
        (
            "rule = 'log-retention'\nreason = ' '",
            (3, 10),
            "expected a sentence in quotes",
        ),
        (
            "rule = 'log-retenton'\nreason = 'r'",
            (2, 8),
            "did you mean `log-retention`?",
        ),
        ("rule = '*'\nreason = 'r'", (2, 8), "there is no rule `*`"),
        ("rule = 3\nreason = 'r'", (2, 8), "invalid type: integer"),
        (
            "rule = 'log-retention'\nreson = 'r'",
            (3, 1),
            "did you mean `reason`?",
        ),
        (
            "rule = 'log-retention'\nreason = 'r'\naccount = '1'",
            (4, 11),
            "the 12 digits",
        ),
        (
            "rule = 'log-retention'\nreason = 'r'\nregion = 'global'",
            (4, 10),
            "name of a Region",
        ),
        (
            "rule = 'log-retention'\nreason = 'r'\nresource = ''",
            (4, 12),
            "a pattern of ARNs",
        ),
        (
            "rule = 'log-retention'\nreason = 'r'\nowner = ''",
            (4, 9),
            "a name in quotes",
        ),
        (
            "fingerprint = '0123abcd'\nreason = 'r'",
            (2, 15),
            "the 64 digits",
        ),
    ] {
        let said = mistake(&format!("[[suppress]]\n{text}"), place);
        assert!(said.contains(reason), "{text}: {said}");
    }
    for text in ["[suppress]\nrule = 'log-retention'", "suppress = 3"] {
        let said = read(text).unwrap_err().reason;
        assert!(said.contains("write `[[suppress]]`"), "{said}");
    }
    assert!(
        read("suppress = [3]")
            .unwrap_err()
            .reason
            .contains("is a table")
    );
}

#[test]
fn a_day_that_cannot_be_read_does_not_hide_the_rest_of_the_file() {
    for until in [
        "''",
        "'soon'",
        "'2027-02-30'",
        "'2027-1-31'",
        "'31.01.2027'",
        "'2027-01-31T00:00:00Z'",
        "2027-01-31T12:00:00",
        "12:00:00",
        "20270131",
        "'20270131'",
        "true",
        "['2027-01-31']",
        "'+002027-01-31'",
        "{}",
    ] {
        let entry = format!("[[suppress]]\nrule = 'log-retention'\nreason = 'r'\nuntil = {until}");
        let config = read(&entry).unwrap();
        let read = &config.suppress[0].until;
        assert!(
            matches!(read, Some(Until::Unreadable(_))),
            "{until}: {read:?}"
        );
    }
}

#[test]
fn malformed_toml_is_named_with_its_place() {
    for (text, place) in [
        ("{\"rules\": {}}", (1, 1)),
        ("[rules.log-retention\n", (1, 21)),
        ("[rules.log-retention]\nretention-days: 90", (2, 17)),
        ("[rules.log-retention]\nretention-days = 90d", (2, 18)),
        ("[rules.log-retention]\n[rules.log-retention]", (2, 8)),
        ("# löschen\n# é\né = 1", (3, 1)),
        (
            "[rules.log-retention]\r\nretention-days = 9\r\nretention-days = 8",
            (3, 1),
        ),
        ("[rules.log-archive-account]\naccount = '1", (2, 13)),
    ] {
        let reason = mistake(text, place);
        assert!(reason.starts_with("malformed TOML: "), "{reason}");
    }
}

#[test]
fn columns_count_characters() {
    let text = "rules.tamper-principals = { allow = ['*:role/é', 3] }";
    let reason = mistake(text, (1, 50));
    assert!(reason.starts_with("invalid type: integer `3`"), "{reason}");
}

#[test]
fn no_text_makes_reading_panic() {
    let pieces = [
        "rules",
        "[",
        "]",
        ".",
        "log-retention",
        "retention-days",
        "=",
        "90",
        "\"",
        "'",
        "\n",
        "{",
        "}",
        ",",
        "é",
        "\r",
        "\u{feff}",
        "#",
        "tamper-principals",
        "allow",
        "[[suppress]]",
        "reason",
        "until",
        "2027-01-31",
        "select",
        "severity",
    ];
    arbtest(|u| {
        let mut text = String::new();
        while !u.is_empty() {
            text.push_str(u.choose(&pieces)?);
        }
        let _ = read(&text);
        Ok(())
    });
    for nested in ["[".repeat(50_000), format!("x = {}", "[".repeat(50_000))] {
        assert!(read(&nested).is_err());
    }
}
