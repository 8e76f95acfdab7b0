//! Keys in XML and in URLs, as S3 writes them.

use std::fmt::Write as _;

/// The text as the content of an element. For control characters XML 1.0 has no reference;
/// S3 writes one all the same, which parsers refuse: clients ask for `encoding-type=url`.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\0'..='\u{1f}' => {
                let _ = write!(escaped, "&#x{:x};", character as u32);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The text as `encoding-type=url` has it: a form's encoding, with slashes as they are.
/// The example of the documentation is `test_file%283%29.png`.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
pub(super) fn url_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' | b'/' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}
