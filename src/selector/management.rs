//! Management events: read or write, and from which service.

/// AWS KMS's event source: one of the two that a trail may exclude.
pub const KMS: &str = "kms.amazonaws.com";

/// Amazon RDS Data API's event source: the other.
pub const RDS_DATA: &str = "rdsdata.amazonaws.com";

/// What an event does to its resource, as its `readOnly` member tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// `readOnly` is true.
    Read,
    /// `readOnly` is false.
    Write,
}

impl Access {
    /// Both.
    pub const ALL: [Access; 2] = [Access::Read, Access::Write];

    /// The value of the event's `readOnly` member.
    pub(super) fn read_only(self) -> &'static str {
        match self {
            Access::Read => "true",
            Access::Write => "false",
        }
    }

    /// `read` or `write`.
    pub fn as_str(self) -> &'static str {
        match self {
            Access::Read => "read",
            Access::Write => "write",
        }
    }
}

/// Where management events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source<'a> {
    /// One event source, for example [`KMS`].
    Named(&'a str),
    /// Every source that is not named.
    Rest,
}
