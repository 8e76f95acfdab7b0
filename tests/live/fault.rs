//! The ways in which a call goes wrong, in microburst's terms.

use serde_json::{Value, json};
use trailcheck::snapshot::Action;

/// What happens to every call of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Denied,
    Throttled,
    ThrottledTwice,
    InternalError,
    TimedOut,
    Reset,
    Truncated,
    Corrupt,
}

impl Fault {
    /// Those first that take longest, because of what is waited for.
    pub(super) const ALL: &'static [Fault] = &[
        Fault::TimedOut,
        Fault::ThrottledTwice,
        Fault::Throttled,
        Fault::Denied,
        Fault::InternalError,
        Fault::Reset,
        Fault::Truncated,
        Fault::Corrupt,
    ];

    /// microburst's rule that makes every call of the action go wrong like that.
    pub(super) fn rule(self, action: Action) -> Value {
        let mut rule = self.effect(dialect(action));
        rule["operation"] = json!(seen_as(action));
        if action == Action::GetAccountPublicAccessBlock {
            // The bucket's own settings are asked for without it.
            rule["headers"] = json!({ "x-amz-account-id": "" });
        }
        if (self, action) == (Fault::Corrupt, Action::DescribeAlarms) {
            // In CBOR a number with one other byte is another number.
            rule["response"]["corrupt_bytes"] = json!(1_000_000);
        }
        rule["service"] = json!(service(action));
        rule
    }

    fn effect(self, dialect: Dialect) -> Value {
        match self {
            Fault::Denied => error(dialect.denied),
            Fault::Throttled => error(dialect.throttled),
            Fault::ThrottledTwice => {
                let mut twice = error(dialect.throttled);
                twice["times"] = json!(2);
                twice
            }
            Fault::InternalError => error((dialect.internal, 500)),
            // Longer than anybody waits.
            Fault::TimedOut => json!({ "latency": 600_000 }),
            Fault::Reset => json!({ "reset": true }),
            Fault::Truncated => json!({ "response": { "truncate_frac": 0.5 } }),
            Fault::Corrupt => json!({ "response": { "corrupt_bytes": 1 } }),
        }
    }

    /// The kind of the gap that it leaves; none where the call comes out well in the end.
    pub(super) fn leaves(self, action: Action) -> Option<&'static str> {
        match (self, action) {
            (Fault::ThrottledTwice, _) => None,
            // The answer is all in the head.
            (Fault::Truncated | Fault::Corrupt, Action::HeadBucket) => None,
            // "Slow down" is in the body, and the answer to HEAD has none: what is left is
            // a 503.
            (Fault::Throttled, Action::HeadBucket) => Some("transient"),
            // microburst answers for S3 Control in the words of S3, which are not the same.
            // <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html>
            (Fault::Throttled, Action::GetAccountPublicAccessBlock) => Some("transient"),
            (Fault::Denied, _) => Some("access-denied"),
            (Fault::Throttled, _) => Some("throttled"),
            (Fault::InternalError | Fault::TimedOut | Fault::Reset, _) => Some("transient"),
            (Fault::Truncated | Fault::Corrupt, _) => Some("malformed"),
        }
    }

    /// How often to try: as often as it takes, and where it never helps not at all, or
    /// once more where giving up is what is tested.
    pub(super) fn attempts(self) -> &'static str {
        match self {
            Fault::ThrottledTwice => "3",
            Fault::Throttled => "2",
            _ => "1",
        }
    }
}

fn error((code, status): (&str, u16)) -> Value {
    let message = "no, said the service";
    json!({ "error": { "code": code, "status": status, "message": message } })
}

/// The error codes of a service.
#[derive(Debug, Clone, Copy)]
struct Dialect {
    denied: (&'static str, u16),
    throttled: (&'static str, u16),
    internal: &'static str,
}

/// Each service has codes of its own for the same.
/// <https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html#API_ListRegions_Errors>
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListRoots.html#API_ListRoots_Errors>
/// <https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html#API_GetTopicAttributes_Errors>
fn dialect(action: Action) -> Dialect {
    match service(action) {
        "account" => Dialect {
            denied: ("AccessDeniedException", 403),
            throttled: ("TooManyRequestsException", 429),
            internal: "InternalServerException",
        },
        "s3" => Dialect {
            denied: ("AccessDenied", 403),
            throttled: ("SlowDown", 503),
            internal: "InternalError",
        },
        "iam" | "sts" => Dialect {
            denied: ("AccessDenied", 403),
            throttled: ("Throttling", 400),
            internal: "InternalFailure",
        },
        "organizations" => Dialect {
            denied: ("AccessDeniedException", 400),
            throttled: ("TooManyRequestsException", 400),
            internal: "ServiceException",
        },
        "sns" => Dialect {
            denied: ("AuthorizationError", 403),
            throttled: ("Throttling", 400),
            internal: "InternalError",
        },
        "kms" => Dialect {
            denied: ("AccessDeniedException", 400),
            throttled: ("ThrottlingException", 400),
            internal: "KMSInternalException",
        },
        _ => Dialect {
            denied: ("AccessDeniedException", 400),
            throttled: ("ThrottlingException", 400),
            internal: "InternalFailure",
        },
    }
}

fn service(action: Action) -> &'static str {
    action.iam().split(':').next().expect("a service")
}

/// What microburst takes a call for. It knows S3 Control as S3, where a path of that depth
/// is an object, and of two operations with the same request it takes the older.
pub(super) fn seen_as(action: Action) -> &'static str {
    match action {
        Action::GetAccountPublicAccessBlock => "GetObject",
        Action::GetBucketLifecycle => "GetBucketLifecycle",
        Action::GetBucketNotification => "GetBucketNotification",
        action => action.operation(),
    }
}
