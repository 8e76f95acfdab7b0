//! Whether a bucket policy keeps everybody from deleting what trails store in the bucket.

use std::collections::BTreeSet;

use super::context::Context;
use super::document::{Document, Effect, Statement};
use super::pattern::{Reach, Resources, Target};
use super::truth::Truth;
use crate::retention::{Delivery, Keys, deliveries};
use crate::snapshot::{Account, Bucket, Gap, GapKind};

/// Deleting an object takes the first; deleting it for good from a bucket with versions
/// takes the second. Both must be denied.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
const DELETING: [&str; 2] = ["s3:deleteobject", "s3:deleteobjectversion"];

/// The statements that together deny everybody, without any condition, the deletion of all
/// log and digest files that the account's trails store in the bucket; `None` if the policy
/// does not do that, or not so that it can be proven.
///
/// Everybody includes the bucket's owner. What the policy cannot bind is S3 itself:
/// lifecycle rules delete whatever the policy says, which is another rule's question.
///
/// # Errors
/// The gap that leaves it open: in the policy, or in what the trails store there.
pub fn denying_statements(account: &Account, bucket: &Bucket) -> Result<Option<Vec<String>>, Gap> {
    let Some(document) = Document::of_bucket(&bucket.policy)? else {
        return Ok(None);
    };
    let policy = Denials {
        document: &document,
        denials: DELETING.map(|action| denials(&document, action)),
        bucket: format!("arn:{}:s3:::{}/", account.partition, bucket.name),
    };
    // A Deny on the whole bucket holds for trails that nobody saw, too.
    if let Some(names) = policy.statements("") {
        return Ok(Some(names.into_iter().collect()));
    }
    let deliveries = deliveries(account, &bucket.name);
    if let Some(names) = policy.cover_all(&deliveries, None)? {
        account.all_trails()?;
        return Ok(Some(names));
    }
    if !deliveries.iter().any(Delivery::may_be_an_organizations) {
        return Ok(None);
    }
    let organizations = policy.organizations();
    if organizations.len() > MOST_ORGANIZATIONS {
        return Err(too_many_organizations(organizations.len()));
    }
    for id in organizations {
        if policy.cover_all(&deliveries, Some(id))?.is_some() {
            return Err(organization_not_known(id));
        }
    }
    Ok(None)
}

/// More organizations than this are not tried one after the other. No policy within AWS's
/// limit of 20 KB has use for them.
const MOST_ORGANIZATIONS: usize = 100;

/// The statements that deny everybody `action` on something, without any condition.
fn denials<'a>(document: &'a Document, action: &str) -> Vec<&'a Statement> {
    let denies = |statement: &&Statement| {
        statement.effect == Some(Effect::Deny)
            && statement.principals.everyone()
            && statement.conditions.is_empty()
            && statement.actions.contain(action) == Truth::Yes
    };
    document.statements.iter().filter(denies).collect()
}

struct Denials<'a> {
    document: &'a Document,
    /// By the deleting action.
    denials: [Vec<&'a Statement>; 2],
    /// The bucket's ARN and a slash.
    bucket: String,
}

impl Denials<'_> {
    /// The statements that deny all deletion of objects whose keys begin so.
    fn statements(&self, keys: &str) -> Option<BTreeSet<String>> {
        let below = Target::Class(format!("{}{keys}*", self.bucket));
        let covers = |statement: &&&Statement| {
            // A policy variable stands for something else in each request, so it proves nothing.
            statement.resources.reach(&below, &Context::open()) == Reach::All
        };
        self.denials
            .iter()
            .map(|statements| {
                statements
                    .iter()
                    .find(covers)
                    .map(|statement| statement.name.clone())
            })
            .collect()
    }

    /// The statements that deny all deletion of what `deliveries` store, if the organization
    /// had that id; `None` if some of it can be deleted.
    fn cover_all(
        &self,
        deliveries: &[Delivery<'_>],
        organization: Option<&str>,
    ) -> Result<Option<Vec<String>>, Gap> {
        let text = |keys: &Keys| match organization {
            Some(id) => keys.in_organization(id).text('*'),
            None => keys.text('*'),
        };
        let mut names = BTreeSet::new();
        let mut open = None;
        for delivery in deliveries {
            match delivery.holds(|keys| self.statements(&text(keys)).is_none()) {
                Ok(true) => return Ok(None),
                Ok(false) => {}
                Err(gap) => open = open.or(Some(gap)),
            }
            for keys in delivery.places() {
                names.extend(self.statements(&text(keys)).unwrap_or_default());
            }
        }
        match open {
            Some(gap) => Err(gap),
            // Nothing to cover is no proof of anything.
            None => Ok((!names.is_empty()).then(|| names.into_iter().collect())),
        }
    }

    /// The organization ids that the policy's resources name.
    fn organizations(&self) -> BTreeSet<&str> {
        self.document
            .statements
            .iter()
            .filter(|statement| matches!(statement.resources, Resources::These(_)))
            .flat_map(|statement| statement.resources.patterns())
            .flat_map(|pattern| pattern.split('/'))
            .filter(|segment| segment.starts_with("o-") && !segment.contains(['*', '?', '$']))
            .collect()
    }
}

fn organization_not_known(id: &str) -> Gap {
    Gap {
        action: "organizations:DescribeOrganization".to_owned(),
        kind: GapKind::Unsupported,
        detail: format!(
            "the bucket policy protects the log files of `{id}`, and no fact tells whether that \
             is the organization whose trail delivers here"
        ),
    }
}

fn too_many_organizations(count: usize) -> Gap {
    Gap {
        action: "organizations:DescribeOrganization".to_owned(),
        kind: GapKind::Unsupported,
        detail: format!(
            "the bucket policy names {count} organizations, and no fact tells which of them is \
             the one whose trail delivers here"
        ),
    }
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
        denying_statements(account, account.buckets.first().unwrap()).map(|names| names.is_some())
    }

    fn on(resource: &str) -> String {
        format!(
            "\"Principal\": \"*\", {ALL}, \"Resource\": \"arn:aws:s3:::example-trail-logs/{resource}\""
        )
    }

    #[test]
    fn a_deny_on_the_whole_bucket_is_named() {
        let account = story::pristine_account();
        let names = denying_statements(&account, account.buckets.first().unwrap());
        assert_eq!(names, Ok(Some(vec!["statement `NoDelete`".to_owned()])));
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

    /// Ten thousand statements, each on an organization of its own: tried one after the other
    /// they would be weighed a hundred million times.
    #[test]
    fn a_policy_that_names_too_many_organizations_is_not_weighed_and_proves_nothing() {
        let statements: Vec<String> = (0..10_000)
            .map(|at| on(&format!("AWSLogs/o-{at}/123456789012/CloudTrail/*")))
            .collect();
        let mut account = denying(&statements);
        assert_eq!(proven(&account), Ok(false));
        account.trail_mut().organization = Observed::Known(true);
        let gap = proven(&account).unwrap_err();
        assert_eq!(gap.kind, GapKind::Unsupported);
        assert!(gap.detail.contains("10000 organizations"), "{gap:?}");
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
}
