//! Which clauses of outside standards each rule speaks to, in one table.

use std::collections::BTreeSet;

use super::catalogue;
use crate::rule::{Control, Rule};

/// The numbers that one recommendation of the CIS benchmark has, as its sections moved: in
/// version 1.2, from 1.3 to 2.0, from 3.0 to 5.0, and from 6.0 on; empty where it has none.
type Cis = [&'static str; 4];

const CIS_VERSIONS: [&[&str]; 4] = [
    &["1.2.0"],
    &["1.3.0", "1.4.0", "1.5.0", "2.0.0"],
    &["3.0.0", "4.0.0", "5.0.0"],
    &["6.0.0", "7.0.0"],
];

const NONE: Cis = ["", "", "", ""];

/// A rule, CIS, Security Hub, and AWS Config's managed rules.
type Row = (
    &'static str,
    Cis,
    &'static [&'static str],
    &'static [&'static str],
);

const SECURITY_TRAIL: &[&str] = &["cloudtrail-security-trail-enabled"];
const MULTI_REGION: &[&str] = &["multi-region-cloudtrail-enabled"];

const TABLE: &[Row] = &[
    (
        "trail-exists",
        NONE,
        &["CloudTrail.3"],
        &["cloudtrail-enabled"],
    ),
    (
        "trail-logging",
        NONE,
        &["CloudTrail.3"],
        &["cloudtrail-enabled"],
    ),
    ("region-coverage", NONE, &["CloudTrail.1"], MULTI_REGION),
    (
        "multi-region-trail",
        ["2.1", "3.1", "3.1", "4.1"],
        &["CloudTrail.1"],
        MULTI_REGION,
    ),
    (
        "management-events",
        ["2.1", "3.1", "3.1", "4.1"],
        &["CloudTrail.1"],
        MULTI_REGION,
    ),
    ("management-event-sources", NONE, &[], SECURITY_TRAIL),
    ("global-service-events", NONE, &[], SECURITY_TRAIL),
    ("organization-trail", NONE, &[], SECURITY_TRAIL),
    (
        "s3-data-events-write",
        ["", "3.10", "3.8", "4.8"],
        &["S3.22"],
        &["cloudtrail-all-write-s3-data-event-check"],
    ),
    (
        "s3-data-events-read",
        ["", "3.11", "3.9", "4.9"],
        &["S3.23"],
        &["cloudtrail-all-read-s3-data-event-check"],
    ),
    (
        "log-file-validation",
        ["2.2", "3.2", "3.2", "4.2"],
        &["CloudTrail.4"],
        &["cloud-trail-log-file-validation-enabled"],
    ),
    ("aggregated-bucket", NONE, &[], SECURITY_TRAIL),
    ("log-archive-account", NONE, &[], SECURITY_TRAIL),
    ("delivery-permitted", NONE, &[], SECURITY_TRAIL),
    ("log-delivery", NONE, &[], SECURITY_TRAIL),
    (
        "bucket-not-public",
        ["2.3", "3.3", "", ""],
        &["CloudTrail.6"],
        &["cloudtrail-s3-bucket-public-access-prohibited"],
    ),
    (
        "bucket-access-logging",
        ["2.6", "3.6", "3.4", "4.4"],
        &["CloudTrail.7"],
        &["cloudtrail-s3-bucket-access-logging"],
    ),
    (
        "trail-encryption",
        ["2.7", "3.7", "3.5", "4.5"],
        &["CloudTrail.2"],
        &["cloud-trail-encryption-enabled"],
    ),
    (
        "key-rotation",
        ["2.8", "3.8", "3.6", "4.6"],
        &["KMS.4"],
        &["cmk-backing-key-rotation-enabled"],
    ),
    (
        "cloudwatch-logs-integration",
        ["2.4", "3.4", "", ""],
        &["CloudTrail.5"],
        &["cloud-trail-cloud-watch-logs-enabled"],
    ),
    (
        "log-group-retention",
        NONE,
        &["CloudWatch.16"],
        &["cw-loggroup-retention-period-check"],
    ),
    (
        "config-recorder",
        ["2.5", "3.5", "3.3", "4.3"],
        &["Config.1"],
        &[],
    ),
    (
        "data-store-encryption",
        NONE,
        &["CloudTrail.10"],
        &["event-data-store-cmk-encryption-enabled"],
    ),
    (
        "guardduty-enabled",
        NONE,
        &["GuardDuty.1"],
        &["guardduty-enabled-centralized"],
    ),
    ("trail-tags", NONE, &["CloudTrail.9"], &[]),
];

/// A recommendation's number in each version.
type Numbers = &'static [(&'static str, &'static str)];

/// A rule, CIS, Security Hub, and AWS Config's managed rules.
type OddRow = (
    &'static str,
    Numbers,
    &'static [&'static str],
    &'static [&'static str],
);

/// Rows whose numbers did not move with their section.
const ODD: &[OddRow] = &[
    (
        "bucket-mfa-delete",
        &[
            ("1.4.0", "2.1.3"),
            ("1.5.0", "2.1.3"),
            ("2.0.0", "2.1.2"),
            ("3.0.0", "2.1.2"),
            ("4.0.0", "2.1.2"),
            ("5.0.0", "2.1.2"),
            ("6.0.0", "3.1.2"),
            ("7.0.0", "3.1.2"),
        ],
        &["S3.20"],
        &["s3-bucket-mfa-delete-enabled"],
    ),
    (
        "bucket-tls-only",
        &[
            ("1.3.0", "2.1.2"),
            ("1.4.0", "2.1.2"),
            ("1.5.0", "2.1.2"),
            ("2.0.0", "2.1.1"),
            ("3.0.0", "2.1.1"),
            ("4.0.0", "2.1.1"),
            ("5.0.0", "2.1.1"),
            ("6.0.0", "3.1.1"),
            ("7.0.0", "3.1.1"),
        ],
        &["S3.5"],
        &["s3-bucket-ssl-requests-only"],
    ),
    (
        "security-hub-enabled",
        &[
            ("1.5.0", "4.16"),
            ("2.0.0", "4.16"),
            ("3.0.0", "4.16"),
            ("4.0.0", "4.16"),
            ("5.0.0", "4.16"),
        ],
        &[],
        &["securityhub-enabled"],
    ),
];

/// Alarms, by the number they have had in each version's monitoring section, which is the
/// number of Security Hub's control but for the first three.
const ALARMS: &[(&str, u8, Option<u8>)] = &[
    ("alarm-unauthorized-api-calls", 1, Some(2)),
    ("alarm-console-sign-in-without-mfa", 2, Some(3)),
    ("alarm-root-usage", 3, Some(1)),
    ("alarm-iam-policy-changes", 4, Some(4)),
    ("alarm-cloudtrail-changes", 5, Some(5)),
    ("alarm-console-authentication-failures", 6, Some(6)),
    ("alarm-kms-key-deletion", 7, Some(7)),
    ("alarm-s3-bucket-policy-changes", 8, Some(8)),
    ("alarm-config-changes", 9, Some(9)),
    ("alarm-security-group-changes", 10, Some(10)),
    ("alarm-network-acl-changes", 11, Some(11)),
    ("alarm-network-gateway-changes", 12, Some(12)),
    ("alarm-route-table-changes", 13, Some(13)),
    ("alarm-vpc-changes", 14, Some(14)),
    ("alarm-organizations-changes", 15, None),
];

type Clause = (String, String, String);

fn clause(control: Control) -> Clause {
    let Control {
        framework,
        version,
        id,
    } = control;
    (framework.to_owned(), version.to_owned(), id.to_owned())
}

fn numbered(framework: &str, version: &str, id: String) -> Clause {
    (framework.to_owned(), version.to_owned(), id)
}

/// What a rule cites of these three standards, AWS's own lists of practices left aside.
fn cited(rule: &Rule) -> BTreeSet<Clause> {
    let standards = ["CIS AWS Foundations", "AWS Security Hub", "AWS Config"];
    let cited = rule.controls.iter().copied();
    cited
        .filter(|control| standards.contains(&control.framework))
        .map(clause)
        .collect()
}

fn expected(
    cis: &[(&'static str, &'static str)],
    hub: &[&'static str],
    config: &[&'static str],
) -> BTreeSet<Clause> {
    let cis = cis.iter().map(|(version, id)| Control::cis(version, id));
    let hub = hub.iter().map(|id| Control::security_hub(id));
    let config = config.iter().map(|id| Control::config(id));
    cis.chain(hub).chain(config).map(clause).collect()
}

fn of_sections(cis: Cis) -> Vec<(&'static str, &'static str)> {
    let sections = CIS_VERSIONS.iter().zip(cis);
    sections
        .filter(|(_, id)| !id.is_empty())
        .flat_map(|(versions, id)| versions.iter().map(move |version| (*version, id)))
        .collect()
}

fn of_alarm(number: u8, hub: Option<u8>) -> BTreeSet<Clause> {
    let cis = "CIS AWS Foundations";
    let mut clauses: BTreeSet<Clause> = CIS_VERSIONS
        .iter()
        .zip([3, 4, 4, 5])
        .flat_map(|(versions, section)| versions.iter().map(move |version| (version, section)))
        // What happens to an organization is watched since the section grew to fifteen.
        .filter(|(_, section)| *section > 3 || number < 15)
        .map(|(version, section)| numbered(cis, version, format!("{section}.{number}")))
        .collect();
    let hub = hub.map(|hub| numbered("AWS Security Hub", "", format!("CloudWatch.{hub}")));
    clauses.extend(hub);
    clauses
}

#[test]
fn every_rule_cites_the_clauses_of_the_table_and_no_others() {
    let regular = TABLE
        .iter()
        .map(|(id, cis, hub, config)| (*id, expected(&of_sections(*cis), hub, config)));
    let odd = ODD
        .iter()
        .map(|(id, cis, hub, config)| (*id, expected(cis, hub, config)));
    let rows: Vec<(&str, BTreeSet<Clause>)> = regular.chain(odd).collect();
    for rule in catalogue() {
        if rule.id.starts_with("alarm-") {
            continue;
        }
        let row = rows.iter().find(|(id, _)| *id == rule.id);
        let row = row.map(|(_, clauses)| clauses.clone());
        assert_eq!(cited(rule), row.unwrap_or_default(), "{}", rule.id);
    }
    for (id, _) in rows {
        assert!(catalogue().iter().any(|rule| rule.id == id), "{id}");
    }
}

#[test]
fn alarms_cite_the_number_that_they_have_in_each_version() {
    for (id, number, hub) in ALARMS {
        if let Some(rule) = catalogue().into_iter().find(|rule| rule.id == *id) {
            assert_eq!(cited(rule), of_alarm(*number, *hub), "{id}");
        }
    }
    let reaches = catalogue()
        .into_iter()
        .find(|rule| rule.id == "alarm-reaches-someone");
    if let Some(rule) = reaches {
        let hub = ["CloudWatch.15", "CloudWatch.17"];
        let config = [
            "cloudwatch-alarm-action-check",
            "cloudwatch-alarm-action-enabled-check",
        ];
        assert_eq!(cited(rule), expected(&[], &hub, &config));
    }
}
