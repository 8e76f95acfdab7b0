//! `trailcheck verify`: its flags, and how their values are read.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use super::{Access, Color, Destination, Messages, value};
use crate::cli::choices::VerifyFormat;
use crate::snapshot::arn;

/// `trailcheck verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// What to verify.
    #[command(flatten)]
    pub evidence: Evidence,
    /// CloudTrail's public keys: an answer of ListPublicKeys, or a folder of <region>.json
    ///
    /// Without it the hashes and links of a copy are checked, and its signatures are
    /// `unverified`. Keys that lie in the copy are never taken unasked: whoever could write
    /// there could bring their own. `aws cloudtrail list-public-keys --region REGION
    /// --start-time T --end-time T > REGION.json` fetches them.
    #[arg(
        long,
        value_name = "FILE|DIR",
        requires = "from_dir",
        help_heading = "Source"
    )]
    pub public_keys: Option<PathBuf>,
    /// Which part of it.
    #[command(flatten)]
    pub scope: Scope,
    /// How to reach AWS.
    #[command(flatten)]
    pub access: Access,
    /// The longest the run may take; what is not read by then is unverified
    #[arg(long, value_name = "DURATION", default_value = "24h",
        value_parser = value::duration, help_heading = "AWS connection")]
    pub timeout: Duration,
    /// What is reported.
    #[command(flatten)]
    pub output: VerifyOutput,
    /// What is said meanwhile.
    #[command(flatten)]
    pub messages: Messages,
}

/// The arguments that do not go with a copy, which needs no connection.
const CONNECTION: [&str; 8] = [
    "profile",
    "region",
    "endpoint_url",
    "allow_http",
    "role_arn",
    "external_id",
    "call_timeout",
    "timeout",
];

/// What to verify: exactly one of these.
#[derive(Debug, Args)]
#[command(next_help_heading = "Source")]
#[group(required = true, multiple = false)]
pub struct Evidence {
    /// This trail; its bucket, prefix and Regions are found with DescribeTrails
    #[arg(long, value_name = "ARN", value_parser = trail)]
    pub trail_arn: Option<TrailArn>,
    /// Every trail that delivers to this bucket and prefix (what stands before `AWSLogs/`)
    ///
    /// For callers who may not call DescribeTrails.
    #[arg(long, value_name = "s3://BUCKET[/PREFIX]", value_parser = s3_uri)]
    pub s3_uri: Option<S3Uri>,
    /// A copy of the bucket, made with `aws s3 sync`: no network, no credentials
    ///
    /// DIR holds BUCKET/KEY, or the keys of one bucket, whose name the digests tell.
    /// Signatures come from DIR/object-metadata.json if there is one, else from the next
    /// digest.
    #[arg(long, value_name = "DIR", conflicts_with_all = CONNECTION)]
    pub from_dir: Option<PathBuf>,
}

/// Which part of the evidence is verified.
#[derive(Debug, Args)]
#[command(next_help_heading = "Scope")]
pub struct Scope {
    /// The first moment of delivery: 2027-01-31T09:00:00+01:00, or how long ago, such as 7d
    ///
    /// Default: seven days before the end; with --from-dir the beginning of what the copy
    /// holds.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub start_time: Option<Moment>,
    /// The last moment of delivery (default: now; with --from-dir the end of what it holds)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub end_time: Option<Moment>,
    /// Only these Regions (default: every Region that is found)
    #[arg(long, value_name = "REGION", value_delimiter = ',', value_parser = region)]
    pub regions: Vec<String>,
    /// Only these accounts (default: every account that is found)
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',', value_parser = account)]
    pub accounts: Vec<String>,
    /// Read the events, too: count them, and report those that contradict their file
    ///
    /// An event contradicts its file if its time, account or Region is another.
    #[arg(long)]
    pub events: bool,
}

/// What is reported, how, and where to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct VerifyOutput {
    /// The report's format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: VerifyFormat,
    /// Write the report to a file and nothing to standard output
    ///
    /// The file is replaced whole or not at all, readable by its owner only; a symbolic
    /// link is refused.
    #[arg(short, long, value_name = "FILE", value_parser = value::destination)]
    pub output: Option<Destination>,
    /// List every object with its verdict, valid ones too (with --format json)
    #[arg(long)]
    pub all: bool,
    /// Give each chain its own line in the table, however many there are
    #[arg(short, long)]
    pub verbose: bool,
    /// When to colour the table
    ///
    /// `auto` heeds NO_COLOR and CLICOLOR_FORCE, and colours nothing in a pipe or a file.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// A file of your repository that every SARIF result points at
    #[arg(long, value_name = "FILE", value_parser = value::anchor)]
    pub anchor: Option<String>,
}

/// A trail's ARN, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailArn {
    /// The ARN as it was given.
    pub arn: String,
    /// The trail's home Region.
    pub home_region: String,
    /// Its name.
    pub name: String,
}

/// A bucket, and what its keys begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Uri {
    /// The bucket's name.
    pub bucket: String,
    /// What precedes `AWSLogs/`: empty, or with `/` at its end.
    pub prefix: String,
}

/// A moment, fixed or counted back from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// That very moment.
    At(Timestamp),
    /// So long ago.
    Ago(SignedDuration),
}

impl Moment {
    /// The moment, seen from `now`.
    ///
    /// # Errors
    /// A sentence, if it lies before all time.
    pub fn seen_from(self, now: Timestamp) -> Result<Timestamp, String> {
        match self {
            Moment::At(moment) => Ok(moment),
            Moment::Ago(ago) => now
                .checked_sub(ago)
                .map_err(|_| "there is no time so long ago".to_owned()),
        }
    }
}

/// Reads the ARN of a trail.
///
/// # Errors
/// A sentence, if it is none.
pub fn trail(text: &str) -> Result<TrailArn, String> {
    let wrong = || {
        "it is no trail's ARN, such as `arn:aws:cloudtrail:eu-west-1:111122223333:trail/main`"
            .to_owned()
    };
    let arn = arn::parse(text).ok_or_else(wrong)?;
    let name = arn.resource.strip_prefix("trail/").ok_or_else(wrong)?;
    let shaped = arn.partition.starts_with("aws")
        && arn.service == "cloudtrail"
        && is_region(arn.region)
        && is_account(arn.account)
        && is_trail_name(name);
    if !shaped {
        return Err(wrong());
    }
    Ok(TrailArn {
        arn: text.to_owned(),
        home_region: arn.region.to_owned(),
        name: name.to_owned(),
    })
}

/// The characters of a trail's name,
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html>.
fn is_trail_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !name.is_empty() && name.chars().all(fits)
}

fn is_region(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.contains('-') && text.chars().all(fits)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a Region's name.
///
/// # Errors
/// A sentence, if it is none.
pub fn region(text: &str) -> Result<String, String> {
    match is_region(text) {
        true => Ok(text.to_owned()),
        false => Err("it is no Region, such as `eu-west-1`".to_owned()),
    }
}

/// Reads the id of an account.
///
/// # Errors
/// A sentence, if it is none.
pub fn account(text: &str) -> Result<String, String> {
    match is_account(text) {
        true => Ok(text.to_owned()),
        false => Err("an account's id has 12 digits".to_owned()),
    }
}

/// Reads a bucket and a prefix.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn s3_uri(text: &str) -> Result<S3Uri, String> {
    let wrong = || "write `s3://BUCKET`, or `s3://BUCKET/PREFIX`".to_owned();
    let path = text.strip_prefix("s3://").ok_or_else(wrong)?;
    let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if bucket.is_empty() || !bucket.chars().all(fits) {
        return Err(wrong());
    }
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    if prefix.split('/').any(|folder| folder == "AWSLogs") {
        return Err("leave out `AWSLogs` and what follows it; `--accounts` and `--regions` choose among that".to_owned());
    }
    Ok(S3Uri {
        bucket: bucket.to_owned(),
        prefix: match prefix {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        },
    })
}

/// Reads a time with its zone, or how long ago it was.
///
/// # Errors
/// A sentence that says how to write it.
pub fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(Moment::At(moment));
    }
    if text.parse::<jiff::civil::DateTime>().is_ok() {
        return Err("it does not tell its time zone; write `2027-01-31T09:00:00Z` for UTC, or `2027-01-31T09:00:00+01:00`".to_owned());
    }
    let ago = text
        .parse::<Span>()
        .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    match ago {
        Ok(ago) if ago.is_positive() => Ok(Moment::Ago(ago)),
        _ => Err("write a time such as `2027-01-31T09:00:00Z`, or how long ago it was, such as `7d` or `36h`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_keeps_its_zone_and_one_without_is_refused() {
        let at = |text: &str| Moment::At(text.parse().unwrap());
        assert_eq!(
            moment("2027-01-31T09:00:00+01:00"),
            Ok(at("2027-01-31T08:00:00Z"))
        );
        assert_eq!(
            moment("2027-01-31T09:00:00Z"),
            Ok(at("2027-01-31T09:00:00Z"))
        );
        for text in ["2027-01-31", "2027-01-31T09:00:00", "2027-01-31 09:00"] {
            assert!(moment(text).unwrap_err().contains("time zone"), "{text}");
        }
    }

    #[test]
    fn a_time_may_be_counted_back_from_now() {
        let now: Timestamp = "2027-01-31T09:00:00Z".parse().unwrap();
        for (text, hours) in [("7d", 168), ("36h", 36), ("1w", 168), ("1d12h", 36)] {
            let moment = moment(text).unwrap().seen_from(now).unwrap();
            assert_eq!(now.duration_since(moment).as_hours(), hours, "{text}");
        }
        for text in ["", "soon", "7", "-7d", "7d ago", "0h", "2mo", "1y"] {
            assert!(moment(text).is_err(), "{text}");
        }
        assert!(moment("170000000h").unwrap().seen_from(now).is_err());
    }

    #[test]
    fn a_trails_arn_tells_its_name_and_home() {
        let read = trail("arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/main").unwrap();
        assert_eq!(
            (read.name.as_str(), read.home_region.as_str()),
            ("main", "cn-north-1")
        );
        for text in [
            "main",
            "arn:aws:s3:::logs",
            "arn:aws:cloudtrail:eu-west-1:1111:trail/main",
            "arn:aws:cloudtrail::111122223333:trail/main",
            "arn:aws:cloudtrail:eu-west-1:111122223333:trail/",
            "arn:aws:cloudtrail:eu-west-1:111122223333:trail/a/b",
            "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/x",
            "arn:evil:cloudtrail:eu-west-1:111122223333:trail/main",
        ] {
            assert!(trail(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_s3_uri_has_a_bucket_and_may_have_a_prefix() {
        for (text, bucket, prefix) in [
            ("s3://logs", "logs", ""),
            ("s3://logs/", "logs", ""),
            ("s3://logs/a", "logs", "a/"),
            ("s3://logs/a/b/", "logs", "a/b/"),
        ] {
            let read = s3_uri(text).unwrap();
            assert_eq!(
                (read.bucket.as_str(), read.prefix.as_str()),
                (bucket, prefix)
            );
        }
        for text in ["logs", "s3://", "s3:///a", "https://logs", "s3://lo gs"] {
            assert!(s3_uri(text).is_err(), "{text}");
        }
        assert!(
            s3_uri("s3://logs/AWSLogs/1")
                .unwrap_err()
                .contains("leave out")
        );
    }

    #[test]
    fn no_connection_flag_is_forgotten_beside_a_copy() {
        let command = Access::augment_args(clap::Command::new("connection"));
        let mut flags: Vec<&str> = command
            .get_arguments()
            .map(|arg| arg.get_id().as_str())
            .collect();
        flags.push("timeout");
        assert_eq!(flags, CONNECTION);
    }
}
