//! What an object's key says: whose it is, what it is, and when it was delivered.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-find-log-files.html>
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::object::Object;

/// What a digest covers.
pub const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The folder of an account's log files.
pub const LOGS: &str = "CloudTrail";
/// The folder of its digests.
pub const DIGESTS: &str = "CloudTrail-Digest";
const SUFFIX: &str = ".json.gz";
/// CloudTrail began in 2013.
pub const YEARS: std::ops::Range<i16> = 2013..2200;
const BACKFILL: &str = "_backfill";

/// One account's objects in one Region, under one root of one bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The bucket.
    pub bucket: String,
    /// What precedes the account in keys: up to and including `AWSLogs/`, or `AWSLogs/o-…/`
    /// for an organization's trail.
    pub root: String,
    /// The account, twelve digits.
    pub account: String,
    /// The Region that produced the objects.
    pub region: String,
}

/// What the key of a digest says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DigestName {
    /// The trail's name.
    pub trail: String,
    /// The trail's home Region.
    pub home_region: String,
    /// When the time that it covers ended.
    pub end: Timestamp,
    /// Whether it names log files that the regular digest missed.
    pub backfill: bool,
}

/// What the key of a log file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogName {
    /// When it was delivered, rounded down.
    pub minute: Timestamp,
}

/// Whether the object lies directly in a folder `CloudTrail-Digest/`.
pub fn is_digests(object: &Object) -> bool {
    object.key.rsplit('/').nth(1) == Some(DIGESTS)
}

impl Place {
    /// The place of an object that lies where CloudTrail puts log files and digests. A
    /// trail's prefix may have a folder `AWSLogs` in it, too.
    pub fn of(object: &Object) -> Option<Place> {
        object
            .key
            .match_indices("AWSLogs/")
            .filter(|(index, _)| is_segment_start(&object.key, *index))
            .find_map(|(index, _)| Place::at(object, index))
    }

    /// The place of an object, if the root of CloudTrail's folders begins there in its key.
    fn at(object: &Object, start: usize) -> Option<Place> {
        let (prefix, rest) = object.key.split_at_checked(start)?;
        let mut segments = rest.split('/');
        let logs = segments.next()?;
        let mut root = format!("{prefix}{logs}/");
        let mut account = segments.next()?;
        if account.starts_with("o-") {
            root = format!("{root}{account}/");
            account = segments.next()?;
        }
        let kind = segments.next()?;
        let region = segments.next()?;
        let fits = is_account(account) && [LOGS, DIGESTS].contains(&kind) && is_region(region);
        fits.then(|| Place {
            bucket: object.bucket.clone(),
            root,
            account: account.to_owned(),
            region: region.to_owned(),
        })
    }

    /// What all keys of its log files begin with.
    pub fn log_prefix(&self) -> String {
        format!("{}{}/{LOGS}/{}/", self.root, self.account, self.region)
    }

    /// What all keys of its digests begin with.
    pub fn digest_prefix(&self) -> String {
        format!("{}{}/{DIGESTS}/{}/", self.root, self.account, self.region)
    }

    /// The folder of that day's log files.
    pub fn log_day(&self, day: Date) -> String {
        format!("{}{}/", self.log_prefix(), day.strftime("%Y/%m/%d"))
    }

    /// The folder of that day's digests.
    pub fn digest_day(&self, day: Date) -> String {
        format!("{}{}/", self.digest_prefix(), day.strftime("%Y/%m/%d"))
    }

    /// What the key says if it is that of a log file of this place. What follows the time is
    /// any text: it tells nothing.
    pub fn log(&self, key: &str) -> Option<LogName> {
        let rest = key.strip_prefix(&self.log_prefix())?;
        let (day, name) = split_day(rest)?;
        let start = format!("{}_{LOGS}_{}_", self.account, self.region);
        let name = name.strip_prefix(&start)?.strip_suffix(SUFFIX)?;
        let (stamp, _) = name.split_once('_')?;
        let minute = DateTime::strptime("%Y%m%dT%H%MZ", stamp).ok()?;
        exact(minute, "%Y%m%dT%H%MZ", stamp, day).map(|minute| LogName { minute })
    }

    /// What the key says if it is that of a digest of this place.
    pub fn digest(&self, key: &str) -> Option<DigestName> {
        let rest = key.strip_prefix(&self.digest_prefix())?;
        let (day, name) = split_day(rest)?;
        let start = format!("{}_{DIGESTS}_{}_", self.account, self.region);
        let name = name.strip_prefix(&start)?.strip_suffix(SUFFIX)?;
        let (name, backfill) = match name.strip_suffix(BACKFILL) {
            Some(name) => (name, true),
            None => (name, false),
        };
        // Trail names may hold underscores; Regions and times do not.
        let (name, stamp) = name.rsplit_once('_')?;
        let (trail, home_region) = name.rsplit_once('_')?;
        let end = DateTime::strptime("%Y%m%dT%H%M%SZ", stamp).ok()?;
        let end = exact(end, "%Y%m%dT%H%M%SZ", stamp, day)?;
        (!trail.is_empty() && is_region(home_region)).then(|| DigestName {
            trail: trail.to_owned(),
            home_region: home_region.to_owned(),
            end,
            backfill,
        })
    }

    /// The key of a digest of that name.
    pub fn digest_key(&self, name: &DigestName) -> String {
        let end = name.end.to_zoned(TimeZone::UTC);
        format!(
            "{}{}_{DIGESTS}_{}_{}_{}_{}{}{SUFFIX}",
            self.digest_day(end.date()),
            self.account,
            self.region,
            name.trail,
            name.home_region,
            end.strftime("%Y%m%dT%H%M%SZ"),
            if name.backfill { BACKFILL } else { "" }
        )
    }
}

fn is_segment_start(key: &str, index: usize) -> bool {
    key.get(..index)
        .is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// Whether the text is an account's id.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the text can be a Region's name. The list of Regions grows; the alphabet does not.
fn is_region(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(fits)
}

/// `2026/03/01/name` as its day and its name.
fn split_day(path: &str) -> Option<(&str, &str)> {
    let (day, name) = path.rsplit_once('/')?;
    (!name.is_empty()).then_some((day, name))
}

/// The time, if it is spelled as CloudTrail spells it and lies in the folder of its day. The
/// years are those in which hours can be added without a thought.
fn exact(time: DateTime, format: &str, spelled: &str, day: &str) -> Option<Timestamp> {
    if !YEARS.contains(&time.year()) {
        return None;
    }
    let canonical = time.strftime(format).to_string() == spelled;
    let in_folder = time.strftime("%Y/%m/%d").to_string() == day;
    let time = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    (canonical && in_folder).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "audit/logs/AWSLogs/o-exampleorg/111122223333/CloudTrail-Digest/\
        ap-northeast-1/2026/03/01/111122223333_CloudTrail-Digest_ap-northeast-1_my_trail.x_\
        us-west-2_20260301T134121Z.json.gz";
    const LOG: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/\
        111122223333_CloudTrail_us-east-1_20260301T0005Z_abcdefgh12345678.json.gz";

    fn place(key: &str) -> Place {
        Place::of(&Object::new("logs", key)).unwrap()
    }

    #[test]
    fn a_digests_key_tells_the_chain_and_the_time_and_is_made_of_them_again() {
        let place = place(DIGEST);
        assert_eq!(place.root, "audit/logs/AWSLogs/o-exampleorg/");
        let name = place.digest(DIGEST).unwrap();
        assert_eq!(
            (name.trail.as_str(), name.home_region.as_str()),
            ("my_trail.x", "us-west-2")
        );
        assert_eq!(name.end.to_string(), "2026-03-01T13:41:21Z");
        assert_eq!(place.digest_key(&name), DIGEST);
        let late = DigestName {
            backfill: true,
            ..name
        };
        assert_eq!(place.digest(&place.digest_key(&late)), Some(late));
    }

    #[test]
    fn a_log_files_key_tells_its_minute_whatever_follows() {
        let place = place(LOG);
        for key in [LOG.to_owned(), LOG.replace(".json", "-old.json")] {
            let minute = place.log(&key).unwrap().minute;
            assert_eq!(minute.to_string(), "2026-03-01T00:05:00Z");
        }
    }

    #[test]
    fn what_is_spelled_otherwise_is_neither() {
        let digests = place(DIGEST);
        let logs = place(LOG);
        for (from, to) in [
            ("20260301T", "20260302T"),
            ("111122223333_", "111122223334_"),
            (".json.gz", ".json"),
            ("2026/03/01", "2026/3/1"),
            ("2026/03/01/", ""),
            ("2026", "9999"),
            ("_us-west-2_", "_"),
            ("ap-northeast-1_my", "eu-west-1_my"),
        ] {
            assert_eq!(digests.digest(&DIGEST.replace(from, to)), None, "{from}");
        }
        for key in [
            "",
            "x",
            "AWSLogs/",
            "AWSLogs/../CloudTrail/x/y",
            "\u{202e}AWSLogs/é",
        ] {
            assert_eq!(logs.log(key).map(|name| name.minute), None, "{key}");
            assert_eq!(Place::of(&Object::new("logs", key)), None, "{key}");
        }
        let insight = LOG.replace("/CloudTrail/", "/CloudTrail-Insight/");
        assert_eq!(Place::of(&Object::new("logs", insight)), None);
    }
}
