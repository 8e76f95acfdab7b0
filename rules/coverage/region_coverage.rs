use super::{arns, names, shortcomings};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::selector::{Coverage, Truth};
use crate::snapshot::Action;

/// A logging trail covers every audited Region.
pub(super) const RULE: Rule = Rule {
    id: "region-coverage",
    title: "Every enabled Region is covered by a logging trail",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Coverage,
    description: "Checks Region by Region that a logging trail covers it. A Region without one is \
        where an intruder works unseen: instances mine, keys and roles are made, buckets are \
        emptied, and nothing of it is recorded (MITRE ATT&CK T1535, unused Regions). That nobody \
        uses a Region is no reason: it can be used with any credential that is not kept from it.",
    criteria: "For each audited Region, which without --regions is every Region enabled in the \
        account: fails unless a logging trail has its home there, or a logging multi-Region trail \
        exists. An organization's trail counts like any other. Unknown if that depends on a trail's \
        status or IsMultiRegionTrail that could not be read, or on the Region's trails that could \
        not be listed; and, once for the account, if the enabled Regions could not be listed or one \
        of them was not audited.",
    action: "Make a trail a multi-Region trail, which also covers Regions that are enabled later. \
        Where it exists and does not log, start it.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/receive-cloudtrail-log-files-from-multiple-regions.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
        "https://attack.mitre.org/techniques/T1535/",
    ],
    controls: &[
        Control::security_hub("CloudTrail.1"),
        Control::config("multi-region-cloudtrail-enabled"),
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::GetTrailStatus],
    remedies: Remedies {
        cli: "aws cloudtrail update-trail --name {trail_arn} --region {home_region} --is-multi-region-trail\n\
            aws cloudtrail start-logging --name {trail_arn} --region {home_region}",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  is_multi_region_trail = true\n  enable_logging        = true\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  IsMultiRegionTrail: true\n  IsLogging: true",
    },
    check: Check::Region(check),
};

fn check(context: &Context<'_>, region: &str) -> Judgement {
    let account = context.account;
    let coverage = Coverage::of(account);
    if coverage.any_in(region, |one| one.logging()).known()? {
        let covering = coverage
            .recorders
            .iter()
            .filter(|one| one.logging().and(one.covers(Some(region))) == Truth::Yes)
            .map(|one| one.trail);
        let covering: Vec<_> = covering.collect();
        return Ok(
            Verdict::pass(format!("covered by {}", names(covering.iter().copied())))
                .evidence("trails", arns(covering)),
        );
    }
    let why = shortcomings(&coverage.recorders, |one| {
        Some(format!("covers {} only", one.trail.home_region))
    });
    let verdict = Verdict::fail(format!("no logging trail covers {region}: {why}"))
        .evidence("trails", arns(&account.trails));
    Ok(super::with_trail_to_mend(verdict, account))
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

    fn ruling(account: &Account, region: &str) -> Ruling {
        judge(account, region).unwrap().ruling
    }

    #[test]
    fn a_logging_multi_region_trail_covers_every_region() {
        let account = story::pristine_account();
        assert_eq!(ruling(&account, "us-east-1"), Ruling::Pass);
        assert_eq!(ruling(&account, "eu-west-1"), Ruling::Pass);
    }

    #[test]
    fn a_single_region_trail_covers_its_home_only() {
        let mut account = story::pristine_account();
        account.trail_mut().multi_region = Observed::Known(false);
        assert_eq!(ruling(&account, "us-east-1"), Ruling::Pass);
        let verdict = judge(&account, "eu-west-1").unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict.message.contains("covers us-east-1 only"),
            "{}",
            verdict.message
        );
    }

    #[test]
    fn a_stopped_trail_covers_nothing() {
        let mut account = story::pristine_account();
        account.trail_mut().status_mut("us-east-1").is_logging = false;
        assert_eq!(ruling(&account, "us-east-1"), Ruling::Fail);
        assert_eq!(ruling(&account, "eu-west-1"), Ruling::Fail);
    }

    #[test]
    fn no_trail_at_all_fails_everywhere() {
        let account = story::bare_account();
        assert_eq!(ruling(&account, "us-east-1"), Ruling::Fail);
        assert_eq!(ruling(&account, "eu-west-1"), Ruling::Fail);
    }

    #[test]
    fn a_trail_that_may_or_may_not_reach_a_region_leaves_it_unknown_but_its_home_known() {
        let mut account = story::pristine_account();
        account.trail_mut().multi_region = story::denied(Action::DescribeTrails);
        assert_eq!(ruling(&account, "us-east-1"), Ruling::Pass);
        assert!(judge(&account, "eu-west-1").is_err());
    }

    #[test]
    fn an_unreadable_status_is_unknown_unless_another_trail_covers_the_region() {
        let mut account = story::pristine_account();
        let mut twin = account.trail_mut().twin("other", "us-east-1");
        twin.status = [(
            "us-east-1".to_owned(),
            story::denied(Action::GetTrailStatus),
        )]
        .into();
        account.trails.push(twin);
        assert_eq!(ruling(&account, "eu-west-1"), Ruling::Pass);
        account.trail_mut().multi_region = Observed::Known(false);
        assert!(judge(&account, "eu-west-1").is_err());
    }

    #[test]
    fn an_unlisted_region_is_unknown_and_leaves_the_others_alone() {
        let mut account = story::bare_account();
        account.regions.get_mut("eu-west-1").unwrap().trails =
            story::denied(Action::DescribeTrails);
        assert!(judge(&account, "eu-west-1").is_err());
        assert_eq!(ruling(&account, "us-east-1"), Ruling::Fail);
    }

    #[test]
    fn a_region_that_this_build_has_never_heard_of_is_judged_like_any_other() {
        let mut account = story::pristine_account();
        let facts = account.regions.get("eu-west-1").unwrap().clone();
        account.regions.insert("mars-north-7".to_owned(), facts);
        assert_eq!(ruling(&account, "mars-north-7"), Ruling::Pass);
    }
}
