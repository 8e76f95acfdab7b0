//! CloudTrail's public keys.

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::types::PublicKey;
use aws_smithy_types::DateTime;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::{Asker, refusal};
use crate::digest::keys::ListedKey;
use crate::digest::store::{Unreadable, UnreadableKind};
use crate::source::live::convert::{setting, timestamp};
use crate::source::live::regions::well_formed;

impl Asker {
    /// All pages of `ListPublicKeys` in the Region.
    pub(super) async fn keys(
        &self,
        region: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ListedKey>, Unreadable> {
        // The name is from an object's key, and becomes part of a host's.
        if !well_formed(region) {
            return Err(wrong(format!("`{region}` is not a Region")));
        }
        let client = self.session.cloudtrail(region);
        let (mut keys, mut seen, mut token) = (Vec::new(), BTreeSet::new(), None);
        loop {
            let call = client
                .list_public_keys()
                .start_time(DateTime::from_secs(from.as_second()))
                .end_time(DateTime::from_secs(to.as_second()))
                .set_next_token(token)
                .send();
            let page = self
                .in_time("cloudtrail", region, call)
                .await?
                .map_err(|error| refusal::of(&error, "cloudtrail:ListPublicKeys"))?;
            for key in page.public_key_list.unwrap_or_default() {
                keys.push(listed(key)?);
            }
            match setting(page.next_token) {
                None => return Ok(keys),
                Some(next) if !seen.insert(next.clone()) => {
                    return Err(wrong("the pages of the answer repeat"));
                }
                Some(next) => token = Some(next),
            }
        }
    }
}

fn listed(key: PublicKey) -> Result<ListedKey, Unreadable> {
    let time = |time: Option<DateTime>, name| {
        (time.as_ref().and_then(timestamp)).ok_or_else(|| without(name))
    };
    Ok(ListedKey {
        value: STANDARD.encode(key.value.ok_or_else(|| without("Value"))?),
        validity_start_time: time(key.validity_start_time, "ValidityStartTime")?,
        validity_end_time: time(key.validity_end_time, "ValidityEndTime")?,
        fingerprint: setting(key.fingerprint).ok_or_else(|| without("Fingerprint"))?,
    })
}

fn without(member: &str) -> Unreadable {
    wrong(format!("a key of ListPublicKeys' answer has no `{member}`"))
}

fn wrong(detail: impl Into<String>) -> Unreadable {
    Unreadable::new(UnreadableKind::Other, detail)
}
