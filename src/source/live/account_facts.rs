//! Facts about the account as a whole.

use std::collections::BTreeMap;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::gap;
use super::session::Session;
use crate::snapshot::{Action, Gap, Observed, PublicAccessBlock};

/// `iam:GetAccountSummary`, entries as AWS names them.
pub(super) async fn summary(session: &Session) -> Observed<BTreeMap<String, i64>> {
    read_summary(session).await.into()
}

async fn read_summary(session: &Session) -> Result<BTreeMap<String, i64>, Gap> {
    let action = Action::GetAccountSummary;
    let region = session.region();
    let call = session.iam(region).get_account_summary().send();
    let answer = session
        .ask(action, region, call)
        .await?
        .map_err(|error| gap::of(action, &error))?;
    Ok(answer
        .summary_map
        .filter(|summary| !summary.is_empty())
        .ok_or_else(|| gap::without(action, "SummaryMap"))?
        .into_iter()
        .map(|(entry, value)| (entry.as_str().to_owned(), i64::from(value)))
        .collect())
}

/// The account's block-public-access settings; all false when never set.
pub(super) async fn public_access_block(
    session: &Session,
    account: &str,
) -> Observed<PublicAccessBlock> {
    read_public_access_block(session, account).await.into()
}

async fn read_public_access_block(
    session: &Session,
    account: &str,
) -> Result<PublicAccessBlock, Gap> {
    let action = Action::GetAccountPublicAccessBlock;
    let region = session.region();
    let call = session
        .s3control(region)
        .get_public_access_block()
        .account_id(account)
        .send();
    let answer = match session.ask(action, region, call).await? {
        Ok(answer) => answer,
        Err(error) if error.code() == Some("NoSuchPublicAccessBlockConfiguration") => {
            return Ok(PublicAccessBlock::default());
        }
        Err(error) => return Err(gap::of(action, &error)),
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
