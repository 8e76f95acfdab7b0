//! Who signed a digest.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html>

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use md5::{Digest as _, Md5};

use super::keys::ListedKey;

/// What precedes the `RSAPublicKey` in a `SubjectPublicKeyInfo`: the algorithm's identifier,
/// `rsaEncryption` without parameters (RFC 3279, section 2.3.1).
const RSA_ENCRYPTION: &[u8] = &[
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// A public key that can be used: its fingerprint is that of its value.
#[derive(Debug, Clone)]
pub struct PublicKey {
    /// The MD5 of the DER in hexadecimal, which is what digests call it.
    pub fingerprint: String,
    /// When CloudTrail began to sign with it.
    pub from: Timestamp,
    /// When CloudTrail ceases to.
    pub to: Timestamp,
    /// The `RSAPublicKey`, DER.
    der: Vec<u8>,
}

impl PublicKey {
    /// The key that is listed.
    ///
    /// # Errors
    /// A sentence that says why it is no key, or not the one it is listed as.
    pub fn of(listed: &ListedKey) -> Result<PublicKey, String> {
        let der = value(listed)?;
        let fingerprint = fingerprint(&der);
        if fingerprint != listed.fingerprint.to_ascii_lowercase() {
            return Err(format!(
                "the key listed as `{}` has the fingerprint `{fingerprint}`",
                listed.fingerprint
            ));
        }
        // AWS documents PKCS#1, and one key of its own sample is the other encoding.
        let der = match inner(&der) {
            Some(inner) => inner.to_vec(),
            None => der,
        };
        Ok(PublicKey {
            fingerprint,
            from: listed.validity_start_time,
            to: listed.validity_end_time,
            der,
        })
    }

    /// Whether `signature` is this key's of `message`: RSA, PKCS#1 v1.5, SHA-256.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.der)
            .verify(message, signature)
            .is_ok()
    }
}

/// The fingerprint of a listed key's value, whatever it is listed as; `None` if the value is
/// not base64.
pub(super) fn fingerprint_of(listed: &ListedKey) -> Option<String> {
    value(listed).ok().map(|der| fingerprint(&der))
}

fn value(listed: &ListedKey) -> Result<Vec<u8>, String> {
    STANDARD.decode(&listed.value).map_err(|_| {
        format!(
            "the key listed as `{}` is not written in base64",
            listed.fingerprint
        )
    })
}

fn fingerprint(der: &[u8]) -> String {
    hex::encode(Md5::digest(der))
}

/// The `RSAPublicKey` in a `SubjectPublicKeyInfo`: SEQUENCE { algorithm, BIT STRING }.
fn inner(der: &[u8]) -> Option<&[u8]> {
    let (0x30, sequence, []) = element(der)? else {
        return None;
    };
    let (0x03, bits, []) = element(sequence.strip_prefix(RSA_ENCRYPTION)?)? else {
        return None;
    };
    bits.strip_prefix(&[0])
}

/// The first element of DER: its tag, its contents, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if bytes.len() > 4 {
            return None;
        }
        let length = bytes
            .iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte));
        (length, rest)
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((tag, contents, rest))
}

/// What CloudTrail signs: four lines, without a line break behind the last. The first digest
/// of a chain has the word `null` where others have the signature of the one before.
pub fn string_to_sign(
    end_text: &str,
    bucket: &str,
    key: &str,
    sha256: &str,
    previous_signature: Option<&str>,
) -> String {
    let previous = previous_signature.unwrap_or("null");
    format!("{end_text}\n{bucket}/{key}\n{sha256}\n{previous}")
}

#[cfg(test)]
pub(super) mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};

    use super::*;

    /// A key of a test.
    pub(crate) struct Signer(KeyPair);

    impl Signer {
        pub(crate) fn new() -> Self {
            Signer(KeyPair::generate(KeySize::Rsa2048).unwrap())
        }

        pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
            let mut signature = vec![0; self.0.public_modulus_len()];
            self.0
                .sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )
                .unwrap();
            signature
        }

        pub(crate) fn listed(&self) -> ListedKey {
            let der = self.0.public_key().as_ref().to_vec();
            listed(&der)
        }
    }

    fn listed(der: &[u8]) -> ListedKey {
        ListedKey {
            value: STANDARD.encode(der),
            validity_start_time: "2026-02-01T00:00:00Z".parse().unwrap(),
            validity_end_time: "2026-04-01T00:00:00Z".parse().unwrap(),
            fingerprint: fingerprint(der),
        }
    }

    /// The key as a `SubjectPublicKeyInfo`.
    fn wrapped(der: &[u8]) -> Vec<u8> {
        let sequence = |tag: u8, contents: &[u8]| {
            let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
            [&[tag, 0x82], length.as_slice(), contents].concat()
        };
        let bits = sequence(0x03, &[&[0], der].concat());
        sequence(0x30, &[RSA_ENCRYPTION, &bits].concat())
    }

    #[test]
    fn a_signature_is_verified_in_both_encodings_of_a_key() {
        let signer = Signer::new();
        let signature = signer.sign(b"message");
        let der = STANDARD.decode(signer.listed().value).unwrap();
        for der in [der.clone(), wrapped(&der)] {
            let key = PublicKey::of(&listed(&der)).unwrap();
            assert!(key.verify(b"message", &signature));
            assert!(!key.verify(b"massage", &signature));
            assert!(!key.verify(b"message", &signature[1..]));
            assert!(!key.verify(b"message", b""));
        }
    }

    #[test]
    fn a_key_with_one_bit_flipped_is_not_the_one_it_is_listed_as() {
        let listed = Signer::new().listed();
        for index in 0..listed.value.len() * 8 {
            let mut bytes = listed.value.clone().into_bytes();
            bytes[index / 8] ^= 1 << (index % 8);
            let Ok(value) = String::from_utf8(bytes) else {
                continue;
            };
            let flipped = ListedKey {
                value,
                ..listed.clone()
            };
            assert!(PublicKey::of(&flipped).is_err(), "bit {index}");
        }
    }

    #[test]
    fn what_is_no_der_verifies_nothing() {
        for der in [
            &b""[..],
            &[0x30],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x89],
            b"x",
        ] {
            let key = PublicKey::of(&listed(der)).unwrap();
            assert!(!key.verify(b"message", &[0; 256]));
        }
    }

    #[test]
    fn the_first_of_a_chain_is_signed_with_the_word_null() {
        assert_eq!(
            string_to_sign("2026-03-01T01:12:00Z", "b", "k", "ab", None),
            "2026-03-01T01:12:00Z\nb/k\nab\nnull"
        );
    }
}
