use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::Action;

/// The root user has MFA and no access keys.
pub(super) const RULE: Rule = Rule {
    id: "root-mfa",
    title: "The root user has MFA and no access keys",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::MfaDelete,
    description: "Only the root user can turn MFA delete on or off, and no IAM policy binds the root \
        user. An access key of the root user is the one stolen secret that can undo everything, \
        and a root password without MFA is one phishing mail away from the same. Where an \
        organization manages root credentials centrally, the member account's root user has \
        neither password nor keys, and there is nothing left to steal.",
    criteria: "From the IAM account summary: fails if AccountAccessKeysPresent is not 0, or if \
        AccountMFAEnabled is not 1 while the root user has a password (AccountPasswordPresent). \
        Passes with MFA and no access keys, and also without MFA if there is neither a password \
        nor a key. Unknown if an entry that decides could not be read or is missing from the \
        summary.",
    action: "Sign in as the root user, register an MFA device (two, better still, and hardware \
        keys), and delete the root user's access keys. In an organization, remove the root \
        credentials of member accounts with centralized root access.",
    resources: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::GetAccountSummary],
    remedies: Remedies {
        cli: "# as the root user of account {account}: register MFA in the console, then\n\
            aws iam list-access-keys\n\
            aws iam delete-access-key --access-key-id ROOT_ACCESS_KEY_ID\n\
            # or, in the management account of an organization\n\
            aws iam enable-organizations-root-credentials-management",
        terraform: "# In an organization's management account:\n\
            resource \"aws_iam_organizations_features\" \"root\" {\n  \
            enabled_features = [\"RootCredentialsManagement\", \"RootSessions\"]\n}",
        cloudformation: "# CloudFormation cannot change the root user. A service control policy can bind\n\
            # the root users of member accounts:\n\
            Type: AWS::Organizations::Policy\nProperties:\n  Name: deny-root-user\n  Type: SERVICE_CONTROL_POLICY\n  \
            TargetIds: [\"{account}\"]\n  Content:\n    Version: \"2012-10-17\"\n    Statement:\n      \
            - Effect: Deny\n        Action: \"*\"\n        Resource: \"*\"\n        Condition:\n          \
            ArnLike:\n            aws:PrincipalArn: \"arn:{partition}:iam::*:root\"",
    },
    check: Check::Account(check),
};

/// What keeps a stranger from signing in as the root user.
enum SignIn {
    Mfa,
    NoPassword,
    PasswordAlone,
}

fn check(context: &Context<'_>) -> Judgement {
    let entry = |name| context.account.summary_entry(name);
    let keys = entry("AccountAccessKeysPresent").map(|keys| keys != 0);
    let sign_in = match (entry("AccountMFAEnabled"), entry("AccountPasswordPresent")) {
        (Ok(1), _) => Ok(SignIn::Mfa),
        (_, Ok(0)) => Ok(SignIn::NoPassword),
        (Err(gap), _) | (_, Err(gap)) => Err(gap),
        (Ok(_), Ok(_)) => Ok(SignIn::PasswordAlone),
    };
    let verdict = match (keys, sign_in) {
        (Ok(true), _) => {
            Verdict::fail("the root user has access keys, which bypass MFA and every IAM policy")
        }
        (_, Ok(SignIn::PasswordAlone)) => Verdict::fail(
            "the root user has a password and no MFA, so the password alone opens the account",
        ),
        (Err(gap), _) | (_, Err(gap)) => return Err(gap),
        (Ok(false), Ok(SignIn::Mfa)) => Verdict::pass("the root user has MFA and no access keys"),
        (Ok(false), Ok(SignIn::NoPassword)) => Verdict::pass(
            "the root user has neither a password nor access keys, so there is nothing for MFA to \
             protect",
        ),
    };
    Ok(with_entries(context, verdict))
}

fn with_entries(context: &Context<'_>, verdict: Verdict) -> Verdict {
    [
        ("AccountMFAEnabled", "account_mfa_enabled"),
        ("AccountAccessKeysPresent", "account_access_keys_present"),
        ("AccountPasswordPresent", "account_password_present"),
    ]
    .into_iter()
    .fold(verdict, |verdict, (entry, name)| {
        match context.account.summary_entry(entry) {
            Ok(value) => verdict.evidence(name, value),
            Err(_) => verdict,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, GapKind, Observed, story};

    /// An account whose summary has these entries: MFA, access keys, password.
    fn with(mfa: Option<i64>, keys: Option<i64>, password: Option<i64>) -> Account {
        let mut account = story::pristine_account();
        account.summary = Observed::Known(
            [
                ("AccountMFAEnabled", mfa),
                ("AccountAccessKeysPresent", keys),
                ("AccountPasswordPresent", password),
            ]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect(),
        );
        account
    }

    fn ruling(account: &Account) -> Option<Ruling> {
        story::judge(&RULE, account)
            .ok()
            .map(|verdict| verdict.ruling)
    }

    #[test]
    fn mfa_without_keys_passes_and_does_not_need_the_password_entry() {
        assert_eq!(ruling(&with(Some(1), Some(0), Some(1))), Some(Ruling::Pass));
        assert_eq!(ruling(&with(Some(1), Some(0), None)), Some(Ruling::Pass));
    }

    #[test]
    fn a_password_without_mfa_fails_whatever_is_missing() {
        assert_eq!(ruling(&with(Some(0), Some(0), Some(1))), Some(Ruling::Fail));
        assert_eq!(ruling(&with(Some(0), None, Some(1))), Some(Ruling::Fail));
    }

    #[test]
    fn access_keys_fail_whatever_is_missing() {
        assert_eq!(ruling(&with(Some(1), Some(1), Some(1))), Some(Ruling::Fail));
        assert_eq!(ruling(&with(None, Some(2), None)), Some(Ruling::Fail));
    }

    #[test]
    fn centrally_managed_root_credentials_need_no_mfa() {
        assert_eq!(ruling(&with(Some(0), Some(0), Some(0))), Some(Ruling::Pass));
        assert_eq!(ruling(&with(None, Some(0), Some(0))), Some(Ruling::Pass));
        assert_eq!(ruling(&with(Some(0), Some(1), Some(0))), Some(Ruling::Fail));
    }

    #[test]
    fn an_entry_that_decides_and_is_missing_is_unknown() {
        for account in [
            with(Some(1), None, Some(1)),
            with(Some(0), None, Some(0)),
            with(None, Some(0), Some(1)),
            with(Some(0), Some(0), None),
            with(None, None, None),
        ] {
            let gap = story::judge(&RULE, &account).unwrap_err();
            assert_eq!(gap.kind, GapKind::Malformed);
        }
    }

    #[test]
    fn an_unread_summary_is_unknown() {
        let gap = story::judge(&RULE, &story::denied_account()).unwrap_err();
        assert_eq!(gap.kind, GapKind::AccessDenied);
    }
}
