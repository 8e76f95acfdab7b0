//! Event data stores of CloudTrail Lake.

use std::collections::{BTreeMap, BTreeSet};

use super::convert::{count, setting};
use super::gap;
use super::pages::Pages;
use super::regions::well_formed;
use super::session::{Session, Shared, all};
use crate::snapshot::{Action, DataStore, DataStoreDetails, Gap, Observed, arn};

/// Which stores there are, Region by Region, and what each is set to, sorted by ARN.
#[derive(Debug)]
pub(super) struct Stores {
    pub(super) listed: BTreeMap<String, Observed<Vec<String>>>,
    pub(super) stores: Vec<DataStore>,
}

/// Asks every Region for the stores whose home it is, and then for their settings.
pub(super) async fn of(session: &Shared, regions: &BTreeSet<String>) -> Stores {
    let listed = all(regions.iter().cloned().map(|region| {
        let session = session.clone();
        async move {
            let stores = list(&session, &region).await;
            (region, stores.into())
        }
    }))
    .await;
    let listed: BTreeMap<String, Observed<Vec<String>>> = listed.into_iter().collect();
    let arns: BTreeSet<String> = listed
        .values()
        .filter_map(Observed::if_known)
        .flatten()
        .cloned()
        .collect();
    let mut stores = all(arns.into_iter().map(|arn| {
        let session = session.clone();
        async move {
            let details = details(&session, &arn).await.into();
            DataStore { arn, details }
        }
    }))
    .await;
    stores.sort_by(|a, b| a.arn.cmp(&b.arn));
    Stores { listed, stores }
}

/// The ARNs of the stores here, sorted. The list's other members are out of date: AWS sends
/// them no more.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventDataStore.html>
async fn list(session: &Session, region: &str) -> Result<Vec<String>, Gap> {
    let action = Action::ListEventDataStores;
    let client = session.cloudtrail(region);
    let mut arns = BTreeSet::new();
    let mut pages = Pages::of(action);
    let mut token = None;
    loop {
        let call = client.list_event_data_stores().set_next_token(token).send();
        let page = session
            .ask(action, region, call)
            .await?
            .map_err(|error| gap::of(action, &error))?;
        for store in page.event_data_stores.unwrap_or_default() {
            let arn = setting(store.event_data_store_arn)
                .ok_or_else(|| gap::without(action, "EventDataStoreArn"))?;
            home(action, &arn)?;
            arns.insert(arn);
        }
        token = pages.after(page.next_token)?;
        if token.is_none() {
            return Ok(arns.into_iter().collect());
        }
    }
}

/// The Region that a store's ARN names.
fn home(action: Action, arn: &str) -> Result<&str, Gap> {
    arn::parse(arn)
        .filter(|arn| arn.service == "cloudtrail" && well_formed(arn.region))
        .map(|arn| arn.region)
        .ok_or_else(|| gap::malformed(action, format!("`{arn}` is not an event data store's ARN")))
}

async fn details(session: &Session, arn: &str) -> Result<DataStoreDetails, Gap> {
    let action = Action::GetEventDataStore;
    let region = home(action, arn)?;
    let call = session
        .cloudtrail(region)
        .get_event_data_store()
        .event_data_store(arn)
        .send();
    let store = session
        .ask(action, region, call)
        .await?
        .map_err(|error| gap::of(action, &error))?;
    let without = |member| gap::without(action, member);
    Ok(DataStoreDetails {
        name: setting(store.name).ok_or_else(|| without("Name"))?,
        status: store
            .status
            .ok_or_else(|| without("Status"))?
            .as_str()
            .to_owned(),
        retention_days: count(store.retention_period).ok_or_else(|| without("RetentionPeriod"))?,
        termination_protection: store
            .termination_protection_enabled
            .ok_or_else(|| without("TerminationProtectionEnabled"))?,
        kms_key_id: setting(store.kms_key_id),
    })
}

#[cfg(test)]
mod tests;
