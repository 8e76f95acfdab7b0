use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::{Action, Gap, GapKind};

/// A GuardDuty detector is on in every audited Region.
pub(super) const RULE: Rule = Rule {
    id: "guardduty-enabled",
    title: "GuardDuty watches every Region",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Companions,
    description: "A trail records, and nobody reads all of it. GuardDuty reads management events, \
        flow logs and DNS queries on its own, whatever the trails are, and reports credentials used \
        from an odd place, a trail that was stopped (Stealth:IAMUser/CloudTrailLoggingDisabled) or \
        instances that mine. It works per Region: an intruder takes the Region in which it is off, \
        and nothing but the trail then knows.",
    criteria: "For each audited Region: passes if a detector's Status is ENABLED; fails if the \
        Region has no detector, or none that is on. Unknown if the detectors could not be listed, \
        if GuardDuty is not offered there, or if the status of one could not be read and no other is on.",
    action: "Turn GuardDuty on in every enabled Region; over an organization, let its delegated \
        administrator turn it on for all present and new accounts.",
    resources: &[
        "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_settingup.html",
        "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_regions.html",
        "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_detect_investigate_events_app_service_logging.html",
    ],
    controls: &[
        Control::security_hub("GuardDuty.1"),
        Control::config("guardduty-enabled-centralized"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[Action::ListDetectors, Action::GetDetector],
    remedies: Remedies {
        cli: "aws guardduty create-detector --enable --region {region}\n\
            # where a detector exists and is off\n\
            aws guardduty update-detector --enable --region {region} --detector-id DETECTOR_ID",
        terraform: "resource \"aws_guardduty_detector\" \"this\" {\n  region = \"{region}\"\n  enable = true\n}",
        cloudformation: "Type: AWS::GuardDuty::Detector\nProperties:\n  Enable: true",
    },
    check: Check::Region(check),
};

fn check(context: &Context<'_>, region: &str) -> Judgement {
    let Some(facts) = context.account.regions.get(region) else {
        let detail = format!("the detectors of {region} are not in the snapshot");
        return Err(Gap::new(
            Action::ListDetectors,
            GapKind::NotCollected,
            detail,
        ));
    };
    let detectors = facts.detectors.known()?;
    let (mut off, mut doubt) = (Vec::new(), None);
    for detector in detectors {
        match detector.detector_status.known() {
            Ok(status) if status == "ENABLED" => {
                let message = format!("GuardDuty is on in {region}");
                return Ok(Verdict::pass(message).evidence("detector", detector.id.as_str()));
            }
            Ok(status) => off.push(format!("`{}` is `{status}`", detector.id)),
            Err(gap) => doubt = doubt.or(Some(gap)),
        }
    }
    if let Some(gap) = doubt {
        return Err(gap);
    }
    let message = match off.as_slice() {
        [] => format!("GuardDuty was never turned on in {region}"),
        some => format!("GuardDuty is off in {region}: detector {}", listed(some)),
    };
    Ok(Verdict::fail(message).evidence("detectors", detectors.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Detector, Observed, story};

    fn with(detectors: &[(&str, Observed<String>)]) -> Account {
        let mut account = story::pristine_account();
        let detectors = detectors.iter().map(|(id, status)| Detector {
            id: (*id).to_owned(),
            detector_status: status.clone(),
        });
        let detectors = Observed::Known(detectors.collect());
        account.first_region_mut().detectors = detectors;
        account
    }

    fn known(status: &str) -> Observed<String> {
        Observed::Known(status.to_owned())
    }

    #[test]
    fn one_detector_that_is_on_passes_whatever_the_others_are() {
        let account = with(&[
            ("a", known("DISABLED")),
            ("b", story::denied(Action::GetDetector)),
            ("c", known("ENABLED")),
        ]);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn no_detector_and_one_that_is_off_fail_and_say_which_it_is() {
        let never = story::judge(&RULE, &with(&[])).unwrap();
        assert_eq!(never.ruling, Ruling::Fail);
        assert!(never.message.contains("never turned on"));
        let off = story::judge(&RULE, &with(&[("a", known("DISABLED"))])).unwrap();
        assert_eq!(off.ruling, Ruling::Fail);
        assert!(off.message.contains("`a` is `DISABLED`"), "{}", off.message);
    }

    #[test]
    fn a_status_or_a_list_that_could_not_be_read_is_unknown() {
        let account = with(&[
            ("a", known("DISABLED")),
            ("b", story::denied(Action::GetDetector)),
        ]);
        assert!(story::judge(&RULE, &account).is_err());
        let mut account = account;
        account.first_region_mut().detectors = story::denied(Action::ListDetectors);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
