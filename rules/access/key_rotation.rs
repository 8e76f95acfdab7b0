use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Key, KeyDescription, KeyManager};

/// Every key of a trail that can rotate by itself does.
pub(super) const RULE: Rule = Rule {
    id: "key-rotation",
    title: "The trail's KMS key rotates",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Access,
    description: "With automatic rotation, KMS makes new key material each year (or in the period \
        you set) and keeps the old for decrypting, so that no single key material covers all log \
        files there ever were. It costs no change to the trail, and old log files stay readable.",
    criteria: "Fails if automatic rotation is off. Unknown if the key or its rotation could not \
        be read. Not applicable for keys that KMS cannot rotate by itself: asymmetric and HMAC \
        keys, and keys whose material is imported or in a custom key store (Origin other than \
        AWS_KMS); nor for keys that AWS manages, which AWS rotates; nor for a key that waits for \
        its deletion (PendingDeletion), of which KMS says that rotation is off whatever was set.",
    action: "Turn automatic rotation on. The key's id, ARN and policy stay the same.",
    resources: &[
        "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
        "https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable.html",
    ],
    controls: &[
        Control::cis("1.2.0", "2.8"),
        Control::cis("1.3.0", "3.8"),
        Control::cis("1.4.0", "3.8"),
        Control::cis("1.5.0", "3.8"),
        Control::cis("2.0.0", "3.8"),
        Control::cis("3.0.0", "3.6"),
        Control::cis("4.0.0", "3.6"),
        Control::cis("5.0.0", "3.6"),
        Control::cis("6.0.0", "4.6"),
        Control::cis("7.0.0", "4.6"),
        Control::security_hub("KMS.4"),
        Control::config("cmk-backing-key-rotation-enabled"),
    ],
    reads: &[Action::DescribeKey, Action::GetKeyRotationStatus],
    remedies: Remedies {
        cli: "aws kms enable-key-rotation --key-id {arn} --region {region}",
        terraform: "resource \"aws_kms_key\" \"trail\" {\n  enable_key_rotation = true\n}",
        cloudformation: "Type: AWS::KMS::Key\nProperties:\n  EnableKeyRotation: true",
    },
    check: Check::Key(check),
};

fn check(_: &Context<'_>, key: &Key) -> Judgement {
    if let Some(reason) = cannot_rotate(key.description.known()?) {
        return Ok(Verdict::not_applicable(reason));
    }
    let on = *key.rotation.known()?;
    let verdict = if on {
        Verdict::pass("automatic rotation is on")
    } else {
        Verdict::fail("automatic rotation is off")
    };
    Ok(verdict.evidence("key_rotation_enabled", on))
}

fn cannot_rotate(key: &KeyDescription) -> Option<String> {
    if key.manager == KeyManager::Aws {
        Some("the key is managed by AWS, which rotates it".to_owned())
    } else if key.spec != "SYMMETRIC_DEFAULT" {
        Some(format!(
            "KMS rotates symmetric encryption keys only, and the key's spec is `{}`",
            key.spec
        ))
    } else if key.origin != "AWS_KMS" {
        Some(format!(
            "KMS rotates only key material of its own, and the key's origin is `{}`",
            key.origin
        ))
    } else if key.state == "PendingDeletion" {
        // <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html>
        Some(
            "the key is waiting for its deletion; until that is cancelled KMS neither rotates it \
             nor tells whether rotation was on"
                .to_owned(),
        )
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Observed, story};

    fn with(f: impl FnOnce(&mut KeyDescription)) -> Account {
        let mut account = story::pristine_account();
        match &mut account.key_mut().description {
            Observed::Known(description) => f(description),
            Observed::Gap(gap) => panic!("{gap:?}"),
        }
        account
    }

    #[test]
    fn rotation_on_passes_and_off_fails() {
        let mut account = story::pristine_account();
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        account.key_mut().rotation = Observed::Known(false);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn keys_that_cannot_rotate_by_themselves_are_not_judged() {
        for mut account in [
            with(|key| key.spec = "RSA_2048".to_owned()),
            with(|key| key.origin = "EXTERNAL".to_owned()),
            with(|key| key.origin = "AWS_CLOUDHSM".to_owned()),
            with(|key| key.manager = KeyManager::Aws),
            with(|key| key.state = "PendingDeletion".to_owned()),
        ] {
            account.key_mut().rotation = Observed::Known(false);
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::NotApplicable, "{}", verdict.message);
        }
    }

    #[test]
    fn a_key_of_which_either_fact_is_missing_is_unknown() {
        let mut account = story::pristine_account();
        account.key_mut().rotation = story::denied(Action::GetKeyRotationStatus);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "kms:GetKeyRotationStatus");
        let mut account = story::pristine_account();
        account.key_mut().description = story::denied(Action::DescribeKey);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
