use serde_json::{Value, json};

use super::super::Sample;
use super::{Answer, Caught, Verdict, caught_by_event, control, event, is_of, misses, table};

fn caught(matches: impl Fn(&Sample) -> bool) -> Caught {
    table().catch(&|sample| Answer::from(matches(sample)))
}

fn named(names: &[&str]) -> Caught {
    caught(|sample| names.iter().any(|name| sample.record["eventName"] == *name))
}

const TRAIL: [&str; 5] = [
    "CreateTrail",
    "UpdateTrail",
    "DeleteTrail",
    "StartLogging",
    "StopLogging",
];

#[test]
fn each_controls_own_event_pattern_covers_it() {
    for control in table().controls() {
        let caught = caught_by_event(table(), control.event_pattern());
        assert_eq!(control.judge(&caught), Verdict::Covers, "{}", control.rule);
    }
}

#[test]
fn a_controls_pattern_covers_no_other_control() {
    for control in table().controls() {
        let caught = caught_by_event(table(), control.event_pattern());
        for other in table().controls() {
            let same = other.rule == control.rule;
            let covers = other.judge(&caught) == Verdict::Covers;
            assert_eq!(covers, same, "{} judged by {}", other.rule, control.rule);
        }
    }
}

#[test]
fn a_pattern_about_the_root_user_is_unrelated_to_changes() {
    let caught = caught_by_event(table(), control("alarm-root-usage").event_pattern());
    let related: Vec<&str> = table()
        .controls()
        .iter()
        .filter(|control| control.judge(&caught) != Verdict::Unrelated)
        .map(|control| control.rule)
        .collect();
    // The root user's failed sign-in is root usage too.
    assert_eq!(related, ["alarm-root-usage"]);
}

#[test]
fn without_one_event_a_pattern_misses_exactly_that() {
    for control in table().controls() {
        let pattern: Value = serde_json::from_str(control.event_pattern()).unwrap();
        for (place, count) in lists(&pattern) {
            for index in 0..count {
                let mut less = pattern.clone();
                let names = less.pointer_mut(&place).unwrap().as_array_mut().unwrap();
                let gone = names.remove(index);
                let gone = gone.as_str().unwrap();
                let less = event::Pattern::parse(&less.to_string()).unwrap();
                let verdict =
                    control.judge(&table().catch(&|sample| match is_of(control, sample) {
                        true => less.matches(&sample.envelope(sample.region())),
                        false => Answer::No,
                    }));
                let optional = control.optional().iter().any(|sample| sample.event == gone);
                let wanted = if optional {
                    Verdict::Covers
                } else {
                    misses(&[gone])
                };
                assert_eq!(verdict, wanted, "{} without {gone}", control.rule);
            }
        }
    }
}

/// The lists of more than one event name in a pattern: where, and how long.
fn lists(pattern: &Value) -> Vec<(String, usize)> {
    [
        "/detail/eventName",
        "/detail/$or/0/eventName",
        "/detail/$or/1/eventName",
    ]
    .into_iter()
    .filter_map(|place| Some((place.to_owned(), pattern.pointer(place)?.as_array()?.len())))
    .filter(|(_, count)| *count > 1)
    .collect()
}

#[test]
fn what_matches_everything_tells_nothing_even_if_it_covers() {
    for control in table().controls() {
        assert_eq!(control.judge(&caught(|_| true)), Verdict::OverBroad);
    }
    let tautology = caught(|sample| {
        sample.record["eventName"] != "StopLogging" || sample.record["eventName"] != "DeleteTrail"
    });
    let cloudtrail = control("alarm-cloudtrail-changes");
    assert_eq!(cloudtrail.judge(&tautology), Verdict::OverBroad);
    let all_but_one = caught(|sample| sample.record["eventName"] != "StartSession");
    assert_eq!(cloudtrail.judge(&all_but_one), Verdict::Covers);
}

#[test]
fn what_matches_nothing_never_fires() {
    for control in table().controls() {
        assert_eq!(control.judge(&caught(|_| false)), Verdict::NeverFires);
    }
    let impossible = json!({"detail": {"eventName": TRAIL, "eventSource": ["s3.amazonaws.com"]}});
    let caught = caught_by_event(table(), &impossible.to_string());
    assert_eq!(
        control("alarm-cloudtrail-changes").judge(&caught),
        Verdict::NeverFires
    );
}

#[test]
fn what_matches_only_others_is_unrelated() {
    let caught = named(&["DisableKey"]);
    assert_eq!(
        control("alarm-cloudtrail-changes").judge(&caught),
        Verdict::Unrelated
    );
    assert_eq!(
        control("alarm-kms-key-deletion").judge(&caught),
        misses(&["ScheduleKeyDeletion"])
    );
    let ordinary = named(&["RunInstances"]);
    assert_eq!(
        control("alarm-kms-key-deletion").judge(&ordinary),
        Verdict::Unrelated
    );
    let newer = named(&["ModifySecurityGroupRules"]);
    assert_eq!(
        control("alarm-security-group-changes").judge(&newer),
        Verdict::Unrelated
    );
}

#[test]
fn an_event_missed_in_part_is_named_with_the_part() {
    let users = caught(|sample| {
        TRAIL.iter().any(|name| sample.record["eventName"] == *name)
            && (sample.record["eventName"] != "StopLogging"
                || sample.record["userIdentity"]["type"] == "IAMUser")
    });
    let verdict = control("alarm-cloudtrail-changes").judge(&users);
    let wanted = misses(&[
        "StopLogging by an assumed role in eu-west-1",
        "StopLogging by the root user",
    ]);
    assert_eq!(verdict, wanted);
}

fn open_where(open: impl Fn(&Sample) -> bool, yes: impl Fn(&Sample) -> bool) -> Caught {
    table().catch(&|sample| {
        if open(sample) {
            Answer::Open("the term is open".to_owned())
        } else {
            Answer::from(yes(sample))
        }
    })
}

#[test]
fn an_open_answer_leaves_the_verdict_unknown_if_it_could_change_it() {
    let cloudtrail = control("alarm-cloudtrail-changes");
    let stop = |sample: &Sample| sample.event == "StopLogging";
    let trail = |sample: &Sample| TRAIL.iter().any(|name| sample.event == *name);
    let unknown = Verdict::Unknown("the term is open".to_owned());
    assert_eq!(cloudtrail.judge(&open_where(stop, trail)), unknown);
    let key = |sample: &Sample| sample.event == "DisableKey";
    assert_eq!(cloudtrail.judge(&open_where(key, trail)), Verdict::Covers);
    // It misses UpdateTrail either way; whether StopLogging too is left out.
    let some = |sample: &Sample| trail(sample) && sample.event != "UpdateTrail";
    assert_eq!(
        cloudtrail.judge(&open_where(stop, some)),
        misses(&["UpdateTrail"])
    );
    assert_eq!(cloudtrail.judge(&open_where(|_| true, |_| false)), unknown);
    // If nothing else matches, it may as well never fire.
    assert_eq!(cloudtrail.judge(&open_where(key, |_| false)), unknown);
}

#[test]
fn spellings_that_never_occur_never_match() {
    for pattern in [
        json!({"detail": {"userIdentity": {"type": ["root"]}}}),
        json!({"detail": {"eventName": ["PutBucketLifecycleConfiguration"]}}),
        json!({"detail": {"eventName": ["stoplogging"]}}),
        json!({"detail": {"errorCode": ["UnauthorizedOperation"]}}),
        json!({"detail": {"requestParameters": ["x"]}}),
        json!({"detail-type": ["AWS Console Signin via CloudTrail"]}),
    ] {
        let caught = caught_by_event(table(), &pattern.to_string());
        for control in table().controls() {
            assert_eq!(control.judge(&caught), Verdict::NeverFires, "{pattern}");
        }
    }
}

#[test]
fn refused_calls_are_caught_in_each_form_that_services_write() {
    let unauthorized = control("alarm-unauthorized-api-calls");
    let verdict = |leaf: Value| {
        let pattern = json!({"detail": {"errorCode": leaf}}).to_string();
        unauthorized.judge(&caught_by_event(table(), &pattern))
    };
    assert_eq!(
        verdict(json!(["AccessDenied", "Client.UnauthorizedOperation"])),
        misses(&[
            "GetSecretValue refused with AccessDeniedException",
            "CreateFunction20150331 refused with AccessDeniedException",
        ])
    );
    assert_eq!(
        verdict(json!([{"prefix": "AccessDenied"}, "Client.UnauthorizedOperation"])),
        Verdict::Covers
    );
}

#[test]
fn sign_in_without_mfa_is_asked_of_iam_users_that_come_in() {
    let mfa = control("alarm-console-sign-in-without-mfa");
    let failures = control("alarm-console-authentication-failures");
    let older = json!({"detail": {
        "eventName": ["ConsoleLogin"],
        "additionalEventData": {"MFAUsed": [{"anything-but": "Yes"}]},
    }});
    let caught = caught_by_event(table(), &older.to_string());
    assert_eq!(mfa.judge(&caught), Verdict::Covers);
    // It sees failures only by the way, and not those of people who have MFA.
    let missed = misses(&["failed ConsoleLogin of an IAM user with MFA"]);
    assert_eq!(failures.judge(&caught), missed);
    let by_code =
        json!({"detail": {"eventName": ["ConsoleLogin"], "errorCode": [{"exists": true}]}});
    let caught = caught_by_event(table(), &by_code.to_string());
    assert_eq!(failures.judge(&caught), Verdict::NeverFires);
}
