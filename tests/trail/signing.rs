//! CloudTrail's keys, and an attacker's. They are made when they are first needed.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

/// What digests and their metadata call the way to sign.
pub(crate) const ALGORITHM: &str = "SHA256withRSA";

type Cache<K, V> = LazyLock<Mutex<HashMap<K, V>>>;

static PAIRS: Cache<String, Arc<KeyPair>> = LazyLock::new(Mutex::default);
static SIGNATURES: Cache<(String, Vec<u8>), String> = LazyLock::new(Mutex::default);

/// Signatures that are remembered at the most.
const REMEMBERED: usize = 20_000;

/// How `ListPublicKeys` tells a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    /// As an `RSAPublicKey`, which is the usual way.
    Pkcs1,
    /// As a `SubjectPublicKeyInfo`, like one key of the documentation's sample.
    Spki,
    /// With another key's value, so that the fingerprint is wrong.
    Inconsistent,
}

/// A key and the time in which CloudTrail says that it was in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// Keys of the same label are the same.
    pub(crate) label: String,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) listed: Listed,
}

impl Key {
    pub(crate) fn new(label: &str, from: Timestamp, to: Timestamp) -> Self {
        Key {
            label: label.to_owned(),
            from,
            to,
            listed: Listed::Pkcs1,
        }
    }

    /// The same times with another key.
    pub(crate) fn labelled(&self, label: &str) -> Self {
        Key::new(label, self.from, self.to)
    }

    fn pair(&self) -> Arc<KeyPair> {
        let mut pairs = PAIRS.lock().unwrap();
        let make = || Arc::new(KeyPair::generate(KeySize::Rsa2048).unwrap());
        pairs.entry(self.label.clone()).or_insert_with(make).clone()
    }

    fn der(&self) -> Vec<u8> {
        let pair = self.pair();
        match self.listed {
            Listed::Pkcs1 | Listed::Inconsistent => pair.public_key().as_ref().to_vec(),
            Listed::Spki => {
                let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
                der.as_ref().to_vec()
            }
        }
    }

    /// What digests call the key: the MD5 of its DER.
    pub(crate) fn fingerprint(&self) -> String {
        hex::encode(Md5::digest(self.der()))
    }

    /// The signature of the data, in hexadecimal.
    pub(crate) fn sign(&self, data: &[u8]) -> String {
        let asked = (self.label.clone(), data.to_vec());
        if let Some(known) = SIGNATURES.lock().unwrap().get(&asked) {
            return known.clone();
        }
        let pair = self.pair();
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            data,
            &mut signature,
        )
        .unwrap();
        let signature = hex::encode(signature);
        let mut known = SIGNATURES.lock().unwrap();
        if known.len() < REMEMBERED {
            known.insert(asked, signature.clone());
        }
        signature
    }

    /// The key as `ListPublicKeys` tells it.
    pub(crate) fn as_listed(&self) -> Value {
        let value = match self.listed {
            Listed::Inconsistent => self.labelled("somebody else's").der(),
            _ => self.der(),
        };
        json!({
            "Value": STANDARD.encode(value),
            "ValidityStartTime": self.from.as_second() as f64,
            "ValidityEndTime": self.to.as_second() as f64,
            "Fingerprint": self.fingerprint(),
        })
    }
}
