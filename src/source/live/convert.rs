//! AWS's values in the snapshot's types.

use aws_smithy_types::DateTime;
use jiff::Timestamp;

/// The same moment; `None` if it lies outside what a timestamp can hold.
pub(super) fn timestamp(time: &DateTime) -> Option<Timestamp> {
    let nanos = i32::try_from(time.subsec_nanos()).ok()?;
    Timestamp::new(time.secs(), nanos).ok()
}

/// An optional setting. Some services send `""` for what is not configured.
pub(super) fn setting(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A count; a zero or less stands for "not given", as some services send both members
/// of a choice and zero the one that was not chosen.
pub(super) fn count(number: Option<i32>) -> Option<u32> {
    number
        .and_then(|number| u32::try_from(number).ok())
        .filter(|&number| number > 0)
}
