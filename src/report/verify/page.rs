//! `docs/verify.md`: what each kind of finding means and what to do.

use crate::digest::finding::{Kind, Verdict};

/// What to do about a finding of that kind.
pub fn advice(kind: Kind) -> &'static str {
    match kind {
        Kind::LogModified | Kind::LogBadGzip | Kind::LogTrailingData => {
            "Keep the object as it is; if the bucket keeps versions, compare with the oldest version of the key. Look in the bucket's data events or access logs for who wrote it."
        }
        Kind::DigestBadSignature
        | Kind::DigestNoSignature
        | Kind::DigestBadFormat
        | Kind::DigestTrailingData => {
            "Keep the object as it is; if the bucket keeps versions, compare with the oldest version of the key. The detail says what the next digest still proves of it. A copy within S3 that replaces metadata loses the signature, too."
        }
        Kind::DigestMoved => {
            "Find out who copied the digest there, and look for the one that belongs at that key. A copy of a bucket under another name looks the same."
        }
        Kind::DigestUnknownKey | Kind::DigestExpiredKey => {
            "Take the digest for forged until the Region's keys, asked of CloudTrail itself for the time of the digest, say otherwise."
        }
        Kind::LogMissing | Kind::DigestMissing => {
            "Look for a delete marker or an older version, for a lifecycle rule that expires the object, and for who called DeleteObject."
        }
        Kind::LogUnreferenced => {
            "Do not take its events for CloudTrail's. Find out who wrote it, and whether log file validation was off at the time."
        }
        Kind::DigestUnreferenced | Kind::DigestBrokenLink | Kind::DigestTimeHole => {
            "Look at the digests on both sides. Two that are both signed and do not fit together ask for an explanation by AWS Support."
        }
        Kind::ChainStart => {
            "Look in the events of the time for StopLogging, StartLogging, DeleteTrail, CreateTrail and UpdateTrail: somebody turned logging or log file validation off, or made the trail anew."
        }
        Kind::LogUnreadable | Kind::DigestUnreadable => {
            "The detail says why. Restore what is archived, allow s3:GetObject and kms:Decrypt, or run again if the network failed."
        }
        Kind::LogDigestMissing | Kind::LogDigestUntrusted => {
            "Settle first what became of the digest; the log file can be verified when it is back."
        }
        Kind::LogNotYetDigested => "Run again in two hours.",
        Kind::DigestSignatureUnverified => {
            "Offline, give the keys with `--public-keys`, and keep the newest digest's metadata in `object-metadata.json`; otherwise allow cloudtrail:ListPublicKeys."
        }
        Kind::KeyInconsistent => {
            "Ask CloudTrail for the keys anew: `aws cloudtrail list-public-keys` in that Region."
        }
        Kind::ListingFailed => "Allow s3:ListBucket on the bucket, or run again.",
        Kind::NotCovered => {
            "Begin the range later, or find out why the trail has no digests before: it may be younger, or they were deleted."
        }
    }
}

/// The page.
pub fn page() -> String {
    let mut text = String::from(HEAD);
    for (verdict, meaning) in VERDICTS {
        text.push_str(&format!("\n## {}\n\n{meaning}\n", verdict.as_str()));
        for kind in Kind::ALL.iter().filter(|kind| kind.verdict() == verdict) {
            text.push_str(&format!(
                "\n### {}\n\n{}\n\n{}\n",
                kind.as_str(),
                kind.about(),
                advice(*kind)
            ));
        }
    }
    text.push_str(LIMITS);
    text
}

const HEAD: &str = "\
# What `trailcheck verify` finds

CloudTrail signs, every hour, a digest of the log files that it delivered, and each digest names \
the one before it. `trailcheck verify` reads all of them and says of each object whether it is \
what CloudTrail delivered. Every finding has a kind; what each means, and what to do, is below. \
The exit code is 1 if anything is altered, missing or unexplained, 3 if something could not be \
verified or there was nothing to verify, 2 for a usage error, and 0 if everything over the whole \
range is valid.
";

const VERDICTS: [(Verdict, &str); 4] = [
    (
        Verdict::Altered,
        "The object is there, and is not what CloudTrail delivered.",
    ),
    (
        Verdict::Missing,
        "CloudTrail delivered the object, and it is gone.",
    ),
    (
        Verdict::Unexplained,
        "The object is there, or a chain begins, and nothing that CloudTrail signed tells why. \
         Legitimate acts of an administrator cause some of these.",
    ),
    (
        Verdict::Unverified,
        "The object could not be looked at, or nothing that can be trusted tells what it should \
         be. A network failure ends here, never above.",
    ),
];

const LIMITS: &str = "
## What it holds

Each object is read once, and memory does not grow with the log files: of each, eight bytes are \
held. Of a long range the digests themselves, some kilobytes for an hour of a chain, go to a \
temporary file that has no name and ends with the process; where none can be made, to memory. Of \
one kind of finding at most 10,000 objects of a chain are named, and fewer where many accounts \
and Regions are verified; the rest is counted. `--all` has every object, and takes the memory \
for it.

## What it cannot tell

- Log files that were delivered after the newest digest, up to two hours, are not covered yet. \
They are counted, and change nothing.
- If every digest and every log file of a chain is gone, nothing in the bucket tells that there \
was one. Give `--regions` and `--accounts` to have what you expect there reported when it is not.
- The last hour of a range may end behind the newest digest: what was delivered in it is checked \
when the next digest is there.
- Log files do not tell which trail delivered them. With `--trail-arn`, what another trail's \
digests name in the same place is that trail's, and is not checked; a note says so.
- A stop of log file validation right before a first digest that was then deleted looks like \
digests that were deleted: they are called missing.
- An account that left the organization within the range, or a Region that was switched off, \
looks like one whose newest digests were deleted: they are called missing.
- A Region's or account's folder with nothing in the range ends with 3 for as long as it is \
there: name those that count with `--regions` and `--accounts`.
- What CloudTrail never delivered, for example because an event selector left it out, is not in \
any digest. `trailcheck audit` judges the trail's set-up.
- Offline, without `--public-keys`, the hashes and links of the chain are checked, and the \
signatures are `unverified`: whoever can write to the copy could have made them all anew.
";
