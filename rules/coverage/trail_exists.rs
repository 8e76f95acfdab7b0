use super::{arns, names};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};

/// At least one trail is visible to the account.
pub(super) const RULE: Rule = Rule {
    id: "trail-exists",
    title: "The account has a trail",
    severity: Severity::Critical,
    worst: Severity::Critical,
    practice: Practice::Coverage,
    description: "Checks that at least one CloudTrail trail is visible to the account: its own, or \
        an organization's. Without a trail all that remains of an intrusion is the event history: \
        90 days of management events, one Region at a time, with no data events, no copy out of \
        the account's reach and no proof against tampering. An attacker need only wait it out.",
    criteria: "Fails if no trail is visible in any audited Region. A shadow trail and an \
        organization's trail count; whether the trail logs is what trail-logging checks. Unknown if \
        no trail is visible and some Region's trails could not be listed.",
    action: "Create a multi-Region trail that delivers to a bucket in a separate log archive \
        account, with log file validation. In an organization create one organization trail in the \
        management account, which covers every member.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-create-and-update-a-trail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
    ],
    controls: &[
        Control::security_hub("CloudTrail.3"),
        Control::config("cloudtrail-enabled"),
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[],
    remedies: Remedies {
        // No trail is there to take a name from: capitals stand for what the reader chooses.
        cli: "# LOG-BUCKET must let CloudTrail in first: create-s3-bucket-policy-for-cloudtrail.html in its user guide\n\
            aws cloudtrail create-trail --name main --region HOME-REGION --s3-bucket-name LOG-BUCKET --is-multi-region-trail --enable-log-file-validation\n\
            aws cloudtrail start-logging --name main --region HOME-REGION",
        terraform: "resource \"aws_cloudtrail\" \"main\" {\n  name                       = \"main\"\n  s3_bucket_name             = \"LOG-BUCKET\"\n  is_multi_region_trail      = true\n  enable_log_file_validation = true\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  TrailName: main\n  S3BucketName: LOG-BUCKET\n  IsLogging: true\n  IsMultiRegionTrail: true\n  EnableLogFileValidation: true",
    },
    check: Check::Account(check),
};

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    let seen = &account.trails;
    if seen.is_empty() {
        account.all_trails()?;
        return Ok(Verdict::fail(format!(
            "no trail is visible in any of the {} audited Regions",
            account.regions.len()
        ))
        .evidence("trails", arns(seen)));
    }
    let verdict = match seen.as_slice() {
        [one] => Verdict::pass(format!("trail {} is visible", names([one]))),
        more => Verdict::pass(format!(
            "{} trails are visible: {}",
            more.len(),
            names(more)
        )),
    };
    Ok(verdict.evidence("trails", arns(seen)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Action, story};

    #[test]
    fn a_visible_trail_passes() {
        let account = story::pristine_account();
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(verdict.message.contains("`main`"));
    }

    #[test]
    fn no_trail_in_any_region_fails() {
        let verdict = story::judge(&RULE, &story::bare_account()).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(verdict.severity, None, "critical, the rule's default");
    }

    #[test]
    fn no_trail_is_unknown_while_a_region_could_not_be_listed() {
        let mut account = story::bare_account();
        account.regions.get_mut("eu-west-1").unwrap().trails =
            story::denied(Action::DescribeTrails);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "cloudtrail:DescribeTrails");
    }

    #[test]
    fn a_visible_trail_passes_even_if_other_regions_could_not_be_listed() {
        let mut account = story::pristine_account();
        account.regions.get_mut("eu-west-1").unwrap().trails =
            story::denied(Action::DescribeTrails);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn an_organization_trail_of_another_account_counts_although_nothing_of_it_can_be_read() {
        let mut account = story::pristine_account();
        let trail = account.trail_mut();
        trail.arn = "arn:aws:cloudtrail:us-east-1:999988887777:trail/org".to_owned();
        trail.selectors = story::denied(Action::GetEventSelectors);
        trail.status = [(
            "us-east-1".to_owned(),
            story::denied(Action::GetTrailStatus),
        )]
        .into();
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
    }
}
