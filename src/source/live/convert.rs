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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zeroed_member_of_a_choice_is_not_given() {
        assert_eq!(count(Some(0)), None);
        assert_eq!(count(Some(-1)), None);
        assert_eq!(count(None), None);
        assert_eq!(count(Some(3)), Some(3));
    }

    #[test]
    fn an_empty_setting_is_not_configured() {
        assert_eq!(setting(Some(String::new())), None);
        assert_eq!(setting(Some("a".to_owned())), Some("a".to_owned()));
    }

    #[test]
    fn a_time_keeps_its_fraction_and_an_impossible_one_is_none() {
        let time = timestamp(&DateTime::from_secs_and_nanos(1, 500_000_000));
        assert_eq!(time.map(|time| time.as_millisecond()), Some(1500));
        assert_eq!(timestamp(&DateTime::from_secs(i64::MAX)), None);
    }
}
