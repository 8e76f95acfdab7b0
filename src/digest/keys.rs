//! CloudTrail's public keys: who may have signed a digest.

use jiff::Timestamp;
use serde::Deserialize;

use super::store::Unreadable;

/// A public key as `ListPublicKeys` tells it.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html>
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedKey {
    /// The key: DER in base64, a `RSAPublicKey` (PKCS#1) or a `SubjectPublicKeyInfo`.
    pub value: String,
    /// When CloudTrail began to sign with it, in seconds since 1970.
    pub validity_start_time: f64,
    /// When CloudTrail ceases to.
    pub validity_end_time: f64,
    /// What digests call it: the MD5 of the DER in hexadecimal.
    pub fingerprint: String,
}

/// Where public keys come from.
pub trait KeySource: Sync {
    /// The keys that CloudTrail signed with in the Region at some time from `from` to `to`.
    /// Keys are regional: a digest's is found in the Region that produced the digest.
    ///
    /// # Errors
    /// [`Unreadable`] if nobody can tell.
    fn keys(
        &self,
        region: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ListedKey>, Unreadable>;
}
