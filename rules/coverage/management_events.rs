use super::{arns, missing, shortcomings, with_trail_to_mend};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::selector::{Coverage, Source, Truth};
use crate::snapshot::Action;

/// Read and write management events are recorded in every Region.
pub(super) const RULE: Rule = Rule {
    id: "management-events",
    title: "Read and write management events are recorded in every Region",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Coverage,
    description: "Checks that the logging trails together record read and write management events \
        in every Region. Write events are what was changed: keys, roles, policies, security groups, \
        the trail itself. Read events are how an intruder finds the way (List*, Describe*, Get*), \
        often the only trace before damage is done. A trail that records data events only, or \
        writes only, looks complete in the list of trails and is not.",
    criteria: "Fails if in some audited Region the union over the logging trails that cover it \
        lacks read or write management events; two selectors, or two trails, may complete each \
        other. Event sources that a selector excludes are the matter of management-event-sources. A \
        trail without event selectors records all management events; the name of a selector proves \
        nothing. Unknown if that depends on a status, on IsMultiRegionTrail or on event selectors \
        that could not be read or understood, on a Region whose trails could not be listed, or, \
        where no multi-Region trail carries the answer, on the list of enabled Regions.",
    action: "Let a multi-Region trail record all management events, read and write. The first copy \
        of management events costs nothing in CloudTrail.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html",
    ],
    controls: &[
        Control::cis("1.2.0", "2.1"),
        Control::cis("1.3.0", "3.1"),
        Control::cis("1.4.0", "3.1"),
        Control::cis("1.5.0", "3.1"),
        Control::cis("2.0.0", "3.1"),
        Control::cis("3.0.0", "3.1"),
        Control::cis("4.0.0", "3.1"),
        Control::cis("5.0.0", "3.1"),
        Control::cis("6.0.0", "4.1"),
        Control::cis("7.0.0", "4.1"),
        Control::security_hub("CloudTrail.1"),
        Control::config("multi-region-cloudtrail-enabled"),
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::GetTrailStatus, Action::GetEventSelectors],
    remedies: Remedies {
        cli: "# This replaces all event selectors of the trail: add those for data events that it has.\n\
            aws cloudtrail put-event-selectors --trail-name {trail_arn} --region {home_region} --advanced-event-selectors '[{\"Name\":\"management\",\"FieldSelectors\":[{\"Field\":\"eventCategory\",\"Equals\":[\"Management\"]}]}]'",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  is_multi_region_trail = true\n\n  advanced_event_selector {\n    name = \"management\"\n    field_selector {\n      field  = \"eventCategory\"\n      equals = [\"Management\"]\n    }\n  }\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  IsMultiRegionTrail: true\n  AdvancedEventSelectors:\n    - Name: management\n      FieldSelectors:\n        - Field: eventCategory\n          Equals: [Management]",
    },
    check: Check::Account(check),
};

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    let coverage = Coverage::of(account);
    let grid = coverage.management(&[Source::Rest]);
    if grid.missing.is_empty() {
        if let Some((_, gap)) = grid.doubtful.first() {
            return Err((*gap).clone());
        }
        let regions: Vec<&str> = account.regions.keys().map(String::as_str).collect();
        return Ok(Verdict::pass(format!(
            "read and write management events are recorded in {}",
            missing::regions(&regions, account)
        ))
        .evidence("regions", regions)
        .evidence("trails", arns(&account.trails)));
    }
    let missing = missing::events(&grid.missing, &[Source::Rest], account);
    let regions: Vec<&str> = missing::regions_of(&grid.missing).into_iter().collect();
    let why = shortcomings(&coverage.recorders, |one| {
        let nothing = one.records_any() == Truth::No;
        nothing.then(|| "records no management events".to_owned())
    });
    let message = match why.as_str() {
        "" => format!("no logging trail records {missing}"),
        why => format!("no logging trail records {missing} ({why})"),
    };
    let verdict = Verdict::fail(message)
        .evidence("missing", missing)
        .evidence("regions", regions)
        .evidence("trails", arns(&account.trails));
    Ok(with_trail_to_mend(verdict, account))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Observed, story};

    fn select(account: &mut Account, at: usize, selectors: serde_json::Value) {
        account.trails[at].selectors = Observed::Known(serde_json::from_value(selectors).unwrap());
    }

    fn basic(read_write: &str, management: bool) -> serde_json::Value {
        json!({"basic": [{"read_write": read_write, "management_events": management,
            "excluded_sources": [], "data_resources": []}]})
    }

    /// Two multi-Region trails, each with a selector of its own.
    fn two(first: serde_json::Value, second: serde_json::Value) -> Account {
        let mut account = story::pristine_account();
        let twin = account.trail_mut().twin("second", "us-east-1");
        account.trails.push(twin);
        select(&mut account, 0, first);
        select(&mut account, 1, second);
        account
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    #[test]
    fn all_management_events_of_a_multi_region_trail_pass() {
        assert_eq!(ruling(&story::pristine_account()), Ruling::Pass);
    }

    #[test]
    fn no_selectors_mean_all_management_events() {
        let mut account = story::pristine_account();
        select(&mut account, 0, json!({"basic": []}));
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn one_trail_for_reads_and_one_for_writes_complete_each_other() {
        assert_eq!(
            ruling(&two(basic("ReadOnly", true), basic("WriteOnly", true))),
            Ruling::Pass
        );
        let account = two(basic("ReadOnly", true), basic("ReadOnly", true));
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "no logging trail records write management events in eu-west-1 and us-east-1"
        );
    }

    #[test]
    fn a_stopped_trail_completes_nothing() {
        let mut account = two(basic("ReadOnly", true), basic("WriteOnly", true));
        account.trails[1].status_mut("us-east-1").is_logging = false;
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict.message.contains("`second` is not logging"),
            "{}",
            verdict.message
        );
    }

    #[test]
    fn a_data_only_trail_is_not_a_management_trail() {
        let mut account = story::pristine_account();
        select(&mut account, 0, basic("All", false));
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict.message.contains("records no management events"),
            "{}",
            verdict.message
        );
    }

    #[test]
    fn a_gap_names_exactly_the_region_and_the_access() {
        let mut account = two(basic("ReadOnly", true), basic("WriteOnly", true));
        account.trails[1].multi_region = Observed::Known(false);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(
            verdict.message,
            "no logging trail records write management events in eu-west-1"
        );
    }

    #[test]
    fn no_trail_at_all_fails() {
        assert_eq!(ruling(&story::bare_account()), Ruling::Fail);
    }

    #[test]
    fn unread_selectors_are_unknown_unless_another_trail_records_everything() {
        let mut account = two(json!({"basic": []}), json!({"basic": []}));
        account.trails[1].selectors = story::denied(Action::GetEventSelectors);
        assert_eq!(ruling(&account), Ruling::Pass);
        select(&mut account, 0, basic("ReadOnly", true));
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "cloudtrail:GetEventSelectors");
        account.trails[1].status_mut("us-east-1").is_logging = false;
        assert_eq!(ruling(&account), Ruling::Fail);
    }

    #[test]
    fn a_selector_that_this_build_does_not_understand_is_unknown() {
        let mut account = story::pristine_account();
        select(
            &mut account,
            0,
            json!({"advanced": [{"name": "all", "fields": [
            {"field": "eventCategory", "equals": ["Management"]},
            {"field": "phaseOfTheMoon", "equals": ["full"]}]}]}),
        );
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert!(gap.detail.contains("`phaseOfTheMoon`"), "{}", gap.detail);
    }

    #[test]
    fn single_region_trails_in_every_region_pass_only_if_the_regions_are_known() {
        let mut account = story::pristine_account();
        account.trail_mut().multi_region = Observed::Known(false);
        let mut twin = account.trail_mut().twin("second", "eu-west-1");
        twin.status.remove("us-east-1");
        account.trails.push(twin);
        assert_eq!(ruling(&account), Ruling::Pass);
        account.enabled_regions = story::denied(Action::ListRegions);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "account:ListRegions");
        account.regions_named = true;
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn a_multi_region_trail_passes_although_the_regions_are_not_known() {
        let mut account = story::pristine_account();
        account.enabled_regions = story::denied(Action::ListRegions);
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn a_region_that_could_not_be_listed_makes_a_fail_there_unknown_and_nowhere_else() {
        let mut account = story::pristine_account();
        account.trail_mut().multi_region = Observed::Known(false);
        assert_eq!(ruling(&account), Ruling::Fail);
        account.regions.get_mut("eu-west-1").unwrap().trails =
            story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
        account.trail_mut().status_mut("us-east-1").is_logging = false;
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(
            verdict.message,
            "no logging trail records read and write management events in us-east-1 \
             (`main` is not logging)"
        );
    }

    #[test]
    fn no_audited_region_is_no_pass() {
        let mut account = story::pristine_account();
        account.regions.clear();
        account.trail_mut().multi_region = Observed::Known(false);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
