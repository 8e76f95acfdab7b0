//! Tests that police the catalogue: a rule that is half written, unregistered, silent or
//! reads more than it says fails here.

mod controls;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{catalogue, monitoring};
use crate::audit::audit;
use crate::config::{Settings, TrailTags};
use crate::finding::{Finding, Status};
use crate::rule::{Practice, Rule};
use crate::snapshot::{Action, Gap, GapKind, Snapshot, story};

fn rules_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")
}

/// The Rust files of `rules/` and below, as (folder, file stem, text).
fn rule_files() -> Vec<(String, String, String)> {
    let mut files = Vec::new();
    for practice in Practice::ALL {
        let folder = practice.as_str().replace('-', "_");
        for path in rust_files(&rules_folder().join(&folder)) {
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            files.push((folder.clone(), stem, fs::read_to_string(&path).unwrap()));
        }
    }
    files
}

/// The part of a rule file before its tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

fn findings_of(rule: &'static Rule, snapshot: &Snapshot) -> Vec<Finding> {
    audit(snapshot, &[rule], &settings())
}

/// The defaults, and a demand for the rule that without one does not apply.
fn settings() -> Settings {
    Settings {
        trail_tags: TrailTags {
            required: vec!["team".to_owned()],
        },
        ..Settings::default()
    }
}

/// Rules that the pristine account, a member of an organization with a trail of its own,
/// cannot pass; its organization's management account does.
const PASSED_BY_MANAGEMENT: &[&str] = &["organization-trail", "alarm-organizations-changes"];

/// Rules that differ in data only, and so share a file with a table: folder, file and rules.
const FAMILIES: &[(&str, &str, &[&Rule])] = &[("monitoring", "alarms", monitoring::alarms::RULES)];

fn is_of_family(rule: &Rule) -> bool {
    let mut members = FAMILIES.iter().flat_map(|(_, _, rules)| rules.iter());
    members.any(|member| member.id == rule.id)
}

#[test]
fn every_rule_file_is_registered_under_its_own_name_in_its_practice() {
    let registered: BTreeSet<(String, String)> = catalogue()
        .iter()
        .filter(|rule| !is_of_family(rule))
        .map(|rule| (rule.practice.as_str(), rule.id))
        .map(|(practice, id)| (practice.replace('-', "_"), id.replace('-', "_")))
        .collect();
    let files: BTreeSet<(String, String)> = rule_files()
        .into_iter()
        .filter(|(_, stem, text)| stem != "mod" && text.contains("const RULE: Rule"))
        .map(|(folder, stem, _)| (folder, stem))
        .collect();
    assert_eq!(registered, files);
    let ids: BTreeSet<&str> = catalogue().iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), catalogue().len(), "an id is used twice");
}

#[test]
fn every_rule_of_a_family_is_in_its_table_and_in_the_catalogue() {
    for (folder, file, rules) in FAMILIES {
        let path = rules_folder().join(folder).join(format!("{file}.rs"));
        let table = fs::read_to_string(path).unwrap();
        for rule in *rules {
            assert_eq!(rule.practice.as_str(), *folder, "{}", rule.id);
            assert!(table.contains(&format!("\"{}\"", rule.id)), "{}", rule.id);
            let listed = catalogue().iter().filter(|one| one.id == rule.id).count();
            assert_eq!(listed, 1, "{}", rule.id);
        }
    }
}

#[test]
fn the_catalogue_is_in_the_order_of_the_report() {
    let practices: Vec<Practice> = catalogue().iter().map(|rule| rule.practice).collect();
    assert!(practices.is_sorted());
}

#[test]
fn every_rule_tells_everything_a_reader_needs() {
    for rule in catalogue() {
        let id = rule.id;
        assert!(
            !rule.title.is_empty() && !rule.title.ends_with('.'),
            "{id}: title"
        );
        for (name, text) in [
            ("description", rule.description),
            ("criteria", rule.criteria),
            ("action", rule.action),
        ] {
            assert!(text.len() >= 60, "{id}: {name} is too short to be of use");
            assert!(
                text.len() <= 1024,
                "{id}: {name} is longer than SARIF takes"
            );
            assert!(text.ends_with('.'), "{id}: {name} ends in a full stop");
            assert!(!text.contains("  "), "{id}: {name} has a run of spaces");
        }
        assert!(!rule.resources.is_empty(), "{id}: resources");
        for link in rule.resources {
            assert!(link.starts_with("https://"), "{id}: {link}");
        }
        for (name, remedy) in [
            ("AWS CLI", rule.remedies.cli),
            ("Terraform", rule.remedies.terraform),
            ("CloudFormation", rule.remedies.cloudformation),
        ] {
            assert!(!remedy.trim().is_empty(), "{id}: no {name} remedy");
        }
        assert!(
            rule.severity <= rule.worst,
            "{id}: worst is below the default"
        );
    }
}

#[test]
fn rules_see_nothing_but_rule_snapshot_and_the_languages_they_reason_in() {
    let allowed = [
        "rule",
        "snapshot",
        "policy",
        "pattern",
        "selector",
        "retention",
    ];
    let own = rule_files()
        .into_iter()
        .filter(|(_, stem, _)| stem != "tests");
    for (folder, stem, text) in own {
        for line in without_tests(&text).lines() {
            for path in line.split("crate::").skip(1) {
                let module = path
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next();
                assert!(
                    module.is_some_and(|module| allowed.contains(&module)),
                    "rules/{folder}/{stem}.rs reaches beyond its place: {line}"
                );
            }
            for forbidden in ["std::fs", "std::env", "std::time", "std::net", "aws_"] {
                assert!(
                    !line.contains(&format!("use {forbidden}")),
                    "rules/{folder}/{stem}.rs: {line}"
                );
            }
        }
    }
}

#[test]
fn no_rule_is_silent_about_any_account() {
    for (name, snapshot) in story::all() {
        for rule in catalogue() {
            let findings = findings_of(rule, &snapshot);
            assert!(!findings.is_empty(), "{} is silent on `{name}`", rule.id);
        }
    }
}

#[test]
fn every_rule_passes_fails_and_is_unknown_somewhere() {
    let stories = story::all();
    for rule in catalogue() {
        let seen: BTreeSet<Status> = stories
            .iter()
            .flat_map(|(_, snapshot)| findings_of(rule, snapshot))
            .map(|finding| finding.status)
            .collect();
        for status in [Status::Pass, Status::Fail, Status::Unknown] {
            assert!(
                seen.contains(&status),
                "{}: no story is {status:?}",
                rule.id
            );
        }
    }
}

/// Rules whose question arises in every account and Region, so that they never are not
/// applicable while the account is in use.
const ALWAYS_APPLICABLE: &[&str] = &[
    // That nothing records is what these are there to say.
    "trail-exists",
    "region-coverage",
    "multi-region-trail",
    "management-events",
    "management-event-sources",
    "global-service-events",
    "s3-data-events-write",
    "s3-data-events-read",
    "lambda-data-events",
    "insights",
    // Every account has a root user, identities and a history, with a trail or without.
    "root-mfa",
    "cloudtrail-full-access",
    "no-recent-tampering",
    // These services watch, or should, whether there is a trail or not.
    "config-recorder",
    "config-rules",
    "guardduty-enabled",
    "security-hub-enabled",
];

/// What the engine says of a rule about trails, or what belongs to them, where there is none.
const NO_TRAIL: &str = "no trail is visible to this account";

/// A rule whose criteria tell when it does not apply must reach just that; where there is
/// no trail, the engine answers for a rule about trails and their belongings by itself.
#[test]
fn every_rule_that_can_be_without_a_subject_says_so_somewhere() {
    let stories = story::all();
    for rule in catalogue() {
        let id = rule.id;
        let mut findings = stories
            .iter()
            .flat_map(|(_, snapshot)| findings_of(rule, snapshot))
            .filter(|finding| finding.status == Status::NotApplicable);
        let criteria = rule.criteria;
        if ALWAYS_APPLICABLE.contains(&id) {
            assert_eq!(findings.next(), None, "{id}");
            assert!(!criteria.contains("Not applicable"), "{id}: {criteria}");
        } else if criteria.contains("Not applicable") && !criteria.contains("no trail is visible") {
            let said = findings.any(|finding| finding.message != NO_TRAIL);
            assert!(said, "{id}: no story shows what the criteria say");
        } else {
            assert!(findings.next().is_some(), "{id}: no story");
        }
    }
}

#[test]
fn the_pristine_account_passes_every_rule() {
    let management = story::snapshot_of(story::management_account());
    for rule in catalogue() {
        let snapshot = match PASSED_BY_MANAGEMENT.contains(&rule.id) {
            true => management.clone(),
            false => story::pristine(),
        };
        for finding in findings_of(rule, &snapshot) {
            assert_eq!(
                finding.status,
                Status::Pass,
                "{}: {}",
                rule.id,
                finding.message
            );
        }
    }
}

#[test]
fn nothing_passes_where_everything_was_denied() {
    let snapshot = story::snapshot_of(story::denied_account());
    for rule in catalogue() {
        for finding in findings_of(rule, &snapshot) {
            // That a trail is visible, and that it names a key or a log group, is known
            // from its listing, which this story leaves in place.
            let from_listing = [
                "trail-exists",
                "trail-encryption",
                "cloudwatch-logs-integration",
                "sns-notification",
            ];
            let expected = if from_listing.contains(&rule.id) {
                [Status::Pass, Status::Unknown]
            } else {
                [Status::Unknown, Status::Unknown]
            };
            assert!(
                expected.contains(&finding.status),
                "{}: {:?}: {}",
                rule.id,
                finding.status,
                finding.message
            );
        }
    }
}

#[test]
fn no_verdict_weighs_more_than_its_rule_declares() {
    for (name, snapshot) in story::all() {
        for rule in catalogue() {
            for finding in findings_of(rule, &snapshot) {
                assert!(finding.severity <= rule.worst, "{} on `{name}`", rule.id);
            }
        }
    }
}

#[test]
fn messages_are_one_sentence_without_a_full_stop() {
    for (name, snapshot) in story::all() {
        for rule in catalogue() {
            for finding in findings_of(rule, &snapshot) {
                let message = &finding.message;
                let context = format!("{} on `{name}`: {message}", rule.id);
                assert!(!message.is_empty() && !message.ends_with('.'), "{context}");
                assert!(
                    !message.contains('\n') && !message.contains("  "),
                    "{context}"
                );
                let words = ["Some(", "None", "Ok(", "Err(", "Known("];
                assert!(
                    !words.iter().any(|word| message.contains(word)),
                    "{context}"
                );
            }
        }
    }
}

#[test]
fn findings_have_fingerprints_of_their_own() {
    for (name, snapshot) in story::all() {
        let mut seen = BTreeMap::new();
        for finding in audit(&snapshot, &catalogue(), &Settings::default()) {
            let place = (
                finding.rule,
                finding.region.clone(),
                finding.resource.clone(),
            );
            let other = seen.insert(finding.fingerprint, place.clone());
            assert_eq!(other, None, "`{name}`: {place:?}");
        }
    }
}

/// The call that fills in each fact of a snapshot, by the fact's field.
fn action_of(field: &str) -> Action {
    match field {
        "alias" => Action::ListAccountAliases,
        "enabled_regions" => Action::ListRegions,
        "summary" => Action::GetAccountSummary,
        "identities" => Action::GetAccountAuthorizationDetails,
        "attributes" => Action::GetTopicAttributes,
        "requester_pays" => Action::GetBucketRequestPayment,
        "grants" => Action::ListGrants,
        "resource_policies" => Action::DescribeResourcePolicies,
        "service_control_policies" | "resource_control_policies" => Action::ListPoliciesForTarget,
        "trails" | "multi_region" | "global_service_events" | "log_file_validation" | "bucket" => {
            Action::DescribeTrails
        }
        "status" => Action::GetTrailStatus,
        "selectors" => Action::GetEventSelectors,
        "insights" => Action::GetInsightSelectors,
        "tags" => Action::ListTags,
        "existence" | "owner" => Action::HeadBucket,
        "region" => Action::GetBucketLocation,
        "policy_is_public" => Action::GetBucketPolicyStatus,
        "acl" => Action::GetBucketAcl,
        "ownership" => Action::GetBucketOwnershipControls,
        "versioning" => Action::GetBucketVersioning,
        "object_lock" => Action::GetObjectLockConfiguration,
        "lifecycle" => Action::GetBucketLifecycle,
        "encryption" => Action::GetBucketEncryption,
        "access_logging" => Action::GetBucketLogging,
        "rotation" => Action::GetKeyRotationStatus,
        "metric_filters" => Action::DescribeMetricFilters,
        "alarms" => Action::DescribeAlarms,
        "event_rules" => Action::ListEventRules,
        "targets" => Action::ListTargetsByRule,
        "subscriptions" => Action::ListSubscriptionsByTopic,
        "notifications" => Action::GetBucketNotification,
        "trusted_services" => Action::ListServiceAccess,
        "cloudtrail_administrators" => Action::ListDelegatedAdministrators,
        "recorders" => Action::DescribeConfigurationRecorders,
        "recording" => Action::DescribeConfigurationRecorderStatus,
        "delivery_channels" => Action::DescribeDeliveryChannels,
        "config_rules" => Action::DescribeConfigRules,
        "compliance" => Action::DescribeComplianceByConfigRule,
        "data_stores" => Action::ListEventDataStores,
        "details" => Action::GetEventDataStore,
        "history" => Action::LookupEvents,
        "detectors" => Action::ListDetectors,
        "detector_status" => Action::GetDetector,
        "security_hub" => Action::DescribeHub,
        other => panic!("which call fills in `{other}`?"),
    }
}

/// Fields whose name alone does not tell: bucket or key policy, bucket or account block,
/// key or log group description.
pub(super) fn actions_of(field: &str) -> Vec<Action> {
    match field {
        "policy" => vec![Action::GetBucketPolicy, Action::GetKeyPolicy],
        "public_access_block" => vec![
            Action::GetBucketPublicAccessBlock,
            Action::GetAccountPublicAccessBlock,
        ],
        "organization" => vec![Action::DescribeTrails, Action::DescribeOrganization],
        "description" => vec![Action::DescribeKey, Action::DescribeLogGroups],
        field => vec![action_of(field)],
    }
}

#[test]
fn a_rule_reads_no_fact_that_it_does_not_declare() {
    for (name, snapshot) in story::all() {
        for rule in catalogue() {
            let mut json = serde_json::to_value(&snapshot).unwrap();
            story::take_away(&mut json, &mut |field| {
                let actions = actions_of(field);
                let declared =
                    |action| Action::ALWAYS.contains(action) || rule.actions().contains(action);
                let gap = Gap::new(actions[0], GapKind::NotCollected, "no rule needs it");
                (!actions.iter().any(declared)).then_some(gap)
            });
            let narrowed: Snapshot = serde_json::from_value(json).unwrap();
            assert_eq!(
                findings_of(rule, &snapshot),
                findings_of(rule, &narrowed),
                "{} on `{name}`",
                rule.id
            );
        }
    }
}

#[test]
fn a_rule_declares_no_call_twice_nor_one_that_is_always_made() {
    for rule in catalogue() {
        let distinct: BTreeSet<&Action> = rule.reads.iter().collect();
        assert_eq!(distinct.len(), rule.reads.len(), "{}", rule.id);
        for action in Action::ALWAYS {
            assert!(
                !rule.reads.contains(action),
                "{} declares {action:?}",
                rule.id
            );
        }
    }
}

/// Which organization policies there are is told by four calls together.
#[test]
fn a_rule_that_reads_organization_policies_declares_every_call_that_leads_to_them() {
    let together = [
        Action::ListPoliciesForTarget,
        Action::ListParents,
        Action::ListRoots,
        Action::DescribePolicy,
    ];
    for rule in catalogue() {
        let declared = together.iter().filter(|call| rule.reads.contains(call));
        let declared = declared.count();
        assert!(declared == 0 || declared == together.len(), "{}", rule.id);
    }
}

#[test]
fn a_rule_is_added_by_touching_two_files_as_contributing_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(root.join("CONTRIBUTING.md")).unwrap();
    let section = guide.split("## Add a rule").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let files: Vec<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.split('`').next())
        .collect();
    assert_eq!(
        files,
        ["rules/<practice>/<rule>.rs", "rules/<practice>/mod.rs"]
    );
    let sources: Vec<(PathBuf, String)> = ["src", "rules"]
        .iter()
        .flat_map(|folder| rust_files(&root.join(folder)))
        .map(|path| (path.clone(), fs::read_to_string(&path).unwrap()))
        .collect();
    for rule in catalogue().into_iter().filter(|rule| !is_of_family(rule)) {
        let module = rule.id.replace('-', "_");
        let folder = rules_folder().join(rule.practice.as_str().replace('-', "_"));
        let own = folder.join(format!("{module}.rs"));
        let expected = BTreeSet::from([own.clone(), folder.join("mod.rs")]);
        let touched: BTreeSet<PathBuf> = sources
            .iter()
            .filter(|(path, text)| *path == own || text.contains(&format!("{module}::RULE")))
            .map(|(path, _)| path.clone())
            .collect();
        assert_eq!(touched, expected, "{}", rule.id);
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
