use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::Trail;

/// Log file validation is on for every trail.
pub(super) const RULE: Rule = Rule {
    id: "log-file-validation",
    title: "Log file validation is on",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Integrity,
    description: "With log file validation on, CloudTrail signs an hourly digest of the log files \
        it delivered, so that a changed, deleted or forged log file can be found out later. \
        Without it, whoever can write to the log bucket can rewrite history and nobody can \
        prove otherwise. Digests cannot be made afterwards: hours without them stay unprovable.",
    criteria: "Fails for a trail whose LogFileValidationEnabled is false. Judged once per trail, \
        at its home Region. Unknown if the trail's description lacks the flag, or if a Region's \
        trails could not be listed. Not applicable if no trail is visible.",
    action: "Turn log file validation on. It costs nothing beyond the storage of one small \
        digest file an hour and Region, and it protects log files from then on.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-enabling.html",
    ],
    controls: &[
        Control::cis("1.2.0", "2.2"),
        Control::cis("1.3.0", "3.2"),
        Control::cis("1.4.0", "3.2"),
        Control::cis("1.5.0", "3.2"),
        Control::cis("2.0.0", "3.2"),
        Control::cis("3.0.0", "3.2"),
        Control::cis("4.0.0", "3.2"),
        Control::cis("5.0.0", "3.2"),
        Control::cis("6.0.0", "4.2"),
        Control::cis("7.0.0", "4.2"),
        Control::security_hub("CloudTrail.4"),
        Control::config("cloud-trail-log-file-validation-enabled"),
        Control::cloudtrail_practices("detective"),
    ],
    reads: &[],
    remedies: Remedies {
        cli: "aws cloudtrail update-trail --name {arn} --region {region} --enable-log-file-validation",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  enable_log_file_validation = true\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  EnableLogFileValidation: true",
    },
    check: Check::Trail(check),
};

fn check(_: &Context<'_>, trail: &Trail) -> Judgement {
    let on = *trail.log_file_validation.known()?;
    let verdict = if on {
        Verdict::pass("log file validation is on")
    } else {
        Verdict::fail("log file validation is off, so changed or deleted log files go unnoticed")
    };
    Ok(verdict.evidence("log_file_validation_enabled", on))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Action, Observed, story};

    #[test]
    fn validation_on_passes_and_off_fails() {
        let mut account = story::pristine_account();
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        account.trail_mut().log_file_validation = Observed::Known(false);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn a_reply_without_the_flag_is_unknown() {
        let mut account = story::pristine_account();
        account.trail_mut().log_file_validation = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
