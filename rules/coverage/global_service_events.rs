use super::{arns, names, shortcomings, with_trail_to_mend};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::selector::{Access, Coverage, Recorder, Source, Truth};
use crate::snapshot::{Action, Gap, GapKind, Trail};

/// Global service events really arrive.
pub(super) const RULE: Rule = Rule {
    id: "global-service-events",
    title: "Global service events (IAM, STS, CloudFront) are recorded",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Coverage,
    description: "Checks that a trail receives the events of global services. IAM, the global \
        endpoint of STS and CloudFront record their events in one Region of the partition, its \
        leader. Creating a user, attaching an administrator policy, adding an access key: the core \
        of nearly every intrusion (MITRE ATT&CK T1098, T1136) happens there. A trail elsewhere \
        that says it includes global service events does not receive them.",
    criteria: "Fails unless a logging trail that has IncludeGlobalServiceEvents and records write \
        management events is a multi-Region trail, or has its home in the partition's leader \
        Region (us-east-1, us-gov-west-1, cn-north-1, ...). Unknown if that depends on a trail's \
        flags, status or event selectors that could not be read, on a Region whose trails could not \
        be listed, or on the leader Region of a partition that this build does not know.",
    action: "Let a multi-Region trail include global service events: multi-Region trails always do. \
        Of several trails only one needs them.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html",
    ],
    controls: &[
        Control::config("cloudtrail-security-trail-enabled"),
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::GetTrailStatus, Action::GetEventSelectors],
    remedies: Remedies {
        cli: "aws cloudtrail update-trail --name {trail_arn} --region {home_region} --is-multi-region-trail --include-global-service-events",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  is_multi_region_trail         = true\n  include_global_service_events = true\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  IsMultiRegionTrail: true\n  IncludeGlobalServiceEvents: true",
    },
    check: Check::Account(check),
};

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    let coverage = Coverage::of(account);
    let leader = leader(&account.partition);
    let unknown_leader = Gap::new(
        Action::DescribeTrails,
        GapKind::Unsupported,
        format!(
            "this build does not know where partition `{}` records global service events",
            account.partition
        ),
    );
    let reaches = |trail: &Trail| match leader {
        Some(leader) => Truth::from(trail.home_region == leader),
        None => Truth::Unknown(&unknown_leader),
    };
    let receives = Coverage::any(&coverage, |one| receives(one, reaches(one.trail)));
    if receives.known()? {
        let good: Vec<&Trail> = coverage
            .recorders
            .iter()
            .filter(|one| self::receives(one, reaches(one.trail)) == Truth::Yes)
            .map(|one| one.trail)
            .collect();
        let message = format!(
            "global service events are recorded by {}",
            names(good.iter().copied())
        );
        return Ok(Verdict::pass(message).evidence("trails", arns(good)));
    }
    let why = shortcomings(&coverage.recorders, |one| Some(shortcoming(one)));
    let verdict = Verdict::fail(format!(
        "no logging trail receives global service events: {why}"
    ))
    .evidence("trails", arns(&account.trails));
    Ok(with_trail_to_mend(verdict, account))
}

/// Whether the trail records what global services change, given whether its home is where
/// they record it.
fn receives<'s>(one: &'s Recorder<'_>, at_leader: Truth<'s>) -> Truth<'s> {
    one.logging()
        .and(Truth::of(&one.trail.global_service_events))
        .and(one.multi_region().or(at_leader))
        .and(one.records(Access::Write, Source::Rest))
}

fn shortcoming(one: &Recorder<'_>) -> String {
    if Truth::of(&one.trail.global_service_events) == Truth::No {
        "does not include them".to_owned()
    } else if one.records(Access::Write, Source::Rest) == Truth::No {
        "records no write management events".to_owned()
    } else {
        format!(
            "covers {} only, where they are not recorded",
            one.trail.home_region
        )
    }
}

/// Where a partition records the events of its global services.
pub(in super::super) fn leader(partition: &str) -> Option<&'static str> {
    match partition {
        "aws" => Some("us-east-1"),
        "aws-us-gov" => Some("us-gov-west-1"),
        "aws-cn" => Some("cn-north-1"),
        "aws-iso" => Some("us-iso-east-1"),
        "aws-iso-b" => Some("us-isob-east-1"),
        "aws-iso-e" => Some("eu-isoe-west-1"),
        "aws-iso-f" => Some("us-isof-south-1"),
        "aws-eusc" => Some("eusc-de-east-1"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Observed, story};

    /// An account whose only trail is a single-Region one.
    fn single(partition: &str, home: &str) -> Account {
        let mut account = story::pristine_account();
        account.partition = partition.to_owned();
        let trail = account.trail_mut();
        trail.multi_region = Observed::Known(false);
        let status = trail.status.remove("us-east-1").unwrap();
        trail.home_region = home.to_owned();
        trail.status = [(home.to_owned(), status)].into();
        account
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    #[test]
    fn a_multi_region_trail_receives_them_wherever_its_home_is() {
        let mut account = single("aws", "eu-west-1");
        account.trail_mut().multi_region = Observed::Known(true);
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn a_single_region_trail_receives_them_in_the_leader_region_of_its_partition_only() {
        let table = [
            ("aws", "us-east-1", Ruling::Pass),
            ("aws", "eu-west-1", Ruling::Fail),
            ("aws", "us-gov-west-1", Ruling::Fail),
            ("aws-us-gov", "us-gov-west-1", Ruling::Pass),
            ("aws-us-gov", "us-gov-east-1", Ruling::Fail),
            ("aws-cn", "cn-north-1", Ruling::Pass),
            ("aws-cn", "cn-northwest-1", Ruling::Fail),
            ("aws-iso", "us-iso-east-1", Ruling::Pass),
            ("aws-iso-b", "us-isob-east-1", Ruling::Pass),
            ("aws-iso-e", "eu-isoe-west-1", Ruling::Pass),
            ("aws-iso-f", "us-isof-east-1", Ruling::Fail),
            ("aws-iso-f", "us-isof-south-1", Ruling::Pass),
            ("aws-eusc", "eusc-de-east-1", Ruling::Pass),
        ];
        for (partition, home, expected) in table {
            assert_eq!(
                ruling(&single(partition, home)),
                expected,
                "{partition} {home}"
            );
        }
    }

    #[test]
    fn in_an_unknown_partition_only_a_multi_region_trail_proves_it() {
        let mut account = single("aws-moon", "moon-west-1");
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.kind, GapKind::Unsupported);
        account.trail_mut().multi_region = Observed::Known(true);
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn without_the_flag_without_logging_or_without_management_events_they_do_not_arrive() {
        let mut account = story::pristine_account();
        account.trail_mut().global_service_events = Observed::Known(false);
        assert_eq!(ruling(&account), Ruling::Fail);

        let mut account = story::pristine_account();
        account.trail_mut().status_mut("us-east-1").is_logging = false;
        assert_eq!(ruling(&account), Ruling::Fail);

        let mut account = story::pristine_account();
        account.trail_mut().selectors = Observed::Known(
            serde_json::from_value(serde_json::json!({"basic": [{"read_write": "All",
                "management_events": false, "excluded_sources": [], "data_resources": []}]}))
            .unwrap(),
        );
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict
                .message
                .contains("records no write management events")
        );
    }

    #[test]
    fn no_trail_at_all_fails() {
        assert_eq!(ruling(&story::bare_account()), Ruling::Fail);
    }

    #[test]
    fn a_reply_without_the_flag_is_unknown() {
        let mut account = story::pristine_account();
        account.trail_mut().global_service_events = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
