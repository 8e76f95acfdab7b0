//! Verifying what lies in S3.

use std::sync::mpsc;
use std::thread;

use crate::cli;
use crate::digest::keys::KeySource;
use crate::digest::progress::Progress;
use crate::digest::verification::Verification;
use crate::digest::verify::{Request, Trail, verify};
use crate::error::Error;
use crate::snapshot::arn;
use crate::source::live::{self, Evidence, EvidenceRequest, TrailSetUp};
use crate::source::stats::Stats;

/// Verifies a trail, or all trails of a bucket. What it asks of AWS is in `stats` then,
/// whether or not it succeeds.
pub(super) fn run(
    args: &cli::Verify,
    request: Request,
    progress: &Progress,
    stats: &mut Stats,
) -> Result<Verification, Error> {
    let counts = live::Progress::default();
    let result = interruptible(args, request, progress, &counts);
    *stats = counts.stats();
    result
}

/// Verifies on a thread of its own, so that Ctrl-C ends the run whatever it waits for.
fn interruptible(
    args: &cli::Verify,
    request: Request,
    progress: &Progress,
    counts: &live::Progress,
) -> Result<Verification, Error> {
    let evidence = Evidence::open(&evidence(args), counts)?;
    let (answer, result) = mpsc::channel();
    let pressed = answer.clone();
    evidence.on_interrupt(move || {
        // Nobody listens any more if the run is over.
        let _ = pressed.send(Err(Error::Interrupted));
    });
    thread::scope(|scope| {
        let evidence = &evidence;
        scope.spawn(move || {
            let _ = answer.send(ask(args, request, evidence, progress));
        });
        // Both ends of the channel live until something is sent.
        result.recv().unwrap_or(Err(Error::Interrupted))
    })
}

fn ask(
    args: &cli::Verify,
    mut request: Request,
    evidence: &Evidence,
    progress: &Progress,
) -> Result<Verification, Error> {
    if let Some(trail) = &args.evidence.trail_arn {
        aim_at(&mut request, evidence.trail(&trail.arn)?);
    }
    if let Some(uri) = &args.evidence.s3_uri {
        request.source = format!("s3://{}/{}", uri.bucket, uri.prefix);
        request.bucket = Some(uri.bucket.clone());
        request.prefix = Some(uri.prefix.clone());
    }
    let keys: &dyn KeySource = evidence;
    Ok(verify(evidence, Some(keys), &request, progress))
}

/// Asks for what the trail delivers.
fn aim_at(request: &mut Request, trail: TrailSetUp) {
    let account = arn::parse(&trail.arn).map(|arn| arn.account.to_owned());
    if !trail.validation_enabled {
        request.notes.push(
            "log file validation is off now: log files that are delivered now get no digest"
                .to_owned(),
        );
    }
    request.source = trail.arn;
    request.bucket = Some(trail.bucket);
    request.prefix = Some(match trail.prefix {
        Some(prefix) => format!("{prefix}/"),
        None => String::new(),
    });
    // A trail that was stopped once has logged before it was last started.
    request.started_logging = trail
        .started_logging
        .filter(|_| trail.stopped_logging.is_none());
    request.notes.extend(trail.notes);
    request.trail = Some(Trail {
        name: trail.name,
        home_region: trail.home_region,
        account: account.unwrap_or_default(),
        is_organization: trail.is_organization,
        is_multi_region: trail.is_multi_region,
    });
}

fn evidence(args: &cli::Verify) -> EvidenceRequest {
    let access = &args.access;
    EvidenceRequest {
        profile: access.profile.clone(),
        region: access.region.clone(),
        endpoint_url: access.endpoint_url.clone(),
        allow_http: access.allow_http,
        role_arn: access.role_arn.clone(),
        external_id: access.external_id.clone(),
        call_timeout: access.call_timeout,
        timeout: Some(args.timeout),
    }
}
