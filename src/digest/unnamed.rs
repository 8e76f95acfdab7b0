//! Log files that no digest names, and the times that no digest covers.

use jiff::{SignedDuration, Timestamp};

use super::finding::Kind;
use super::found::{Found, Minute, Searched, Unnamed};
use super::links::rhythmic;
use super::listing;
use super::name::HOUR;
use super::object::Object;
use super::seen::Seen;
use super::timeline::{Cover, ROUNDING};
use super::trust::Trust;
use super::unit::{Chain, Run};

/// How long after the newest digest log files may still wait for theirs.
const PATIENCE: SignedDuration = SignedDuration::from_hours(2);

/// How much later than the minute in its name a log file may be delivered, and be named by
/// the next digest. AWS's sample of a digest has a file of 14:45 with an event of 14:52:27.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html>
const LATENESS: SignedDuration = SignedDuration::from_mins(20);

/// After that time the next digest would be there, if the chain went on.
const SETTLED: SignedDuration = SignedDuration::from_hours(3);

/// What is said of a log file, and how much that weighs beside what other chains say.
type Answer = (u8, Kind, &'static str);

/// What is judged beside the chains.
pub(super) struct Judged<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) searched: Searched<'a>,
    /// Whether all digests could be listed and read again: if not, nothing can be said of what
    /// none of those that were names.
    pub(super) complete: bool,
    /// The chains of trails that nobody asked about.
    pub(super) others: &'a [Chain],
}

impl Judged<'_> {
    /// Judges what no digest names by what the chains say of its time, and then the times that
    /// they do not cover.
    pub(super) fn judge(&self, chains: &mut [Chain], found: &Found<'_>) {
        for chain in chains.iter_mut() {
            if self.complete {
                go_back(self.run, chain, found);
            }
            settle(chain, found);
        }
        let unlisted = found.each(self.searched, &mut |unnamed| {
            let said = verdict(self.run, chains, self.others, self.complete, unnamed);
            if let Some(((_, kind, detail), chain)) = said {
                chain.tally(|tally| tally.unnamed(&unnamed.object, kind, detail));
            }
        });
        for (place, failure) in found.unlisted.iter().chain(&unlisted) {
            let prefix = Object::new(&place.bucket, place.log_prefix());
            let detail = format!("log files under `{prefix}`: {}", failure.detail);
            if let Some(chain) = chains.first() {
                chain.find(None, Kind::ListingFailed, detail);
            }
        }
        for chain in chains.iter() {
            beginning(self, chain, found);
        }
    }
}

/// What is said of a log file, and on which chain. Log files do not tell which trail they are
/// of: of several chains the one that has most to say of the time decides, and none does where
/// one of them goes on in digests that were not read.
fn verdict<'c>(
    run: &Run<'_>,
    chains: &'c [Chain],
    others: &[Chain],
    complete: bool,
    unnamed: &Unnamed,
) -> Option<(Answer, &'c Chain)> {
    let answers = chains
        .iter()
        .map(|chain| Some((about(run, chain, complete, unnamed.minute)?, chain)))
        .collect::<Option<Vec<_>>>()?;
    let (answer, chain) = answers
        .into_iter()
        .max_by_key(|((weight, ..), _)| *weight)?;
    let lost = unnamed
        .minute
        .is_some_and(|minute| others.iter().any(|other| is_lost(other, minute)));
    if lost && answer.1 != Kind::LogDigestMissing {
        let detail = "another trail delivers here, too, and its digest of the hour is gone or \
                      cannot be trusted";
        return Some(((answer.0, Kind::LogDigestUntrusted, detail), chain));
    }
    Some((answer, chain))
}

/// Whether the chain has no digest of that minute that proves what it names.
fn is_lost(chain: &Chain, minute: Timestamp) -> bool {
    let lost = |cover: Option<Cover>| cover.is_some_and(|cover| cover > Cover::Digest);
    let unproven = chain.regular.digests().any(|(digest, assessed)| {
        let covers = digest.start() < minute + ROUNDING && minute <= digest.end();
        covers && assessed.trust != Trust::Proven
    });
    unproven
        || lost(chain.links.timeline.of(minute))
        || lost(chain.backfill_links.timeline.of(minute))
}

/// What a chain says of a log file of that minute that no digest names. `None` if digests
/// that were not read may name it.
fn about(
    run: &Run<'_>,
    chain: &Chain,
    complete: bool,
    minute: Option<Timestamp>,
) -> Option<Answer> {
    if !complete {
        return unlisted(run, chain, minute);
    }
    let Some(minute) = minute else {
        let detail = "its key is not that of a log file, and no digest names it";
        return Some((3, Kind::LogUnreferenced, detail));
    };
    let timeline = &chain.links.timeline;
    let (Some(start), Some(end)) = (timeline.start(), timeline.end()) else {
        let covered = run.range.start - HOUR <= minute && minute <= run.range.end + HOUR;
        let detail = "there is no digest of its time, nor any near it";
        return covered.then_some((1, Kind::LogDigestMissing, detail));
    };
    let late = chain.backfill_links.timeline.of(minute);
    match timeline
        .of(minute)
        .max(late.filter(|cover| *cover > Cover::Digest))
    {
        Some(Cover::Missing) => Some((4, Kind::LogDigestMissing, "the digest of its hour is gone")),
        Some(Cover::Untrusted) => Some((
            4,
            Kind::LogDigestUntrusted,
            "the digest of its hour cannot be trusted, or not be read",
        )),
        _ if minute < start && !chain.links.begins => None,
        Some(Cover::Nothing) | None if minute < end => Some((
            2,
            Kind::LogUnreferenced,
            "it was delivered when no digests were written: log file validation was off",
        )),
        _ if minute + slack(run, chain, end) > end => after(chain, minute, end),
        _ => Some((
            3,
            Kind::LogUnreferenced,
            "the digest of its hour does not name it",
        )),
    }
}

/// A log file that no digest names of those that could be listed, which are not all.
fn unlisted(run: &Run<'_>, chain: &Chain, minute: Option<Timestamp>) -> Option<Answer> {
    let gone = minute.and_then(|minute| chain.links.timeline.of(minute)) == Some(Cover::Missing);
    if gone {
        return Some((4, Kind::LogDigestMissing, "the digest of its hour is gone"));
    }
    let asked = |minute| run.range.start - HOUR <= minute && minute <= run.range.end + HOUR;
    let detail = "not all digests could be listed, and none of those that could names it";
    minute
        .is_none_or(asked)
        .then_some((3, Kind::LogDigestUntrusted, detail))
}

/// How long before the end of the newest digest a log file's minute may be that the next one
/// names.
fn slack(run: &Run<'_>, chain: &Chain, end: Timestamp) -> SignedDuration {
    if chain.goes_on || run.request.now < end + SETTLED {
        LATENESS
    } else {
        ROUNDING
    }
}

/// A log file behind the newest digest.
fn after(chain: &Chain, minute: Timestamp, end: Timestamp) -> Option<Answer> {
    if chain.goes_on {
        return None;
    }
    if minute <= end + PATIENCE {
        let detail = "it is newer than the newest digest; only the next one can tell";
        return Some((0, Kind::LogNotYetDigested, detail));
    }
    let detail = "it is more than two hours newer than the newest digest";
    Some((1, Kind::LogDigestMissing, detail))
}

/// Where the oldest digest is gone or worth nothing, log files tell that there were more
/// before it.
fn go_back(run: &Run<'_>, chain: &mut Chain, found: &Found<'_>) {
    let known = chain.regular.digests().any(|(digest, assessed)| {
        assessed.trust != Trust::None && Some(digest.start()) == chain.links.timeline.start()
    });
    let (Some(start), Some(first)) = (chain.links.timeline.start(), chain.regular.seen.first())
    else {
        return;
    };
    let floor = run.range.start - HOUR;
    let earliest = found.minutes.range(floor..).next();
    let Some((&earliest, _)) = earliest.filter(|_| !known && chain.listed) else {
        return;
    };
    let mut end = start;
    while end > earliest + ROUNDING && end > floor {
        let why = format!("log files were delivered before {end}, and no digest of them is there");
        chain.links.timeline.add(end - HOUR, end, Cover::Missing);
        chain.links.inferred.extend(rhythmic(first, end, &why));
        end -= HOUR;
    }
}

/// Puts digests that are gone into the bucket that holds the log files of their hour: beside
/// a change of buckets the rhythm alone does not tell in which of two they were.
fn settle(chain: &mut Chain, found: &Found<'_>) {
    for gone in &mut chain.links.inferred {
        let hour = gone.end() - HOUR..gone.end();
        if let Some((_, Minute { place, .. })) = found.minutes.range(hour).next() {
            gone.object = Object::new(&place.bucket, place.digest_key(&gone.name));
        }
    }
}

/// Whether the chain covers the beginning of the range, and begins as the first one does.
fn beginning(judged: &Judged<'_>, chain: &Chain, found: &Found<'_>) {
    let (run, complete) = (judged.run, judged.complete);
    let range = run.range;
    let Some(start) = chain.links.timeline.start() else {
        // That digests are missing is nothing to say of those that were not listed.
        if complete {
            nothing(run, chain, found);
        }
        return;
    };
    let first = chain
        .regular
        .seen
        .iter()
        .find(|digest| digest.start() == start);
    let begins = chain.links.begins && complete;
    if let (Some(first), Some(key), true) = (first, &chain.key, begins) {
        let mut places = judged.searched.places.iter();
        let oldest = found.minutes.first_key_value();
        let earlier = oldest.is_some_and(|(minute, _)| *minute + ROUNDING <= start)
            || places.any(|place| {
                // What is as late as that may be what the first digest names.
                let before = start - LATENESS + ROUNDING;
                listing::anything_before(run.store, place, key, before)
            });
        if earlier {
            return restarted(chain, first);
        }
    }
    if let Some(end) = chain.links.timeline.end().filter(|end| *end <= range.start) {
        let detail = format!(
            "no digest covers any of it: the newest ends at {end}, and the time asked about \
             begins at {}",
            range.start
        );
        return chain.find(None, Kind::NotCovered, detail);
    }
    let expected = match run.request.started_logging {
        Some(started) => range.start.max(started),
        None => range.start,
    };
    if start > expected + HOUR {
        let detail = format!(
            "nothing covers the time from {} to {start}, where the chain begins",
            range.start
        );
        chain.find(None, Kind::NotCovered, detail);
    }
}

fn restarted(chain: &Chain, first: &Seen) {
    let detail = format!(
        "it names no digest before it, though there are older log files or digests; nothing is \
         signed of the time right before {}",
        first.start()
    );
    chain.tally(|tally| {
        tally.find(Some(&first.object), Kind::ChainStart, detail);
    });
}

/// A chain of which no digest is left.
fn nothing(run: &Run<'_>, chain: &Chain, found: &Found<'_>) {
    let range = run.range;
    let inside = |minute: &Timestamp| range.start - HOUR <= *minute && *minute <= range.end + HOUR;
    let delivered = found.minutes.iter().filter(|(minute, _)| inside(minute));
    let count: u64 = delivered.clone().map(|(_, minute)| minute.count).sum();
    let minutes = delivered.map(|(minute, _)| minute);
    match (minutes.clone().min(), minutes.max()) {
        // That the digests could not be listed is said already.
        _ if !chain.listed => {}
        (Some(oldest), Some(newest)) => {
            let detail = format!(
                "there is no digest at all, though {count} log files were delivered from {oldest} \
                 to {newest}: the digests were deleted, or log file validation was off"
            );
            chain.find(None, Kind::DigestMissing, detail);
        }
        _ => {
            let detail = format!(
                "there is no digest and no log file from {} to {}",
                range.start, range.end
            );
            chain.find(None, Kind::NotCovered, detail);
        }
    }
}
