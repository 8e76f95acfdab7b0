//! What GuardDuty and Security Hub answer in one Region.

use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::super::convert::setting;
use super::super::gap;
use super::super::pages::Pages;
use super::super::session::Session;
use crate::snapshot::{Action, Detector, Gap};

/// The detectors, sorted by id: one at most, as AWS has it today.
pub(in super::super) async fn detectors(
    session: &Session,
    region: &str,
) -> Result<Vec<Detector>, Gap> {
    let action = Action::ListDetectors;
    let client = session.guardduty(region);
    let mut detectors = Vec::new();
    let mut pages = Pages::of(action);
    let mut token = None;
    loop {
        let call = client.list_detectors().set_next_token(token).send();
        let page = session
            .ask(action, region, call)
            .await?
            .map_err(|error| gap::of(action, &error))?;
        for id in page.detector_ids.unwrap_or_default() {
            let id = setting(Some(id)).ok_or_else(|| gap::without(action, "detectorIds"))?;
            let detector_status = status(session, region, &id).await.into();
            detectors.push(Detector {
                id,
                detector_status,
            });
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            detectors.sort_by(|a, b| a.id.cmp(&b.id));
            return Ok(detectors);
        }
    }
}

async fn status(session: &Session, region: &str, id: &str) -> Result<String, Gap> {
    let action = Action::GetDetector;
    let call = session
        .guardduty(region)
        .get_detector()
        .detector_id(id)
        .send();
    let status = session
        .ask(action, region, call)
        .await?
        .map_err(|error| gap::of(action, &error))?
        .status
        .ok_or_else(|| gap::without(action, "status"))?;
    Ok(status.as_str().to_owned())
}

/// Whether Security Hub is on.
pub(in super::super) async fn security_hub(session: &Session, region: &str) -> Result<bool, Gap> {
    let action = Action::DescribeHub;
    let call = session.securityhub(region).describe_hub().send();
    match session.ask(action, region, call).await? {
        Ok(hub) => setting(hub.hub_arn)
            .map(|_| true)
            .ok_or_else(|| gap::without(action, "HubArn")),
        Err(error) if is_off(error.code(), error.message()) => Ok(false),
        Err(error) => Err(gap::of(action, &error)),
    }
}

/// Whether that is how Security Hub says that it is off. Its code is also that of a caller
/// who may not ask, and only the message tells the two apart.
/// <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DescribeHub.html#API_DescribeHub_Errors>
fn is_off(code: Option<&str>, message: Option<&str>) -> bool {
    code == Some("InvalidAccessException")
        && message.is_some_and(|message| message.contains("not subscribed"))
}
