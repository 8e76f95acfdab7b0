//! The same behind moto, whose S3 and DescribeTrails are not ours.

use std::collections::BTreeSet;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::StorageClass;

use super::super::account::{Account, HOME};
use super::super::relay::{Documented, Relay};
use super::super::run::Trailcheck;
use super::{Verified, whole};
use crate::trail::{Object, Setup, Stored, Trail, generate};

/// An account on moto to whose bucket a trail delivered.
struct OnMoto {
    account: Account,
    trail: Trail,
    /// moto, with the one operation that it lacks.
    relay: Relay,
}

impl OnMoto {
    fn new() -> Self {
        let account = Account::on_moto();
        let setup = Setup {
            bucket: format!("trail-{}", account.id),
            accounts: vec![account.id.clone()],
            prefix: "audit".to_owned(),
            hours: 4,
            ..Setup::default()
        };
        let trail = generate(&setup, &[]);
        let keys = trail.public_keys(&setup.home_region).to_string();
        let keys = Documented::json(&["CloudTrail_20131101.ListPublicKeys"], keys);
        let relay = Relay::start(Some(account.port()), vec![keys]);
        let on_moto = OnMoto {
            account,
            trail,
            relay,
        };
        let bucket = on_moto.account.s3().create_bucket().bucket(&setup.bucket);
        on_moto.account.wait(bucket.send()).expect("CreateBucket");
        for (object, stored) in &on_moto.trail.objects {
            on_moto.put(object, stored);
        }
        on_moto.create_trail();
        on_moto
    }

    /// As CloudTrail puts them.
    fn put(&self, object: &Object, stored: &Stored) {
        let mut put = self
            .account
            .s3()
            .put_object()
            .bucket(&object.bucket)
            .key(&object.key)
            .content_type("application/json")
            .content_encoding("gzip")
            .storage_class(StorageClass::from(stored.storage_class.as_str()))
            .body(ByteStream::from(stored.body.clone()));
        for (name, value) in &stored.metadata {
            put = put.metadata(name, value);
        }
        self.account.wait(put.send()).expect("PutObject");
    }

    fn create_trail(&self) {
        let setup = &self.trail.setup;
        let create = self
            .account
            .cloudtrail(HOME)
            .create_trail()
            .name(&setup.trail_name)
            .s3_bucket_name(&setup.bucket)
            .s3_key_prefix(&setup.prefix)
            .enable_log_file_validation(true);
        let made = self.account.wait(create.send()).expect("CreateTrail");
        assert_eq!(made.trail_arn(), Some(self.trail.arn().as_str()));
    }

    fn verify(&self) -> Verified {
        let run = Trailcheck::through(&self.relay.url(), &self.account)
            .without("AWS_MAX_ATTEMPTS")
            .args(["verify", "--trail-arn", &self.trail.arn()])
            .args(whole(&self.trail));
        Verified::of(run)
    }

    /// The objects of log files, or of digests.
    fn some(&self, folder: &str) -> Vec<(Object, Stored)> {
        let objects = self.trail.objects.iter();
        objects
            .filter(|(object, _)| object.key.contains(folder))
            .map(|(object, stored)| (object.clone(), stored.clone()))
            .collect()
    }
}

#[test]
fn a_trail_on_moto_with_keys_from_a_documented_reply_is_judged_like_any_other() {
    let moto = OnMoto::new();
    let report = moto.verify().exits(0);
    assert_eq!(report.said(), [""; 0]);
    let valid = report.count("log_files", "valid") + report.count("digests", "valid");
    assert_eq!(valid, moto.trail.objects.len() as u64);

    let logs = moto.some("/CloudTrail/");
    let (archived, mut stored) = logs[5].clone();
    stored.storage_class = "GLACIER".to_owned();
    moto.put(&archived, &stored);
    let report = moto.verify().exits(3);
    assert_eq!(
        report.said(),
        [format!("unverified log-unreadable {archived}")]
    );
    let detail = report.findings()[0]["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("GLACIER"), "{detail}");

    let (altered, _) = &logs[2];
    moto.put(altered, &logs[3].1);
    let (gone, _) = &logs[9];
    let delete = moto
        .account
        .s3()
        .delete_object()
        .bucket(&gone.bucket)
        .key(&gone.key);
    moto.account.wait(delete.send()).expect("DeleteObject");
    // A copy over itself that loses the metadata, as tools do.
    let (unsigned, mut digest) = moto.some("/CloudTrail-Digest/")[1].clone();
    digest.metadata.clear();
    moto.put(&unsigned, &digest);
    let report = moto.verify().exits(1);
    let expected = [
        format!("altered log-modified {altered}"),
        format!("altered digest-no-signature {unsigned}"),
        format!("missing log-missing {gone}"),
        format!("unverified log-unreadable {archived}"),
    ];
    let said: BTreeSet<String> = report.said().into_iter().collect();
    assert_eq!(said, expected.into_iter().collect());
}
