//! CloudTrail as a caller: what its requests for a trail tell, as far as AWS documents it.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cross-service-confused-deputy-prevention.html>

use super::caller::{Caller, Membership};
use super::context::Context;
use super::principal::Principal;
use crate::snapshot::{Account, Trail};

/// CloudTrail's service principal, the same in every partition.
pub const SERVICE: &str = "cloudtrail.amazonaws.com";

/// CloudTrail itself.
pub fn caller() -> Caller {
    Caller {
        organization: Membership::Outside,
        ..Caller::stranger(Principal::Service(SERVICE.to_owned()))
    }
}

/// The keys that tell for which trail CloudTrail asks. An organization trail's are those of
/// the management account, whichever account's events are in the file. Keys that are not
/// set may have any value.
pub fn request(account: &Account, trail: &Trail) -> Context {
    let mut request = Context::new();
    let mut set = |key: &str, value: &str| request.set(key, [value.to_owned()]);
    set("aws:SourceArn", &trail.arn);
    set("aws:SourceAccount", trail.owner_account());
    // Trails are visible only to their owner and within its organization.
    match account.organization.if_known() {
        Some(Some(organization)) => set("aws:SourceOrgID", &organization.id),
        Some(None) => {
            request.set("aws:SourceOrgID", []);
            request.set("aws:SourceOrgPaths", []);
        }
        None => {}
    }
    request
}
