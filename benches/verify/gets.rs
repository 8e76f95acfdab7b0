//! Getting every object and doing nothing with it: what the SDK costs, whoever uses it.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use trailcheck::digest::object::Object;
use trailcheck::digest::store::Store as _;
use trailcheck::digest::store::directory::Directory;
use trailcheck::source::live::{Evidence, EvidenceRequest, Progress};

/// Gets the objects of a folder from the server that the environment names.
pub(crate) fn get(folder: &Path) {
    let objects = objects(folder);
    let request = EvidenceRequest {
        profile: None,
        region: None,
        endpoint_url: None,
        allow_http: false,
        role_arn: None,
        external_id: None,
        call_timeout: Duration::from_secs(60),
        timeout: None,
    };
    let s3 = Evidence::open(&request, &Progress::default()).expect("a client");
    let got = AtomicUsize::new(0);
    s3.read(&mut (0..).zip(objects.iter().cloned()), &|_, _, body| {
        body.expect("an object");
        got.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(got.into_inner(), objects.len());
}

fn objects(folder: &Path) -> Vec<Object> {
    let copy = Directory::open(folder).expect("a copy");
    let mut objects = Vec::new();
    for bucket in copy.buckets() {
        let listed = copy.list(&bucket, "", None, &mut |page| {
            objects.extend(
                page.into_iter()
                    .map(|listed| Object::new(&bucket, listed.key)),
            );
            ControlFlow::Continue(())
        });
        listed.expect("a listing");
    }
    objects
}
