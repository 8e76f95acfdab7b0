//! The log bucket and its key are restricted.

mod bucket_access_logging;
mod bucket_block_public_access;
mod bucket_least_privilege;
mod bucket_legacy_principals;
mod bucket_not_public;
mod bucket_ownership_enforced;
mod bucket_policy_source_arn;
mod bucket_tls_only;
mod key_policy_bound;
mod key_rotation;
mod key_usable;
mod trail_encryption;

use crate::rule::Rule;

/// The rules of this practice, in the order of the report.
pub const RULES: &[&Rule] = &[
    &bucket_not_public::RULE,
    &bucket_block_public_access::RULE,
    &bucket_policy_source_arn::RULE,
    &bucket_least_privilege::RULE,
    &bucket_legacy_principals::RULE,
    &bucket_tls_only::RULE,
    &bucket_ownership_enforced::RULE,
    &bucket_access_logging::RULE,
    &trail_encryption::RULE,
    &key_usable::RULE,
    &key_policy_bound::RULE,
    &key_rotation::RULE,
];

#[cfg(test)]
mod tests {
    use arbtest::arbitrary::{Result, Unstructured};
    use arbtest::arbtest;

    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{
        Account, AclGrant, Action, BucketOwner, Existence, ObjectOwnership, Observed,
        PublicAccessBlock, story,
    };

    fn block(random: &mut Unstructured<'_>) -> Result<Observed<PublicAccessBlock>> {
        // Each flag is more often on than not, or too few buckets would be safe.
        Ok(Observed::Known(PublicAccessBlock {
            block_public_acls: random.ratio(3, 4)?,
            ignore_public_acls: random.ratio(3, 4)?,
            block_public_policy: random.ratio(3, 4)?,
            restrict_public_buckets: random.ratio(3, 4)?,
        }))
    }

    /// A policy of statements of the sorts that the rules tell apart.
    fn any_policy(random: &mut Unstructured<'_>) -> Result<Option<String>> {
        if random.ratio(1, 6)? {
            return Ok(None);
        }
        let mut statements = Vec::new();
        for _ in 0..random.int_in_range(1..=3)? {
            let principal = random.choose(&[
                r#""*""#,
                r#"{"AWS": "111122223333"}"#,
                r#"{"AWS": "arn:aws:iam::999999999999:role/reader"}"#,
                r#"{"AWS": "086441151436"}"#,
                r#"{"Service": "cloudtrail.amazonaws.com"}"#,
            ])?;
            let condition = random.choose(&[
                "{}",
                r#"{"Bool": {"aws:SecureTransport": "false"}}"#,
                r#"{"StringEquals": {"aws:SourceAccount": "111122223333"}}"#,
                r#"{"StringEquals": {"aws:SourceOrgID": "o-exampleorgid"}}"#,
                r#"{"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}"#,
                r#"{"StringMatches": {"aws:SourceVpce": "vpce-1"}}"#,
            ])?;
            let effect = random.choose(&["Allow", "Allow", "Deny"])?;
            let action = random.choose(&["s3:*", "s3:GetObject", "s3:PutObject", "s3:Delete*"])?;
            statements.push(format!(
                "{{\"Effect\": \"{effect}\", \"Principal\": {principal}, \"Action\": \"{action}\", \
                 \"Resource\": \"*\", \"Condition\": {condition}}}"
            ));
        }
        let statements = statements.join(", ");
        Ok(Some(format!(
            "{{\"Version\": \"2012-10-17\", \"Statement\": [{statements}]}}"
        )))
    }

    /// The pristine account with any bucket at all in place of its own.
    fn any_bucket(random: &mut Unstructured<'_>) -> Result<Account> {
        let mut account = story::pristine_account();
        account.public_access_block = block(random)?;
        let id = random.choose(&["111122223333", "999999999999"])?;
        let id = (*id).to_owned();
        let owners = [
            BucketOwner::Account(id.clone()),
            BucketOwner::NotAccount(id),
        ];
        let bucket = account.bucket_mut();
        bucket.owner = Observed::Known(random.choose(&owners)?.clone());
        bucket.existence = Observed::Known(*random.choose(&[
            Existence::Exists,
            Existence::ExistsForbidden,
            Existence::Absent,
        ])?);
        bucket.public_access_block = block(random)?;
        bucket.policy_is_public = Observed::Known(random.arbitrary()?);
        bucket.policy = Observed::Known(any_policy(random)?);
        bucket.ownership = Observed::Known(*random.choose(&[
            None,
            Some(ObjectOwnership::BucketOwnerPreferred),
            Some(ObjectOwnership::BucketOwnerEnforced),
        ])?);
        if random.arbitrary()? {
            bucket.acl = Observed::Known(vec![AclGrant {
                grantee: "http://acs.amazonaws.com/groups/global/AllUsers".to_owned(),
                permission: "READ".to_owned(),
                owner: Some(false),
            }]);
        }
        Ok(account)
    }

    /// The same account with any of its facts turned into gaps.
    fn less_known(account: &Account, random: &mut Unstructured<'_>) -> Result<Account> {
        fn lose<T>(
            fact: &mut Observed<T>,
            action: Action,
            random: &mut Unstructured<'_>,
        ) -> Result<()> {
            if random.ratio(1, 3)? {
                *fact = story::denied(action);
            }
            Ok(())
        }
        let mut account = account.clone();
        let organization = &mut account.organization;
        lose(organization, Action::DescribeOrganization, random)?;
        let block = &mut account.public_access_block;
        lose(block, Action::GetAccountPublicAccessBlock, random)?;
        let bucket = account.bucket_mut();
        lose(&mut bucket.existence, Action::HeadBucket, random)?;
        lose(&mut bucket.owner, Action::HeadBucket, random)?;
        let block = &mut bucket.public_access_block;
        lose(block, Action::GetBucketPublicAccessBlock, random)?;
        let public = &mut bucket.policy_is_public;
        lose(public, Action::GetBucketPolicyStatus, random)?;
        lose(&mut bucket.policy, Action::GetBucketPolicy, random)?;
        lose(&mut bucket.acl, Action::GetBucketAcl, random)?;
        let ownership = &mut bucket.ownership;
        lose(ownership, Action::GetBucketOwnershipControls, random)?;
        Ok(account)
    }

    fn passes(rule: &Rule, account: &Account) -> bool {
        story::judge(rule, account).is_ok_and(|verdict| verdict.ruling == Ruling::Pass)
    }

    #[test]
    fn knowing_less_of_any_bucket_never_makes_a_rule_pass() {
        arbtest(|random| {
            let account = any_bucket(random)?;
            let poorer = less_known(&account, random)?;
            for rule in [
                &bucket_not_public::RULE,
                &bucket_block_public_access::RULE,
                &bucket_policy_source_arn::RULE,
                &bucket_least_privilege::RULE,
                &bucket_legacy_principals::RULE,
                &bucket_tls_only::RULE,
            ] {
                assert!(
                    passes(rule, &account) || !passes(rule, &poorer),
                    "{} passes for want of evidence: {:?}",
                    rule.id,
                    story::judge(rule, &poorer)
                );
            }
            Ok(())
        });
    }
}
