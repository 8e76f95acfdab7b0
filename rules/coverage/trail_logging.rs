use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Trail};

/// Every trail logs.
pub(super) const RULE: Rule = Rule {
    id: "trail-logging",
    title: "Every trail is logging",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Coverage,
    description: "Checks that each trail is logging. A trail that was stopped still shows up in \
        every list of trails with all its settings, and records nothing. StopLogging is one call, \
        and one of the first an intruder makes (MITRE ATT&CK T1562.008); what happens until someone \
        notices is recorded nowhere but in 90 days of event history.",
    criteria: "Fails for a trail whose IsLogging is false. Judged once per trail, at its home \
        Region, the only one whose answer holds for the whole trail. Unknown if GetTrailStatus \
        cannot be read there, as is common for an organization's trail seen from a member account. \
        Not applicable if no trail is visible.",
    action: "Start logging, and find out in the event history who called StopLogging and why. \
        Delete a trail that is not wanted any more, so that a stopped trail always means something.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-turning-off-logging.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html",
        "https://attack.mitre.org/techniques/T1562/008/",
    ],
    controls: &[
        Control::security_hub("CloudTrail.3"),
        Control::config("cloudtrail-enabled"),
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::GetTrailStatus],
    remedies: Remedies {
        cli: "aws cloudtrail start-logging --name {arn} --region {region}",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  enable_logging = true\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  IsLogging: true",
    },
    check: Check::Trail(check),
};

fn check(_: &Context<'_>, trail: &Trail) -> Judgement {
    let status = trail.home_status()?;
    let verdict = match (status.is_logging, status.stopped_logging) {
        (true, _) => Verdict::pass("the trail is logging"),
        (false, Some(stopped)) => {
            Verdict::fail(format!("the trail has not been logging since {stopped}"))
                .evidence("stop_logging_time", stopped.to_string())
        }
        (false, None) => {
            Verdict::fail("the trail is not logging, and AWS names no time at which it was stopped")
        }
    };
    Ok(verdict.evidence("is_logging", status.is_logging))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::story;

    #[test]
    fn a_logging_trail_passes_and_a_stopped_one_fails_with_the_time() {
        let mut account = story::pristine_account();
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        let status = account.trail_mut().status_mut("us-east-1");
        status.is_logging = false;
        status.stopped_logging = Some("2026-11-01T03:14:15Z".parse().unwrap());
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict.message.contains("2026-11-01T03:14:15Z"),
            "{}",
            verdict.message
        );
    }

    #[test]
    fn a_trail_that_never_started_fails_without_a_time() {
        let mut account = story::pristine_account();
        let status = account.trail_mut().status_mut("us-east-1");
        (status.is_logging, status.started_logging) = (false, None);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn only_the_home_region_can_tell() {
        let mut account = story::pristine_account();
        let trail = account.trail_mut();
        trail.status_mut("eu-west-1").is_logging = false;
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        let trail = account.trail_mut();
        trail.status_mut("eu-west-1").is_logging = true;
        trail.status.insert(
            "us-east-1".to_owned(),
            story::denied(Action::GetTrailStatus),
        );
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "cloudtrail:GetTrailStatus");
    }
}
