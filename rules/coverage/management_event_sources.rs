use super::{arns, missing, with_trail_to_mend};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::selector::{Access, Cell, Coverage, Grid, KMS, RDS_DATA, Source};
use crate::snapshot::Action;

/// No event source is left out of the management events.
pub(super) const RULE: Rule = Rule {
    id: "management-event-sources",
    title: "Management events of every source are recorded, KMS and RDS Data included",
    severity: Severity::Medium,
    worst: Severity::High,
    practice: Practice::Coverage,
    description: "Checks that no event source is left out of the recorded management events. A \
        trail may exclude AWS KMS and the RDS Data API, whose events are many, and is often told \
        to in order to save cost. But KMS write events are how one learns that a key was disabled \
        or scheduled for deletion, the way to make encrypted data and encrypted logs unreadable \
        without touching them (MITRE ATT&CK T1485, T1486); its Decrypt events tell which data was \
        opened, and RDS Data events carry statements against databases.",
    criteria: "Fails if in some audited Region the union over the logging trails that cover it \
        lacks read or write management events of AWS KMS, of the RDS Data API, of a source that a \
        selector names, or of the rest. Weighs high if KMS write events are missing, which they are \
        where nothing is recorded. Excluded sources are those of ExcludeManagementEventSources and \
        of eventSource NotEquals; any value is reported, known to AWS or not. Unknown as for \
        management-events, and if KMS write events may be missing beside something that is.",
    action: "Take the exclusion back, or record what it leaves out on a second trail that covers \
        the same Regions. Where volume is the reason, exclude KMS on a trail that records read \
        events only, and keep write events of every source.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html",
        "https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html",
    ],
    controls: &[
        Control::config("cloudtrail-security-trail-enabled"),
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::GetTrailStatus, Action::GetEventSelectors],
    remedies: Remedies {
        cli: "# This replaces all event selectors of the trail: add those for data events that it has.\n\
            aws cloudtrail put-event-selectors --trail-name {trail_arn} --region {home_region} --advanced-event-selectors '[{\"Name\":\"management\",\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":[\"Management\"]}]}]'",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  event_selector {\n    read_write_type                  = \"All\"\n    include_management_events        = true\n    exclude_management_event_sources = []\n  }\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  EventSelectors:\n    - ReadWriteType: All\n      IncludeManagementEvents: true\n      ExcludeManagementEventSources: []",
    },
    check: Check::Account(check),
};

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    let coverage = Coverage::of(account);
    let mut names = coverage.named_sources();
    names.extend([KMS, RDS_DATA]);
    let mut sources: Vec<Source<'_>> = names.iter().copied().map(Source::Named).collect();
    sources.push(Source::Rest);
    let grid = coverage.management(&sources);

    let severe = grid.missing.iter().any(kms_write);
    // A fail of medium weight must not hide one of high weight behind a missing fact.
    let gap = grid.doubtful.iter().find(|(cell, _)| kms_write(cell));
    let gap = gap.or(grid.doubtful.first());
    match gap {
        Some((cell, gap)) if !severe && (grid.missing.is_empty() || kms_write(cell)) => {
            Err((*gap).clone())
        }
        _ if grid.missing.is_empty() => Ok(Verdict::pass(
            "management events of every source are recorded, KMS and RDS Data included",
        )
        .evidence("sources", names.into_iter().collect::<Vec<_>>())
        .evidence("trails", arns(&account.trails))),
        _ => {
            let missing = missing::events(&grid.missing, &sources, account);
            let verdict = fail(&grid, missing).evidence("trails", arns(&account.trails));
            let verdict = with_trail_to_mend(verdict, account);
            Ok(if severe {
                verdict.severity(Severity::High)
            } else {
                verdict
            })
        }
    }
}

fn fail(grid: &Grid<'_>, missing: String) -> Verdict {
    let regions: Vec<&str> = missing::regions_of(&grid.missing).into_iter().collect();
    Verdict::fail(format!("no logging trail records {missing}"))
        .evidence("missing", missing)
        .evidence("regions", regions)
}

fn kms_write(cell: &Cell<'_>) -> bool {
    cell.source == Source::Named(KMS) && cell.access == Access::Write
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Observed, story};

    fn excluding(read_write: &str, sources: &[&str]) -> Value {
        json!({"basic": [{"read_write": read_write, "management_events": true,
            "excluded_sources": sources, "data_resources": []}]})
    }

    fn advanced(fields: Value) -> Value {
        json!({"advanced": [{"name": "everything", "fields": fields}]})
    }

    fn with(selectors: &[Value]) -> Account {
        let mut account = story::pristine_account();
        let trail = account.trail_mut().clone();
        account.trails.clear();
        for (at, selectors) in selectors.iter().enumerate() {
            let mut twin = trail.twin(&format!("trail-{at}"), "us-east-1");
            twin.selectors = Observed::Known(serde_json::from_value(selectors.clone()).unwrap());
            account.trails.push(twin);
        }
        account
    }

    fn judge(selectors: &[Value]) -> Judgement {
        story::judge(&RULE, &with(selectors))
    }

    fn weight(judgement: &Judgement) -> Option<Severity> {
        let verdict = judgement.as_ref().unwrap();
        let fails = verdict.ruling == Ruling::Fail;
        fails.then(|| verdict.severity.unwrap_or(RULE.severity))
    }

    #[test]
    fn every_source_recorded_passes() {
        assert_eq!(weight(&judge(&[json!({"basic": []})])), None);
        assert_eq!(weight(&judge(&[excluding("All", &[])])), None);
    }

    #[test]
    fn excluding_kms_is_high_because_writes_are_missing() {
        let not_equals = advanced(json!([
            {"field": "eventCategory", "equals": ["Management"]},
            {"field": "eventSource", "not_equals": [KMS]}]));
        for selectors in [excluding("All", &[KMS]), not_equals] {
            let judgement = judge(&[selectors]);
            assert_eq!(weight(&judgement), Some(Severity::High));
            assert_eq!(
                judgement.unwrap().message,
                "no logging trail records read and write management events of \
                 `kms.amazonaws.com` in eu-west-1 and us-east-1"
            );
        }
    }

    #[test]
    fn excluding_rds_data_is_medium() {
        assert_eq!(
            weight(&judge(&[excluding("All", &[RDS_DATA])])),
            Some(Severity::Medium)
        );
    }

    #[test]
    fn kms_reads_alone_missing_is_medium() {
        let judgement = judge(&[excluding("ReadOnly", &[KMS]), excluding("WriteOnly", &[])]);
        assert_eq!(weight(&judgement), Some(Severity::Medium));
        assert!(
            judgement
                .unwrap()
                .message
                .contains("records read management events of `kms.amazonaws.com`")
        );
    }

    #[test]
    fn any_other_excluded_value_is_reported_too() {
        for odd in ["ec2.amazonaws.com", "KMS.amazonaws.com", "*", ""] {
            let judgement = judge(&[excluding("All", &[odd])]);
            assert_eq!(weight(&judgement), Some(Severity::Medium), "{odd}");
            assert!(
                judgement.unwrap().message.contains(&format!("`{odd}`")),
                "{odd}"
            );
        }
    }

    #[test]
    fn what_one_trail_excludes_another_may_record() {
        assert_eq!(
            weight(&judge(&[
                excluding("All", &[KMS]),
                excluding("All", &[RDS_DATA])
            ])),
            None
        );
        assert_eq!(
            weight(&judge(&[
                excluding("All", &[KMS]),
                excluding("ReadOnly", &[])
            ])),
            Some(Severity::High)
        );
    }

    #[test]
    fn nothing_recorded_is_high() {
        assert_eq!(
            weight(&story::judge(&RULE, &story::bare_account())),
            Some(Severity::High)
        );
        let data_only = advanced(json!([
            {"field": "eventCategory", "equals": ["Data"]},
            {"field": "resources.type", "equals": ["AWS::S3::Object"]}]));
        assert_eq!(weight(&judge(&[data_only])), Some(Severity::High));
    }

    #[test]
    fn a_lesser_fail_does_not_hide_a_possible_greater_one() {
        let mut account = with(&[
            excluding("WriteOnly", &[RDS_DATA]),
            excluding("ReadOnly", &[]),
        ]);
        assert_eq!(
            weight(&story::judge(&RULE, &account)),
            Some(Severity::Medium)
        );
        // RDS Data writes are missing in us-east-1 for certain, and whether the first trail
        // also brings KMS writes to eu-west-1 is not known.
        account.trails[0].multi_region = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
        // Whether KMS reads are missing does not matter beside a certain fail.
        account.trails[0].multi_region = Observed::Known(true);
        account.trails[1].multi_region = story::denied(Action::DescribeTrails);
        assert_eq!(
            weight(&story::judge(&RULE, &account)),
            Some(Severity::Medium)
        );
    }

    #[test]
    fn unread_selectors_are_unknown() {
        let mut account = story::pristine_account();
        account.trail_mut().selectors = story::denied(Action::GetEventSelectors);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
