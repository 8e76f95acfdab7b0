use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::{Action, Identities, arn};

/// AWSCloudTrail_FullAccess is attached to few.
pub(super) const RULE: Rule = Rule {
    id: "cloudtrail-full-access",
    title: "Few have AWSCloudTrail_FullAccess",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::TamperResistance,
    description: "Whoever has AWSCloudTrail_FullAccess can stop, delete and blind every trail. AWS \
        says that the policy is not intended to be shared broadly and asks to limit its use to \
        those who administer trails, because what it allows can disable or reconfigure the most \
        sensitive and important auditing functions of an account.",
    criteria: "Fails if AWSCloudTrail_FullAccess, or AWSCloudTrailFullAccess as it was named \
        before, is attached to more users, groups and roles, together, than max allows. A group \
        counts once, however many users are in it, and a permissions boundary does not count: it \
        grants nothing. Policies of other names that allow as much are not counted here. Unknown \
        if users, groups and roles could not be read.",
    action: "Detach the policy from all but those who administer trails, and give the others \
        AWSCloudTrail_ReadOnlyAccess or a policy of the few actions that they use.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/security-iam-awsmanpol.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::GetAccountAuthorizationDetails],
    remedies: Remedies {
        cli: "aws iam list-entities-for-policy --policy-arn arn:{partition}:iam::aws:policy/AWSCloudTrail_FullAccess\n\
            aws iam detach-role-policy --policy-arn arn:{partition}:iam::aws:policy/AWSCloudTrail_FullAccess --role-name ROLE",
        terraform: "resource \"aws_iam_role_policy_attachment\" \"readers\" {\n  role       = \"ROLE\"\n  policy_arn = \"arn:{partition}:iam::aws:policy/AWSCloudTrail_ReadOnlyAccess\"\n}",
        cloudformation: "Type: AWS::IAM::Role\nProperties:\n  RoleName: ROLE\n  ManagedPolicyArns:\n    - !Sub arn:${AWS::Partition}:iam::aws:policy/AWSCloudTrail_ReadOnlyAccess",
    },
    check: Check::Account(check),
};

/// The policy's name, and the one it had until 2021.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/security-iam-awsmanpol.html>
const NAMES: [&str; 2] = ["AWSCloudTrail_FullAccess", "AWSCloudTrailFullAccess"];

fn check(context: &Context<'_>) -> Judgement {
    let holders = holders(context.account.identities.known()?);
    let max = context.settings.cloudtrail_full_access.max;
    let few = u32::try_from(holders.len()).is_ok_and(|count| count <= max);
    let message = match holders.as_slice() {
        [] => "AWSCloudTrail_FullAccess is attached to nobody".to_owned(),
        holders => format!(
            "AWSCloudTrail_FullAccess is attached to {}; {max} may have it",
            listed(holders)
        ),
    };
    let verdict = match few {
        true => Verdict::pass(message),
        false => Verdict::fail(message),
    };
    Ok(verdict.evidence("holders", holders).evidence("max", max))
}

/// Those to whom the policy is attached, as messages name them.
fn holders(identities: &Identities) -> Vec<String> {
    let users = identities.users.iter();
    let users = users.map(|user| ("user", &user.name, &user.attached));
    let groups = identities.groups.iter();
    let groups = groups.map(|group| ("group", &group.name, &group.attached));
    let roles = identities.roles.iter();
    let roles = roles.map(|role| ("role", &role.name, &role.attached));
    users
        .chain(groups)
        .chain(roles)
        .filter(|(_, _, attached)| attached.iter().any(|policy| is_full_access(policy)))
        .map(|(kind, name, _)| format!("{kind} `{name}`"))
        .collect()
}

/// Whether it is AWS's own policy: one of the customer's may have the same name.
fn is_full_access(policy: &str) -> bool {
    arn::parse(policy).is_some_and(|arn| {
        let name = arn.resource.rsplit('/').next().unwrap_or_default();
        arn.service == "iam" && arn.account == "aws" && NAMES.contains(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Group, story};

    fn attached(policy: &str, roles: usize) -> Account {
        let mut account = story::pristine_account();
        let held = account.identities_mut().roles.iter_mut().take(roles);
        held.for_each(|role| role.attached.push(policy.to_owned()));
        account
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    #[test]
    fn one_may_have_it_by_default_and_two_are_named() {
        let policy = "arn:aws:iam::aws:policy/AWSCloudTrail_FullAccess";
        assert_eq!(ruling(&attached(policy, 0)), Ruling::Pass);
        assert_eq!(ruling(&attached(policy, 1)), Ruling::Pass);
        let verdict = story::judge(&RULE, &attached(policy, 2)).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict
                .message
                .contains("role `administrator` and role `auditor`")
        );
    }

    #[test]
    fn how_many_may_have_it_can_be_set() {
        let mut settings = Settings::default();
        let account = attached("arn:aws:iam::aws:policy/AWSCloudTrail_FullAccess", 2);
        settings.cloudtrail_full_access.max = 2;
        let verdict = story::judge_with(&RULE, &account, &settings).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        settings.cloudtrail_full_access.max = 0;
        let account = attached("arn:aws:iam::aws:policy/AWSCloudTrail_FullAccess", 1);
        let verdict = story::judge_with(&RULE, &account, &settings).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
    }

    #[test]
    fn it_is_the_same_policy_by_its_old_name_and_in_every_partition() {
        for policy in [
            "arn:aws:iam::aws:policy/AWSCloudTrailFullAccess",
            "arn:aws-cn:iam::aws:policy/AWSCloudTrail_FullAccess",
            "arn:aws-us-gov:iam::aws:policy/AWSCloudTrail_FullAccess",
        ] {
            assert_eq!(ruling(&attached(policy, 2)), Ruling::Fail, "{policy}");
        }
    }

    #[test]
    fn a_policy_of_yours_with_the_same_name_or_a_boundary_is_not_it() {
        let own = "arn:aws:iam::111122223333:policy/AWSCloudTrail_FullAccess";
        assert_eq!(ruling(&attached(own, 3)), Ruling::Pass);
        let mut account = story::pristine_account();
        for role in &mut account.identities_mut().roles {
            role.boundary = Some("arn:aws:iam::aws:policy/AWSCloudTrail_FullAccess".to_owned());
        }
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn groups_count_too() {
        let policy = "arn:aws:iam::aws:policy/AWSCloudTrail_FullAccess";
        let mut account = attached(policy, 1);
        account.identities_mut().groups.push(Group {
            arn: "arn:aws:iam::111122223333:group/trails".to_owned(),
            name: "trails".to_owned(),
            inline: Vec::new(),
            attached: vec![policy.to_owned()],
        });
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.contains("group `trails`"));
    }

    #[test]
    fn unread_identities_are_unknown() {
        let mut account = story::pristine_account();
        account.identities = story::denied(Action::GetAccountAuthorizationDetails);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
