//! A trail of any size, handed on file by file.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use super::Trail;
use super::chain::Chain;
use super::events::callers;
use super::log_files::Hour;
use super::objects::{Object, Stored};
use super::setup::Setup;

/// Makes an intact trail with all processors, and hands each object to `sink`: log files in
/// any order, then the digests. The trail that comes back has no objects.
pub(crate) fn stream(setup: &Setup, sink: &mut dyn FnMut(Object, Stored)) -> Trail {
    let mut chains: Vec<Chain> = setup
        .places()
        .iter()
        .map(|place| Chain::plan(setup, place))
        .collect();
    deliver_all(setup, &mut chains, sink);
    let mut keys = BTreeMap::new();
    for chain in &mut chains {
        let key = chain.digests[0].key.clone();
        keys.entry(chain.place.region.clone()).or_insert(vec![key]);
        chain.write(setup, sink);
    }
    Trail {
        setup: setup.clone(),
        objects: BTreeMap::new(),
        keys,
        chains,
        truths: Vec::new(),
    }
}

/// Makes all log files, and tells the digests of them.
fn deliver_all(setup: &Setup, chains: &mut [Chain], sink: &mut dyn FnMut(Object, Stored)) {
    let hours: Vec<_> = chains
        .iter()
        .enumerate()
        .flat_map(|(chain, planned)| {
            let digests = planned.digests.iter().enumerate();
            digests.map(move |(hour, digest)| (chain, hour, digest.place.clone(), digest.start))
        })
        .collect();
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let (sender, receiver) = sync_channel(4 * workers);
    thread::scope(|scope| {
        for _ in 0..workers {
            let (sender, next, hours) = (sender.clone(), &next, &hours);
            scope.spawn(move || {
                while let Some((chain, hour, place, start)) =
                    hours.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let callers = callers(setup, &place.account);
                    let files =
                        Hour::new(setup, place, &callers, *start, setup.files_per_hour, "hour");
                    for made in files {
                        sender.send((*chain, *hour, made)).unwrap();
                    }
                }
            });
        }
        drop(sender);
        // One worker makes all of an hour, so that its log files come in their order.
        for (chain, hour, (log, stored)) in receiver {
            let object = log.object.clone();
            chains[chain].digests[hour].logs.push(log);
            sink(object, stored);
        }
    });
}
