use super::{arns, names, shortcomings};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::selector::{Coverage, Recorder, Truth};
use crate::snapshot::{Account, Action, Gap, GapKind, Observed, Organization, Trail};

/// A logging multi-Region trail of the organization covers the account.
pub(super) const RULE: Rule = Rule {
    id: "organization-trail",
    title: "The organization has a trail for all of its accounts",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Coverage,
    description: "An organization's trail records every account, those made tomorrow included, \
        and no member account can stop, change or delete it. Where each account has a trail of \
        its own instead, whoever takes over the account turns off the only witness, and an \
        account that was made in a hurry, or by an intruder, has none at all.",
    criteria: "In the management account and in CloudTrail's delegated administrators: fails \
        without a logging multi-Region organization trail, or if the organization does not trust \
        cloudtrail.amazonaws.com. In another member account: fails unless such a trail of its \
        organization covers it. Unknown if the organization, the trails, their status, or the trusted services \
        of an account that administers or may administer CloudTrail could not be read. Not \
        applicable outside an organization.",
    action: "Create an organization trail in the management account, or as CloudTrail's delegated \
        administrator, or turn an existing trail into one; its log bucket must let CloudTrail \
        write below the organization's id. Then remove what the accounts record twice.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html",
        "https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html",
    ],
    controls: &[
        Control::config("cloudtrail-security-trail-enabled"),
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[
        Action::DescribeOrganization,
        Action::ListServiceAccess,
        Action::ListDelegatedAdministrators,
        Action::GetTrailStatus,
    ],
    remedies: Remedies {
        cli: "# in the management account\n\
            aws organizations enable-aws-service-access --service-principal cloudtrail.amazonaws.com\n\
            aws cloudtrail create-trail --name organization --s3-bucket-name LOG_BUCKET --is-organization-trail --is-multi-region-trail --enable-log-file-validation\n\
            aws cloudtrail start-logging --name organization",
        terraform: "resource \"aws_cloudtrail\" \"organization\" {\n  name                       = \"organization\"\n  s3_bucket_name             = aws_s3_bucket.logs.id\n  is_organization_trail      = true\n  is_multi_region_trail      = true\n  enable_log_file_validation = true\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  TrailName: organization\n  S3BucketName: !Ref LogBucket\n  IsOrganizationTrail: true\n  IsMultiRegionTrail: true\n  EnableLogFileValidation: true\n  IsLogging: true",
    },
    check: Check::Account(check),
};

/// What the organization's trail needs beyond itself where it is administered.
const SERVICE: &str = "cloudtrail.amazonaws.com";

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    let Some(organization) = account.organization.known()? else {
        return Ok(Verdict::not_applicable("the account is in no organization"));
    };
    let coverage = Coverage::of(account);
    let covered = coverage.any(serves).known();
    if covered == Ok(false) {
        return Ok(uncovered(account, &coverage.recorders));
    }
    let trusted = trusted(account, organization);
    if trusted == Ok(false) {
        let message = format!(
            "the organization `{}` does not trust `{SERVICE}`",
            organization.id
        );
        return Ok(Verdict::fail(message).evidence("organization", organization.id.as_str()));
    }
    covered?;
    trusted?;
    let serving = coverage
        .recorders
        .iter()
        .filter(|one| serves(one) == Truth::Yes);
    let serving: Vec<&Trail> = serving.map(|one| one.trail).collect();
    let message = format!(
        "the account is covered by its organization's trail {}",
        names(serving.iter().copied())
    );
    Ok(Verdict::pass(message)
        .evidence("organization", organization.id.as_str())
        .evidence("trails", arns(serving)))
}

fn serves<'s>(one: &'s Recorder<'_>) -> Truth<'s> {
    Truth::of(&one.trail.organization)
        .and(one.multi_region())
        .and(one.logging())
}

fn uncovered(account: &Account, recorders: &[Recorder<'_>]) -> Verdict {
    let why = shortcomings(recorders, |one| {
        Some(match Truth::of(&one.trail.organization) {
            Truth::Yes => "is single-Region".to_owned(),
            _ => "is one account's own".to_owned(),
        })
    });
    let message = format!("no logging multi-Region organization trail covers the account: {why}");
    Verdict::fail(message).evidence("trails", arns(&account.trails))
}

/// Whether CloudTrail's trusted access is on, as far as it is this account's to answer for:
/// a member account that does not administer CloudTrail is not told, and need not know.
fn trusted(account: &Account, organization: &Organization) -> Result<bool, Gap> {
    let trusts = || {
        let services = account.trusted_services.known()?;
        Ok(services.iter().any(|service| service == SERVICE))
    };
    if organization.management_account == account.id {
        return trusts();
    }
    match &account.cloudtrail_administrators {
        Observed::Known(ids) if ids.contains(&account.id) => trusts(),
        Observed::Known(_) => Ok(true),
        Observed::Gap(gap) if is_for_others(gap) => Ok(true),
        Observed::Gap(gap) => match trusts() {
            Ok(true) => Ok(true),
            _ => Err(gap.clone()),
        },
    }
}

/// Whether Organizations itself refused, which it does to whoever is neither the management
/// account nor a delegated administrator:
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedAdministrators.html>.
/// An IAM policy that refuses tells nothing of the account, and is worded otherwise ("is not
/// authorized to perform").
fn is_for_others(gap: &Gap) -> bool {
    let refusal = "You don't have permissions to access this resource";
    gap.kind == GapKind::Unsupported
        || (gap.kind == GapKind::AccessDenied && gap.detail.contains(refusal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::story;

    /// A member account that sees its organization's trail, with the
    /// management account's ARN.
    fn member() -> Account {
        let mut account = story::pristine_account();
        let trail = account.trail_mut();
        trail.arn = trail.arn.replace("111122223333", "999999999999");
        trail.organization = Observed::Known(true);
        account.cloudtrail_administrators = Observed::Gap(Gap::new(
            Action::ListDelegatedAdministrators,
            GapKind::AccessDenied,
            "AccessDeniedException: You don't have permissions to access this resource.",
        ));
        account.trusted_services = story::denied(Action::ListServiceAccess);
        account
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    #[test]
    fn a_member_account_needs_its_organizations_trail_and_nothing_else() {
        assert_eq!(ruling(&member()), Ruling::Pass);
        let verdict = story::judge(&RULE, &story::pristine_account()).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.contains("`main` is one account's own"));
    }

    #[test]
    fn a_stopped_or_single_region_trail_of_the_organization_covers_nobody() {
        let mut account = member();
        account.trail_mut().multi_region = Observed::Known(false);
        let message = story::judge(&RULE, &account).unwrap().message;
        assert!(message.ends_with("`main` is single-Region"), "{message}");
        let mut account = member();
        account.trail_mut().status_mut("us-east-1").is_logging = false;
        assert_eq!(ruling(&account), Ruling::Fail);
        assert_eq!(ruling(&story::bare_account()), Ruling::Fail);
    }

    /// AWS may answer a member account `TrailNotFoundException` for its organization's trail.
    #[test]
    fn a_status_that_a_member_account_may_not_read_is_unknown() {
        let mut account = member();
        account.trail_mut().status.clear();
        assert!(story::judge(&RULE, &account).is_err());
        let mut account = member();
        account.trail_mut().organization = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
    }

    /// A Region that did not answer is not one without trails.
    #[test]
    fn a_region_whose_trails_are_unknown_may_hide_the_trail() {
        let mut account = story::pristine_account();
        account.first_region_mut().trails = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
        let mut account = member();
        account.first_region_mut().trails = story::denied(Action::DescribeTrails);
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn the_management_account_must_trust_cloudtrail() {
        let mut account = story::management_account();
        assert_eq!(ruling(&account), Ruling::Pass);
        account.trusted_services = Observed::Known(vec!["ram.amazonaws.com".to_owned()]);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.contains("does not trust"));
        account.trusted_services = story::denied(Action::ListServiceAccess);
        assert!(story::judge(&RULE, &account).is_err());
        account.trail_mut().organization = Observed::Known(false);
        assert_eq!(ruling(&account), Ruling::Fail);
    }

    #[test]
    fn a_delegated_administrator_is_held_to_what_the_management_account_is() {
        let mut account = member();
        account.cloudtrail_administrators = Observed::Known(vec![account.id.clone()]);
        assert!(story::judge(&RULE, &account).is_err());
        account.trusted_services = Observed::Known(Vec::new());
        assert_eq!(ruling(&account), Ruling::Fail);
        account.trusted_services = Observed::Known(vec![SERVICE.to_owned()]);
        assert_eq!(ruling(&account), Ruling::Pass);
        account.cloudtrail_administrators = story::denied(Action::ListDelegatedAdministrators);
        assert_eq!(ruling(&account), Ruling::Pass);
        account.trusted_services = Observed::Known(Vec::new());
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn outside_an_organization_nothing_is_asked_for() {
        let mut account = story::pristine_account();
        account.organization = Observed::Known(None);
        assert_eq!(ruling(&account), Ruling::NotApplicable);
        account.organization = story::denied(Action::DescribeOrganization);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
