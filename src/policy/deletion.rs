//! Whether policies keep everybody from deleting what trails store in a bucket: the bucket's
//! own, by its Denies, or the service control policies of the account that owns it.

use std::collections::BTreeSet;

use super::case::Policy;
use super::context::Context;
use super::document::Effect;
use super::grants::{BucketPolicy, Escape, Protection};
use super::pattern::Resources;
use super::truth::Truth;
use super::world::of_level;
use crate::retention::{Delivery, Keys, deliveries};
use crate::snapshot::{Account, Action, Bucket, BucketOwner, Gap, GapKind};

/// Deleting an object takes the first; deleting it for good from a bucket with versions
/// takes the second. Both must be denied.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
const DELETING: [&str; 2] = ["s3:deleteobject", "s3:deleteobjectversion"];

/// What the Denies of a bucket's policy make of deleting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deleting {
    /// They keep everybody from deleting any log or digest file: these statements.
    Denied(Vec<String>),
    /// They leave somebody out, if there are any.
    Open(Option<Escape>),
}

/// Whether the Denies of the policy together keep everybody from deleting all log and digest
/// files that the account's trails store in the bucket.
///
/// Everybody includes the bucket's owner. What the policy cannot bind is S3 itself:
/// lifecycle rules delete whatever the policy says, which is another rule's question.
///
/// # Errors
/// The gap that leaves it open: in the policy, or in what the trails store there.
pub fn denied_by_policy(account: &Account, bucket: &Bucket) -> Result<Deleting, Gap> {
    let Some(policy) = BucketPolicy::read(account, bucket)? else {
        return Ok(Deleting::Open(None));
    };
    let policy = Denials {
        policy: &policy,
        deliveries: deliveries(account, &bucket.name),
    };
    if policy.deny_nothing() {
        policy.policy.understood()?;
        return Ok(Deleting::Open(None));
    }
    // A Deny on the whole bucket holds for trails that nobody saw, too.
    let whole = policy.protection("");
    if let Protection::Complete(names) = whole {
        return Ok(Deleting::Denied(names.into_iter().collect()));
    }
    let organization = account.organization.if_known().and_then(Option::as_ref);
    let own = organization.map(|organization| organization.id.as_str());
    match policy.cover_all(own)? {
        Deleting::Denied(names) => {
            account.all_trails()?;
            Ok(Deleting::Denied(names))
        }
        open => match account.organization.gap() {
            None => Ok(open),
            Some(_) => policy.in_some_organization(open),
        },
    }
}

/// More organizations than this are not tried one after the other. No policy within AWS's
/// limit of 20 KB has use for them.
const MOST_ORGANIZATIONS: usize = 20;

struct Denials<'a> {
    policy: &'a BucketPolicy<'a>,
    deliveries: Vec<Delivery<'a>>,
}

impl Denials<'_> {
    fn deny_nothing(&self) -> bool {
        let statements = &self.policy.document.statements;
        !statements.iter().any(|statement| {
            statement.effect != Some(Effect::Allow)
                && DELETING
                    .iter()
                    .any(|action| statement.actions.contain(action).possible())
        })
    }

    /// What the Denies make of deleting objects whose keys begin so, in both ways.
    fn protection(&self, keys: &str) -> Protection {
        let below = format!("{}/{keys}*", self.policy.arn());
        let mut names = BTreeSet::new();
        let mut unclear = None;
        for action in DELETING {
            match self
                .policy
                .protection(action, &below, &Context::new(), true)
            {
                Protection::Complete(found) => names.extend(found),
                Protection::Unclear(escape) => unclear = unclear.or(Some(escape)),
                open @ Protection::Open(_) => return open,
            }
        }
        unclear.map_or(Protection::Complete(names), Protection::Unclear)
    }

    /// Whether the Denies cover what the trails store, if the organization had that id.
    fn cover_all(&self, organization: Option<&str>) -> Result<Deleting, Gap> {
        let mut names = BTreeSet::new();
        let mut open = None;
        for delivery in &self.deliveries {
            let places: Vec<(&Keys, Protection)> = delivery
                .places()
                .iter()
                .map(|keys| (keys, self.protection(&text(keys, organization))))
                .collect();
            let is_open = |wanted: &Keys| {
                places.iter().any(|(keys, protection)| {
                    *keys == wanted && matches!(protection, Protection::Open(_))
                })
            };
            match delivery.holds(is_open) {
                Ok(false) => {}
                Ok(true) => {
                    let escape = places
                        .into_iter()
                        .find_map(|(_, protection)| match protection {
                            Protection::Open(escape) => Some(escape),
                            _ => None,
                        });
                    return Ok(Deleting::Open(escape));
                }
                Err(gap) => open = open.or(Some(gap)),
            }
            for (_, protection) in places {
                match protection {
                    Protection::Complete(found) => names.extend(found),
                    Protection::Unclear(escape) => {
                        open = open.or_else(|| Some(self.unclear(&escape)));
                    }
                    Protection::Open(_) => {}
                }
            }
        }
        match open {
            Some(gap) => Err(gap),
            // Nothing to cover is no proof of anything.
            None if names.is_empty() => Ok(Deleting::Open(None)),
            None => Ok(Deleting::Denied(names.into_iter().collect())),
        }
    }

    fn unclear(&self, escape: &Escape) -> Gap {
        self.policy.understood().err().unwrap_or_else(|| {
            BucketPolicy::undecided(format!(
                "it cannot be told whether the Denies of the bucket policy keep {} from {}: that \
                 hangs on {}",
                escape.who,
                escape.action_title(),
                escape.depends_on.join(", ")
            ))
        })
    }

    /// `open`, unless the Denies protect the log files of an organization that may be the one
    /// whose trail delivers here.
    fn in_some_organization(&self, open: Deleting) -> Result<Deleting, Gap> {
        if !self
            .deliveries
            .iter()
            .any(Delivery::may_be_an_organizations)
        {
            return Ok(open);
        }
        let organizations = self.organizations();
        if organizations.len() > MOST_ORGANIZATIONS {
            return Err(too_many_organizations(organizations.len()));
        }
        for id in organizations {
            if !matches!(self.cover_all(Some(&id))?, Deleting::Open(_)) {
                return Err(organization_not_known(&id));
            }
        }
        Ok(open)
    }

    /// The organization ids that the policy's resources name.
    fn organizations(&self) -> BTreeSet<String> {
        let statements = self.policy.document.statements.iter();
        statements
            .filter(|statement| matches!(statement.resources, Resources::These(_)))
            .flat_map(|statement| statement.resources.patterns())
            .flat_map(|pattern| pattern.split('/'))
            .filter(|segment| segment.starts_with("o-") && !segment.contains(['*', '?', '$']))
            .map(str::to_owned)
            .collect()
    }
}

fn text(keys: &Keys, organization: Option<&str>) -> String {
    match organization {
        Some(id) => keys.in_organization(id).text('*'),
        None => keys.text('*'),
    }
}

/// The service control policies that keep everybody of the account that owns the bucket from
/// deleting log files, if nobody else is granted it by the bucket's policy; `None` if they do
/// not, or cannot be known because the account is not the audited one.
///
/// # Errors
/// The gap that leaves it open.
pub fn denied_by_organization(
    account: &Account,
    bucket: &Bucket,
) -> Result<Option<Vec<String>>, Gap> {
    if let Some(owner) = bucket.owner.if_known()
        && !matches!(owner, BucketOwner::Account(id) if *id == account.id)
    {
        return Ok(None);
    }
    let Some(organization) = account.organization.known()? else {
        return Ok(None);
    };
    // "SCPs don't affect users or roles in the management account."
    // <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>
    if organization.management_account == account.id {
        return Ok(None);
    }
    let levels: Vec<Vec<Policy>> = account
        .service_control_policies
        .known()?
        .iter()
        .map(|level| of_level("service", level))
        .collect();
    let places = Places::of(account, bucket, &organization.id);
    let Some(kept) = places.kept(&levels)? else {
        return Ok(None);
    };
    bucket.owner.known()?;
    if places.granted_to_others()? {
        return Ok(None);
    }
    account.all_trails()?;
    Ok(Some(kept))
}

/// Where log and digest files lie, to be protected by the owner's organization.
struct Places<'a> {
    account: &'a Account,
    bucket: &'a Bucket,
    /// What describes the ARNs of the files.
    arns: Vec<String>,
}

impl<'a> Places<'a> {
    fn of(account: &'a Account, bucket: &'a Bucket, organization: &str) -> Self {
        let deliveries = deliveries(account, &bucket.name);
        let places = deliveries.iter().flat_map(|delivery| delivery.places());
        let arn = |keys: &Keys| {
            let keys = text(keys, Some(organization));
            format!("arn:{}:s3:::{}/{keys}*", account.partition, bucket.name)
        };
        Places {
            account,
            bucket,
            arns: places.map(arn).collect(),
        }
    }

    /// The policies that keep everybody from deleting; `None` if somebody can.
    fn kept(&self, levels: &[Vec<Policy>]) -> Result<Option<Vec<String>>, Gap> {
        if self.arns.is_empty() {
            return Ok(None);
        }
        // The Denies of the bucket are another question; here there are none.
        let bare = BucketPolicy::empty(self.account, self.bucket);
        let kept = self.arns.iter().flat_map(|arn| {
            DELETING.map(|action| bare.kept_by_service_controls(levels, action, arn))
        });
        match Truth::all(kept) {
            Truth::No => Ok(None),
            Truth::Yes => Ok(Some(denying(levels))),
            Truth::Maybe(_) => Err(Gap::new(
                Action::ListPoliciesForTarget,
                GapKind::Unsupported,
                "it cannot be told whether the service control policies keep everybody in the \
                 account from deleting log files",
            )),
        }
    }

    /// Whether the bucket's policy grants deleting to somebody whom the service control
    /// policies do not bind, because they bind the owner's account only.
    fn granted_to_others(&self) -> Result<bool, Gap> {
        let Some(policy) = BucketPolicy::read(self.account, self.bucket)? else {
            return Ok(false);
        };
        let mut unclear = policy.understood();
        for statement in policy.allows() {
            for action in DELETING {
                let grants = policy.grants(statement, action, &self.arns);
                for grant in grants {
                    match grant.truth {
                        _ if grant.who.account() == Some(&self.account.id) => {}
                        Truth::Yes => return Ok(true),
                        _ => {
                            unclear = Err(BucketPolicy::undecided(format!(
                                "it cannot be told whether {} lets {} delete log files",
                                statement.name,
                                grant.who.title()
                            )));
                        }
                    }
                }
            }
        }
        unclear.map(|()| false)
    }
}

/// The policies with a Deny on deleting, by name.
fn denying(levels: &[Vec<Policy>]) -> Vec<String> {
    let denies = |policy: &&Policy| {
        policy.document.statements.iter().any(|statement| {
            statement.effect == Some(Effect::Deny)
                && DELETING
                    .iter()
                    .any(|action| statement.actions.contain(action).possible())
        })
    };
    let names = levels.iter().flatten().filter(denies);
    names.map(|policy| policy.name.clone()).collect()
}

fn organization_not_known(id: &str) -> Gap {
    Gap::new(
        Action::DescribeOrganization,
        GapKind::Unsupported,
        format!(
            "the bucket policy protects the log files of `{id}`, and no fact tells whether that \
             is the organization whose trail delivers here"
        ),
    )
}

fn too_many_organizations(count: usize) -> Gap {
    Gap::new(
        Action::DescribeOrganization,
        GapKind::Unsupported,
        format!(
            "the bucket policy names {count} organizations, and no fact tells which of them is \
             the one whose trail delivers here"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Action, Observed, story};

    const ALL: &str = r#""Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"]"#;

    /// The pristine account with these statements, each a `Deny`, as the bucket policy.
    fn denying(statements: &[String]) -> Account {
        let statements: Vec<String> = statements
            .iter()
            .map(|rest| format!("{{\"Effect\": \"Deny\", {rest}}}"))
            .collect();
        let mut account = story::pristine_account();
        account.bucket_mut().policy = Observed::Known(Some(format!(
            "{{\"Statement\": [{}]}}",
            statements.join(", ")
        )));
        account
    }

    fn proven(account: &Account) -> Result<bool, Gap> {
        let deleting = denied_by_policy(account, account.buckets.first().unwrap())?;
        Ok(matches!(deleting, Deleting::Denied(_)))
    }

    fn on(resource: &str) -> String {
        format!(
            "\"Principal\": \"*\", {ALL}, \"Resource\": \"arn:aws:s3:::example-trail-logs/{resource}\""
        )
    }

    #[test]
    fn a_deny_on_the_whole_bucket_is_named() {
        let account = story::pristine_account();
        let names = denied_by_policy(&account, account.buckets.first().unwrap());
        let expected = vec!["statement `NoDelete`".to_owned()];
        assert_eq!(names, Ok(Deleting::Denied(expected)));
    }

    #[test]
    fn log_and_digest_files_must_both_be_covered() {
        let logs = on("AWSLogs/111122223333/CloudTrail/*");
        let digests = on("AWSLogs/111122223333/CloudTrail-Digest/*");
        assert_eq!(proven(&denying(std::slice::from_ref(&logs))), Ok(false));
        assert_eq!(proven(&denying(std::slice::from_ref(&digests))), Ok(false));
        assert_eq!(proven(&denying(&[logs, digests])), Ok(true));
        assert_eq!(proven(&denying(&[on("AWSLogs/*/CloudTrail*")])), Ok(true));
    }

    #[test]
    fn deleting_objects_and_deleting_versions_must_both_be_denied() {
        let rest = r#""Principal": "*", "Resource": "arn:aws:s3:::example-trail-logs/*""#;
        let object = format!("{rest}, \"Action\": \"s3:DeleteObject\"");
        let version = format!("{rest}, \"Action\": \"s3:DeleteObjectVersion\"");
        assert_eq!(proven(&denying(std::slice::from_ref(&object))), Ok(false));
        assert_eq!(proven(&denying(std::slice::from_ref(&version))), Ok(false));
        assert_eq!(proven(&denying(&[object, version])), Ok(true));
    }

    #[test]
    fn a_deny_with_a_condition_or_with_exceptions_binds_not_everybody() {
        let resource = r#""Resource": "*""#;
        for weak in [
            format!(
                "\"Principal\": \"*\", {ALL}, {resource}, \"Condition\": {{\"Bool\": \
                 {{\"aws:MultiFactorAuthPresent\": \"false\"}}}}"
            ),
            format!("\"Principal\": {{\"AWS\": \"111122223333\"}}, {ALL}, {resource}"),
            format!("\"NotPrincipal\": {{\"AWS\": \"111122223333\"}}, {ALL}, {resource}"),
        ] {
            assert_eq!(
                proven(&denying(std::slice::from_ref(&weak))),
                Ok(false),
                "{weak}"
            );
        }
    }

    #[test]
    fn an_allow_forbids_nothing() {
        let mut account = denying(&[on("*")]);
        let policy = account
            .bucket_mut()
            .policy
            .known()
            .unwrap()
            .clone()
            .unwrap();
        account.bucket_mut().policy = Observed::Known(Some(policy.replace("Deny", "Allow")));
        assert_eq!(proven(&account), Ok(false));
    }

    #[test]
    fn a_second_trail_under_another_prefix_must_be_covered_too() {
        let mut account = denying(&[on("AWSLogs/*")]);
        let mut second = account.trail_mut().twin("second", "eu-west-1");
        second.key_prefix = Some("second".to_owned());
        account.trails.push(second);
        assert_eq!(proven(&account), Ok(false));
        account.trails.last_mut().unwrap().bucket = Observed::Known("other".to_owned());
        assert_eq!(proven(&account), Ok(true));
        account.trails.last_mut().unwrap().bucket = story::denied(Action::DescribeTrails);
        assert!(proven(&account).is_err());
    }

    #[test]
    fn a_trail_that_nobody_saw_is_covered_only_by_a_deny_on_the_whole_bucket() {
        let mut account = denying(&[on("AWSLogs/*")]);
        account.regions.get_mut("eu-west-1").unwrap().trails =
            story::denied(Action::DescribeTrails);
        assert!(proven(&account).is_err());
        account.bucket_mut().policy = denying(&[on("*")]).bucket_mut().policy.clone();
        assert_eq!(proven(&account), Ok(true));
    }

    #[test]
    fn a_deny_below_some_organizations_id_is_not_known_to_be_about_this_one() {
        let mut account = denying(&[on("AWSLogs/o-a1b2c3d4e5/*")]);
        assert_eq!(proven(&account), Ok(false));
        account.trail_mut().organization = Observed::Known(true);
        assert_eq!(proven(&account), Ok(false), "it is `o-exampleorgid`");
        account.bucket_mut().policy = denying(&[on("AWSLogs/o-exampleorgid/*")])
            .bucket_mut()
            .policy
            .clone();
        assert_eq!(proven(&account), Ok(true));
        account.organization = story::denied(Action::DescribeOrganization);
        assert_eq!(proven(&account).unwrap_err().kind, GapKind::Unsupported);
        account.bucket_mut().policy = denying(&[on("AWSLogs/o-*")]).bucket_mut().policy.clone();
        assert_eq!(
            proven(&account),
            Ok(true),
            "every organization's id begins with `o-`"
        );
        account.bucket_mut().policy = denying(&[on("AWSLogs/*")]).bucket_mut().policy.clone();
        assert_eq!(proven(&account), Ok(true));
    }

    /// Each on an organization of its own: tried one after the other they would take long.
    #[test]
    fn a_policy_that_names_too_many_organizations_is_not_weighed_and_proves_nothing() {
        let statements: Vec<String> = (0..100)
            .map(|at| on(&format!("AWSLogs/o-{at}/123456789012/CloudTrail/*")))
            .collect();
        let mut account = denying(&statements);
        assert_eq!(proven(&account), Ok(false));
        account.trail_mut().organization = Observed::Known(true);
        account.organization = story::denied(Action::DescribeOrganization);
        let gap = proven(&account).unwrap_err();
        assert_eq!(gap.kind, GapKind::Unsupported);
        assert!(gap.detail.contains("100 organizations"), "{gap:?}");
    }

    #[test]
    fn the_buckets_arn_is_that_of_the_accounts_partition() {
        let mut account = denying(&[on("*")]);
        account.partition = "aws-cn".to_owned();
        assert_eq!(proven(&account), Ok(false));
        let policy = account.bucket_mut().policy.known().unwrap().clone();
        let policy = policy.map(|text| text.replace("arn:aws:", "arn:aws-cn:"));
        account.bucket_mut().policy = Observed::Known(policy);
        assert_eq!(proven(&account), Ok(true));
    }

    #[test]
    fn no_trail_at_all_proves_nothing() {
        let mut account = denying(&[on("AWSLogs/*")]);
        account.trails.clear();
        assert_eq!(proven(&account), Ok(false));
    }

    #[test]
    fn a_bucket_without_a_policy_denies_nothing_and_an_unread_one_is_a_gap() {
        let mut account = story::pristine_account();
        account.bucket_mut().policy = Observed::Known(None);
        assert_eq!(proven(&account), Ok(false));
        account.bucket_mut().policy = story::denied(Action::GetBucketPolicy);
        assert!(proven(&account).is_err());
    }

    const RESOURCE: &str = r#""Resource": "*""#;

    fn conditional(condition: &str) -> String {
        format!("\"Principal\": \"*\", {ALL}, {RESOURCE}, \"Condition\": {condition}")
    }

    #[test]
    fn conditions_that_leave_nobody_bind_everybody() {
        let mfa = |operator: &str, value: bool| {
            conditional(&format!(
                "{{\"{operator}\": {{\"aws:MultiFactorAuthPresent\": \"{value}\"}}}}"
            ))
        };
        assert_eq!(proven(&denying(&[mfa("BoolIfExists", false)])), Ok(false));
        let both = [mfa("BoolIfExists", false), mfa("Bool", true)];
        assert_eq!(proven(&denying(&both)), Ok(true));
        let absent_passes = [mfa("Bool", false), mfa("Bool", true)];
        assert_eq!(proven(&denying(&absent_passes)), Ok(false));
        let ours = conditional(r#"{"StringEquals": {"aws:PrincipalAccount": "111122223333"}}"#);
        let others =
            conditional(r#"{"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}"#);
        assert_eq!(proven(&denying(&[ours, others])), Ok(true));
    }

    #[test]
    fn whoever_is_left_out_is_named() {
        let glass = "arn:aws:iam::111122223333:role/break-glass";
        for weak in [
            conditional(&format!(
                "{{\"ArnNotLike\": {{\"aws:PrincipalArn\": \"{glass}\"}}}}"
            )),
            conditional(&format!(
                "{{\"StringNotLike\": {{\"aws:PrincipalArn\": [\"{glass}\"]}}}}"
            )),
        ] {
            let account = denying(std::slice::from_ref(&weak));
            let found = denied_by_policy(&account, account.buckets.first().unwrap());
            match found {
                Ok(Deleting::Open(Some(escape))) => assert_eq!(escape.who, format!("`{glass}`")),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_condition_that_is_not_understood_proves_nothing() {
        let odd = conditional(r#"{"StringMatches": {"aws:PrincipalTag/a": "b"}}"#);
        assert!(proven(&denying(&[odd])).is_err());
    }

    /// The pristine account as the owner of a bucket without a policy of its own, below a
    /// service control policy with that statement.
    fn controlled(statement: &str) -> Account {
        let mut account = story::pristine_account();
        let us = account.id.clone();
        account.bucket_mut().owner = Observed::Known(BucketOwner::Account(us));
        account.bucket_mut().policy = Observed::Known(None);
        let Observed::Known(levels) = &mut account.service_control_policies else {
            panic!("known in the story");
        };
        for policy in &mut levels.first_mut().unwrap().policies {
            if policy.name == "guard-trail" {
                policy.content =
                    format!("{{\"Version\": \"2012-10-17\", \"Statement\": {statement}}}");
            }
        }
        account
    }

    fn kept(account: &Account) -> Result<bool, Gap> {
        denied_by_organization(account, account.buckets.first().unwrap())
            .map(|names| names.is_some())
    }

    const GUARD: &str = r#"{"Effect": "Deny", "Action": "s3:DeleteObject*", "Resource": "arn:aws:s3:::example-trail-logs/*"}"#;

    #[test]
    fn a_service_control_policy_protects_a_member_accounts_bucket() {
        let account = controlled(GUARD);
        let names = denied_by_organization(&account, account.buckets.first().unwrap());
        assert_eq!(
            names.unwrap().unwrap(),
            ["service control policy `guard-trail` of `r-exmp`"]
        );
        for weak in [
            GUARD.replace("DeleteObject*", "DeleteObject"),
            GUARD.replace("logs/*", "logs/AWSLogs/222222222222/*"),
            GUARD.replace("\"Effect\"", "\"Condition\": {\"ArnNotLike\": {\"aws:PrincipalArn\": \"arn:aws:iam::*:role/admin\"}}, \"Effect\""),
        ] {
            assert_eq!(kept(&controlled(&weak)), Ok(false), "{weak}");
        }
        let root = GUARD.replace("\"Effect\"", "\"Condition\": {\"ArnNotLike\": {\"aws:PrincipalArn\": \"arn:aws:iam::*:root\"}}, \"Effect\"");
        assert_eq!(kept(&controlled(&root)), Ok(false), "root is somebody");
    }

    /// orgs_manage_policies_scps.html: "SCPs don't affect users or roles in the management
    /// account", and only principals of the organization's accounts at all.
    #[test]
    fn service_control_policies_bind_neither_the_management_account_nor_strangers() {
        let mut account = controlled(GUARD);
        if let Observed::Known(Some(organization)) = &mut account.organization {
            organization.management_account = "111122223333".to_owned();
        }
        assert_eq!(kept(&account), Ok(false));
        let mut account = controlled(GUARD);
        let grant = |principal: &str| {
            Observed::Known(Some(format!(
                "{{\"Statement\": {{\"Effect\": \"Allow\", \"Principal\": {principal}, {ALL}, {RESOURCE}}}}}"
            )))
        };
        account.bucket_mut().policy = grant(r#"{"AWS": "222222222222"}"#);
        assert_eq!(kept(&account), Ok(false));
        account.bucket_mut().policy = grant(r#"{"AWS": "arn:aws:iam::111122223333:role/admin"}"#);
        assert_eq!(kept(&account), Ok(true));
        account.bucket_mut().owner =
            Observed::Known(BucketOwner::NotAccount("111122223333".to_owned()));
        assert_eq!(kept(&account), Ok(false));
    }

    #[test]
    fn what_the_organization_denies_is_unknown_where_a_fact_is_missing() {
        for take in [
            |account: &mut Account| {
                account.organization = story::denied(Action::DescribeOrganization)
            },
            |account: &mut Account| {
                account.service_control_policies = story::denied(Action::ListPoliciesForTarget);
            },
            |account: &mut Account| account.bucket_mut().owner = story::denied(Action::HeadBucket),
            |account: &mut Account| {
                account.bucket_mut().policy = story::denied(Action::GetBucketPolicy)
            },
        ] {
            let mut account = controlled(GUARD);
            take(&mut account);
            assert!(kept(&account).is_err());
        }
    }
}
