use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::policy::document::Statement;
use crate::policy::glob::glob;
use crate::policy::grants::{BucketPolicy, Who, legacy_region};
use crate::policy::tampering::{Resource, TAMPERING};
use crate::policy::truth::{Doubt, Truth};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::{AclGrant, Action, Bucket, BucketOwner, Gap, ObjectOwnership, Observed};

/// The bucket's policy and ACL grant nobody more than it takes.
pub(super) const RULE: Rule = Rule {
    id: "bucket-least-privilege",
    title: "Nobody is granted more of the log bucket than it takes",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Access,
    description: "Log files tell an intruder where everything is, and tell on him. So few should \
        read them, only CloudTrail should write them, and nobody needs a grant to delete them or \
        to change the bucket: each such grant in the bucket policy is a way to destroy evidence \
        that stays open whatever the identity policies of the account say.",
    criteria: "Fails if, after all its Denies, an Allow of the bucket policy lets somebody else \
        than CloudTrail, the bucket's own account or configured readers read or list log files \
        (all below AWSLogs/, also behind a trail's prefix); somebody else than CloudTrail write \
        them; or anybody delete or alter them or change the bucket's configuration. Whatever \
        conditions keep out does not count, and the rest is in the evidence; neither do unique \
        ids of deleted principals, nor the account itself, which only hands back to its own \
        policies. Grants count even while Block Public Access voids them. ACL grants to others \
        count unless ownership is BucketOwnerEnforced. Unknown if a fact is missing or hangs on \
        whose the bucket is. Not applicable if the bucket does not exist.",
    action: "Take the statements that are named out of the bucket policy, or limit them to reading \
        by those who must read, and name these in readers under [rules.bucket-least-privilege] of \
        trailcheck.toml. Turn ACLs off with BucketOwnerEnforced.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[
        Action::GetBucketPolicy,
        Action::GetBucketAcl,
        Action::GetBucketOwnershipControls,
    ],
    remedies: Remedies {
        cli: "aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text > policy.json\n\
            # From policy.json, take out the statements that are named.\n\
            aws s3api put-bucket-policy --bucket {bucket} --policy file://policy.json\n\
            aws s3api put-bucket-ownership-controls --bucket {bucket} --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'",
        terraform: "# beside CloudTrail's own statements, at most readers, by name\n\
            data \"aws_iam_policy_document\" \"log_bucket\" {\n  statement {\n    sid       = \"Readers\"\n    \
            actions   = [\"s3:GetObject\"]\n    resources = [\"arn:{partition}:s3:::{bucket}/AWSLogs/*\"]\n    \
            principals {\n      type        = \"AWS\"\n      identifiers = [aws_iam_role.log_reader.arn]\n    }\n  }\n}",
        cloudformation: "# This replaces the whole bucket policy: name CloudTrail's statements here, too.\n\
            Type: AWS::S3::BucketPolicy\nProperties:\n  Bucket: {bucket}\n  PolicyDocument:\n    \
            Version: \"2012-10-17\"\n    Statement:\n      - Sid: Readers\n        Effect: Allow\n        \
            Principal:\n          AWS: !GetAtt LogReader.Arn\n        Action: s3:GetObject\n        \
            Resource: arn:{partition}:s3:::{bucket}/AWSLogs/*",
    },
    check: Check::Bucket(check),
};

/// What a grant lets somebody do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Power {
    Read,
    List,
    Write,
    Delete,
    Reconfigure,
}

impl Power {
    /// In a sentence, after "lets somebody".
    fn title(self) -> &'static str {
        match self {
            Power::Read => "read log files",
            Power::List => "list log files",
            Power::Write => "write log files",
            Power::Delete => "delete or alter log files",
            Power::Reconfigure => "change the bucket",
        }
    }

    fn is_reading(self) -> bool {
        matches!(self, Power::Read | Power::List)
    }
}

/// Something granted to somebody by a statement of the policy or by the ACL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    statement: String,
    who: Who,
}

/// What is granted beyond what it takes.
#[derive(Default)]
struct Excess {
    found: BTreeMap<Finding, Granted>,
    /// Why something may be excess and may be not.
    open: Option<Gap>,
}

/// To one finding.
#[derive(Default)]
struct Granted {
    powers: BTreeSet<Power>,
    actions: Vec<&'static str>,
    depends_on: BTreeSet<String>,
}

fn check(context: &Context<'_>, bucket: &Bucket) -> Judgement {
    let mut excess = Excess::default();
    let mut stale = Vec::new();
    let policy = BucketPolicy::read(context.account, bucket);
    if let Ok(Some(policy)) = &policy {
        for statement in policy.allows() {
            stale.extend(stale_in(statement));
            excess.add_statement(context, bucket, policy, statement, &policy.logs());
        }
    }
    let acl = excess.add_acl(bucket);
    if !excess.found.is_empty() {
        return Ok(excess.verdict().evidence("stale", stale));
    }
    if let Some(policy) = policy? {
        policy.understood()?;
        behind_unseen_prefixes(context, bucket, &policy)?;
    }
    if let Some(gap) = excess.open {
        return Err(gap);
    }
    acl?;
    let message = "beside CloudTrail, the bucket policy and ACL grant nobody but the bucket's own \
                   account and configured readers to read log files, and nobody to write or \
                   delete them or to change the bucket";
    Ok(Verdict::pass(message).evidence("stale", stale))
}

/// A trail that was not seen may store its files anywhere in the bucket.
fn behind_unseen_prefixes(
    context: &Context<'_>,
    bucket: &Bucket,
    policy: &BucketPolicy<'_>,
) -> Result<(), Gap> {
    let Err(gap) = context.account.all_trails() else {
        return Ok(());
    };
    let mut excess = Excess::default();
    let anywhere = [format!("{}/*", policy.arn())];
    for statement in policy.allows() {
        excess.add_statement(context, bucket, policy, statement, &anywhere);
    }
    match excess.found.is_empty() && excess.open.is_none() {
        true => Ok(()),
        false => Err(gap),
    }
}

fn stale_in(statement: &Statement) -> Vec<String> {
    let ids = BucketPolicy::stale(statement);
    ids.into_iter()
        .map(|id| format!("{} names {id}, who was deleted", statement.name))
        .collect()
}

/// Every action that counts, and what it gives.
fn actions() -> Vec<(Power, &'static str)> {
    let mut actions = vec![
        (Power::Read, "s3:GetObject"),
        (Power::Read, "s3:GetObjectVersion"),
        (Power::List, "s3:ListBucket"),
        (Power::List, "s3:ListBucketVersions"),
    ];
    actions.extend(TAMPERING.iter().filter_map(|entry| match entry.resource {
        _ if entry.action == "s3:PutObject" => Some((Power::Write, entry.action)),
        Resource::LogObject => Some((Power::Delete, entry.action)),
        Resource::LogBucket => Some((Power::Reconfigure, entry.action)),
        _ => None,
    }));
    actions
}

impl Excess {
    fn add_statement(
        &mut self,
        context: &Context<'_>,
        bucket: &Bucket,
        policy: &BucketPolicy<'_>,
        statement: &Statement,
        logs: &[String],
    ) {
        let whole = [policy.arn()];
        for (power, action) in actions() {
            let targets = match power {
                Power::List | Power::Reconfigure => whole.as_slice(),
                Power::Read | Power::Write | Power::Delete => logs,
            };
            for grant in policy.grants(statement, &action.to_lowercase(), targets) {
                let admitted = admitted(context, bucket, &grant.who, power);
                match admitted.not().and(grant.truth) {
                    Truth::No => {}
                    Truth::Yes => {
                        let granted = self.entry(&statement.name, grant.who);
                        granted.powers.insert(power);
                        granted.actions.push(action);
                        granted.depends_on.extend(grant.depends_on);
                    }
                    Truth::Maybe(_) => {
                        let gap = open(bucket, statement, &grant.who, power, &grant.depends_on);
                        self.open = self.open.take().or(Some(gap));
                    }
                }
            }
        }
    }

    fn entry(&mut self, statement: &str, who: Who) -> &mut Granted {
        let statement = statement.to_owned();
        self.found.entry(Finding { statement, who }).or_default()
    }

    /// The ACL's grants to others than the owner, unless ACLs are off.
    fn add_acl(&mut self, bucket: &Bucket) -> Result<(), Gap> {
        let enforced = Some(ObjectOwnership::BucketOwnerEnforced);
        if bucket.ownership.if_known() == Some(&enforced) {
            return Ok(());
        }
        let grants = bucket.acl.known()?;
        let others = grants.iter().filter(|grant| grant.owner != Some(true));
        let others: Vec<(&AclGrant, BTreeSet<Power>)> = others
            .map(|grant| (grant, powers_of(&grant.permission)))
            .filter(|(_, powers)| !powers.is_empty())
            .collect();
        if others.is_empty() {
            return Ok(());
        }
        bucket.ownership.known()?;
        for (grant, powers) in &others {
            let group = grant.grantee.rsplit_once("/groups/").map(|(_, name)| name);
            if group.is_none() && grant.owner.is_none() {
                return Err(BucketPolicy::undecided(format!(
                    "the ACL grants {} to `{}`, and the snapshot does not tell whether that is \
                     the bucket's owner",
                    grant.permission, grant.grantee
                )));
            }
            let who = group.map_or_else(
                || Who::Canonical(grant.grantee.clone()),
                |name| Who::Unclear(name.to_owned()),
            );
            let granted = self.entry("the ACL", who);
            granted.powers.extend(powers);
        }
        Ok(())
    }

    fn verdict(&self) -> Verdict {
        let sentences: Vec<String> = self
            .found
            .iter()
            .map(|(finding, granted)| {
                let powers: Vec<&str> = granted.powers.iter().map(|power| power.title()).collect();
                let lets = format!("{} lets {}", finding.statement, finding.who.title());
                format!("{lets} {}", listed(&powers))
            })
            .collect();
        let grants: Vec<Value> = self
            .found
            .iter()
            .map(|(finding, granted)| {
                json!({
                    "statement": finding.statement,
                    "principal": finding.who.title(),
                    "actions": granted.actions,
                    "depends_on": granted.depends_on,
                })
            })
            .collect();
        Verdict::fail(sentences.join("; ")).evidence("grants", grants)
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions>
fn powers_of(permission: &str) -> BTreeSet<Power> {
    match permission {
        "READ" => BTreeSet::from([Power::List]),
        "WRITE" => BTreeSet::from([Power::Write]),
        "READ_ACP" => BTreeSet::new(),
        "WRITE_ACP" => BTreeSet::from([Power::Reconfigure]),
        _ => BTreeSet::from([Power::List, Power::Write, Power::Reconfigure]),
    }
}

/// Whether somebody belongs to those who may.
fn admitted(context: &Context<'_>, bucket: &Bucket, who: &Who, power: Power) -> Truth {
    let cloudtrail = match who {
        Who::Service(name) => name.eq_ignore_ascii_case("cloudtrail.amazonaws.com"),
        _ => who.account().and_then(legacy_region).is_some(),
    };
    // The owner by his canonical id is the owner's account, as which he is granted nothing.
    if matches!(who, Who::Canonical(id) if is_owners_canonical_id(bucket, id)) {
        return Truth::Yes;
    }
    match power {
        Power::Read | Power::List | Power::Write if cloudtrail => return Truth::Yes,
        Power::Read | Power::List => {}
        Power::Write | Power::Delete | Power::Reconfigure => return Truth::No,
    }
    let readers = &context.settings.bucket_least_privilege.readers;
    let names = match who {
        Who::Account(id) => vec![id.clone()],
        Who::Identity(arn) => {
            let account = who.account().map(str::to_owned);
            std::iter::once(arn.clone()).chain(account).collect()
        }
        Who::Service(name) => vec![name.clone()],
        Who::Organization(id) => vec![id.clone()],
        _ => Vec::new(),
    };
    if readers
        .iter()
        .any(|reader| names.iter().any(|name| glob(reader, name)))
    {
        return Truth::Yes;
    }
    match who {
        // Their policies, which are not read, may let in others.
        Who::AccessPoints(id) => match is_owner(bucket, id) {
            Truth::No => Truth::No,
            _ => Truth::maybe(Doubt::Unread),
        },
        _ => who.account().map_or(Truth::No, |id| is_owner(bucket, id)),
    }
}

/// Whether the ACL tells that it is.
fn is_owners_canonical_id(bucket: &Bucket, id: &str) -> bool {
    let grants = bucket.acl.if_known().into_iter().flatten();
    grants
        .filter(|grant| grant.owner == Some(true))
        .any(|grant| grant.grantee == id)
}

fn is_owner(bucket: &Bucket, account: &str) -> Truth {
    let unknown = Truth::maybe(Doubt::Unread);
    match bucket.owner.if_known() {
        Some(BucketOwner::Account(id)) => Truth::from(id == account),
        Some(BucketOwner::NotAccount(id)) if id == account => Truth::No,
        _ => unknown,
    }
}

fn open(
    bucket: &Bucket,
    statement: &Statement,
    who: &Who,
    power: Power,
    depends_on: &[String],
) -> Gap {
    let (name, power_title) = (&statement.name, power.title());
    let because = match who {
        Who::AccessPoints(_) => "policies of access points are not read".to_owned(),
        _ if power.is_reading() || depends_on.is_empty() => match &bucket.owner {
            Observed::Gap(gap) => return gap.clone(),
            Observed::Known(_) => "it is not known which account owns the bucket".to_owned(),
        },
        _ => format!("that hangs on {}", listed(depends_on)),
    };
    BucketPolicy::undecided(format!(
        "it cannot be told whether {name} lets {} {power_title} who should not: {because}",
        who.title()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{BucketLeastPrivilege, Settings};
    use crate::rule::Ruling;
    use crate::snapshot::{Account, GapKind, story};

    const US: &str = "111122223333";

    /// The pristine account, whose own the bucket is, with these statements as the policy.
    fn with(statements: &[&str]) -> Account {
        let mut account = story::pristine_account();
        let bucket = account.bucket_mut();
        bucket.owner = Observed::Known(BucketOwner::Account(US.to_owned()));
        let text = format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": [{}]}}",
            statements.join(", ")
        );
        bucket.policy = Observed::Known(Some(text));
        account
    }

    fn allow(principal: &str, actions: &str, condition: &str) -> String {
        format!(
            "{{\"Sid\": \"S\", \"Effect\": \"Allow\", \"Principal\": {principal}, \"Action\": {actions}, \
             \"Resource\": [\"arn:aws:s3:::example-trail-logs\", \"arn:aws:s3:::example-trail-logs/*\"], \
             \"Condition\": {condition}}}"
        )
    }

    fn judged(principal: &str, actions: &str, condition: &str) -> Judgement {
        story::judge(&RULE, &with(&[&allow(principal, actions, condition)]))
    }

    fn says(principal: &str, actions: &str, condition: &str) -> String {
        match judged(principal, actions, condition) {
            Ok(verdict) if verdict.ruling == Ruling::Pass => "pass".to_owned(),
            Ok(verdict) => verdict.message,
            Err(gap) => format!("unknown: {}", gap.detail),
        }
    }

    const READ: &str = r#""s3:GetObject""#;
    const OTHER: &str = r#"{"AWS": "arn:aws:iam::222222222222:root"}"#;
    const EVERYBODY: &str = r#""*""#;

    #[test]
    fn each_grant_is_told_in_one_sentence() {
        for (principal, actions, condition, expected) in [
            (
                OTHER,
                READ,
                "{}",
                "statement `S` lets account 222222222222 read log files",
            ),
            (
                EVERYBODY,
                READ,
                "{}",
                "statement `S` lets everybody read log files",
            ),
            (
                r#"{"AWS": "arn:aws:iam::222222222222:role/siem"}"#,
                r#"["s3:Get*", "s3:List*"]"#,
                "{}",
                "statement `S` lets `arn:aws:iam::222222222222:role/siem` read log files and list log files",
            ),
            (
                r#"{"AWS": "arn:aws:iam::111122223333:role/admin"}"#,
                r#""s3:*""#,
                "{}",
                "statement `S` lets `arn:aws:iam::111122223333:role/admin` write log files, \
                 delete or alter log files and change the bucket",
            ),
            (
                r#"{"Service": "config.amazonaws.com"}"#,
                r#""s3:PutObject""#,
                "{}",
                "statement `S` lets `config.amazonaws.com` write log files",
            ),
            (
                r#"{"Service": "cloudtrail.amazonaws.com"}"#,
                r#""s3:*""#,
                "{}",
                "statement `S` lets `cloudtrail.amazonaws.com` delete or alter log files and change the bucket",
            ),
            (
                EVERYBODY,
                READ,
                r#"{"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}"#,
                "statement `S` lets everybody in organization `o-exampleorgid` read log files",
            ),
            (
                EVERYBODY,
                READ,
                r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/siem-*"}}"#,
                "statement `S` lets `arn:aws:iam::222222222222:role/siem-*` read log files",
            ),
            (
                EVERYBODY,
                r#""s3:DeleteObject""#,
                r#"{"StringEquals": {"aws:PrincipalAccount": "111122223333"}}"#,
                "statement `S` lets account 111122223333 delete or alter log files",
            ),
            (
                EVERYBODY,
                READ,
                r#"{"StringEquals": {"s3:DataAccessPointAccount": "222222222222"}}"#,
                "statement `S` lets whoever access points of account 222222222222 let in read log files",
            ),
            (
                r#"{"Federated": "www.amazon.com"}"#,
                READ,
                "{}",
                "statement `S` lets whoever signed in with `www.amazon.com` read log files",
            ),
            (
                r#"{"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#,
                READ,
                "{}",
                "statement `S` lets canonical user \
                 `79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be` read log files",
            ),
        ] {
            assert_eq!(
                says(principal, actions, condition),
                expected,
                "{principal} {condition}"
            );
        }
    }

    #[test]
    fn what_it_takes_passes() {
        for (principal, actions, condition) in [
            (
                r#"{"Service": "cloudtrail.amazonaws.com"}"#,
                r#"["s3:GetBucketAcl", "s3:PutObject"]"#,
                "{}",
            ),
            // In its own account that hands back to the account's own policies.
            (r#"{"AWS": "111122223333"}"#, r#""s3:*""#, "{}"),
            (
                r#"{"AWS": "arn:aws:iam::111122223333:role/auditor"}"#,
                r#"["s3:GetObject", "s3:ListBucket"]"#,
                "{}",
            ),
            (
                EVERYBODY,
                READ,
                r#"{"StringEquals": {"aws:PrincipalAccount": "111122223333"}}"#,
            ),
            (r#"{"AWS": "AIDAEXAMPLEDELETED001"}"#, r#""s3:*""#, "{}"),
            (
                OTHER,
                r#"["s3:GetBucketAcl", "s3:GetBucketLocation"]"#,
                "{}",
            ),
            // S3 answers these with 405 from any other account.
            (
                OTHER,
                r#"["s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]"#,
                "{}",
            ),
        ] {
            assert_eq!(
                says(principal, actions, condition),
                "pass",
                "{principal} {actions}"
            );
        }
    }

    #[test]
    fn a_deleted_principal_is_told_as_stale() {
        let verdict = judged(r#"{"AWS": "AROAEXAMPLEDELETED001"}"#, r#""s3:*""#, "{}").unwrap();
        assert_eq!(
            verdict.evidence["stale"],
            json!(["statement `S` names AROAEXAMPLEDELETED001, who was deleted"])
        );
    }

    #[test]
    fn denies_take_grants_away_and_only_as_far_as_they_reach() {
        let grant = allow(OTHER, r#"["s3:GetObject", "s3:DeleteObject"]"#, "{}");
        let deny = |condition: &str| {
            format!(
                "{{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": [\"s3:Get*\", \"s3:Delete*\"], \
                 \"Resource\": \"arn:aws:s3:::example-trail-logs/*\", \"Condition\": {condition}}}"
            )
        };
        let ruling = |condition: &str| {
            let account = with(&[&grant, &deny(condition)]);
            story::judge(&RULE, &account).unwrap().ruling
        };
        assert_eq!(ruling("{}"), Ruling::Pass);
        let others = r#"{"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}"#;
        assert_eq!(ruling(others), Ruling::Pass);
        assert_eq!(
            ruling(r#"{"Bool": {"aws:SecureTransport": "false"}}"#),
            Ruling::Fail
        );
        let part = deny("{}").replace("logs/*", "logs/AWSLogs/111122223333/CloudTrail-Digest/*");
        let verdict = story::judge(&RULE, &with(&[&grant, &part])).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
    }

    #[test]
    fn residual_conditions_are_in_the_evidence() {
        let condition = r#"{"StringEquals": {"aws:SourceVpce": "vpce-1"}}"#;
        let verdict = judged(EVERYBODY, READ, condition).unwrap();
        assert_eq!(
            verdict.evidence["grants"],
            json!([{
                "statement": "statement `S`",
                "principal": "everybody",
                "actions": ["s3:GetObject"],
                "depends_on": ["aws:SourceVpce"],
            }])
        );
    }

    #[test]
    fn configured_readers_may_read_and_do_nothing_else() {
        let judge = |readers: &[&str], principal: &str, actions: &str| {
            let readers = readers.iter().map(|reader| (*reader).to_owned()).collect();
            let settings = Settings {
                bucket_least_privilege: BucketLeastPrivilege { readers },
                ..Settings::default()
            };
            let account = with(&[&allow(principal, actions, "{}")]);
            story::judge_with(&RULE, &account, &settings)
                .unwrap()
                .ruling
        };
        let role = r#"{"AWS": "arn:aws:iam::222222222222:role/siem"}"#;
        assert_eq!(judge(&["222222222222"], OTHER, READ), Ruling::Pass);
        assert_eq!(
            judge(&["arn:aws:iam::*:role/siem"], role, READ),
            Ruling::Pass
        );
        assert_eq!(judge(&["222222222222"], role, READ), Ruling::Pass);
        assert_eq!(
            judge(&["arn:aws:iam::*:role/other"], role, READ),
            Ruling::Fail
        );
        let service = r#"{"Service": "macie.amazonaws.com"}"#;
        assert_eq!(judge(&["macie.amazonaws.com"], service, READ), Ruling::Pass);
        assert_eq!(judge(&["*"], role, r#""s3:PutObject""#), Ruling::Fail);
        assert_eq!(judge(&["*"], role, r#""s3:DeleteObject""#), Ruling::Fail);
        assert_eq!(judge(&["*"], EVERYBODY, READ), Ruling::Fail);
    }

    #[test]
    fn only_log_files_and_the_bucket_count() {
        let elsewhere = |keys: &str| {
            let statement = allow(OTHER, r#""s3:PutObject""#, "{}");
            statement.replace("logs/*", &format!("logs/{keys}"))
        };
        let ruling = |account: &Account| story::judge(&RULE, account).unwrap().ruling;
        assert_eq!(ruling(&with(&[&elsewhere("inventory/*")])), Ruling::Pass);
        assert_eq!(
            ruling(&with(&[&elsewhere("AWSLogs/222222222222/*")])),
            Ruling::Fail
        );
        let mut account = with(&[&elsewhere("second/*")]);
        account.trail_mut().key_prefix = Some("second".to_owned());
        assert_eq!(ruling(&account), Ruling::Fail);
        let mut account = with(&[&elsewhere("inventory/*")]);
        account.regions.get_mut("eu-west-1").unwrap().trails =
            story::denied(Action::DescribeTrails);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "cloudtrail:DescribeTrails");
    }

    #[test]
    fn whose_the_bucket_is_decides_who_may_read_it() {
        let role = r#"{"AWS": "arn:aws:iam::222222222222:role/auditor"}"#;
        let mut account = with(&[&allow(role, READ, "{}")]);
        account.bucket_mut().owner =
            Observed::Known(BucketOwner::Account("222222222222".to_owned()));
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        account.bucket_mut().owner = Observed::Known(BucketOwner::NotAccount(US.to_owned()));
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert!(gap.detail.contains("which account owns"), "{gap:?}");
        account.bucket_mut().owner = story::denied(Action::HeadBucket);
        assert_eq!(
            story::judge(&RULE, &account).unwrap_err().action,
            "s3:ListBucket"
        );
        let mut account = with(&[&allow(role, r#""s3:DeleteObject""#, "{}")]);
        account.bucket_mut().owner = story::denied(Action::HeadBucket);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn the_accounts_own_access_points_may_let_in_anybody_for_reading() {
        let condition = r#"{"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}}"#;
        let gap = judged(EVERYBODY, READ, condition).unwrap_err();
        assert!(gap.detail.contains("access points are not read"), "{gap:?}");
        let verdict = judged(EVERYBODY, r#""*""#, condition).unwrap();
        assert!(
            verdict
                .message
                .contains("access points of account 111122223333")
        );
    }

    #[test]
    fn acl_grants_to_others_count_unless_acls_are_off() {
        let mut account = with(&[]);
        let grant = |permission: &str, owner| AclGrant {
            grantee: "79a5".to_owned(),
            permission: permission.to_owned(),
            owner,
        };
        account.bucket_mut().ownership = Observed::Known(None);
        for (permission, owner, expected) in [
            ("FULL_CONTROL", Some(true), Ruling::Pass),
            ("READ", Some(false), Ruling::Fail),
            ("WRITE", Some(false), Ruling::Fail),
            ("WRITE_ACP", Some(false), Ruling::Fail),
            ("READ_ACP", Some(false), Ruling::Pass),
        ] {
            account.bucket_mut().acl = Observed::Known(vec![grant(permission, owner)]);
            let ruling = story::judge(&RULE, &account).unwrap().ruling;
            assert_eq!(ruling, expected, "{permission} {owner:?}");
        }
        account.bucket_mut().acl = Observed::Known(vec![grant("WRITE", Some(false))]);
        account.bucket_mut().ownership =
            Observed::Known(Some(ObjectOwnership::BucketOwnerEnforced));
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        account.bucket_mut().ownership = story::denied(Action::GetBucketOwnershipControls);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketOwnershipControls");
        account.bucket_mut().ownership = Observed::Known(None);
        account.bucket_mut().acl = Observed::Known(vec![grant("FULL_CONTROL", None)]);
        let gap = story::judge(&RULE, &account).unwrap_err();
        assert_eq!(gap.kind, GapKind::Unsupported);
        account.bucket_mut().acl = story::denied(Action::GetBucketAcl);
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn a_certain_fail_stands_and_nothing_passes_without_the_policy() {
        let mut account = with(&[&allow(OTHER, READ, r#"{"StringMatches": {"k": "v"}}"#)]);
        assert!(story::judge(&RULE, &account).is_err());
        account.bucket_mut().policy = story::denied(Action::GetBucketPolicy);
        assert!(story::judge(&RULE, &account).is_err());
        account.bucket_mut().policy = Observed::Known(None);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
        let mut account = with(&[&allow(OTHER, READ, "{}")]);
        account.bucket_mut().acl = story::denied(Action::GetBucketAcl);
        account.bucket_mut().ownership = story::denied(Action::GetBucketOwnershipControls);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }
}
