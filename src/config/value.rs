//! Values of settings: how each is read, and what is expected where it cannot be.

use std::fmt;
use std::ops::RangeInclusive;

use serde::de::{Deserializer, Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, de};

/// Reads a number of days, at most the 100 years that are the longest lock of S3:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html>. None
/// at all is refused: the rule would then ask for nothing, and still pass.
pub(super) fn days<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let days = from.deserialize_u32(Number {
        range: 0..=36_500,
        expected: "a whole number of days, from 1 to 36500",
    })?;
    if days == 0 {
        return Err(D::Error::custom(
            "0 days ask for nothing; write 1 or more, or leave the rule out with `--skip-rule`",
        ));
    }
    Ok(days)
}

/// Reads how many there may be of something.
pub(super) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    from.deserialize_u32(Number {
        range: 0..=u32::MAX,
        expected: "a whole number, from 0 to 4294967295",
    })
}

/// Reads the name of a bucket. Those of before 2018 may be up to 255 characters long and
/// have capitals and underscores:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.
pub(super) fn bucket<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let fits = |text: &str| {
        let plausible = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        (3..=255).contains(&text.len()) && text.chars().all(plausible)
    };
    let expected = "the name of a bucket in quotes, without a URL or an ARN around it";
    from.deserialize_str(Text { fits, expected }).map(Some)
}

/// Reads the id of an account.
pub(super) fn account<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let fits = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let expected = "the 12 digits of an account id, in quotes";
    from.deserialize_str(Text { fits, expected }).map(Some)
}

/// Reads the names of Regions.
pub(super) fn regions<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let regions = Vec::<Region>::deserialize(from)?;
    Ok(regions.into_iter().map(|Region(name)| name).collect())
}

/// Reads the name of a Region.
pub(super) fn region<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Region::deserialize(from).map(|Region(name)| Some(name))
}

/// The name of a Region. `global`, which findings on the account have in its place, is none:
/// a bucket whose Region could not be read has it as well, and an entry for `global` would
/// hold for that bucket only while nobody can look.
struct Region(String);

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: de::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let fits = |text: &str| {
            let plausible = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            text.contains('-') && text.chars().all(plausible)
        };
        let expected = "the name of a Region in quotes, such as `eu-west-1`";
        from.deserialize_str(Text { fits, expected }).map(Region)
    }
}

/// Reads a fingerprint.
pub(super) fn fingerprint<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let fits = |text: &str| {
        let digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        text.len() == 64 && text.bytes().all(digit)
    };
    let expected = "the 64 digits of a fingerprint, in quotes";
    from.deserialize_str(Text { fits, expected }).map(Some)
}

/// Reads a pattern of ARNs.
pub(super) fn resource<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let fits = |text: &str| !text.trim().is_empty();
    let expected = "an ARN or a pattern of ARNs in quotes, such as `*:trail/main`";
    from.deserialize_str(Text { fits, expected })
}

/// Reads a sentence that says something.
pub(super) fn sentence<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let fits = |text: &str| !text.trim().is_empty();
    let expected = "a sentence in quotes";
    from.deserialize_str(Text { fits, expected })
}

/// Reads somebody's name.
pub(super) fn name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let fits = |text: &str| !text.trim().is_empty();
    let expected = "a name in quotes";
    from.deserialize_str(Text { fits, expected }).map(Some)
}

/// Reads patterns that names are held against.
pub(super) fn patterns<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    from.deserialize_seq(Patterns)
}

/// Reads the keys of tags, which have up to 128 characters:
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Tag.html>.
pub(super) fn tag_keys<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    from.deserialize_seq(TagKeys)
}

struct Number {
    range: RangeInclusive<u32>,
    expected: &'static str,
}

impl Visitor<'_> for Number {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<u32, E> {
        u32::try_from(number)
            .ok()
            .filter(|number| self.range.contains(number))
            .ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }
}

struct Text {
    fits: fn(&str) -> bool,
    expected: &'static str,
}

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        if (self.fits)(text) {
            Ok(text.to_owned())
        } else {
            Err(E::invalid_value(Unexpected::Str(text), &self))
        }
    }
}

struct Patterns;

impl<'de> Visitor<'de> for Patterns {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of patterns, such as `[\"*:role/admin-*\"]`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
        let mut patterns = Vec::new();
        while let Some(Pattern(pattern)) = list.next_element()? {
            patterns.push(pattern);
        }
        Ok(patterns)
    }
}

/// A pattern on its way into a list. No name that IAM knows has a blank in it, so a pattern
/// with one would match nothing.
struct Pattern(String);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: de::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let fits = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
        let expected = "a pattern in quotes, such as `*:role/admin-*`, without blanks";
        from.deserialize_str(Text { fits, expected }).map(Pattern)
    }
}

struct TagKeys;

impl<'de> Visitor<'de> for TagKeys {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of tag keys, such as `[\"owner\"]`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
        let mut keys = Vec::new();
        while let Some(TagKey(key)) = list.next_element()? {
            keys.push(key);
        }
        Ok(keys)
    }
}

/// A tag's key on its way into a list. A blank at either end is a slip: the rule would then
/// ask for a tag that nobody means.
struct TagKey(String);

impl<'de> Deserialize<'de> for TagKey {
    fn deserialize<D: de::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let fits = |text: &str| text.trim() == text && (1..=128).contains(&text.chars().count());
        let expected = "the key of a tag in quotes, of 1 to 128 characters";
        from.deserialize_str(Text { fits, expected }).map(TagKey)
    }
}
