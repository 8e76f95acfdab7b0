//! Who in the world can reach a bucket: block public access, S3's own word on the
//! policy, and the ACL, put together as S3 puts them together.
//!
//! S3 uses "the most restrictive combination of the bucket-level and account-level
//! settings", <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>:
//! flag by flag, on in either place is on. The account is the *owner's*, which need not
//! be the audited one. Everything here is three-valued, so that a known `true` decides
//! whatever else could not be read, and a missing fact never makes a bucket safer.

use super::document::Document;
use super::meaning_of_public::{is_public, public_statements};
use super::services;
use super::truth::{Doubt, Truth};
use crate::snapshot::{
    Account, AclGrant, Action, Bucket, BucketOwner, Gap, GapKind, ObjectOwnership,
    PublicAccessBlock,
};

/// One of the four block-public-access settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockSetting {
    /// Refuses new public ACLs.
    BlockPublicAcls,
    /// Existing public ACLs count for nothing.
    IgnorePublicAcls,
    /// Refuses new public policies.
    BlockPublicPolicy,
    /// A public policy admits only AWS services and the owner's account.
    RestrictPublicBuckets,
}

impl BlockSetting {
    /// All four, in AWS's order.
    pub const ALL: &'static [BlockSetting] = &[
        BlockSetting::BlockPublicAcls,
        BlockSetting::IgnorePublicAcls,
        BlockSetting::BlockPublicPolicy,
        BlockSetting::RestrictPublicBuckets,
    ];

    /// The setting as AWS spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            BlockSetting::BlockPublicAcls => "BlockPublicAcls",
            BlockSetting::IgnorePublicAcls => "IgnorePublicAcls",
            BlockSetting::BlockPublicPolicy => "BlockPublicPolicy",
            BlockSetting::RestrictPublicBuckets => "RestrictPublicBuckets",
        }
    }

    fn of(self, block: &PublicAccessBlock) -> bool {
        match self {
            BlockSetting::BlockPublicAcls => block.block_public_acls,
            BlockSetting::IgnorePublicAcls => block.ignore_public_acls,
            BlockSetting::BlockPublicPolicy => block.block_public_policy,
            BlockSetting::RestrictPublicBuckets => block.restrict_public_buckets,
        }
    }
}

/// Where a setting that is on was turned on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockedBy {
    /// By the bucket's own configuration.
    Bucket,
    /// By the account that owns the bucket, or by its organization's policy, which the
    /// account's settings include.
    Account,
}

impl BlockedBy {
    /// The place, as a message names it after "on".
    pub fn place(self) -> &'static str {
        match self {
            BlockedBy::Bucket => "for the bucket",
            BlockedBy::Account => "for the account that owns the bucket",
        }
    }
}

/// Where `setting` is effectively on for `bucket`; `None` if it is known to be off in
/// both places.
///
/// # Errors
/// A gap if neither place is known to have it on and one of them could not be read.
pub fn blocked_by(
    account: &Account,
    bucket: &Bucket,
    setting: BlockSetting,
) -> Result<Option<BlockedBy>, Gap> {
    let own = bucket.public_access_block.known();
    if own.as_ref().is_ok_and(|block| setting.of(block)) {
        return Ok(Some(BlockedBy::Bucket));
    }
    let owners = owner_block(account, bucket, setting);
    if owners.as_ref().is_ok_and(|block| setting.of(block)) {
        return Ok(Some(BlockedBy::Account));
    }
    own?;
    owners?;
    Ok(None)
}

/// The account-wide settings that hold for `bucket`: the audited account's, if it owns it.
fn owner_block<'a>(
    account: &'a Account,
    bucket: &Bucket,
    setting: BlockSetting,
) -> Result<&'a PublicAccessBlock, Gap> {
    let name = setting.as_str();
    match bucket.owner.known() {
        Ok(BucketOwner::Account(id)) if *id == account.id => account.public_access_block.known(),
        Ok(BucketOwner::Account(id)) => Err(foreign(&format!("account {id}"), name)),
        Ok(BucketOwner::NotAccount(id)) if *id == account.id => {
            Err(foreign("another account", name))
        }
        Ok(BucketOwner::NotAccount(id)) => Err(Gap::new(
            Action::HeadBucket,
            GapKind::Unsupported,
            format!(
                "all that is known of the owner is that it is not account {id}, so it cannot be \
                 told whether {name} is on for the owner's account; turn {name} on for the \
                 bucket itself"
            ),
        )),
        Err(gap) => Err(Gap {
            detail: format!(
                "whose bucket it is could not be told, so it cannot be told whether {name} is \
                 on for the owner's account; turn {name} on for the bucket itself ({})",
                gap.detail
            ),
            ..gap
        }),
    }
}

/// Nobody was asked: S3 Control answers about the caller's own account only. It is never
/// reached while the bucket's own setting is on, or could not be read.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html>
fn foreign(owner: &str, name: &str) -> Gap {
    Gap::new(
        Action::GetAccountPublicAccessBlock,
        GapKind::Unsupported,
        format!(
            "{name} is off for the bucket, which belongs to {owner}, and AWS shows account-wide \
             settings only to the account itself; audit that account, or turn {name} on for the \
             bucket itself"
        ),
    )
}

/// Whether S3 keeps everybody but AWS services and the owner's account out, because the
/// policy is public and RestrictPublicBuckets is on. Whether it is public S3 itself decides;
/// what we make of it counts where S3's word is not known.
pub fn restricted(account: &Account, bucket: &Bucket) -> Truth {
    let ours = match bucket.policy.if_known() {
        None => Truth::maybe(Doubt::Unread),
        Some(None) => Truth::No,
        Some(Some(text)) => Document::parse(text)
            .map_or(Truth::maybe(Doubt::Unclear), |document| {
                is_public(&document)
            }),
    };
    let theirs = bucket.policy_is_public.if_known().copied();
    let public = theirs.map_or(ours, Truth::from);
    let restrict = blocked_by(account, bucket, BlockSetting::RestrictPublicBuckets);
    let restrict = restrict.map_or(Truth::maybe(Doubt::Unread), |by| Truth::from(by.is_some()));
    public.and(restrict)
}

/// One of the two ways by which the world can reach a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// Nobody comes in this way, because of the reason given.
    Shut(String),
    /// The world comes in this way; says how, and which setting would shut it.
    Open(String),
}

/// Whether the bucket policy lets the world in.
///
/// The policy is public if it is so by S3's published "meaning of public", which we evaluate,
/// or by `GetBucketPolicyStatus.IsPublic`; it is not if it is by neither. Both are about the
/// policy alone: RestrictPublicBuckets takes the policy's effect away and does not edit it.
/// So they are read separately, and either way the path is shut.
///
/// # Errors
/// The gap that keeps the question open.
pub fn policy_path(account: &Account, bucket: &Bucket) -> Result<Path, Gap> {
    let public = public_policy(bucket);
    if public == Ok(None) {
        return Ok(Path::Shut(
            "its policy, if it has one, is not public".to_owned(),
        ));
    }
    let restrict = BlockSetting::RestrictPublicBuckets;
    match blocked_by(account, bucket, restrict) {
        Ok(Some(by)) => Ok(Path::Shut(on(restrict, by))),
        Ok(None) => Ok(match public? {
            None => Path::Shut("its policy, if it has one, is not public".to_owned()),
            Some(how) => Path::Open(format!(
                "{how}, and RestrictPublicBuckets, which would shut it, is off"
            )),
        }),
        Err(gap) => Err(public.err().unwrap_or(gap)),
    }
}

/// By whose judgement the policy is public, and by which statements; `None` if it is by none.
fn public_policy(bucket: &Bucket) -> Result<Option<String>, Gap> {
    let theirs = bucket.policy_is_public.known().copied();
    let (ours, document) = match bucket.policy.known() {
        Err(gap) => (Err(gap), None),
        Ok(None) => (Ok(Truth::No), None),
        Ok(Some(text)) => match Document::parse(text) {
            Err(reason) => (Err(unclear(&reason)), None),
            Ok(document) => (Ok(is_public(&document)), Some(document)),
        },
    };
    match (ours, theirs) {
        (Ok(Truth::Yes), theirs) => {
            let how = match theirs {
                Ok(true) => "",
                Ok(false) => {
                    " by S3's own definition, though S3 itself (IsPublic) denies that it is public"
                }
                Err(_) => " by S3's own definition",
            };
            let statements = document.as_ref().map(allowing).unwrap_or_default();
            Ok(Some(format!("{statements}{how}")))
        }
        (Ok(Truth::No), Ok(true)) => Ok(Some(
            "the bucket policy is public by S3's own judgement (IsPublic), though no statement \
             of it is by S3's own definition"
                .to_owned(),
        )),
        (_, Ok(true)) => Ok(Some(
            "the bucket policy is public by S3's own judgement (IsPublic)".to_owned(),
        )),
        (Err(gap), _) => Err(gap),
        (Ok(Truth::Maybe(_)), Ok(false)) => {
            let doubtful = document.as_ref().and_then(Document::doubt);
            Err(unclear(&doubtful.unwrap_or_else(|| {
                "a condition of it has an unknown operator".to_owned()
            })))
        }
        (_, Err(gap)) => Err(gap),
        (Ok(Truth::No), Ok(false)) => Ok(None),
    }
}

/// Whether the policy is public by our evaluation of S3's definition, as far as that can be
/// told, and the names of the statements that make it so.
pub fn evaluated(bucket: &Bucket) -> (Option<bool>, Vec<String>) {
    match bucket.policy.if_known() {
        None => (None, Vec::new()),
        Some(None) => (Some(false), Vec::new()),
        Some(Some(text)) => match Document::parse(text) {
            Err(_) => (None, Vec::new()),
            Ok(document) => {
                let public = match is_public(&document) {
                    Truth::Yes => Some(true),
                    Truth::No => Some(false),
                    Truth::Maybe(_) => None,
                };
                let names = public_statements(&document).map(|statement| statement.name.clone());
                (public, names.collect())
            }
        },
    }
}

/// The statements that make the policy public, and what they allow.
fn allowing(document: &Document) -> String {
    let sentences: Vec<String> = public_statements(document)
        .map(|statement| {
            let actions = statement.actions.spelled().iter();
            let actions: Vec<String> = actions
                .map(|action| format!("`{}`", services::spelled(action)))
                .collect();
            let all_but = match statement.actions.listed() {
                true => "",
                false => "all but ",
            };
            format!(
                "{} allows everybody {all_but}{}",
                statement.name,
                actions.join(", ")
            )
        })
        .collect();
    sentences.join("; ")
}

fn unclear(reason: &str) -> Gap {
    Gap::new(
        Action::GetBucketPolicy,
        GapKind::Malformed,
        format!("the bucket policy cannot be understood: {reason}"),
    )
}

/// Whether the ACL lets the world in.
///
/// Public ACLs are void when IgnorePublicAcls is on, and all ACLs are when ownership is
/// `BucketOwnerEnforced`; a bucket whose ownership was never set has `ObjectWriter`.
///
/// # Errors
/// The gap that keeps the question open.
pub fn acl_path(account: &Account, bucket: &Bucket) -> Result<Path, Gap> {
    let grants = bucket.acl.known().map(|grants| public_grants(grants));
    if grants.as_ref().is_ok_and(Option::is_none) {
        return Ok(Path::Shut(
            "the ACL grants nothing to AllUsers or AuthenticatedUsers".to_owned(),
        ));
    }
    let ownership = bucket.ownership.known();
    if ownership == Ok(&Some(ObjectOwnership::BucketOwnerEnforced)) {
        return Ok(Path::Shut("ACLs are off (BucketOwnerEnforced)".to_owned()));
    }
    let ignore = BlockSetting::IgnorePublicAcls;
    let blocked = blocked_by(account, bucket, ignore);
    if let Ok(Some(by)) = blocked {
        return Ok(Path::Shut(on(ignore, by)));
    }
    let grants = grants?.unwrap_or_default();
    blocked?;
    ownership?;
    Ok(Path::Open(format!(
        "the ACL grants {grants}, and neither IgnorePublicAcls nor BucketOwnerEnforced, which \
         would void it, is on"
    )))
}

fn on(setting: BlockSetting, by: BlockedBy) -> String {
    format!("{} is on {}", setting.as_str(), by.place())
}

/// The grants to everybody, as a message lists them; `None` if there are none.
fn public_grants(grants: &[AclGrant]) -> Option<String> {
    let public: Vec<String> = grants
        .iter()
        .filter_map(|grant| {
            let group = public_group(&grant.grantee)?;
            Some(format!("{} to {group}", grant.permission))
        })
        .collect();
    (!public.is_empty()).then(|| public.join(", "))
}

/// The predefined group that means everybody. `AuthenticatedUsers` is everybody with any
/// AWS account at all, <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>.
fn public_group(grantee: &str) -> Option<&'static str> {
    // The host part of the URI is compared with nothing, so that a partition which spells
    // it otherwise is not read as private.
    let (_, group) = grantee.rsplit_once("/groups/global/")?;
    match group {
        "AllUsers" => Some("AllUsers (anyone)"),
        "AuthenticatedUsers" => Some("AuthenticatedUsers (anyone with an AWS account)"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Observed, story};

    const OPEN: PublicAccessBlock = PublicAccessBlock {
        block_public_acls: false,
        ignore_public_acls: false,
        block_public_policy: false,
        restrict_public_buckets: false,
    };

    /// The audited account's own bucket, wide open but for the account's block.
    fn open_bucket_of_ours() -> Account {
        let mut account = story::pristine_account();
        account.public_access_block = Observed::Known(OPEN);
        let owner = BucketOwner::Account(account.id.clone());
        let bucket = account.bucket_mut();
        bucket.owner = Observed::Known(owner);
        bucket.public_access_block = Observed::Known(OPEN);
        bucket.policy_is_public = Observed::Known(true);
        bucket.ownership = Observed::Known(None);
        bucket.acl = Observed::Known(vec![AclGrant {
            grantee: "http://acs.amazonaws.com/groups/global/AllUsers".to_owned(),
            permission: "READ".to_owned(),
            owner: None,
        }]);
        account
    }

    fn restrict(account: &Account) -> Result<Option<BlockedBy>, Gap> {
        let bucket = account.buckets.first().unwrap();
        blocked_by(account, bucket, BlockSetting::RestrictPublicBuckets)
    }

    fn all_on(account: &mut Account) {
        account.public_access_block = story::pristine_account().public_access_block;
    }

    #[test]
    fn a_setting_that_is_on_in_either_place_is_on() {
        let mut account = open_bucket_of_ours();
        assert_eq!(restrict(&account), Ok(None));
        all_on(&mut account);
        assert_eq!(restrict(&account), Ok(Some(BlockedBy::Account)));
        account.bucket_mut().public_access_block = account.public_access_block.clone();
        assert_eq!(restrict(&account), Ok(Some(BlockedBy::Bucket)));
    }

    #[test]
    fn an_unreadable_bucket_block_is_decided_by_an_account_block_that_is_on() {
        let mut account = open_bucket_of_ours();
        account.bucket_mut().public_access_block =
            story::denied(Action::GetBucketPublicAccessBlock);
        let gap = restrict(&account).unwrap_err();
        assert_eq!(gap.action, "s3:GetBucketPublicAccessBlock");
        all_on(&mut account);
        assert_eq!(restrict(&account), Ok(Some(BlockedBy::Account)));
    }

    #[test]
    fn an_unreadable_account_block_leaves_a_setting_unknown_that_the_bucket_has_off() {
        let mut account = open_bucket_of_ours();
        account.public_access_block = story::denied(Action::GetAccountPublicAccessBlock);
        let gap = restrict(&account).unwrap_err();
        assert_eq!(gap.action, "s3:GetAccountPublicAccessBlock");
    }

    #[test]
    fn the_audited_accounts_block_says_nothing_of_another_accounts_bucket() {
        let mut account = open_bucket_of_ours();
        all_on(&mut account);
        let us = account.id.clone();
        for (owner, action) in [
            (
                BucketOwner::NotAccount(us),
                "s3:GetAccountPublicAccessBlock",
            ),
            (
                BucketOwner::Account("999999999999".to_owned()),
                "s3:GetAccountPublicAccessBlock",
            ),
            (
                BucketOwner::NotAccount("999999999999".to_owned()),
                "s3:ListBucket",
            ),
        ] {
            account.bucket_mut().owner = Observed::Known(owner);
            let gap = restrict(&account).unwrap_err();
            assert_eq!(
                (gap.action.as_str(), gap.kind),
                (action, GapKind::Unsupported)
            );
            assert!(gap.detail.contains("for the bucket itself"));
        }
        account.bucket_mut().owner = story::denied(Action::HeadBucket);
        assert_eq!(restrict(&account).unwrap_err().action, "s3:ListBucket");
    }

    #[test]
    fn each_setting_reads_its_own_flag() {
        let mut account = open_bucket_of_ours();
        for (index, setting) in BlockSetting::ALL.iter().enumerate() {
            account.bucket_mut().public_access_block = Observed::Known(PublicAccessBlock {
                block_public_acls: index == 0,
                ignore_public_acls: index == 1,
                block_public_policy: index == 2,
                restrict_public_buckets: index == 3,
            });
            let bucket = account.buckets.first().unwrap();
            let on: Vec<bool> = BlockSetting::ALL
                .iter()
                .map(|setting| blocked_by(&account, bucket, *setting).unwrap().is_some())
                .collect();
            let expected: Vec<bool> = (0..4).map(|other| other == index).collect();
            assert_eq!(on, expected, "{}", setting.as_str());
        }
    }

    #[test]
    fn the_two_global_groups_are_the_world_in_any_partition_and_nobody_else_is() {
        let grant = |grantee: &str| AclGrant {
            grantee: grantee.to_owned(),
            permission: "WRITE".to_owned(),
            owner: None,
        };
        assert_eq!(
            public_grants(&[
                grant("http://acs.amazonaws.com/groups/s3/LogDelivery"),
                grant("79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"),
                grant("http://acs.amazonaws.com/groups/global/Others"),
            ]),
            None
        );
        let china = grant("http://acs.amazonaws.com.cn/groups/global/AllUsers");
        assert_eq!(
            public_grants(&[china]).as_deref(),
            Some("WRITE to AllUsers (anyone)")
        );
        let both = public_grants(&[
            grant("http://acs.amazonaws.com/groups/global/AllUsers"),
            grant("http://acs.amazonaws.com/groups/global/AuthenticatedUsers"),
        ]);
        assert_eq!(
            both.as_deref(),
            Some(
                "WRITE to AllUsers (anyone), WRITE to AuthenticatedUsers (anyone with an AWS account)"
            )
        );
    }
}
