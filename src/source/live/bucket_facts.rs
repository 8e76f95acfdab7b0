//! What is set on a log bucket. "Not configured" is an answer, and has its own error
//! code in most S3 calls.

use std::error::Error as StdError;

use aws_sdk_s3::types as sdk;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::buckets::{Asked, Located};
use super::convert::{count, setting};
use super::gap::{self, CallError};
use super::lifecycle;
use super::notifications;
use crate::snapshot::{
    AccessLogging, AclGrant, Action, Bucket, BucketEncryption, Gap, LifecycleRule, LockMode,
    LockRetention, ObjectLock, ObjectOwnership, PublicAccessBlock, RetentionPeriod, Versioning,
    VersioningStatus,
};

/// Asks for every setting at once.
pub(super) async fn complete(asked: &Asked<'_>, located: Located) -> Bucket {
    let (
        (policy, policy_is_public, acl, public_access_block, ownership),
        (versioning, object_lock, lifecycle, encryption),
        (access_logging, requester_pays, notifications),
    ) = tokio::join!(
        // On the heap, because the futures of twelve calls outgrow a small thread's stack.
        Box::pin(async {
            tokio::join!(
                policy(asked),
                policy_is_public(asked),
                acl(asked),
                public_access_block(asked),
                ownership(asked),
            )
        }),
        Box::pin(async {
            tokio::join!(
                versioning(asked),
                object_lock(asked),
                lifecycle(asked),
                encryption(asked),
            )
        }),
        Box::pin(async {
            tokio::join!(
                access_logging(asked),
                requester_pays(asked),
                notifications::of(asked),
            )
        }),
    );
    Bucket {
        name: asked.name.to_owned(),
        existence: located.existence,
        region: located.region,
        owner: located.owner,
        policy: policy.into(),
        policy_is_public: policy_is_public.into(),
        acl: acl.into(),
        public_access_block: public_access_block.into(),
        ownership: ownership.into(),
        versioning: versioning.into(),
        object_lock: object_lock.into(),
        lifecycle: lifecycle.into(),
        encryption: encryption.into(),
        access_logging: access_logging.into(),
        requester_pays: requester_pays.into(),
        notifications: notifications.into(),
    }
}

/// The answer, or `None` if AWS says with `absent` that nothing is configured.
fn configured<T, E>(
    action: Action,
    answer: Result<T, CallError<E>>,
    absent: &str,
) -> Result<Option<T>, Gap>
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code() == Some(absent) => Ok(None),
        Err(error) => Err(gap::of(action, &error)),
    }
}

async fn policy(asked: &Asked<'_>) -> Result<Option<String>, Gap> {
    let action = Action::GetBucketPolicy;
    let answer = asked
        .ask(action, |client| {
            client.get_bucket_policy().bucket(asked.name).send()
        })
        .await?;
    match configured(action, answer, "NoSuchBucketPolicy")? {
        None => Ok(None),
        Some(answer) => setting(answer.policy)
            .map(Some)
            .ok_or_else(|| gap::without(action, "Policy")),
    }
}

async fn policy_is_public(asked: &Asked<'_>) -> Result<bool, Gap> {
    let action = Action::GetBucketPolicyStatus;
    let answer = asked
        .ask(action, |client| {
            client.get_bucket_policy_status().bucket(asked.name).send()
        })
        .await?;
    match configured(action, answer, "NoSuchBucketPolicy")? {
        None => Ok(false),
        Some(answer) => answer
            .policy_status
            .and_then(|status| status.is_public)
            .ok_or_else(|| gap::without(action, "IsPublic")),
    }
}

async fn acl(asked: &Asked<'_>) -> Result<Vec<AclGrant>, Gap> {
    let action = Action::GetBucketAcl;
    let answer = asked
        .ask(action, |client| {
            client.get_bucket_acl().bucket(asked.name).send()
        })
        .await?
        .map_err(|error| gap::of(action, &error))?;
    let owner = answer.owner.and_then(|owner| setting(owner.id));
    answer
        .grants
        .unwrap_or_default()
        .into_iter()
        .map(|given| grant(given, owner.as_deref()))
        .collect()
}

fn grant(grant: sdk::Grant, owner: Option<&str>) -> Result<AclGrant, Gap> {
    let action = Action::GetBucketAcl;
    let owner = owner.map(|id| grant.grantee.as_ref().and_then(|to| to.id.as_deref()) == Some(id));
    let grantee = grant
        .grantee
        .and_then(|grantee| {
            setting(grantee.uri)
                .or(setting(grantee.id))
                .or(setting(grantee.email_address))
        })
        .ok_or_else(|| gap::without(action, "Grantee"))?;
    let permission = grant
        .permission
        .ok_or_else(|| gap::without(action, "Permission"))?;
    Ok(AclGrant {
        grantee,
        permission: permission.as_str().to_owned(),
        owner,
    })
}

async fn public_access_block(asked: &Asked<'_>) -> Result<PublicAccessBlock, Gap> {
    let action = Action::GetBucketPublicAccessBlock;
    let answer = asked
        .ask(action, |client| {
            client.get_public_access_block().bucket(asked.name).send()
        })
        .await?;
    let Some(answer) = configured(action, answer, "NoSuchPublicAccessBlockConfiguration")? else {
        return Ok(PublicAccessBlock::default());
    };
    let settings = answer
        .public_access_block_configuration
        .ok_or_else(|| gap::without(action, "PublicAccessBlockConfiguration"))?;
    let flag = |flag: Option<bool>, name| flag.ok_or_else(|| gap::without(action, name));
    Ok(PublicAccessBlock {
        block_public_acls: flag(settings.block_public_acls, "BlockPublicAcls")?,
        ignore_public_acls: flag(settings.ignore_public_acls, "IgnorePublicAcls")?,
        block_public_policy: flag(settings.block_public_policy, "BlockPublicPolicy")?,
        restrict_public_buckets: flag(settings.restrict_public_buckets, "RestrictPublicBuckets")?,
    })
}

async fn ownership(asked: &Asked<'_>) -> Result<Option<ObjectOwnership>, Gap> {
    let action = Action::GetBucketOwnershipControls;
    let answer = asked
        .ask(action, |client| {
            client
                .get_bucket_ownership_controls()
                .bucket(asked.name)
                .send()
        })
        .await?;
    let Some(answer) = configured(action, answer, "OwnershipControlsNotFoundError")? else {
        return Ok(None);
    };
    let rule = answer
        .ownership_controls
        .and_then(|controls| controls.rules.into_iter().next())
        .ok_or_else(|| gap::without(action, "Rule"))?;
    match rule.object_ownership {
        sdk::ObjectOwnership::BucketOwnerEnforced => Ok(Some(ObjectOwnership::BucketOwnerEnforced)),
        sdk::ObjectOwnership::BucketOwnerPreferred => {
            Ok(Some(ObjectOwnership::BucketOwnerPreferred))
        }
        sdk::ObjectOwnership::ObjectWriter => Ok(Some(ObjectOwnership::ObjectWriter)),
        other => Err(unknown_value(action, "ObjectOwnership", other.as_str())),
    }
}

async fn versioning(asked: &Asked<'_>) -> Result<Versioning, Gap> {
    let action = Action::GetBucketVersioning;
    let answer = asked
        .ask(action, |client| {
            client.get_bucket_versioning().bucket(asked.name).send()
        })
        .await?
        .map_err(|error| gap::of(action, &error))?;
    let status = match answer.status {
        // A bucket that never had versioning is answered with an empty element.
        None => VersioningStatus::NeverEnabled,
        Some(sdk::BucketVersioningStatus::Enabled) => VersioningStatus::Enabled,
        Some(sdk::BucketVersioningStatus::Suspended) => VersioningStatus::Suspended,
        Some(other) => return Err(unknown_value(action, "Status", other.as_str())),
    };
    let mfa_delete = match answer.mfa_delete {
        None | Some(sdk::MfaDeleteStatus::Disabled) => false,
        Some(sdk::MfaDeleteStatus::Enabled) => true,
        Some(other) => return Err(unknown_value(action, "MfaDelete", other.as_str())),
    };
    Ok(Versioning { status, mfa_delete })
}

async fn object_lock(asked: &Asked<'_>) -> Result<Option<ObjectLock>, Gap> {
    let action = Action::GetObjectLockConfiguration;
    let answer = asked
        .ask(action, |client| {
            client
                .get_object_lock_configuration()
                .bucket(asked.name)
                .send()
        })
        .await?;
    let absent = "ObjectLockConfigurationNotFoundError";
    let Some(answer) = configured(action, answer, absent)? else {
        return Ok(None);
    };
    let lock = answer
        .object_lock_configuration
        .filter(|lock| lock.object_lock_enabled == Some(sdk::ObjectLockEnabled::Enabled))
        .ok_or_else(|| gap::without(action, "ObjectLockEnabled"))?;
    let default_retention = lock
        .rule
        .and_then(|rule| rule.default_retention)
        .map(lock_retention)
        .transpose()?;
    Ok(Some(ObjectLock { default_retention }))
}

fn lock_retention(retention: sdk::DefaultRetention) -> Result<LockRetention, Gap> {
    let action = Action::GetObjectLockConfiguration;
    let mode = match retention.mode {
        Some(sdk::ObjectLockRetentionMode::Compliance) => LockMode::Compliance,
        Some(sdk::ObjectLockRetentionMode::Governance) => LockMode::Governance,
        Some(other) => return Err(unknown_value(action, "Mode", other.as_str())),
        None => return Err(gap::without(action, "Mode")),
    };
    let period = count(retention.days)
        .map(RetentionPeriod::Days)
        .or(count(retention.years).map(RetentionPeriod::Years))
        .ok_or_else(|| gap::without(action, "Days"))?;
    Ok(LockRetention { mode, period })
}

async fn lifecycle(asked: &Asked<'_>) -> Result<Vec<LifecycleRule>, Gap> {
    let action = Action::GetBucketLifecycle;
    let answer = asked
        .ask(action, |client| {
            client
                .get_bucket_lifecycle_configuration()
                .bucket(asked.name)
                .send()
        })
        .await?;
    match configured(action, answer, "NoSuchLifecycleConfiguration")? {
        None => Ok(Vec::new()),
        Some(answer) => answer
            .rules
            .filter(|rules| !rules.is_empty())
            .ok_or_else(|| gap::without(action, "Rule"))?
            .into_iter()
            .map(lifecycle::rule)
            .collect(),
    }
}

async fn encryption(asked: &Asked<'_>) -> Result<Option<BucketEncryption>, Gap> {
    let action = Action::GetBucketEncryption;
    let answer = asked
        .ask(action, |client| {
            client.get_bucket_encryption().bucket(asked.name).send()
        })
        .await?;
    let absent = "ServerSideEncryptionConfigurationNotFoundError";
    let Some(answer) = configured(action, answer, absent)? else {
        return Ok(None);
    };
    let rule = answer
        .server_side_encryption_configuration
        .and_then(|configuration| configuration.rules.into_iter().next())
        .ok_or_else(|| gap::without(action, "Rule"))?;
    let default = rule
        .apply_server_side_encryption_by_default
        .filter(|default| !default.sse_algorithm.as_str().is_empty())
        .ok_or_else(|| gap::without(action, "SSEAlgorithm"))?;
    Ok(Some(BucketEncryption {
        algorithm: default.sse_algorithm.as_str().to_owned(),
        kms_key_id: setting(default.kms_master_key_id),
        bucket_key: rule.bucket_key_enabled.unwrap_or(false),
    }))
}

async fn access_logging(asked: &Asked<'_>) -> Result<Option<AccessLogging>, Gap> {
    let action = Action::GetBucketLogging;
    let answer = asked
        .ask(action, |client| {
            client.get_bucket_logging().bucket(asked.name).send()
        })
        .await?
        .map_err(|error| gap::of(action, &error))?;
    // Logging that is off is answered with an empty element.
    let Some(logging) = answer.logging_enabled else {
        return Ok(None);
    };
    if logging.target_bucket.is_empty() {
        return Err(gap::without(action, "TargetBucket"));
    }
    Ok(Some(AccessLogging {
        target_bucket: logging.target_bucket,
        target_prefix: logging.target_prefix,
    }))
}

async fn requester_pays(asked: &Asked<'_>) -> Result<bool, Gap> {
    let action = Action::GetBucketRequestPayment;
    let answer = asked
        .ask(action, |client| {
            client
                .get_bucket_request_payment()
                .bucket(asked.name)
                .send()
        })
        .await?
        .map_err(|error| gap::of(action, &error))?;
    match answer.payer {
        Some(sdk::Payer::BucketOwner) => Ok(false),
        Some(sdk::Payer::Requester) => Ok(true),
        Some(other) => Err(unknown_value(action, "Payer", other.as_str())),
        None => Err(gap::without(action, "Payer")),
    }
}

fn unknown_value(action: Action, member: &str, value: &str) -> Gap {
    let detail = format!("`{value}` is not a known value of `{member}`");
    gap::malformed(action, detail)
}
