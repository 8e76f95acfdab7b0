//! Without their crates neither can be asked.

use super::super::session::Session;
use crate::snapshot::{Action, Detector, Gap, GapKind};

/// Says that GuardDuty cannot be asked.
pub(in super::super) async fn detectors(session: &Session, _: &str) -> Result<Vec<Detector>, Gap> {
    Err(unasked(session, Action::ListDetectors))
}

/// Says that Security Hub cannot be asked.
pub(in super::super) async fn security_hub(session: &Session, _: &str) -> Result<bool, Gap> {
    Err(unasked(session, Action::DescribeHub))
}

fn unasked(session: &Session, action: Action) -> Gap {
    let detail = "this build was made without the feature `full`, which makes this call";
    match session.wanted(action) {
        Ok(()) => Gap::new(action, GapKind::Unsupported, detail),
        Err(gap) => gap,
    }
}
