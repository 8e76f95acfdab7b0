//! Everything that a case can reach.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::super::chain::{Chain, Digest, Document};
use super::super::log_files::{LogFile, deliver};
use super::super::objects::{Object, Stored};
use super::super::packing::{gunzip, gzip};
use super::super::setup::Setup;
use super::super::signing::Key;

/// A trail in the making, and where a case is to act.
pub(crate) struct Scene<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) objects: BTreeMap<Object, Stored>,
    pub(crate) chains: Vec<Chain>,
    /// By Region: what `ListPublicKeys` answers there.
    pub(crate) keys: BTreeMap<String, Vec<Key>>,
    /// The hour that the case was asked to act at.
    pub(crate) asked: Option<usize>,
}

impl Scene<'_> {
    /// Which chain is tampered with: the first account's in the home Region.
    fn target(&self) -> usize {
        let home = |chain: &Chain| chain.place.region == self.setup.home_region;
        self.chains.iter().position(home).unwrap_or_default()
    }

    /// The chain of the same account in another Region.
    pub(crate) fn other_chain(&self) -> &Chain {
        let home = self.chain();
        let other = self.chains.iter().find(|chain| {
            chain.place.account == home.place.account && chain.place.region != home.place.region
        });
        other.expect("the case needs a trail of two Regions")
    }

    pub(crate) fn chain(&self) -> &Chain {
        &self.chains[self.target()]
    }

    pub(crate) fn chain_mut(&mut self) -> &mut Chain {
        let target = self.target();
        &mut self.chains[target]
    }

    /// The hour that is tampered with: the one asked for, else the middle one.
    pub(crate) fn hour(&self) -> usize {
        self.asked.unwrap_or(self.chain().digests.len() / 2)
    }

    /// The digest so many hours after the one that is tampered with.
    pub(crate) fn digest_at(&self, offset: isize) -> &Digest {
        let hour = self.hour().checked_add_signed(offset).unwrap();
        &self.chain().digests[hour]
    }

    pub(crate) fn digest_at_mut(&mut self, offset: isize) -> &mut Digest {
        let hour = self.hour().checked_add_signed(offset).unwrap();
        &mut self.chain_mut().digests[hour]
    }

    pub(crate) fn digest(&self) -> &Digest {
        self.digest_at(0)
    }

    pub(crate) fn digest_mut(&mut self) -> &mut Digest {
        self.digest_at_mut(0)
    }

    /// Where the digest lies that is so many hours after the one that is tampered with.
    pub(crate) fn object_at(&self, offset: isize) -> Object {
        self.digest_at(offset).object(self.setup)
    }

    /// Where the digest lies that is tampered with.
    pub(crate) fn object(&self) -> Object {
        self.object_at(0)
    }

    /// A log file of the hour.
    pub(crate) fn log(&self, index: usize) -> LogFile {
        let logs = &self.digest().logs;
        let log = logs.get(index).expect("the case needs more files an hour");
        log.clone()
    }

    pub(crate) fn get(&self, object: &Object) -> &Stored {
        &self.objects[object]
    }

    pub(crate) fn put(&mut self, object: &Object, stored: Stored) {
        self.objects.insert(object.clone(), stored);
    }

    pub(crate) fn delete(&mut self, object: &Object) -> Stored {
        let gone = self.objects.remove(object);
        gone.unwrap_or_else(|| panic!("{object} is gone already"))
    }

    pub(crate) fn rename(&mut self, object: &Object, to: &Object) {
        let stored = self.delete(object);
        self.put(to, stored);
    }

    pub(crate) fn copy(&mut self, object: &Object, to: &Object) {
        self.put(to, self.get(object).clone());
    }

    /// Rewrites an object's bytes, and leaves its metadata alone.
    pub(crate) fn change(
        &mut self,
        object: &Object,
        edit: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) -> Object {
        let stored = self.objects.get_mut(object).unwrap();
        let body = edit(std::mem::take(&mut stored.body));
        stored.body = body;
        object.clone()
    }

    /// Rewrites a digest's JSON.
    pub(crate) fn edit(&mut self, edit: impl FnOnce(&mut Document)) -> Object {
        self.change(&self.object(), |body| {
            let mut document: Document = serde_json::from_slice(&gunzip(&body)).unwrap();
            edit(&mut document);
            gzip(&serde_json::to_vec(&document).unwrap(), 6)
        })
    }

    /// Changes the digest's metadata.
    pub(crate) fn metadata(&mut self) -> &mut BTreeMap<String, String> {
        let object = self.object();
        &mut self.objects.get_mut(&object).unwrap().metadata
    }

    /// A plausible log file that no digest knows, delivered so many minutes after the
    /// beginning of the hour.
    pub(crate) fn unknown_log(&self, minutes: i64, label: &str) -> (Object, Stored) {
        let digest = self.digest();
        let from = digest.start + SignedDuration::from_mins(minutes);
        // A delivery is spread over an hour: of many, the first is near its beginning.
        let delivery = deliver(self.setup, &digest.place, from, 40, label);
        let (log, stored) = delivery[0].clone();
        (Object::new(&digest.bucket, log.object.key), stored)
    }
}

/// The smallest lie that matters: reading becomes writing, or the other way round.
pub(crate) fn forge(body: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8(gunzip(&body)).unwrap();
    let (yes, no) = (r#""readOnly":true"#, r#""readOnly":false"#);
    let forged = if text.contains(yes) {
        text.replace(yes, no)
    } else {
        text.replace(no, yes)
    };
    assert_ne!(forged, text, "the case needs log files with events");
    gzip(forged.as_bytes(), 6)
}
