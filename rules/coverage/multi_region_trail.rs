use super::{arns, names, shortcomings, with_trail_to_mend};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::selector::{Coverage, Truth};
use crate::snapshot::{Action, Trail};

/// A logging multi-Region trail exists.
pub(super) const RULE: Rule = Rule {
    id: "multi-region-trail",
    title: "A multi-Region trail is logging",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Coverage,
    description: "Checks that at least one trail is a multi-Region trail and logging. Single-Region \
        trails can cover every Region of today, but not the one that AWS adds or someone enables \
        tomorrow: an intruder who may enable an opt-in Region leaves them behind. A multi-Region \
        trail follows by itself, records global service events, and has one configuration to guard.",
    criteria: "Fails if no visible trail has both IsMultiRegionTrail and, at its home Region, \
        IsLogging. An organization's trail counts. Unknown if that depends on a trail whose status \
        or IsMultiRegionTrail could not be read, or on a Region whose trails could not be listed.",
    action: "Make a trail multi-Region and start it. Single-Region trails that it makes redundant \
        can then be deleted.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-multi-region-trails.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
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
    reads: &[Action::GetTrailStatus],
    remedies: Remedies {
        cli: "aws cloudtrail update-trail --name {trail_arn} --region {home_region} --is-multi-region-trail\n\
            aws cloudtrail start-logging --name {trail_arn} --region {home_region}",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  is_multi_region_trail = true\n  enable_logging        = true\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  IsMultiRegionTrail: true\n  IsLogging: true",
    },
    check: Check::Account(check),
};

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    let coverage = Coverage::of(account);
    if coverage
        .any(|one| one.multi_region().and(one.logging()))
        .known()?
    {
        let good: Vec<&Trail> = coverage
            .recorders
            .iter()
            .filter(|one| one.multi_region().and(one.logging()) == Truth::Yes)
            .map(|one| one.trail)
            .collect();
        let named = names(good.iter().copied());
        let message = match good.as_slice() {
            [_] => format!("{named} is a multi-Region trail and logging"),
            _ => format!("{named} are multi-Region trails and logging"),
        };
        return Ok(Verdict::pass(message).evidence("trails", arns(good)));
    }
    let why = shortcomings(&coverage.recorders, |_| Some("is single-Region".to_owned()));
    let verdict = Verdict::fail(format!("no multi-Region trail is logging: {why}"))
        .evidence("trails", arns(&account.trails));
    Ok(with_trail_to_mend(verdict, account))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Observed, story};

    #[test]
    fn a_logging_multi_region_trail_passes() {
        let account = story::pristine_account();
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn one_trail_must_be_both_multi_region_and_logging() {
        let mut account = story::pristine_account();
        let mut single = account.trail_mut().twin("single", "eu-west-1");
        single.multi_region = Observed::Known(false);
        account.trails.push(single);
        account.trail_mut().status_mut("us-east-1").is_logging = false;
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict.message.contains("`main` is not logging"),
            "{}",
            verdict.message
        );
        assert!(
            verdict.message.contains("`single` is single-Region"),
            "{}",
            verdict.message
        );
    }

    #[test]
    fn no_trail_at_all_fails() {
        let verdict = story::judge(&RULE, &story::bare_account()).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
    }

    #[test]
    fn a_trail_that_might_be_it_makes_it_unknown() {
        let mut account = story::pristine_account();
        account.trail_mut().multi_region = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
        account.trail_mut().status_mut("us-east-1").is_logging = false;
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn a_region_that_could_not_be_listed_makes_a_fail_unknown_and_leaves_a_pass() {
        let mut account = story::pristine_account();
        account.regions.get_mut("eu-west-1").unwrap().trails =
            story::denied(Action::DescribeTrails);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        account.trail_mut().multi_region = Observed::Known(false);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn an_organization_trail_whose_status_a_member_may_not_read_is_unknown() {
        let mut account = story::pristine_account();
        let trail = account.trail_mut();
        trail.arn = "arn:aws:cloudtrail:us-east-1:999988887777:trail/org".to_owned();
        trail.status = [(
            "us-east-1".to_owned(),
            story::denied(Action::GetTrailStatus),
        )]
        .into();
        assert!(story::judge(&RULE, &account).is_err());
    }
}
