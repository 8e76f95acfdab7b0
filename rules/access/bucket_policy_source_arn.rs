use std::collections::BTreeSet;

use crate::policy::grants::{Bound, BucketPolicy};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::{Account, Action, Bucket, BucketOwner, Gap, arn};

/// The bucket policy binds CloudTrail to trails that are known.
pub(super) const RULE: Rule = Rule {
    id: "bucket-policy-source-arn",
    title: "The log bucket takes deliveries of known trails only",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Access,
    description: "Anybody with an AWS account can make a trail that names your bucket. If your \
        policy admits CloudTrail whoever it comes for, CloudTrail delivers there: forged log \
        files under any prefix, at your cost, beside the real ones. The statement must say for \
        whom CloudTrail may come, by aws:SourceArn, aws:SourceAccount or aws:SourceOrgID. A \
        resource path such as AWSLogs/111122223333/* says nothing of that, because whoever makes \
        the trail chooses the prefix.",
    criteria: "Every Allow of the bucket policy that admits CloudTrail (by name, by \"*\" or by \
        NotPrincipal) is evaluated, with all the Denies, for trails of accounts that nobody has \
        heard of. Fails if one of them is admitted, if the organization that is admitted is not \
        the account's, or if all the accounts that are admitted are strangers to it: neither its \
        own, nor the bucket's owner, nor the owner of a trail seen here. Passes if only given \
        trails, accounts or the account's organization are; further accounts of a bucket that \
        collects for many are named. Unknown if the policy or the organization it depends on \
        could not be read. Not applicable if no Allow admits CloudTrail. Resource control policies \
        are not counted.",
    action: "Put aws:SourceArn with the exact ARNs of your trails on every statement that admits \
        CloudTrail, with StringEquals or ArnEquals. For an organization's trail that is the ARN in \
        the management account, also where a delegated administrator made it.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-set-bucket-policy-for-multiple-accounts.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[Action::GetBucketPolicy, Action::DescribeOrganization],
    remedies: Remedies {
        cli: "aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text > policy.json\n\
            # In policy.json, put on every statement that admits cloudtrail.amazonaws.com the condition\n\
            # StringEquals, aws:SourceArn, arn:{partition}:cloudtrail:REGION:{account}:trail/TRAIL\n\
            aws s3api put-bucket-policy --bucket {bucket} --policy file://policy.json",
        terraform: "# in each statement of the bucket's policy document that admits CloudTrail\n\
            data \"aws_iam_policy_document\" \"log_bucket\" {\n  statement {\n    sid       = \"AWSCloudTrailWrite\"\n    \
            actions   = [\"s3:PutObject\"]\n    resources = [\"arn:{partition}:s3:::{bucket}/AWSLogs/{account}/*\"]\n    \
            principals {\n      type        = \"Service\"\n      identifiers = [\"cloudtrail.amazonaws.com\"]\n    }\n    \
            condition {\n      test     = \"StringEquals\"\n      variable = \"aws:SourceArn\"\n      \
            values   = [aws_cloudtrail.main.arn]\n    }\n  }\n}",
        cloudformation: "# This replaces the whole bucket policy: name its other statements here, too.\n\
            Type: AWS::S3::BucketPolicy\nProperties:\n  Bucket: {bucket}\n  PolicyDocument:\n    \
            Version: \"2012-10-17\"\n    Statement:\n      - Sid: AWSCloudTrailWrite\n        Effect: Allow\n        \
            Principal:\n          Service: cloudtrail.amazonaws.com\n        Action: s3:PutObject\n        \
            Resource: arn:{partition}:s3:::{bucket}/AWSLogs/{account}/*\n        Condition:\n          \
            StringEquals:\n            # a trail by its name, which needs no reference to it\n            \
            aws:SourceArn: !Sub arn:{partition}:cloudtrail:${AWS::Region}:{account}:trail/TRAIL",
    },
    check: Check::Bucket(check),
};

/// What all the statements that admit CloudTrail come to.
#[derive(Default)]
struct Bindings {
    /// Each statement, and whom it admits.
    statements: Vec<(String, BTreeSet<Bound>)>,
    /// Statements of which it cannot be told whom they admit.
    unclear: Vec<String>,
}

fn check(context: &Context<'_>, bucket: &Bucket) -> Judgement {
    let absent = || Verdict::not_applicable("the bucket policy does not admit CloudTrail");
    let Some(policy) = BucketPolicy::read(context.account, bucket)? else {
        return Ok(absent());
    };
    let mut bindings = Bindings::default();
    for statement in policy.allows() {
        let binding = policy.binding(statement);
        if !binding.unclear.is_empty() {
            bindings.unclear.push(statement.name.clone());
        }
        if !binding.admitted.is_empty() {
            let found = (statement.name.clone(), binding.admitted);
            bindings.statements.push(found);
        }
    }
    if let Some(verdict) = bindings.unbound() {
        return Ok(verdict);
    }
    let foreign = bindings.foreign_organization(context.account);
    if let Ok(Some(verdict)) = foreign {
        return Ok(verdict);
    }
    policy.understood()?;
    if let Some(name) = bindings.unclear.first() {
        return Err(BucketPolicy::undecided(format!(
            "it cannot be told for whose trails {name} admits CloudTrail"
        )));
    }
    foreign?;
    if bindings.statements.is_empty() {
        return Ok(absent());
    }
    bindings.bound(context.account, bucket)
}

impl Bindings {
    /// The fail that some statement admits anybody's trails.
    fn unbound(&self) -> Option<Verdict> {
        let open = self.statements.iter();
        let open = open.filter(|(_, admitted)| admitted.contains(&Bound::Anybody));
        let names: Vec<&str> = open.map(|(name, _)| name.as_str()).collect();
        if names.is_empty() {
            return None;
        }
        let does = if names.len() == 1 { "lets" } else { "let" };
        let verdict = Verdict::fail(format!(
            "{} {does} CloudTrail deliver for trails of any AWS account: neither `aws:SourceArn`, \
             `aws:SourceAccount` nor `aws:SourceOrgID` binds it to given ones",
            listed(&names)
        ));
        Some(self.evidence(verdict, "unrestricted"))
    }

    /// The fail that an organization is admitted that is not the account's.
    fn foreign_organization(&self, account: &Account) -> Result<Option<Verdict>, Gap> {
        let mut open = Ok(None);
        for (name, admitted) in &self.statements {
            for bound in admitted {
                let Bound::Organization(id) = bound else {
                    continue;
                };
                let own = match account.organization.known() {
                    Ok(own) => own.as_ref().map(|own| own.id.as_str()),
                    Err(gap) => {
                        open = Err(gap);
                        continue;
                    }
                };
                if own != Some(id) {
                    let own = own.map_or("in none".to_owned(), |own| format!("in `{own}`"));
                    let verdict = Verdict::fail(format!(
                        "{name} lets CloudTrail deliver for all of organization `{id}`, and the \
                         account is {own}"
                    ));
                    return Ok(Some(self.evidence(verdict, "foreign")));
                }
            }
        }
        open
    }

    /// The verdict on statements that are all bound.
    fn bound(&self, account: &Account, bucket: &Bucket) -> Judgement {
        let all: BTreeSet<&Bound> = self.statements.iter().flat_map(|(_, all)| all).collect();
        let owners = owners(account, bucket);
        let mut foreign = BTreeSet::new();
        let mut any_own = false;
        let mut class = "trail";
        for bound in all {
            let of = match bound {
                Bound::Trail(arn) => {
                    let seen = account.trails.iter().any(|trail| trail.arn == *arn);
                    let id = arn::parse(arn).map_or("", |arn| arn.account);
                    if !seen && owners.contains(id) {
                        class = "account";
                    }
                    id
                }
                Bound::Account(id) => {
                    class = "account";
                    id
                }
                _ => {
                    class = "org";
                    any_own = true;
                    continue;
                }
            };
            match owners.contains(of) {
                true => any_own = true,
                false => drop(foreign.insert(of)),
            }
        }
        let foreign: Vec<&str> = foreign.into_iter().collect();
        if any_own {
            return Ok(self.passed(class, &foreign));
        }
        // Who else is ours might be told by a trail that was not seen.
        account.all_trails()?;
        account.organization.known()?;
        bucket.owner.known()?;
        let verdict = Verdict::fail(format!(
            "the bucket policy lets CloudTrail deliver for account {} only, which owns neither a \
             trail seen here nor the bucket",
            listed(&foreign)
        ));
        Ok(self.evidence(verdict, "foreign"))
    }

    fn passed(&self, class: &str, foreign: &[&str]) -> Verdict {
        let to = match class {
            "trail" => "given trails",
            "account" => "trails of given accounts",
            _ => "trails of the organization",
        };
        let beside = match foreign {
            [] => String::new(),
            [one] => format!(", among them such of account {one}, which is not known here"),
            many => {
                let many = listed(many);
                format!(", among them such of accounts {many}, which are not known here")
            }
        };
        let message = format!("every statement that admits CloudTrail is bound to {to}{beside}");
        let verdict = Verdict::pass(message).evidence("other_accounts", foreign.to_vec());
        self.evidence(verdict, class)
    }

    fn evidence(&self, verdict: Verdict, class: &str) -> Verdict {
        let statements: Vec<String> = self
            .statements
            .iter()
            .map(|(name, admitted)| {
                let admitted: Vec<String> = admitted.iter().map(title).collect();
                format!("{name}: {}", admitted.join(", "))
            })
            .collect();
        verdict
            .evidence("class", class)
            .evidence("statements", statements)
    }
}

fn title(bound: &Bound) -> String {
    match bound {
        Bound::Trail(arn) => arn.clone(),
        Bound::Account(id) => format!("account {id}"),
        Bound::Organization(id) => format!("organization {id}"),
        Bound::Anybody => "any account".to_owned(),
    }
}

/// The accounts that have to do with the bucket: the audited one, those whose trails were
/// seen, the organization's management account and the bucket's owner.
fn owners<'a>(account: &'a Account, bucket: &'a Bucket) -> BTreeSet<&'a str> {
    let mut owners: BTreeSet<&str> = account
        .trails
        .iter()
        .map(|trail| trail.owner_account())
        .collect();
    owners.insert(&account.id);
    if let Some(Some(organization)) = account.organization.if_known() {
        owners.insert(&organization.management_account);
    }
    if let Some(BucketOwner::Account(id)) = bucket.owner.if_known() {
        owners.insert(id);
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{GapKind, Observed, Organization, story};

    const CLOUDTRAIL: &str = r#"{"Service": "cloudtrail.amazonaws.com"}"#;

    fn statement(principal: &str, condition: &str) -> String {
        format!(
            "{{\"Sid\": \"Write\", \"Effect\": \"Allow\", \"Principal\": {principal}, \"Action\": \
             \"s3:PutObject\", \"Resource\": \"arn:aws:s3:::example-trail-logs/AWSLogs/111122223333/*\", \
             \"Condition\": {condition}}}"
        )
    }

    fn with(statements: &[String]) -> Account {
        let mut account = story::pristine_account();
        account.bucket_mut().policy = Observed::Known(Some(format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": [{}]}}",
            statements.join(", ")
        )));
        account
    }

    fn judged(principal: &str, condition: &str) -> Verdict {
        story::judge(&RULE, &with(&[statement(principal, condition)])).unwrap()
    }

    const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main";

    /// reference_policies_elements_condition_operators.html and
    /// reference_policies_condition-keys.html: keys are compared in any case, `IfExists`
    /// and `ForAllValues` hold without the key, ARNs are matched part by part.
    #[test]
    fn each_way_to_bind_is_known_by_what_it_admits() {
        for (condition, class) in [
            (format!(r#"{{"StringEquals": {{"aws:SourceArn": "{TRAIL}"}}}}"#), "trail"),
            (format!(r#"{{"ArnEquals": {{"AWS:sourcearn": ["{TRAIL}"]}}}}"#), "trail"),
            (format!(r#"{{"StringLike": {{"aws:SourceArn": "{TRAIL}"}}}}"#), "trail"),
            (format!(r#"{{"StringEqualsIfExists": {{"aws:SourceArn": "{TRAIL}"}}}}"#), "unrestricted"),
            (format!(r#"{{"ForAllValues:ArnEquals": {{"aws:SourceArn": "{TRAIL}"}}}}"#), "unrestricted"),
            (
                format!(r#"{{"ForAllValues:ArnEquals": {{"aws:SourceArn": "{TRAIL}"}}, "Null": {{"aws:SourceArn": "false"}}}}"#),
                "trail",
            ),
            (r#"{"StringEquals": {"aws:SourceAccount": "111122223333"}}"#.to_owned(), "account"),
            (r#"{"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:111122223333:trail/*"}}"#.to_owned(), "account"),
            (r#"{"StringLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:111122223333:trail/*"}}"#.to_owned(), "account"),
            (r#"{"StringEquals": {"aws:SourceOrgID": "o-exampleorgid"}}"#.to_owned(), "org"),
            (
                r#"{"ForAnyValue:StringLike": {"aws:SourceOrgPaths": "o-exampleorgid/r-ab12/*"}}"#.to_owned(),
                "org",
            ),
            (
                r#"{"StringLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/main"}, "StringEquals": {"aws:SourceAccount": "111122223333"}}"#.to_owned(),
                "account",
            ),
            ("{}".to_owned(), "unrestricted"),
            (r#"{"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}"#.to_owned(), "unrestricted"),
            (r#"{"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/*"}}"#.to_owned(), "unrestricted"),
            (r#"{"StringLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:trail/main"}}"#.to_owned(), "unrestricted"),
            (r#"{"StringLike": {"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:1111*:trail/*"}}"#.to_owned(), "unrestricted"),
            (r#"{"StringLike": {"aws:SourceAccount": "11112222333?"}}"#.to_owned(), "unrestricted"),
            (r#"{"StringLike": {"aws:SourceOrgID": "o-*"}}"#.to_owned(), "unrestricted"),
            (r#"{"StringNotEquals": {"aws:SourceAccount": "999999999999"}}"#.to_owned(), "unrestricted"),
            (r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}}"#.to_owned(), "unrestricted"),
            (r#"{"Bool": {"aws:SecureTransport": "true"}}"#.to_owned(), "unrestricted"),
            (r#"{"StringEquals": {"aws:SourceOrgID": "o-somebodyelse"}}"#.to_owned(), "foreign"),
            (r#"{"StringEquals": {"aws:SourceAccount": "222222222222"}}"#.to_owned(), "foreign"),
        ] {
            let verdict = judged(CLOUDTRAIL, &condition);
            assert_eq!(verdict.evidence["class"], class, "{condition}: {verdict:?}");
            let expected = match class {
                "unrestricted" | "foreign" => Ruling::Fail,
                _ => Ruling::Pass,
            };
            assert_eq!(verdict.ruling, expected, "{condition}");
        }
    }

    #[test]
    fn whoever_a_statement_names_it_counts_if_it_admits_cloudtrail() {
        let unbound = "{}";
        let everybody = r#""*""#;
        assert_eq!(judged(everybody, unbound).ruling, Ruling::Fail);
        assert_eq!(judged(r#"{"AWS": "*"}"#, unbound).ruling, Ruling::Fail);
        for (principal, condition) in [
            (r#"{"AWS": "111122223333"}"#, unbound),
            (r#"{"Service": "config.amazonaws.com"}"#, unbound),
            // CloudTrail has neither an organization as a principal nor an endpoint.
            (
                everybody,
                r#"{"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}"#,
            ),
            (
                everybody,
                r#"{"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#,
            ),
        ] {
            let verdict = judged(principal, condition);
            assert_eq!(
                verdict.ruling,
                Ruling::NotApplicable,
                "{principal} {condition}"
            );
        }
        let but = statement("PRINCIPAL", unbound);
        for (listed, expected) in [
            (r#"{"AWS": "999999999999"}"#, Ruling::Fail),
            (CLOUDTRAIL, Ruling::NotApplicable),
        ] {
            let but = but.replace(
                "\"Principal\": PRINCIPAL",
                &format!("\"NotPrincipal\": {listed}"),
            );
            let verdict = story::judge(&RULE, &with(&[but])).unwrap();
            assert_eq!(verdict.ruling, expected, "{listed}");
        }
        let reading = statement(everybody, unbound).replace("PutObject", "GetObject");
        let verdict = story::judge(&RULE, &with(&[reading])).unwrap();
        assert_eq!(
            verdict.ruling,
            Ruling::NotApplicable,
            "CloudTrail reads nothing"
        );
    }

    #[test]
    fn a_deny_binds_as_well_as_a_condition_on_the_allow() {
        let open = statement(CLOUDTRAIL, "{}");
        let deny = |operator: &str| {
            format!(
                "{{\"Effect\": \"Deny\", \"Principal\": {CLOUDTRAIL}, \"Action\": \"s3:*\", \
                 \"Resource\": \"*\", \"Condition\": {{\"{operator}\": {{\"aws:SourceArn\": \"{TRAIL}\"}}}}}}"
            )
        };
        let verdict = story::judge(&RULE, &with(&[open.clone(), deny("ArnNotEquals")])).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        let verdict = story::judge(&RULE, &with(&[open, deny("ArnEquals")])).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
    }

    #[test]
    fn a_bucket_that_collects_for_others_passes_and_names_them() {
        let ours = statement(
            CLOUDTRAIL,
            &format!(
                r#"{{"StringEquals": {{"aws:SourceArn": ["{TRAIL}", "arn:aws:cloudtrail:us-east-1:222222222222:trail/second"]}}}}"#
            ),
        );
        let third = statement(
            CLOUDTRAIL,
            r#"{"StringEquals": {"aws:SourceAccount": "333333333333"}}"#,
        );
        let verdict = story::judge(&RULE, &with(&[ours, third.clone()])).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(
            verdict
                .message
                .contains("accounts 222222222222 and 333333333333"),
            "{}",
            verdict.message
        );
        let mut account = with(&[third]);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(
            (verdict.ruling, &verdict.evidence["class"]),
            (Ruling::Fail, &"foreign".into())
        );
        account.bucket_mut().owner =
            Observed::Known(BucketOwner::Account("333333333333".to_owned()));
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn an_organizations_trail_belongs_to_the_management_account() {
        let condition = r#"{"StringEquals": {"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:999999999999:trail/all"}}"#;
        let mut account = with(&[statement(CLOUDTRAIL, condition)]);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        account.organization = story::denied(Action::DescribeOrganization);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "organizations:DescribeOrganization");
        account.trail_mut().arn = "arn:aws:cloudtrail:us-east-1:999999999999:trail/all".to_owned();
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.evidence["class"], "trail");
    }

    #[test]
    fn partitions_are_kept_apart() {
        let condition =
            r#"{"ArnLike": {"aws:SourceArn": "arn:aws-cn:cloudtrail:*:111122223333:trail/*"}}"#;
        let mut account = with(&[statement(CLOUDTRAIL, condition)]);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(
            verdict.ruling,
            Ruling::NotApplicable,
            "no trail of this partition fits"
        );
        account.partition = "aws-cn".to_owned();
        let policy = account
            .bucket_mut()
            .policy
            .known()
            .unwrap()
            .clone()
            .unwrap();
        let policy = policy.replace("arn:aws:s3", "arn:aws-cn:s3");
        account.bucket_mut().policy = Observed::Known(Some(policy));
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn what_is_missing_or_not_understood_is_unknown_and_a_certain_fail_stands() {
        let organization = statement(
            CLOUDTRAIL,
            r#"{"StringEquals": {"aws:SourceOrgID": "o-exampleorgid"}}"#,
        );
        let mut account = with(std::slice::from_ref(&organization));
        account.organization = story::denied(Action::DescribeOrganization);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "organizations:DescribeOrganization");
        account.organization = Observed::Known(None::<Organization>);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
        let odd = statement(CLOUDTRAIL, r#"{"StringMatches": {"aws:SourceArn": "x"}}"#);
        let gap = story::judge(&RULE, &with(std::slice::from_ref(&odd))).unwrap_err();
        assert_eq!(gap.kind, GapKind::Unsupported);
        let open = statement(CLOUDTRAIL, "{}");
        let verdict = story::judge(&RULE, &with(&[odd, open])).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        let mut account = story::pristine_account();
        account.bucket_mut().policy = story::denied(Action::GetBucketPolicy);
        assert!(story::judge(&RULE, &account).is_err());
        account.bucket_mut().policy = Observed::Known(None);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }
}
