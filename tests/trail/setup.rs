//! What trail to make, and where its objects lie.

use jiff::{SignedDuration, Timestamp};

/// An hour: how long a digest lasts.
pub(crate) const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The trail to make. The same set-up gives the same log files; the keys, and with them the
/// signatures, are made anew by every process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Setup {
    pub(crate) trail_name: String,
    pub(crate) bucket: String,
    /// Without slashes at its ends; empty for none.
    pub(crate) prefix: String,
    /// The trail belongs to the first.
    pub(crate) accounts: Vec<String>,
    /// Like `o-exampleorg1`; empty for a trail of one account.
    pub(crate) organization_id: String,
    pub(crate) regions: Vec<String>,
    pub(crate) home_region: String,
    /// Each chain begins within the hour after it.
    pub(crate) start: Timestamp,
    pub(crate) hours: usize,
    pub(crate) files_per_hour: usize,
    pub(crate) events_per_file: usize,
    /// From 0 to 12, as libdeflate has them.
    pub(crate) compression: i32,
    pub(crate) seed: u64,
}

impl Default for Setup {
    /// Six hours of a trail in one account and Region.
    fn default() -> Self {
        Setup {
            trail_name: "management-events".to_owned(),
            bucket: "example-trail-bucket".to_owned(),
            prefix: String::new(),
            accounts: vec!["111122223333".to_owned()],
            organization_id: String::new(),
            regions: vec!["us-east-1".to_owned()],
            home_region: "us-east-1".to_owned(),
            start: "2026-03-01T00:00:00Z".parse().unwrap(),
            hours: 6,
            files_per_hour: 4,
            events_per_file: 20,
            compression: 1,
            seed: 1,
        }
    }
}

impl Setup {
    /// An organization's trail over three Regions and two accounts, beneath a prefix.
    pub(crate) fn organization() -> Self {
        Setup {
            prefix: "audit/trails".to_owned(),
            accounts: vec!["111122223333".to_owned(), "444455556666".to_owned()],
            organization_id: "o-exampleorg1".to_owned(),
            ..Setup::many_regions()
        }
    }

    /// A trail of three Regions.
    pub(crate) fn many_regions() -> Self {
        Setup {
            regions: ["us-east-1", "eu-west-1", "ap-northeast-1"]
                .map(str::to_owned)
                .to_vec(),
            ..Setup::default()
        }
    }

    /// The trail's ARN.
    pub(crate) fn arn(&self) -> String {
        format!(
            "arn:aws:cloudtrail:{}:{}:trail/{}",
            self.home_region, self.accounts[0], self.trail_name
        )
    }

    /// What all keys of an account begin with, without a slash at the end.
    pub(crate) fn root(&self, account: &str) -> String {
        let parts = [&self.prefix, "AWSLogs", &self.organization_id, account];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("/")
    }

    /// The key of a log file, whose name has the time of its delivery, rounded down to five
    /// minutes.
    pub(crate) fn log_key(&self, place: &Place, delivered: Timestamp, unique: &str) -> String {
        let seconds = delivered.as_second();
        let rounded = Timestamp::from_second(seconds - seconds.rem_euclid(300)).unwrap();
        let Place { account, region } = place;
        format!(
            "{}/CloudTrail/{region}/{}/{account}_CloudTrail_{region}_{}_{unique}.json.gz",
            self.root(account),
            delivered.strftime("%Y/%m/%d"),
            rounded.strftime("%Y%m%dT%H%MZ"),
        )
    }

    /// The key of a digest, whose name has the time of its end.
    pub(crate) fn digest_key(&self, place: &Place, end: Timestamp, backfill: bool) -> String {
        let Place { account, region } = place;
        format!(
            "{}/CloudTrail-Digest/{region}/{}/{account}_CloudTrail-Digest_{region}_{}_{}_{}{}.json.gz",
            self.root(account),
            end.strftime("%Y/%m/%d"),
            self.trail_name,
            self.home_region,
            end.strftime("%Y%m%dT%H%M%SZ"),
            if backfill { "_backfill" } else { "" },
        )
    }

    /// Where chains are: every Region of every account.
    pub(crate) fn places(&self) -> Vec<Place> {
        let accounts = self.accounts.iter();
        accounts
            .flat_map(|account| {
                self.regions.iter().map(|region| Place {
                    account: account.clone(),
                    region: region.clone(),
                })
            })
            .collect()
    }
}

/// Where events happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) account: String,
    pub(crate) region: String,
}

/// A time as digests and events spell it.
pub(crate) fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
