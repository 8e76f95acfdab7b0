use super::{arns, names};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::selector::{Coverage, Recorder, Truth};
use crate::snapshot::{Action, Trail};

/// No Region's management events are recorded twice.
pub(super) const RULE: Rule = Rule {
    id: "single-management-copy",
    title: "Management events of a Region are recorded once",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Coverage,
    description: "Checks that no more than one logging trail records management events in a Region. \
        The first copy is free, every further one is billed by the event, and an organization trail \
        beside an account's own trail easily doubles the bill unnoticed. Two copies also blur the \
        evidence: global service events show up twice, alarms fire twice, and nobody knows which \
        bucket is the one to guard. A trail that appears beside yours may be an intruder's.",
    criteria: "For each audited Region: fails if more than one logging trail covers it and records \
        any management events, in whatever bucket they end. Unknown if a second trail may do so \
        whose status, IsMultiRegionTrail or event selectors could not be read, or if the Region's \
        trails could not be listed; and, once for the account, as for region-coverage. Not applicable if no trail records management events there. \
        Event data stores are not looked at.",
    action: "Keep the trail that delivers to the aggregated bucket, in an organization its \
        organization trail. Let the others record data events only, or delete them once nobody \
        reads their bucket. A second copy that is wanted, such as one of a security team's own, is \
        a reason to accept this finding.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-manage-costs.html",
        "https://aws.amazon.com/cloudtrail/pricing/",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::GetTrailStatus, Action::GetEventSelectors],
    remedies: Remedies {
        cli: "aws cloudtrail get-event-selectors --trail-name {second_trail_arn} --region {second_home_region}\n\
            # only if another trail of the finding stays and nobody reads the bucket of this one:\n\
            # aws cloudtrail delete-trail --name {second_trail_arn} --region {second_home_region}",
        terraform: "# Remove the redundant resource, or let it record data events only:\nresource \"aws_cloudtrail\" \"second\" {\n  event_selector {\n    include_management_events = false\n    data_resource {\n      type   = \"AWS::S3::Object\"\n      values = [\"arn:{partition}:s3\"]\n    }\n  }\n}",
        cloudformation: "# Remove the redundant resource, or let it record data events only:\nType: AWS::CloudTrail::Trail\nProperties:\n  EventSelectors:\n    - IncludeManagementEvents: false\n      DataResources:\n        - Type: AWS::S3::Object\n          Values: [\"arn:{partition}:s3\"]",
    },
    check: Check::Region(check),
};

fn check(context: &Context<'_>, region: &str) -> Judgement {
    let coverage = Coverage::of(context.account);
    let copies = |one: &Recorder<'_>| -> Result<bool, _> {
        let copy = one.logging().and(one.covers(Some(region)));
        copy.and(one.records_any()).known()
    };
    let (mut certain, mut doubt): (Vec<&Trail>, _) = (Vec::new(), None);
    for one in &coverage.recorders {
        match copies(one) {
            Ok(true) => certain.push(one.trail),
            Ok(false) => {}
            Err(gap) => doubt = doubt.or(Some(gap)),
        }
    }
    if let [_, second, ..] = certain.as_slice() {
        // An organization's trail cannot be changed from here, another one can.
        let own = |trail: &&&Trail| trail.owner_account() == context.account.id;
        let second = certain.iter().rev().find(own).unwrap_or(second);
        return Ok(Verdict::fail(format!(
            "{} trails record management events in {region}: {}",
            certain.len(),
            names(certain.iter().copied())
        ))
        .evidence("trails", arns(certain.iter().copied()))
        .evidence("second_trail_arn", second.arn.as_str())
        .evidence("second_home_region", second.home_region.as_str()));
    }
    if let Truth::Unknown(gap) = coverage.unseen_in(region) {
        return Err(gap.clone());
    }
    match (doubt, certain.as_slice()) {
        (Some(gap), _) => Err(gap),
        (None, []) => Ok(Verdict::not_applicable(format!(
            "no logging trail records management events in {region}"
        ))),
        (None, trails) => Ok(Verdict::pass(format!(
            "only {} records management events in {region}",
            names(trails.iter().copied())
        ))
        .evidence("trails", arns(trails.iter().copied()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Observed, story};

    fn judge(account: &Account, region: &str) -> Judgement {
        let context = Context {
            now: "2026-11-22T12:00:00Z".parse().unwrap(),
            account,
            settings: &Settings::default(),
        };
        check(&context, region)
    }

    fn twins() -> Account {
        let mut account = story::pristine_account();
        let mut twin = account.trail_mut().twin("second", "eu-west-1");
        twin.multi_region = Observed::Known(false);
        account.trails.push(twin);
        account
    }

    #[test]
    fn one_copy_passes() {
        let verdict = judge(&story::pristine_account(), "eu-west-1").unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
    }

    #[test]
    fn a_second_copy_fails_in_the_regions_where_there_is_one() {
        let account = twins();
        let verdict = judge(&account, "eu-west-1").unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "2 trails record management events in eu-west-1: `main` and `second`"
        );
        assert_eq!(judge(&account, "us-east-1").unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn a_stopped_or_a_data_only_second_trail_is_no_copy() {
        let mut account = twins();
        account.trails[1].status_mut("eu-west-1").is_logging = false;
        assert_eq!(judge(&account, "eu-west-1").unwrap().ruling, Ruling::Pass);
        let mut account = twins();
        account.trails[1].selectors = Observed::Known(
            serde_json::from_value(serde_json::json!({"basic": [{"read_write": "All",
                "management_events": false, "excluded_sources": [], "data_resources": []}]}))
            .unwrap(),
        );
        assert_eq!(judge(&account, "eu-west-1").unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn halves_are_copies_too_because_each_may_be_billed() {
        let mut account = twins();
        account.trails[1].selectors = Observed::Known(
            serde_json::from_value(serde_json::json!({"basic": [{"read_write": "ReadOnly",
                "management_events": true, "excluded_sources": [], "data_resources": []}]}))
            .unwrap(),
        );
        assert_eq!(judge(&account, "eu-west-1").unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn two_certain_copies_fail_although_a_third_trail_is_unknown() {
        let mut account = twins();
        let mut third = account.trail_mut().twin("third", "eu-west-1");
        third.selectors = story::denied(Action::GetEventSelectors);
        account.trails.push(third);
        assert_eq!(judge(&account, "eu-west-1").unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn a_possible_second_copy_is_unknown() {
        let mut account = twins();
        account.trails[1].selectors = story::denied(Action::GetEventSelectors);
        assert!(judge(&account, "eu-west-1").is_err());
        assert_eq!(judge(&account, "us-east-1").unwrap().ruling, Ruling::Pass);
        let mut account = story::pristine_account();
        account.regions.get_mut("eu-west-1").unwrap().trails =
            story::denied(Action::DescribeTrails);
        assert!(judge(&account, "eu-west-1").is_err());
    }

    #[test]
    fn no_copy_at_all_is_not_applicable() {
        let verdict = judge(&story::bare_account(), "eu-west-1").unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }
}
