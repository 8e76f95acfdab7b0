//! Signatures, which digests spell in hexadecimal. A run holds one for each digest.

use std::borrow::Cow;

/// A text that should be hexadecimal, exactly as it is spelled: the spelling is signed, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hex {
    /// In small letters, as CloudTrail writes it: the bytes take half the memory.
    Small(Box<[u8]>),
    /// Any other text.
    Spelled(Box<str>),
}

impl Hex {
    /// The text.
    pub(super) fn of(text: &str) -> Self {
        match hex::decode(text) {
            Ok(bytes) if hex::encode(&bytes) == text => Hex::Small(bytes.into()),
            _ => Hex::Spelled(text.into()),
        }
    }

    /// As it was spelled.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Hex::Small(bytes) => Cow::Owned(hex::encode(bytes)),
            Hex::Spelled(text) => Cow::Borrowed(text),
        }
    }

    /// Whether both mean the same bytes, in letters of either size.
    pub(super) fn means(&self, other: &Hex) -> bool {
        self == other || self.text().eq_ignore_ascii_case(&other.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_as_it_was_spelled() {
        for text in ["", "00ff", "00FF", "0", "zz", "ä", "0aB1"] {
            assert_eq!(Hex::of(text).text(), text);
        }
        assert!(matches!(Hex::of("00ff"), Hex::Small(_)));
        assert!(matches!(Hex::of("00fF"), Hex::Spelled(_)));
    }

    #[test]
    fn the_size_of_letters_means_nothing() {
        assert!(Hex::of("00fF").means(&Hex::of("00ff")));
        assert!(Hex::of("zZ").means(&Hex::of("Zz")));
        assert!(!Hex::of("00ff").means(&Hex::of("00fe")));
    }
}
