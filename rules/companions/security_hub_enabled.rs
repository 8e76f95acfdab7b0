use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::Action;

/// Security Hub is on in every audited Region.
pub(super) const RULE: Rule = Rule {
    id: "security-hub-enabled",
    title: "Security Hub is on in every Region",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Companions,
    description: "Security Hub gathers what GuardDuty, AWS Config and others find, and checks the \
        account against standards day by day, those about CloudTrail among them. Between two runs \
        of an audit a trail can be stopped, its bucket opened and its key disabled; Security Hub is \
        what tells of it meanwhile. It works per Region, and an aggregation Region only shows what \
        a Region in which it is on has found.",
    criteria: "Fails if Security Hub is off in an audited Region, as CIS (AWS Foundations 4.16 from \
        version 1.5 on) and Well-Architected ask for it in every Region that is enabled. \
        Unknown if a Region could not be asked, does not offer it, or was not audited, and it is \
        off in none of the others.",
    action: "Turn Security Hub on in every enabled Region, and gather the findings in one; over an \
        organization, use central configuration.",
    resources: &[
        "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-settingup.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/finding-aggregation.html",
    ],
    controls: &[
        Control::cis("1.5.0", "4.16"),
        Control::cis("2.0.0", "4.16"),
        Control::cis("3.0.0", "4.16"),
        Control::cis("4.0.0", "4.16"),
        Control::cis("5.0.0", "4.16"),
        Control::config("securityhub-enabled"),
        Control::well_architected("SEC04-BP03"),
    ],
    reads: &[Action::DescribeHub],
    remedies: Remedies {
        cli: "aws securityhub enable-security-hub --region {off_region}",
        terraform: "resource \"aws_securityhub_account\" \"this\" {\n  region = \"{off_region}\"\n}",
        cloudformation: "Type: AWS::SecurityHub::Hub\nProperties:\n  EnableDefaultStandards: true",
    },
    check: Check::Account(check),
};

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    let (mut off, mut doubt) = (Vec::new(), None);
    for (region, facts) in &account.regions {
        match facts.security_hub.known() {
            Ok(true) => {}
            Ok(false) => off.push(region.as_str()),
            Err(mut gap) => {
                gap.detail = format!("{region}: {}", gap.detail);
                doubt = doubt.or(Some(gap));
            }
        }
    }
    if let Some(first) = off.first() {
        let message = format!("Security Hub is off in {}", listed(&off));
        let verdict = Verdict::fail(message).evidence("off_region", *first);
        return Ok(verdict.evidence("off_regions", off));
    }
    if let Some(gap) = doubt {
        return Err(gap);
    }
    account.regions_known()?;
    let regions: Vec<&str> = account.regions.keys().map(String::as_str).collect();
    let message = format!("Security Hub is on in {}", listed(&regions));
    Ok(Verdict::pass(message).evidence("regions", regions))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Observed, story};

    fn with(hubs: [Observed<bool>; 2]) -> Account {
        let mut account = story::pristine_account();
        for (facts, hub) in account.regions.values_mut().zip(hubs) {
            facts.security_hub = hub;
        }
        account
    }

    fn denied() -> Observed<bool> {
        story::denied(Action::DescribeHub)
    }

    #[test]
    fn it_passes_only_where_every_region_has_it() {
        let on = || Observed::Known(true);
        let all = with([on(), on()]);
        assert_eq!(story::judge(&RULE, &all).unwrap().ruling, Ruling::Pass);
        let one = story::judge(&RULE, &with([on(), Observed::Known(false)])).unwrap();
        assert_eq!(one.ruling, Ruling::Fail);
        assert_eq!(one.message, "Security Hub is off in us-east-1");
    }

    #[test]
    fn a_region_without_it_fails_whatever_the_others_are_and_else_a_gap_is_unknown() {
        let account = with([denied(), Observed::Known(false)]);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
        let gap = story::judge(&RULE, &with([denied(), Observed::Known(true)])).unwrap_err();
        assert!(gap.detail.starts_with("eu-west-1: "), "{}", gap.detail);
    }

    #[test]
    fn an_enabled_region_that_was_not_audited_is_unknown() {
        let mut account = story::pristine_account();
        account.regions.remove("eu-west-1");
        assert!(story::judge(&RULE, &account).is_err());
        account.regions.clear();
        assert!(story::judge(&RULE, &account).is_err());
    }
}
