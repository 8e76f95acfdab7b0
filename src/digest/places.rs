//! Which accounts and Regions a bucket holds log files of.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::finding::{Finding, Kind};
use super::listing::is_ignored;
use super::name::{DIGESTS, HOUR, LOGS, Place, is_account};
use super::object::Object;
use super::pool::side_by_side;
use super::store::{Folder, Store, Unreadable};
use super::verification::Range;
use super::verify::{Request, SIDE_BY_SIDE, Trail};

/// The folder under which all of CloudTrail's objects lie.
const AWS_LOGS: &str = "AWSLogs";

/// How deep a prefix may be looked for: S3 takes 200 characters of prefix, a folder or two
/// in practice.
const DEPTH: usize = 8;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    places: BTreeSet<Place>,
    /// Objects beside the folders of an account's Regions, with one of its places.
    beside: Vec<(Place, Object)>,
    /// What could not be listed, or was asked for and is not there.
    pub(super) findings: Vec<Finding>,
}

/// What a unit of work is about.
#[derive(Debug, Default)]
pub(super) struct Site {
    /// Places of one account and Region.
    pub(super) places: BTreeSet<Place>,
    /// Objects that lie beside the folders of the account's Regions: in the site of one of them.
    pub(super) beside: Vec<Object>,
}

impl Found {
    /// The places by account, Region and organization: a trail whose bucket or prefix was
    /// changed goes on in another place, and only there it goes on.
    pub(super) fn sites(&self) -> Vec<Site> {
        let mut sites: BTreeMap<_, Site> = BTreeMap::new();
        for place in &self.places {
            let site = sites.entry(whose(place)).or_default();
            site.places.insert(place.clone());
        }
        for (place, object) in &self.beside {
            let site = sites.entry(whose(place)).or_default();
            site.beside.push(object.clone());
        }
        sites.into_values().collect()
    }

    fn join(&mut self, other: Found) {
        self.places.extend(other.places);
        self.beside.extend(other.beside);
        self.findings.extend(other.findings);
    }

    fn failed(&mut self, bucket: &str, prefix: &str, failure: &Unreadable) {
        let place = Object::new(bucket, prefix);
        let detail = format!("`{place}`: {}", failure.detail);
        self.findings
            .push(Finding::on_chain(bucket, Kind::ListingFailed, detail));
    }
}

/// Account, Region and organization.
fn whose(place: &Place) -> (&str, &str, Option<&str>) {
    let root = place.root.trim_end_matches('/');
    let organization = root.rsplit('/').next();
    let organization = organization.filter(|folder| *folder != AWS_LOGS);
    (&place.account, &place.region, organization)
}

/// Finds the places that the request is about.
pub(super) fn find(store: &dyn Store, request: &Request) -> Found {
    let mut finder = Finder {
        store,
        request,
        found: Found::default(),
        accounts: Vec::new(),
    };
    let buckets = match &request.bucket {
        Some(bucket) => vec![bucket.clone()],
        None => store.buckets(),
    };
    for bucket in &buckets {
        match &request.prefix {
            Some(prefix) => finder.root(bucket, &format!("{prefix}{AWS_LOGS}/")),
            None => finder.prefixes(bucket, "", DEPTH),
        }
    }
    // An organization may have thousands.
    let accounts = side_by_side(SIDE_BY_SIDE, &finder.accounts, |account| {
        finder.account(account)
    });
    accounts
        .into_iter()
        .for_each(|found| finder.found.join(found));
    finder.missing();
    finder.found
}

struct Finder<'a> {
    store: &'a dyn Store,
    request: &'a Request,
    found: Found,
    /// The accounts that were found, and below what.
    accounts: Vec<Account>,
}

struct Account {
    bucket: String,
    root: String,
    id: String,
}

impl Finder<'_> {
    fn folders(&mut self, bucket: &str, prefix: &str) -> Vec<String> {
        let folder = self.store.folder(bucket, prefix).unwrap_or_else(|failure| {
            self.found.failed(bucket, prefix, &failure);
            Folder::default()
        });
        folder.folders
    }

    /// Looks for `AWSLogs` below a folder. A prefix may be called `AWSLogs`, too, or have it
    /// as a part, so that it goes on in there.
    fn prefixes(&mut self, bucket: &str, under: &str, depth: usize) {
        for folder in self.folders(bucket, under) {
            let path = format!("{under}{folder}/");
            if folder == AWS_LOGS {
                self.root(bucket, &path);
            }
            let delivered = is_account(&folder) || folder.starts_with("o-");
            let in_root = under.split('/').rev().nth(1) == Some(AWS_LOGS);
            if depth > 0 && !(in_root && delivered) {
                self.prefixes(bucket, &path, depth - 1);
            }
        }
    }

    /// Takes the accounts below `AWSLogs/`, and those of organizations.
    fn root(&mut self, bucket: &str, root: &str) {
        for folder in self.folders(bucket, root) {
            let path = format!("{root}{folder}/");
            if is_account(&folder) {
                if self.delivers(|trail| !trail.is_organization) {
                    self.take(bucket, root, folder);
                }
            } else if folder.starts_with("o-") && self.delivers(|trail| trail.is_organization) {
                for account in self.folders(bucket, &path) {
                    if is_account(&account) {
                        self.take(bucket, &path, account);
                    }
                }
            }
        }
    }

    /// Whether the trail asked about is like that; any trail is, if none is asked about.
    fn delivers(&self, like_that: impl Fn(&Trail) -> bool) -> bool {
        self.request.trail.as_ref().is_none_or(like_that)
    }

    /// Takes the account, if it is asked about.
    fn take(&mut self, bucket: &str, root: &str, id: String) {
        let asked = &self.request.accounts;
        let is_asked = asked.is_empty() || asked.contains(&id);
        if is_asked && self.delivers(|trail| trail.is_organization || trail.account == id) {
            let (bucket, root) = (bucket.to_owned(), root.to_owned());
            self.accounts.push(Account { bucket, root, id });
        }
    }

    /// The Regions of an account that are asked about, and what lies beside them.
    fn account(&self, account: &Account) -> Found {
        let Account { bucket, root, id } = account;
        let mut found = Found::default();
        let (mut regions, mut beside) = (BTreeSet::new(), Vec::new());
        for kind in [LOGS, DIGESTS] {
            let prefix = format!("{root}{id}/{kind}/");
            match self.store.folder(bucket, &prefix) {
                Ok(folder) => {
                    regions.extend(folder.folders);
                    beside.extend(folder.objects);
                }
                Err(failure) => found.failed(bucket, &prefix, &failure),
            }
        }
        let asked = &self.request.regions;
        regions.retain(|region| asked.is_empty() || asked.contains(region));
        regions.retain(|region| {
            self.delivers(|trail| trail.is_multi_region || trail.home_region == *region)
        });
        found.places.extend(regions.into_iter().map(|region| Place {
            bucket: bucket.clone(),
            root: root.clone(),
            account: id.clone(),
            region,
        }));
        // Who asks about some Regions does not ask about what is of none.
        beside.retain(|listed| asked.is_empty() && listed.size > 0 && !is_ignored(&listed.key));
        let beside = beside
            .into_iter()
            .map(|listed| Object::new(bucket, listed.key));
        match found.places.first().cloned() {
            Some(place) => found
                .beside
                .extend(beside.map(|object| (place.clone(), object))),
            None => found.findings.extend(beside.map(|object| Finding {
                object: Some(object),
                ..Finding::on_chain(
                    id,
                    Kind::LogUnreferenced,
                    "it is all that there is of the account".to_owned(),
                )
            })),
        }
        found
    }

    /// Says which accounts and Regions were asked for and are not there.
    fn missing(&mut self) {
        let places = &self.found.places;
        let accounts = self
            .request
            .accounts
            .iter()
            .filter(|account| !places.iter().any(|place| place.account == **account));
        let regions = self
            .request
            .regions
            .iter()
            .filter(|region| !places.iter().any(|place| place.region == **region));
        // Wherever else it delivers, a trail delivers its own account's events at home.
        let home = self.request.trail.iter().filter(|trail| {
            let asked = |list: &[String], one: &String| list.is_empty() || list.contains(one);
            asked(&self.request.regions, &trail.home_region)
                && asked(&self.request.accounts, &trail.account)
                && !places.iter().any(|place| {
                    place.region == trail.home_region && place.account == trail.account
                })
        });
        let home: Vec<String> = home
            .map(|trail| format!("{}/{}/{}", trail.account, trail.home_region, trail.name))
            .collect();
        let missing: Vec<&String> = accounts.chain(regions).chain(&home).collect();
        for name in missing {
            let detail = format!("there are no digests and no log files of `{name}`");
            self.found
                .findings
                .push(Finding::on_chain(name, Kind::NotCovered, detail));
        }
        if places.is_empty() && self.found.findings.is_empty() {
            let detail = "there are no digests and no log files at all".to_owned();
            let source = &self.request.source;
            self.found
                .findings
                .push(Finding::on_chain(source, Kind::NotCovered, detail));
        }
    }
}

/// From the beginning of the first digest or log file to the end of the last digest, or to the
/// last log file where that is much later; the last hour before now where there is neither.
pub(super) fn extent(store: &dyn Store, found: &Found, now: Timestamp) -> Range {
    let mut ends: Vec<Timestamp> = Vec::new();
    let mut minutes: Vec<Timestamp> = Vec::new();
    for place in &found.places {
        // A listing that fails is found to fail again, and said, when the place is verified.
        let _ = store.list(&place.bucket, &place.digest_prefix(), None, &mut |page| {
            let names = page.iter().filter_map(|listed| place.digest(&listed.key));
            ends.extend(names.map(|name| name.end).filter(|end| *end <= now + HOUR));
            keep_ends(&mut ends);
            ControlFlow::Continue(())
        });
        let _ = store.list(&place.bucket, &place.log_prefix(), None, &mut |page| {
            let names = page.iter().filter_map(|listed| place.log(&listed.key));
            minutes.extend(
                names
                    .map(|name| name.minute)
                    .filter(|minute| *minute <= now + HOUR),
            );
            keep_ends(&mut minutes);
            ControlFlow::Continue(())
        });
    }
    let first_digest = ends.iter().min().map(|end| *end - HOUR);
    let last_digest = ends.iter().max().copied();
    let first_log = minutes.iter().min().copied();
    let last_log = minutes.iter().max().copied();
    let start = [first_digest, first_log].into_iter().flatten().min();
    // Log files that may still wait for their digest do not make a copy longer.
    let end = match (last_digest, last_log) {
        (Some(digest), Some(log)) if log > digest + HOUR + HOUR => log,
        (digest, log) => digest.or(log).unwrap_or(now),
    };
    Range {
        start: start.unwrap_or(end - HOUR).min(end),
        end,
    }
}

/// Keeps the first and the last of many times.
fn keep_ends(times: &mut Vec<Timestamp>) {
    let ends = times.iter().min().copied().zip(times.iter().max().copied());
    if let Some((first, last)) = ends {
        *times = vec![first, last];
    }
}
