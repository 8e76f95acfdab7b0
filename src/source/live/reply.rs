//! Whether a reply is whole.
//!
//! The SDK's parsers are lenient: an empty or cut-off body of a 200 reply often comes
//! out as an answer in which everything is absent, and absent members of a primitive
//! type as `false`. "Absent" then reads as "not configured", which is how an auditor
//! comes to say pass without evidence. So every successful reply is looked at once more.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Turns a successful reply that is not whole into an error.
#[derive(Debug)]
pub(super) struct WholeReply;

/// What the body of an operation's reply looks like.
enum Shape {
    /// There is none.
    Nothing,
    /// A JSON object with at least these members.
    Json(&'static [&'static str]),
    /// One XML element, in which at least these elements occur.
    Xml(&'static [&'static str]),
    /// One CBOR map. Its items tell their own length, so that the SDK notices where one is
    /// cut off.
    Cbor,
}

/// What is wrong with a reply.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Broken {
    /// Nothing in it.
    #[error("the body is empty")]
    Empty,
    /// Half of it, or something else altogether.
    #[error("the body is cut off or not what the operation answers with")]
    CutOff,
    /// A member that AWS documents as always there is not.
    #[error("the answer has no `{0}`")]
    Without(&'static str),
}

impl Intercept for WholeReply {
    fn name(&self) -> &'static str {
        "WholeReply"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if !response.status().is_success() {
            return Ok(());
        }
        let operation = config.load::<Metadata>().map_or("", Metadata::name);
        let body = response.body().bytes().unwrap_or_default();
        Ok(check(&shape(operation), body)?)
    }
}

fn shape(operation: &str) -> Shape {
    match operation {
        // An object's body is whatever it is, and is read later.
        "HeadBucket" | "GetObject" => Shape::Nothing,
        "DescribeTrails" => Shape::Json(&["trailList"]),
        "GetTrailStatus" => Shape::Json(&["IsLogging"]),
        "ListPublicKeys" => Shape::Json(&["PublicKeyList"]),
        "ListTags" => Shape::Json(&["ResourceTagList"]),
        "ListRegions" => Shape::Json(&["Regions"]),
        "DescribeKey" => Shape::Json(&["KeyMetadata"]),
        "GetKeyRotationStatus" => Shape::Json(&["KeyRotationEnabled"]),
        "GetKeyPolicy" => Shape::Json(&["Policy"]),
        "ListGrants" => Shape::Json(&["Grants"]),
        "DescribeLogGroups" => Shape::Json(&["logGroups"]),
        "DescribeResourcePolicies" => Shape::Json(&["resourcePolicies"]),
        "DescribeConfigurationRecorders" => Shape::Json(&["ConfigurationRecorders"]),
        "DescribeConfigurationRecorderStatus" => Shape::Json(&["ConfigurationRecordersStatus"]),
        "DescribeDeliveryChannels" => Shape::Json(&["DeliveryChannels"]),
        "DescribeConfigRules" => Shape::Json(&["ConfigRules"]),
        "DescribeComplianceByConfigRule" => Shape::Json(&["ComplianceByConfigRules"]),
        "ListEventDataStores" => Shape::Json(&["EventDataStores"]),
        "GetEventDataStore" => Shape::Json(&["EventDataStoreArn"]),
        "LookupEvents" => Shape::Json(&["Events"]),
        "ListDetectors" => Shape::Json(&["detectorIds"]),
        "GetDetector" => Shape::Json(&["status"]),
        "DescribeHub" => Shape::Json(&["HubArn"]),
        "DescribeOrganization" => Shape::Json(&["Organization"]),
        "ListRoots" => Shape::Json(&["Roots"]),
        "ListParents" => Shape::Json(&["Parents"]),
        "ListPoliciesForTarget" => Shape::Json(&["Policies"]),
        "DescribePolicy" => Shape::Json(&["Policy"]),
        "GetBucketPolicy" | "GetEventSelectors" | "GetInsightSelectors" => Shape::Json(&[]),
        "DescribeMetricFilters" => Shape::Json(&["metricFilters"]),
        "DescribeAlarms" => Shape::Cbor,
        "ListRules" => Shape::Json(&["Rules"]),
        "ListTargetsByRule" => Shape::Json(&["Targets"]),
        "ListAWSServiceAccessForOrganization" => Shape::Json(&["EnabledServicePrincipals"]),
        "ListDelegatedAdministrators" => Shape::Json(&["DelegatedAdministrators"]),
        "ListObjectsV2" => Shape::Xml(&["IsTruncated"]),
        "GetBucketAcl" => Shape::Xml(&["Owner", "AccessControlList"]),
        "ListAccountAliases" => Shape::Xml(&["AccountAliases"]),
        "GetAccountSummary" => Shape::Xml(&["SummaryMap"]),
        "GetAccountAuthorizationDetails" => Shape::Xml(&["IsTruncated"]),
        "GetBucketRequestPayment" => Shape::Xml(&["Payer"]),
        "GetTopicAttributes" => Shape::Xml(&["Attributes"]),
        "ListSubscriptionsByTopic" => Shape::Xml(&["Subscriptions"]),
        _ => Shape::Xml(&[]),
    }
}

fn check(shape: &Shape, body: &[u8]) -> Result<(), Broken> {
    match shape {
        Shape::Nothing => return Ok(()),
        Shape::Cbor if body.is_empty() => return Err(Broken::Empty),
        Shape::Cbor => return Ok(()),
        Shape::Json(_) | Shape::Xml(_) => {}
    }
    let text = std::str::from_utf8(body)
        .map_err(|_| Broken::CutOff)?
        .trim();
    if text.is_empty() {
        return Err(Broken::Empty);
    }
    match shape {
        Shape::Nothing | Shape::Cbor => Ok(()),
        Shape::Json(members) => {
            let object: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(text).map_err(|_| Broken::CutOff)?;
            missing(members, |member| {
                object.get(member).is_some_and(|value| !value.is_null())
            })
        }
        Shape::Xml(elements) => {
            if !is_one_element(text) {
                return Err(Broken::CutOff);
            }
            missing(elements, |element| text.contains(&format!("<{element}")))
        }
    }
}

fn missing(names: &[&'static str], present: impl Fn(&str) -> bool) -> Result<(), Broken> {
    match names.iter().find(|name| !present(name)) {
        Some(name) => Err(Broken::Without(name)),
        None => Ok(()),
    }
}

/// Whether the text begins with an XML start tag and ends with its end tag. The SDK has
/// parsed what lies between; it only does not mind where the text stops.
fn is_one_element(text: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    if rest.starts_with("<?xml") {
        rest = rest.split_once("?>").map_or("", |(_, rest)| rest);
    }
    let Some(inside) = rest.trim_start().strip_prefix('<') else {
        return false;
    };
    let Some((tag, after)) = inside.split_once('>') else {
        return false;
    };
    let name = tag
        .split(|c: char| c.is_whitespace() || c == '/')
        .next()
        .unwrap_or_default();
    if tag.ends_with('/') {
        after.is_empty()
    } else {
        !name.is_empty() && after.ends_with(&format!("</{name}>"))
    }
}
