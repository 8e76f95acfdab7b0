//! Which facts an answer rests on: what is read for it, and what of that is missing.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::policy::matrix::Thing;
use crate::policy::pattern::Target;
use crate::policy::world::World;
use crate::snapshot::{Account, Action, Existence, Gap, GapKind, Observed};

/// What is read whatever the question.
const ALWAYS: [Action; 6] = [
    Action::GetAccountAuthorizationDetails,
    Action::DescribeOrganization,
    Action::ListRoots,
    Action::ListParents,
    Action::ListPoliciesForTarget,
    Action::DescribePolicy,
];

/// What is read of buckets.
const OF_BUCKETS: [Action; 8] = [
    Action::HeadBucket,
    Action::GetBucketLocation,
    Action::GetBucketPolicy,
    Action::GetBucketPolicyStatus,
    Action::GetBucketPublicAccessBlock,
    Action::GetAccountPublicAccessBlock,
    Action::GetBucketAcl,
    Action::GetBucketOwnershipControls,
];

const OF_KEYS: [Action; 3] = [
    Action::DescribeKey,
    Action::GetKeyPolicy,
    Action::ListGrants,
];

const OF_LOG_GROUPS: [Action; 2] = [Action::DescribeLogGroups, Action::DescribeResourcePolicies];

const OF_TOPICS: [Action; 1] = [Action::GetTopicAttributes];

/// Of which services the resources' facts bear on the question: all, if it is about tampering.
fn concerns(action: Option<&str>, service: &str) -> bool {
    action.is_none_or(|action| {
        let asked = action.split(':').next().unwrap_or_default();
        asked.eq_ignore_ascii_case(service)
    })
}

/// The calls that the answer needs.
pub(super) fn reads(action: Option<&str>) -> BTreeSet<Action> {
    let mut reads = BTreeSet::from(ALWAYS);
    let services: [(&str, &[Action]); 4] = [
        ("s3", &OF_BUCKETS),
        ("kms", &OF_KEYS),
        ("logs", &OF_LOG_GROUPS),
        ("sns", &OF_TOPICS),
    ];
    for (service, calls) in services {
        if concerns(action, service) {
            reads.extend(calls);
        }
    }
    reads
}

/// A fact that is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Missing {
    pub(super) action: String,
    pub(super) kind: GapKind,
    pub(super) detail: String,
}

impl From<&Gap> for Missing {
    fn from(gap: &Gap) -> Self {
        Missing {
            action: gap.action.clone(),
            kind: gap.kind,
            detail: gap.detail.clone(),
        }
    }
}

/// What is missing of the facts that bear on the question.
pub(super) fn missing(account: &Account, action: Option<&str>) -> Vec<Missing> {
    let above = [
        account.identities.gap(),
        account.organization.gap(),
        account.service_control_policies.gap(),
        account.resource_control_policies.gap(),
    ];
    let mut gaps: BTreeSet<Missing> = above.into_iter().flatten().map(Missing::from).collect();
    let mut add = |gap: Option<&Gap>| gaps.extend(gap.map(Missing::from));
    if concerns(action, "s3") {
        let absent = Observed::Known(Existence::Absent);
        for bucket in account
            .buckets
            .iter()
            .filter(|bucket| bucket.existence != absent)
        {
            add(bucket.existence.gap());
            add(bucket.owner.gap());
            add(bucket.policy.gap());
            add(bucket.policy_is_public.gap());
            add(bucket.public_access_block.gap());
        }
        add(account.public_access_block.gap());
        account
            .trails
            .iter()
            .for_each(|trail| add(trail.bucket.gap()));
    }
    if concerns(action, "kms") {
        for key in &account.keys {
            add(key.description.gap());
            add(key.policy.gap());
            add(key.grants.gap());
        }
    }
    if concerns(action, "logs") {
        for group in &account.log_groups {
            add(group.description.gap());
            add(group.resource_policies.gap());
        }
    }
    if concerns(action, "sns") {
        account
            .topics
            .iter()
            .for_each(|topic| add(topic.attributes.gap()));
    }
    gaps.into_iter().collect()
}

/// The trails that could not be listed: what they work with is not asked about.
pub(super) fn unlisted(account: &Account) -> Option<Missing> {
    account.all_trails().err().as_ref().map(Missing::from)
}

/// The resource's policy, if it may have one that trailcheck does not read.
pub(super) fn not_held(world: &World, action: &str, thing: &Thing) -> Option<Missing> {
    let arn = match &thing.target {
        Target::Nothing => return None,
        Target::One(arn) | Target::Class(arn) => arn,
    };
    let lacking = world.lacks_policy_of(&action.to_lowercase(), arn);
    lacking.then(|| Missing {
        action: action.to_owned(),
        kind: GapKind::NotCollected,
        detail: format!(
            "policies of resources such as `{arn}` were not read; they may grant or deny it"
        ),
    })
}
