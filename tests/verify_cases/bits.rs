//! One bit of an intact trail is another: it is never valid, unless everybody who reads the
//! thing gets the same value as before.

use std::io::{Read as _, Write as _};
use std::sync::LazyLock;

use arbtest::arbitrary::{Result, Unstructured};
use arbtest::arbtest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use trailcheck::digest::object::Object;

use super::inquiry::{Inquiry, told};
use super::truth::object;
use crate::trail::{Setup, Trail, generate};

/// Three hours, one log file each.
static INTACT: LazyLock<(Trail, Inquiry)> = LazyLock::new(|| {
    let setup = Setup {
        hours: 3,
        files_per_hour: 1,
        events_per_file: 1,
        ..Setup::default()
    };
    let trail = generate(&setup, &[]);
    let inquiry = Inquiry::about(&trail);
    (trail, inquiry)
});

/// Where a bit is flipped.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    /// In the bytes of a log file or a digest.
    Bytes(Object),
    /// In the hexadecimal text of a digest's signature.
    Signature(Object),
    /// In the base64 of a key.
    Key(String),
}

impl Target {
    fn all() -> Vec<Target> {
        let (trail, inquiry) = &*INTACT;
        let objects = trail.objects.keys().map(object);
        let mut targets: Vec<Target> = objects.map(Target::Bytes).collect();
        for digest in trail.chains.iter().flat_map(|chain| &chain.digests) {
            targets.push(Target::Signature(object(&digest.object(&trail.setup))));
        }
        let keys = inquiry.keys.as_ref().unwrap();
        targets.extend(keys.regions.keys().cloned().map(Target::Key));
        targets
    }

    /// The first of each sort: a log file, a digest, a signature, a key.
    fn one_of_each() -> Vec<Target> {
        let (_, inquiry) = &*INTACT;
        let second = |part: &str| {
            let keys = inquiry.store.buckets["example-trail-bucket"].keys();
            let key = keys.filter(|key| key.contains(part)).nth(1).unwrap();
            Object::new("example-trail-bucket", key)
        };
        let digest = second("/CloudTrail-Digest/");
        vec![
            Target::Bytes(second("/CloudTrail/")),
            Target::Bytes(digest.clone()),
            Target::Signature(digest),
            Target::Key("us-east-1".to_owned()),
        ]
    }

    fn bytes(&self) -> Vec<u8> {
        let (trail, inquiry) = &*INTACT;
        let stored = |wanted: &Object| {
            let mut all = trail.objects.iter();
            let (_, stored) = all.find(|(known, _)| object(known) == *wanted).unwrap();
            stored
        };
        match self {
            Target::Bytes(object) => stored(object).body.clone(),
            Target::Signature(object) => stored(object).metadata["signature"].clone().into_bytes(),
            Target::Key(region) => {
                let keys = &inquiry.keys.as_ref().unwrap().regions[region];
                keys[0].value.clone().into_bytes()
            }
        }
    }

    /// The trail with these bytes instead.
    fn replaced(&self, bytes: Vec<u8>) -> Inquiry {
        let mut inquiry = INTACT.1.clone();
        let text = |bytes: Vec<u8>| bytes.into_iter().map(char::from).collect();
        match self {
            Target::Bytes(object) => inquiry.store.get_mut(object).body = bytes,
            Target::Signature(object) => {
                let metadata = &mut inquiry.store.get_mut(object).metadata;
                metadata.insert("signature".to_owned(), text(bytes));
            }
            Target::Key(region) => {
                let keys = inquiry.keys.as_mut().unwrap();
                keys.regions.get_mut(region).unwrap()[0].value = text(bytes);
            }
        }
        inquiry
    }

    /// What a reader of its own makes of the bytes; `None` if nothing.
    fn value(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Target::Bytes(_) => {
                // RFC 1952 has readers refuse what the reserved bits may mean; flate2 does not.
                let reserved = bytes.get(3).is_some_and(|flags| flags & 0b1110_0000 != 0);
                let mut content = Vec::new();
                let read = MultiGzDecoder::new(bytes).read_to_end(&mut content);
                (read.is_ok() && !reserved).then_some(content)
            }
            Target::Signature(_) => hex::decode(bytes).ok(),
            Target::Key(_) => STANDARD.decode(bytes).ok(),
        }
    }

    /// Flips a bit; whether it made a difference to readers.
    fn flip(&self, bit: usize) -> bool {
        let before = self.bytes();
        let mut after = before.clone();
        after[bit / 8] ^= 1 << (bit % 8);
        let same = self.value(&after) == self.value(&before);
        let found = self.replaced(after).run();
        let valid = found.outcome_name() == "valid";
        assert_eq!(valid, same, "bit {bit} of {self:?}: {}", told(&found));
        !same
    }
}

#[test]
fn the_trail_is_valid_before_a_bit_is_flipped() {
    let found = INTACT.1.run();
    assert_eq!(found.outcome_name(), "valid", "{}", told(&found));
    for target in Target::all() {
        assert!(target.value(&target.bytes()).is_some());
    }
}

#[test]
fn no_flipped_bit_passes_unless_everybody_reads_the_same() {
    let targets = Target::all();
    // A run that fails names the seed to run it again with.
    arbtest(|unstructured: &mut Unstructured<'_>| -> Result<()> {
        let target = unstructured.choose(&targets)?;
        let bit = unstructured.choose_index(target.bytes().len() * 8)?;
        target.flip(bit);
        Ok(())
    })
    .size_min(16)
    .budget_ms(3_000);
}

/// Run with `cargo test --no-default-features --test main every_bit -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn every_bit_of_a_log_file_a_digest_a_signature_and_a_key() {
    for target in Target::one_of_each() {
        let bits = target.bytes().len() * 8;
        let noticed = (0..bits).filter(|bit| target.flip(*bit)).count();
        let same = bits - noticed;
        let sentence = format!("{bits} bits of {target:?}: {noticed} matter, {same} do not");
        writeln!(std::io::stderr(), "{sentence}").unwrap();
    }
}
