//! Trails cover everything: all Regions, and what matters in them.

mod data_event_loop;
mod global_service_events;
mod insights;
mod lambda_data_events;
mod management_event_sources;
mod management_events;
mod missing;
mod multi_region_trail;
mod organization_trail;
mod region_coverage;
mod s3_data_events_read;
mod s3_data_events_write;
mod single_management_copy;
mod trail_exists;
mod trail_logging;

pub(super) use global_service_events::leader;

use crate::rule::{Context, Judgement, Rule, Verdict, listed};
use crate::selector::{Access, Coverage, DataCoverage, DataKind, Recorder, Truth};
use crate::snapshot::{Account, Trail};

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[
    &trail_exists::RULE,
    &trail_logging::RULE,
    &region_coverage::RULE,
    &multi_region_trail::RULE,
    &management_events::RULE,
    &management_event_sources::RULE,
    &global_service_events::RULE,
    &organization_trail::RULE,
    &s3_data_events_write::RULE,
    &s3_data_events_read::RULE,
    &lambda_data_events::RULE,
    &insights::RULE,
    &single_management_copy::RULE,
    &data_event_loop::RULE,
];

/// Trails in a sentence, by name: `` `a`, `b` and `c` ``.
fn names<'a>(trails: impl IntoIterator<Item = &'a Trail>) -> String {
    let trails: Vec<&Trail> = trails.into_iter().collect();
    let labels: Vec<String> = trails.iter().map(|one| label(one, &trails)).collect();
    listed(&labels.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A trail's name, which is unique within its Region and account only; its ARN where
/// another of those in question bears the same.
fn label(trail: &Trail, among: &[&Trail]) -> String {
    let namesakes = among.iter().filter(|one| one.name == trail.name).count();
    let label = if namesakes > 1 {
        &trail.arn
    } else {
        &trail.name
    };
    format!("`{label}`")
}

/// The ARNs of trails, as evidence.
fn arns<'a>(trails: impl IntoIterator<Item = &'a Trail>) -> Vec<String> {
    let arns = trails.into_iter().map(|trail| trail.arn.clone());
    arns.collect()
}

/// Adds the trail that the remedy changes, if there is one: rather one of the account
/// itself, as an organization's trail cannot be changed from here, rather a multi-Region
/// one, and rather one that logs.
fn with_trail_to_mend(verdict: Verdict, account: &Account) -> Verdict {
    let fitness = |trail: &&Trail| {
        (
            trail.owner_account() == account.id,
            trail.multi_region.if_known() == Some(&true),
            trail.is_logging() == Ok(true),
        )
    };
    // Of several equals `max_by_key` takes the last.
    match account.trails.iter().rev().max_by_key(fitness) {
        None => verdict,
        Some(trail) => verdict
            .evidence("trail_arn", trail.arn.as_str())
            .evidence("home_region", trail.home_region.as_str()),
    }
}

/// Why no trail will do, trail by trail: `` `a` is not logging, `b` is single-Region ``.
/// `shortcoming` is asked of trails that are known to log.
fn shortcomings<'a>(
    recorders: &[Recorder<'a>],
    shortcoming: impl Fn(&Recorder<'a>) -> Option<String>,
) -> String {
    let trails: Vec<&Trail> = recorders.iter().map(|one| one.trail).collect();
    let each: Vec<String> = recorders
        .iter()
        .filter_map(|one| {
            let why = match one.logging() {
                Truth::No => "is not logging".to_owned(),
                _ => shortcoming(one)?,
            };
            Some(format!("{} {why}", label(one.trail, &trails)))
        })
        .collect();
    if recorders.is_empty() {
        return "no trail is visible to this account".to_owned();
    }
    each.join(", ")
}

/// Judges whether the logging multi-Region trails together record all data events of a
/// kind.
fn judge_data_events(context: &Context<'_>, kind: DataKind, accesses: &[Access]) -> Judgement {
    let account = context.account;
    let coverage = Coverage::of(account);
    let (mut recording, mut doubt) = (Vec::new(), None);
    for access in accesses {
        let data = coverage.data(kind, *access);
        match data.all {
            Ok(true) => recording.extend(data.some),
            Err(gap) => doubt = doubt.or(Some(gap)),
            Ok(false) => {
                let message = not_all(&coverage, &data, &data_events(kind, &[*access]));
                let verdict = Verdict::fail(message).evidence("trails", arns(&account.trails));
                return Ok(with_trail_to_mend(verdict, account));
            }
        }
    }
    if let Some(gap) = doubt {
        return Err(gap);
    }
    recording.sort_by(|a, b| a.arn.cmp(&b.arn));
    recording.dedup();
    let message = format!(
        "all {} are recorded by {}",
        data_events(kind, accesses),
        names(recording.iter().copied())
    );
    Ok(Verdict::pass(message).evidence("trails", arns(recording)))
}

/// The data events in words: `write data events of S3 objects`.
fn data_events(kind: DataKind, accesses: &[Access]) -> String {
    let asked = Access::ALL
        .iter()
        .filter(|access| accesses.contains(access));
    let words: Vec<&str> = asked.map(|access| access.as_str()).collect();
    let resources = match kind {
        DataKind::S3Object => "S3 objects",
        DataKind::LambdaFunction => "Lambda functions",
    };
    format!("{} data events of {resources}", words.join(" and "))
}

/// What is missing, and why what there is does not do.
fn not_all(coverage: &Coverage<'_>, data: &DataCoverage<'_>, events: &str) -> String {
    if data.some.is_empty() {
        let why = shortcomings(&coverage.recorders, |one| {
            Some(match one.multi_region() {
                Truth::No => "is single-Region".to_owned(),
                _ => "does not record them".to_owned(),
            })
        });
        return format!("no logging multi-Region trail records {events}: {why}");
    }
    let some = match data.some.as_slice() {
        [one] => format!("{} records", names([*one])),
        more => format!("{} record", names(more.iter().copied())),
    };
    let example = match &data.example {
        Some(example) => format!("for example not those with {example}"),
        None => "not those of resources that no selector names".to_owned(),
    };
    format!("not all {events} are recorded: {some} only some, {example}")
}

#[cfg(test)]
mod tests {
    use arbtest::arbitrary::{Result, Unstructured};
    use serde_json::{Value, json};

    use super::*;
    use crate::audit::audit;
    use crate::config::Settings;
    use crate::finding::{Finding, Status};
    use crate::outcome::{Gate, Outcome};
    use crate::snapshot::{Observed, Snapshot, story};

    /// Selectors of which some complete each other and some do not suffice.
    fn selectors(u: &mut Unstructured<'_>) -> Result<Value> {
        let management = |fields: Value| {
            let mut all = vec![json!({"field": "eventCategory", "equals": ["Management"]})];
            all.extend(fields.as_array().unwrap().iter().cloned());
            json!({"name": null, "fields": all})
        };
        let data = |kind: &str, fields: Value| {
            let mut all = vec![
                json!({"field": "eventCategory", "equals": ["Data"]}),
                json!({"field": "resources.type", "equals": [kind]}),
            ];
            all.extend(fields.as_array().unwrap().iter().cloned());
            json!({"name": null, "fields": all})
        };
        let bucket = "arn:aws:s3:::b/";
        let kms = "kms.amazonaws.com";
        let pool = [
            management(json!([])),
            management(json!([{"field": "readOnly", "equals": ["true"]}])),
            management(json!([{"field": "readOnly", "equals": ["false"]}])),
            management(json!([{"field": "eventSource", "not_equals": [kms]}])),
            management(json!([{"field": "moon", "equals": ["full"]}])),
            data("AWS::S3::Object", json!([])),
            data(
                "AWS::S3::Object",
                json!([{"field": "resources.ARN", "starts_with": [bucket]}]),
            ),
            data(
                "AWS::S3::Object",
                json!([{"field": "resources.ARN", "not_starts_with": [bucket]}]),
            ),
            data("AWS::Lambda::Function", json!([])),
        ];
        let mut chosen = Vec::new();
        for _ in 0..u.int_in_range(0..=4)? {
            chosen.push(u.choose(&pool)?.clone());
        }
        Ok(json!({ "advanced": chosen }))
    }

    /// An account with two trails, of which each fact is as chance has it.
    fn two_trails(u: &mut Unstructured<'_>) -> Result<Snapshot> {
        let mut snapshot = story::pristine();
        let account = snapshot.accounts.first_mut().unwrap();
        account.regions_named = u.arbitrary()?;
        let twin = account.trail_mut().twin("second", "eu-west-1");
        account.trails.push(twin);
        for trail in &mut account.trails {
            trail.multi_region = Observed::Known(u.arbitrary()?);
            trail.global_service_events = Observed::Known(u.arbitrary()?);
            let home = trail.home_region.clone();
            trail.status_mut(&home).is_logging = u.ratio(3, 4)?;
            let selectors = selectors(u)?;
            trail.selectors = Observed::Known(serde_json::from_value(selectors).unwrap());
            if u.arbitrary()? {
                trail.insights = Observed::Known(Vec::new());
            }
        }
        Ok(snapshot)
    }

    /// Turns some facts into gaps, as chance has it.
    fn forget(value: &mut Value, u: &mut Unstructured<'_>) -> Result<()> {
        match value {
            Value::Object(map)
                if map.len() == 1 && map.contains_key("known") && u.ratio(1, 3)? =>
            {
                *value = json!({"gap": {"action": "service:Action",
                    "kind": "access-denied", "detail": "denied"}});
            }
            Value::Object(map) => {
                for value in map.values_mut() {
                    forget(value, u)?;
                }
            }
            Value::Array(items) => {
                for value in items {
                    forget(value, u)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn passes(findings: &[Finding]) -> Vec<(&str, &str, &str)> {
        let passes = findings.iter().filter(|one| one.status == Status::Pass);
        passes
            .map(|one| (one.rule, one.fingerprint.as_str(), one.region.as_str()))
            .collect()
    }

    #[test]
    fn what_is_not_known_never_makes_a_pass_and_never_opens_a_gate() {
        arbtest::arbtest(|u| {
            let whole = two_trails(u)?;
            let mut json = serde_json::to_value(&whole).unwrap();
            forget(&mut json, u)?;
            let less: Snapshot = serde_json::from_value(json).unwrap();
            let judge = |snapshot| audit(snapshot, RULES, &Settings::default());
            let (before, after) = (judge(&whole), judge(&less));
            let known = passes(&before);
            for pass in passes(&after) {
                assert!(
                    known.contains(&pass),
                    "{pass:?} passes only without evidence"
                );
            }
            for severity in crate::rule::Severity::ALL {
                let gate = Gate {
                    fail_on: Some(*severity),
                    allow_unknown: false,
                };
                if gate.outcome(&before, true) != Outcome::Clean {
                    assert_ne!(gate.outcome(&after, true), Outcome::Clean, "{severity}");
                }
            }
            Ok(())
        });
    }

    #[test]
    fn trails_of_one_name_in_two_regions_are_told_apart() {
        let mut account = story::pristine_account();
        let twin = account.trail_mut().twin("main", "eu-west-1");
        account.trails.push(twin);
        assert_eq!(
            names(&account.trails),
            "`arn:aws:cloudtrail:us-east-1:111122223333:trail/main` and \
             `arn:aws:cloudtrail:eu-west-1:111122223333:trail/main`"
        );
        assert_eq!(names(&account.trails[..1]), "`main`");
        for trail in &mut account.trails {
            trail.status_mut("us-east-1").is_logging = false;
            trail.status_mut("eu-west-1").is_logging = false;
        }
        let why = shortcomings(&Coverage::of(&account).recorders, |_| None);
        assert!(
            why.contains("eu-west-1:111122223333:trail/main` is not logging"),
            "{why}"
        );
    }

    #[test]
    fn the_remedy_changes_a_trail_of_ones_own_that_logs_everywhere_if_there_is_one() {
        let mut account = story::pristine_account();
        let mut single = account.trail_mut().twin("single", "us-east-1");
        single.multi_region = Observed::Known(false);
        let mut stopped = account.trail_mut().twin("stopped", "us-east-1");
        stopped.status_mut("us-east-1").is_logging = false;
        let mut foreign = account.trail_mut().twin("foreign", "us-east-1");
        foreign.arn = foreign.arn.replace("111122223333", "999988887777");
        let good = account.trail_mut().clone();
        account.trails = vec![foreign, single, stopped, good];
        for expected in ["main", "stopped", "single", "foreign"] {
            let verdict = with_trail_to_mend(Verdict::fail("bad"), &account);
            let arn = verdict.evidence["trail_arn"].as_str().unwrap();
            assert!(arn.ends_with(&format!("trail/{expected}")), "{arn}");
            account.trails.retain(|trail| trail.name != expected);
        }
        let verdict = with_trail_to_mend(Verdict::fail("bad"), &account);
        assert_eq!(verdict.evidence.get("trail_arn"), None);
    }

    #[test]
    fn with_every_fact_denied_nothing_passes_but_that_trails_are_visible() {
        let mut snapshot = story::pristine();
        snapshot.accounts = vec![story::denied_account()];
        for finding in audit(&snapshot, RULES, &Settings::default()) {
            let expected = match finding.rule {
                "trail-exists" => Status::Pass,
                _ => Status::Unknown,
            };
            assert_eq!(finding.status, expected, "{}", finding.rule);
        }
    }

    #[test]
    fn the_management_account_passes_and_the_bare_one_does_not() {
        // A trail that covers the organization is more than a member account has of its own.
        let management = story::snapshot_of(story::management_account());
        let management = audit(&management, RULES, &Settings::default());
        assert!(management.iter().all(|one| one.status == Status::Pass));
        let mut bare = story::pristine();
        bare.accounts = vec![story::bare_account()];
        let findings = audit(&bare, RULES, &Settings::default());
        assert!(findings.iter().all(|one| one.status != Status::Pass));
        assert!(findings.iter().any(|one| one.status == Status::Fail));
    }
}
